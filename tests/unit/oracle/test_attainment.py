"""Attainment as reckoned by hand from domain-rules 12 to 15."""

import datetime as dt
from typing import Any

import pytest

from tests.oracle.assessment import assess
from tests.oracle.dates import fiscal_year
from tests.oracle.judged import ratio_light
from tests.unit.oracle.facts import Story

YEAR = fiscal_year(2026, "01-01")


def indicator(story: Story, as_of: str, *names: str) -> tuple[Any, ...]:
    """Give some figures of the one target of a story."""
    stated = assess(story.project, YEAR, dt.date.fromisoformat(as_of)).stated
    found = stated["attainment"]["indicators"]["K1"]
    return tuple(found[name] for name in names)


SHOWN = ("state", "ratio_bp", "attainment_bp", "light")


def test_a_cumulative_target_is_expected_by_months() -> None:
    """100 a year, 40 by June: 40 ÷ 50 is exactly 80 %, green; 40 % of the year's promise."""
    story = Story().target().report("40", "2026-06-28")

    assert ("judged", 8000, 4000, "green") == indicator(story, "2026-06-30", *SHOWN)


def test_a_stage_target_counts_from_its_due_date() -> None:
    """6.2 of 7 by June, of 12 a year (contracts' example): 88.57 %, 51.67 %."""
    stages = [{"due": "2026-06-30", "value": "7"}, {"due": "2026-12-31", "value": "12"}]
    story = Story().target(target="12", stages=stages).report("6.2", "2026-06-25")

    assert ("not_yet_due", None, None, None) == indicator(story, "2026-06-29", *SHOWN)
    assert ("judged", 8857, 5167, "green") == indicator(story, "2026-06-30", *SHOWN)


def test_a_stage_of_zero_is_met_and_has_no_ratio() -> None:
    """Domain-rules 13 of a stage: none of 4 by March; 2 of 4 for the year."""
    stages = [{"due": "2026-03-31", "value": "0"}, {"due": "2026-06-30", "value": "2"}]
    story = Story().target(target="4", stages=stages).report("2", "2026-04-28")

    assert ("judged", None, 5000, "green") == indicator(story, "2026-05-31", *SHOWN)
    assert ("judged", 10_000, 5000, "green") == indicator(story, "2026-06-30", *SHOWN)


def test_an_unmeasured_indicator_is_not_yet_due_and_then_not_reported() -> None:
    """Domain-rules 15: grey before its first due date."""
    story = Story().target(due=["2026-06-30"], accumulation="once")

    assert ("not_yet_due",) == indicator(story, "2026-06-29", "state")
    assert ("not_reported",) == indicator(story, "2026-06-30", "state")


@pytest.mark.parametrize(
    ("fields", "value", "light", "attained"),
    [
        ({"behaviour": "quality", "target": "98"}, "98", "green", 10_000),
        ({"behaviour": "quality", "target": "98"}, "49", "red", 5000),
        ({"behaviour": "cost", "direction": "at_most"}, "100", "green", 10_000),
        ({"behaviour": "cost", "direction": "at_most"}, "150", "red", 5000),
        ({"behaviour": "cost", "direction": "at_most"}, "200", "red", 0),
        ({"direction": "range", "target": "6", "target_upper": "8"}, "8", "green", 10_000),
        ({"direction": "range", "target": "6", "target_upper": "8"}, "8.1", "red", 9875),
        ({"direction": "range", "target": "6", "target_upper": "8"}, "3", "red", 5000),
        ({"direction": "equal", "target": "0"}, "0", "green", 10_000),
        ({"direction": "equal", "target": "0"}, "1", "red", 0),
    ],
)
def test_others_are_in_range_or_red(
    fields: dict[str, Any], value: str, light: str, attained: int
) -> None:
    """Domain-rules 12 and 13; forms 2.3 for what a reverse indicator is worth beyond its target."""
    story = Story().target(accumulation="point_in_time", due=["2026-06-30"], **fields)
    story.report(value, "2026-06-30")

    assert ("judged", attained, light) == indicator(
        story, "2026-07-01", "state", "attainment_bp", "light"
    )


@pytest.mark.parametrize(
    ("grade", "light"), [("met", "green"), ("partly_met", "yellow"), ("not_met", "red")]
)
def test_a_qualitative_result_is_judged_by_its_grade(grade: str, light: str) -> None:
    """Domain-rules 12; text without a grade cannot be judged, and is not refused."""
    story = Story().target(target=None, value_kind="text", behaviour="outcome")
    story.report(None, "2026-06-30")

    assert ("not_judgeable", None) == indicator(story, "2026-06-30", "state", "light")

    story.report(None, "2026-07-01", grade=grade)

    assert ("judged", light) == indicator(story, "2026-07-01", "state", "light")


def test_a_value_per_period_is_that_periods_own() -> None:
    """Domain-rules 14: the second quarter's due date asks for the second quarter's value."""
    story = Story().target(accumulation="per_period", due=["2026-03-31", "2026-06-30"])
    story.report("40", "2026-04-02", due="2026-03-31")

    assert ("judged", "red") == indicator(story, "2026-06-29", "state", "light")
    assert ("not_reported", None) == indicator(story, "2026-06-30", "state", "light")

    story.report("100", "2026-06-30")

    assert ("judged", "green") == indicator(story, "2026-06-30", "state", "light")


def test_a_deadline_is_kept_or_missed() -> None:
    """A date on or before the promised one."""
    story = Story().target(
        target=None, value_kind="date", target_date="2026-06-20", direction="at_most"
    )
    story.report(None, "2026-06-20", value_date="2026-06-20")

    assert ("judged", "green") == indicator(story, "2026-06-20", "state", "light")

    story.report(None, "2026-06-22", value_date="2026-06-21")

    assert ("judged", "red") == indicator(story, "2026-06-22", "state", "light")


@pytest.mark.parametrize(
    ("ratio", "light"),
    [(5999, "red"), (6000, "yellow"), (8000, "green"), (11_999, "green"), (12_000, "blue")],
)
def test_exactly_60_80_and_120_belong_to_the_upper_class(ratio: int, light: str) -> None:
    """Domain-rules 12."""
    assert light == ratio_light(ratio)


def test_weights_are_renormalised_over_what_is_judged() -> None:
    """The contracts' example: 20 % × 51.67 % and 16.67 % × 100 % over 36.67 % is 73.64 %."""
    story = Story()
    common = {"name": "指标", "target_text": "按时"}
    stages = [{"due": "2026-06-30", "value": "7"}]
    length = {"indicator": "K1", "behaviour": "progress", "target": "12", "stages": stages}
    quality = {"indicator": "K2", "behaviour": "quality", "target": "98", "due": ["2026-12-31"]}
    date = {"indicator": "K3", "behaviour": "timeliness", "direction": "at_most"}
    date |= {"value_kind": "date", "target_date": "2026-06-30"}
    targets = [
        common | length | {"weight_bp": 2000},
        common | quality | {"weight_bp": 1500},
        common | date,
    ]
    story.tell("targets.approved", "2026-02-26", targets=targets)
    story.report("6.2", "2026-06-30")
    story.report(None, "2026-06-30", indicator="K3", value_date="2026-06-24")

    stated = assess(story.project, YEAR, dt.date(2026, 6, 30)).stated["attainment"]

    assert (2, 7364, 7364) == tuple(
        stated[name] for name in ("judged", "attainment_rate_bp", "effect_rate_bp")
    )
    assert (1667, True) == tuple(
        stated["indicators"]["K3"][name] for name in ("weight_bp", "weight_is_default")
    )


def test_both_monitors_together() -> None:
    """Money on standard and results behind: 花钱没办成事, 25 points ahead."""
    story = Story().budget("100.00").pay("60.00").target().report("35", "2026-06-28")

    stated = assess(story.project, YEAR, dt.date(2026, 6, 30)).stated

    assert ("yellow", "results_behind", 2500) == tuple(
        stated[name] for name in ("light", "quadrant", "money_ahead_bp")
    )


def test_a_yes_or_no_is_reached_or_not() -> None:
    """Half of a yes is none: nothing of it enters the roll-up."""
    story = Story().target(value_kind="boolean", target=None, due=["2026-03-31"])
    assert indicator(story.report("0.5", "2026-03-31"), "2026-03-31", *SHOWN) == (
        "judged",
        None,
        0,
        "red",
    )
    assert indicator(story.report("1", "2026-04-01"), "2026-04-01", *SHOWN) == (
        "judged",
        None,
        10_000,
        "green",
    )
