"""What is watched beside money and targets: milestones, checks, problems, assets (Art. 8(3)).

Drawn from a generator of its own for each project and month: what is watched does not change what
is paid. Problems that checks find are put right in time, but for a few that nobody puts right: once
their term is over the ground truth names them. Nothing else of it is a deviation.
"""

import datetime as dt
from typing import Any, Final

from services.cli.city.agenda import Phase
from services.cli.city.chance import WHOLE_BP, Chance
from services.cli.city.town import Town
from services.cli.city.wire import iso, money
from services.cli.city.year import Year

MILESTONES: Final = (("开工", 4), ("主体完成", 8), ("竣工验收", 11))
"""What is planned of works, and the month by whose end."""
WORKS: Final = ("construction", "procurement")
LATE_PERCENT: Final = 15
"""Milestones that are met in the month after."""
CHECK_MONTHS: Final = (3, 6, 9, 11)
CHECK_PERCENT: Final = 25
PRIORITY_PERCENT: Final = 20
"""Checks that are part of the bureau's priority monitoring."""
FAILED_PERCENT: Final = 12
RESOLVED_PERCENT: Final = 85
TERM_DAYS: Final = 30
"""整改期限 of a problem."""
CHANGE_PERCENT: Final = 4
CHANGE_MONTHS: Final = range(4, 10)
ASSET_MONTHS: Final = (6, 10)
ASSET_PERCENT: Final = 40
STANDARD_YUAN: Final = 5_000
"""What the standard allows for one desk with its computer."""
RENAMED_PER_MILLE: Final = 4


def plan_month(town: Town, year: Year, month: int, first: int) -> None:
    """Plan what is seen of a project's work within a month."""
    chance = Chance(f"{town.writer.jurisdiction}:{year.subject}:{year.year}:{month}")
    works = year.project.project_class in WORKS
    if works and month == 1:
        _later(town, year.approved + 3, _plan_milestones, year)
    if works:
        _milestones(town, year, month, first, chance)
    if month in CHECK_MONTHS and chance.percent(CHECK_PERCENT):
        _later(town, first + chance.between(9, 20), _check, year, month, chance)
    if works and month in CHANGE_MONTHS and chance.percent(CHANGE_PERCENT):
        _later(town, first + chance.between(4, 18), _change_plan, year)
    bought = year.project.project_class == "procurement" and month in ASSET_MONTHS
    if bought and chance.percent(ASSET_PERCENT):
        _later(town, first + chance.between(10, 20), _acquire, year, month, chance)
    if chance.random() * 1_000 < RENAMED_PER_MILLE:
        _later(town, first + chance.between(2, 20), _rename, year)


def _later(town: Town, day: int, act: Any, *args: Any) -> None:
    town.later(day, Phase.NIGHT, act, town, *args)


def _end_of(year: int, month: int) -> int:
    return dt.date(year + month // 12, month % 12 + 1, 1).toordinal() - 1


def _milestone(town: Town, year: Year, place: int, state: str, **more: Any) -> None:
    name, month = MILESTONES[place]
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "milestone": f"JD{year.year}{year.project.number:07d}{place + 1:02d}",
        "name": f"{year.project.name}{name}",
        "state": state,
        "planned_on": iso(_end_of(year.year, month)),
        **more,
    }
    if place == len(MILESTONES) - 1:
        data["topic"] = "supervision_and_acceptance"
    town.writer.fact("units", "milestone.reported", year.subject, data)


def _plan_milestones(town: Town, year: Year) -> None:
    for place in range(len(MILESTONES)):
        _milestone(town, year, place, "scheduled")


def _milestones(town: Town, year: Year, month: int, first: int, chance: Chance) -> None:
    for place, (_, planned) in enumerate(MILESTONES):
        late = Chance(f"{year.subject}:{year.year}:{place}").percent(LATE_PERCENT)
        if month == planned + late:
            _later(town, first + chance.between(5, 24), _meet, year, place)


def _meet(town: Town, year: Year, place: int) -> None:
    done = WHOLE_BP * (place + 1) // len(MILESTONES)
    today = iso(town.writer.today)
    _milestone(town, year, place, "met", met_on=today, progress_bp=done)


def _check(town: Town, year: Year, month: int, chance: Chance) -> None:
    check = f"JC{year.year}{month:02d}{year.project.number:07d}"
    priority, failed = chance.percent(PRIORITY_PERCENT), chance.percent(FAILED_PERCENT)
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "check": check,
        "mode": "priority" if priority else "routine",
        "topic": chance.one(("tasks", "procurement", "assets", "accounting", "disclosure")),
        "checked_by": "财政局绩效管理处" if priority else year.project.department.name,
        "result": "failed" if failed else chance.one(("passed", "passed", "passed", "remarks")),
    }
    town.writer.fact("units", "check.recorded", year.subject, data)
    if failed:
        _find(town, year, check, chance)


def _find(town: Town, year: Year, check: str, chance: Chance) -> None:
    """Register what a check found; its resolution follows."""
    problem = f"WT{check[2:]}"
    today = town.writer.today
    data = {
        "date": iso(today),
        "fiscal_year": year.year,
        "problem": problem,
        "kind": chance.one(("procedure", "slow_execution", "performance")),
        "origin": "monitoring",
        "severity": "yellow",
        "title": "资料不完整,台账登记不及时",
        "check": check,
        "due": iso(today + TERM_DAYS),
    }
    town.writer.fact("units", "problem.registered", year.subject, data)
    resolved = chance.percent(RESOLVED_PERCENT)
    if resolved or not year.in_order:
        _later(town, today + chance.between(8, TERM_DAYS - 2), _resolve, year, problem)
        return
    # The last day of its term is in time.
    year.noted = True
    overdue = today + TERM_DAYS + 1
    _later(town, overdue, Town.noted, year, "problem_overdue", overdue)


def _resolve(town: Town, year: Year, problem: str) -> None:
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "problem": problem,
        "outcome": "corrected",
        "resolution": "已补齐资料并完善台账。",
        "confirmed_by": year.project.department.name,
    }
    town.writer.fact("units", "problem.resolved", year.subject, data)


def _change_plan(town: Town, year: Year) -> None:
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "aspect": "schedule",
        "summary": "部分工序顺延,总工期不变",
        "planned_end": f"{year.year}-12-15",
        "reason": "汛期影响",
    }
    town.writer.fact("units", "implementation_plan.changed", year.subject, data)


def _acquire(town: Town, year: Year, month: int, chance: Chance) -> None:
    """Buy within the standard: what is above it would be a finding."""
    quantity = chance.between(2, 20)
    each = chance.between(STANDARD_YUAN * 70, STANDARD_YUAN * 98)
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "asset": f"ZC{year.year}{month:02d}{year.project.number:07d}",
        "name": "办公用台式计算机",
        "category": "A02010105",
        "quantity": quantity,
        "amount": money(each * quantity),
        "standard_amount": money(STANDARD_YUAN * 100),
        "standard_quantity": quantity + chance.between(0, 5),
        "line": year.main.line,
        "unit": year.main.unit,
    }
    town.writer.fact("units", "asset.acquired", year.subject, data)


def _rename(town: Town, year: Year) -> None:
    name = f"{year.project.name.removesuffix('(模拟)')}(更名)(模拟)"
    data = {"date": iso(town.writer.today), "name": name, "reason": "规范项目名称"}
    town.writer.fact("budget", "project.amended", year.subject, data)
