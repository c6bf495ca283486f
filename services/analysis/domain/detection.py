"""Findings on single facts, at once (never coalesced): what has this entry brought about?"""

from collections.abc import Mapping
from typing import Final

from contracts.events.analysis import FindingDetected
from contracts.events.intake import (
    BalanceRecovered,
    BudgetAdjusted,
    BudgetApproved,
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    FundsReturned,
)
from contracts.vocabulary import FindingKind, fen_to_wire
from services.analysis.domain.buckets import ALLOWANCE, LAST_RISE, OUTFLOW
from services.analysis.domain.calendar import FiscalCalendar, fiscal_calendar
from services.analysis.domain.figures import spans_years, sum_line
from services.analysis.domain.findings import line_findings
from services.analysis.domain.state import NO_LINE, Entry, Jurisdiction, ProjectYear
from services.analysis.domain.unchecked import unchecked

_PAYMENTS: Final = frozenset({ExpenditureRecorded.event_type(), FundsDisbursed.event_type()})
"""Types that raise spending, unless returned; most are well within their line."""

_OTHERS: Final = frozenset(
    {
        ExpenditureReversed.event_type(),
        BudgetAdjusted.event_type(),
        BudgetApproved.event_type(),
        BalanceRecovered.event_type(),
        FundsReturned.event_type(),
    }
)

_EXPLANATIONS: Final[Mapping[FindingKind, str]] = {
    FindingKind.SPENDING_WITHOUT_BUDGET: "无预算开支: {amount} spent on {subject} without budget",
    FindingKind.AWAITING_BUDGET: "待下达预算: {amount} spent before the year's budget ({subject})",
    FindingKind.OVER_BUDGET: "超预算开支: {subject} is {amount} above its adjusted budget",
    FindingKind.NEGATIVE_NET_SPEND: "净支出为负: {amount} more came back than went out ({subject})",
    FindingKind.BUDGET_PERIOD_SPANS_YEARS: (
        "预算期间跨年: {amount} for {subject} is for more than one fiscal year and not counted"
    ),
}


def findings_of(
    jurisdiction: Jurisdiction, year: ProjectYear, entry: Entry
) -> tuple[FindingDetected, ...]:
    """Return what an entry, just folded into `year`, brought about as of today.

    Empty before a day is opened. Cheap for payments that are plainly within their line.
    """
    today = jurisdiction.today
    event_type = entry.event.type
    if today is None or (event_type not in _PAYMENTS and event_type not in _OTHERS):
        return ()
    calendar = fiscal_calendar(year.fiscal_year, jurisdiction.start_month)
    as_of = today.toordinal()
    data = entry.event.data
    raises = event_type in _PAYMENTS and not getattr(data, "returned", False)
    if raises and _plainly_within(year, data.line, calendar, as_of):
        return ()
    # An entry can only have brought about findings of the line that it is about.
    key = data.line or NO_LINE
    lines = [sum_line(key, year.lines[key], calendar, as_of)]
    return tuple(
        unchecked(
            FindingDetected,
            date=today,
            fiscal_year=year.fiscal_year,
            finding=finding.fact(settled_position=jurisdiction.opened_position),
            explanation=_EXPLANATIONS[finding.kind].format(
                amount=fen_to_wire(finding.amount), subject=finding.subject
            ),
        )
        for finding in line_findings(jurisdiction, year, lines, calendar, as_of)
        if finding.cause.sequence == entry.sequence
    )


def _plainly_within(
    year: ProjectYear, name: str | None, calendar: FiscalCalendar, as_of: int
) -> bool:
    """Say that a line cannot be overspent; False: it has to be summed up."""
    line = year.lines.get(name or NO_LINE)
    if line is None or name is None or not line.terms or line.terms[0].day > as_of:
        return False
    if line.flows.get(LAST_RISE, 0) > as_of:
        return False
    outflow = line.flows.get(OUTFLOW, 0)
    allowance = line.flows.get(ALLOWANCE, 0)
    if outflow <= allowance:
        return True
    return outflow <= allowance + sum(
        period.amount
        for period in line.periods
        if period.day <= as_of and not spans_years(calendar, period.start, period.end)
    )
