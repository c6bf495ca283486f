"""Compliance findings that follow from the facts alone (Art. 10, domain-rules 13 and 17)."""

import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple

from contracts.events.analysis import FindingFact
from contracts.vocabulary import FindingKind, FindingNature
from services.analysis.domain.calendar import FiscalCalendar, add_working_days
from services.analysis.domain.causes import Cause, crossing, days
from services.analysis.domain.execution import approved_on
from services.analysis.domain.figures import LineSums, spans_years
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import NO_LINE, Jurisdiction, ProjectYear
from services.analysis.domain.unchecked import unchecked

GRACE_WORKING_DAYS: Final = 20
"""How long after the year's approval spending without a line still awaits budget (rule 17a)."""


class Finding(NamedTuple):
    """A finding before it is written."""

    kind: FindingKind
    subject: str
    cause: Cause
    amount: int
    """Fen at fault, ≥ 0."""

    def fact(self, *, settled_position: int | None) -> FindingFact:
        """Write it; provisional if its entry is younger than the last opened day (17b)."""
        provisional = settled_position is not None and self.cause.position > settled_position
        return unchecked(
            FindingFact,
            kind=self.kind,
            subject=self.subject,
            entry_sequence=self.cause.sequence,
            date=dt.date.fromordinal(self.cause.day),
            amount=self.amount,
            nature=FindingNature.FINDING,
            provisional=provisional,
        )


def findings(now: Snapshot) -> list[Finding]:
    """Return everything found at a date, by business date, kind and subject."""
    found = line_findings(now.jurisdiction, now.year, now.lines, now.calendar, now.day)
    found.sort(key=lambda f: (f.cause.day, f.kind, f.subject, f.cause))
    return found


def line_findings(
    jurisdiction: Jurisdiction,
    year: ProjectYear,
    lines: list[LineSums],
    calendar: FiscalCalendar,
    as_of: int,
) -> list[Finding]:
    """Return what is found on lines at a date, in no order."""
    return [
        finding
        for sums in lines
        for finding in (
            *_spanning(sums, calendar, as_of),
            *_spending(jurisdiction, year, sums, calendar, as_of),
        )
    ]


def _spanning(sums: LineSums, calendar: FiscalCalendar, as_of: int) -> Iterator[Finding]:
    for period in sums.source.periods:
        if period.day <= as_of and spans_years(calendar, period.start, period.end):
            cause = Cause(period.day, period.sequence, period.position)
            yield Finding(FindingKind.BUDGET_PERIOD_SPANS_YEARS, sums.line, cause, period.amount)


def _spending(
    jurisdiction: Jurisdiction,
    year: ProjectYear,
    sums: LineSums,
    calendar: FiscalCalendar,
    as_of: int,
) -> Iterator[Finding]:
    spent = sums.spent
    if spent < 0:
        cause = crossing(days(sums, calendar, as_of, spending=-1))
        yield _named(FindingKind.NEGATIVE_NET_SPEND, sums.line, cause, -spent)
    elif spent == 0:
        return
    elif sums.budgeted:
        if spent > sums.adjusted:
            cause = crossing(days(sums, calendar, as_of, spending=1, budget=-1))
            yield _named(FindingKind.OVER_BUDGET, sums.line, cause, spent - sums.adjusted)
    elif sums.line != NO_LINE:
        cause = crossing(days(sums, calendar, as_of, spending=1))
        yield _named(FindingKind.SPENDING_WITHOUT_BUDGET, sums.line, cause, spent)
    else:
        yield from _unnamed(jurisdiction, year, sums, calendar, as_of)


def _named(kind: FindingKind, line: str, cause: Cause, amount: int) -> Finding:
    return Finding(kind, line or f"entry:{cause.sequence}", cause, amount)


def _unnamed(
    jurisdiction: Jurisdiction,
    year: ProjectYear,
    sums: LineSums,
    calendar: FiscalCalendar,
    as_of: int,
) -> Iterator[Finding]:
    """Spending that names no line: it may await its budget for a while (rule 17a)."""
    awaits_before = _awaits_before(jurisdiction, year, calendar, as_of)
    spent = days(sums, calendar, as_of, spending=1)
    waiting = [day for day in spent if day.day < awaits_before]
    others = [day for day in spent if day.day >= awaits_before]
    for kind, part in (
        (FindingKind.AWAITING_BUDGET, waiting),
        (FindingKind.SPENDING_WITHOUT_BUDGET, others),
    ):
        amount = sum(day.change for day in part)
        if amount > 0:
            yield _named(kind, NO_LINE, crossing(part), amount)


def _awaits_before(
    jurisdiction: Jurisdiction, year: ProjectYear, calendar: FiscalCalendar, as_of: int
) -> int:
    """Return the day before which unnamed spending awaits budget; the year's start: none."""
    approved = approved_on(year, as_of)
    if approved is None:
        # Not approved yet: everything waits, but a year that ends was never approved.
        return as_of + 1 if as_of < calendar.last_day else 0
    grace_ends = add_working_days(jurisdiction, approved, GRACE_WORKING_DAYS)
    return approved.toordinal() if as_of <= grace_ends.toordinal() else 0
