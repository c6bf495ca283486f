"""A department's report as data: frozen and read back as JSON, rendered from this alone."""

import datetime as dt
from dataclasses import dataclass, field

from contracts.vocabulary import SignedAmount
from services.reporting.domain.completeness import Completeness
from services.reporting.domain.correcting import AlertLine, CorrectionRow, DispositionLine
from services.reporting.domain.form import Provenance
from services.reporting.domain.results import Suggestion, SuggestionKind
from services.reporting.domain.rows import FilingRow, FormLine, KindRow, MoneyRow


@dataclass(frozen=True)
class Cause:
    """A cause as a unit stated it."""

    project: str
    project_name: str | None
    indicator: str | None
    """Name of the indicator; null: of the project's execution."""
    areas: tuple[str, ...]
    reason_type: str | None
    reason: str
    measure: str


@dataclass(frozen=True)
class Section:
    """A part of the narrative."""

    key: str
    title: str
    text: str
    edited: bool
    """Whether people wrote it; else it follows from the figures."""


@dataclass(frozen=True)
class SuggestedRow:
    """How often something is suggested, and the money it concerns."""

    kind: SuggestionKind
    label: str
    count: int
    amount: SignedAmount


@dataclass(frozen=True)
class DepartmentReport:
    """Everything that a department's report says."""

    jurisdiction: str
    department: str
    department_name: str | None
    campaign_name: str
    fiscal_year: int
    period: str
    """Period that is monitored; figures are sums from the fiscal year's first day to `as_of`."""
    as_of: dt.date
    currency: str
    filing: FilingRow
    total: MoneyRow
    accounts: tuple[MoneyRow, ...]
    functions: tuple[MoneyRow, ...]
    units: tuple[MoneyRow, ...]
    kinds: tuple[KindRow, ...]
    mean_bp: int | None
    """Mean attainment of all judged indicators."""
    lights: dict[str, int]
    execution_lights: dict[str, int]
    attainment_lights: dict[str, int]
    quadrants: dict[str, int]
    areas: dict[str, int]
    reasons: dict[str, int]
    possibilities: dict[str, int]
    """完成目标可能性 as declared."""
    foreseen_possibilities: dict[str, int]
    findings: dict[str, int]
    problems_open: int
    problems_serious: int
    problems_overdue: int
    problems_amount: SignedAmount
    correction: CorrectionRow
    causes: tuple[Cause, ...]
    forms: tuple[FormLine, ...]
    forms_left_out: int
    """Forms beyond those listed."""
    alerts: tuple[AlertLine, ...]
    alerts_left_out: int
    dispositions: tuple[DispositionLine, ...]
    suggestions: tuple[Suggestion, ...]
    suggested: tuple[SuggestedRow, ...]
    """All suggestions, counted."""
    completeness: Completeness
    sections: tuple[Section, ...]
    cut: str
    template: str
    release: str
    provenance: Provenance = field(default_factory=Provenance)
    filled_by: str = ""
    phone: str = ""
    head: str = ""
    filled_on: dt.date | None = None

    @property
    def missing(self) -> tuple[FormLine, ...]:
        """Forms of those listed that were not handed in."""
        return tuple(line for line in self.forms if line.submitted_on is None)
