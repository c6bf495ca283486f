"""Which years a backtest looks at, and which projects when there are too many."""

import datetime as dt

import pytest

from services.analysis.api import backtest as route
from services.analysis.domain import Jurisdiction
from services.analysis.store.reading import Found, Page
from services.analysis.store.states import Project, Year
from services.chassis.problems import ProblemError
from tests.spec.engines import folded
from tests.support import builders

APRIL = Jurisdiction("GB", start_month=4)


@pytest.mark.parametrize(
    ("asked", "day", "years"),
    [
        ("2021,2019,2021", "2022-03-31", [2019, 2021]),
        (None, "2022-03-31", list(range(2012, 2022))),
        (None, "2022-03-30", list(range(2011, 2021))),
    ],
)
def test_years_that_are_over(asked: str | None, day: str, years: list[int]) -> None:
    """Each once, in order; without a choice the last ten whose last day was opened."""
    current = 2021

    assert years == route.asked_years(APRIL, asked, dt.date.fromisoformat(day), current)


@pytest.mark.parametrize("asked", ["2021", "2019,2022", "9999"])
def test_years_that_are_not(asked: str) -> None:
    """What has not ended cannot be compared with."""
    with pytest.raises(ProblemError) as refused:
        route.asked_years(APRIL, asked, dt.date(2022, 3, 30), 2021)

    assert (422, "year_not_over") == (refused.value.problem.status, refused.value.problem.code)


def _page(numbers: range) -> Page:
    items: list[Found] = []
    years: list[Year | None] = []
    for number in numbers:
        name = f"J/P{number}"
        engine = folded(
            [
                builders.jurisdiction("J"),
                builders.project(name),
                builders.budget(name, date="2025-01-05", fiscal_year=2025),
            ]
        )
        project = Project(engine.heads[name])
        items.append(Found(project, engine.jurisdiction(name), 0))
        years.append(Year(engine.year(name, 2025)))
    return Page([0], items, years)


def test_of_too_many_projects_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """By their names alone: however they are paged the same ones, and never more than the bound."""
    monkeypatch.setattr(route, "BACKTEST_PROJECT_YEARS_MAX", 8)
    place = Jurisdiction("J")
    one, many = route.Sample(), route.Sample()
    one.take(place, _page(range(40)))
    for first in range(0, 40, 5):
        many.take(place, _page(range(first, first + 5)))

    assert 0 < len(one.past) <= 8
    assert (one.one_in, len(one.past)) == (many.one_in, len(many.past))
    assert one.one_in > 1
