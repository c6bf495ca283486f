"""A project's year: its lines, plan, contract and promises, and how it will go."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from services.cli.city import curves
from services.cli.city.chance import Chance, part
from services.cli.city.character import PACE, Character, character, hasty
from services.cli.city.curves import Curve
from services.cli.city.indicators import BY_KEY, OTHERS, STAGED, STEADY, Indicator, Shape, drawn
from services.cli.city.planting import CRAWLING, Plant
from services.cli.city.projects import Project
from services.cli.city.wire import money

FUND_TYPES: Final = {
    "general_public": "111",
    "government_funds": "121",
    "state_capital": "131",
    "social_insurance": "141",
    "other_funds": "31",
}
ECONOMIC: Final = {
    "recurrent": ("50299", "30227"),
    "procurement": ("50306", "31002"),
    "construction": ("50301", "31001"),
    "subsidy": ("50901", "30305"),
    "one_off": ("50205", "30227"),
    "reserve": ("59999", "39999"),
}
"""Government and department economic class by class of project."""
FEN: Final = 100
"""Of a yuan."""
SIZES: Final = {
    "recurrent": (200_000, 5_000_000),
    "procurement": (300_000, 8_000_000),
    "construction": (2_000_000, 80_000_000),
    "subsidy": (500_000, 20_000_000),
    "one_off": (150_000, 2_000_000),
}
"""Least and greatest budget of a year, yuan."""
CURVES: Final = {
    "recurrent": curves.STEADY,
    "procurement": curves.PURCHASE,
    "construction": curves.WORKS,
    "subsidy": curves.QUARTERS,
    "one_off": curves.PURCHASE,
}
"""How the money of a class goes out."""
DECEMBER_PERCENT: Final = {"procurement": 20, "one_off": 50}
"""So many of a hundred are paid in December, as agreed."""


@dataclass(slots=True)
class Line:
    """A funding line in its year; amounts in fen."""

    line: str
    account: str
    channel: str
    unit: str
    function: str
    economic: tuple[str, str]
    budget: int
    curve: Curve
    pace: int
    spent: int = 0
    disbursed: int = 0
    at_once: bool = False
    """Allocations on it are expenditure (allocation_is_expenditure)."""

    @property
    def left(self) -> int:
        """What may still be spent."""
        return self.budget - self.spent

    @property
    def classification(self) -> dict[str, str]:
        """Its class codes."""
        return {
            "function": self.function,
            "government_economic": self.economic[0],
            "department_economic": self.economic[1],
            "fund_type": FUND_TYPES[self.account],
        }


@dataclass(slots=True)
class Year:
    """One project in one fiscal year."""

    project: Project
    year: int
    plant: Plant | None
    approved: int
    """Ordinal of the approval."""
    planned: bool
    contracted: bool
    main: Line
    plan_curve: Curve
    others: list[Line] = field(default_factory=list)
    plan: str | None = None
    """Id of its spending plan once approved."""
    contract: str | None = None
    """Number of its contract once signed."""
    contract_amount: int = 0
    """Signed of it; nothing while there is none."""
    contract_paid: int = 0
    """Paid under it, net."""
    supplier: int = 0
    """Place of its supplier in the city's list."""
    indicators: list[Indicator] = field(default_factory=list)
    noted: bool = False
    """Whether the ground truth names something that came about of itself."""
    adjusted: int = 0
    """Fen by which its budget was changed since its approval, net."""

    @property
    def in_order(self) -> bool:
        """Whether the ground truth names nothing of it."""
        return self.plant is None and not self.noted

    @property
    def lines(self) -> list[Line]:
        """All lines, the main one first."""
        return [self.main, *self.others]

    @property
    def subject(self) -> str:
        """The project."""
        return self.project.subject

    @property
    def kind(self) -> str:
        """Kind of what is planted; empty: nothing."""
        return "" if self.plant is None else self.plant.kind

    def line_id(self, place: int) -> str:
        """Name its funding line at a place."""
        return line_id(self.project, self.year, place)


def line_id(project: Project, year: int, place: int) -> str:
    """Name a funding line (bgt_id)."""
    return f"BGT{year}{project.number:07d}{place:02d}"


def drawn_year(project: Project, year: int, plant: Plant | None, chance: Chance) -> Year:
    """Draw how a project's year will go."""
    special = character(year)
    january = chance.percent(special.january_percent)
    january = january or (plant is not None and plant.curve is not None)
    approved = dt.date(year, 1, chance.between(6, 20)) if january else _late(year, special, chance)
    works = project.project_class in {"procurement", "construction", "one_off"}
    planned = chance.percent(60)
    if plant is not None and plant.planned is not None:
        planned = plant.planned
    contracted = works and (not planned or chance.percent(60))
    if plant is not None and plant.contract is not None:
        contracted = plant.contract
    curve = _curve(project.project_class, plant, chance)
    first = approved.month + 1
    # What is paid in December by agreement has a plan that says so.
    planned = planned or curve == curves.DECEMBER
    puts_off = plant is None and special.hasty_percent and chance.percent(special.hasty_percent)
    paced = hasty(curve) if puts_off else curve
    main = _main_line(project, year, plant, curves.late_start(paced, first), chance)
    promised = plant.plan_curve if plant is not None and plant.plan_curve is not None else curve
    found = Year(project, year, plant, approved.toordinal(), planned, contracted, main,
                 curves.late_start(promised, first))  # fmt: skip
    found.others = _other_lines(found, chance)
    found.indicators = _indicators(found, curve, chance)
    return found


def _late(year: int, special: Character, chance: Chance) -> dt.date:
    return dt.date(year, special.late_month, chance.between(18, 27))


def _curve(project_class: str, plant: Plant | None, chance: Chance) -> Curve:
    if plant is not None and plant.curve is not None:
        return plant.curve
    if chance.percent(DECEMBER_PERCENT.get(project_class, 0)):
        return curves.DECEMBER
    return CURVES[project_class]


def _account(project: Project, chance: Chance) -> str:
    division = project.department.domain.division
    if division in {"construction", "environment"} and chance.percent(25):
        return "government_funds"
    if division == "industry" and chance.percent(20):
        return "state_capital"
    if division == "welfare" and chance.percent(20):
        return "social_insurance"
    return "general_public"


def _main_line(
    project: Project, year: int, plant: Plant | None, curve: Curve, chance: Chance
) -> Line:
    channel = "allocation" if chance.percent(12) else "treasury_payment"
    special = character(year)
    pace = special.pace
    if plant is not None:
        # What is planted is about the usual channel unless it names one.
        channel = plant.channel or "treasury_payment"
        pace = plant.pace or PACE
    least = 0 if plant is None else plant.least_yuan * FEN
    return Line(
        line_id(project, year, 1),
        _account(project, chance),
        channel,
        project.unit.code,
        project.department.domain.function,
        ECONOMIC[project.project_class],
        max(chance.fen(*special.sized(SIZES[project.project_class])), least),
        curve,
        chance.between(*pace),
        at_once=channel == "allocation" and plant is None and chance.percent(15),
    )


def _other_lines(year: Year, chance: Chance) -> list[Line]:
    """Carryover, advance and own money beside the main line."""
    main, project, found = year.main, year.project, []
    carried = _carried(year, chance)
    if carried:
        crawls = year.plant is not None and year.plant.carryover
        curve = CRAWLING if crawls else curves.EARLY
        found.append(_side_line(year, 2, carried, curve, main.account, "treasury_payment"))
    if year.plant is not None:
        return found
    if chance.percent(15):
        amount = part(main.budget, chance.between(600, 1_500))
        found.append(_side_line(year, 3, amount, curves.EARLY, main.account, "treasury_payment"))
    if project.project_class != "subsidy" and chance.percent(12):
        amount = part(main.budget, chance.between(500, 1_200))
        found.append(_side_line(year, 4, amount, main.curve, "other_funds", "own_funds"))
    return found


def _carried(year: Year, chance: Chance) -> int:
    if year.plant is not None and year.plant.carryover:
        return part(year.main.budget, chance.between(7_000, 9_000))
    if year.plant is not None and year.plant.curve is not None:
        # What is planted about the pace is not blurred by other money.
        return 0
    if year.project.leftover:
        return year.project.leftover
    old = year.project.start < year.year
    return part(year.main.budget, chance.between(500, 1_000)) if old and chance.percent(20) else 0


def _side_line(
    year: Year, place: int, fen: int, curve: Curve, account: str, channel: str
) -> Line:  # fmt: skip
    main = year.main
    name = year.line_id(place)
    return Line(name, account, channel, main.unit, main.function, main.economic, fen, curve, 9_900)


def _indicators(year: Year, curve: Curve, chance: Chance) -> list[Indicator]:
    """Draw four to six promises; the planted one is among them."""
    steady = curve == curves.STEADY or year.project.project_class == "recurrent"
    quantity = STEADY if steady else STAGED
    shapes: list[Shape] = [quantity]
    wanted = year.plant.indicator if year.plant is not None else None
    if wanted is not None and wanted in BY_KEY:
        shapes.append(BY_KEY[wanted])
    for _ in range(chance.between(3, 5)):
        shape = chance.one(OTHERS)
        if shape not in shapes:
            shapes.append(shape)
    finish = dt.date(year.year, chance.between(5, 11), chance.between(8, 24)).toordinal()
    quantities = year.project.department.domain.quantities
    base = curve if quantity is STAGED else curves.RESULTS
    return [
        drawn(number, shape, chance.one(quantities), base, finish, chance)
        for number, shape in enumerate(shapes, 1)
    ]


def plan_periods(year: Year) -> list[dict[str, Any]]:
    """Return the months of its plan: what all lines together promise."""
    totals = [0] * curves.MONTHS
    for line in year.lines:
        curve = year.plan_curve if line is year.main else line.curve
        for month, share in enumerate(curve):
            totals[month] += part(line.budget, share)
    first = dt.date(year.year, 1, 1)
    found, before = [], 0
    for month, total in enumerate(totals, 1):
        start = first.replace(month=month)
        after = dt.date(year.year + month // 12, month % 12 + 1, 1)
        end = after - dt.timedelta(days=1)
        found.append((start.isoformat(), end.isoformat(), max(0, total - before)))
        before = max(before, total)
    return [{"start": start, "end": end, "amount": money(fen)} for start, end, fen in found]
