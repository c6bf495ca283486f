"""The hash chain of a stream: a hash covers all that is stored of an entry, and the one before."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

GENESIS: Final = bytes(32)
"""What the first entry of a stream is linked to."""
NO_HEAD: Final = (0, GENESIS)
"""Head of a stream without entries."""
FAULTS_MAX: Final = 1_000
"""Most faults that a verification lists; further ones are only counted."""

Head = tuple[int, bytes]
"""Sequence and hash of a stream's last entry."""

Entry = tuple[int, int, int, str, str, bytes, bytes]
"""Sequence, position, recorded ms, type, publisher, original bytes, hash: as stored."""


def link(
    previous: bytes, position: int, recorded_ms: int, event_type: str, publisher: str, raw: bytes
) -> bytes:
    """Return the hash of an entry after the entry with hash `previous`.

    It covers the bytes and what the owner noted beside them: who sent it, when it was recorded,
    where it stands.
    """
    noted = f"{position} {recorded_ms} {event_type} {publisher}\n"
    return hashlib.sha256(previous + noted.encode() + raw).digest()


class FaultKind(StrEnum):
    """What can be wrong with a stored ledger."""

    CHANGED = "changed"
    """An entry is not what was hashed: its bytes, or what was noted beside them."""
    MISSING = "missing"
    """Entries are missing inside a stream."""
    CUT = "cut"
    """A stream ends before its head."""
    BEYOND = "beyond"
    """A stream goes on after its head, or has none."""
    POSITIONS = "positions"
    """A partition's positions are not 1, 2, 3 … up to its progress."""
    REMOVED = "removed"
    """A stream that a checkpoint signed is not there at all."""
    CHECKPOINT = "checkpoint"
    """A checkpoint is missing, changed or not signed by a key of ours."""


class LedgerFault(msgspec.Struct, frozen=True):
    """One thing that is wrong, and where."""

    kind: FaultKind
    stream: str
    """The stream, or `partition N`, or `checkpoint N`."""
    sequence: int
    """First sequence (or position) concerned."""
    detail: str


class ChainCheck:
    """Walks the entries of one stream in order and collects what is wrong with it.

    The ledger may grow meanwhile: `before` is the head that was read before the entries, `after`
    (see `close`) one that was read behind them. `signed` is the head that a checkpoint signed.
    """

    def __init__(self, stream: str, before: Head, signed: Head = NO_HEAD) -> None:
        """Begin before the first entry; a head is NO_HEAD if none was found."""
        self.stream = stream
        self.before = before
        self.signed = signed
        self.reached: Head = NO_HEAD
        self.entries = 0
        self.faults: list[LedgerFault] = []

    @property
    def beyond(self) -> bool:
        """Whether entries were found that the head of before does not cover."""
        return self.reached[0] > self.before[0]

    def walk(self, entries: Sequence[Entry]) -> None:
        """Check entries that follow those walked."""
        for sequence, position, recorded_ms, kind, publisher, raw, stored in entries:
            last, previous = self.reached
            if sequence != last + 1:
                self._add(FaultKind.MISSING, last + 1, f"entry {sequence} follows {last}")
            elif link(previous, position, recorded_ms, kind, publisher, raw) != stored:
                self._add(FaultKind.CHANGED, sequence, "what is stored does not give its hash")
            elif (sequence, stored) != self.before and sequence == self.before[0]:
                self._add(FaultKind.CHANGED, sequence, "the entry's hash is not the head's")
            elif (sequence, stored) != self.signed and sequence == self.signed[0]:
                detail = "up to here the chain is another than the one that a checkpoint signed"
                self._add(FaultKind.CHANGED, sequence, detail)
            self.entries += 1
            # Goes on from the stored hash: one change is one fault, not one for all that follow.
            self.reached = (sequence, stored)

    def damaged(self, sequence: int, detail: str) -> None:
        """Note that the entries from a sequence on cannot even be read."""
        self._add(FaultKind.CHANGED, sequence, f"the entries cannot be read: {detail}")

    def close(self, after: Head) -> None:
        """Compare the end with the heads; `after` matters only if entries go beyond `before`."""
        last, head, signed = self.reached[0], self.before[0], self.signed[0]
        if signed and not last and not head:
            self._add(FaultKind.REMOVED, 1, f"a checkpoint has signed {signed} entries of it")
        elif last < head:
            self._add(FaultKind.CUT, last + 1, f"the head says {head}, the entries end at {last}")
        elif last < signed:
            detail = f"a checkpoint has signed {signed} entries, they end at {last}"
            self._add(FaultKind.CUT, last + 1, detail)
        elif head < signed:
            detail = f"a checkpoint has signed {signed} entries, the head says {head}"
            self._add(FaultKind.CUT, head + 1, detail)
        if self.beyond and last > after[0]:
            detail = f"the entries end at {last}, the head says {after[0]}"
            self._add(FaultKind.BEYOND, after[0] + 1, detail)

    def _add(self, kind: FaultKind, sequence: int, detail: str) -> None:
        self.faults.append(LedgerFault(kind, self.stream, sequence, detail))


class PositionCheck:
    """Counts the positions of one partition: each of 1 … `expected` must be there once."""

    def __init__(self, partition: int, expected: int) -> None:
        """`expected` is the progress that was read before the entries."""
        self.partition = partition
        self.expected = expected
        self._count = 0
        self._sum = 0

    def walk(self, entries: Sequence[Entry]) -> None:
        """Count entries, in any order; those committed since are left out."""
        for entry in entries:
            if entry[1] <= self.expected:
                self._count += 1
                self._sum += entry[1]

    def close(self) -> list[LedgerFault]:
        """Say whether a position is missing or stands twice."""
        # Count and sum fix it: hashes guard the entries, this guards their order.
        if (self._count, self._sum) == (self.expected, self.expected * (self.expected + 1) // 2):
            return []
        detail = f"{self._count} entries where {self.expected} positions were given"
        name = f"partition {self.partition}"
        return [LedgerFault(FaultKind.POSITIONS, name, self.expected, detail)]
