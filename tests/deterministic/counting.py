"""The smallest service with progress and outbox: it counts, and tells each count with a position.

What the chassis promises is all that keeps it exact: counting twice would be counted twice.
"""

from collections.abc import Sequence
from typing import Final

from pymongo import UpdateOne

from contracts.record import Mark
from contracts.topics import ASSESSMENTS, LEDGER
from services.chassis.holding import Holding
from services.chassis.marked import fresh
from services.chassis.mongo import Mongo, Progress, Session, Taken
from services.chassis.outbox import Marked, Outbox
from services.chassis.publisher import Publisher
from services.chassis.records import Record


class Counter(Holding):
    """Counts the records of each key, and tells of each what the count has come to."""

    INDEXES: Final = {"progress": [], "counts": [], **Outbox.INDEXES}

    def __init__(self, mongo: Mongo, publisher: Publisher) -> None:
        """Create `INDEXES` first."""
        super().__init__(Progress(mongo, "counting.v1", LEDGER.name))
        self.counts = mongo.db["counts"]
        self.outbox = Outbox(mongo, publisher, ASSESSMENTS.name)

    async def assigned(self, partition: int) -> int | None:
        """Take the partition, and publish what a former owner only committed."""
        offset = await super().assigned(partition)
        await self.outbox.flush(partition)
        return offset

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Count a batch, keep what is to be told, and tell it."""
        taken = self.taken[partition]
        new = fresh(records, taken.position)
        if not new:
            return
        out: int = taken.extra.get("out", 0)
        told = [
            Marked(record.key or b"", record.value or b"", _mark(out + number, mark))
            for number, (mark, record) in enumerate(new, 1)
        ]

        async def work(session: Session) -> Taken:
            counted = [
                UpdateOne({"_id": (record.key or b"").decode()}, {"$inc": {"n": 1}}, upsert=True)
                for _, record in new
            ]
            await self.counts.bulk_write(counted, session=session)
            await self.outbox.add(session, partition, told)
            return await taken.advance(
                session,
                position=new[-1][0].position,
                offset=new[-1][1].offset + 1,
                extra={"out": out + len(new)},
            )

        self.taken[partition] = await taken.transaction(work)
        await self.outbox.publish(partition, told)


def _mark(position: int, cause: Mark) -> Mark:
    return Mark(position, 0, cause.recorded_ms, cause.position, cause.event_type)
