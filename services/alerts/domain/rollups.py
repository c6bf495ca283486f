"""Units and departments: what their projects are together, on a day that all have reported.

Each partition adds up its own projects when it reports a day; the parts are added when all are
there. Adding needs no order, so whoever judges finds the same.
"""

import datetime as dt
from dataclasses import dataclass, fields
from typing import Final

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import ExpectedBasis, Light, rate_bp
from services.alerts.domain.facts import RawFacts, Scope

YOUNG_DAYS: Final = 90
"""How long after its approval a project whose expectation rests on months alone is not reckoned
with (domain-rules 11), the last day included."""


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
    """Of a unit: the department of its projects, the first by code if there are several."""

    def __add__(self, other: "Group") -> "Group":
        """Add two parts."""
        departments = [one for one in (self.department, other.department) if one is not None]
        return Group(
            self.sums + other.sums,
            max(self.months_completed, other.months_completed),
            max(self.months_completed_before, other.months_completed_before),
            min(departments, default=None),
        )


def row_of(made: AssessmentMade) -> Row:
    """Take from a settled assessment what it adds to those it belongs to."""
    return Row(made.date, made.months_completed, made.months_completed_before, _sums(made))


def _sums(made: AssessmentMade) -> Sums:
    execution, money = made.execution, made.execution.money
    undistributed = sum(
        line.money.adjusted_budget for line in execution.lines if line.undistributed
    )
    expected = execution.expected_spent or 0 if _judged(made) else 0
    firm = expected > 0 and execution.expected_basis is not ExpectedBasis.MONTHS
    return Sums(
        projects=int(money.adjusted_budget > 0),
        judged=int(made.light is not None),
        red=int(made.light is Light.RED),
        yellow=int(made.light is Light.YELLOW),
        adjusted_budget=money.adjusted_budget,
        judged_budget=money.adjusted_budget - undistributed,
        spent=money.spent,
        expecting=int(expected > 0),
        expected_spent=expected,
        spent_of_expecting=money.spent if expected > 0 else 0,
        indicators_overdue=sum(
            figures.overdue_on is not None and figures.overdue_on <= made.date
            for figures in made.attainment.indicators
        ),
        frozen=int(made.standing.frozen),
        # By definition uncommitted_balance = balance − commitments not yet paid.
        unpaid_committed=money.balance - money.uncommitted_balance if expected > 0 else 0,
        firmly_expected=expected if firm else 0,
        firmly_spent=money.spent if firm else 0,
    )


def _judged(made: AssessmentMade) -> bool:
    """Tell whether a project's execution bears on its unit's: as its own alerts are raised.

    Not where nothing is expected (domain-rules 10), where it is frozen (17f), or where months alone
    say what is expected so soon after its approval (11).
    """
    execution = made.execution
    if made.standing.frozen or not execution.expected_spent or execution.expected_spent < 0:
        return False
    if execution.expected_basis is not ExpectedBasis.MONTHS or execution.approved_on is None:
        return True
    return (made.date - execution.approved_on).days > YOUNG_DAYS


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
