"""Start and stop of clients that must never be cancelled half way.

aiokafka forgets the connection it has just opened when its `start` is cancelled, and its `stop` may
freeze. So both run in tasks of their own: a cancellation waits until what was begun is put in
order, and nothing is waited for without a bound.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

START_SECONDS: Final = 60.0
"""Longest a client may take to start; a group's members wait for each other."""
SETTLE_SECONDS: Final = 1.0
"""Longest a start that is not wanted any more may take to come to an end by itself."""
STOP_SECONDS: Final = 3.0
"""Longest a client may take to stop; aiokafka's stop can freeze (aiokafka #773)."""


async def whole(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end even if the caller is cancelled; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(coroutine)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()
        raise cancelled
    return task.result()


async def started(
    start: Coroutine[Any, Any, Any],
    stop: Callable[[], Coroutine[Any, Any, Any]],
    limit_seconds: float = START_SECONDS,
    stop_seconds: float = STOP_SECONDS,
) -> None:
    """Start a client; if that fails, takes too long or is cancelled, it is stopped before we raise.

    TimeoutError after the limit.
    """
    task = asyncio.ensure_future(start)
    try:
        done, _ = await asyncio.wait([task], timeout=limit_seconds)
    except asyncio.CancelledError:
        await whole(_abandoned(task, stop, stop_seconds))
        raise
    if not done:
        await whole(_abandoned(task, stop, stop_seconds))
        msg = f"not started within {limit_seconds:g} s"
        raise TimeoutError(msg)
    if task.exception() is not None:
        await whole(stopped(stop(), stop_seconds))
    task.result()


async def stopped(coroutine: Coroutine[Any, Any, Any], limit_seconds: float = STOP_SECONDS) -> bool:
    """Run a stop to its end within the limit; False if it failed or had to be given up."""
    task = asyncio.ensure_future(coroutine)
    done, _ = await asyncio.wait([task], timeout=limit_seconds)
    if not done:
        await _cancelled(task)
        return False
    return not task.cancelled() and task.exception() is None


async def _abandoned(
    task: "asyncio.Future[Any]",
    stop: Callable[[], Coroutine[Any, Any, Any]],
    stop_seconds: float,
) -> None:
    # First let it come to an end: what it is opening at this moment only it can close.
    await asyncio.wait([task], timeout=SETTLE_SECONDS)
    await stopped(stop(), stop_seconds)
    await _cancelled(task)


async def _cancelled(task: "asyncio.Future[Any]") -> None:
    task.cancel()
    await asyncio.wait([task], timeout=SETTLE_SECONDS)
    if task.done() and not task.cancelled():
        task.exception()
