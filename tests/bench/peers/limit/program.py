"""The common job by hand: aiokafka, msgspec and one MongoDB transaction per batch.

Guarantee: exact after kill -9; totals, ids and progress move in one transaction.

Run in our own environment. Like `tests/bench/limit.py` nothing extra: no framework, no settings,
no metrics, no log. Ids are written as one blob per batch and held in memory; a deployment would
hold a window of them. One process, one loop per partition, batches of 20,000 records.
"""

import asyncio
import gc
from collections.abc import Sequence
from typing import Any, Final

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.bench.limit import FETCH_BYTES, FETCH_WAIT_MS, POLL_MS
from tests.bench.limit_store import Indexes, Store, inserts, updates
from tests.bench.limit_store import Place as Taken
from tests.bench.peers.shared.job import ID_BYTES, Place, Project, digest, parse

COLLECTIONS: Final[Indexes] = {"progress": [], "ids": [], "projects": []}
IDS_MAX: Final = 5_000_000
"""Ids of one partition held in memory."""


class Partition:
    """One partition of the topic."""

    def __init__(self, store: Store, taken: Taken, number: int) -> None:
        """Own the partition."""
        self.store = store
        self.taken = taken
        self.number = number
        self.ids: set[bytes] = set()
        self.projects: dict[bytes, Project] = {}

    async def resume(self) -> None:
        """Read the ids that are known."""
        known = self.store.db["ids"].find({"_id.p": self.number}, {"ids": 1})
        async for document in known:
            blob = bytes(document["ids"])
            self.ids.update(blob[at : at + ID_BYTES] for at in range(0, len(blob), ID_BYTES))

    async def handle(self, records: Sequence[Any]) -> None:
        """Fold a batch and commit it."""
        if len(self.ids) > IDS_MAX:
            message = f"more than {IDS_MAX} ids in partition {self.number}"
            raise MemoryError(message)
        await self._load({record.key for record in records})
        ids, projects = self.ids, self.projects
        fresh: list[bytes] = []
        touched: set[bytes] = set()
        for record in records:
            event = parse(record.value)
            name = digest(event)
            if name in ids:
                continue
            ids.add(name)
            fresh.append(name)
            projects[record.key].apply(event)
            touched.add(record.key)
        first = records[0].offset
        named = {"_id": {"p": self.number, "o": first}, "ids": b"".join(fresh)}
        changed = [
            {"q": {"_id": key.decode()}, "u": projects[key].document(), "upsert": True}
            for key in touched
        ]
        writes = [*inserts("ids", [named]), *updates("projects", changed)]
        end = records[-1].offset + 1
        await self.store.commit(self.taken, writes, self.taken.position + len(fresh), end)

    async def _load(self, keys: set[bytes]) -> None:
        missing = keys - self.projects.keys()
        if missing:
            names = [key.decode() for key in missing]
            self.projects |= {key: Project() for key in missing}
            async for found in self.store.db["projects"].find({"_id": {"$in": names}}):
                self.projects[found["_id"].encode()] = Project.of(found)


async def run(place: Place) -> None:
    """Work all partitions until the process is ended."""
    store = Store(place.mongo, place.database)
    consumer = AIOKafkaConsumer(
        place.topic,
        bootstrap_servers=place.kafka,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    await consumer.start()
    await store.create(COLLECTIONS)
    numbers = sorted(consumer.partitions_for_topic(place.topic) or ())
    partitions = [TopicPartition(place.topic, number) for number in numbers]
    consumer.unsubscribe()
    consumer.assign(partitions)
    consumer.pause(*partitions)
    # Nothing here makes cycles; the collector only costs time.
    gc.disable()
    async with asyncio.TaskGroup() as group:
        for tp in partitions:
            taken = await store.take(place.topic, tp.partition, 0)
            share = Partition(store, taken, tp.partition)
            group.create_task(_loop(consumer, tp, share, place))


async def _loop(
    consumer: AIOKafkaConsumer, tp: TopicPartition, share: Partition, place: Place
) -> None:
    await share.resume()
    consumer.seek(tp, share.taken.offset)
    consumer.resume(tp)
    while True:
        found = await consumer.getmany(tp, timeout_ms=POLL_MS, max_records=place.records)
        if tp in found:
            place.mark.touch()
            await share.handle(found[tp])


if __name__ == "__main__":
    uvloop.run(run(Place.told()))
