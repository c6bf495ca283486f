"""How far topics are: where they end, the last numbers on them, and what was told behind one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from contracts.record import Mark
from contracts.topics import TOPICS
from services.chassis.marked import mark_of, ours
from services.chassis.publisher import partitions_of
from services.chassis.rereading import last_marks, reread
from services.chassis.settings import KafkaSettings
from services.chassis.whole import started, stopped, whole
from services.cli.errors import CliError, ExitCode

REQUEST_TIMEOUT_MS: Final = 15_000
START_SECONDS: Final = 20.0
RECORDS_AT_ONCE: Final = 2_000
NUMBERED: Final = tuple(topic.name for topic in TOPICS if topic.position)
"""Topics whose records carry a position."""


@dataclass(frozen=True)
class Ends:
    """Where topics stand at one moment."""

    offsets: dict[str, list[int]]
    """By topic and partition: the offset that the next record will have; topics there are."""
    positions: dict[str, list[int]]
    """By numbered topic and partition: the last position on it, 0 if it is empty."""

    def offset(self, topic: str, partition: int) -> int | None:
        """Where a partition ends; None: there is none."""
        found = self.offsets.get(topic, [])
        return found[partition] if partition < len(found) else None


async def read_ends(settings: KafkaSettings, topics: Sequence[str]) -> Ends:
    """Read where topics end; CliError if Kafka does not say."""
    try:
        counts = await partitions_of(settings, topics)
        there = {topic: count for topic, count in counts.items() if count}
        offsets = await _offsets(settings, there)
        positions = await _positions(settings, there)
    except (KafkaError, OSError, TimeoutError) as error:
        message = f"Kafka at {settings.bootstrap_servers}: {error}"
        raise CliError(message, ExitCode.UNREACHABLE) from error
    return Ends(offsets, positions)


async def _offsets(settings: KafkaSettings, counts: dict[str, int]) -> dict[str, list[int]]:
    consumer = AIOKafkaConsumer(
        **settings.client,
        enable_auto_commit=False,
        group_id=None,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    await started(consumer.start(), consumer.stop, START_SECONDS)
    try:
        parts = [TopicPartition(topic, n) for topic, count in counts.items() for n in range(count)]
        found = await consumer.end_offsets(parts)
        return {
            topic: [found[TopicPartition(topic, n)] for n in range(count)]
            for topic, count in counts.items()
        }
    finally:
        await whole(stopped(consumer.stop()))


async def _positions(settings: KafkaSettings, counts: dict[str, int]) -> dict[str, list[int]]:
    numbered = {topic: range(count) for topic, count in counts.items() if topic in NUMBERED}
    places = [(topic, number) for topic, numbers in numbered.items() for number in numbers]
    marks = await last_marks(settings, places)
    return {
        topic: [mark.position if (mark := marks[topic, number]) else 0 for number in numbers]
        for topic, numbers in numbered.items()
    }


async def told_behind(
    settings: KafkaSettings, topic: str, partition: int, position: int
) -> AsyncIterator[tuple[str, Mark]]:
    """Give key and mark of what stands on a partition behind a position."""
    async for page in reread(settings, topic, partition, RECORDS_AT_ONCE):
        for record in ours(page):
            mark = mark_of(record)
            if mark.position > position:
                yield (record.key or b"").decode(errors="replace"), mark
