"""From the outbox to the topic `alerts`, in order, whoever wrote it.

A jurisdiction's projects lie on every partition of `assessments`, so several consumers, in several
processes, write one partition of `alerts`. Its positions come from a counter that each of their
transactions increments: they conflict, so commits happen in the order of positions, and a
*snapshot* of the outbox never shows a position without all lower ones. A relay reads such a
snapshot, publishes it in order, and deletes exactly what the broker has. Two relays at once repeat
records, which readers skip, but can neither leave a gap nor change the order of first appearance.
That is why this is not the chassis' `Outbox.publish`, whose partition has one writer.
"""

import asyncio
from collections import defaultdict
from typing import Final

from contracts.record import MARK_HEADER
from contracts.topics import ALERTS
from services.chassis import metrics
from services.chassis.mongo import SNAPSHOT, Mongo, Session
from services.chassis.outbox import Marked, Outbox
from services.chassis.publisher import OutRecord, Publisher

DOCUMENTS_MAX: Final = 50
"""Documents of the outbox published at a time."""
ROUNDS_MAX: Final = 100_000

RELAYED = metrics.counter(
    "dualwatch_alerts_relayed_total", "Records of the outbox that the topic alerts has."
)


class Relay:
    """The outbox of the topic `alerts`."""

    INDEXES: Final = Outbox.INDEXES

    def __init__(self, mongo: Mongo, publisher: Publisher) -> None:
        """Read and write the collection that the chassis' outbox keeps."""
        self._outbox = Outbox(mongo, publisher, ALERTS.name)
        self._publisher = publisher
        self._collection = self._outbox.collection.with_options(read_concern=SNAPSHOT)
        self._order: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def add(self, session: Session, partition: int, records: list[Marked]) -> None:
        """Keep records within the transaction that drew their positions."""
        await self._outbox.add(session, partition, records)

    async def flush(self, partition: int) -> None:
        """Publish everything that is committed; PublishError leaves it for the next time."""
        async with self._order[partition]:
            for _ in range(ROUNDS_MAX):
                if not await self._some(partition):
                    return

    async def _some(self, partition: int) -> int:
        query = {"topic": ALERTS.name, "partition": partition}
        found = self._collection.find(query).sort("first", 1).limit(DOCUMENTS_MAX)
        documents = await found.to_list(DOCUMENTS_MAX)
        records: list[OutRecord] = [
            (key, value, [(MARK_HEADER, mark)])
            for document in documents
            for key, value, mark in document["records"]
        ]
        if records:
            await self._publisher.publish(ALERTS.name, partition, records)
            published = [document["_id"] for document in documents]
            await self._outbox.collection.delete_many({"_id": {"$in": published}})
            RELAYED.inc(len(records))
        return len(records)
