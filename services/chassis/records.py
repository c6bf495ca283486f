"""Records as lanes hand them over: their shape, how many at once, and the queue before the lane."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from contracts.record import MARK_HEADER

QUEUED_BATCHES_MAX: Final = 2
"""Full batches that may wait for a lane before reading stops."""


class Record(Protocol):
    """One record as it was fetched (`FetchedRecord`)."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """All headers, in order."""


class FetchedRecord(msgspec.Struct, gc=False):
    """One record as `fetched` makes it of what aiokafka gives.

    Nothing in it refers back to it, so the collector of cycles need not look at it. The mark stands
    by itself: the list and the pair that it came in would be two more things to look at, which made
    the collector come, and that took a twentieth of a backlog's CPU.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Kafka's, in ms since 1970."""
    key: bytes | None
    value: bytes | None
    mark: bytes | None
    """Value of the first header, if that is the mark's."""
    more: Sequence[tuple[str, bytes]]
    """The other headers."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """All headers, in order."""
        return self.more if self.mark is None else [(MARK_HEADER, self.mark), *self.more]


class GapError(Exception):
    """A position is missing: the partition waits until its owner publishes it again."""


@dataclass(frozen=True)
class BatchLimits:
    """How much one call of the handler may be given."""

    records_max: int = 20_000
    """Records; batches grow to this with the backlog."""
    bytes_max: int = 32_000_000
    """Bytes of values; a single larger record comes alone."""
    wait_ms: int = 100
    """Longest a poll waits for the first record; it ends at once when one is there.

    An idle service wakes so often, and a resumed partition may wait so long for records that were
    fetched before it was paused.
    """
    rest_ms: int = 0
    """How long a lane rests after a batch, unless a long one waits already.

    For readers whose every record nobody waits for: a few large transactions cost the store, which
    all services share, less than many small ones.
    """


class PartitionHandler(Protocol):
    """What a service does with the partitions it is given."""

    async def assigned(self, partition: int) -> int | None:
        """Become the owner: read stored progress; give the offset to read from (None: first).

        Also called after every failure of `handle`.
        """

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Handle records of one partition, in order; raise and they come again."""

    async def revoked(self, partition: int) -> None:
        """Forget a partition that has another owner now."""


def header(record: Record, name: str) -> bytes | None:
    """Return a header of a record without looking at the others' values."""
    if name == MARK_HEADER and isinstance(record, FetchedRecord) and record.mark is not None:
        return record.mark
    for key, value in record.headers:
        if key == name:
            return value
    return None


class Queue:
    """Fetched records in order, cut into batches that grow with the backlog."""

    def __init__(self, limits: BatchLimits) -> None:
        """Begin empty."""
        self._limits = limits
        # Whole fetches, with their bytes: so nothing is done per record but adding sizes up.
        self._chunks: deque[tuple[Sequence[Record], int]] = deque()
        self._records = self._bytes = 0

    def __len__(self) -> int:
        """Records that wait."""
        return self._records

    def is_full(self) -> bool:
        """Whether reading should stop for now."""
        return (
            self._records >= QUEUED_BATCHES_MAX * self._limits.records_max
            or self._bytes >= QUEUED_BATCHES_MAX * self._limits.bytes_max
        )

    def oldest_ms(self) -> int | None:
        """Return Kafka's time of the first record that waits; None if none does."""
        return self._chunks[0][0][0].timestamp if self._chunks else None

    def put(self, records: Sequence[Record]) -> int:
        """Add a fetch behind the others; give the bytes of its values."""
        return self._add(records, at_front=False)

    def get(self) -> tuple[list[Record], int]:
        """Take the next batch, and the bytes of its values.

        It has at least one record, at most what the limits allow.
        """
        batch: list[Record] = []
        size = 0
        while self._chunks:
            chunk, chunk_bytes = self._chunks.popleft()
            self._records -= len(chunk)
            self._bytes -= chunk_bytes
            fits = len(batch) + len(chunk) <= self._limits.records_max
            if fits and size + chunk_bytes <= self._limits.bytes_max:
                batch.extend(chunk)
                size += chunk_bytes
                continue
            count = self._fitting(chunk, len(batch), size)
            batch.extend(chunk[:count])
            size += chunk_bytes - self._add(chunk[count:], at_front=True)
            break
        return batch, size

    def clear(self) -> None:
        """Forget all."""
        self._chunks.clear()
        self._records = self._bytes = 0

    def _add(self, records: Sequence[Record], *, at_front: bool) -> int:
        if not records:
            return 0
        size = sum([len(record.value or b"") for record in records])
        (self._chunks.appendleft if at_front else self._chunks.append)((records, size))
        self._records += len(records)
        self._bytes += size
        return size

    def _fitting(self, chunk: Sequence[Record], taken: int, size: int) -> int:
        """Count the records of a chunk that still fit; one always does if none is taken yet."""
        count = 0
        for record in chunk[: self._limits.records_max - taken]:
            size += len(record.value or b"")
            if size > self._limits.bytes_max and taken + count:
                break
            count += 1
        return count
