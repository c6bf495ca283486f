"""Several fiscal years of one city: they differ, money is carried over, each year is closed."""

import json
from collections import defaultdict
from functools import cache
from statistics import median
from typing import Any

from contracts.vocabulary import ProjectClass
from services.cli.city.character import character
from services.cli.city.city import Day
from tests.unit.simulate.cities import days, fen, plan

SEED = 7
YEARS = (2023, 2024, 2025)


@cache
def _days() -> tuple[Day, ...]:
    return tuple(days(plan(SEED, 60, "2023-01-01", "2026-02-28")))


@cache
def _events() -> tuple[dict[str, Any], ...]:
    return tuple(
        json.loads(line) for day in _days() for line in day.lines if isinstance(line, bytes)
    )


def _planted() -> set[tuple[int, str]]:
    return {(truth.fiscal_year, truth.subject) for day in _days() for truth in day.truths}


def _of(kind: str) -> list[dict[str, Any]]:
    wanted = f"dualwatch.{kind}.v1"
    return [
        {**event["data"], "subject": event["subject"]}
        for event in _events()
        if event["type"] == wanted
    ]


def test_each_year_is_closed_at_the_end_of_the_next_january() -> None:
    """Once, for the jurisdiction; the current year is open."""
    said = _of("fiscal_year.closed")
    closed = {(data["fiscal_year"], data["date"], data["subject"]) for data in said}

    assert closed == {(year, f"{year + 1}-01-31", "990100-7") for year in YEARS}


def test_one_year_alone_closes_none() -> None:
    """There is nothing before it."""
    lines = (line for day in days(plan(projects=3)) for line in day.lines)

    assert not any(isinstance(line, bytes) and b"fiscal_year.closed" in line for line in lines)


def test_budgets_grow_and_one_year_is_approved_late() -> None:
    """By the year's number alone: a longer run only continues a shorter one."""
    late: defaultdict[int, list[bool]] = defaultdict(list)
    for data in _of("budget.approved"):
        late[data["fiscal_year"]].append(data["date"][5:7] == "03")

    shares = {year: sum(late[year]) / len(late[year]) for year in YEARS}
    assert shares[2023] > 0.4
    assert max(shares[2024], shares[2025]) < 0.05
    sizes = [character(year).size_bp for year in range(2023, 2029)]
    assert sorted(set(sizes)) == sizes
    assert 10_000 == character(2026).size_bp


def test_one_year_spends_later_than_another() -> None:
    """In the hasty year projects in which nothing is planted put off more to its last months."""
    planted = _planted()
    spent: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for data in _of("expenditure.recorded"):
        mark = data["fiscal_year"], data["subject"]
        if mark not in planted:
            spent[mark][data["date"][5:7] >= "11"] += fen(data["amount"])
    last = {
        year: median(
            late / (early + late) for (of, _), (early, late) in spent.items() if of == year
        )
        for year in YEARS
    }

    assert last[2024] > last[2025] > 0


def test_money_goes_on_into_the_next_year_and_projects_come_and_go() -> None:
    """Every class in every year: models are made by them."""
    carried = {data["fiscal_year"] for data in _of("carryover.registered")}
    classes: defaultdict[int, set[str]] = defaultdict(set)
    known: defaultdict[int, set[str]] = defaultdict(set)
    for data in _of("project.registered"):
        year = int(data["date"][:4])
        known[year].add(data["subject"])
        if "project_class" in data:
            classes[year].add(data["project_class"])

    assert set(YEARS) <= carried
    assert all(classes[year] == set(ProjectClass) for year in YEARS)
    assert all(
        known[year] - known[year - 1] and known[year] & known[year - 1] for year in YEARS[1:]
    )
