"""The monitoring form (附件1) as data; no layout, no I/O.

Decisions: Art. 12(3), national form 财预〔2019〕136号 附件1, domain-rules 20.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.events.analysis import AssessmentMade, IndicatorFigures, Money
from contracts.vocabulary import (
    AttainmentState,
    BudgetAccount,
    CauseArea,
    FormLayout,
    Grade,
    Light,
    Possibility,
    PriorityListKind,
    ReasonType,
    rate_bp,
)

FORM_TEMPLATE: Final = "annex1-city-2"
"""Template of new forms, where nobody has one of their own. Every form carries the id of its own:
with cut and release it can be made again."""

ACCOUNT_LABELS: Final[dict[BudgetAccount, str]] = {
    BudgetAccount.GENERAL_PUBLIC: "一般公共预算",
    BudgetAccount.GOVERNMENT_FUNDS: "政府性基金预算",
    BudgetAccount.STATE_CAPITAL: "国有资本经营预算",
    BudgetAccount.SOCIAL_INSURANCE: "社会保险基金预算",
    BudgetAccount.OTHER_FUNDS: "其他资金",
}
"""Rows of the money block, in the order of Art. 3 (domain-rules 20)."""

GRADE_LABELS: Final[dict[Grade, str]] = {
    Grade.MET: "达成目标",
    Grade.PARTLY_MET: "部分达成目标并具有一定效果",
    Grade.NOT_MET: "未达成目标且效果较差",
}

MONITORED_BY_BUREAU: Final = "财政重点监控"
MONITORED_BY_DEPARTMENT: Final = "部门自行监控"
"""Who monitors, as forms say it (domain-rules 19)."""

STATE_LABELS: Final[dict[AttainmentState, str]] = {
    AttainmentState.JUDGED: "",
    AttainmentState.NOT_YET_DUE: "尚未到期",
    AttainmentState.NOT_REPORTED: "未报",
    AttainmentState.NOT_JUDGEABLE: "无法判断",
}


@dataclass(frozen=True)
class FundingRow:
    """One row of the money block; amounts in fen, null where the cell does not apply."""

    label: str
    level: int
    original_budget: int | None
    adjusted_budget: int | None
    spent: int | None
    execution_rate_bp: int | None
    key: str = ""
    """What a declaration calls the row: `total`, a budget account, a line of own funds."""
    disbursed: int | None = None
    execution_rate_original_bp: int | None = None
    """Rate on the original budget, for the strict national layout."""
    declared_spent: int | None = None
    """全年预计执行数 as the unit declares it."""
    foreseen_spent: int | None = None
    """The same as the model foresees it."""
    own_funds: bool = False
    """Whether the unit may enter what was spent (domain-rules 20: treasury money is read-only)."""


@dataclass(frozen=True)
class IndicatorRow:
    """One row of the indicator block: what the ledger knows; people fill in the rest."""

    level_1: str
    level_2: str
    level_3: str
    target: str
    actual: str
    attainment_bp: int | None
    light: Light | None
    cause_required: bool
    indicator: str = ""
    """Its id: what a declaration calls the row."""
    behaviour: str = ""
    """How it is judged (progress, quality, …)."""
    unit: str | None = None
    declared_result: str | None = None
    """完成情况 typed on the form; null: the ledger's stands."""
    expected_result: str = ""
    """全年预计完成情况 as declared."""
    foreseen_result: str | None = None
    """The same as the model foresees it."""
    areas: tuple[CauseArea, ...] = ()
    reason_type: ReasonType | None = None
    reason: str = ""
    possibility: Possibility | None = None
    """完成目标可能性 as declared."""
    foreseen_possibility: Possibility | None = None
    """The same as it follows from the data."""
    probability_bp: int | None = None
    measure: str = ""
    """备注."""
    evidence: tuple[str, ...] = ()
    """File names of what proves it."""


@dataclass(frozen=True)
class Contact:
    """Footer of annex 1: 填报人, 联系电话, 单位负责人, 填报日期."""

    filled_by: str = ""
    phone: str = ""
    head: str = ""
    filled_on: dt.date | None = None


@dataclass(frozen=True)
class ExecutionCause:
    """Why execution deviates, as declared for the project as a whole."""

    areas: tuple[CauseArea, ...] = ()
    reason_type: ReasonType | None = None
    reason: str = ""
    measure: str = ""


@dataclass(frozen=True)
class DisputedFigure:
    """A figure that the unit holds for wrong; printed with the form (domain-rules 20)."""

    field: str
    reason: str
    answer: str | None = None


@dataclass(frozen=True)
class Provenance:
    """What a paper rests on: with it the same bytes can be made again."""

    campaign: str | None = None
    campaign_name: str | None = None
    paper: str | None = None
    edition: int = 0
    """Frozen edition; 0: not handed in, a working copy."""
    results_cut: str | None = None
    """Cut of indicators and own funds, where later than that of the money."""
    packs: tuple[str, ...] = ()
    """Rule packs in force, such as `city 3`."""
    layout: FormLayout = FormLayout.CITY
    period: str = ""
    """Period that the campaign monitors, where it does not begin with the fiscal year."""
    code: str = ""
    """Verification code 校验码: of everything above and on the form."""


@dataclass(frozen=True)
class RelatedAlert:
    """An alert of the project that was raised on or before the form's date."""

    alert_id: str
    rule_id: str
    title_zh: str
    severity: str
    state: str
    as_of: dt.date
    """Day it was raised."""
    measures: tuple[str, ...] = ()
    """整改措施: each as one line, as people read it (what, until when, how far)."""


@dataclass(frozen=True)
class MonitoringForm:
    """Annex 1 of one project as of a date (Art. 12(3))."""

    project_id: str
    project_name: str | None
    department: str | None
    department_name: str | None
    lead_unit: str | None
    lead_unit_name: str | None
    fiscal_year: int
    as_of: dt.date
    period: str
    """Period of the figures, as their headings print it: from the fiscal year's first day."""
    currency: str
    goal: str
    funding: tuple[FundingRow, ...]
    indicators: tuple[IndicatorRow, ...]
    execution_light: Light | None
    attainment_light: Light | None
    light: Light | None
    attainment_rate_bp: int | None
    alerts: tuple[RelatedAlert, ...]
    cut: str
    template: str
    release: str
    carryover: int | None = None
    """预计结转 as declared."""
    surplus: int | None = None
    """预计结余 as declared."""
    foreseen_carryover: int | None = None
    foreseen_surplus: int | None = None
    execution_cause: ExecutionCause = ExecutionCause()
    execution_cause_required: bool = False
    """Whether execution is red or yellow."""
    remarks: str = ""
    contact: Contact = Contact()
    disputes: tuple[DisputedFigure, ...] = ()
    monitoring: str = MONITORED_BY_DEPARTMENT
    """部门自行监控 or 财政重点监控 (domain-rules 19)."""
    provenance: Provenance = field(default_factory=Provenance)
    declared: Mapping[str, Any] = field(default_factory=dict)
    """The draft's values by pointer as they were handed in, with the hashes of evidence; what of
    them is printed stands above."""


@dataclass(frozen=True)
class Names:
    """Names people read for organisation codes of one jurisdiction, and its currency."""

    by_code: dict[str, str]
    currency: str = "CNY"
    """ISO 4217 code of the jurisdiction's money."""

    def of(self, code: str | None) -> str | None:
        """Return the name, or None where no organisation of that code is registered."""
        return self.by_code.get(code) if code else None


def period_label(start: dt.date, as_of: dt.date) -> str:
    """Name a period as headings and titles print it.

    Whole months of a calendar year read 1-6月, one alone 6月; any other span is written out, with
    both days unless it is of whole months.
    """
    whole = start.day == 1 and (as_of + dt.timedelta(days=1)).day == 1
    if whole and (start.year, start.month) == (as_of.year, as_of.month):
        return f"{as_of.month}月"
    if whole and start.year == as_of.year:
        return f"{start.month}-{as_of.month}月"
    if whole:
        return f"{start.year}年{start.month}月-{as_of.year}年{as_of.month}月"
    return f"{start.year}年{start.month}月{start.day}日-{as_of.year}年{as_of.month}月{as_of.day}日"


def assemble_form(
    project_id: str,
    assessment: AssessmentMade,
    *,
    names: Names,
    alerts: Sequence[RelatedAlert],
    cut: str,
    release: str,
    template: str = FORM_TEMPLATE,
) -> MonitoringForm:
    """Fill annex 1 from one assessment; figures are taken over, never computed anew."""
    return MonitoringForm(
        project_id=project_id,
        project_name=assessment.project_name,
        department=assessment.department,
        department_name=names.of(assessment.department),
        lead_unit=assessment.lead_unit,
        lead_unit_name=names.of(assessment.lead_unit),
        fiscal_year=assessment.fiscal_year,
        as_of=assessment.date,
        period=period_label(assessment.fiscal_year_start, assessment.date),
        currency=names.currency,
        goal=assessment.goal,
        funding=funding_rows(assessment),
        indicators=tuple(indicator_row(i) for i in assessment.attainment.indicators),
        execution_light=assessment.execution.light,
        attainment_light=assessment.attainment.light,
        light=assessment.light,
        attainment_rate_bp=assessment.attainment.attainment_rate_bp,
        alerts=tuple(alerts),
        cut=cut,
        template=template,
        release=release,
        monitoring=monitored_by(assessment),
    )


def monitored_by(assessment: AssessmentMade) -> str:
    """Tell who monitors a project: the bureau what is on its list (domain-rules 19)."""
    listed = PriorityListKind.BUREAU in assessment.standing.priority
    return MONITORED_BY_BUREAU if listed else MONITORED_BY_DEPARTMENT


def funding_rows(assessment: AssessmentMade) -> tuple[FundingRow, ...]:
    """Lay out the money block: the total, each budget that has money, carryover, the rest.

    The account rows and "spent without budget" add up to the total, to the fen (Art. 3).
    """
    total = assessment.execution.money
    rows = [_row("年度资金总额", 0, total)]
    by_account: dict[BudgetAccount, list[Money]] = {}
    for line in assessment.execution.lines:
        by_account.setdefault(line.account, []).append(line.money)
    for account, label in ACCOUNT_LABELS.items():
        if account in by_account:
            rows.append(_sum_row(label, by_account[account]))
    charged = sum(line.money.spent for line in assessment.execution.lines)
    if total.spent != charged:
        rows.append(FundingRow("无预算支出", 1, None, None, total.spent - charged, None))
    if total.components.carryover:
        rows.append(FundingRow("其中: 上年结转", 2, None, total.components.carryover, None, None))
    return tuple(rows)


def _row(label: str, level: int, money: Money) -> FundingRow:
    return FundingRow(
        label,
        level,
        money.components.original,
        money.adjusted_budget,
        money.spent,
        money.execution_rate_bp,
    )


def _sum_row(label: str, parts: Iterable[Money]) -> FundingRow:
    parts = tuple(parts)
    adjusted = sum(money.adjusted_budget for money in parts)
    spent = sum(money.spent for money in parts)
    return FundingRow(
        label,
        1,
        sum(money.components.original for money in parts),
        adjusted,
        spent,
        # domain-rules 13: net spending below zero is shown as it is, its rate as 0.
        rate_bp(max(spent, 0), adjusted),
    )


def indicator_row(figures: IndicatorFigures) -> IndicatorRow:
    """Fill one indicator row; a cause is demanded where it is behind its due standard."""
    return IndicatorRow(
        level_1=figures.level_1,
        level_2=figures.level_2,
        level_3=figures.name,
        target=figures.target_text + _unit_suffix(figures),
        actual=_actual_text(figures),
        attainment_bp=figures.attainment_bp,
        light=figures.light,
        cause_required=figures.light in {Light.RED, Light.YELLOW},
    )


def _unit_suffix(figures: IndicatorFigures) -> str:
    if figures.unit is None or figures.target_text.endswith(figures.unit):
        return ""
    return f" {figures.unit}"


def _actual_text(figures: IndicatorFigures) -> str:
    if figures.actual_text is not None:
        return figures.actual_text
    if figures.grade is not None:
        return GRADE_LABELS[figures.grade]
    return STATE_LABELS[figures.state]
