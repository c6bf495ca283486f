"""The bench's own hands: topics made and filled, databases emptied and read, on a real stack."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code
from pymongo import AsyncMongoClient

from deploy.local.stack import Stack
from tests.support.eventually import eventually_async

PARTITIONS: Final = 4
BATCH_BYTES: Final = 1_000_000
GONE_SECONDS: Final = 20.0

Document = dict[str, Any]
OutRecord = tuple[int, bytes, bytes, list[tuple[str, bytes]]]
"""Partition, key, value, headers."""


@dataclass(frozen=True)
class Kept:
    """A small collection as a whole; its indexes are its service's to make."""

    options: Document
    documents: list[Document]


@dataclass
class Lab:
    """Clients for one stack."""

    stack: Stack
    admin: AIOKafkaAdminClient
    watcher: AIOKafkaConsumer
    mongo: AsyncMongoClient[Document]
    partitions: int = PARTITIONS
    """Of every topic that it makes."""

    @classmethod
    @asynccontextmanager
    async def on(cls, stack: Stack, partitions: int = PARTITIONS) -> AsyncIterator[Self]:
        """Connect, and disconnect at the end."""
        ends = stack.endpoints()
        admin = AIOKafkaAdminClient(bootstrap_servers=ends.kafka)
        watcher = AIOKafkaConsumer(bootstrap_servers=ends.kafka, group_id=None)
        mongo: AsyncMongoClient[Document] = AsyncMongoClient(ends.mongo)
        await admin.start()
        await watcher.start()
        try:
            yield cls(stack, admin, watcher, mongo, partitions)
        finally:
            await watcher.stop()
            await admin.close()
            await mongo.close()

    async def renew(self, *topics: str) -> None:
        """Make topics anew, empty."""
        known = set(await self.admin.list_topics()) & set(topics)
        if known:
            await self.admin.delete_topics(list(known))
        await eventually_async(lambda: self._gone(topics), what="topics deleted")
        wanted = [NewTopic(name, self.partitions, 1) for name in topics]
        answer = await self.admin.create_topics(wanted)
        for name, code, *told in answer.topic_errors:
            if code:
                message = f"topic {name}: {told}"
                raise for_code(code)(message)

    async def _gone(self, topics: Sequence[str]) -> bool:
        return not set(await self.admin.list_topics()) & set(topics)

    async def fill(self, topic: str, records: Iterable[OutRecord]) -> None:
        """Append records to a topic, in order within each partition."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.stack.endpoints().kafka,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            max_batch_size=BATCH_BYTES,
            max_request_size=self.partitions * BATCH_BYTES,
        )
        await producer.start()
        try:
            sent = []
            batches = {p: producer.create_batch() for p in range(self.partitions)}
            for partition, key, value, headers in records:
                batch, now = batches[partition], None
                if batch.append(timestamp=now, key=key, value=value, headers=headers) is None:
                    sent.append(await producer.send_batch(batch, topic, partition=partition))
                    batch = batches[partition] = producer.create_batch()
                    batch.append(timestamp=now, key=key, value=value, headers=headers)
            for partition, batch in batches.items():
                if batch.record_count():
                    sent.append(await producer.send_batch(batch, topic, partition=partition))
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    async def ends(self, topic: str) -> list[int]:
        """Give the offset behind the last record of each partition."""
        tps = [TopicPartition(topic, p) for p in range(self.partitions)]
        found = await self.watcher.end_offsets(tps)
        return [found[tp] for tp in tps]

    async def read(self, topic: str) -> AsyncIterator[Sequence[Any]]:
        """Read a topic from its first record to its last, in batches of one partition each."""
        tps = [TopicPartition(topic, p) for p in range(self.partitions)]
        ends = dict(zip(tps, await self.ends(topic), strict=True))
        self.watcher.assign([tp for tp in tps if ends[tp]])
        for tp in self.watcher.assignment():
            self.watcher.seek(tp, 0)
        left = sum(ends.values())
        async with asyncio.timeout(GONE_SECONDS):
            while left:
                for records in (await self.watcher.getmany(timeout_ms=1000)).values():
                    left -= len(records)
                    yield records

    async def last(self, topic: str) -> list[Any]:
        """Give the last record of each partition that has one."""
        tps = [TopicPartition(topic, p) for p in range(self.partitions)]
        last = [(tp, end - 1) for tp, end in zip(tps, await self.ends(topic), strict=True) if end]
        self.watcher.assign([tp for tp, _ in last])
        for tp, offset in last:
            self.watcher.seek(tp, offset)
        async with asyncio.timeout(GONE_SECONDS):
            return [await self.watcher.getone(tp) for tp, _ in last]

    async def progress(self, database: str, ids: Sequence[str]) -> list[Document | None]:
        """Read progress documents, None where there is none."""
        found = self.mongo[database]["progress"].find({"_id": {"$in": list(ids)}})
        by_id = {document["_id"]: document async for document in found}
        return [by_id.get(key) for key in ids]

    async def empty(self, database: str) -> None:
        """Drop a database."""
        await self.mongo.drop_database(database)

    async def options(self, database: str) -> dict[str, Document]:
        """Give the options that each collection was made with."""
        found = await self.mongo[database].list_collections()
        return {collection["name"]: collection["options"] async for collection in found}

    async def save(self, database: str) -> dict[str, Kept]:
        """Read a small database as a whole."""
        db = self.mongo[database]
        return {
            name: Kept(options, await db[name].find().to_list(None))
            for name, options in (await self.options(database)).items()
        }

    async def restore(self, database: str, store: dict[str, Kept]) -> None:
        """Write back what `save` read, into collections of the same making."""
        db = self.mongo[database]
        for name, kept in store.items():
            await db.create_collection(name, **kept.options)
            if kept.documents:
                await db[name].insert_many(kept.documents)
