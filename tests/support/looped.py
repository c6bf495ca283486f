"""Running a coroutine in a test that is none itself."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def looped(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a loop of its own.

    `asyncio.run` would leave the thread without a loop, and motor asks for one where a service is
    put together: tests that do so would hang on which ones ran before them.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
