"""From an assessment to the facts that rules see: one function per scope."""

import datetime as dt
from collections.abc import Iterator

from contracts.envelope import CloudEvent
from contracts.events.analysis import AssessmentMade, FindingFact, IndicatorFigures
from contracts.vocabulary import IndicatorBehaviour, IndicatorDirection
from services.alerts.domain.facts import RawFacts, Scope

RATIO_BEHAVIOURS = frozenset(
    {
        IndicatorBehaviour.PROGRESS,
        IndicatorBehaviour.OUTCOME,
        IndicatorBehaviour.SATISFACTION,
    }
)
"""Behaviours whose light comes from actual ÷ expected; others are in range or not (rule 12)."""

UPWARD = frozenset({IndicatorDirection.AT_LEAST, IndicatorDirection.EQUAL})
"""Directions in which more is nearer to the target."""


def project_facts(made: AssessmentMade) -> RawFacts:
    """Return the project's own facts."""
    execution, attainment, money = made.execution, made.attainment, made.execution.money
    undistributed = sum(
        line.money.adjusted_budget for line in execution.lines if line.undistributed
    )
    return {
        "fiscal_year": made.fiscal_year,
        "months_completed": made.months_completed,
        "months_completed_before": made.months_completed_before,
        "settled": made.settled,
        "days_since_approval": _days(execution.approved_on, made.date),
        "lead_unit": made.lead_unit or "",
        "department": made.department or "",
        "adjusted_budget": money.adjusted_budget,
        "original_budget": money.components.original,
        "carryover": money.components.carryover,
        "undistributed_budget": undistributed,
        "judged_budget": money.adjusted_budget - undistributed,
        "committed": money.committed,
        # By definition uncommitted_balance = balance − commitments not yet paid.
        "unpaid_committed": money.balance - money.uncommitted_balance,
        "requested": money.requested,
        "disbursed": money.disbursed,
        "spent": money.spent,
        "reversed": money.reversed,
        "balance": money.balance,
        "expected_spent": execution.expected_spent,
        "execution_rate_bp": money.execution_rate_bp,
        "expected_rate_bp": execution.expected_rate_bp,
        "ratio_bp": execution.ratio_bp,
        "deviation_points_bp": execution.deviation_points_bp,
        "expected_basis": str(execution.expected_basis or ""),
        "execution_light": str(execution.light or ""),
        "judged_indicators": attainment.judged,
        "attainment_rate_bp": attainment.attainment_rate_bp,
        "effect_rate_bp": attainment.effect_rate_bp,
        "attainment_light": str(attainment.light or ""),
        "light": str(made.light or ""),
        "quadrant": str(made.quadrant or ""),
        "money_ahead_bp": made.money_ahead_bp,
        "findings": made.findings_total,
    }


def indicator_facts(figures: IndicatorFigures, as_of: dt.date) -> RawFacts:
    """Return the facts of one indicator."""
    due = figures.next_due
    return {
        "indicator.name": figures.name,
        "indicator.level_1": figures.level_1,
        "indicator.level_2": figures.level_2,
        "indicator.behaviour": figures.behaviour.value,
        "indicator.direction": figures.direction.value,
        "indicator.unit": figures.unit or "",
        "indicator.target": figures.target_text,
        "indicator.expected": figures.expected or "",
        "indicator.actual": figures.actual_text or "",
        "indicator.grade": str(figures.grade or ""),
        "indicator.state": figures.state.value,
        "indicator.judged_by_ratio": judged_by_ratio(figures),
        "indicator.ratio_bp": figures.ratio_bp,
        "indicator.attainment_bp": figures.attainment_bp,
        "indicator.met": figures.met,
        "indicator.weight_bp": figures.weight_bp,
        "indicator.light": str(figures.light or ""),
        "indicator.days_since_report": _days(figures.reported_on, as_of),
        "indicator.days_to_due": None if due is None else (due - as_of).days,
    }


def judged_by_ratio(figures: IndicatorFigures) -> bool:
    """Tell whether the thresholds on the ratio apply, or the light alone says it.

    Quality, timeliness, cost and reverse indicators are in range or not, qualitative ones met,
    partly met or not: their ratio, if there is one, is shown but judges nothing (domain-rules 12).
    """
    return (
        figures.behaviour in RATIO_BEHAVIOURS
        and figures.direction in UPWARD
        and figures.grade is None
        and figures.ratio_bp is not None
    )


def finding_facts(finding: FindingFact, as_of: dt.date) -> RawFacts:
    """Return the facts of one compliance finding."""
    return {
        "finding.kind": finding.kind.value,
        "finding.subject": finding.subject,
        "finding.amount": finding.amount,
        "finding.entry_sequence": finding.entry_sequence,
        "finding.days_since": (as_of - finding.date).days,
        "finding.provisional": finding.provisional,
    }


def within(event: CloudEvent[AssessmentMade]) -> Iterator[tuple[Scope, str, RawFacts]]:
    """Yield (scope, subject, own facts) of everything in an assessment that rules may look at."""
    made = event.data
    yield Scope.PROJECT, event.subject, {}
    for figures in made.attainment.indicators:
        yield Scope.INDICATOR, figures.indicator, indicator_facts(figures, made.date)
    for finding in made.findings:
        yield Scope.FINDING, finding.subject, finding_facts(finding, made.date)


def _days(since: dt.date | None, as_of: dt.date) -> int | None:
    return None if since is None else (as_of - since).days
