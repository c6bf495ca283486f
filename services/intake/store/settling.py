"""Waiting, within a bound, until the owners have decided."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.chassis import clock
from services.intake.domain.decision import Row
from services.intake.domain.receipts import is_settled
from services.intake.store.board import Board, woken
from services.intake.store.reading import Reader, Request


@dataclass(frozen=True)
class Settled:
    """What has been decided of a request, as far as it is final."""

    decided: dict[int, tuple[int, Row]]
    """Index → partition and verdict row."""
    cut: list[int]
    """Positions of all partitions, read after the verdicts: covers every accepted event."""

    def covers(self, indexes: Iterable[int]) -> bool:
        """Whether all these events have their final verdict."""
        return all(index in self.decided for index in indexes)


class Settling:
    """Waits for verdicts: woken by this process's owners, else looking again."""

    def __init__(self, reader: Reader, board: Board) -> None:
        """`board` is where owners announce their commits."""
        self.reader = reader
        self.board = board

    async def wait(
        self, request: Request, seconds: float, indexes: Collection[int] | None = None
    ) -> Settled:
        """Return once the events (all, or those of `indexes`) are settled, or time is up."""
        everything = range(len(request.event_ids))
        wanted: Collection[int] = everything if indexes is None else indexes
        deadline = clock.monotonic() + seconds
        with self.board.watch(request.request_id) as event:
            while True:
                found = await self.look(request)
                left = deadline - clock.monotonic()
                if left <= 0 or found.covers(wanted):
                    return found
                await woken(event, left)

    async def look(self, request: Request) -> Settled:
        """Read what is settled now."""
        decided = await self.reader.verdicts(request.request_id)
        standings = await self.reader.standings()
        copies = [standing.copies for standing in standings]
        final = {
            index: found
            for index, found in decided.items()
            if is_settled(index, decided, request.spread, copies)
        }
        return Settled(final, [standing.position for standing in standings])
