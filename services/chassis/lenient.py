r"""Records that aiokafka raises over, each time they are read, and batches that would fill memory.

Whoever may write to a topic could so stop its readers for ever, and with them every other topic
that the same consumer reads. Here a header's name that is no UTF-8 is read with its bytes as
escapes (`\xff`), and one empty record stands for a batch that expands too much.
"""

import struct
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Final, SupportsIndex

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy, _DefaultRecordPy
from aiokafka.record.memory_records import MemoryRecords

from services.chassis import expanding
from services.chassis.expanding import ExpandsTooMuchError

STAND_IN_HEADER: Final = "unreadable"
EXPANDS_TOO_MUCH: Final = b"expands_too_much"
"""The header of the empty record that stands for a batch that expands too much."""
LENGTH_AT: Final = struct.calcsize(">q")
PIECE_RECORDS: Final = 500
"""Parsed at once: a batch may hold millions of empty records."""
OVERHEAD_BYTES: Final = struct.calcsize(">qi")
"""Offset and length in front of every batch."""


def install() -> None:
    """Let aiokafka's consumers of this process read what is fetched through this module."""
    fetcher.MemoryRecords = LenientRecords
    expanding.install()


class LenientRecords:
    """The batches of a fetch, as aiokafka's own class gives them, but for names it cannot read."""

    def __init__(self, data: bytes) -> None:
        """Begin at the first batch."""
        self._records = MemoryRecords(data)
        self._data = memoryview(data)
        self._at = 0

    def size_in_bytes(self) -> int:
        """Give the size of the fetch."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Whether there is another batch."""
        return bool(self._records.has_next())

    def next_batch(self) -> "LenientBatch":
        """Give the next batch."""
        (length,) = struct.unpack_from(">i", self._data, self._at + LENGTH_AT)
        begin, self._at = self._at, self._at + OVERHEAD_BYTES + length
        return LenientBatch(self._records.next_batch(), self._data[begin : self._at])


class LenientBatch:
    """A batch that aiokafka reads; if it cannot, its slower reader does, or something stands in."""

    def __init__(self, batch: Any, data: memoryview) -> None:
        """`data` are the batch's own bytes."""
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        """Be the batch in everything else."""
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        """Give the records; those before one that cannot be read come twice.

        aiokafka passes over offsets that it has.
        """
        # Chained, so that a record costs no frame of ours.
        return chain.from_iterable(self.pieces())

    def pieces(self) -> Iterator[list[Any]]:
        """Give the records, some hundreds at a time; none of the pieces is empty."""
        try:
            yield from _in_pieces(self._batch)
        except UnicodeDecodeError:
            yield from _in_pieces(_escaped(self._data))
        except ExpandsTooMuchError:
            yield [self._stand_in()]

    def _stand_in(self) -> Any:
        last = self._batch.next_offset - 1
        told = [(STAND_IN_HEADER, EXPANDS_TOO_MUCH)]
        return _DefaultRecordPy(last, self._batch.max_timestamp, 0, None, None, told)

    def __next__(self) -> Any:
        """Give the first record, as is done with markers of transactions."""
        return next(self._batch)


def _in_pieces(batch: Any) -> Iterator[list[Any]]:
    # aiokafka's batches must be asked for an iterator but once, and not beyond their end.
    records = chain(batch)
    while piece := list(islice(records, PIECE_RECORDS)):
        yield piece


class _Escaping(bytearray):
    """Bytes whose pieces always decode."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return found if isinstance(place, SupportsIndex) else _Escaping(found)

    def decode(self, encoding: str = "utf-8", _errors: str = "strict") -> str:
        return super().decode(encoding, "backslashreplace")


def _escaped(data: memoryview) -> Any:
    """Give aiokafka's slower batch of the same bytes, every name in which decodes."""
    batch = _DefaultRecordBatchPy(data)
    batch._maybe_uncompress()  # noqa: SLF001 - what it reads from is replaced in between
    batch._buffer = _Escaping(batch._buffer)  # noqa: SLF001 - the same
    return batch
