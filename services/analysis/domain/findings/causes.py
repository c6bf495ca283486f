"""Which entry brought a finding about: by business date, then by entry, whatever came first.

Within one day the buckets know the last entry only, so that one is named.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from services.analysis.domain.calendar import FiscalCalendar
from services.analysis.domain.money.buckets import (
    ALLOCATED_MARK,
    BUCKET_BITS,
    BUDGET_MARK,
    CARRYOVER,
    COLUMN_MASK,
    CUT,
    DISBURSED_MARK,
    DISTRIBUTED,
    MONEY_MARK,
    MOVED,
    MOVED_AT_ONCE,
    ORIGINAL,
    PASSED_DOWN,
    RECOVERED,
    SUPPLEMENT,
    UNIT_MARK,
    VIREMENT,
    paid_mark,
    place,
)
from services.analysis.domain.money.figures import (
    SPENDING_COLUMNS,
    SPENT_SIGNS,
    SPENT_SIGNS_AT_ONCE,
    LineSums,
    spans_years,
)
from services.analysis.domain.state import Line

_BUDGET_SIGNS: Final[Mapping[int, int]] = {
    ORIGINAL: 1,
    CARRYOVER: 1,
    SUPPLEMENT: 1,
    PASSED_DOWN: 1,
    CUT: -1,
    RECOVERED: -1,
    VIREMENT: 1,
    DISTRIBUTED: 1,
}


class Cause(NamedTuple):
    """The entry that brought a finding about."""

    day: int
    sequence: int
    position: int


class Day(NamedTuple):
    """What one day did to the quantity that is watched, and the last entry that did it."""

    day: int
    change: int
    cause: Cause


def days(sums: LineSums, calendar: FiscalCalendar, as_of: int, *, spending: int) -> list[Day]:
    """List a line's days with the change of spending × `spending`.

    What corrections move is spent on their day, and named by them.
    """
    spent, _, marks = _moving(sums, calendar, as_of)
    return [
        Day(day, spending * spent[day], _cause(marks, day, by_money=spending * spent[day] > 0))
        for day in sorted(spent)
        if spent[day]
    ]


def excess_days(sums: LineSums, calendar: FiscalCalendar, as_of: int) -> list[Day]:
    """List a line's days with the change of what it spent above its budget.

    That is at most what it spent: a budget cut below zero is none, as long as nothing is spent.
    """
    spent, allowed, marks = _moving(sums, calendar, as_of)
    total = budget = level = 0
    found = []
    for day in sorted({*spent, *allowed}):
        paid = spent.get(day, 0)
        total, budget = total + paid, budget + allowed.get(day, 0)
        before, level = level, min(total, total - budget)
        if level != before:
            found.append(Day(day, level - before, _cause(marks, day, by_money=paid > 0)))
    return found


def paid_days(sums: LineSums, as_of: int) -> list[Day]:
    """List a line's days with what was spent on it as facts stated it, whatever was corrected.

    What a correction takes away was spent all the same, on the payment's own day, whichever day
    it is taken away on; what it brings was spent on another line.
    """
    spent, _, marks = _changes(sums, as_of)
    column = MOVED_AT_ONCE if sums.at_once else MOVED
    found = []
    for day in sorted(spent):
        paid = spent[day] - sums.source.flows.get(day << BUCKET_BITS | column, 0)
        if paid:
            found.append(Day(day, paid, _cause(marks, day, by_money=True)))
    return found


def turned_days(sums: LineSums, as_of: int) -> Iterator[Cause]:
    """Give the last correction of each day that may change what a project spent.

    That is one that brings what is allocated, or paid of it, to a line on which allocations are
    expenditure at once, or takes it from there. All else is spent on one line as on another.
    """
    if sums.at_once:
        for bucket, value in _corrections(sums.source).items():
            day = bucket >> BUCKET_BITS
            if day <= as_of and bucket & COLUMN_MASK in {ALLOCATED_MARK, UNIT_MARK}:
                yield Cause(day, *place(value))


def crossing(watched: Iterable[Day]) -> Cause:
    """Return the entry with which the sum last went above zero; ValueError if it is not above."""
    level, found = 0, None
    for day in watched:
        before, level = level, level + day.change
        if before <= 0 < level:
            found = day.cause
    if found is None:
        msg = "nothing brought about what does not hold"
        raise ValueError(msg)
    return found


def last_mark(sums: LineSums, day: int) -> Cause:
    """Return the last entry of a day that moved what a line spent, or what was disbursed on it."""
    line = sums.source
    disbursing: Mapping[int, int] = {} if line.disbursing is None else line.disbursing.flows
    moved = _corrections(line)
    columns = (MONEY_MARK, UNIT_MARK, ALLOCATED_MARK)
    marks = [
        flows.get(day << BUCKET_BITS | column, 0)
        for flows in (line.flows, disbursing, moved)
        for column in columns
    ]
    return Cause(day, *place(max(*marks, moved.get(day << BUCKET_BITS | DISBURSED_MARK, 0))))


def money_mark(line: Line, day: int) -> int:
    """Return the mark of the last entry that moved a line's money on a day; 0: none did."""
    bucket = day << BUCKET_BITS
    return max(paid_mark(line.flows, bucket), paid_mark(_corrections(line), bucket))


def _corrections(line: Line) -> Mapping[int, int]:
    return {} if line.corrections is None else line.corrections.flows


_Marks = dict[tuple[int, bool], Cause]


def _moving(
    sums: LineSums, calendar: FiscalCalendar, as_of: int
) -> tuple[dict[int, int], dict[int, int], _Marks]:
    """Return what `_changes` does, with approvals for an own period, and named by corrections."""
    spent, allowed, marks = _changes(sums, as_of)
    _keep_corrections(marks, sums, as_of)
    for period in sums.source.periods:
        if period.day <= as_of and not spans_years(calendar, period.start, period.end):
            allowed[period.day] = allowed.get(period.day, 0) + period.amount
            if period.last:
                _keep_last(marks, period.day, BUDGET_MARK, period.last)
    return spent, allowed, marks


def _changes(sums: LineSums, as_of: int) -> tuple[dict[int, int], dict[int, int], _Marks]:
    """Return per day: change of spending, change of budget, last entry of (day, money?).

    Corrections change both, but are none of those entries.
    """
    signs = SPENT_SIGNS_AT_ONCE if sums.at_once else SPENT_SIGNS
    money_marks = _money_marks(sums)
    spent: dict[int, int] = {}
    allowed: dict[int, int] = {}
    marks: _Marks = {}
    flows = sums.source.flows
    for bucket, value in flows.items():
        day, column = bucket >> BUCKET_BITS, bucket & COLUMN_MASK
        if day > as_of or day == 0:
            continue
        if column < SPENDING_COLUMNS:
            spent[day] = spent.get(day, 0) + signs[column] * value
        elif column in _BUDGET_SIGNS:
            allowed[day] = allowed.get(day, 0) + _BUDGET_SIGNS[column] * value
        elif column in money_marks or column == BUDGET_MARK:
            _keep_last(marks, day, column, value)
    return spent, allowed, marks


def _money_marks(sums: LineSums) -> set[int]:
    """Return the columns of marks of what moves a line's spending."""
    return {MONEY_MARK, ALLOCATED_MARK if sums.at_once else UNIT_MARK}


def _keep_corrections(marks: _Marks, sums: LineSums, as_of: int) -> None:
    money_marks = _money_marks(sums)
    for bucket, value in _corrections(sums.source).items():
        day, column = bucket >> BUCKET_BITS, bucket & COLUMN_MASK
        if day <= as_of and column in money_marks:
            _keep_last(marks, day, column, value)


def _keep_last(marks: _Marks, day: int, column: int, value: int) -> None:
    kind = day, column != BUDGET_MARK
    cause = Cause(day, *place(value))
    marks[kind] = max(cause, marks.get(kind, cause))


def _cause(marks: _Marks, day: int, *, by_money: bool) -> Cause:
    found = marks.get((day, by_money)) or marks.get((day, not by_money))
    if found is None:
        msg = f"no entry changed day {day}"
        raise ValueError(msg)
    return found
