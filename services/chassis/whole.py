"""Start and stop of clients that must never be cancelled half way.

aiokafka forgets the connection it has just opened when its `start` is cancelled; so the start runs
on in a task of its own, and whoever cancelled waits until it can be stopped properly.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

STOP_SECONDS: Final = 8.0
"""Longest a client may take to stop; aiokafka's stop can freeze (aiokafka #773)."""


async def whole(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end even if the caller is cancelled; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(coroutine)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise


async def stopped(coroutine: Coroutine[Any, Any, Any]) -> bool:
    """Run a stop to its end within STOP_SECONDS; False if it had to be given up."""
    task = asyncio.ensure_future(coroutine)
    done, _ = await asyncio.wait([task], timeout=STOP_SECONDS)
    if not done:
        task.cancel()
        return False
    return not task.cancelled() and task.exception() is None
