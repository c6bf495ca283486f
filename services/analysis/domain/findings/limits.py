"""Spending above what was disbursed, and above what was planned (domain-rules 1, 17e)."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from contracts.vocabulary import Channel, ControlMode, FindingKind
from services.analysis.domain.execution.plans import Versions, age, together, versions_at
from services.analysis.domain.findings.causes import Cause, Day, days, last_mark
from services.analysis.domain.findings.finding import Finding, named
from services.analysis.domain.money.buckets import (
    ALLOCATED,
    BUCKET_BITS,
    COLUMN_MASK,
    MONEY_MARK,
    PAID_OWN,
    REVERSED_OWN,
)
from services.analysis.domain.money.figures import SPENT_SIGNS, LineSums, disbursed
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import NO_LINE

_COLUMNS: Final = COLUMN_MASK + 1


def above_disbursement(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    """Find an allocation line that spent more than was disbursed on it (domain-rules 1).

    Not applicable on other lines, where an allocation is expenditure at once, and as long as no
    allocation on the line is recorded, or all has left it again. Own funds are nobody's to
    disburse: they are left out.
    """
    terms = sums.terms
    if terms is None or terms.channel is not Channel.ALLOCATION or sums.at_once:
        return
    excess = _excess(sums.columns)
    if excess > 0 and _is_recorded(sums, sums.columns, now.day):
        cause = _excess_begins(sums, now.day)
        yield named(FindingKind.ABOVE_DISBURSEMENT, sums.line, cause, excess)


def _excess_begins(sums: LineSums, as_of: int) -> Cause:
    """Return the last entry of the day on which spending last went above what was disbursed."""
    by_day: dict[int, list[tuple[int, int]]] = {}
    for bucket, value in sums.source.flows.items():
        day, column = bucket >> BUCKET_BITS, bucket & COLUMN_MASK
        if 0 < day <= as_of and column < MONEY_MARK:
            by_day.setdefault(day, []).append((column, value))
    columns, above, found = [0] * _COLUMNS, False, 0
    for day in sorted(by_day):
        for column, value in by_day[day]:
            columns[column] += value
        before, above = above, _excess(columns) > 0 and _is_recorded(sums, columns, day)
        if above and not before:
            found = day
    return last_mark(sums, found)


def _is_recorded(sums: LineSums, columns: list[int], day: int) -> bool:
    """Say whether a disbursement is recorded on a line by a day.

    A correction that goes on from one of a later day may take away more than came to it so far:
    what is recorded and comes to less than nothing is recorded all the same.
    """
    return columns[ALLOCATED] != 0 and 0 < sums.source.allocated_since <= day


def _excess(columns: list[int]) -> int:
    spent = sum(sign * columns[column] for column, sign in enumerate(SPENT_SIGNS))
    own = columns[PAID_OWN] - columns[REVERSED_OWN]
    return spent - own - disbursed(columns)


def above_plan(now: Snapshot) -> Iterator[Finding]:
    """Find spending above the plan periods begun, where plans limit payments (domain-rules 17e).

    A line is held to its own plan, the whole project to a plan for all of it. Once the year has
    any plan, a budgeted line without one, in a project without a plan for all of it, may spend
    nothing; before that nothing says what the limit is. Spending without budget is a finding of
    its own.
    """
    if now.known is None or now.known.control_mode is not ControlMode.ALLOTMENT_AND_PLAN:
        return
    versions = versions_at(now.year, now.day)
    if not versions:
        return
    whole = versions.get(NO_LINE)
    if whole:
        yield from _held_to(now, versions, whole[-1].plan, now.lines)
    for sums in now.lines:
        if sums.line != NO_LINE and sums.budgeted:
            yield from _held_to(now, versions, sums.line, [sums], sums.line)


def _held_to(
    now: Snapshot,
    versions: Versions,
    subject: str,
    spending: Sequence[LineSums],
    line: str = NO_LINE,
) -> Iterator[Finding]:
    """Compare what was spent with what the plans in force allow."""
    allowed = _Allowed(versions, line).by(now.day)
    excess = 0 if allowed is None else sum(sums.spent for sums in spending) - allowed
    if excess > 0:
        yield named(FindingKind.ABOVE_PLAN, subject, _went_above(now, spending, line), excess)


class _Allowed:
    """What versions in force let a line, or the whole project, spend by a day."""

    def __init__(self, versions: Versions, line: str) -> None:
        """Add up once, by the days on which periods begin."""
        own = versions.get(line)
        periods = sorted((period.start, period.fen) for period in together(own or ()))
        self._starts = [start for start, _ in periods]
        self._sums = [0, *accumulate(fen for _, fen in periods)]
        # Only a plan for all of it limits the whole project, whatever plans its lines have.
        unplanned = line != NO_LINE and bool(versions) and NO_LINE not in versions
        self._is_limited = own is not None or unplanned

    def by(self, day: int) -> int | None:
        """Return what may be spent by a day; None where nothing says what the limit is."""
        return self._sums[bisect_right(self._starts, day)] if self._is_limited else None


def _went_above(now: Snapshot, spending: Iterable[LineSums], line: str) -> Cause:
    """Return what happened on the day with which spending last went above what was allowed.

    The day's last payment; if spending did not rise, a plan did it: the latest in force.
    """
    by_day: dict[int, list[Day]] = {}
    for sums in spending:
        for part in days(sums, now.calendar, now.day, spending=1):
            by_day.setdefault(part.day, []).append(part)
    known = [version for version in now.year.plans if version.day <= now.day]
    begins = {start for version in known for start, *_ in version.periods if start <= now.day}
    stated = {version.day for version in known}
    total, excess = 0, 0
    cause: Cause | None = None
    versions: Versions = {}
    limit = _Allowed(versions, line)
    for day in sorted({*by_day, *stated, *begins}):
        if day in stated:
            versions = versions_at(now.year, day)
            limit = _Allowed(versions, line)
        today = by_day.get(day, [])
        change = sum(part.change for part in today)
        total += change
        allowed = limit.by(day)
        before, excess = excess, 0 if allowed is None else total - allowed
        if excess > 0 >= before:
            rises = [part.cause for part in today if part.change > 0] if change > 0 else []
            cause = max(rises) if rises else _latest(versions, line)
    if cause is None:
        msg = "nothing brought about what does not hold"
        raise ValueError(msg)
    return cause


def _latest(versions: Versions, line: str) -> Cause:
    """Return the entry of the latest plan in force of a line, or of all if it has none."""
    of_line = versions.get(line) or [known for each in versions.values() for known in each]
    latest = max(of_line, key=age)
    return Cause(latest.day, latest.sequence, latest.position)
