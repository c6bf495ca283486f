"""Rows of reports: what tallies say, as data that is frozen, rendered and read back."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from contracts.vocabulary import BudgetAccount, Light, PaperState, Possibility, SignedAmount
from services.reporting.domain.filed import Filed
from services.reporting.domain.form import ACCOUNT_LABELS, IndicatorRow
from services.reporting.domain.labels import BEHAVIOURS, GROUPS, UNNAMED
from services.reporting.domain.sharing import NO_ACCOUNT
from services.reporting.domain.sums import Kind, Sums
from services.reporting.domain.tally import Tally, accounts_in_order, kinds_in_order

NO_ACCOUNT_LABEL = "无预算支出"
WORST_FIRST = (Possibility.IMPOSSIBLE, Possibility.POSSIBLE, Possibility.CERTAIN)


@dataclass(frozen=True)
class MoneyRow:
    """Execution of a group; amounts are yuan as decimal strings on the wire."""

    key: str
    label: str
    projects: int
    original: SignedAmount
    """年初预算数."""
    carried_in: SignedAmount
    """上年结转."""
    changed: SignedAmount
    """年中调整."""
    adjusted: SignedAmount
    """调整后预算数."""
    disbursed: SignedAmount
    """拨付数."""
    spent: SignedAmount
    """执行数."""
    rate_bp: int | None
    """执行率 on the adjusted budget."""
    rate_original_bp: int | None
    """执行率 on the original budget."""
    foreseen_spent: SignedAmount
    """全年预计执行数 (model)."""
    foreseen_carryover: SignedAmount
    """预计结转 (model)."""
    foreseen_surplus: SignedAmount
    """预计结余 (model)."""
    declared: int
    """Projects that declared their spending of the year."""
    declared_spent: SignedAmount
    """全年预计执行数 of these, as declared."""
    declared_carryover: SignedAmount | None = None
    """预计结转 as declared: of projects as wholes, so in totals alone."""
    declared_surplus: SignedAmount | None = None
    """预计结余 as declared."""


@dataclass(frozen=True)
class KindRow:
    """Indicators of a kind: attainment and trend (Art. 8(1))."""

    key: str
    label: str
    group: str
    """产出, 效益 or 满意度."""
    indicators: int
    judged: int
    not_yet_due: int
    not_reported: int
    met: int
    mean_bp: int | None
    lights: dict[str, int]
    trends: dict[str, int]
    foreseen: dict[str, int]
    declared: dict[str, int]


@dataclass(frozen=True)
class FormLine:
    """One form in the appendix 监控表汇总."""

    paper: str
    project: str
    project_name: str | None
    unit: str | None
    unit_name: str | None
    department: str | None
    original: SignedAmount
    adjusted: SignedAmount
    disbursed: SignedAmount
    spent: SignedAmount
    rate_bp: int | None
    attainment_bp: int | None
    execution_light: Light | None
    attainment_light: Light | None
    light: Light | None
    declared_spent: SignedAmount | None
    carryover: SignedAmount | None
    """预计结转 as declared."""
    surplus: SignedAmount | None
    possibility: Possibility | None
    """The worst that was declared of its indicators."""
    state: PaperState
    edition: int
    submitted_on: dt.date | None
    late: bool
    disputes: int


@dataclass(frozen=True)
class FilingRow:
    """How far a department's forms are (domain-rules 24)."""

    forms: int
    frozen: int
    live: int
    timely: int
    late: int
    missing: int
    accepted: int
    returned: int
    corrected: int
    with_targets: int
    covered: int
    coverage_bp: int | None
    timeliness_bp: int | None
    completeness_bp: int | None
    disputed: int


def money_row(key: str, label: str, sums: Sums, *, whole: bool = False) -> MoneyRow:
    """Write sums; `whole`: of projects as wholes, which alone declare carryover and surplus."""
    return MoneyRow(
        key=key,
        label=label,
        projects=sums.projects,
        original=sums.original,
        carried_in=sums.carried_in,
        changed=sums.changed,
        adjusted=sums.adjusted,
        disbursed=sums.disbursed,
        spent=sums.spent,
        rate_bp=sums.rate_bp,
        rate_original_bp=sums.rate_original_bp,
        foreseen_spent=sums.foreseen_spent,
        foreseen_carryover=sums.foreseen_carryover,
        foreseen_surplus=sums.foreseen_surplus,
        declared=sums.declared,
        declared_spent=sums.declared_spent,
        declared_carryover=sums.declared_carryover if whole else None,
        declared_surplus=sums.declared_surplus if whole else None,
    )


def account_label(key: str) -> str:
    """Name a budget account; what names no line is spending without budget."""
    return NO_ACCOUNT_LABEL if key == NO_ACCOUNT else ACCOUNT_LABELS[BudgetAccount(key)]


def account_rows(tally: Tally) -> tuple[MoneyRow, ...]:
    """Write the accounts in the order of Art. 3; they add up to the total, to the fen."""
    return tuple(
        money_row(key, account_label(key), sums) for key, sums in accounts_in_order(tally.accounts)
    )


def group_rows(groups: dict[str, Sums], names: dict[str, str]) -> tuple[MoneyRow, ...]:
    """Write groups by key, what names none last."""
    ordered = sorted(groups.items(), key=lambda item: (not item[0], item[0]))
    return tuple(money_row(key, names.get(key) or key or UNNAMED, sums) for key, sums in ordered)


def kind_rows(tally: Tally) -> tuple[KindRow, ...]:
    """Write the kinds of indicators in the order of Art. 8(1)."""
    return tuple(
        KindRow(
            key=behaviour.value,
            label=BEHAVIOURS[behaviour],
            group=GROUPS[behaviour],
            indicators=kind.indicators,
            judged=kind.judged,
            not_yet_due=kind.states["not_yet_due"],
            not_reported=kind.states["not_reported"],
            met=kind.met,
            mean_bp=kind.mean_bp,
            **_counts_of(kind),
        )
        for behaviour, kind in kinds_in_order(tally.kinds)
    )


def _counts_of(kind: Kind) -> dict[str, dict[str, int]]:
    return {
        name: counted(getattr(kind, name)) for name in ("lights", "trends", "foreseen", "declared")
    }


def counted(counts: Counter[str]) -> dict[str, int]:
    """Write counts by name, without zeros, so that the same counts are the same bytes."""
    return {name: counts[name] for name in sorted(counts) if counts[name]}


def worst_possibility(rows: tuple[IndicatorRow, ...]) -> Possibility | None:
    """Give the worst 完成目标可能性 that was declared; null if none was."""
    declared = {row.possibility for row in rows}
    return next((found for found in WORST_FIRST if found in declared), None)


def form_line(filed: Filed, names: dict[str, str]) -> FormLine:
    """Write one form as a line."""
    made, form = filed.money, filed.form
    money = made.execution.money
    total = next((row for row in form.funding if row.key == "total"), None)
    return FormLine(
        paper=filed.paper,
        project=filed.project,
        project_name=made.project_name or form.project_name,
        unit=filed.unit,
        unit_name=names.get(filed.unit or ""),
        department=filed.department,
        original=money.components.original,
        adjusted=money.adjusted_budget,
        disbursed=money.disbursed,
        spent=money.spent,
        rate_bp=money.execution_rate_bp,
        attainment_bp=made.attainment.attainment_rate_bp,
        execution_light=made.execution.light,
        attainment_light=made.attainment.light,
        light=made.light,
        declared_spent=None if total is None else total.declared_spent,
        carryover=form.carryover,
        surplus=form.surplus,
        possibility=worst_possibility(form.indicators),
        state=filed.state,
        edition=filed.edition,
        submitted_on=filed.submitted_on,
        late=filed.late,
        disputes=len(form.disputes),
    )


def filing_row(tally: Tally) -> FilingRow:
    """Write how far forms are."""
    filing = tally.filing
    return FilingRow(
        forms=filing.forms,
        frozen=filing.frozen,
        live=filing.forms - filing.frozen,
        timely=filing.timely,
        late=filing.late,
        missing=filing.missing,
        accepted=filing.accepted,
        returned=filing.returned,
        corrected=filing.corrected,
        with_targets=filing.with_targets,
        covered=filing.covered,
        coverage_bp=filing.coverage_bp,
        timeliness_bp=filing.timeliness_bp,
        completeness_bp=filing.completeness_bp,
        disputed=filing.disputed,
    )
