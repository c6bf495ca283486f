"""What is expected of an indicator, and when: domain-rules 14 and 15."""

from typing import Any

import pytest

from contracts.vocabulary import AttainmentState, Light
from tests.spec.engines import folded
from tests.support.builders import jurisdiction, progress, target, targets, targets_adjusted
from tests.unit.analysis.indicators import (
    JUDGED,
    NOT_REPORTED,
    NOT_YET_DUE,
    indicator,
)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2026-06-30", "50"), ("2026-08-15", "58.333333"), ("2026-12-31", "100")],
)
def test_cumulative_without_stages_is_expected_by_months(as_of: str, expected: str) -> None:
    """domain-rules 14: annual target × months completed ÷ 12."""
    assert expected == indicator(targets(), progress("1", date="2026-03-01"), as_of=as_of).expected


def test_the_ratio_to_a_part_of_a_year_is_exact() -> None:
    """7/12 of 100 is 58.333…; 35 of it is exactly 60 %."""
    found = indicator(targets(), progress("35", date="2026-07-31"), as_of="2026-08-15")

    assert (6_000, Light.YELLOW) == (found.ratio_bp, found.light)


STAGES = [{"due": "2026-03-31", "value": "10"}, {"due": "2026-09-30", "value": "70"}]


@pytest.mark.parametrize("accumulation", ["cumulative", "point_in_time", "once"])
@pytest.mark.parametrize(
    ("as_of", "expected", "state"),
    [
        ("2026-03-30", None, NOT_YET_DUE),
        ("2026-03-31", "10", JUDGED),
        ("2026-09-29", "10", JUDGED),
        ("2026-09-30", "70", JUDGED),
        ("2026-12-30", "70", JUDGED),
        ("2026-12-31", "100", JUDGED),
    ],
)
def test_the_stage_target_of_the_last_due_date_is_expected(
    accumulation: str, as_of: str, expected: str | None, state: AttainmentState
) -> None:
    """domain-rules 14; at the year's end the annual target."""
    found = indicator(
        targets(target(accumulation=accumulation, stages=STAGES)),
        progress("40", date="2026-03-01"),
        as_of=as_of,
    )

    assert (expected, state) == (found.expected, found.state)


@pytest.mark.parametrize("accumulation", ["point_in_time", "per_period", "once"])
@pytest.mark.parametrize(
    ("as_of", "expected", "state"),
    [("2026-06-29", None, NOT_YET_DUE), ("2026-06-30", "100", JUDGED)],
)
def test_the_full_target_is_expected_from_its_due_date(
    accumulation: str, as_of: str, expected: str | None, state: AttainmentState
) -> None:
    """domain-rules 14, of all that does not add up over the year; measured or not."""
    found = indicator(
        targets(target(accumulation=accumulation, due=["2026-06-30"])),
        progress("40", date="2026-06-01"),
        as_of=as_of,
    )

    assert (expected, state) == (found.expected, found.state)


def test_without_due_dates_the_years_end_is_due() -> None:
    """domain-rules 14's default."""
    events = targets(target(accumulation="once", behaviour="quality"))

    assert NOT_YET_DUE is indicator(events, as_of="2026-12-30").state
    assert NOT_REPORTED is indicator(events, as_of="2026-12-31").state


def test_a_date_target_is_due_on_its_date() -> None:
    """The day it promises is the day to ask."""
    events = targets(
        target("K1", None, value_kind="date", target_date="2026-06-15", direction="at_most")
    )

    assert NOT_YET_DUE is indicator(events, as_of="2026-06-14").state
    assert NOT_REPORTED is indicator(events, as_of="2026-06-15").state


@pytest.mark.parametrize(
    ("as_of", "state", "upcoming"),
    [
        ("2026-03-30", NOT_YET_DUE, "2026-03-31"),
        ("2026-03-31", NOT_REPORTED, "2026-09-30"),
        ("2026-12-31", NOT_REPORTED, None),
    ],
)
def test_unmeasured(as_of: str, state: AttainmentState, upcoming: str | None) -> None:
    """domain-rules 15: before its first due date not yet due, then not reported."""
    found = indicator(targets(target(due=["2026-03-31", "2026-09-30"])), as_of=as_of)
    next_due = str(found.next_due) if found.next_due else None

    assert (state, upcoming, None) == (found.state, next_due, found.light)


def test_a_measured_cumulative_indicator_is_judged_before_it_is_due() -> None:
    """domain-rules 15: only an unmeasured one is not yet due."""
    found = indicator(targets(target(due=["2026-12-31"])), progress("50"), as_of="2026-06-30")

    assert (JUDGED, Light.GREEN) == (found.state, found.light)


@pytest.mark.parametrize(
    ("fields", "result", "light"),
    [
        ({"behaviour": "quality", "accumulation": "once"}, {"value": "98"}, Light.RED),
        ({"behaviour": "quality", "accumulation": "once"}, {"value": "100"}, Light.GREEN),
        ({"value_kind": "boolean"}, {"value": "1"}, Light.GREEN),
        ({"value_kind": "grade"}, {"grade": "partly_met"}, Light.YELLOW),
        (
            {"value_kind": "date", "target_date": "2026-05-08", "direction": "at_most"},
            {"value_date": "2026-04-19"},
            Light.GREEN,
        ),
    ],
    ids=["quality too low", "quality reached", "a fact", "a grade", "a date"],
)
def test_what_needs_no_expectation_is_judged_once_it_is_measured(
    fields: dict[str, Any], result: dict[str, Any], light: Light
) -> None:
    """domain-rules 15: it is not *un*measured, so it is not "not yet due"."""
    number = None if "value" not in result or "value_kind" in fields else "100"
    events = [
        targets(target("K1", number, **fields)),
        progress(result.pop("value", None), date="2026-04-19", **result),
    ]

    found = indicator(*events, as_of="2026-04-30")

    assert (JUDGED, light) == (found.state, found.light)


def test_what_is_judged_by_ratio_waits_for_something_to_be_expected() -> None:
    """domain-rules 14: a point in time is expected from its due date."""
    events = [targets(target(accumulation="point_in_time")), progress("90", date="2026-04-19")]

    assert NOT_YET_DUE is indicator(*events, as_of="2026-12-30").state
    assert JUDGED is indicator(*events, as_of="2026-12-31").state


def test_within_the_first_month_nothing_is_expected() -> None:
    """No month is completed: there is nothing to compare with."""
    found = indicator(targets(), progress("5", date="2026-01-25"), as_of="2026-01-30")

    assert (NOT_YET_DUE, None) == (found.state, found.light)


QUARTERLY: dict[str, Any] = {
    "accumulation": "per_period",
    "due": ["2026-03-31", "2026-06-30", "2026-09-30"],
}


def test_per_period_the_value_that_answers_the_last_due_date_counts() -> None:
    """By the due date it names, else by the day it stands for."""
    events = [
        targets(target(**QUARTERLY)),
        progress("90", date="2026-03-31", due="2026-03-31"),
        progress("70", date="2026-06-25"),
        progress("20", date="2026-07-10", due="2026-03-31"),
    ]

    assert "90" == indicator(*events, as_of="2026-03-31").actual
    assert "70" == indicator(*events, as_of="2026-06-30").actual
    assert "70" == indicator(*events, as_of="2026-07-31").actual
    assert NOT_REPORTED is indicator(*events, as_of="2026-09-30").state


def test_the_last_result_counts_by_business_date() -> None:
    """A late arrival of an earlier day changes nothing; a later entry of the same day does."""
    events = [
        targets(),
        progress("50", date="2026-06-30"),
        progress("45", date="2026-05-31"),
        progress("55", date="2026-06-30"),
    ]
    found = indicator(*events)

    assert ("55", "2026-06-30") == (found.actual, str(found.reported_on))


def test_targets_hold_from_their_date_and_the_later_one_replaces() -> None:
    """Art. 14(1): targets are adjusted; the day decides, not the arrival."""
    events = [
        targets_adjusted(target("K1", "60"), date="2026-05-20"),
        targets(date="2026-01-20"),
        progress("30"),
    ]

    assert "100" == indicator(*events, as_of="2026-05-19").target
    assert ("60", 10_000) == (
        (found := indicator(*events, as_of="2026-06-30")).target,
        found.ratio_bp,
    )


def test_a_withdrawn_indicator_is_gone() -> None:
    """From its date on."""
    engine = folded([jurisdiction(), targets(), targets_adjusted(withdrawn=["K1"])])

    assert 1 == len(engine.assessment(as_of="2026-05-19").attainment.indicators)
    assert () == engine.assessment(as_of="2026-05-20").attainment.indicators


def test_cumulative_ceilings_and_ranges_are_prorated_too() -> None:
    """Cost ≤ 100 over the year: 50 by June (domain-rules 14); completion is by the year."""
    promised = target(behaviour="cost", direction="at_most")
    at = indicator(targets(promised), progress("50"))
    above = indicator(targets(promised), progress("50.000001"))
    ranged = indicator(
        targets(target("K1", "90", target_upper="110", direction="range", value_kind="range")),
        progress("55"),
    )

    assert (Light.GREEN, Light.RED, 10_000) == (at.light, above.light, above.attainment_bp)
    assert (Light.GREEN, "45") == (ranged.light, ranged.expected)


def test_a_graded_number_says_what_was_expected() -> None:
    """A person judged it; what the target asked for at the date stands beside it all the same."""
    found = indicator(targets(), progress(None, grade="partly_met"))

    assert ("50", Light.YELLOW, None) == (found.expected, found.light, found.ratio_bp)
