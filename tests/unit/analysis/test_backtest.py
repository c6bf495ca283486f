"""Methods tested on past years: nothing is known of a year but what the others say."""

import datetime as dt
from functools import cache
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import JURISDICTION_TYPES, decode
from contracts.envelope import AnyEvent
from contracts.events.intake import ForecastModelPublished
from contracts.vocabulary import ExpectedBasis, ForecastMethod, ProjectClass
from services.analysis.api.backtest import written
from services.analysis.domain import (
    Entry,
    Jurisdiction,
    ProjectHead,
    ProjectYear,
    evolve,
    evolve_head,
    evolve_jurisdiction,
    fiscal_year_of,
    new_year,
)
from services.analysis.domain.calendar import fiscal_calendar
from services.analysis.domain.forecasting.backtest import CLASS_YEARS_MIN, Backtest, backtest
from services.analysis.domain.forecasting.methods import Outlook, point_of
from services.analysis.domain.forecasting.past_years import (
    UNFITTED,
    Case,
    PastYear,
    cut_offs,
    past_year,
)
from services.analysis.domain.forecasting.trial import Score, Trial, median_shares, total
from services.cli.city.chance import Chance
from services.cli.city.city import Plan, simulate
from tests.spec.engines import folded
from tests.support.builders import PROJECT, budget, expenditure, jurisdiction, project
from tests.unit.analysis.strategies import facts

BUDGET = 100_000
SEED = 7
INTERVAL_BP = 8_000
FITTED = frozenset({2023, 2024, 2025})


def past(
    year: int, months: list[int], project_class: ProjectClass | None = ProjectClass.RECURRENT
) -> PastYear:
    """A project year that spent so much in each month, of a budget of 1,000."""
    actual = sum(months)
    cases = []
    for completed in range(12):
        spent = sum(months[:completed])
        known = Outlook(
            adjusted=BUDGET,
            spent=spent,
            spent_completed=spent,
            completed=completed,
            committed=0,
            committed_due=0,
            requested=0,
            expected=BUDGET * completed // 12,
            planned=BUDGET,
            earned=None,
            basis=ExpectedBasis.MONTHS,
            ended=False,
        )
        points = tuple(point_of(known, method)[1] for method in UNFITTED)
        cases.append(Case(completed, known, points))
    shares = tuple(10_000 * sum(months[: n + 1]) // actual for n in range(12)) if actual else None
    return PastYear(year, project_class, actual, shares, tuple(cases))


LATE = [0, 0, 0, 0, 2, 2, 4, 8, 16, 16, 24, 24]
"""Most is spent in autumn: neither the months nor the run rate see it coming."""


def city(*years: int, count: int = 12, scale: int = 900) -> list[PastYear]:
    """Projects of one class that spend alike, a little more or less each."""
    return [
        past(year, [scale * share * (94 + n) // 100 for share in LATE])
        for year in years
        for n in range(count)
    ]


def test_the_method_of_the_least_error_is_chosen() -> None:
    """Seasonal shares see a late autumn coming."""
    (chosen,) = backtest(city(2023, 2024, 2025), INTERVAL_BP).chosen

    assert ForecastMethod.SEASONAL_SHARE is chosen.fitted.method
    assert (ProjectClass.RECURRENT, 36) == (chosen.project_class, chosen.project_years)
    assert chosen.fitted.seasonal_bp is not None
    assert 10_000 == chosen.fitted.seasonal_bp[-1]


def test_every_method_is_tested_on_every_year() -> None:
    """And beside them the one that the other years would have chosen."""
    found = backtest(city(2024, 2025), INTERVAL_BP)

    told = {(one.method, one.fiscal_year) for one in found.tested}
    assert told == {(method, year) for method in (*ForecastMethod, None) for year in (2024, 2025)}
    assert all(len(one.months) == 12 for one in found.tested)
    assert all(one.score.coverage_bp is not None for one in found.tested)
    assert all(one.score.forecasts == 12 * 11 for one in found.tested)


@settings(max_examples=12, deadline=None)
@given(
    amounts=st.lists(st.integers(1, 9_000), min_size=12, max_size=12),
    count=st.integers(7, 10),
    method=st.sampled_from([*ForecastMethod, None]),
)
def test_a_year_is_never_foreseen_by_what_it_became(
    amounts: list[int], count: int, method: ForecastMethod | None
) -> None:
    """Whatever a year ends with, the forecasts of it are the same: it is not fitted on."""
    others = city(2023, 2024, count=count)
    asked = city(2025, count=count)
    changed = [
        one._replace(
            actual=sum(amounts),
            shares_bp=past(2025, amounts).shares_bp,
        )
        for one in asked
    ]

    def foreseen(group: list[PastYear]) -> list[tuple[int, int, int]]:
        tested = backtest([*others, *group], INTERVAL_BP).tested
        (one,) = [t for t in tested if t.method is method and t.fiscal_year == 2025]
        return [(score.foreseen, score.low, score.high) for score in one.months]

    assert foreseen(asked) == foreseen(changed)


def test_of_one_year_there_is_no_model() -> None:
    """What would be chosen on it could not be tested on another."""
    found = backtest(city(2025, count=30), INTERVAL_BP)
    answer = written(found)

    assert ((), None, "one_year") == (found.chosen, answer["model"], answer["no_model"])
    assert {one.method for one in found.tested} == set(UNFITTED)
    assert {None} == {one.score.coverage_bp for one in found.tested}


def test_without_past_years_there_is_nothing_to_say() -> None:
    """An answer, not a failure."""
    answer = written(backtest([], INTERVAL_BP))

    assert ("no_past_year", [], []) == (answer["no_model"], answer["tested"], answer["totals"])


def test_too_few_project_years_make_no_model() -> None:
    """Nine of a class in each of two years."""
    found = backtest(city(2024, 2025, count=9), INTERVAL_BP)

    assert (None, "too_few") == (written(found)["model"], written(found)["no_model"])
    assert found.tested


def test_small_classes_are_pooled() -> None:
    """A class that is too small goes with the others, under no name; classless money too."""
    few = [one._replace(project_class=ProjectClass.SUBSIDY) for one in city(2024, 2025, count=3)]
    none = [one._replace(project_class=None) for one in city(2024, 2025, count=2)]
    found = backtest([*city(2024, 2025), *few, *none], INTERVAL_BP)

    assert [ProjectClass.RECURRENT, None] == [one.project_class for one in found.chosen]
    pooled = found.chosen[1]
    assert 34 == pooled.project_years >= CLASS_YEARS_MIN
    assert {5} == {one.project_years for one in found.tested if one.project_class is None}


def test_a_year_that_nobody_spent_in_is_unknown() -> None:
    """Budgets that reach further than the payments of a file are no year to test on."""
    empty = [past(2026, [0] * 12) for _ in range(30)]
    found = backtest([*city(2024, 2025), *empty], INTERVAL_BP)

    assert (2024, 2025) == found.years
    assert found == backtest(city(2024, 2025), INTERVAL_BP)


def test_where_nothing_was_spent_there_is_no_share_of_it() -> None:
    """The sums are there, the error has nothing to be a share of."""
    none = [past(year, [0] * 12, None) for year in (2024, 2025) for _ in range(12)]
    found = written(backtest([*city(2024, 2025), *none], INTERVAL_BP))

    assert {None} == {o["wape_bp"] for o in found["tested"] if o["project_class"] is None}


def test_shares_are_medians_and_never_fall() -> None:
    """Month by month over project years; those that spent nothing have none."""
    years = [past(2025, [n, 100 - n, *[0] * 9, 100]) for n in (0, 10, 90)]
    shares = median_shares([*years, past(2025, [0] * 12)])

    assert shares == (500, *[5_000] * 10, 10_000)
    assert median_shares([past(2025, [0] * 12)]) is None


def test_cut_offs_are_the_ends_of_months() -> None:
    """For no month completed the eve of the first one's end."""
    days = [dt.date.fromordinal(day) for day in cut_offs(fiscal_calendar(2025, 4))]

    assert [dt.date(2025, 4, 29), dt.date(2025, 4, 30), dt.date(2025, 5, 31)] == days[:3]
    assert (12, dt.date(2026, 2, 28)) == (len(days), days[-1])
    calendar = fiscal_calendar(2025, 4)
    assert list(range(12)) == [calendar.completed(day.toordinal()) for day in days]


@settings(max_examples=60, deadline=None)
@given(events=facts, more=st.lists(st.integers(1, 9_000), max_size=4), month=st.integers(2, 11))
def test_what_comes_later_in_a_year_is_not_seen_before(
    events: list[AnyEvent], more: list[int], month: int
) -> None:
    """Facts dated after a cut-off change nothing that is foreseen at it or before."""
    later = [
        expenditure(amount=f"{yuan}.00", date=dt.date(2026, month + 1, 1 + n))
        for n, yuan in enumerate(more)
    ]

    def cases(given_: list[AnyEvent]) -> list[Case]:
        engine = folded([jurisdiction(), project(), budget(date="2026-01-02"), *given_])
        head, year = engine.heads[PROJECT], engine.year(PROJECT, 2026)
        found = past_year(engine.jurisdiction(PROJECT), head, year)
        return [case for case in found.cases if case.completed <= month] if found else []

    assert cases(events) == cases([*events, *later])


def test_a_year_without_budget_is_no_case() -> None:
    """Nothing can be foreseen of it."""
    engine = folded([jurisdiction(), project(), expenditure()])
    year = engine.year(PROJECT, 2026)

    assert past_year(engine.jurisdiction(PROJECT), engine.heads[PROJECT], year) is None


@cache
def simulated() -> list[PastYear]:
    """Four years of a small city, all its projects."""
    plan = Plan(SEED, 60, dt.date(2023, 1, 1), dt.date(2026, 12, 31))
    jurisdictions: dict[str, Jurisdiction] = {}
    heads: dict[str, ProjectHead] = {}
    years: dict[tuple[str, int], ProjectYear] = {}
    position = 0
    for day in simulate(plan, Chance(SEED)):
        for line in day.lines:
            if not isinstance(line, bytes):
                continue
            event = decode(line)
            position += 1
            entry = Entry(position, position, 0, event)
            name = event.subject
            if event.type in JURISDICTION_TYPES:
                jurisdictions[name] = evolve_jurisdiction(jurisdictions.get(name), entry)
                continue
            heads[name] = evolve_head(heads.get(name), entry)
            year = fiscal_year_of(event)
            if year is not None:
                key = name, year
                years[key] = evolve(years.get(key) or new_year(name, year), entry)
    place = jurisdictions[plan.jurisdiction]
    known = [past_year(place, heads[name], year) for (name, _), year in sorted(years.items())]
    return [one for one in known if one is not None]


@cache
def of_three_years() -> Backtest:
    """Its first three years, set against each other."""
    return backtest([one for one in simulated() if one.fiscal_year in FITTED], INTERVAL_BP)


def test_intervals_hold_on_years_that_they_were_not_made_from() -> None:
    """A simulated city, its years unlike each other: 75 to 90 % of year ends."""
    found = of_three_years()
    score = total(one.score for one in found.tested if one.method is None)

    assert sorted(FITTED) == list(found.years)
    assert 7_500 <= (score.coverage_bp or 0) <= 9_000, score


def test_a_model_holds_in_the_year_that_follows() -> None:
    """Fitted on three years, tried on the fourth as it will be: by class, 75 to 90 % together."""
    months: list[Score] = []
    for chosen in of_three_years().chosen:
        group = [one for one in simulated() if one.project_class is chosen.project_class]
        if chosen.project_class is not None:
            trial = Trial(group, INTERVAL_BP)
            assert trial.fit(chosen.fitted.method, FITTED) == chosen.fitted
            months += trial.months(chosen.fitted.method, FITTED, 2026)[1:]
    score = total(months)

    assert 7_500 <= (score.coverage_bp or 0) <= 9_000, score


def test_the_simulated_citys_model_can_be_published() -> None:
    """What is written of it is a fact as the contract has it; its intervals narrow, on average."""
    model = written(of_three_years())["model"]
    data = ForecastModelPublished.model_validate({"date": "2026-01-31", "model": "M", **model})
    early, late = (
        [known.high_bp[month] - known.low_bp[month] for known in data.classes] for month in (3, 11)
    )

    assert ProjectClass.RECURRENT in {known.project_class for known in data.classes}
    assert mean(late) < mean(early), (early, late)


@pytest.mark.parametrize("method", ForecastMethod)
def test_equal_past_years_give_equal_answers(method: ForecastMethod) -> None:
    """In whatever order they come."""
    group = city(2023, 2024, 2025)
    first, second = backtest(group, INTERVAL_BP), backtest(group[::-1], INTERVAL_BP)

    assert first == second
    assert any(one.method is method for one in first.tested)
