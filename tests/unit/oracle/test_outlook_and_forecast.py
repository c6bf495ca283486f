"""Where results and spending are heading, reckoned by hand (domain-rules 3, 6 and 15)."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.outlook import median, possibility
from tests.unit.oracle.facts import Story

OUTLOOK = ("trend", "slope", "forecast", "probability_bp", "possibility")


def indicator(story: Story, as_of: str, *names: str) -> tuple[Any, ...]:
    """Give some figures of the one target."""
    found = story.at(as_of)["attainment"]["indicators"]["K1"]
    return tuple(found[name] for name in names)


def forecast(story: Story, as_of: str, *names: str) -> tuple[Any, ...]:
    """Give some of the forecast."""
    found = story.at(as_of)["execution"]["forecast"]
    return tuple(found[name] for name in names)


def test_the_median_is_the_middle_or_the_mean_of_two() -> None:
    """Of slopes and of results."""
    assert median([Fraction(3), Fraction(1), Fraction(2)]) == 2
    assert median([Fraction(1), Fraction(2)]) == Fraction(3, 2)


@pytest.mark.parametrize(
    ("share", "answer"),
    [(8000, "certain"), (7999, "possible"), (2000, "possible"), (1999, "impossible")],
)
def test_possibility_by_its_share(share: int, answer: str) -> None:
    """From 80 % certain, below 20 % impossible."""
    assert possibility(share) == answer


def test_a_slope_takes_three_days() -> None:
    """Not enough data is an answer; two results of one day are one, the last."""
    story = Story().target().report("1", "2026-01-31").report("2", "2026-02-28")
    story.report("3", "2026-02-28")

    assert indicator(story, "2026-03-31", *OUTLOOK) == ("not_enough_data", None, None, None, None)


def test_what_is_met_and_cannot_be_unmet_is_certain() -> None:
    """However few results there are; a cost that is kept so far may still be exceeded."""
    met = Story().target().report("100", "2026-03-31")
    kept = Story().target(behaviour="cost", direction="at_most").report("10", "2026-03-31")

    assert indicator(met, "2026-03-31", "probability_bp", "possibility") == (10_000, "certain")
    assert indicator(kept, "2026-03-31", "probability_bp", "possibility") == (None, None)


def test_theil_sen_leads_to_the_last_due_date() -> None:
    """0, 10, 40 at days 0, 10, 20: slopes 1, 3 and 2 a day; 30 days on 70, 130, 100."""
    story = Story().target(due=["2026-02-20"])
    for value, date in (("0", "2026-01-01"), ("10", "2026-01-11"), ("40", "2026-01-21")):
        story.report(value, date)

    assert indicator(story, "2026-01-21", *OUTLOOK) == ("rising", "60", "100", 6667, "possible")


def test_a_value_at_a_point_in_time_may_fall() -> None:
    """What accumulates never falls below its last result."""
    for accumulation, foreseen in (("point_in_time", "4"), ("cumulative", "8")):
        story = Story().target(accumulation=accumulation, due=["2026-01-25"])
        for value, date in (("10", "2026-01-01"), ("9", "2026-01-11"), ("8", "2026-01-21")):
            story.report(value, date)
        expected = "7.6" if accumulation == "point_in_time" else foreseen
        assert indicator(story, "2026-01-21", "forecast") == (expected,)


def test_periods_stand_for_themselves() -> None:
    """Median of the results; the share of those that meet the target."""
    dues = ["2026-03-31", "2026-06-30", "2026-09-30"]
    story = Story().target(accumulation="per_period", due=dues)
    for value, date in (("90", "2026-03-31"), ("100", "2026-06-30"), ("110", "2026-09-30")):
        story.report(value, date, due=date)

    assert indicator(story, "2026-09-30", "forecast", "probability_bp") == ("100", 6667)


@pytest.mark.parametrize(("step", "trend"), [("0.0029", "steady"), ("0.003", "rising")])
def test_steady_is_less_than_a_hundredth_of_the_target(step: str, trend: str) -> None:
    """Over the 344 days left to the year's end: 0.9976 or 1.032 of 100."""
    story = Story().target(accumulation="point_in_time")
    for day in (0, 10, 20):
        value = Decimal(50) + Decimal(step) * day
        story.report(f"{value:.4f}", (dt.date(2026, 1, 1) + dt.timedelta(day)).isoformat())

    assert indicator(story, "2026-01-21", "trend") == (trend,)


@pytest.mark.parametrize(
    ("fields", "value", "raw"),
    [
        ({}, "130", 13_000),
        ({"accumulation": "point_in_time"}, "-10", -1000),
        ({"behaviour": "cost", "direction": "at_most"}, "50", None),
        ({"behaviour": "quality", "direction": "equal"}, "90", 9000),
        ({"target": "0"}, "1", None),
    ],
)
def test_raw_attainment_has_no_cap(fields: dict[str, Any], value: str, raw: int | None) -> None:
    """Null where no ratio is meant: reverse, range and zero targets."""
    story = Story().target(due=["2026-03-31"], **fields).report(value, "2026-03-31")

    assert indicator(story, "2026-04-01", "raw_attainment_bp") == (raw,)


def test_a_missing_result_is_overdue_after_ten_working_days() -> None:
    """31 March is a Tuesday: from 14 April on; a result of the period ends it, an older one not."""
    story = Story().target(accumulation="point_in_time", due=["2026-01-31", "2026-03-31"])
    story.report("1", "2026-01-20")
    assert indicator(story, "2026-03-30", "overdue_on") == (None,)
    assert indicator(story, "2026-03-31", "overdue_on") == ("2026-04-14",)

    story.say("calendar.published", "2026-01-01", year=2026, days_off=["2026-04-06"])
    assert indicator(story, "2026-03-31", "overdue_on") == ("2026-04-15",)

    story.report("2", "2026-05-02")
    assert indicator(story, "2026-05-02", "overdue_on") == (None,)


def test_a_standstill_asks_for_nothing() -> None:
    """Art. 14(2): neither the stage of June nor a report of it; the next one is September's."""
    stages = [{"due": "2026-06-30", "value": "7"}, {"due": "2026-09-30", "value": "9"}]
    story = Story().target(target="12", stages=stages)
    story.tell("project_state.changed", "2026-06-01", change="suspended")
    names = ("expected", "state", "next_due", "overdue_on")
    assert indicator(story, "2026-06-30", *names) == (None, "not_yet_due", None, None)

    story.tell("project_state.changed", "2026-07-10", change="resumed")
    assert indicator(story, "2026-07-10", *names)[2] == "2026-09-30"
    assert indicator(story, "2026-09-30", *names)[:2] == ("9", "not_reported")


def test_run_rate_is_of_completed_months() -> None:
    """10 by the end of March, 5 more in April: 40 a year; before a month is over the plan."""
    story = Story().budget("100.00").pay("10.00", "2026-03-01").pay("5.00", "2026-04-10")

    assert forecast(story, "2026-04-15", "method", "point", "rate_bp", "no_interval") == (
        "run_rate",
        "40.00",
        4000,
        "no_model",
    )
    assert forecast(story, "2026-01-25", "method", "point") == ("plan_following", "100.00")


def test_a_plan_is_followed_from_where_it_is() -> None:
    """5 behind stays 5 behind."""
    story = Story().budget("100.00").pay("5.00", "2026-03-01")
    story.plan(("2026-01-01", "2026-06-30", "10.00"), ("2026-07-01", "2026-12-31", "90.00"))

    assert forecast(story, "2026-06-30", "method", "point") == ("plan_following", "95.00")


def test_never_below_what_is_spent_and_due_and_never_above_the_budget() -> None:
    """Domain-rules 3: of the contract 60 fall due this year, 10 are paid."""
    story = Story().budget("100.00").pay("10.00", "2026-03-01", contract="C1")
    schedule = [{"due": "2026-09-30", "amount": "60.00"}, {"due": "2027-02-28", "amount": "20.00"}]
    known = {"amount": "80.00", "contract": "C1", "line": "L1", "schedule": schedule}
    story.tell("commitment.recorded", "2026-02-01", **known)
    assert forecast(story, "2026-06-30", "method", "point", "committed_due") == (
        "committed",
        "60.00",
        "50.00",
    )

    story.pay("80.00", "2026-07-01")
    assert forecast(story, "2026-07-01", "point") == ("140.00",)


@pytest.mark.parametrize(
    ("state", "carried", "years", "left"),
    [
        (None, "0.00", 2, ("60.00", "0.00")),
        (None, "50.00", 2, ("60.00", "50.00")),
        (None, "50.00", 3, ("110.00", "0.00")),
        (None, "50.00", 1, ("0.00", "110.00")),
        ("completed", "0.00", 2, ("0.00", "60.00")),
    ],
)
def test_carryover_and_surplus(
    state: str | None, carried: str, years: int, left: tuple[str, str]
) -> None:
    """40 of 100 are spent when the year is over; what was carried over lies on another line."""
    story = Story().budget("100.00").pay("40.00", "2026-03-01")
    story.say("monitoring_parameters.published", "2026-01-01", surplus_after_years=years)
    carry = {"line": "L2", "account": "general_public", "unit": "U1", "from_year": 2025}
    story.tell("carryover.registered", "2026-01-05", amount=carried, **carry)
    if state:
        story.tell("project_state.changed", "2026-12-01", change=state)

    found = forecast(story, "2026-12-31", "point", "no_interval", "carryover", "surplus")

    assert found == ("40.00", "year_over", *left)


def model(**of_class: Any) -> dict[str, Any]:
    """Give a model of one class fitted on the two years before."""
    known = {"low_bp": [-1000] * 12, "high_bp": [500] * 12, "method": "run_rate"}
    return {"model": "M1", "years": [2024, 2025], "classes": [known | of_class]}


def test_what_was_due_before_the_year_is_due_by_its_end() -> None:
    """Of a contract with instalments in the year; 5.00 of this one are due in the next."""
    due = {"2025-12-15": "13.00", "2026-04-28": "14.00", "2027-01-15": "5.00"}
    schedule = [{"due": day, "amount": amount} for day, amount in due.items()]
    story = Story().budget("88.00")
    story.tell(
        "commitment.recorded", "2026-02-01", amount="32.00", contract="C1", schedule=schedule
    )

    foreseen = story.at("2026-02-28")["execution"]["forecast"]
    assert foreseen["committed_due"] == "27.00"


def test_a_model_gives_method_and_interval() -> None:
    """Half of the year's money by June in past years; 10 % below and 5 % above."""
    story = Story().budget("100.00").pay("20.00", "2026-03-01")
    seasonal = [0, 0, 0, 0, 0, 5000, 6000, 7000, 8000, 9000, 9500, 10_000]
    published = model(method="seasonal_share", seasonal_bp=seasonal)
    story.say("forecast_model.published", "2026-01-05", **published)
    names = ("method", "point", "low", "high", "interval_bp", "no_interval", "model")

    assert forecast(story, "2026-06-30", *names) == (
        "seasonal_share", "40.00", "30.00", "45.00", 8000, None, "M1",
    )  # fmt: skip
    assert forecast(story, "2026-05-31", "method", "point") == ("plan_following", "78.33")


@pytest.mark.parametrize(
    ("published", "why"),
    [
        (model(), None),
        (model() | {"years": [2025, 2026]}, "year_in_model"),
        (model(project_class="procurement"), "class_not_in_model"),
    ],
)
def test_no_model_judges_its_own_years_or_an_unknown_class(
    published: dict[str, Any], why: str | None
) -> None:
    """The year that is foreseen is never among those it was fitted on."""
    story = Story().budget("100.00").pay("20.00", "2026-03-01")
    story.say("forecast_model.published", "2026-01-05", **published)

    assert forecast(story, "2026-06-30", "no_interval") == (why,)


@pytest.mark.parametrize(
    ("due", "paid", "expected"),
    [
        (("2025-12-15", "2026-04-28", "2027-01-15"), "20.00", "7.00"),
        (("2025-12-15", "2026-04-28", "2027-01-15"), "29.00", "0.00"),
        (("2025-12-15", "2027-01-14", "2027-01-15"), "20.00", "12.00"),
    ],
)
def test_what_names_no_contract_is_due_but_for_what_is_due_later(
    due: tuple[str, str, str], paid: str, expected: str
) -> None:
    """One pool of 32, of which 5 are due in the next year; all of it if none is due in this."""
    parts = [{"due": d, "amount": a} for d, a in zip(due, ("13.00", "14.00", "5.00"), strict=True)]
    story = Story().budget("88.00").pay(paid, "2026-02-02")
    story.tell("commitment.recorded", "2026-02-01", amount="32.00", schedule=parts)

    assert forecast(story, "2026-02-28", "committed_due") == (expected,)
