"""Reading numbered records: skip what the store has, stop at what is missing."""

from collections.abc import Sequence

from contracts.record import MARK_HEADER, Mark
from services.chassis import metrics
from services.chassis.lane import GapError, Record, header
from services.chassis.log import get_logger

log = get_logger(__name__)


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


def ours(records: Sequence[Record]) -> list[Record]:
    """Return the records that carry a mark; others are counted and passed over.

    Whoever may write to the topic can put anything there: it must not stop the partition.
    """
    found = [record for record in records if record.value is not None and _is_marked(record)]
    if len(found) < len(records):
        first = records[0]
        metrics.FOREIGN.labels(first.topic).inc(len(records) - len(found))
        log.warning(
            "foreign_records", topic=first.topic, partition=first.partition, offset=first.offset
        )
    return found


def mark_of(record: Record) -> Mark:
    """Read a record's mark; ValueError if it carries none (it is not one of ours)."""
    value = header(record, MARK_HEADER)
    if value is None:
        msg = f"{record.topic}-{record.partition}@{record.offset}: no header {MARK_HEADER!r}"
        raise ValueError(msg)
    return Mark.from_bytes(value)


def _is_marked(record: Record) -> bool:
    try:
        mark_of(record)
    except ValueError:
        return False
    return True
