"""Builders for alerts' tests: an assessment that is on standard in every respect, and changes."""

import datetime as dt
from typing import Any

from contracts.codec import new_event
from contracts.envelope import CloudEvent
from contracts.events.analysis import (
    AssessmentMade,
    Attainment,
    BudgetComponents,
    Execution,
    FindingFact,
    IndicatorFigures,
    LineFigures,
    Money,
)
from contracts.events.quarantine import (
    QuarantineEntered,
    QuarantineFact,
    RefusalKind,
)
from contracts.events.reports import PapersReminded, PapersUrged
from contracts.vocabulary import (
    AttainmentState,
    BudgetAccount,
    Channel,
    Dueness,
    ExpectedBasis,
    FindingKind,
    IndicatorBehaviour,
    IndicatorDirection,
    Light,
    PaperKind,
    fen_to_wire,
    rate_bp,
)

PROJECT = "340700/P-1"
YEAR = 2026
JUNE_30 = dt.date(2026, 6, 30)
BUDGET = 100_000_000
NOTED = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


def money(*, budget: int = BUDGET, spent: int = 0, unpaid_committed: int = 0) -> Money:
    """Make execution figures, amounts in fen."""
    parts = dict.fromkeys(BudgetComponents.model_fields, "0.00")
    components = BudgetComponents.model_validate({**parts, "original": fen_to_wire(budget)})
    rate = rate_bp(max(spent, 0), budget)
    amounts = {
        "adjusted_budget": budget,
        "committed": unpaid_committed,
        "requested": 0,
        "disbursed": spent,
        "spent": spent,
        "reversed": 0,
        "prior_year_refunds": 0,
        "balance": budget - spent,
        "uncommitted_balance": budget - spent - unpaid_committed,
    }
    return Money.model_validate(
        {name: fen_to_wire(fen) for name, fen in amounts.items()}
        | {
            "components": components,
            "execution_rate_bp": rate,
            "execution_rate_original_bp": rate,
        }
    )


def line(budget: int, *, undistributed: bool = False) -> LineFigures:
    """Make a funding line."""
    return LineFigures(
        line="L-1",
        unit="U-1",
        account=BudgetAccount.GENERAL_PUBLIC,
        channel=Channel.TREASURY_PAYMENT,
        function=None,
        undistributed=undistributed,
        money=money(budget=budget),
    )


def execution(figures: Money, expected: int | None, **changes: Any) -> Execution:
    """Make monitor 1; `expected` is what should be spent, in fen."""
    expected_rate = None if expected is None else rate_bp(expected, figures.adjusted_budget)
    rate = figures.execution_rate_bp
    judged = rate is not None and bool(expected_rate)
    fields: dict[str, Any] = {
        "money": figures,
        "lines": (),
        "expected_spent": None if expected is None else fen_to_wire(expected),
        "expected_rate_bp": expected_rate,
        "expected_basis": None if expected is None else ExpectedBasis.PLAN,
        "ratio_bp": rate_bp(rate or 0, expected_rate or 0) if judged else None,
        "deviation_points_bp": (rate or 0) - (expected_rate or 0) if judged else None,
        "approved_on": dt.date(YEAR, 1, 15),
        "month_spent": (),
        "light": None,
    }
    return Execution.model_validate(fields | changes)


def indicator(name: str = "I-1", **changes: Any) -> IndicatorFigures:
    """Make an indicator that is exactly on standard."""
    fields: dict[str, Any] = {
        "indicator": name,
        "name": "道路修复里程",
        "level_1": "产出",
        "level_2": "数量",
        "behaviour": IndicatorBehaviour.PROGRESS,
        "direction": IndicatorDirection.AT_LEAST,
        "unit": "km",
        "target_text": "≥100",
        "target": "100",
        "expected": "50",
        "actual_text": "50",
        "actual": "50",
        "grade": None,
        "reported_on": JUNE_30,
        "next_due": dt.date(2026, 12, 31),
        "state": AttainmentState.JUDGED,
        "ratio_bp": 10_000,
        "attainment_bp": 10_000,
        "met": False,
        "weight_bp": 5_000,
        "weight_is_default": False,
        "light": Light.GREEN,
    }
    return IndicatorFigures.model_validate(fields | changes)


def finding(kind: FindingKind = FindingKind.OVER_BUDGET, **changes: Any) -> FindingFact:
    """Make a confirmed finding."""
    fields: dict[str, Any] = {
        "kind": kind,
        "subject": "L-1",
        "entry_sequence": 7,
        "date": dt.date(2026, 6, 1),
        "amount": "1000.00",
        "provisional": False,
    }
    return FindingFact.model_validate(fields | changes)


def assessment(
    *,
    project: str = PROJECT,
    spent: int = BUDGET // 2,
    budget: int = BUDGET,
    expected: int | None = BUDGET // 2,
    unpaid_committed: int = 0,
    of_execution: dict[str, Any] | None = None,
    indicators: tuple[IndicatorFigures, ...] | None = None,
    findings: tuple[FindingFact, ...] = (),
    **changes: Any,
) -> CloudEvent[AssessmentMade]:
    """Make the assessment of a project at 30 June, by default on standard everywhere."""
    if indicators is None:
        indicators = (indicator(),)
    figures = money(budget=budget, spent=spent, unpaid_committed=unpaid_committed)
    fields: dict[str, Any] = {
        "date": JUNE_30,
        "fiscal_year": YEAR,
        "project_name": "道路修复",
        "lead_unit": "U-1",
        "department": "D-1",
        "stream_sequence": 10,
        "ledger_position": 100,
        "fiscal_year_start": dt.date(2026, 1, 1),
        "fiscal_year_end": dt.date(2026, 12, 31),
        "months_completed": 6,
        "settled": True,
        "execution": execution(figures, expected, **(of_execution or {})),
        "attainment": Attainment(
            indicators=indicators,
            judged=len(indicators),
            attainment_rate_bp=None,
            effect_rate_bp=None,
            light=None,
        ),
        "light": None,
        "quadrant": None,
        "money_ahead_bp": None,
        "findings": findings,
        "findings_total": len(findings),
    }
    made = AssessmentMade.model_validate(fields | changes)
    return new_event(
        made,
        event_id=f"{project}@{made.ledger_position}:{made.date}",
        source="dualwatch:analysis",
        subject=project,
        time=NOTED,
    )


def kept(
    entry: str = "a" * 32,
    change: int = 1,
    reason: RefusalKind = RefusalKind.CONFLICT,
    kind: type[QuarantineFact] = QuarantineEntered,
    **changes: Any,
) -> CloudEvent[QuarantineFact]:
    """Say that something is kept apart, or what has become of it."""
    known: dict[str, Any] = {
        "date": JUNE_30,
        "entry": entry,
        "change": change,
        "reason": reason,
        "code": reason.value,
        "publisher": "treasury",
        "door": "http",
        "jurisdiction": "340700",
        "about": PROJECT,
        "stated": "dualwatch.expenditure.recorded.v1",
        "fiscal_year": YEAR,
    }
    if kind is not QuarantineEntered:
        known |= {"by": "desk", "note": "looked at"}
    fields = known | changes
    return new_event(
        kind.model_validate(fields),
        event_id=f"{entry}.{change}",
        source="dualwatch:intake",
        subject=fields["about"] or f"-/{fields['publisher']}",
        time=NOTED,
    )


def reminded(missing: int = 2, days_left: int = 14, **changes: Any) -> CloudEvent[PapersReminded]:
    """Say how a unit's forms stand, a fortnight before they are due."""
    dueness = Dueness.COMING if days_left >= 0 else Dueness.OVERDUE
    known: dict[str, Any] = {
        **_papers(missing),
        "date": DUE - dt.timedelta(days=days_left),
        "days_left": days_left,
        "asked": 3,
        "dueness": dueness if missing else Dueness.DONE,
    }
    return _report_event(PapersReminded.model_validate(known | changes))


def urged(date: dt.date, missing: int = 2) -> CloudEvent[PapersUrged]:
    """Say that a unit is urged."""
    known = {**_papers(missing), "date": date, "note": "请尽快报送", "by": "bureau"}
    return _report_event(PapersUrged.model_validate(known))


DUE = dt.date(2026, 7, 20)


def _papers(missing: int) -> dict[str, Any]:
    return {
        "campaign": "2026-07",
        "campaign_name": "2026年1-6月绩效运行监控",
        "fiscal_year": YEAR,
        "cursor": 1,
        "organisation": "U-1",
        "kind": PaperKind.FORM,
        "due_on": DUE,
        "missing": missing,
    }


def _report_event(data: PapersReminded | PapersUrged) -> CloudEvent[Any]:
    return new_event(
        data,
        event_id=f"{data.event_type()}.{data.date}.{data.missing}",
        source="dualwatch:reporting",
        subject="340700",
        time=NOTED,
    )
