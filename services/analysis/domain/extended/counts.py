"""Extended monitoring 延伸监控, counted (Art. 7, 8(3), 10).

Of facts with one id the later business date stands, then the later entry. A problem is open from
its registration until a resolution that is not older; registered anew after it, it is open again.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from contracts.events.analysis import Extended
from contracts.vocabulary import CheckResult, MilestoneState, Severity
from services.analysis.domain.folding.versions import Version
from services.analysis.domain.state import (
    Milestone,
    Problem,
    ProjectYear,
    Resolution,
    Work,
)
from services.analysis.domain.stops import is_about_disbursing, is_stopped_anywhere
from services.analysis.domain.unchecked import unchecked

V = TypeVar("V", bound=Version)


NOTHING_WATCHED: Final = Extended()
"""What is said of most projects."""


def extended(year: ProjectYear, as_of: int) -> Extended:
    """Count milestones, checks, problems, changes of plan, assets and measures at a date."""
    work = year.work
    if not any((work.milestones, work.checks, work.problems, work.assets)) and not (
        work.plan_changes or work.dispositions
    ):
        return NOTHING_WATCHED
    milestones = at(work.milestones, as_of).values()
    checks = at(work.checks, as_of).values()
    problems = [problem for _, problem in _open(work, as_of)]
    dispositions = at(work.dispositions, as_of)
    return unchecked(
        Extended,
        milestones=len(milestones),
        milestones_met=sum(known.state is MilestoneState.MET for known in milestones),
        milestones_overdue=sum(is_late(known, as_of) for known in milestones),
        progress_bp=_progress(work, as_of),
        checks=len(checks),
        checks_failed=sum(known.result is CheckResult.FAILED for known in checks),
        problems_open=len(problems),
        problems_serious=sum(known.severity is Severity.RED for known in problems),
        problems_overdue=sum(is_past(known, as_of) for known in problems),
        problems_amount=sum(known.amount or 0 for known in problems),
        plan_changes=sum(known.day <= as_of for known in work.plan_changes),
        assets=len(at(work.assets, as_of)),
        dispositions=len(dispositions),
        disbursement_stopped=is_about_disbursing(work) and is_stopped_anywhere(work, as_of),
    )


def at(kept: Mapping[str, Sequence[V]], as_of: int) -> dict[str, V]:
    """Return what holds of each item at a date; items first stated later are left out."""
    found: dict[str, V] = {}
    for name, versions in kept.items():
        for version in reversed(versions):
            if version.day <= as_of:
                found[name] = version
                break
    return found


def is_late(known: Milestone, as_of: int) -> bool:
    """Say whether a milestone was planned for an earlier day and is not met, or in part."""
    planned = known.planned_on
    return planned is not None and planned < as_of and known.state is not MilestoneState.MET


def is_past(known: Problem, as_of: int) -> bool:
    """Say whether a problem is past its term 整改期限; on its last day it is not."""
    return known.due is not None and known.due < as_of


def _progress(work: Work, as_of: int) -> int | None:
    """The latest physical progress of any milestone; what a later fact leaves unsaid stands."""
    stated = [
        version
        for versions in work.milestones.values()
        for version in versions
        if version.day <= as_of and version.progress_bp is not None
    ]
    latest = max(stated, key=lambda version: (version.day, version.sequence), default=None)
    return latest.progress_bp if latest else None


def _open(work: Work, as_of: int) -> list[tuple[str, Problem]]:
    resolutions = at(work.resolutions, as_of)
    return [
        (name, known)
        for name, known in at(work.problems, as_of).items()
        if (end := resolutions.get(name)) is None or not ends(end, known)
    ]


def ends(end: Resolution, known: Problem) -> bool:
    """Say whether a resolution ends a problem as it was registered last."""
    return (end.day, end.sequence) > (known.day, known.sequence)
