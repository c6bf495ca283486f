"""Reading numbered records: skip what the store has, stop at what is missing."""

from collections.abc import Sequence

from contracts.record import MARK_HEADER, Mark
from services.chassis.lane import GapError, Record, header


def fresh(records: Sequence[Record], position: int) -> list[tuple[Mark, Record]]:
    """Return the records that follow `position` without a gap, each with its mark.

    What comes too early is passed over: its owner sends the missing tail again *behind* it. If the
    tail is not among these records, those up to the gap are returned, so that they count, and the
    next call raises; GapError if the very first is missing.
    """
    found: list[tuple[Mark, Record]] = []
    last = position
    ahead: int | None = None
    for record in records:
        mark = mark_of(record)
        if mark.position == last + 1:
            found.append((mark, record))
            last = mark.position
        elif mark.position > last:
            ahead = ahead or mark.position
    if ahead is not None and not found:
        where = f"{records[0].topic}-{records[0].partition}"
        msg = f"{where}: position {last + 1} is missing, {ahead} came"
        raise GapError(msg)
    return found


def mark_of(record: Record) -> Mark:
    """Read a record's mark; ValueError if it carries none (it is not one of ours)."""
    value = header(record, MARK_HEADER)
    if value is None:
        msg = f"{record.topic}-{record.partition}@{record.offset}: no header {MARK_HEADER!r}"
        raise ValueError(msg)
    return Mark.from_bytes(value)
