"""How far a campaign has come, by department, unit and state (domain-rules 23, 24). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from contracts.vocabulary import PaperKind, PaperState, rate_bp

T = TypeVar("T")

BY_STATE: Final = tuple(PaperState)


@dataclass(frozen=True, slots=True)
class Count:
    """So many papers of one kind, organisation and standing."""

    kind: PaperKind
    department: str | None
    unit: str | None
    state: PaperState
    missing: bool
    """Not handed in, or given back, and no edition of it was accepted."""
    overdue: bool
    """Missing, and its due date is over."""
    late: bool
    """Handed in after its due date."""
    covered: bool
    """A form that was in time, of a project with approved targets (domain-rules 24)."""
    papers: int


@dataclass(slots=True)
class Tally:
    """Papers counted together."""

    asked: int = 0
    by_state: dict[PaperState, int] = field(default_factory=lambda: dict.fromkeys(BY_STATE, 0))
    missing: int = 0
    overdue: int = 0
    late: int = 0
    covered: int = 0

    def add(self, count: Count) -> None:
        """Count more of them."""
        self.asked += count.papers
        self.by_state[count.state] += count.papers
        self.missing += count.missing * count.papers
        self.overdue += count.overdue * count.papers
        self.late += count.late * count.papers
        self.covered += count.covered * count.papers

    @property
    def accepted(self) -> int:
        """How many are accepted."""
        return self.by_state[PaperState.ACCEPTED]

    @property
    def coverage_bp(self) -> int | None:
        """Share of the projects asked that have targets and a form in time; null without any."""
        return rate_bp(self.covered, self.asked)


@dataclass(slots=True)
class DepartmentRow:
    """A department on the board."""

    department: str | None
    """Null: of projects that nobody has given a department."""
    forms: Tally = field(default_factory=Tally)
    report: Tally = field(default_factory=Tally)
    units: dict[str | None, Tally] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Board:
    """A campaign's board."""

    departments: tuple[DepartmentRow, ...]
    forms: Tally
    reports: Tally


def board_of(counts: Iterable[Count]) -> Board:
    """Put counts in order: departments by code, their units by code."""
    rows: dict[str | None, DepartmentRow] = {}
    forms, reports = Tally(), Tally()
    for count in counts:
        row = rows.setdefault(count.department, DepartmentRow(count.department))
        if count.kind is PaperKind.FORM:
            forms.add(count)
            row.forms.add(count)
            row.units.setdefault(count.unit, Tally()).add(count)
        else:
            reports.add(count)
            row.report.add(count)
    for row in rows.values():
        row.units = _in_order(row.units)
    return Board(tuple(_in_order(rows).values()), forms, reports)


def _in_order(by_code: Mapping[str | None, T]) -> dict[str | None, T]:
    return dict(sorted(by_code.items(), key=lambda item: (item[0] is None, item[0] or "")))
