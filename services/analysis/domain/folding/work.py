"""Milestones, checks, problems, assets, changes of plan, dispositions (Art. 7, 8(3), 10)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import Data
from contracts.events.intake import (
    AssetAcquired,
    CheckRecorded,
    DispositionDecided,
    ImplementationPlanChanged,
    MilestoneReported,
    ProblemRegistered,
    ProblemResolved,
)
from services.analysis.domain.folding.versions import age, keep_version
from services.analysis.domain.state import (
    ITEMS_MAX,
    NO_LINE,
    Asset,
    Check,
    Disposition,
    Entry,
    Milestone,
    PlanChange,
    Problem,
    ProjectYear,
    Resolution,
)


def _milestone(year: ProjectYear, entry: Entry, data: MilestoneReported) -> None:
    stated = Milestone(
        day=data.date.toordinal(),
        sequence=entry.sequence,
        name=data.name,
        state=data.state,
        topic=data.topic,
        planned_on=data.planned_on.toordinal() if data.planned_on else None,
        met_on=data.met_on.toordinal() if data.met_on else None,
        progress_bp=data.progress_bp,
    )
    for known in year.work.milestones.get(data.milestone, ()):
        if known.day == stated.day:
            # Of two facts of one day the later stands; progress that it leaves unsaid does too.
            earlier, later = sorted((known, stated), key=age)
            if later.progress_bp is None:
                later.progress_bp = earlier.progress_bp
    keep_version(year.work.milestones, data.milestone, stated)


def _check(year: ProjectYear, entry: Entry, data: CheckRecorded) -> None:
    stated = Check(
        data.date.toordinal(), entry.sequence, data.mode, data.topic, data.checked_by, data.result
    )
    keep_version(year.work.checks, data.check, stated)


def _problem(year: ProjectYear, entry: Entry, data: ProblemRegistered) -> None:
    stated = Problem(
        day=data.date.toordinal(),
        sequence=entry.sequence,
        kind=data.kind,
        origin=data.origin,
        severity=data.severity,
        title=data.title,
        amount=data.amount,
        due=data.due.toordinal() if data.due else None,
    )
    keep_version(year.work.problems, data.problem, stated)


def _resolution(year: ProjectYear, entry: Entry, data: ProblemResolved) -> None:
    stated = Resolution(data.date.toordinal(), entry.sequence, data.outcome)
    keep_version(year.work.resolutions, data.problem, stated)


def _asset(year: ProjectYear, entry: Entry, data: AssetAcquired) -> None:
    stated = Asset(
        day=data.date.toordinal(),
        sequence=entry.sequence,
        position=entry.position,
        line=data.line or NO_LINE,
        name=data.name,
        quantity=data.quantity,
        amount=data.amount,
        standard_amount=data.standard_amount,
        standard_quantity=data.standard_quantity,
    )
    keep_version(year.work.assets, data.asset, stated)


def _plan_change(year: ProjectYear, entry: Entry, data: ImplementationPlanChanged) -> None:
    changes = year.work.plan_changes
    if len(changes) >= ITEMS_MAX:
        return
    planned_end = data.planned_end.toordinal() if data.planned_end else None
    stated = PlanChange(
        data.date.toordinal(), entry.sequence, data.aspect, data.summary, planned_end
    )
    changes.append(stated)
    changes.sort(key=age)


def _disposition(year: ProjectYear, entry: Entry, data: DispositionDecided) -> None:
    stated = Disposition(
        day=data.date.toordinal(),
        sequence=entry.sequence,
        measure=data.measure,
        objective_grounds=data.objective_grounds,
        effective_from=(data.effective_from or data.date).toordinal(),
        amount=data.amount,
        line=data.line or NO_LINE,
    )
    keep_version(year.work.dispositions, data.disposition, stated)


FOLDS: Final[Mapping[type[Data], Callable[[ProjectYear, Entry, Any], None]]] = {
    MilestoneReported: _milestone,
    CheckRecorded: _check,
    ProblemRegistered: _problem,
    ProblemResolved: _resolution,
    AssetAcquired: _asset,
    ImplementationPlanChanged: _plan_change,
    DispositionDecided: _disposition,
}
"""Event data → how it changes a year."""
