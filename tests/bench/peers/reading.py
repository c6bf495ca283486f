"""What a contender has kept, read where it keeps it once it has ended."""

import datetime as dt
import json
import struct
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from operator import mul
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.analysis.domain import ProjectHead, ProjectYear, decode_state
from services.analysis.domain.money.buckets import BUCKET_BITS, COLUMN_MASK, MONEY_MARK
from services.analysis.domain.money.figures import SPENT_SIGNS, disbursed
from tests.bench.lab import Document, Lab
from tests.bench.peers.judging import Figures

MONTHS: Final = 12
FIGURES: Final = struct.Struct(f">{3 + 2 * MONTHS}q")
"""A project in Kafka Streams' changelog: events, spent, disbursed, spent and disbursed by month."""
QUIET_MS: Final = 500
QUIET_LOOKS: Final = 3
"""So many looks that find nothing, and a changelog is read: its last records may be Kafka's own."""
RECORDS_MAX: Final = 5_000_000

Kept = dict[str, Figures]


async def documents(lab: Lab, database: str) -> Kept:
    """Read `projects` as the peers write it."""
    found: Kept = {}
    async for document in lab.mongo[database]["projects"].find():
        found[document["_id"]] = figures(document)
    return found


def figures(document: Mapping[str, Any]) -> Figures:
    """Read one project; months may be a list, or named by their numbers where they are not 0."""
    used, paid = months(document.get("used", [])), months(document.get("paid", []))
    return Figures(document["n"], document["spent"], document["disbursed"], used, paid)


def months(kept: Sequence[int] | Mapping[str, int]) -> tuple[int, ...]:
    """Give twelve months."""
    if isinstance(kept, Mapping):
        return tuple(kept.get(str(month), 0) for month in range(MONTHS))
    return tuple(kept)


async def ordered_limit(lab: Lab, database: str) -> Kept:
    """Read what `tests/bench/limit.py` writes; the bench has one fiscal year."""
    found: Kept = {}
    async for document in lab.mongo[database]["projects"].find():
        ((used, paid),) = document["years"].values() or [([0] * MONTHS, [0] * MONTHS)]
        found[document["_id"]] = Figures(
            document["n"], document["spent"], document["disbursed"], tuple(used), tuple(paid)
        )
    return found


async def product(lab: Lab, database: str) -> Kept:
    """Read what our analysis keeps: the sum of each project's day buckets."""
    counts: dict[str, int] = {}
    sums: dict[str, list[list[int]]] = {}
    store = lab.mongo[database]
    async for document in store["heads"].find():
        counts[document["_id"]] = decode_state(document["state"], ProjectHead).sequence
    async for document in store["years"].find():
        year = decode_state(document["state"], ProjectYear)
        subject = year.project
        counts[subject] = max(counts[subject], year.sequence)
        columns = sums.setdefault(subject, [[0] * (COLUMN_MASK + 1) for _ in range(MONTHS)])
        for line in year.lines.values():
            for bucket, fen in line.flows.items():
                column = bucket & COLUMN_MASK
                if column < MONEY_MARK:
                    month = dt.date.fromordinal(bucket >> BUCKET_BITS).month - 1
                    columns[month][column] += fen
    return {subject: _figures(count, sums[subject]) for subject, count in counts.items()}


def _figures(count: int, columns: Sequence[list[int]]) -> Figures:
    used = tuple(sum(map(mul, SPENT_SIGNS, month)) for month in columns)
    paid = tuple(disbursed(month) for month in columns)
    return Figures(count, sum(used), sum(paid), used, paid)


async def changelog(lab: Lab, topic: str, decode: Callable[[bytes], Figures]) -> Kept:
    """Read the last committed value of each key of a changelog."""
    found: Kept = {}
    async for record in _committed(lab, topic):
        if record.value is None:
            found.pop(_text(record.key), None)
        else:
            found[_text(record.key)] = decode(record.value)
    return found


async def _committed(lab: Lab, topic: str) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=lab.stack.endpoints().kafka,
        group_id=None,
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, p) for p in range(lab.partitions)])
        await consumer.seek_to_beginning()
        quiet = taken = 0
        while quiet < QUIET_LOOKS and taken < RECORDS_MAX:
            came = await consumer.getmany(timeout_ms=QUIET_MS)
            quiet = 0 if came else quiet + 1
            for records in came.values():
                taken += len(records)
                for record in records:
                    yield record
    finally:
        await consumer.stop()


def packed(value: bytes) -> Figures:
    """Read a project of Kafka Streams."""
    count, spent, paid, *by_month = FIGURES.unpack(value)
    return Figures(count, spent, paid, tuple(by_month[:MONTHS]), tuple(by_month[MONTHS:]))


def written(value: bytes) -> Figures:
    """Read a project of Faust."""
    document: Document = json.loads(value)
    return figures(document)


def _text(key: bytes) -> str:
    text = key.decode()
    # Faust writes keys as JSON.
    return str(json.loads(text)) if text.startswith('"') else text
