"""Reading what a partition has, without a group: all of it, or how far its numbers have come."""

from collections.abc import AsyncIterator, Iterable
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from contracts.record import Mark
from services.chassis.marked import mark_of, ours
from services.chassis.publisher import last_records
from services.chassis.records import Record
from services.chassis.settings import KafkaSettings
from services.chassis.whole import started, stopped, whole

REQUEST_TIMEOUT_MS: Final = 15_000
START_SECONDS: Final = 20.0
POLL_MS: Final = 1_000
RECORDS_AT_ONCE: Final = 2_000
EMPTY_POLLS_MAX: Final = 30
"""Polls in a row that may bring nothing although there is more."""


class UnreadableError(KafkaError):  # type: ignore[misc]
    """The broker has records that do not come."""


async def reread(
    settings: KafkaSettings, topic: str, partition: int, records_max: int
) -> AsyncIterator[list[Record]]:
    """Give all records that the partition has now, in order, at most so many at once."""
    consumer = AIOKafkaConsumer(
        **settings.client,
        enable_auto_commit=False,
        group_id=None,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    await started(consumer.start(), consumer.stop, START_SECONDS)
    try:
        tp = TopicPartition(topic, partition)
        consumer.assign([tp])
        at: int = (await consumer.beginning_offsets([tp]))[tp]
        end: int = (await consumer.end_offsets([tp]))[tp]
        consumer.seek(tp, at)
        empty = 0
        while at < end:
            found = await consumer.getmany(tp, timeout_ms=POLL_MS, max_records=records_max)
            records: list[Record] = found.get(tp, [])
            empty = 0 if records else empty + 1
            if empty > EMPTY_POLLS_MAX:
                msg = f"{tp}: nothing comes from offset {at} on, though it ends at {end}"
                raise UnreadableError(msg)
            if records:
                at = records[-1].offset + 1
                yield records
    finally:
        await whole(stopped(consumer.stop()))


async def last_marks(
    settings: KafkaSettings, places: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Mark | None]:
    """Give the mark of each partition's last record of ours; None if it has none.

    Whoever else may write to the topic does not hide it: then all of the partition is read. All
    that end with one of ours are asked about with one login.
    """
    last = await last_records(settings, places)
    return {place: await _mark(settings, *place, record) for place, record in last.items()}


async def _mark(
    settings: KafkaSettings, topic: str, partition: int, record: Record | None
) -> Mark | None:
    if record is None:
        return None
    if ours([record]):
        return mark_of(record)
    last: Mark | None = None
    async for page in reread(settings, topic, partition, RECORDS_AT_ONCE):
        for mark in map(mark_of, ours(page)):
            # What was sent again may have been broken off: the highest counts.
            if last is None or mark.position > last.position:
                last = mark
    return last
