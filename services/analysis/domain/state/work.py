"""The work itself: milestones, checks, problems, assets, changes of plan (Art. 7, 8(3), 10).

Of facts with one id the later business date stands, then the later entry; versions are kept by
day, so that any date can be asked for.
"""

from typing import Final

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
)
from services.analysis.domain.state.money import NO_LINE

ITEMS_MAX: Final = 2_000
"""Most items of one kind that a year remembers; what comes later is kept as an entry only."""
VERSIONS_MAX: Final = 200
"""Most versions of one item; the oldest by business date go first."""


class Milestone(msgspec.Struct, array_like=True, gc=False):
    """A milestone as one fact stated it."""

    day: int
    sequence: int
    name: str
    state: MilestoneState
    topic: ExtendedTopic | None
    planned_on: int | None
    met_on: int | None
    progress_bp: int | None


class Check(msgspec.Struct, array_like=True, gc=False):
    """A check as one fact stated it."""

    day: int
    sequence: int
    mode: MonitoringMode
    topic: ExtendedTopic | None
    checked_by: str
    result: CheckResult


class Problem(msgspec.Struct, array_like=True, gc=False):
    """A problem as one fact stated it."""

    day: int
    sequence: int
    kind: ProblemKind
    origin: ProblemOrigin
    severity: Severity
    title: str
    amount: int | None
    due: int | None


class Resolution(msgspec.Struct, array_like=True, gc=False):
    """How a problem ended, as one fact stated it."""

    day: int
    sequence: int
    outcome: ProblemOutcome


class Asset(msgspec.Struct, array_like=True, gc=False):
    """An asset as one fact stated it."""

    day: int
    sequence: int
    position: int
    line: str
    name: str
    quantity: int
    amount: int
    standard_amount: int | None
    standard_quantity: int | None


class PlanChange(msgspec.Struct, array_like=True, gc=False):
    """A change of the implementation plan."""

    day: int
    sequence: int
    aspect: PlanAspect
    summary: str
    planned_end: int | None


class Disposition(msgspec.Struct, array_like=True, gc=False):
    """A measure as one fact stated it."""

    day: int
    sequence: int
    measure: Measure
    objective_grounds: bool
    effective_from: int
    amount: int | None
    line: str = NO_LINE
    """Funding line it concerns; NO_LINE: the whole project."""


class Work(msgspec.Struct, array_like=True, gc=False):
    """The work of one project year."""

    milestones: dict[str, list[Milestone]] = {}
    """By id; versions by (day, sequence), at most one per day; so in all that follows."""
    checks: dict[str, list[Check]] = {}
    problems: dict[str, list[Problem]] = {}
    resolutions: dict[str, list[Resolution]] = {}
    """By problem."""
    assets: dict[str, list[Asset]] = {}
    """By asset card."""
    plan_changes: list[PlanChange] = []
    """By (day, sequence)."""
    dispositions: dict[str, list[Disposition]] = {}
    """By id."""
