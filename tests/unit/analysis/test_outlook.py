"""Where an indicator's results are heading: trend, forecast, probability, possibility."""

import datetime as dt
from fractions import Fraction
from itertools import combinations
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.analysis import IndicatorFigures
from contracts.vocabulary import Accumulation, IndicatorDirection, Possibility, Trend, rate_bp
from services.analysis.domain.attainment import outlook as domain
from services.analysis.domain.attainment.outlook import REPORTS_COMPARED_MAX, Point
from services.analysis.domain.numbers import micro, micro_text
from services.analysis.domain.state import Report, TargetTerms
from tests.support.builders import progress, target, targets
from tests.unit.analysis.indicators import indicator

FIRST = dt.date(2026, 1, 1)


def measured(
    results: dict[str, str], as_of: str = "2026-06-30", /, **fields: Any
) -> IndicatorFigures:
    """One indicator of 100 and its results by day."""
    facts = (progress(value, date=day) for day, value in results.items())
    return indicator(targets(target("K1", **fields)), *facts, as_of=as_of)


def told(found: IndicatorFigures) -> tuple[Any, ...]:
    return found.trend, found.slope, found.forecast, found.probability_bp, found.possibility


STEPS = {"2026-03-01": "10", "2026-03-31": "20", "2026-04-30": "30"}
"""Ten more every thirty days."""


def test_three_results_make_a_trend() -> None:
    """30 on 30 April and a third a day: 245 days later 111.666667, of 100."""
    assert (Trend.RISING, "10", "111.666667", 10_000, Possibility.CERTAIN) == told(measured(STEPS))


@pytest.mark.parametrize(
    "results",
    [
        {},
        {"2026-03-31": "5"},
        {"2026-03-31": "5", "2026-04-30": "9"},
        {**STEPS, "2026-07-01": "31"},
    ],
    ids=["none", "one", "two", "two by the date"],
)
def test_fewer_are_not_enough_data(results: dict[str, str]) -> None:
    """An answer; only results dated by then count."""
    found = measured(results, "2026-04-29")

    assert (Trend.NOT_ENOUGH_DATA, None, None, None, None) == told(found)


def test_results_of_one_day_are_one_result() -> None:
    """That of the last entry."""
    facts = [
        progress(value, date=day, due=due)
        for day, value, due in (
            ("2026-03-01", "10", None),
            ("2026-03-01", "12", "2026-03-31"),
            ("2026-03-31", "20", None),
        )
    ]

    assert Trend.NOT_ENOUGH_DATA is indicator(targets(), *facts).trend
    assert "13" == indicator(targets(), *facts, progress("38", date="2026-04-30")).slope


@pytest.mark.parametrize("kind", ["boolean", "date", "grade", "text"])
def test_of_what_is_no_number_nothing_is_said(kind: str) -> None:
    """Null, not "not enough data"."""
    number = "1" if kind == "boolean" else None
    found = measured(STEPS, target=number, value_kind=kind, target_date="2026-12-01")

    assert (None,) * 5 == told(found)


def test_one_wrong_result_moves_little() -> None:
    """Theil-Sen: the median of all pairs; the mean would be thrown."""
    steps = {f"2026-0{month}-01": str(10 * month) for month in range(1, 7)}
    right, wrong = measured(steps), measured({**steps, "2026-03-01": "9000"})

    assert "10" == right.slope
    assert 9 < float(wrong.slope or 0) < 11


@pytest.mark.parametrize(
    ("results", "as_of", "trend"),
    [
        (("50", "50", "50"), "2026-06-30", Trend.STEADY),
        (("50", "50.1", "50.2"), "2026-06-30", Trend.STEADY),
        (("50", "50.2", "50.4"), "2026-06-30", Trend.RISING),
        (("50", "49.8", "49.6"), "2026-06-30", Trend.FALLING),
        (("50", "50.2", "50.4"), "2026-10-31", Trend.STEADY),
        (("50", "60", "70"), "2026-12-31", Trend.STEADY),
    ],
)
def test_less_than_a_hundredth_of_the_target_until_the_years_end_is_steady(
    results: tuple[str, ...], as_of: str, trend: Trend
) -> None:
    """184 days after June: .1 in thirty days is .61, .2 is 1.23 of 100."""
    days = ("2026-03-01", "2026-03-31", "2026-04-30")
    found = measured(dict(zip(days, results, strict=True)), as_of, accumulation="point_in_time")

    assert trend is found.trend


def test_a_zero_target_is_steady_only_where_nothing_moves() -> None:
    """A hundredth of nothing is nothing."""
    assert Trend.RISING is measured(STEPS, target="0", direction="at_most").trend
    assert (
        Trend.STEADY is measured(dict.fromkeys(STEPS, "1"), target="0", direction="at_most").trend
    )


def test_the_last_due_date_within_the_year_is_foreseen() -> None:
    """Not one after it; without any, the year's end."""
    within = measured(STEPS, due=["2026-05-30", "2026-09-27", "2027-01-31"])
    beyond = measured(STEPS, due=["2027-01-31"])

    assert ("80", "111.666667") == (within.forecast, beyond.forecast)


def test_a_last_due_date_that_is_past_is_foreseen_by_the_last_result() -> None:
    """Time does not run backwards."""
    assert "30" == measured(STEPS, due=["2026-03-31"]).forecast


FALLING = {"2026-03-01": "30", "2026-03-31": "20", "2026-04-30": "10"}


def test_a_total_never_falls_below_what_is_reached_and_a_level_may() -> None:
    """Cumulative against point in time."""
    total = measured(FALLING, target="9")
    level = measured(FALLING, target="9", accumulation="point_in_time")

    assert ("10", 10_000) == (total.forecast, total.probability_bp)
    assert ("-71.666667", 0) == (level.forecast, level.probability_bp)


@pytest.mark.parametrize("accumulation", ["per_period", "once"])
def test_results_that_stand_alone_have_a_median(accumulation: str) -> None:
    """And as many chances as met the target so far."""
    results = {**STEPS, "2026-05-31": "25"}
    found = measured(results, target="20", accumulation=accumulation)

    assert ("22.5", 7_500, Possibility.POSSIBLE) == told(found)[2:]


@pytest.mark.parametrize(
    ("target_", "probability", "possibility"),
    [
        ("31", 10_000, Possibility.CERTAIN),
        ("70", 6_667, Possibility.POSSIBLE),
        ("150", 3_333, Possibility.POSSIBLE),
        ("500", 0, Possibility.IMPOSSIBLE),
    ],
)
def test_how_likely_is_the_share_of_slopes_that_lead_there(
    target_: str, probability: int, possibility: Possibility
) -> None:
    """10, 12, 30 every thirty days: slopes of 2, 10 and 18; 245 days are 8.17 of them."""
    results = {"2026-03-01": "10", "2026-03-31": "12", "2026-04-30": "30"}
    found = measured(results, target=target_)

    assert (probability, possibility) == (found.probability_bp, found.possibility)


@pytest.mark.parametrize(
    ("bp", "possibility"),
    [
        (10_000, Possibility.CERTAIN),
        (8_000, Possibility.CERTAIN),
        (7_999, Possibility.POSSIBLE),
        (2_000, Possibility.POSSIBLE),
        (1_999, Possibility.IMPOSSIBLE),
        (0, Possibility.IMPOSSIBLE),
        (None, None),
    ],
)
def test_possibility_has_three_classes(bp: int | None, possibility: Possibility | None) -> None:
    """确定能 / 有可能 / 完全不可能: exactly 80 and 20 % belong to the upper class."""
    assert possibility is domain.possibility(bp)


def test_a_total_that_has_reached_its_floor_is_certain() -> None:
    """From the first result on; a ceiling, or a level, can still be missed."""
    one = {"2026-03-31": "100"}
    three = {"2026-03-01": "90", "2026-03-31": "100", "2026-04-30": "100"}

    assert (10_000, Possibility.CERTAIN) == told(measured(one))[3:]
    assert (10_000, Possibility.CERTAIN) == told(measured(three))[3:]
    assert (None, None) == told(measured(one, direction="at_most"))[3:]
    assert 3_333 == measured(three, direction="at_most").probability_bp
    assert (None, None) == told(measured(one, accumulation="point_in_time"))[3:]


def test_a_range_can_be_overshot() -> None:
    """Every slope is asked whether it ends within both bounds."""
    bounds = {"direction": "range", "value_kind": "range", "target_upper": "120"}
    results = {"2026-03-01": "10", "2026-03-31": "12", "2026-04-30": "30"}

    assert 3_333 == measured(results, target="100", **bounds).probability_bp


def test_the_latest_days_are_compared() -> None:
    """Bounded: as many as 200; earlier ones go."""
    days = [dt.date.fromordinal(FIRST.toordinal() + n) for n in range(REPORTS_COMPARED_MAX + 50)]
    reports = [
        Report(day.toordinal(), n + 1, "", str(n), None, None, None) for n, day in enumerate(days)
    ]
    kept = domain.results(reports, days[-1].toordinal())

    assert (REPORTS_COMPARED_MAX, micro("50")) == (len(kept), kept[0][1])


def test_values_beyond_the_wire_are_held() -> None:
    """Eighteen digits before the point."""
    large = "999999999999999999"
    results = {"2026-03-01": "0", "2026-03-02": large, "2026-03-03": large}
    found = measured(results, accumulation="point_in_time")

    assert f"{large}.999999" == found.forecast == found.slope


POINTS = st.lists(
    st.tuples(st.integers(0, 365), st.integers(-(10**9), 10**9)),
    min_size=3,
    max_size=12,
    unique_by=lambda point: point[0],
).map(sorted)


@given(POINTS)
def test_the_slope_is_the_exact_median_of_all_pairs(points: list[Point]) -> None:
    """Against fractions of the standard library."""
    slopes = domain.slopes_of(points)
    exact = sorted(Fraction(b[1] - a[1], b[0] - a[0]) for a, b in combinations(points, 2))

    assert exact == [Fraction(rise, days) for _, rise, days in slopes]
    assert median(exact) == Fraction(*domain.median_slope(slopes))


def test_slopes_of_days_four_centuries_apart_are_told_apart() -> None:
    """Their order is exact."""
    found = domain.slopes_of([(0, 0), (146_096, 1), (292_193, 2)])

    assert [(1, 146_097), (1, 146_096)] == [found[0][1:], found[-1][1:]]


@given(
    points=POINTS,
    direction=st.sampled_from(["at_least", "at_most", "equal", "range"]),
    target_=st.integers(-(10**9), 10**9),
    width=st.integers(0, 10**9),
    days=st.integers(0, 365),
    falls=st.booleans(),
)
def test_the_share_of_slopes_is_that_of_asking_each(
    points: list[Point], direction: str, target_: int, width: int, days: int, *, falls: bool
) -> None:
    """Both bounds are found by halves; here every slope is asked."""
    known = SimpleNamespace(
        direction=IndicatorDirection(direction),
        target=micro_text(target_),
        target_upper=micro_text(target_ + width) if direction == "range" else None,
        accumulation=Accumulation.POINT_IN_TIME if falls else Accumulation.CUMULATIVE,
    )
    slopes = domain.slopes_of(points)
    last = points[-1][1]
    terms = cast("TargetTerms", known)
    ends = [
        last + max(Fraction(r, d), 0 if not falls else Fraction(r, d)) * days for _, r, d in slopes
    ]
    met = sum(
        {
            "at_least": end >= target_,
            "at_most": end <= target_,
            "equal": end == target_,
            "range": target_ <= end <= target_ + width,
        }[direction]
        for end in ends
    )

    assert rate_bp(met, len(slopes)) == domain._leading(terms, last, days, slopes)
