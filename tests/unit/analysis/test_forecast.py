"""Spending at the year's end (domain-rules 3), and what is left of the budget then (rule 6)."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from contracts.events import intake
from contracts.events.analysis import Forecast
from contracts.vocabulary import ForecastMethod, NoInterval
from services.analysis.domain import assess, new_head
from services.analysis.domain.forecasting.methods import half_up
from tests.spec.engines import folded
from tests.support.builders import (
    JURISDICTION,
    PROJECT,
    adjustment,
    budget,
    carryover,
    commitment,
    expenditure,
    fact,
    jurisdiction,
    payment_request,
    plan,
    progress,
    project,
    recovery,
    reversal,
    target,
    targets,
)
from tests.support.measuring import correction, parameters, state_changed
from tests.unit.analysis.strategies import dates, facts

BUDGET = budget(amount="1200.00", date="2026-01-05")
QUARTERS = [
    ("2026-01-01", "2026-03-31", "100.00"),
    ("2026-04-01", "2026-06-30", "200.00"),
    ("2026-07-01", "2026-09-30", "300.00"),
    ("2026-10-01", "2026-12-31", "400.00"),
]
SHARES = [0, 500, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000]


def model(*years: int, date: str = "2026-01-01", **fields: Any) -> AnyEvent:
    """A model for all classes unless it is said for which."""
    known = {
        "project_class": None,
        "method": "seasonal_share",
        "seasonal_bp": SHARES,
        "low_bp": [-1_000 + 50 * month for month in range(12)],
        "high_bp": [600 - 50 * month for month in range(12)],
        "wape_bp": 500,
        "coverage_bp": 8_100,
        "project_years": 40,
        **fields,
    }
    data = intake.ForecastModelPublished.model_validate(
        {
            "date": dt.date.fromisoformat(date),
            "model": "M1",
            "years": list(years or (2024, 2025)),
            "classes": [known],
        }
    )
    return fact(JURISDICTION, data)


def forecast(*events: AnyEvent, as_of: str = "2026-06-30") -> Forecast | None:
    made = folded([jurisdiction(), project(), *events]).assessment(as_of=as_of)
    return made.execution.forecast


def foreseen(*events: AnyEvent, as_of: str = "2026-06-30") -> Forecast:
    found = forecast(*events, as_of=as_of)
    assert found is not None
    return found


def test_an_exact_half_goes_away_from_zero() -> None:
    """As of rates and ratios."""
    assert [-2, -1, -1, 0, 1, 2] == [half_up(part, 4) for part in (-6, -4, -2, -1, 2, 6)]


def test_without_a_budget_nothing_is_foreseen() -> None:
    """There is no share of nothing."""
    assert forecast(expenditure(amount="5.00", date="2026-02-01")) is None


def test_with_a_plan_the_rest_of_the_plan_is_spent() -> None:
    """Spent so far and what the plan still expects; 50 of 300 due is not caught up."""
    found = foreseen(BUDGET, plan(QUARTERS), expenditure(amount="250.00"))

    assert (ForecastMethod.PLAN_FOLLOWING, 95_000) == (found.method, found.point)
    assert (NoInterval.NO_MODEL, None, None) == (found.no_interval, found.low, found.model)
    assert (25_000, 0) == (found.carryover, found.surplus)
    assert 7_917 == found.rate_bp


def test_without_a_plan_the_completed_months_go_on() -> None:
    """What was spent in months that are over; the running month is no full one."""
    spent = (expenditure(amount="300.00"), expenditure(amount="77.00", date="2026-07-10"))

    assert 60_000 == foreseen(BUDGET, *spent).point
    found = foreseen(BUDGET, *spent, as_of="2026-07-15")
    assert (ForecastMethod.RUN_RATE, 60_000) == (found.method, found.point)


def test_before_the_first_month_is_over_the_standard_is_followed() -> None:
    """A twelfth of nothing would foresee nothing."""
    found = foreseen(BUDGET, as_of="2026-01-20")

    assert (ForecastMethod.PLAN_FOLLOWING, 120_000) == (found.method, found.point)


def test_with_contracts_what_is_owed_is_paid() -> None:
    """Or what was applied for, if that is more; both may be about the same."""
    signed = commitment("500.00", contract="C1")
    paid = expenditure(amount="200.00", contract="C1")

    found = foreseen(BUDGET, signed, paid)
    assert (ForecastMethod.COMMITTED, 50_000, 30_000) == (
        found.method,
        found.point,
        found.committed_due,
    )
    assert 60_000 == foreseen(BUDGET, signed, paid, payment_request("600.00")).point


def test_never_below_what_is_spent_and_owed() -> None:
    """domain-rules 3: 400 spent in January run to 4,800; 900 owed; the budget is the bound."""
    found = foreseen(BUDGET, expenditure(amount="900.00"), commitment("1500.00", contract="C1"))

    assert 240_000 == found.point == 90_000 + found.committed_due
    assert 0 == found.carryover == found.surplus


def test_a_model_says_method_and_interval_for_its_class() -> None:
    """Half the year: 40 % are usual by then; −750 to +350 basis points of the budget round it."""
    found = foreseen(model(), BUDGET, expenditure(amount="300.00"))

    assert (ForecastMethod.SEASONAL_SHARE, 75_000) == (found.method, found.point)
    # low_bp[6] = −700, high_bp[6] = 300
    assert (75_000 - 8_400, 75_000 + 3_600) == (found.low, found.high)
    assert (8_000, "M1", None) == (found.interval_bp, found.model, found.no_interval)


def test_where_the_share_is_nothing_the_standard_is_followed() -> None:
    """And the method says so."""
    found = foreseen(model(), BUDGET, expenditure(amount="30.00", date="2026-01-20"),
                     as_of="2026-01-31")  # fmt: skip

    assert (ForecastMethod.PLAN_FOLLOWING, 113_000) == (found.method, found.point)
    assert "M1" == found.model


def test_results_foresee_by_what_they_cost() -> None:
    """EAC = BAC ÷ CPI: half of the results for 300 cost 600."""
    known = model(method="earned_value", seasonal_bp=None)
    promised = targets(target("A", "100", due=["2026-06-30"]), date="2026-01-06")
    reached = progress("50", "2026-06-28", indicator="A")

    found = foreseen(known, BUDGET, promised, reached, expenditure(amount="300.00"))

    assert (ForecastMethod.EARNED_VALUE, 60_000) == (found.method, found.point)


@pytest.mark.parametrize(
    ("events", "as_of", "reason"),
    [
        ((), "2026-06-30", NoInterval.NO_MODEL),
        ((model(date="2026-07-01"),), "2026-06-30", NoInterval.NO_MODEL),
        ((model(2025, 2026),), "2026-06-30", NoInterval.YEAR_IN_MODEL),
        ((model(project_class="subsidy"),), "2026-06-30", NoInterval.CLASS_NOT_IN_MODEL),
        ((model(),), "2026-12-31", NoInterval.YEAR_OVER),
    ],
)
def test_why_there_is_no_interval(
    events: tuple[AnyEvent, ...], as_of: str, reason: NoInterval
) -> None:
    """A model never foresees a year that it was fitted on, nor before it was published."""
    found = foreseen(*events, BUDGET, expenditure(amount="300.00"), as_of=as_of)

    assert reason is found.no_interval
    assert (None, None, None, None) == (found.low, found.high, found.interval_bp, found.model)


def test_when_the_year_is_over_nothing_is_foreseen_any_more() -> None:
    """What is owed then is not due within the year."""
    found = foreseen(
        BUDGET,
        expenditure(amount="300.00"),
        commitment("800.00", contract="C1"),
        as_of="2026-12-31",
    )

    assert (30_000, 0, 90_000) == (found.point, found.committed_due, found.carryover)


@pytest.mark.parametrize("as_of", ["2026-06-30", "2026-12-31"])
def test_an_ended_project_follows_the_standard(as_of: str) -> None:
    """Which expects nothing of it any more: neither the months nor contracts go on."""
    ended = state_changed("completed", "2026-05-20")
    signed = commitment("500.00", contract="C1")
    found = foreseen(BUDGET, signed, expenditure(amount="300.00"), ended, as_of=as_of)

    assert ForecastMethod.PLAN_FOLLOWING is found.method


@pytest.mark.parametrize("change", ["completed", "terminated"])
def test_what_an_ended_project_leaves_goes_back(change: str) -> None:
    """Nothing more falls due, and the balance is surplus (rule 6)."""
    spent = expenditure(amount="300.00")
    found = foreseen(model(), BUDGET, spent, state_changed(change, "2026-05-20"))

    assert (30_000, 0, 90_000) == (found.point, found.carryover, found.surplus)


@pytest.mark.parametrize(
    ("years", "from_year", "carried_on", "goes_back"),
    [
        (1, 2025, 0, 80_000),
        (2, 2025, 70_000, 10_000),
        (3, 2025, 80_000, 0),
        (3, 2024, 70_000, 10_000),
        (4, 2024, 80_000, 0),
        (4, 2023, 70_000, 10_000),
        (2, 2026, 80_000, 0),
    ],
)
def test_money_unspent_for_years_running_goes_back(
    years: int, from_year: int, carried_on: int, goes_back: int
) -> None:
    """Of 500 carried over 200 were spent and 200 more are foreseen; it is as old as it is told."""
    found = foreseen(
        parameters("2026-01-01", surplus_after_years=years),
        budget(amount="700.00", date="2026-01-05"),
        carryover("500.00", "2026-01-02", from_year=from_year),
        expenditure(amount="200.00"),
    )

    assert 40_000 == found.point
    assert (carried_on, goes_back) == (found.carryover, found.surplus)


LAST_YEARS: dict[str, Any] = {"line": "L0", "amount": "500.00", "origin": "carryover"}
NEW = budget(amount="1000.00", date="2026-01-05")


def goes_back(*events: AnyEvent, years: int = 2, as_of: str = "2026-12-31") -> int:
    """Give the surplus beside 1,000 newly approved on L1, fen."""
    known = parameters("2026-01-01", surplus_after_years=years)
    return foreseen(known, NEW, *events, as_of=as_of).surplus


@pytest.mark.parametrize(
    "carried",
    [
        carryover("500.00", line="L0"),
        budget(**LAST_YEARS),
        budget(**LAST_YEARS, period={"start": "2026-01-01", "end": "2026-12-31"}),
    ],
    ids=["registered", "approved", "approved for a period"],
)
def test_money_carried_over_without_its_year_is_last_years(carried: AnyEvent) -> None:
    """What does not say for which year it was approved is no older than it must be."""
    assert 50_000 == goes_back(carried)
    assert 0 == goes_back(carried, years=3)


def test_what_is_told_to_be_older_is_kept_apart_from_what_is_not() -> None:
    """Of one line: 200 are of 2023, 100 of 2024, 500 do not say."""
    told = [
        carryover("200.00", line="L0", from_year=2023),
        carryover("100.00", line="L0", from_year=2024),
        budget(**LAST_YEARS),
    ]

    assert [80_000, 30_000, 20_000, 0] == [goes_back(*told, years=n) for n in (2, 3, 4, 5)]


def test_old_money_is_recovered_and_spent_first() -> None:
    """Of one line; recovered by either fact."""
    told = [
        carryover("200.00", line="L0", from_year=2024),
        carryover("300.00", line="L0", from_year=2025),
        recovery("50.00", line="L0"),
        adjustment("recovery", "30.00", line="L0"),
        expenditure(amount="20.00", line="L0"),
    ]

    assert 40_000 == goes_back(*told)
    assert 10_000 == goes_back(*told, years=3)


def test_more_recovered_or_spent_than_is_old_takes_nothing_from_other_lines() -> None:
    """Each line by itself, never below nothing."""
    told = [carryover(amount, line=line) for amount, line in [("100.00", "L2"), ("50.00", "L3")]]
    spent = expenditure(amount="300.00", line="L2")

    assert 5_000 == goes_back(*told, spent)
    assert 5_000 == goes_back(*told, recovery("100.01", line="L2"))


def test_net_spending_below_nothing_makes_nothing_older() -> None:
    """What came back beyond what went out is no money that was carried over."""
    told = carryover("100.00", line="L0")

    assert 10_000 == goes_back(told, reversal("40.00", line="L0"))
    assert 10_000 == goes_back(told, reversal("40.00", line=None))


def test_money_that_names_no_line_may_be_the_old() -> None:
    """What nobody says of it is taken off: surplus is only what is left of the old for certain."""
    told = carryover("100.00", line="L0")

    assert 7_000 == goes_back(told, expenditure(amount="30.00", line=None))
    assert 0 == goes_back(told, expenditure(amount="100.01", line=None))


def test_what_is_still_foreseen_to_be_spent_is_taken_off() -> None:
    """By 30 June 300 were spent on the new line; 300 more are foreseen, on whatever line."""
    told = [carryover("500.00", line="L0"), expenditure(amount="300.00")]

    assert 20_000 == goes_back(*told, as_of="2026-06-30")
    assert 50_000 == goes_back(*told)


def test_no_more_goes_back_than_is_left() -> None:
    """The new line is overspent with the old one's money."""
    assert 20_000 == goes_back(carryover("500.00", line="L0"), expenditure(amount="1300.00"))


def test_what_was_cut_or_moved_is_carried_no_more() -> None:
    """A line holds no more of the old than it has left."""
    told = carryover("500.00", line="L0")
    moved = [
        adjustment("virement", "450.00", line="L0", direction="out"),
        adjustment("virement", "450.00"),
    ]

    assert 10_000 == goes_back(told, adjustment("cut", "400.00", line="L0"))
    assert 5_000 == goes_back(told, *moved)
    assert 3_000 == goes_back(told, *moved, expenditure(amount="20.00", line="L0"))
    assert 0 == goes_back(told, *moved, expenditure(amount="60.00", line="L0"))


def test_a_corrected_carryover_keeps_its_age() -> None:
    """On the line it was moved to, from the correction's date."""
    told = [
        carryover("500.00", line="L0", from_year=2024),
        expenditure(amount="100.00", line="L0"),
        correction(3, "2026-05-10", line="L9"),
    ]

    assert 40_000 == goes_back(*told[:2], years=3)
    assert 50_000 == goes_back(*told, years=3)
    before = foreseen(
        parameters("2026-01-01", surplus_after_years=3), NEW, *told, as_of="2026-05-09"
    )
    # 100 spent in four months: 200 more are foreseen.
    assert 50_000 - 10_000 - (before.point - 10_000) == before.surplus


@settings(max_examples=60, deadline=None)
@given(events=facts, as_of=dates)
def test_the_longer_money_may_be_kept_the_less_goes_back(
    events: list[AnyEvent], as_of: dt.date
) -> None:
    """What was left three years running was left two; nothing is kept that is not left."""
    found = [
        forecast(parameters("2025-12-01", surplus_after_years=years), *events, as_of=str(as_of))
        for years in range(1, 6)
    ]
    back = [one.surplus for one in found if one is not None]

    assert sorted(back, reverse=True) == back
    assert len({one.surplus + one.carryover for one in found if one is not None}) <= 1


def test_a_cut_budget_bounds_what_is_foreseen() -> None:
    """The cap is the budget of the day."""
    cut = adjustment("cut", "800.00", "2026-05-01")

    assert 40_000 == foreseen(BUDGET, cut, expenditure(amount="390.00")).point


bounds = st.lists(
    st.tuples(st.integers(-20_000, 20_000), st.integers(0, 20_000)), min_size=12, max_size=12
)


@settings(max_examples=150, deadline=None)
@given(
    events=facts, as_of=dates, method=st.sampled_from(ForecastMethod), residuals=bounds,
    modelled=st.booleans(),
)  # fmt: skip
def test_forecasts_keep_their_order_and_repeat(
    events: list[AnyEvent],
    as_of: dt.date,
    method: ForecastMethod,
    residuals: list[tuple[int, int]],
    modelled: bool,  # noqa: FBT001
) -> None:
    """Never below spent + committed due; low ≤ point ≤ high; the same facts, the same forecast."""
    known = model(
        method=method.value,
        low_bp=[low for low, _ in residuals],
        high_bp=[low + more for low, more in residuals],
    )
    before = [jurisdiction(), *([known] if modelled else [])]
    engine = folded([*before, *events])
    place, year = engine.jurisdiction(PROJECT), engine.year(PROJECT, 2026)
    made, again = (
        assess(place, new_head(PROJECT), year, as_of, settled=False, ledger_position=1)
        for _ in range(2)
    )

    assert made.execution == again.execution
    found, money = made.execution.forecast, made.execution.money
    if found is None:
        assert money.adjusted_budget <= 0
        return
    if found.no_interval is not NoInterval.YEAR_OVER:
        assert max(0, money.spent) + found.committed_due <= found.point
        assert found.point <= max(money.adjusted_budget, max(0, money.spent) + found.committed_due)
    assert (found.low is None) == (found.no_interval is not None)
    if found.low is not None and found.high is not None:
        assert max(0, money.spent) + found.committed_due <= found.low <= found.point <= found.high
    assert found.carryover + found.surplus == max(0, money.adjusted_budget - found.point)
    assert min(found.carryover, found.surplus) >= 0
