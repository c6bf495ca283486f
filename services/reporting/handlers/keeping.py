"""Kafka in: names from forwarded jurisdiction facts, alerts as they change."""

from collections.abc import Awaitable, Callable, Sequence

from contracts.codec import JURISDICTION_TYPES, decode
from contracts.envelope import AnyEvent
from services.chassis.holding import Holding
from services.chassis.lane import Record
from services.chassis.marked import fresh, ours
from services.chassis.mongo import Progress, Session, Taken

Keep = Callable[[Session, Sequence[AnyEvent]], Awaitable[None]]
KeepOf = Callable[[Session, int, Sequence[AnyEvent]], Awaitable[None]]
"""Keeps what one partition says."""


class Keeper(Holding):
    """Keeps what a topic says: one transaction per batch with its progress."""

    def __init__(
        self,
        progress: Progress,
        types: frozenset[str] | None,
        keep: Keep,
        keep_of: KeepOf | None = None,
    ) -> None:
        """`types` are those that are looked into; None: all."""
        super().__init__(progress)
        self.types = types
        self.keep = keep
        self.keep_of = keep_of

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Keep a batch; records that were seen are skipped, a gap waits."""
        taken = self.taken[partition]
        new = fresh(ours(records), taken.position)
        if not new:
            return
        events = [
            decode(record.value or b"", mark.event_type)
            for mark, record in new
            if self.types is None or mark.event_type in self.types
        ]

        async def work(session: Session) -> Taken:
            await self.keep(session, events)
            if self.keep_of is not None:
                await self.keep_of(session, partition, events)
            return await taken.advance(
                session,
                position=new[-1][0].position,
                offset=new[-1][1].offset + 1,
                extra={},
            )

        self.taken[partition] = await taken.transaction(work)


NAMES_TYPES = JURISDICTION_TYPES
"""What reporting looks into on `assessments`; figures are asked of analysis instead."""
