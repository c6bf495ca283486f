"""Missing results: what answers a due date, since when one is overdue (domain-rules 16)."""

from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import IndicatorFigures
from tests.support.builders import day_opened, progress, target, targets
from tests.support.measuring import parameters, state_changed
from tests.unit.analysis.indicators import JUDGED, NOT_REPORTED, NOT_YET_DUE, indicator

QUARTERS = ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]


def promised(accumulation: str = "cumulative", **fields: Any) -> AnyEvent:
    return targets(target("K1", accumulation=accumulation, **{"due": QUARTERS, **fields}))


def overdue(*facts: AnyEvent, as_of: str = "2026-07-31") -> str | None:
    found = indicator(*facts, as_of=as_of).overdue_on
    return None if found is None else str(found)


@pytest.mark.parametrize("accumulation", ["cumulative", "point_in_time", "per_period", "once"])
def test_ten_working_days_after_the_last_due_date_reached(accumulation: str) -> None:
    """Monday to Friday; the due day itself is none of them."""
    told = {as_of: overdue(promised(accumulation), as_of=as_of) for as_of in QUARTERS}

    assert {
        "2026-03-31": "2026-04-14",
        "2026-06-30": "2026-07-14",
        "2026-09-30": "2026-10-14",
        "2026-12-31": "2027-01-14",
    } == told
    assert None is overdue(promised(accumulation), as_of="2026-03-30")


def test_days_count_as_they_were_opened() -> None:
    """A holiday is none, a worked Saturday is one."""
    holidays = [day_opened(f"2026-07-0{n}", working_day=False) for n in (1, 2)]

    assert "2026-07-15" == overdue(
        *holidays, day_opened("2026-07-04", working_day=True), promised()
    )


def test_how_many_days_is_the_jurisdictions_parameter() -> None:
    """From the day on which it holds."""
    published = parameters("2026-07-10", overdue_working_days=3)

    assert "2026-07-14" == overdue(published, promised(), as_of="2026-07-09")
    assert "2026-07-03" == overdue(published, promised(), as_of="2026-07-10")


@pytest.mark.parametrize(
    ("result", "answers"),
    [
        ({"date": "2026-03-31"}, False),
        ({"date": "2026-04-01"}, True),
        ({"date": "2026-06-30"}, True),
        ({"date": "2026-07-10"}, True),
        ({"date": "2026-07-10", "due": "2026-03-31"}, True),
        ({"date": "2026-03-31", "due": "2026-06-30"}, True),
        ({"date": "2026-08-01"}, False),
    ],
)
def test_a_value_that_goes_on_answers_from_the_period_on(
    result: dict[str, str], *, answers: bool
) -> None:
    """The second quarter's due date, asked at the end of July; what is dated later is unknown."""
    assert answers is (overdue(promised(), progress("10", **result)) is None)


@pytest.mark.parametrize(
    ("result", "answers"),
    [
        ({"date": "2026-03-31"}, False),
        ({"date": "2026-04-01"}, True),
        ({"date": "2026-06-30"}, True),
        ({"date": "2026-07-10"}, False),
        ({"date": "2026-07-10", "due": "2026-06-30"}, True),
        ({"date": "2026-06-10", "due": "2026-03-31"}, False),
    ],
)
def test_a_periods_own_value_answers_that_period_alone(
    result: dict[str, str], *, answers: bool
) -> None:
    """Named, or by its day; late results have to name it."""
    facts = (promised("per_period"), progress("10", **result))
    state = indicator(*facts, as_of="2026-07-31").state

    assert answers is (overdue(*facts) is None)
    assert (JUDGED if answers else NOT_REPORTED) is state


def test_an_old_result_is_judged_and_the_new_one_overdue() -> None:
    """A total of March still says something in July, but it is not July's."""
    facts = (promised(), progress("60", date="2026-03-31"))
    found = indicator(*facts, as_of="2026-07-31")

    assert (JUDGED, "2026-07-14") == (found.state, str(found.overdue_on))


STANDSTILL = (state_changed("suspended", "2026-05-10"), state_changed("resumed", "2026-07-15"))


def at(as_of: str, *facts: AnyEvent) -> IndicatorFigures:
    return indicator(*facts, as_of=as_of)


@pytest.mark.parametrize("accumulation", ["cumulative", "point_in_time", "per_period", "once"])
def test_a_due_date_within_a_standstill_is_none(accumulation: str) -> None:
    """暂停实施: nothing is due, missing or overdue for it (Art. 14(2))."""
    facts = (promised(accumulation, due=["2026-06-30", "2026-12-31"]), *STANDSTILL)
    found = at("2026-07-31", *facts)

    assert (NOT_YET_DUE, None, "2026-12-31") == (
        found.state,
        found.overdue_on,
        str(found.next_due),
    )


@pytest.mark.parametrize(
    ("change", "until", "expected"),
    [
        (("suspended", "2026-06-30"), None, False),
        (("suspended", "2026-07-01"), None, True),
        (("suspended", "2026-05-01"), "2026-06-30", False),
        (("suspended", "2026-05-01"), "2026-06-29", True),
        (("completed", "2026-06-01"), None, False),
        (("terminated", "2026-06-01"), None, False),
        (("started", "2026-06-01"), None, True),
    ],
)
def test_the_first_and_the_last_day_of_a_standstill_belong_to_it(
    change: tuple[str, str], until: str | None, *, expected: bool
) -> None:
    """Completed and terminated projects stand still for good."""
    stopped = state_changed(*change, **({"until": until} if until else {}))
    found = at("2026-07-31", promised("once", due=["2026-06-30"]), stopped)

    assert (NOT_REPORTED if expected else NOT_YET_DUE) is found.state


def test_what_is_stated_during_a_standstill_is_expected() -> None:
    """It was stated by somebody who knew of it."""
    stated = target("K1", accumulation="once", due=["2026-06-30"])
    before = targets(stated, date="2026-05-10")
    during = targets(stated, date="2026-05-11")

    assert NOT_YET_DUE is at("2026-07-31", before, *STANDSTILL).state
    assert NOT_REPORTED is at("2026-07-31", during, *STANDSTILL).state


def test_a_standstill_is_known_from_its_date_on() -> None:
    """As of a day before, everything is still to come."""
    found = at("2026-05-09", promised("once", due=["2026-06-30"]), *STANDSTILL)

    assert "2026-06-30" == str(found.next_due)
    assert None is at("2026-05-10", promised("once", due=["2026-06-30"]), *STANDSTILL).next_due


def test_a_period_within_a_standstill_counts_if_it_was_answered() -> None:
    """What is measured is judged; else the period before it stands."""
    first = progress("90", date="2026-03-31")
    second = progress("70", date="2026-06-30")

    assert "90" == at("2026-07-31", promised("per_period"), first, *STANDSTILL).actual
    assert "70" == at("2026-07-31", promised("per_period"), first, second, *STANDSTILL).actual
    assert NOT_REPORTED is at("2026-07-31", promised("per_period"), *STANDSTILL).state


def test_months_that_end_within_a_standstill_have_no_share() -> None:
    """May and June: ten months are left, and the light is by what is expected."""
    facts = (targets(), progress("45", date="2026-09-30"), *STANDSTILL)
    found = at("2026-09-30", *facts)

    assert ("58.333333", 7_714, 4_500) == (found.expected, found.ratio_bp, found.attainment_bp)
    assert "83.333333" == at("2026-12-31", *facts).expected


def test_stage_targets_within_a_standstill_are_left_out() -> None:
    """The one before it goes on being expected."""
    stages = [{"due": due, "value": str(25 * n)} for n, due in enumerate(QUARTERS, 1)]
    facts = (targets(target("K1", stages=stages)), progress("25", date="2026-03-31"), *STANDSTILL)

    assert ["25", "25", "75", "100"] == [at(due, *facts).expected for due in QUARTERS]


def test_a_whole_year_at_a_standstill_expects_nothing() -> None:
    """Neither light nor ratio."""
    january = state_changed("suspended", "2026-01-21")
    february = state_changed("suspended", "2026-02-01")
    facts = (targets(), progress("10", date="2026-01-25"))

    assert NOT_YET_DUE is at("2026-12-31", *facts, january).state
    assert "8.333333" == at("2026-12-31", *facts, february).expected
