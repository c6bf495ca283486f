"""The mark of a numbered record: how a reader skips what it has and notices what is missing."""

import re
from dataclasses import dataclass
from typing import Final

DIGITS_MAX: Final = 18
"""Longest position: it fits 64 bits."""
MARK_HEADER: Final = "entry"
"""Name of the Kafka header that carries the mark; it is the first."""
CORRELATION_HEADER: Final = "x-correlation-id"
"""Name of the header, on Kafka as over HTTP, by which everything that one request brought about is
found again; from `assessments` on, events carry it as `correlationid`."""
TRACE_HEADER: Final = "traceparent"
"""Name of the header with the trace that a request belongs to (W3C Trace Context)."""
CORRELATION: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
"""What a correlation id may look like; another is not taken over."""
TRACE: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
"""What a traceparent looks like."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands on every record of `ledger`, `assessments` and `alerts`."""

    position: int
    """Gapless number within the partition, from 1."""
    sequence: int
    """Number within the record's own stream; 0 where it has none."""
    recorded_ms: int
    """When the ledger entry it rests on was recorded, milliseconds since 1970 UTC."""
    cause: int
    """Ledger position, in the same partition, that it rests on (the ledger's own: itself)."""
    event_type: str
    """CloudEvents type of the value, so that no reader has to look into it first."""
    publisher: str = ""
    """Who stated it; on `ledger` only, and not needed to read it.

    With it the topic holds all that the chain of hashes covers: the store can be made from it.
    """

    def to_bytes(self) -> bytes:
        """Write it as the header's value: five words of ASCII, then the publisher, if any."""
        last = f" {self.publisher}" if self.publisher else ""
        return (
            f"{self.position} {self.sequence} {self.recorded_ms} {self.cause} "
            f"{self.event_type}{last}"
        ).encode()

    @classmethod
    def from_bytes(cls, value: bytes) -> "Mark":
        """Read a header's value; ValueError if it is no mark."""
        position, sequence, recorded_ms, cause, event_type, *rest = value.decode().split(" ", 5)
        publisher = rest[0] if rest else ""
        return cls(
            int(position), int(sequence), int(recorded_ms), int(cause), event_type, publisher
        )


def format_cut(positions: list[int]) -> str:
    """Write a cut, the vector of partition positions, in partition order: 12-40-7-0."""
    return "-".join(str(position) for position in positions)


def parse_cut(text: str) -> list[int]:
    """Read a cut; ValueError if it is none."""
    words = text.split("-")
    if not all(word.isascii() and word.isdigit() and len(word) <= DIGITS_MAX for word in words):
        msg = "a cut is written as positions in partition order, such as 12-40-7-0"
        raise ValueError(msg)
    return [int(word) for word in words]


def reached(positions: list[int], at_least: list[int]) -> bool:
    """Whether every partition has come to where `at_least` demands; lengths must agree."""
    if len(positions) != len(at_least):
        msg = f"the cut names {len(at_least)} partitions, this deployment has {len(positions)}"
        raise ValueError(msg)
    return all(have >= want for have, want in zip(positions, at_least, strict=True))
