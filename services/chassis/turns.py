"""Lanes of one subscription take small batches one after the other.

Side by side, each would take the few records that are there and then wait for the others, for the
processor, the store and its counters: as many transactions, and every record waits for a whole one
of each lane twice. One after the other, a batch takes all that has come until its turn.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

TURN_SECONDS: Final = 0.25
"""Longest wait for a turn: a lane that works for long, or hangs, holds nobody up for longer."""


class Turns:
    """Whose turn it is."""

    def __init__(self) -> None:
        """Begin with nobody's."""
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def one(self, *, waits: bool) -> AsyncIterator[None]:
        """Have a turn; without one after `TURN_SECONDS`, or at once if nobody `waits` for it."""
        mine = waits and await self._come()
        try:
            yield
        finally:
            if mine:
                self._turn.release()

    async def _come(self) -> bool:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                return await self._turn.acquire()
        except TimeoutError:
            return False
