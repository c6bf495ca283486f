"""Units and departments: what their projects come to together, and the rules about that.

From the words of docs/rules.md and docs/noise-and-terms.md and the `basis` texts of the pack: a
unit's lines count for it whoever leads their project, and what names no line for the unit that
leads it (domain-rules 8); a department answers for the projects that are registered with it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.oracle.assessment import Assessment
from tests.oracle.book import Sums
from tests.oracle.dates import FiscalYear
from tests.oracle.exact import rate_bp
from tests.oracle.expected import by_line
from tests.oracle.moment import Parameters
from tests.oracle.overviews import unit_of

UNIT: Final = "unit"
DEPARTMENT: Final = "department"
BY_MONTHS: Final = "months"
HELD: Final = "held"
STANDARD_RULE: Final = "execution_behind_standard"
"""Whose days after approval a unit's projects are given, too."""

Pack = Mapping[str, Parameters]
Organisation = tuple[str, str]
"""Scope and code."""


@dataclass(frozen=True)
class Share:
    """What a unit has of one project, in fen."""

    budgeted: bool
    """Whether it has budget on a line of it."""
    leads: bool
    spent: int
    expected: int
    unpaid: int


@dataclass(frozen=True)
class Part:
    """What one project and year adds to its units and its department, as a day was assessed."""

    department: str | None
    light: str | None
    budgeted: bool
    """Whether it has a budget in the year."""
    basis: str | None
    """What its expectation rests on; None: nothing is expected of it."""
    approved_on: dt.date | None
    frozen: bool
    overdue: int
    """Indicators whose result is overdue."""
    shares: Mapping[str, Share]
    """By unit."""

    @classmethod
    def of(cls, found: Assessment, *, frozen: bool) -> "Part":
        """Read an assessment."""
        stated, standard, book = found.stated, found.standard, found.book
        judged = standard is not None and found.stated["execution"]["ratio_bp"] is not None
        return cls(
            stated["department"],
            stated["light"],
            bool(book.lines),
            standard.basis if standard is not None and judged else None,
            book.approved_on,
            frozen,
            sum(_is_overdue(one.stated["overdue_on"], stated["date"]) for one in found.indicators),
            _shares(found),
        )

    def organisations(self) -> Iterator[Organisation]:
        """Name the department that answers for it, and the units that lead or fund it."""
        if self.department is not None:
            yield DEPARTMENT, self.department
        for unit, share in self.shares.items():
            if share.leads or share.budgeted:
                yield UNIT, unit

    def is_expecting(self, day: dt.date, days_after_approval: int) -> bool:
        """Whether its execution is judged on a day (domain-rules 10, 11, 17f)."""
        if self.basis is None or self.frozen:
            return False
        if self.basis != BY_MONTHS or self.approved_on is None:
            return True
        return (day - self.approved_on).days > days_after_approval


def _is_overdue(overdue_on: str | None, day: str) -> bool:
    return overdue_on is not None and overdue_on <= day


def _shares(found: Assessment) -> dict[str, Share]:
    """Sort a project's lines by unit; what names no line is the leading unit's."""
    due = by_line(found.book, found.standard) if found.standard else {}
    lead = found.stated["lead_unit"]
    sums: dict[str, Sums] = {}
    expected: dict[str, int] = {}
    budgeted: set[str] = set()
    for line, of_line in found.book.sums.items():
        unit = unit_of(found, line)
        if unit is None:
            continue
        sums.setdefault(unit, Sums()).add(of_line)
        expected[unit] = expected.get(unit, 0) + (due[line][0] if line in due else 0)
        if line in found.book.lines:
            budgeted.add(unit)
    if lead is not None:
        sums.setdefault(lead, Sums())
    return {
        unit: Share(
            unit in budgeted, unit == lead, of_unit.spent, expected.get(unit, 0), of_unit.unpaid
        )
        for unit, of_unit in sums.items()
    }


@dataclass
class Group:
    """What an organisation's projects come to together, in fen."""

    judged_projects: int = 0
    """With a budget and a light."""
    red_projects: int = 0
    frozen_projects: int = 0
    """Whose publisher has been silent too long."""
    indicators_overdue: int = 0
    expecting_projects: int = 0
    """Whose execution is judged."""
    spent: int = 0
    """Of the expecting ones."""
    expected: int = 0
    unpaid: int = 0
    firm_spent: int = 0
    """Of those of them whose expectation rests on more than months."""
    firm_expected: int = 0
    departments: set[str | None] = field(default_factory=set)
    """That answer for them."""

    @property
    def red_share_bp(self) -> int | None:
        """Red projects ÷ judged ones."""
        return rate_bp(self.red_projects, self.judged_projects)

    @property
    def ratio_bp(self) -> int | None:
        """Spent ÷ expected; what is spent below zero is rate 0 (domain-rules 13)."""
        return rate_bp(max(0, self.spent), self.expected)

    @property
    def firm_ratio_bp(self) -> int | None:
        """The same of what does not rest on months alone."""
        return rate_bp(max(0, self.firm_spent), self.firm_expected)

    def count(self, part: Part) -> None:
        """Count a project."""
        if part.budgeted and part.light is not None:
            self.judged_projects += 1
            self.red_projects += part.light == "red"
        self.frozen_projects += part.frozen
        self.departments.add(part.department)

    def expect(self, part: Part, share: Share) -> None:
        """Add the money of a project whose execution is judged."""
        self.expecting_projects += 1
        self.spent += share.spent
        self.expected += share.expected
        self.unpaid += share.unpaid
        if part.basis != BY_MONTHS:
            self.firm_spent += share.spent
            self.firm_expected += share.expected


def groups(
    parts: Iterable[Part], day: dt.date, days_after_approval: int
) -> dict[Organisation, Group]:
    """Add up the projects of every unit and every department."""
    found: dict[Organisation, Group] = {}
    for part in parts:
        expecting = part.is_expecting(day, days_after_approval)
        for organisation in part.organisations():
            scope, code = organisation
            group = found.setdefault(organisation, Group())
            group.count(part)
            if scope == DEPARTMENT:
                group.indicators_overdue += part.overdue
            elif expecting:
                group.expect(part, part.shares[code])
    return found


def frozen_by_organisation(parts: Mapping[str, Part]) -> dict[Organisation, list[str]]:
    """Name the frozen projects of every unit and every department; `parts` by project."""
    found: dict[Organisation, list[str]] = {}
    for project, part in sorted(parts.items()):
        for organisation in part.organisations():
            projects = found.setdefault(organisation, [])
            if part.frozen:
                projects.append(project)
    return found


def _unit_behind(group: Group, months: int, parameters: Parameters) -> str | None:
    ratio, firm = group.ratio_bp, group.firm_ratio_bp
    enough = group.expecting_projects >= parameters["projects_from"]
    if not enough or ratio is None or ratio >= parameters["yellow_below_bp"]:
        return HELD if group.frozen_projects else None
    if months < parameters["months_before"]:
        return None
    if group.spent + group.unpaid >= group.expected:
        return "info"
    red_below = parameters["red_below_bp"]
    return "red" if ratio < red_below and firm is not None and firm < red_below else "yellow"


def _red_share(group: Group, _: int, parameters: Parameters) -> str | None:
    share = group.red_share_bp
    if group.judged_projects < parameters["judged_from"] or share is None:
        return None
    if share < parameters["yellow_from_bp"]:
        return None
    return "red" if share >= parameters["red_from_bp"] else "yellow"


def _results_overdue(group: Group, _: int, parameters: Parameters) -> str | None:
    return "yellow" if group.indicators_overdue >= parameters["from"] else None


RULES: Final[Mapping[str, tuple[str, Callable[[Group, int, Parameters], str | None]]]] = {
    "unit_execution_behind": (UNIT, _unit_behind),
    "department_red_share": (DEPARTMENT, _red_share),
    "department_results_overdue": (DEPARTMENT, _results_overdue),
}
"""What each looks at, and what it says of that: nothing, a severity, or that all stays as it is."""

Key = tuple[str, str, int]
"""Rule, organisation and fiscal year: one open alert each."""


@dataclass
class Open:
    """Alerts of units and departments, judged once a day is assessed."""

    year: int = 0
    """Fiscal year of the last judged day: an earlier one's are not followed any more."""
    alerts: dict[Key, str] = field(default_factory=dict)
    """Severity of each."""
    undecided: set[Key] = field(default_factory=set)
    """What departments that share a unit judge by different layers."""

    def judge(
        self,
        found: Mapping[Organisation, Group],
        year: FiscalYear,
        day: dt.date,
        packs: Mapping[str | None, Pack],
    ) -> None:
        """Judge a day of a year by the layer of each department; None: the whole tenant's.

        A unit is judged by that of the department of its projects; of several nobody says by which.
        """
        before, self.year, self.alerts = self.alerts, year.year, {}
        unknown, self.undecided = self.undecided, set()
        months = year.months_completed(day)
        for rule, (scope, say) in RULES.items():
            for (kind, code), group in found.items():
                if kind != scope:
                    continue
                key = (rule, code, year.year)
                by = {code} if scope == DEPARTMENT else group.departments
                layers = [packs.get(name, packs[None]).get(rule) for name in by]
                said = say(group, months, layers[0]) if layers[0] is not None else None
                if any(layer != layers[0] for layer in layers) or (said == HELD and key in unknown):
                    self.undecided.add(key)
                if said == HELD:
                    said = before.get(key)
                if said is not None:
                    self.alerts[key] = said
