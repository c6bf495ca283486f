"""From records to entries: in order of their positions, each once, and none that is too new."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from contracts.codec import DATA_BY_TYPE, UPCASTERS
from contracts.record import (
    CORRELATION,
    CORRELATION_HEADER,
    MARK_HEADER,
    TRACE,
    TRACE_HEADER,
    Mark,
)
from contracts.topics import LEDGER
from services.analysis.domain import Entry
from services.analysis.handlers.gate import Gate
from services.chassis import metrics
from services.chassis.lane import Record, header
from services.chassis.log import get_logger
from services.chassis.records import FetchedRecord

log = get_logger(__name__)

CONTEXTS_CACHED: Final = 1_024
"""Requests whose names are read once: a batch's events have them in common."""
ON_TIME: Final = False
"""Whether an entry is late is not known before it is folded."""


class UnreadableEntryError(Exception):
    """An entry's type is none of this release's: its partition waits for the upgrade."""


class Arrived(Entry, gc=False):
    """One entry that is next in its partition; its event is decoded only when it is folded."""

    event_type: str = ""
    mark: bytes = b""
    key: bytes = b""
    """Its subject."""
    raw: bytes = b""
    """The event."""
    offset: int = 0
    publisher: str = ""
    """Who stated it; empty: not known."""

    @property
    def subject(self) -> str:
        """Project or jurisdiction that it is about."""
        return self.key.decode()


Headers = Sequence[tuple[str, bytes]]


class Context(NamedTuple):
    """By what all that an entry brings about is found again."""

    correlation: str | None = None
    trace: str | None = None


NO_CONTEXT: Final = Context()


@dataclass
class Arrival:
    """What a batch of records brought."""

    entries: list[Arrived] = field(default_factory=list)
    next_offset: int = 0
    """Where reading goes on."""
    kinds: set[str] = field(default_factory=set)
    """Types of the entries: whoever asks for one of them need not look at each."""
    contexts: dict[int, Context] = field(default_factory=dict)
    """By what entries are found again, by position; of those that say it."""
    unreadable: UnreadableEntryError | None = None
    """Why reading stopped before the end, if it did."""


def arrive(gate: Gate, partition: int, records: Sequence[Record]) -> Arrival:
    """Let records through the gate, up to the first of a type that this release does not know."""
    arrival = Arrival(next_offset=records[-1].offset + 1)
    entries = arrival.entries
    add, kinds = entries.append, arrival.kinds
    mark: bytes | None
    for record in records:
        # All but foreign records.
        if isinstance(record, FetchedRecord) and record.mark is not None:
            mark, more = record.mark, record.more
        else:
            mark, more = header(record, MARK_HEADER), beside_mark(record.headers)
        key, raw, offset = record.key, record.value, record.offset
        found = None if mark is None else words_of(mark)
        if found is None or mark is None or key is None or raw is None:
            metrics.FOREIGN.labels(LEDGER.name).inc()
            log.error("foreign_record", partition=partition, offset=offset)
            continue
        position, sequence, recorded_ms, event_type, publisher = found
        if position == gate.position + 1:
            # As `admit` does of the next entry: nearly all are.
            gate.position = position
        elif not gate.admit(offset, position):
            continue
        if event_type not in _KNOWN:
            arrival.unreadable = UnreadableEntryError(
                f"partition {partition}, position {position}: type {event_type!r}"
            )
            arrival.next_offset = offset
            break
        kinds.add(event_type)
        if more:
            arrival.contexts[position] = context_of(more)
        # By place, for a keyword costs: event and original are not known yet.
        add(
            Arrived(
                sequence,
                position,
                recorded_ms,
                None,
                None,
                ON_TIME,
                event_type,
                mark,
                key,
                raw,
                offset,
                publisher,
            )
        )
    return arrival


def beside_mark(headers: Headers) -> Headers:
    """Give the headers of a record that is no light one, or does not begin with its mark."""
    return [known for known in headers if known[0] != MARK_HEADER]


def context_of(headers: Headers) -> Context:
    """Read by what an entry is found again from the headers beside its mark."""
    # As intake writes it where nothing is traced; a third of the cost.
    if len(headers) == 1 and headers[0][0] == CORRELATION_HEADER:
        return _context(headers[0][1], b"")
    found = dict(headers)
    return _context(found.get(CORRELATION_HEADER, b""), found.get(TRACE_HEADER, b""))


@lru_cache(CONTEXTS_CACHED)
def _context(correlation: bytes, trace: bytes) -> Context:
    named, traced = correlation.decode("latin-1"), trace.decode("latin-1")
    return Context(
        named if CORRELATION.fullmatch(named) else None, traced if TRACE.fullmatch(traced) else None
    )


def words_of(mark: bytes) -> tuple[int, int, int, str, str] | None:
    """Return a mark's position, sequence, recorded_ms, type and publisher; None if it is no mark.

    The common case of `contracts.record.Mark.from_bytes`, at half the cost.
    """
    words = mark.split(b" ", MARK_WORDS)
    try:
        event_type = _TYPES[words[TYPE_WORD]]
        publisher = words[MARK_WORDS].decode() if len(words) > MARK_WORDS else ""
        return _WHOLE(words[0]), _WHOLE(words[1]), _WHOLE(words[2]), event_type, publisher
    except (LookupError, ValueError, msgspec.DecodeError):
        # A type we do not know, some way of writing a number that only int() takes, or no mark.
        pass
    try:
        found = Mark.from_bytes(mark)
    except ValueError:
        return None
    return found.position, found.sequence, found.recorded_ms, found.event_type, found.publisher


MARK_WORDS: Final = 5
"""What a reader needs; the publisher may follow."""
TYPE_WORD: Final = 4
_WHOLE: Final = msgspec.json.Decoder(int).decode
"""Digits as a number, in half the time that int() takes; it takes nothing that int() does not."""
_KNOWN: Final = DATA_BY_TYPE.keys() | UPCASTERS.keys()
_TYPES: Final = {event_type.encode(): event_type for event_type in DATA_BY_TYPE}
