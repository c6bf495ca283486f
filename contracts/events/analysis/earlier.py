"""Versions of what analysis said that have a successor: kept as they were, upcast on read.

Each class keeps the name that it had, so that its released schema stays what it is.
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from contracts.envelope import Data, Part
from contracts.events.analysis.findings import FINDINGS_MAX
from contracts.events.analysis.money import Execution
from contracts.events.analysis.second import FindingFact
from contracts.events.analysis.targets import Attainment
from contracts.events.analysis.together import PRIORITY_MAX, EarnedValue, Extended
from contracts.vocabulary import (
    BasisPoints,
    BusinessDate,
    ControlMode,
    FiscalYear,
    Identifier,
    Light,
    Name,
    PriorityListKind,
    ProjectClass,
    ProjectState,
    Quadrant,
    Text,
)


class ProjectStanding(Part):
    """What a project is at a date, and what bears on all its figures."""

    project_class: ProjectClass | None = None
    """Its class."""
    control_mode: ControlMode = ControlMode.ALLOTMENT
    """What limits its payments."""
    new_this_year: bool = False
    """Whether its first budget is this year's."""
    state: ProjectState = ProjectState.ACTIVE
    """State at the date."""
    state_since: BusinessDate | None = None
    """Day of its latest change of state."""
    priority: Annotated[tuple[PriorityListKind, ...], Field(max_length=PRIORITY_MAX)] = ()
    """Lists it stands on: the bureau's, its department's (domain-rules 19)."""
    frozen: bool = False
    """Its publisher has been silent too long: no execution alert is raised (domain-rules 17f)."""
    late_facts: int = 0
    """Facts of the year that came after the day they are dated had ended."""
    closed_version: int | None = None
    """Version of the year's closing that holds; null while it is open (domain-rules 5)."""
    facts_after_closing: bool = False
    """Whether facts of the year came after it: a new closing version is due."""
    reprojected: bool = False
    """The figures were made anew from the ledger; nothing new has happened."""


class AssessmentMade(Data):
    """A project and fiscal year, both monitors together, at a date (Art. 2).

    `date` is the as-of date.
    """

    TYPE: ClassVar[str] = "assessment.made"

    fiscal_year: FiscalYear
    """Year assessed."""
    project_name: Name | None = None
    """Name, null while the project is not registered."""
    lead_unit: Identifier | None = None
    """Its unit."""
    department: Identifier | None = None
    """Its department."""
    goal: Text = ""
    """年度总体目标 in words: of the year's targets, else of the registration."""
    stream_sequence: int
    """Last ledger entry of the project that was folded."""
    ledger_position: int
    """Last position of its ledger partition that was folded."""
    fiscal_year_start: BusinessDate
    """First day of the year."""
    fiscal_year_end: BusinessDate
    """Last day of the year."""
    months_completed: int
    """Completed months of the year at the date (15 July = 6)."""
    months_completed_before: int = 0
    """The same at the day opened before this one; 0 where that is none: tells a checkpoint's day
    from the days after it (domain-rules 11). Only of a settled assessment."""
    settled: bool
    """False between day boundaries; true for the state at an opened day."""
    execution: Execution
    """Monitor 1."""
    attainment: Attainment
    """Monitor 2."""
    light: Light | None = None
    """Worst of execution and judged indicators; null when there is nothing to judge."""
    quadrant: Quadrant | None = None
    """Both together; null unless both are judged."""
    money_ahead_bp: BasisPoints | None = None
    """execution_rate_bp − attainment_rate_bp; null unless both are there and some of what money
    buys directly (output quantity, timeliness, quality) is judged (domain-rules 15)."""
    findings: Annotated[tuple[FindingFact, ...], Field(max_length=FINDINGS_MAX)]
    """Findings that hold."""
    findings_total: int
    """How many hold, also beyond those listed."""
    earned_value: EarnedValue | None = None
    """Earned value and earned schedule; null where domain-rules 15 says not available."""
    extended: Extended = Extended()
    """Extended monitoring (Art. 8(3)), counted."""
    standing: ProjectStanding = ProjectStanding()
    """What kind of project it is, what state it is in, and what to know before judging it."""


def assessment_v2(event: dict[str, Any]) -> dict[str, Any]:
    """Tell an `assessment.made.v1` as v2: nothing is known of changed targets and unpaired cuts."""
    return {**event, "type": "dualwatch.assessment.made.v2"}
