"""Units and departments: what their projects are together, on a day that all have reported.

A unit's money is that of its own lines, whoever leads the project; what names no line is the
leading unit's (domain-rules 8). A department's is that of its projects.

Each partition adds up its own projects when it reports a day; the parts are added when all are
there. Adding needs no order, so whoever judges finds the same.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

from contracts.events.analysis import AssessmentMade, LineFigures, Money
from contracts.vocabulary import ExpectedBasis, Light, rate_bp
from services.alerts.domain.facts import RawFacts, Scope
from services.alerts.domain.rules import Rule

YOUNG_DAYS: Final = 90
"""How long after its approval a project whose expectation rests on months alone is not reckoned
with (domain-rules 11), the last day included; unless a layer says otherwise of projects."""
OF_PROJECTS: Final = "execution_behind_standard"
"""Rule by which projects' own execution is judged …"""
WAITING: Final = "days_after_approval"
"""… and its parameter for how long it waits: a unit is not accused before its projects."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Figures of some projects of one organisation and fiscal year; amounts in fen."""

    projects: int = 0
    """With a budget."""
    judged: int = 0
    """Of them with a light."""
    red: int = 0
    yellow: int = 0
    adjusted_budget: int = 0
    judged_budget: int = 0
    """Without undistributed lines."""
    spent: int = 0
    expecting: int = 0
    """Projects whose execution is judged: see `_judged`."""
    expected_spent: int = 0
    """What should be spent on those."""
    spent_of_expecting: int = 0
    """What is spent on those."""
    indicators_overdue: int = 0
    frozen: int = 0
    """Projects that are frozen (domain-rules 17f)."""
    unpaid_committed: int = 0
    """Commitments of the judged projects that are not yet paid."""
    firmly_expected: int = 0
    """What should be spent on those of them whose expectation rests on more than months."""
    firmly_spent: int = 0
    """What is spent on these."""

    def __add__(self, other: "Sums") -> "Sums":
        """Add two parts."""
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Sums)))


NOTHING: Final = Sums()


@dataclass(frozen=True, slots=True)
class Row:
    """What a project year adds to its unit and department on a day."""

    day: dt.date
    months_completed: int
    months_completed_before: int
    sums: Sums
    """What it adds to its department."""
    units: tuple["Share", ...] = ()
    """What it adds to units: that which leads it, and those that have lines of it, by code."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a project year adds to one unit."""

    unit: str
    leads: bool
    """Whether the unit leads the project; else it has lines of it."""
    sums: Sums


@dataclass(frozen=True, slots=True, order=True)
class Organisation:
    """Whose figures."""

    scope: Scope
    """Unit or department."""
    code: str
    fiscal_year: int


@dataclass(frozen=True, slots=True)
class Group:
    """An organisation's figures on a day, of one partition or of all."""

    sums: Sums
    months_completed: int
    months_completed_before: int
    department: str | None = None
    """Of a unit: the department of the projects it leads, the first by code of several."""
    beside: str | None = None
    """Of a unit: the same of the projects that others lead and it has lines of."""

    @property
    def owner(self) -> str | None:
        """Department that a unit counts as one of."""
        return self.department or self.beside

    def __add__(self, other: "Group") -> "Group":
        """Add two parts."""
        return Group(
            self.sums + other.sums,
            max(self.months_completed, other.months_completed),
            max(self.months_completed_before, other.months_completed_before),
            _first(self.department, other.department),
            _first(self.beside, other.beside),
        )


def _first(*codes: str | None) -> str | None:
    return min([code for code in codes if code is not None], default=None)


@dataclass(frozen=True, slots=True)
class _Part:
    """A project's money, or of it what is one unit's; amounts in fen."""

    adjusted_budget: int = 0
    undistributed: int = 0
    spent: int = 0
    expected: int = 0
    unpaid_committed: int = 0

    def __add__(self, other: "_Part") -> "_Part":
        # Written out: every line of every assessment is added.
        return _Part(
            self.adjusted_budget + other.adjusted_budget,
            self.undistributed + other.undistributed,
            self.spent + other.spent,
            self.expected + other.expected,
            self.unpaid_committed + other.unpaid_committed,
        )

    def __sub__(self, other: "_Part") -> "_Part":
        return _Part(
            self.adjusted_budget - other.adjusted_budget,
            self.undistributed - other.undistributed,
            self.spent - other.spent,
            self.expected - other.expected,
            self.unpaid_committed - other.unpaid_committed,
        )


def young_days(rules: Iterable[Rule]) -> int:
    """Tell for how long rules in force leave a project on months alone in peace."""
    own = next((rule for rule in rules if rule.id == OF_PROJECTS), None)
    parameter = own.parameters.get(WAITING) if own else None
    return YOUNG_DAYS if parameter is None else int(parameter.value)


def row_of(made: AssessmentMade, young: int = YOUNG_DAYS) -> Row:
    """Take from a settled assessment what it adds to those it belongs to.

    `young` is for how many days after approval months alone say nothing.
    """
    judged = _judged(made, young)
    parts: dict[str, _Part] = {}
    for line in made.execution.lines:
        parts[line.unit] = parts.get(line.unit, _Part()) + _part_of_line(line)
    listed = sum(parts.values(), _Part())
    whole = _whole(made, listed.undistributed)
    lead = made.lead_unit
    if lead is not None:
        # Also of a project with more lines than an assessment lists.
        parts[lead] = parts.get(lead, _Part()) + (whole - listed)
    shares = tuple(
        Share(unit, unit == lead, _sums(made, part, judged=judged, leads=unit == lead))
        for unit, part in sorted(parts.items())
    )
    sums = _sums(made, whole, judged=judged, leads=True)
    return Row(made.date, made.months_completed, made.months_completed_before, sums, shares)


def _part_of_line(line: LineFigures) -> _Part:
    return _part(line.money, line.expected_spent, line.money.adjusted_budget * line.undistributed)


def _whole(made: AssessmentMade, undistributed: int) -> _Part:
    return _part(made.execution.money, made.execution.expected_spent, undistributed)


def _part(money: Money, expected: int | None, undistributed: int) -> _Part:
    return _Part(
        money.adjusted_budget,
        undistributed,
        money.spent,
        expected or 0,
        # By definition uncommitted_balance = balance − commitments not yet paid.
        money.balance - money.uncommitted_balance,
    )


def _sums(made: AssessmentMade, part: _Part, *, judged: bool, leads: bool) -> Sums:
    """Add up a part of a project; who leads it answers for its results, with or without money."""
    expected = max(part.expected, 0) if judged else 0
    firm = expected > 0 and made.execution.expected_basis is not ExpectedBasis.MONTHS
    counts = leads or part.adjusted_budget > 0
    return Sums(
        projects=int(part.adjusted_budget > 0),
        judged=int(counts and made.light is not None),
        red=int(counts and made.light is Light.RED),
        yellow=int(counts and made.light is Light.YELLOW),
        adjusted_budget=part.adjusted_budget,
        judged_budget=part.adjusted_budget - part.undistributed,
        spent=part.spent,
        expecting=int(expected > 0),
        expected_spent=expected,
        spent_of_expecting=part.spent if expected > 0 else 0,
        indicators_overdue=sum(
            figures.overdue_on is not None and figures.overdue_on <= made.date
            for figures in made.attainment.indicators
            if leads
        ),
        frozen=int(counts and made.standing.frozen),
        unpaid_committed=part.unpaid_committed if expected > 0 else 0,
        firmly_expected=expected if firm else 0,
        firmly_spent=part.spent if firm else 0,
    )


def _judged(made: AssessmentMade, young: int) -> bool:
    """Tell whether a project's execution bears on its unit's: as its own alerts are raised.

    Not where nothing is expected (domain-rules 10), where it is frozen (17f), or where months alone
    say what is expected so soon after its approval (11).
    """
    execution = made.execution
    if made.standing.frozen or not execution.expected_spent or execution.expected_spent < 0:
        return False
    if execution.expected_basis is not ExpectedBasis.MONTHS or execution.approved_on is None:
        return True
    return (made.date - execution.approved_on).days > young


def facts_of(organisation: Organisation, group: Group, name: str = "") -> RawFacts:
    """Return the facts of a unit or department, null where nothing is expected or judged."""
    sums = group.sums
    expected = sums.expected_spent if sums.expecting else None
    own: RawFacts = {
        "code": organisation.code,
        "name": name,
        "fiscal_year": organisation.fiscal_year,
        "months_completed": group.months_completed,
        "months_completed_before": group.months_completed_before,
        "projects": sums.projects,
        "judged_projects": sums.judged,
        "red_projects": sums.red,
        "yellow_projects": sums.yellow,
        "red_share_bp": rate_bp(sums.red, sums.judged),
        "adjusted_budget": sums.adjusted_budget,
        "judged_budget": sums.judged_budget,
        "spent": sums.spent,
        "expected_spent": expected,
        "execution_rate_bp": rate_bp(sums.spent, sums.adjusted_budget)
        if sums.adjusted_budget > 0
        else None,
        "ratio_bp": rate_bp(sums.spent_of_expecting, expected or 0),
        "indicators_overdue": sums.indicators_overdue,
        "expecting_projects": sums.expecting,
        "frozen_projects": sums.frozen,
        "spent_of_expecting": sums.spent_of_expecting,
        "unpaid_committed": sums.unpaid_committed,
        "firm_ratio_bp": rate_bp(sums.firmly_spent, sums.firmly_expected),
    }
    return {f"{organisation.scope}.{fact}": value for fact, value in own.items()}
