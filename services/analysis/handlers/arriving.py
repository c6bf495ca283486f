"""From records to entries: in order, each once, decoded; what cannot be decoded is told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.codec import DATA_BY_TYPE, UnknownEventTypeError
from contracts.record import MARK_HEADER, Mark
from services.analysis.domain import Entry
from services.analysis.handlers import counting
from services.analysis.handlers.gate import Gate
from services.analysis.store.events import BrokenEntryError, read_event
from services.chassis.lane import Record, header
from services.chassis.log import get_logger

log = get_logger(__name__)


class UnreadableEntryError(Exception):
    """An entry's type is none of this release's: its partition waits for the upgrade."""


class Arrived(Entry, frozen=True):
    """One entry that is next in its partition; `event` is None if it is broken."""

    event_type: str
    key: bytes
    """Its subject."""
    raw: bytes
    offset: int
    broken: str
    """Why it is broken, or empty."""

    @property
    def subject(self) -> str:
        """Project or jurisdiction that it is about."""
        return self.key.decode()


@dataclass
class Arrival:
    """What a batch of records brought."""

    entries: list[Arrived] = field(default_factory=list)
    next_offset: int = 0
    """Where reading goes on."""
    unreadable: UnreadableEntryError | None = None
    """Why reading stopped before the end, if it did."""


def arrive(
    gate: Gate, partition: int, records: Sequence[Record], broken: Mapping[int, str]
) -> Arrival:
    """Let records through the gate and decode them; `broken`: positions known not to fold."""
    arrival = Arrival(next_offset=records[-1].offset + 1)
    entries = arrival.entries
    for record in records:
        mark = mark_of(record)
        key, raw = record.key, record.value
        if mark is None or key is None or raw is None:
            counting.FOREIGN.inc()
            log.error("foreign_record", partition=partition, offset=record.offset)
            continue
        position, sequence, recorded_ms, event_type = mark
        if not gate.admit(record.offset, position):
            continue
        event, reason = None, broken.get(position, "") if broken else ""
        if not reason:
            try:
                event = read_event(raw, event_type)
            except UnknownEventTypeError as error:
                arrival.unreadable = UnreadableEntryError(
                    f"partition {partition}, position {position}: type {error.event_type!r}"
                )
                arrival.next_offset = record.offset
                break
            except BrokenEntryError as error:
                reason = str(error)
        entries.append(
            Arrived(
                sequence,
                position,
                recorded_ms,
                event,
                event_type,
                key,
                raw,
                record.offset,
                reason,
            )
        )
    return arrival


def mark_of(record: Record) -> tuple[int, int, int, str] | None:
    """Return a record's position, sequence, recorded_ms and type; None if it has no mark.

    The common case of `contracts.record.Mark.from_bytes`, at half the cost.
    """
    value = header(record, MARK_HEADER)
    if value is None:
        return None
    words = value.split(b" ")
    try:
        event_type = _TYPES.get(words[-1])
        if event_type is not None and len(words) == MARK_WORDS:
            return int(words[0]), int(words[1]), int(words[2]), event_type
        mark = Mark.from_bytes(value)
    except ValueError:
        return None
    return mark.position, mark.sequence, mark.recorded_ms, mark.event_type


MARK_WORDS: Final = 5
_TYPES: Final = {event_type.encode(): event_type for event_type in DATA_BY_TYPE}
