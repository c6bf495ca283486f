"""From an assessment to the facts that rules see: one function per scope."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from contracts.envelope import CloudEvent
from contracts.events.analysis import (
    AssessmentMade,
    Execution,
    FindingFact,
    IndicatorFigures,
    LineFigures,
)
from contracts.vocabulary import (
    IndicatorBehaviour,
    IndicatorDirection,
    PriorityListKind,
    rate_bp,
)
from services.alerts.domain.facts import RawFacts, Scope

RATIO_BEHAVIOURS = frozenset(
    {
        IndicatorBehaviour.PROGRESS,
        IndicatorBehaviour.OUTCOME,
        IndicatorBehaviour.SATISFACTION,
    }
)
"""Behaviours whose light comes from actual ÷ expected; others are in range or not (rule 12)."""

FROZEN: Final = "frozen"
"""Name of the fact that a project's publisher has been silent too long (domain-rules 17f)."""

SHARE_MAX_BP: Final = 10**12
"""Shares beyond are given as this: rules reckon with 64 bits."""

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
        **changed_facts(execution),
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
        "indicators": len(attainment.indicators),
        "judged_indicators": attainment.judged,
        "attainment_rate_bp": attainment.attainment_rate_bp,
        "effect_rate_bp": attainment.effect_rate_bp,
        "attainment_light": str(attainment.light or ""),
        "light": str(made.light or ""),
        "quadrant": str(made.quadrant or ""),
        "money_ahead_bp": made.money_ahead_bp,
        "findings": made.findings_total,
        **standing_facts(made),
    }


def changed_facts(execution: Execution) -> RawFacts:
    """Return how the budget was changed, and how much of what was carried over is used."""
    parts = execution.money.components
    changed = parts.supplement + parts.passed_down - parts.cut - parts.recovered + parts.virement
    used = sum(
        min(max(line.money.spent, 0), line.money.components.carryover)
        for line in execution.lines
        if line.money.components.carryover > 0
    )
    return {
        "adjusted_after_approval": changed,
        "adjustment_share_bp": _share(abs(changed), parts.original),
        "carryover_spent": used,
        "carryover_used_bp": _share(used, parts.carryover),
    }


def standing_facts(made: AssessmentMade) -> RawFacts:
    """Return what stands beside the two monitors."""
    standing, extended, money = made.standing, made.extended, made.execution.money
    forecast, earned = made.execution.forecast, made.earned_value
    return {
        "project_class": str(standing.project_class or ""),
        "control_mode": standing.control_mode.value,
        "new_this_year": standing.new_this_year,
        "state": standing.state.value,
        "priority_bureau": PriorityListKind.BUREAU in standing.priority,
        "priority_department": PriorityListKind.DEPARTMENT in standing.priority,
        FROZEN: standing.frozen,
        "late_facts": standing.late_facts,
        "closed": standing.closed_version is not None,
        "days_since_targets_changed": _days(standing.targets_changed_on, made.date),
        "targets_changed_for_cut": standing.targets_changed_for_cut,
        "unpaired_cut_working_days": standing.unpaired_cut_working_days,
        "carried_over_years": standing.carried_over_years,
        "carryover_share_bp": _share(money.components.carryover, money.adjusted_budget),
        "forecast_spent": forecast.point if forecast else None,
        "forecast_rate_bp": forecast.rate_bp if forecast else None,
        "forecast_carryover": forecast.carryover if forecast else None,
        "forecast_surplus": forecast.surplus if forecast else None,
        "cpi_bp": earned.cpi_bp if earned else None,
        "spi_bp": earned.spi_bp if earned else None,
        "spi_t_bp": earned.spi_t_bp if earned else None,
        "milestones_overdue": extended.milestones_overdue,
        "problems_open": extended.problems_open,
        "problems_serious": extended.problems_serious,
        "problems_overdue": extended.problems_overdue,
        "problems_amount": extended.problems_amount,
        "checks_failed": extended.checks_failed,
        "plan_changes": extended.plan_changes,
        "disbursement_stopped": extended.disbursement_stopped,
    }


def _share(part: int, whole: int) -> int | None:
    """Return a share of a budget in basis points; null over nothing."""
    share = rate_bp(part, whole) if whole > 0 else None
    return None if share is None else min(share, SHARE_MAX_BP)


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
        "indicator.raw_attainment_bp": figures.raw_attainment_bp,
        "indicator.met": figures.met,
        "indicator.weight_bp": figures.weight_bp,
        "indicator.light": str(figures.light or ""),
        "indicator.days_since_report": _days(figures.reported_on, as_of),
        "indicator.days_to_due": None if due is None else (due - as_of).days,
        "indicator.days_overdue": _days(figures.overdue_on, as_of),
        "indicator.trend": str(figures.trend or ""),
        "indicator.forecast": figures.forecast or "",
        "indicator.probability_bp": figures.probability_bp,
        "indicator.possibility": str(figures.possibility or ""),
    }


def line_facts(figures: LineFigures) -> RawFacts:
    """Return the facts of one funding line."""
    money = figures.money
    return {
        "line.unit": figures.unit,
        "line.account": figures.account.value,
        "line.channel": figures.channel.value,
        "line.function": figures.function or "",
        "line.undistributed": figures.undistributed,
        "line.adjusted_budget": money.adjusted_budget,
        "line.original_budget": money.components.original,
        "line.carryover": money.components.carryover,
        "line.committed": money.committed,
        "line.requested": money.requested,
        "line.disbursed": money.disbursed,
        "line.spent": money.spent,
        "line.balance": money.balance,
        "line.expected_spent": figures.expected_spent,
        "line.expected_basis": str(figures.expected_basis or ""),
        "line.execution_rate_bp": money.execution_rate_bp,
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
        "finding.nature": finding.nature.value,
        "finding.subject": finding.subject,
        "finding.amount": finding.amount,
        "finding.entry_sequence": finding.entry_sequence,
        "finding.days_since": (as_of - finding.date).days,
        "finding.provisional": finding.provisional,
    }


def within(event: CloudEvent[AssessmentMade]) -> Iterator[tuple[Scope, str, RawFacts]]:
    """Yield (scope, subject, own facts) of everything in an assessment that rules may look at."""
    yield from within_assessment(event.subject, event.data)


def within_assessment(project: str, made: AssessmentMade) -> Iterator[tuple[Scope, str, RawFacts]]:
    """Yield the same of an assessment that comes without its event."""
    yield Scope.PROJECT, project, {}
    for figures in made.attainment.indicators:
        yield Scope.INDICATOR, figures.indicator, indicator_facts(figures, made.date)
    for line in made.execution.lines:
        yield Scope.LINE, line.line, line_facts(line)
    for finding in made.findings:
        yield Scope.FINDING, finding.subject, finding_facts(finding, made.date)


def _days(since: dt.date | None, as_of: dt.date) -> int | None:
    return None if since is None else (as_of - since).days
