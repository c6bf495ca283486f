"""What is made of a fetch: a light object for each record, and many of them at a time.

aiokafka makes a frozen dataclass of eleven fields of each record, through three calls. That is half
of what it costs to fold one. Here a record has the fields that lanes and readers use; what is read,
skipped (aborted transactions, markers) and counted as read stays aiokafka's own.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import msgspec
from aiokafka.consumer import fetcher
from faststream.kafka.subscriber.usecase import BatchSubscriber

from services.chassis import lenient


class FetchedRecord(msgspec.Struct, gc=False):
    """One record as lanes take it (`records.Record`).

    Nothing in it refers back to it, so the collector of cycles need not look at it.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Kafka's, in ms since 1970."""
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class FetchedRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """The records of one partition's fetch; our consumers have no deserializers."""

    def __init__(self, tp: Any, *rest: Any) -> None:
        """As aiokafka calls it."""
        super().__init__(tp, *rest)
        topic, partition = tp

        def light(_: Any, found: Any) -> FetchedRecord:
            return FetchedRecord(
                topic,
                partition,
                found.offset,
                found.timestamp,
                found.key,
                found.value,
                found.headers,
            )

        self._consumer_record = light

    def __iter__(self) -> Iterator[FetchedRecord]:
        """Give the iterator beneath, without a call of ours for each record."""
        found: Iterator[FetchedRecord] = self._records_iterator
        return found


class FetchedResult(fetcher.FetchResult):  # type: ignore[misc]
    """A fetch of which all, or many, records are taken at once."""

    _partition_records: Any

    def getall(self, max_records: int | None = None) -> list[FetchedRecord]:
        """Take at most so many; none if the consumer has been set elsewhere since the fetch."""
        if not self.check_assignment(self._topic_partition) or not self.has_more():
            return []
        taken = list(islice(self._partition_records, max_records))
        self._update_position()
        if max_records is None or len(taken) < max_records:
            self._partition_records = None
        return taken


async def poll(self: Any, consumer: Any) -> tuple[FetchedRecord, ...]:
    """Wait for records, in place of FastStream's `BatchSubscriber.get_msg`.

    That sleeps as long again whenever nothing came, so what comes then waits for nothing.
    """
    found = await consumer.getmany(timeout_ms=self.batch_timeout_ms, max_records=self.max_records)
    return tuple(chain.from_iterable(found.values()))


def install() -> None:
    """Let the consumers of this process give such records, read as `lenient` reads, at once."""
    lenient.install()
    fetcher.PartitionRecords = FetchedRecords
    fetcher.FetchResult = FetchedResult
    BatchSubscriber.get_msg = poll  # type: ignore[method-assign]
