"""Extended monitoring 延伸监控, listed: each item as it stands at a date (Art. 7, 8(3), 10)."""

import datetime as dt
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from contracts.vocabulary import (
    CheckResult,
    ExtendedTopic,
    Measure,
    MilestoneState,
    MonitoringMode,
    PlanAspect,
    ProblemKind,
    ProblemOrigin,
    ProblemOutcome,
    Severity,
    fen_to_wire,
)
from services.analysis.domain.extended.counts import at, ends, is_late, is_past
from services.analysis.domain.folding.versions import Version
from services.analysis.domain.state import NO_LINE, ProjectYear, Work

V = TypeVar("V", bound=Version)


class MilestoneItem(msgspec.Struct, frozen=True):
    """A milestone 节点 as it stands at a date."""

    milestone: str
    name: str
    state: MilestoneState
    topic: ExtendedTopic | None
    planned_on: dt.date | None
    met_on: dt.date | None
    progress_bp: int | None
    overdue: bool
    """Planned for an earlier day and not met."""
    date: dt.date
    sequence: int
    """Business date and entry that said so; so in all that follows."""


class CheckItem(msgspec.Struct, frozen=True):
    """A check as it stands at a date."""

    check: str
    mode: MonitoringMode
    topic: ExtendedTopic | None
    checked_by: str
    result: CheckResult
    date: dt.date
    sequence: int


class ProblemItem(msgspec.Struct, frozen=True):
    """A problem as it stands at a date."""

    problem: str
    kind: ProblemKind
    origin: ProblemOrigin
    severity: Severity
    title: str
    amount: str | None
    """Wire amount."""
    due: dt.date | None
    open: bool
    overdue: bool
    """Open and past its term."""
    outcome: ProblemOutcome | None
    """How it ended; null while it is open."""
    resolved_on: dt.date | None
    date: dt.date
    sequence: int


class AssetItem(msgspec.Struct, frozen=True):
    """An asset as it stands at a date."""

    asset: str
    name: str
    quantity: int
    amount: str
    standard_amount: str | None
    """What the standard allows for one, wire amount."""
    standard_quantity: int | None
    line: str | None
    date: dt.date
    sequence: int


class PlanChangeItem(msgspec.Struct, frozen=True):
    """A change of the implementation plan."""

    aspect: PlanAspect
    summary: str
    planned_end: dt.date | None
    date: dt.date
    sequence: int


class DispositionItem(msgspec.Struct, frozen=True):
    """A measure 分类处置 as it stands at a date."""

    disposition: str
    measure: Measure
    objective_grounds: bool
    effective_from: dt.date
    in_effect: bool
    amount: str | None
    date: dt.date
    sequence: int


class ExtendedItems(msgspec.Struct, frozen=True):
    """Everything extended monitoring knows of a year at a date; each list by date, then entry."""

    milestones: list[MilestoneItem]
    checks: list[CheckItem]
    problems: list[ProblemItem]
    assets: list[AssetItem]
    plan_changes: list[PlanChangeItem]
    dispositions: list[DispositionItem]


def items(year: ProjectYear, as_of: int) -> ExtendedItems:
    """List everything that is watched, as it stands at a date."""
    work = year.work
    return ExtendedItems(
        milestones=[
            MilestoneItem(
                name,
                known.name,
                known.state,
                known.topic,
                _date(known.planned_on),
                _date(known.met_on),
                known.progress_bp,
                is_late(known, as_of),
                dt.date.fromordinal(known.day),
                known.sequence,
            )
            for name, known in _in_order(at(work.milestones, as_of))
        ],
        checks=[
            CheckItem(
                name,
                known.mode,
                known.topic,
                known.checked_by,
                known.result,
                dt.date.fromordinal(known.day),
                known.sequence,
            )
            for name, known in _in_order(at(work.checks, as_of))
        ],
        problems=_problems(work, as_of),
        assets=_assets(work, as_of),
        plan_changes=[
            PlanChangeItem(
                known.aspect,
                known.summary,
                _date(known.planned_end),
                dt.date.fromordinal(known.day),
                known.sequence,
            )
            for known in work.plan_changes
            if known.day <= as_of
        ],
        dispositions=_dispositions(work, as_of),
    )


def _problems(work: Work, as_of: int) -> list[ProblemItem]:
    resolutions = at(work.resolutions, as_of)
    found = []
    for name, known in _in_order(at(work.problems, as_of)):
        end = resolutions.get(name)
        ended = end is not None and ends(end, known)
        found.append(
            ProblemItem(
                problem=name,
                kind=known.kind,
                origin=known.origin,
                severity=known.severity,
                title=known.title,
                amount=None if known.amount is None else fen_to_wire(known.amount),
                due=_date(known.due),
                open=not ended,
                overdue=not ended and is_past(known, as_of),
                outcome=end.outcome if end is not None and ended else None,
                resolved_on=dt.date.fromordinal(end.day) if end is not None and ended else None,
                date=dt.date.fromordinal(known.day),
                sequence=known.sequence,
            )
        )
    return found


def _assets(work: Work, as_of: int) -> list[AssetItem]:
    return [
        AssetItem(
            asset=name,
            name=known.name,
            quantity=known.quantity,
            amount=fen_to_wire(known.amount),
            standard_amount=(
                None if known.standard_amount is None else fen_to_wire(known.standard_amount)
            ),
            standard_quantity=known.standard_quantity,
            line=None if known.line == NO_LINE else known.line,
            date=dt.date.fromordinal(known.day),
            sequence=known.sequence,
        )
        for name, known in _in_order(at(work.assets, as_of))
    ]


def _dispositions(work: Work, as_of: int) -> list[DispositionItem]:
    return [
        DispositionItem(
            disposition=name,
            measure=known.measure,
            objective_grounds=known.objective_grounds,
            effective_from=dt.date.fromordinal(known.effective_from),
            in_effect=known.effective_from <= as_of,
            amount=None if known.amount is None else fen_to_wire(known.amount),
            date=dt.date.fromordinal(known.day),
            sequence=known.sequence,
        )
        for name, known in _in_order(at(work.dispositions, as_of))
    ]


def _in_order(known: Mapping[str, V]) -> list[tuple[str, V]]:
    return sorted(known.items(), key=lambda item: (item[1].day, item[1].sequence))


def _date(day: int | None) -> dt.date | None:
    return None if day is None else dt.date.fromordinal(day)
