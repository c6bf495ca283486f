"""Reading whole topics; their positions must be gapless, what is repeated the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts.record import MARK_HEADER, Mark

FETCH_MS: Final = 2_000
RECORDS_MAX: Final = 5_000
EMPTY_MAX: Final = 10
"""Fetches in a row that bring nothing, though the topic has more."""


@dataclass
class Numbered:
    """A partition of a topic with positions: each position once, as it came first."""

    topic: str
    partition: int
    values: list[bytes] = field(default_factory=list)
    """By position, which begins at 1."""
    sequences: list[int] = field(default_factory=list)
    repeated: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, mark: Mark, value: bytes) -> None:
        """Take the next record."""
        known = len(self.values)
        if mark.position == known + 1:
            self.values.append(value)
            self.sequences.append(mark.sequence)
        elif mark.position <= known:
            self.repeated += 1
            if self.values[mark.position - 1] != value:
                self._fault(f"position {mark.position} came again with other bytes")
        else:
            self._fault(f"position {mark.position} follows {known}")

    def _fault(self, what: str) -> None:
        self.faults.append(f"{self.topic}-{self.partition}: {what}")


def read_topics(servers: str, names: Sequence[str]) -> list[Numbered]:
    """Read topics with positions from their start to their end."""
    return asyncio.run(_read_topics(servers, names))


def end_offsets(servers: str, names: Sequence[str]) -> dict[tuple[str, int], int]:
    """Give where each partition ends."""
    return asyncio.run(_ends(servers, names))


async def _ends(servers: str, names: Sequence[str]) -> dict[tuple[str, int], int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers.split(","))
    await consumer.start()
    try:
        found = await consumer.end_offsets(await _partitions(servers, names))
        return {(tp.topic, tp.partition): end for tp, end in found.items()}
    finally:
        await consumer.stop()


async def _read_topics(servers: str, names: Sequence[str]) -> list[Numbered]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers.split(","), enable_auto_commit=False, group_id=None
    )
    await consumer.start()
    try:
        return [await _read(consumer, tp) for tp in await _partitions(servers, names)]
    finally:
        await consumer.stop()


async def _partitions(servers: str, names: Sequence[str]) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.split(","))
    await admin.start()
    try:
        described = await admin.describe_topics(list(names))
    finally:
        await admin.close()
    return [
        TopicPartition(entry["topic"], number)
        for entry in described
        for number in range(len(entry["partitions"]))
    ]


async def _read(consumer: AIOKafkaConsumer, tp: TopicPartition) -> Numbered:
    found = Numbered(tp.topic, tp.partition)
    consumer.assign([tp])
    await consumer.seek_to_beginning(tp)
    end = (await consumer.end_offsets([tp]))[tp]
    empty = 0
    while await consumer.position(tp) < end:
        batches = await consumer.getmany(tp, timeout_ms=FETCH_MS, max_records=RECORDS_MAX)
        records = batches.get(tp, [])
        for record in records:
            found.add(Mark.from_bytes(dict(record.headers)[MARK_HEADER]), record.value)
        empty = 0 if records else empty + 1
        if empty > EMPTY_MAX:
            found.faults.append(f"{tp}: nothing arrives before {end}")
            break
    return found
