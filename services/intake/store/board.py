"""The board in the hall: who waits for a verdict here is woken when an owner has committed.

Only a hint within the process: owners in other processes are noticed by looking again.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from typing import Final

LOOK_AGAIN_SECONDS: Final = 0.25
"""How often a waiter looks into the store though nobody woke it."""


class Board:
    """Requests that somebody waits for."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._waiting: dict[bytes, list[asyncio.Event]] = {}

    @contextlib.contextmanager
    def watch(self, request: bytes) -> Iterator[asyncio.Event]:
        """Be woken (the event is set) whenever something about the request may have changed."""
        event = asyncio.Event()
        self._waiting.setdefault(request, []).append(event)
        try:
            yield event
        finally:
            left = [other for other in self._waiting[request] if other is not event]
            if left:
                self._waiting[request] = left
            else:
                del self._waiting[request]

    def announce(self, requests: Iterable[bytes], *, everybody: bool = False) -> None:
        """Wake those who wait for the requests; everybody, when copies have been entered."""
        for request in list(self._waiting) if everybody else requests:
            for event in self._waiting.get(request, ()):
                event.set()


async def woken(event: asyncio.Event, seconds: float) -> None:
    """Wait until woken, until it is time to look again, or for `seconds` if that is less."""
    # Not wait_for: before Python 3.12 it may swallow the cancellation of a request.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, min(seconds, LOOK_AGAIN_SECONDS))):
            await event.wait()
    event.clear()
