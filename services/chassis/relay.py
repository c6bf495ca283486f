"""From the outbox to a topic that many write, in order, whoever wrote it.

Several consumers and commanders, in several processes, write one partition of such a topic
(`alerts`, `reports`). Its positions come from a counter that each of their transactions increments:
they conflict, so commits happen in the order of positions, and a *snapshot* of the outbox never
shows a position without all lower ones. A relay reads such a snapshot, publishes it in order, and
deletes exactly what the broker has. Two relays at once repeat records, which readers skip, but can
neither leave a gap nor change the order of first appearance. That is why this is not the chassis'
`Outbox.publish`, whose partition has one writer.
"""

import asyncio
from collections import defaultdict
from typing import Final

from pymongo.write_concern import WriteConcern

from contracts.record import MARK_HEADER, Mark
from services.chassis import metrics
from services.chassis.mongo import SNAPSHOT, Mongo, Session
from services.chassis.outbox import Marked, Outbox
from services.chassis.publisher import OutRecord, Publisher

DOCUMENTS_MAX: Final = 50
"""Documents of the outbox published at a time."""
ROUNDS_MAX: Final = 100_000

RELAYED = metrics.counter(
    "dualwatch_relayed_total",
    "Records of the outbox of many writers that their topic has.",
    ("topic",),
)


class Relay:
    """The outbox of a topic that many write."""

    INDEXES: Final = Outbox.INDEXES

    def __init__(self, mongo: Mongo, publisher: Publisher, topic: str) -> None:
        """Read and write the collection that the chassis' outbox keeps."""
        self._outbox = Outbox(mongo, publisher, topic)
        self._publisher = publisher
        self._topic = topic
        self._collection = self._outbox.collection.with_options(read_concern=SNAPSHOT)
        # It need not last: what comes back is published again, and readers skip it.
        self._forgotten = self._outbox.collection.with_options(write_concern=WriteConcern(w=1))
        self._order: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def add(self, session: Session, partition: int, records: list[Marked]) -> None:
        """Keep records within the transaction that drew their positions."""
        await self._outbox.add(session, partition, records)

    async def flush(self, partition: int) -> None:
        """Publish everything that is committed; PublishError leaves it for the next time."""
        async with self._order[partition]:
            for _ in range(ROUNDS_MAX):
                # Whoever commits meanwhile has it relayed.
                if await self._some(partition) < DOCUMENTS_MAX:
                    return

    async def _some(self, partition: int) -> int:
        query = {"topic": self._topic, "partition": partition}
        found = self._collection.find(query).sort("first", 1).limit(DOCUMENTS_MAX)
        documents = await found.to_list(DOCUMENTS_MAX)
        records: list[OutRecord] = [
            (key, value, [(MARK_HEADER, mark)])
            for document in documents
            for key, value, mark in document["records"]
        ]
        if records:
            await self._publisher.publish(self._topic, partition, records)
            published = [document["_id"] for document in documents]
            await self._forgotten.delete_many({"_id": {"$in": published}})
            RELAYED.labels(self._topic).inc(len(records))
            last = Mark.from_bytes(documents[-1]["records"][-1][2]).position
            metrics.END_POSITION.labels(self._topic, str(partition)).set(last)
        return len(documents)
