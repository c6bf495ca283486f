"""The hand-written limit: how fast the ledger stage and the projection stage can be in Python.

One process, like a service; one loop per partition; nothing extra: no framework, no settings, no
metrics, no log. Of aiokafka and PyMongo only the public interfaces, as the product must.
The guarantees are the product's own: deduplication by claims, gapless numbers and hash chains,
guard by position, progress by compare-and-set, one MongoDB transaction per batch (majority,
journalled), publication of what is committed, an exact state after kill -9.

Reviewed, and frozen since: change it only to become faster, never to let a ratio look better.

Run by the bench as `python -m tests.bench.limit ledger --kafka … --mongo … --database …`.
"""

import argparse
import asyncio
import gc
from collections.abc import Sequence
from typing import Any, Final, Protocol

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.bench import limit_ledger, limit_projection
from tests.bench.limit_ledger import LedgerStage
from tests.bench.limit_projection import ProjectionStage
from tests.bench.limit_store import Indexes, Place, Store
from tests.bench.limit_target import Target

RECORDS_MAX: Final = {"ledger": 10_000, "projection": 20_000}
"""Records of one transaction, each as many as are fastest."""
BYTES_MAX: Final = 12_000_000
"""Bytes of events of one transaction: each command is one BSON document, 16 MiB at most."""
FETCH_BYTES: Final = 16_000_000
FETCH_WAIT_MS: Final = 100
POLL_MS: Final = 1_000
KAFKA_BATCH_BYTES: Final = 1_000_000
COLLECTIONS: Final[dict[str, Indexes]] = {
    "ledger": limit_ledger.COLLECTIONS,
    "projection": limit_projection.COLLECTIONS,
}


class Stage(Protocol):
    """What is done with one partition's records."""

    place: Place

    async def resume(self) -> None:
        """Put right what a killed predecessor left undone."""

    async def handle(self, records: Sequence[Any]) -> None:
        """Bring a batch into the store, and whatever follows from it."""


async def run(options: argparse.Namespace) -> None:
    """Work all partitions until the process is ended."""
    store = Store(options.mongo, options.database)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=options.kafka,
        group_id=None,
        enable_auto_commit=False,
        # Offsets come from the store; one that is gone must fail, not lead elsewhere.
        auto_offset_reset="none",
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=options.kafka,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        max_batch_size=KAFKA_BATCH_BYTES,
        max_request_size=2 * KAFKA_BATCH_BYTES,
    )
    await consumer.start()
    await producer.start()
    await store.create(COLLECTIONS[options.stage])
    partitions = [TopicPartition(options.source, p) for p in range(len(options.offsets))]
    consumer.assign(partitions)
    consumer.pause(*partitions)
    # Nothing here makes cycles; the collector only costs time.
    gc.disable()
    records_max = options.records_max or RECORDS_MAX[options.stage]
    async with asyncio.TaskGroup() as group:
        for tp in partitions:
            place = await store.take(options.source, tp.partition, options.offsets[tp.partition])
            stage: Stage
            if options.stage == "ledger":
                written = TopicPartition(options.target, tp.partition)
                target = Target(options.kafka, producer, written, group)
                stage = LedgerStage(store, place, target)
            else:
                stage = ProjectionStage(store, place, keep_entries=not options.no_entries)
            group.create_task(_loop(consumer, tp, stage, records_max))


async def _loop(
    consumer: AIOKafkaConsumer, tp: TopicPartition, stage: Stage, records_max: int
) -> None:
    await stage.resume()
    consumer.seek(tp, stage.place.offset)
    consumer.resume(tp)
    while True:
        found = await consumer.getmany(tp, timeout_ms=POLL_MS, max_records=records_max)
        if tp in found:
            await _handle(stage, found[tp])


async def _handle(stage: Stage, records: Sequence[Any]) -> None:
    if len(records) > 1 and sum([len(record.value) for record in records]) > BYTES_MAX:
        middle = len(records) // 2
        await _handle(stage, records[:middle])
        await _handle(stage, records[middle:])
    else:
        await stage.handle(records)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=["ledger", "projection"])
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--mongo", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--source", required=True, help="topic that is read")
    parser.add_argument("--target", default="ledger", help="topic that the ledger stage writes")
    parser.add_argument("--offsets", type=int, nargs="+", default=[0, 0, 0, 0])
    parser.add_argument("--records-max", type=int)
    parser.add_argument("--no-entries", action="store_true", help="fold only, keep no entries")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
