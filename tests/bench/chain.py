"""The minimal chain: what the product's way from door to feed costs at least, written by hand.

One link, a process of its own: read a topic, keep each record in one MongoDB transaction per batch
(majority, journalled) with the progress of the partition, then publish what is committed to the
next topic. Three of them have the guarantees of ledger, analysis and alerts, and do nothing else:
no fold, no rule, no hash. After a kill the next start publishes what was committed and is missing.

Run by the bench as `python -m tests.bench.chain SOURCE TARGET --kafka … --mongo … --database …`.
"""

import argparse
import asyncio
import gc
from collections.abc import Sequence
from typing import Any, Final

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.record import Mark
from tests.bench.lab import PARTITIONS
from tests.bench.limit_store import Document, Place, Store, inserts
from tests.bench.limit_target import Target

RECORDS_MAX: Final = 1_000
POLL_MS: Final = 1_000
FETCH_WAIT_MS: Final = 500
TYPE: Final = "link"


class Link:
    """One partition of one link."""

    def __init__(self, store: Store, place: Place, target: Target, kept: str) -> None:
        """`kept` names the collection that keeps the records."""
        self.place = place
        self._store = store
        self._target = target
        self._kept = kept
        self._partition: int = target.tp.partition

    async def resume(self) -> None:
        """Publish what a killed predecessor committed and did not publish."""
        missing = {"_id.p": self._partition, "_id.n": {"$gt": await self._target.last_position()}}
        found = self._store.db[self._kept].find(missing).sort("_id", 1)
        await self._target.publish([_record(document) async for document in found])

    async def handle(self, records: Sequence[Any]) -> None:
        """Keep a batch, then publish it."""
        first = self.place.position + 1
        documents: list[Document] = [
            {"_id": {"p": self._partition, "n": number}, "k": record.key, "v": record.value}
            for number, record in enumerate(records, first)
        ]
        position, offset = self.place.position + len(records), records[-1].offset + 1
        commands = inserts(self._kept, documents)
        await self._store.commit(self.place, commands, position, offset)
        await self._target.publish([_record(document) for document in documents])


def _record(document: Document) -> tuple[bytes, bytes, bytes]:
    number = document["_id"]["n"]
    return document["k"], document["v"], Mark(number, number, 0, number, TYPE).to_bytes()


async def run(options: argparse.Namespace) -> None:
    """Work all partitions until the process is ended."""
    store = Store(options.mongo, options.database)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=options.kafka,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=options.kafka, acks="all", enable_idempotence=True, compression_type="lz4"
    )
    await consumer.start()
    await producer.start()
    await store.create({options.source: (), "progress": ()})
    parts = [TopicPartition(options.source, number) for number in range(PARTITIONS)]
    consumer.assign(parts)
    consumer.pause(*parts)
    links: dict[TopicPartition, Link] = {}
    gc.disable()
    async with asyncio.TaskGroup() as group:
        for tp in parts:
            place = await store.take(tp.topic, tp.partition, 0)
            written = TopicPartition(options.target, tp.partition)
            target = Target(options.kafka, producer, written, group)
            links[tp] = Link(store, place, target, options.source)
            await links[tp].resume()
            consumer.seek(tp, place.offset)
            consumer.resume(tp)
        while True:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_MAX)
            await asyncio.gather(*(links[tp].handle(records) for tp, records in found.items()))


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="topic that is read")
    parser.add_argument("target", help="topic that is written")
    for name in ("--kafka", "--mongo", "--database"):
        parser.add_argument(name, required=True)
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
