"""How plans, targets and results are kept: one version per day (domain-rules 10, 14)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import Data
from contracts.events.intake import (
    SpendingPlanApproved,
    Target,
    TargetProgressReported,
    TargetProgressWithdrawn,
    TargetsAdjusted,
    TargetsApproved,
)
from services.analysis.domain.folding.versions import age
from services.analysis.domain.state import (
    NO_LINE,
    Entry,
    Goal,
    Indicator,
    PlanVersion,
    ProjectYear,
    Report,
    TargetTerms,
    TargetVersion,
)

PLANS_MAX: Final = 400
"""Most versions of spending plans that are remembered of one year; beyond it the oldest of those
goes that a later one of their id has replaced, without any the oldest of all."""
GOALS_MAX: Final = 200
VERSIONS_MAX: Final = 400
REPORTS_MAX: Final = 2_000
"""Most that is remembered of one year's goal, of one indicator's targets and results; beyond it
the oldest by business date goes. A form has a dozen of each."""
REPLACED_MAX: Final = 10
"""Most results that are remembered of those which one replaces, so that they stand again if it is
taken back; beyond it the first stated goes."""


def _plan(year: ProjectYear, entry: Entry, data: SpendingPlanApproved) -> None:
    periods = sorted(
        ((p.start.toordinal(), p.end.toordinal(), p.amount) for p in data.periods),
        key=lambda period: (period[1], period[0]),
    )
    stated = PlanVersion(
        data.plan,
        data.date.toordinal(),
        entry.sequence,
        data.line or NO_LINE,
        periods,
        entry.position,
    )
    for index, known in enumerate(year.plans):
        if (known.plan, known.day) == (stated.plan, stated.day):
            if stated.sequence > known.sequence:
                year.plans[index] = stated
            return
    year.plans.append(stated)
    while len(year.plans) > PLANS_MAX:
        _forget_plan(year.plans)


def _forget_plan(plans: list[PlanVersion]) -> None:
    by_age = sorted(plans, key=age)
    latest = {known.plan: known for known in by_age}
    replaced = (known for known in by_age if latest[known.plan] is not known)
    plans.remove(next(replaced, by_age[0]))


def _approval(year: ProjectYear, entry: Entry, data: TargetsApproved) -> None:
    if data.goal:
        _set_goal(year, Goal(data.date.toordinal(), entry.sequence, data.goal))
    for target in data.targets:
        _set_target(year, target.indicator, _version(entry, data, target))


def _adjustment(year: ProjectYear, entry: Entry, data: TargetsAdjusted) -> None:
    for target in data.targets:
        _set_target(year, target.indicator, _version(entry, data, target))
    for indicator in data.withdrawn:
        _set_target(
            year, indicator, TargetVersion(data.date.toordinal(), entry.sequence, terms=None)
        )


def _set_goal(year: ProjectYear, goal: Goal) -> None:
    for index, known in enumerate(year.goals):
        if known.day == goal.day:
            if goal.sequence > known.sequence:
                year.goals[index] = goal
            return
    year.goals.append(goal)
    year.goals.sort(key=lambda known: known.day)
    del year.goals[:-GOALS_MAX]


def _indicator(year: ProjectYear, name: str) -> Indicator:
    indicator = year.indicators.get(name)
    if indicator is None:
        indicator = year.indicators[name] = Indicator()
    return indicator


def _set_target(year: ProjectYear, name: str, version: TargetVersion) -> None:
    versions = _indicator(year, name).versions
    for index, known in enumerate(versions):
        if known.day == version.day:
            # One fact may name an indicator twice: what it says last stands.
            if version.sequence >= known.sequence:
                versions[index] = version
            return
    versions.append(version)
    versions.sort(key=lambda known: known.day)
    del versions[:-VERSIONS_MAX]


def _version(
    entry: Entry, data: TargetsApproved | TargetsAdjusted, target: Target
) -> TargetVersion:
    return TargetVersion(data.date.toordinal(), entry.sequence, _terms(target))


def _terms(target: Target) -> TargetTerms:
    return TargetTerms(
        name=target.name,
        level_1=target.level_1,
        level_2=target.level_2,
        behaviour=target.behaviour,
        direction=target.direction,
        value_kind=target.value_kind,
        accumulation=target.accumulation,
        target_text=target.target_text,
        target=target.target,
        target_day=target.target_date.toordinal() if target.target_date else None,
        target_upper=target.target_upper,
        unit=target.unit,
        weight_bp=target.weight_bp,
        due=sorted(day.toordinal() for day in target.due),
        stages=sorted((stage.due.toordinal(), stage.value) for stage in target.stages),
    )


def _progress(year: ProjectYear, entry: Entry, data: TargetProgressReported) -> None:
    stated = Report(
        day=data.date.toordinal(),
        sequence=entry.sequence,
        value_text=data.value_text,
        value=data.value,
        value_day=data.value_date.toordinal() if data.value_date else None,
        grade=data.grade,
        due=data.due.toordinal() if data.due else None,
    )
    reports = _indicator(year, data.indicator).reports
    for index, known in enumerate(reports):
        if (known.day, known.due) == (stated.day, stated.due):
            reports[index] = _replaced(known, stated)
            return
    reports.append(stated)
    reports.sort(key=lambda known: (known.day, known.due or 0))
    del reports[:-REPORTS_MAX]


def _replaced(known: Report, stated: Report) -> Report:
    """Let the later of two results of one day stand before the other and all before it."""
    earlier, known.earlier = known.earlier, []
    *replaced, last = sorted([*earlier, known, stated], key=lambda report: report.sequence)
    last.earlier = replaced[-REPLACED_MAX:]
    return last


def _withdrawal(year: ProjectYear, _entry: Entry, data: TargetProgressWithdrawn) -> None:
    day, entries = data.date.toordinal(), frozenset(data.entries)
    for last in _indicator(year, data.indicator).reports:
        for known in (last, *last.earlier):
            if known.sequence in entries:
                known.withdrawn = min(day, day if known.withdrawn is None else known.withdrawn)


FOLDS: Final[Mapping[type[Data], Callable[[ProjectYear, Entry, Any], None]]] = {
    SpendingPlanApproved: _plan,
    TargetsApproved: _approval,
    TargetsAdjusted: _adjustment,
    TargetProgressReported: _progress,
    TargetProgressWithdrawn: _withdrawal,
}
"""Event data → how it changes a year."""
