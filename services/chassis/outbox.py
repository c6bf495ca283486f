"""The transactional outbox: records committed with the state they tell of, published afterwards.

One document holds the records of one batch and partition; positions are the caller's, gapless.
Publishing may repeat after a crash: readers skip positions they have.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pymongo import IndexModel

from contracts.record import MARK_HEADER, Mark
from services.chassis import metrics
from services.chassis.commands import insert
from services.chassis.mongo import Mongo, Session
from services.chassis.publisher import OutRecord, Publisher

CHUNK_BYTES_MAX: Final = 8_000_000
"""Most bytes in one document, well below MongoDB's 16 MB."""
CHUNK_RECORDS_MAX: Final = 20_000


Forget = Callable[[list[tuple[int, int]]], Awaitable[None]]
AtEnd = Callable[[Forget, tuple[int, int]], Awaitable[None]]
"""As `Rounds.at_end`."""


@dataclass(slots=True)
class Marked:
    """A record with its mark, ready to be published."""

    key: bytes
    value: bytes
    mark: Mark
    _mark_bytes: bytes | None = field(default=None, compare=False, repr=False)

    def mark_bytes(self) -> bytes:
        """Write the mark; once, though it is needed for the outbox and for the topic."""
        if self._mark_bytes is None:
            self._mark_bytes = self.mark.to_bytes()
        return self._mark_bytes

    def out(self) -> OutRecord:
        """Return it as the publisher takes it."""
        return (self.key, self.value, [(MARK_HEADER, self.mark_bytes())])


class Outbox:
    """A service's outbox for one topic."""

    INDEXES: Final = {"outbox": [IndexModel([("topic", 1), ("partition", 1), ("first", 1)])]}

    def __init__(self, mongo: Mongo, publisher: Publisher, topic: str) -> None:
        """Create the indexes (`INDEXES`) before the first use."""
        self.mongo = mongo
        self.collection = mongo.db["outbox"]
        self.at_end: AtEnd | None = None
        """Has what is published forgotten for many partitions at a time; null: each by itself."""
        self.publisher = publisher
        self.topic = topic

    async def add(self, session: Session, partition: int, records: Sequence[Marked]) -> None:
        """Keep records within the caller's transaction, in order of their positions."""
        if documents := self.documents(partition, records):
            await insert(self.mongo.db, self.collection.name, documents, session)

    def documents(self, partition: int, records: Sequence[Marked]) -> list[dict[str, object]]:
        """Write records as `add` keeps them, for who writes them together with more."""
        return [self._document(partition, chunk) for chunk in _chunks(records)]

    async def publish(self, partition: int, records: Sequence[Marked]) -> None:
        """Publish what has just been committed, and forget it."""
        if not records:
            return
        waiting = metrics.OUTBOX_WAITING.labels(self.topic, str(partition))
        waiting.set(len(records))
        last = records[-1].mark.position
        metrics.END_POSITION.labels(self.topic, str(partition)).set(last)
        await self.publisher.publish(self.topic, partition, [r.out() for r in records])
        waiting.set(0)
        if self.at_end is None:
            await self.forget([(partition, last)])
        else:
            await self.at_end(self.forget, (partition, last))

    async def forget(self, published: Sequence[tuple[int, int]]) -> None:
        """Forget what is published: partitions, each with the last position of it."""
        deletes = [
            {
                "q": {"topic": self.topic, "partition": partition, "first": {"$lte": last}},
                "limit": 0,
            }
            for partition, last in published
        ]
        # It need not last: what comes back is published again, and readers skip it.
        command = {"delete": self.collection.name, "deletes": deletes, "writeConcern": {"w": 1}}
        await self.mongo.db.command(command)

    async def flush(self, partition: int) -> int:
        """Publish whatever a former owner left, in order; give how many records it was."""
        count = 0
        query = {"topic": self.topic, "partition": partition}
        async for document in self.collection.find(query).sort("first", 1):
            records = [
                Marked(key, value, Mark.from_bytes(mark), mark)
                for key, value, mark in document["records"]
            ]
            await self.publish(partition, records)
            count += len(records)
        return count

    def _document(self, partition: int, records: Sequence[Marked]) -> dict[str, object]:
        return {
            "topic": self.topic,
            "partition": partition,
            "first": records[0].mark.position,
            "records": [(r.key, r.value, r.mark_bytes()) for r in records],
        }


class NoOutbox(Outbox):
    """The outbox of a projection beside the live one, which has told everything already."""

    async def add(self, session: Session, partition: int, records: Sequence[Marked]) -> None:
        """Keep nothing."""

    def documents(
        self,
        partition: int,  # noqa: ARG002 - the signature is the outbox's
        records: Sequence[Marked],  # noqa: ARG002
    ) -> list[dict[str, object]]:
        """Keep nothing."""
        return []

    async def publish(self, partition: int, records: Sequence[Marked]) -> None:
        """Publish nothing."""

    async def flush(self, partition: int) -> int:  # noqa: ARG002 - the signature is the outbox's
        """Nothing is left."""
        return 0


def _chunks(records: Sequence[Marked]) -> "list[Sequence[Marked]]":
    found: list[Sequence[Marked]] = []
    first = size = 0
    for index, record in enumerate(records):
        size += len(record.value) + len(record.key) + 100
        if index > first and (size > CHUNK_BYTES_MAX or index - first >= CHUNK_RECORDS_MAX):
            found.append(records[first:index])
            first, size = index, len(record.value)
    if records:
        found.append(records[first:])
    return found
