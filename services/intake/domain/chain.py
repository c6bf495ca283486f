"""The hash chain of a stream: each entry's hash covers its bytes and the hash before it."""

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


def link(previous: bytes, raw: bytes) -> bytes:
    """Return the hash of the entry that holds `raw` after the entry with hash `previous`."""
    return hashlib.sha256(previous + raw).digest()


class FaultKind(StrEnum):
    """What can be wrong with a stored ledger."""

    CHANGED = "changed"
    """An entry's bytes are not those that were hashed."""
    MISSING = "missing"
    """Entries are missing inside a stream."""
    CUT = "cut"
    """A stream ends before its head."""
    UNKNOWN_STREAM = "unknown_stream"
    """Entries of a stream that has no head, or none that covers them."""
    POSITIONS = "positions"
    """A partition's positions are not 1, 2, 3 … up to its progress."""


class LedgerFault(msgspec.Struct, frozen=True):
    """One thing that is wrong, and where."""

    kind: FaultKind
    stream: str
    """The stream, or `partition N`."""
    sequence: int
    """First sequence (or position) concerned."""
    detail: str


class ChainCheck:
    """Walks the entries of one stream in order and collects what is wrong with it."""

    def __init__(self, stream: str) -> None:
        """Begin before the first entry."""
        self.stream = stream
        self.head: Head = NO_HEAD
        self.entries = 0
        self.faults: list[LedgerFault] = []
        self._hashes: dict[int, bytes] = {}

    def walk(self, entries: Sequence[Entry], expected: int) -> bool:
        """Check entries that follow those walked; True if one has the sequence `expected`."""
        seen = False
        for sequence, _, _, _, _, raw, stored in entries:
            before, previous = self.head
            if sequence != before + 1:
                self._add(FaultKind.MISSING, before + 1, f"entry {sequence} follows {before}")
            elif link(previous, raw) != stored:
                self._add(FaultKind.CHANGED, sequence, "the bytes do not give the stored hash")
            self.entries += 1
            # Goes on from the stored hash: one change is one fault, not one for all that follow.
            self.head = (sequence, stored)
            if sequence == expected:
                seen = True
                self._hashes[sequence] = stored
        return seen

    def close(self, head: Head | None) -> None:
        """Compare with the head that was stored before the entries were read."""
        if head is None:
            self._add(FaultKind.UNKNOWN_STREAM, 1, f"{self.entries} entries, but no head")
            return
        sequence, stored = head
        if self.head[0] < sequence:
            detail = f"the head says {sequence}, the entries end at {self.head[0]}"
            self._add(FaultKind.CUT, self.head[0] + 1, detail)
        elif self._hashes.get(sequence, stored) != stored:
            self._add(FaultKind.CHANGED, sequence, "the entry's hash is not the head's")

    def _add(self, kind: FaultKind, sequence: int, detail: str) -> None:
        self.faults.append(LedgerFault(kind, self.stream, sequence, detail))
