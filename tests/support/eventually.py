"""Wait for a condition with a deadline: what tests use instead of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

DEADLINE_SECONDS = 20.0
POLL_SECONDS = 0.02


class NotEventuallyError(AssertionError):
    """The condition did not hold in time."""


def eventually(
    condition: Callable[[], T], deadline_seconds: float = DEADLINE_SECONDS, what: str = ""
) -> T:
    """Call `condition` until it gives something true without raising AssertionError; give that."""
    deadline = time.monotonic() + deadline_seconds
    while True:
        value, failure = _attempt(condition)
        if value and failure is None:
            return value
        if time.monotonic() >= deadline:
            raise _given_up(condition, deadline_seconds, what, value, failure) from failure
        time.sleep(POLL_SECONDS)  # noqa: TID251 - the one bounded poll of the tests


async def eventually_async(
    condition: Callable[[], object], deadline_seconds: float = DEADLINE_SECONDS, what: str = ""
) -> Any:
    """Do the same in a coroutine; the condition may be one as well."""
    deadline = time.monotonic() + deadline_seconds
    while True:
        failure: AssertionError | None = None
        value: object = None
        try:
            result = condition()
            value = await result if inspect.isawaitable(result) else result
        except AssertionError as error:
            failure = error
        if value and failure is None:
            return value
        if time.monotonic() >= deadline:
            raise _given_up(condition, deadline_seconds, what, value, failure) from failure
        await asyncio.sleep(POLL_SECONDS)


def _attempt(condition: Callable[[], T]) -> tuple[T | None, AssertionError | None]:
    try:
        return condition(), None
    except AssertionError as error:
        return None, error


def _given_up(
    condition: object,
    deadline_seconds: float,
    what: str,
    value: object,
    failure: AssertionError | None,
) -> NotEventuallyError:
    name = what or getattr(condition, "__qualname__", repr(condition))
    last = f"it failed with: {failure}" if failure else f"it gave: {value!r}"
    return NotEventuallyError(f"{name}: not within {deadline_seconds:g} s; last time {last}")
