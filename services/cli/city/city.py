"""The city, day by day: a stream of lines that a longer run only continues."""

import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple

from services.cli.city import changes, foreseen, projects, reports, reserves, spending, watching
from services.cli.city.agenda import CLOCKS, Agenda, Phase
from services.cli.city.chance import Chance
from services.cli.city.incidents import INCIDENTS
from services.cli.city.organisations import (
    CITY,
    SYNTHETIC,
    departments,
    registrations,
    unit_data,
)
from services.cli.city.planting import assigned
from services.cli.city.projects import Project
from services.cli.city.setup import plan_year
from services.cli.city.town import Town, suppliers
from services.cli.city.wire import Line, OpenDay, Truth, Writer, iso
from services.cli.city.year import Year, drawn_year

JURISDICTION: Final = "990100-{seed}"
"""990100: no real division begins with 99; the seed keeps cities apart."""
RESERVES: Final = 3
INCIDENT_DAYS: Final = (23, 27)
"""Days of the month on which planted things happen: its regular payments are made by then."""
LEFTOVER_BP: Final = 800
"""Most of a line that is carried over; what is left beyond is returned."""
OLD_PERCENT: Final = 80
"""Projects of the first year that began before it."""
CLOSES: Final = (1, 31)
"""Month and day on which the year before is closed."""
MOVES: Final = (7, 1)
"""Month and day of the year's reorganisation."""


class Plan(NamedTuple):
    """What city, and for how long."""

    seed: int
    projects: int
    start: dt.date
    """First day that is opened; the year's facts before it come first, as history."""
    until: dt.date
    """Last day."""

    @property
    def jurisdiction(self) -> str:
        """Its code."""
        return JURISDICTION.format(seed=self.seed)


class Day(NamedTuple):
    """One day's lines in order, and the deviations planted on it."""

    date: dt.date
    lines: list[Line]
    truths: list[Truth]


def simulate(plan: Plan, chance: Chance) -> Iterator[Day]:
    """Yield the days from the start of the first fiscal year on; memory does not grow."""
    town = Town(
        Writer(plan.jurisdiction, plan.seed),
        Agenda(),
        chance,
        plan.jurisdiction,
        departments(chance),
        suppliers(),
    )
    first = dt.date(plan.start.year, 1, 1).toordinal()
    active: list[Project] = []
    _found(town, first)
    for day in range(first, plan.until.toordinal() + 1):
        date = dt.date.fromordinal(day)
        if date >= plan.start:
            town.writer.lines.append(OpenDay(plan.jurisdiction, date.isoformat()))
        _begin(town, date, active, plan)
        for phase, actions in town.agenda.take(day):
            town.writer.at(day, CLOCKS[phase])
            for act in actions:
                act()
        yield Day(date, *town.writer.take())


def _found(town: Town, day: int) -> None:
    """Register the jurisdiction and its organisations."""
    writer = town.writer
    writer.at(day, "08:00:00")
    data = {
        "date": iso(day),
        "name": f"{CITY}{SYNTHETIC}",
        "fiscal_year_start": "01-01",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "clock": "manual",
    }
    writer.fact("budget", "jurisdiction.registered", town.jurisdiction, data)
    for organisation in registrations(town.departments, iso(day)):
        writer.fact("budget", "organisation.registered", town.jurisdiction, organisation)
    foreseen.publish_model(town, dt.date.fromordinal(day).year)


def _begin(town: Town, date: dt.date, active: list[Project], plan: Plan) -> None:
    """Plan what begins with a year or a month."""
    if date.day != 1:
        return
    first = date.toordinal()
    town.writer.at(first, "08:30:00")
    if date.month == 1:
        _begin_year(town, date.year, active, plan)
    for year in town.years:
        spending.plan_month(town, year, date.month, first)
        reports.plan_month(town, year, date.month, first)
        watching.plan_month(town, year, date.month, first)
        if year.plant is None:
            changes.plan_month(town, year, date.month, first)
    if (date.month, date.day) == MOVES:
        _reorganise(town, date)


def _begin_year(town: Town, year: int, active: list[Project], plan: Plan) -> None:
    if town.years:
        _close_year(town, year - 1)
    newcomers = _renew(town, year, active, plan)
    subsidies = {place for place, one in enumerate(active) if one.project_class == "subsidy"}
    plants = assigned(len(active), newcomers, town.chance, subsidies)
    town.years = []
    for place, project in enumerate(active):
        one = drawn_year(project, year, plants.get(place), town.chance)
        town.years.append(one)
        _register(town, one)
        plan_year(town, one)
        _plan_planted(town, one)
    town.reserves = []
    for number in range(RESERVES):
        serial = year * RESERVES + number + 1_000_000
        department = town.departments[(year + number * 11) % len(town.departments)]
        project = projects.reserve(serial, town.jurisdiction, year, department)
        reserves.plan(town, project, year, late=number == 0)
    for one in town.reserves:
        _register(town, one)


def _close_year(town: Town, ended: int) -> None:
    """Remember of the year that ends what the next one needs, and close it when all is known."""
    day = dt.date(ended + 1, *CLOSES).toordinal()
    town.later(day, Phase.NIGHT, _state_closed, town, ended)
    for year in town.years:
        line = year.main
        most = line.budget * LEFTOVER_BP // 10_000
        # Units keep what they got (实拨): only money still with the treasury is carried over.
        kept = line.left if line.channel == "treasury_payment" else 0
        year.project.leftover = min(max(0, kept), most)
        year.project.lines_before = tuple(one.line for one in year.lines)


def _state_closed(town: Town, ended: int) -> None:
    data = {"date": iso(town.writer.today), "fiscal_year": ended}
    town.writer.fact("budget", "fiscal_year.closed", town.jurisdiction, data)


def _renew(town: Town, year: int, active: list[Project], plan: Plan) -> set[int]:
    """Let projects end and others begin; return the places of those that are new."""
    chance = town.chance
    began = not active
    number = max((project.number for project in active), default=0)
    active[:] = [project for project in active if project.end >= year]
    newcomers: set[int] = set()
    while len(active) < plan.projects:
        number += 1
        project = projects.drawn(number, town.jurisdiction, year, town.departments, chance)
        if began and project.end > year and chance.percent(OLD_PERCENT):
            project.start = year - chance.between(1, 3)
        else:
            newcomers.add(len(active))
        active.append(project)
    return newcomers


def _register(town: Town, year: Year) -> None:
    mode = "allotment_and_plan" if year.kind == "spending_above_plan" else "allotment"
    day = iso(town.writer.today)
    data = projects.registration(year.project, year.year, day, mode)
    town.writer.fact("budget", "project.registered", year.subject, data)


def _plan_planted(town: Town, year: Year) -> None:
    """Plan what happens to a planted project, or when it is seen that nothing did."""
    plant = year.plant
    if plant is None:
        return
    if plant.incident is not None:
        month = town.chance.between(*plant.months)
        date = dt.date(year.year, month, town.chance.between(*INCIDENT_DAYS))
        incident = INCIDENTS[plant.incident]
        town.later(date.toordinal(), Phase.DAY, incident, town, year)
    elif plant.seen is not None:
        seen = dt.date(year.year, *plant.seen).toordinal()
        town.later(seen, Phase.NIGHT, _note, town, year, seen)


def _note(town: Town, year: Year, day: int) -> None:
    plant = year.plant
    key = None if plant is None else plant.indicator
    found = next((one.indicator for one in year.indicators if one.shape.key == key), None)
    town.planted(year, day, indicator=found)


def _reorganise(town: Town, date: dt.date) -> None:
    """Move a unit to the next department in mid-year; history stays where it was."""
    place = date.year % len(town.departments)
    unit = town.departments[place].units[-1]
    parent = town.departments[(place + 1) % len(town.departments)]
    data = unit_data(unit, parent.code, date.isoformat())
    town.writer.fact("budget", "organisation.registered", town.jurisdiction, data)
