"""What analysis says: assessments, findings, the end of a day's sweep."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Data
from contracts.events.analysis.findings import FINDINGS_MAX, FindingFact
from contracts.events.analysis.money import Execution
from contracts.events.analysis.second import FindingFact as EarlierFindingFact
from contracts.events.analysis.targets import Attainment
from contracts.events.analysis.together import EarnedValue, Extended, ProjectStanding
from contracts.vocabulary import (
    BasisPoints,
    BusinessDate,
    FiscalYear,
    Identifier,
    Light,
    Name,
    Quadrant,
    Text,
)


class AssessmentMade(Data):
    """A project and fiscal year, both monitors together, at a date (Art. 2).

    Fourth version of `assessment.made`: its findings may be of disbursing that was stopped, and
    dispositions suspend projects (Art. 14(2)). `date` is the as-of date.
    """

    TYPE: ClassVar[str] = "assessment.made"
    VERSION: ClassVar[int] = 4

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


class FindingDetected(Data):
    """A finding on a single fact, sent at once and never coalesced."""

    TYPE: ClassVar[str] = "finding.detected"

    fiscal_year: FiscalYear
    """Year concerned."""
    finding: EarlierFindingFact
    """What was found."""
    explanation: Text = ""
    """In words."""


class DayAssessed(Data):
    """Every active project of one partition has been assessed for an opened day."""

    TYPE: ClassVar[str] = "day.assessed"

    partition: int
    """Partition of the ledger."""
    working_day: bool
    """Of the day that was opened."""
    projects: int
    """How many project years were assessed."""
