"""Findings on single facts, at once (never coalesced): what has this entry brought about?

A year-end rush is none of them: no single payment makes it, the year's last day tells it.
"""

from collections.abc import Mapping
from typing import Any, Final

from contracts.events.analysis import FindingDetected
from contracts.events.intake import (
    AssetAcquired,
    BalanceRecovered,
    BudgetAdjusted,
    BudgetApproved,
    CarryoverRegistered,
    ExpenditureRecorded,
    ExpenditureReversed,
    FactCorrected,
    FundsDisbursed,
    FundsReturned,
    SpendingPlanApproved,
)
from contracts.vocabulary import Channel, ControlMode, FindingKind, fen_to_wire
from services.analysis.domain.calendar import fiscal_calendar
from services.analysis.domain.findings.assets import assets_above_standard
from services.analysis.domain.findings.compliance import line_findings
from services.analysis.domain.findings.finding import Finding
from services.analysis.domain.findings.limits import above_plan
from services.analysis.domain.findings.suspicions import suspicions_about
from services.analysis.domain.folding.charges import NO_CODES
from services.analysis.domain.folding.recharging import pays_otherwise
from services.analysis.domain.measures import parameters_at
from services.analysis.domain.money.buckets import ALLOWANCE, LAST_RISE, OUTFLOW
from services.analysis.domain.money.figures import spans_years, sum_line, sum_lines
from services.analysis.domain.money.terms import plainly_same
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import (
    NO_LINE,
    Entry,
    Jurisdiction,
    Line,
    ProjectHead,
    ProjectYear,
)
from services.analysis.domain.stops import is_about_disbursing
from services.analysis.domain.unchecked import unchecked

_EXPENDITURE: Final = ExpenditureRecorded.event_type()
_PAYMENTS: Final = frozenset({_EXPENDITURE, FundsDisbursed.event_type()})
"""Types that raise spending, unless returned; most are well within their line."""

_CORRECTED: Final = FactCorrected.event_type()
_OTHERS: Final = frozenset(
    {
        ExpenditureReversed.event_type(),
        BudgetAdjusted.event_type(),
        BudgetApproved.event_type(),
        BalanceRecovered.event_type(),
        CarryoverRegistered.event_type(),
        FundsReturned.event_type(),
        _CORRECTED,
    }
)
"""Other types that bear on single lines."""
_ASSET: Final = AssetAcquired.event_type()
_PLAN: Final = SpendingPlanApproved.event_type()
_LOOKED_AT: Final = _PAYMENTS | _OTHERS | {_ASSET, _PLAN}

# By names of ours: to look a member up in its enumeration takes as long as a dictionary does.
_ALLOCATION: Final = Channel.ALLOCATION
_BY_PLAN: Final = ControlMode.ALLOTMENT_AND_PLAN

_EXPLANATIONS: Final[Mapping[FindingKind, str]] = {
    FindingKind.SPENDING_WITHOUT_BUDGET: "无预算开支: {amount} spent on {subject} without budget",
    FindingKind.AWAITING_BUDGET: "待下达预算: {amount} spent before the year's budget ({subject})",
    FindingKind.OVER_BUDGET: "超预算开支: {subject} is {amount} above its adjusted budget",
    FindingKind.NEGATIVE_NET_SPEND: "净支出为负: {amount} more came back than went out ({subject})",
    FindingKind.BUDGET_PERIOD_SPANS_YEARS: (
        "预算期间跨年: {amount} for {subject} is for more than one fiscal year and not counted"
    ),
    FindingKind.ABOVE_PLAN: "超计划支付: {subject} is {amount} above the plan periods begun",
    FindingKind.ABOVE_DISBURSEMENT: "超拨款支出: {subject} spent {amount} more than was disbursed",
    FindingKind.DIVERSION: (
        "挤占挪用: {amount} paid from {subject} under another budget, class or fund than its own"
    ),
    FindingKind.ASSET_ABOVE_STANDARD: (
        "超标准配置资产: {subject} is {amount} above its configuration standard"
    ),
    FindingKind.SPENDING_AFTER_END: "项目终结后支出: {amount} spent on {subject} after its end",
    FindingKind.SPENDING_WHILE_SUSPENDED: (
        "暂停或停拨期间支出: {amount} spent on {subject} while it is suspended or stopped"
    ),
    FindingKind.DUPLICATE_PAYMENT: (
        "疑点(疑似重复支付): {amount} paid again to one payee on one day, for review ({subject})"
    ),
    FindingKind.SPLIT_PAYMENT: (
        "疑点(疑似拆分支付): {amount} paid to one payee on one day in parts, for review ({subject})"
    ),
    FindingKind.ROUND_PAYMENT: (
        "疑点(疑似整数支付): a round sum of {amount} was paid, for review ({subject})"
    ),
}


def findings_of(
    jurisdiction: Jurisdiction, year: ProjectYear, entry: Entry, head: ProjectHead | None = None
) -> tuple[FindingDetected, ...]:
    """Return what an entry, just folded into `year`, brought about as of today.

    `head`: the project; None: nothing is known of it. Empty before a day is opened. Cheap for
    payments that are plainly within their line.
    """
    today = jurisdiction.today
    event_type = entry.event.type
    if today is None or event_type not in _LOOKED_AT:
        return ()
    as_of = today.toordinal()
    data = entry.event.data
    suspected = year.payments.suspect == entry.sequence
    plain = (
        (event_type == _EXPENDITURE or (event_type in _PAYMENTS and not data.returned))
        and _is_within(year, data.line, jurisdiction, as_of)
        and (head is None or not head.may_stand_still)
        and not is_about_disbursing(year.work)
        and (head is None or not year.plans or not _is_planned(head))
    )
    if plain and not suspected:
        return ()
    now = _snapshot(jurisdiction, head or ProjectHead(year.project), year, as_of)
    found = [] if plain else _around(now, event_type, data)
    if suspected and data.date <= today:
        found += suspicions_about(now, data, entry.sequence)
    return tuple(
        unchecked(
            FindingDetected,
            date=today,
            fiscal_year=year.fiscal_year,
            finding=finding.detected(settled_position=jurisdiction.opened_position),
            explanation=_EXPLANATIONS[finding.kind].format(
                amount=fen_to_wire(finding.amount), subject=finding.subject
            ),
        )
        for finding in found
        if finding.cause.sequence == entry.sequence
    )


def _snapshot(
    jurisdiction: Jurisdiction, head: ProjectHead, year: ProjectYear, as_of: int
) -> Snapshot:
    """Say what is known, but sum no line yet."""
    return Snapshot(
        jurisdiction,
        head,
        year,
        as_of,
        fiscal_calendar(year.fiscal_year, jurisdiction.start_month),
        parameters_at(jurisdiction, as_of),
        head.registration(jurisdiction.today) if head.registrations else None,
        [],
    )


def _around(now: Snapshot, event_type: str, data: Any) -> list[Finding]:
    """Find what an entry of a type can have brought about."""
    found: list[Finding] = []
    if event_type == _ASSET:
        found += assets_above_standard(now)
    elif event_type != _PLAN:
        # Of lines only that which the entry is about; a correction moves money between two. Not by
        # contract: a line may have tens of thousands, and this is done for each of its entries.
        names = now.year.lines if event_type == _CORRECTED else (data.line or NO_LINE,)
        lines = [
            sum_line(name, now.year.lines[name], now.calendar, now.day, by_contract=False)
            for name in names
            if name in now.year.lines
        ]
        found += line_findings(now, lines)
    if event_type != _ASSET and now.year.plans and _is_planned(now.head):
        now.lines = sum_lines(now.year, now.calendar, now.day, by_contract=False)
        found += above_plan(now)
    return found


def _is_within(year: ProjectYear, name: str | None, jurisdiction: Jurisdiction, as_of: int) -> bool:
    """Say whether a payment surely overspends nothing and is as its line is; False: look closer."""
    line = year.lines.get(name or NO_LINE)
    if line is None or name is None or not line.terms or line.terms[0].day > as_of:
        return False
    flows = line.flows
    if line.charges or flows.get(LAST_RISE, 0) > as_of:
        return False
    if line.recharged and pays_otherwise(line):
        return False
    if flows.get(OUTFLOW, 0) > flows.get(ALLOWANCE, 0):
        return _is_own(line) and _within_periods(line, jurisdiction, year, as_of)
    return _is_own(line)


def _is_own(line: Line) -> bool:
    """Say whether the line's usual codes are its own at any time, and no allocation limits it.

    Unless charged otherwise all that was paid from it is under those codes.
    """
    usual = line.usual
    for terms in line.terms:
        if terms.channel is _ALLOCATION and not terms.allocation_is_expenditure:
            return False
        if usual is not None and usual != NO_CODES and not plainly_same(usual, terms):
            return False
    return True


def _is_planned(head: ProjectHead) -> bool:
    return any(known.control_mode is _BY_PLAN for known in head.registrations)


def _within_periods(line: Line, jurisdiction: Jurisdiction, year: ProjectYear, as_of: int) -> bool:
    """Say whether a line cannot be overspent, counting what is approved for own periods."""
    calendar = fiscal_calendar(year.fiscal_year, jurisdiction.start_month)
    allowed = line.flows.get(ALLOWANCE, 0) + sum(
        period.amount
        for period in line.periods
        if period.day <= as_of and not spans_years(calendar, period.start, period.end)
    )
    return line.flows.get(OUTFLOW, 0) <= allowed
