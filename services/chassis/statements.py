"""What a service states to intake: kept in the transaction of the command, published until it is.

The fact's id comes from the command, so that publishing it twice states it once: intake answers
*duplicate*. That is why any instance may publish what any other left.
"""

import asyncio
from typing import Final

from bson.binary import Binary
from pymongo import IndexModel

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.topics import partition_of
from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.mongo import Document, Mongo, Session
from services.chassis.publisher import OutRecord, Publisher
from services.chassis.service import AWAY

log = get_logger(__name__)

COLLECTION: Final = "statements"
INDEXES: Final = {COLLECTION: [IndexModel([("partition", 1), ("at_ms", 1), ("_id", 1)])]}
AT_ONCE_MAX: Final = 500
"""Most statements published at a time."""
EVERY_SECONDS: Final = 1.0
"""How often one looks for what another instance left."""

WAITING = metrics.gauge(
    "dualwatch_statements_waiting",
    "Facts stated to intake that its topic does not have yet.",
    ("topic",),
)


class Statements:
    """The outbox of a topic `publish.<service>`."""

    def __init__(self, mongo: Mongo, publisher: Publisher, topic: str) -> None:
        """`partitions` must be set before the first use."""
        self.partitions = 0
        self._collection = mongo.db[COLLECTION]
        self._publisher = publisher
        self._topic = topic
        self._wake = asyncio.Event()

    async def add(self, session: Session, event: AnyEvent) -> None:
        """Keep a fact within the transaction that decides it."""
        await self._collection.insert_one(
            {
                "_id": event.id,
                "partition": partition_of(event.subject, self.partitions),
                "at_ms": clock.now_ms(),
                "key": event.subject.encode(),
                "event": Binary(encode(event)),
            },
            session=session,
        )

    def nudge(self) -> None:
        """Publish soon: something was committed."""
        self._wake.set()

    async def run(self) -> None:
        """Publish what is committed, for ever; what the broker does not take waits."""
        while True:
            self._wake.clear()
            try:
                while await self.flush() == AT_ONCE_MAX:
                    pass
            except AWAY as error:
                log.warning("statements_wait", reason=repr(error))
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def flush(self) -> int:
        """Publish some of what waits, in order; give how many they were."""
        found = self._collection.find().sort([("at_ms", 1), ("_id", 1)]).limit(AT_ONCE_MAX)
        documents = await found.to_list(AT_ONCE_MAX)
        WAITING.labels(self._topic).set(len(documents))
        by_partition: dict[int, list[Document]] = {}
        for document in documents:
            by_partition.setdefault(document["partition"], []).append(document)
        for partition, waiting in by_partition.items():
            records: list[OutRecord] = [(item["key"], item["event"], []) for item in waiting]
            await self._publisher.publish(self._topic, partition, records)
            await self._collection.delete_many({"_id": {"$in": [item["_id"] for item in waiting]}})
        return len(documents)
