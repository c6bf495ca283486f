"""What is made of a fetch: a light object for each record, and many of them at a time.

aiokafka makes a frozen dataclass of eleven fields of each record, through three calls. That is half
of what it costs to fold one. Here a record has the fields that lanes and readers use, and aiokafka
is given hundreds of them as if they were one; what is read, skipped (aborted transactions, markers)
and counted as read stays aiokafka's own.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec
from aiokafka.consumer import fetcher
from faststream.kafka.subscriber.usecase import BatchSubscriber

from contracts.record import MARK_HEADER
from services.chassis import lenient
from services.chassis.lenient import LenientBatch, LenientRecords
from services.chassis.records import FetchedRecord


class Piece(msgspec.Struct, gc=False):
    """Some records in a row, for aiokafka to take for one: the last of them."""

    offset: int
    """The last one's."""
    records: list[Any]


class FetchedRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """The records of one partition's fetch; our consumers have no deserializers."""

    next_fetch_offset: int

    def __init__(self, tp: Any, records: LenientRecords, *rest: Any) -> None:
        """As aiokafka calls it."""
        super().__init__(tp, _InPieces(records), *rest)
        self._left: list[FetchedRecord] = []

    def _consumer_record(self, tp: Any, piece: Piece) -> list[FetchedRecord]:
        # Of a piece as well: reading may begin within it, and what is escaped comes twice.
        first, (topic, partition) = self.next_fetch_offset, tp
        found = []
        for r in piece.records:
            offset, mark, more = r.offset, None, r.headers
            if offset < first:
                continue
            if more and more[0][0] == MARK_HEADER and more[0][1] is not None:
                mark, more = more[0][1], more[1:] if len(more) > 1 else ()
            found.append(
                FetchedRecord(topic, partition, offset, r.timestamp, r.key, r.value, mark, more)
            )
        return found

    def __next__(self) -> FetchedRecord:
        """Give one record."""
        for found in self.take(1):
            return found
        raise StopIteration

    def take(self, most: int | None) -> list[FetchedRecord]:
        """Take so many records (None: all), or what is left; reading stands behind the last."""
        found = self._left
        if found:
            # aiokafka's own reading stands behind the piece that they are the rest of.
            self.next_fetch_offset = found[-1].offset + 1
        while most is None or len(found) < most:
            piece = next(self._records_iterator, None)
            if piece is None:
                self._left = []
                return found
            found += piece
        self._left = found[most:]
        if self._left:
            self.next_fetch_offset = self._left[0].offset
        return found[:most]

    def close(self) -> None:
        """Let go what is left: else it would stay until the collector of cycles comes."""
        self._records_iterator.close()


class FetchedResult(fetcher.FetchResult):  # type: ignore[misc]
    """A fetch of which all, or many, records are taken at once."""

    _partition_records: FetchedRecords | None

    def getall(self, max_records: int | None = None) -> list[FetchedRecord]:
        """Take at most so many; none if the consumer has been set elsewhere since the fetch."""
        records = self._partition_records
        if not self.check_assignment(self._topic_partition) or records is None:
            if records is not None:
                records.close()
            return []
        taken: list[FetchedRecord] = records.take(max_records)
        self._update_position()
        if max_records is None or len(taken) < max_records:
            self._partition_records = None
        return taken


class _InPieces:
    """What aiokafka asks of the batches of a fetch; each gives its records in pieces."""

    def __init__(self, records: LenientRecords) -> None:
        self._records = records
        self.has_next = records.has_next

    def next_batch(self) -> "_BatchInPieces":
        return _BatchInPieces(self._records.next_batch())


class _BatchInPieces:
    def __init__(self, batch: LenientBatch) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Piece]:
        return (Piece(piece[-1].offset, piece) for piece in self._batch.pieces())

    def __next__(self) -> Any:
        return next(self._batch)


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
