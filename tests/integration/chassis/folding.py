"""The smallest true service: it keeps every record of a topic exactly once, with its progress."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.local.stack import Stack
from services.chassis.health import Health
from services.chassis.kafka import SupervisedBroker
from services.chassis.mongo import Mongo, Progress, Session, Taken
from services.chassis.publisher import OutRecord, Publisher, administrator, ensure_topics
from services.chassis.records import BatchLimits, Record
from services.chassis.settings import KafkaSettings, MongoSettings
from tests.support.eventually import eventually_async

PARTITIONS = 2
PROJECTION = "folding.v1"


@dataclass
class Place:
    """Where a test's topic and database are."""

    kafka: KafkaSettings
    mongo: MongoSettings
    name: str

    @property
    def topic(self) -> str:
        """The test's own topic."""
        return f"topic.{self.name}"

    @property
    def database(self) -> str:
        """The test's own database."""
        return f"dualwatch_test_{self.name}"

    async def create(self, partitions: int = PARTITIONS) -> None:
        """Create the topic."""
        await ensure_topics(self.kafka, {self.topic: {}}, partitions)

    async def remake(self, partitions: int = PARTITIONS) -> None:
        """Delete the topic and create it again, once Kafka has forgotten the first."""
        async with administrator(self.kafka) as admin:
            await admin.delete_topics([self.topic])
            await eventually_async(lambda: self._is_gone(admin))
        await self.create(partitions)

    async def _is_gone(self, admin: Any) -> bool:
        return self.topic not in await admin.list_topics()

    async def publish(self, publisher: Publisher, values: Sequence[int]) -> None:
        """Publish numbers: even ones to partition 0, odd ones to partition 1."""
        for partition in range(PARTITIONS):
            records: list[OutRecord] = [
                (b"key", str(value).encode(), [("n", str(value).encode())])
                for value in values
                if value % PARTITIONS == partition
            ]
            await publisher.publish(self.topic, partition, records)


Before = Callable[[int, Sequence[Record]], None]


@dataclass
class Folder:
    """Keeps each record as a document; a record kept twice would be a duplicate key."""

    mongo: Mongo
    topic: str
    before: Before = lambda _partition, _records: None
    taken: dict[int, Taken] = field(default_factory=dict)
    takes: int = 0
    batches: list[int] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    async def open(self) -> None:
        """Create the collections."""
        await self.mongo.create({"kept": [], "progress": []})

    async def assigned(self, partition: int) -> int | None:
        """Take the partition."""
        taken = await Progress(self.mongo, PROJECTION, self.topic).take(partition)
        self.taken[partition] = taken
        self.takes += 1
        return taken.offset

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Keep the records in one transaction with the progress."""
        taken = self.taken[partition]
        self.before(partition, records)
        kept = [
            {"_id": int(record.value or b""), "partition": partition, "offset": record.offset}
            for record in records
        ]

        async def work(session: Session) -> Taken:
            await self.mongo.db["kept"].insert_many(kept, ordered=False, session=session)
            return await taken.advance(
                session,
                position=taken.position + len(kept),
                offset=records[-1].offset + 1,
                extra={},
            )

        try:
            self.taken[partition] = await taken.transaction(work)
        except BaseException as error:
            self.failures.append(error)
            raise
        self.batches.append(len(records))

    async def revoked(self, partition: int) -> None:
        """Forget the partition."""
        taken = self.taken.pop(partition, None)
        if taken is not None:
            await taken.release()

    async def kept(self) -> list[int]:
        """Give all numbers kept, in order of partition and offset."""
        found = self.mongo.db["kept"].find().sort([("partition", 1), ("offset", 1)])
        return [document["_id"] async for document in found]


@dataclass
class Reader:
    """A folder with its broker, as a process would run it."""

    folder: Folder
    broker: SupervisedBroker
    health: Health

    async def has(self, values: Sequence[int]) -> bool:
        """Whether exactly these numbers are kept, each partition in the order of its offsets."""
        expected = [value for p in range(PARTITIONS) for value in values if value % PARTITIONS == p]
        return await self.folder.kept() == expected


@contextlib.asynccontextmanager
async def reading(
    place: Place, mongo: Mongo, limits: BatchLimits | None = None, before: Before | None = None
) -> AsyncIterator[Reader]:
    """Read a topic as a member of its group, until the end of the block."""
    health = Health()
    broker = SupervisedBroker(place.kafka, health)
    # Of members that share a client, whichever came last is asked while it runs.
    before_it, mongo.topic_id = mongo.topic_id, broker.topic_id
    folder = Folder(mongo, place.topic)
    if before is not None:
        folder.before = before
    broker.subscribe(place.topic, f"group.{place.name}", folder, limits)
    await folder.open()
    broker.start()
    try:
        yield Reader(folder, broker, health)
    finally:
        mongo.topic_id = before_it
        await asyncio.wait_for(broker.stop(), 15)


@contextlib.contextmanager
def halted(stack: Stack, *parts: str) -> Iterator[Callable[[], None]]:
    """Leave parts of the stack down until the function given is called, or the block ends."""

    def restart() -> None:
        for part in reversed(parts):
            if stack.pid(part) is None:
                stack.restart(part)

    for part in parts:
        stack.halt(part)
    try:
        yield restart
    finally:
        restart()
