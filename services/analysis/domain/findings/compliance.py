"""Compliance findings that follow from the facts alone (Art. 10, domain-rules 13 and 17)."""

from collections.abc import Iterator
from typing import Final

from contracts.vocabulary import FindingKind, FindingNature
from services.analysis.domain.calendar import add_working_days
from services.analysis.domain.execution.monitor import approved_on
from services.analysis.domain.findings.assets import assets_above_standard
from services.analysis.domain.findings.causes import Cause, crossing, days, excess_days, paid_days
from services.analysis.domain.findings.contracts import beside_contracts
from services.analysis.domain.findings.diversion import diversion
from services.analysis.domain.findings.ended import disbursing_while_stopped, spending_while_stopped
from services.analysis.domain.findings.finding import Finding, named, nature_of
from services.analysis.domain.findings.limits import above_disbursement, above_plan
from services.analysis.domain.findings.suspicions import suspicions, year_end_rush
from services.analysis.domain.money.figures import LineSums, spans_years
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import NO_LINE

_ORDER: Final = tuple(FindingNature)
"""What follows from the facts first: of too many the suspicions are left out."""


def findings(now: Snapshot) -> list[Finding]:
    """Return everything found at a date: suspicions last, by business date, kind and subject."""
    found = [
        *line_findings(now, now.lines),
        *above_plan(now),
        *disbursing_while_stopped(now, now.lines),
        *assets_above_standard(now),
        *beside_contracts(now),
        *suspicions(now),
        *year_end_rush(now),
    ]
    found.sort(
        key=lambda f: (
            f.nature is FindingNature.SUSPICION,
            f.cause.day,
            f.kind,
            f.subject,
            f.cause,
            _ORDER.index(f.nature),
        )
    )
    return found


def line_findings(now: Snapshot, lines: list[LineSums]) -> list[Finding]:
    """Return what is found on single lines at a date, in no order."""
    return [
        finding
        for sums in lines
        for finding in (
            *_spanning(now, sums),
            *_spending(now, sums),
            *above_disbursement(now, sums),
            *diversion(now, sums),
            *spending_while_stopped(now, sums),
        )
    ]


def _spanning(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    """Find approvals for more than one year, named by the first of them: one finding a line."""
    kind = FindingKind.BUDGET_PERIOD_SPANS_YEARS
    spanning = [
        period
        for period in sums.source.periods
        if period.day <= now.day and spans_years(now.calendar, period.start, period.end)
    ]
    if spanning:
        cause = min(Cause(period.day, period.sequence, period.position) for period in spanning)
        amount = sum(period.amount for period in spanning)
        yield Finding(kind, sums.line, cause, amount, nature_of(kind))


def _spending(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    spent, calendar, as_of = sums.spent, now.calendar, now.day
    if spent < 0:
        yield from _negative(now, sums)
    elif spent == 0:
        return
    elif sums.budgeted:
        if spent > sums.adjusted:
            cause = crossing(excess_days(sums, calendar, as_of))
            yield named(FindingKind.OVER_BUDGET, sums.line, cause, spent - sums.adjusted)
    elif sums.line != NO_LINE:
        cause = crossing(days(sums, calendar, as_of, spending=1))
        yield named(FindingKind.SPENDING_WITHOUT_BUDGET, sums.line, cause, spent)
    else:
        yield from _unnamed(now, sums)


def _negative(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    """More came back than went out. What corrections gave a line had gone out without one.

    What comes back of it may go on naming none, and takes nothing back that had not gone out.
    """
    back, amount = days(sums, now.calendar, now.day, spending=-1), -sums.spent
    if sums.line == NO_LINE:
        stated = [day._replace(change=-day.change) for day in paid_days(sums, now.day)]
        if sum(day.change for day in stated) < amount:
            back, amount = stated, sum(day.change for day in stated)
    if amount > 0:
        yield named(FindingKind.NEGATIVE_NET_SPEND, sums.line, crossing(back), amount)


def _unnamed(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    """Spending that names no line: it may await its budget for a while (rule 17a)."""
    awaits_before = _awaits_before(now)
    spent = days(sums, now.calendar, now.day, spending=1)
    waiting = [day for day in spent if day.day < awaits_before]
    others = [day for day in spent if day.day >= awaits_before]
    later = sum(day.change for day in others)
    # What came back since awaits nothing any more: it came back of what was paid before.
    awaiting = sum(day.change for day in waiting) + min(0, later)
    for kind, part, amount in (
        (FindingKind.AWAITING_BUDGET, waiting, awaiting),
        (FindingKind.SPENDING_WITHOUT_BUDGET, others, later),
    ):
        if amount > 0:
            yield named(kind, NO_LINE, crossing(part), amount)


def _awaits_before(now: Snapshot) -> int:
    """Return the day before which unnamed spending awaits budget; the year's start: none."""
    approved = approved_on(now.year, now.day)
    if approved is None:
        # Not approved yet: everything waits, but a year that ends was never approved.
        return now.day + 1 if now.day < now.calendar.last_day else 0
    wait = now.parameters.awaiting_working_days
    grace_ends = add_working_days(now.jurisdiction, approved, wait)
    return approved.toordinal() if now.day <= grace_ends.toordinal() else 0
