"""Expected progress and the execution light: domain-rules 10 and 12."""

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import Execution
from contracts.vocabulary import ExpectedBasis, Light
from tests.spec.engines import folded
from tests.support.builders import (
    adjustment,
    budget,
    carryover,
    expenditure,
    jurisdiction,
    plan,
    reversal,
)

QUARTERS = [
    ("2026-01-01", "2026-03-31", "10.00"),
    ("2026-04-01", "2026-06-30", "20.00"),
    ("2026-07-01", "2026-09-30", "30.00"),
    ("2026-10-01", "2026-12-31", "40.00"),
]


def execution(*events: AnyEvent, as_of: str = "2026-06-30", start: str = "01-01") -> Execution:
    return (
        folded([jurisdiction(fiscal_year_start=start), *events]).assessment(as_of=as_of).execution
    )


@pytest.mark.parametrize(
    ("as_of", "expected", "rate"),
    [("2026-01-30", 0, 0), ("2026-05-31", 4_167, 4_167), ("2026-07-15", 5_000, 5_000)],
)
def test_without_a_plan_months_completed_are_the_standard(
    as_of: str, expected: int, rate: int
) -> None:
    """Shown as amount and rate, half up once; the basis is named."""
    found = execution(budget(), as_of=as_of)

    assert (expected, rate) == (found.expected_spent, found.expected_rate_bp)
    assert ExpectedBasis.MONTHS is found.expected_basis


def test_where_nothing_is_expected_there_is_no_ratio_and_no_light() -> None:
    """domain-rules 10: expected 0."""
    found = execution(budget(), expenditure(date="2026-01-21"), as_of="2026-01-30")

    assert (0, 0, None, None) == (
        found.expected_spent,
        found.expected_rate_bp,
        found.ratio_bp,
        found.light,
    )
    assert 1_200 == found.deviation_points_bp


@pytest.mark.parametrize(
    ("spent", "ratio", "light"),
    [
        ("0.00", 0, Light.RED),
        ("29.99", 5_998, Light.RED),
        ("30.00", 6_000, Light.YELLOW),
        ("39.99", 7_998, Light.YELLOW),
        ("40.00", 8_000, Light.GREEN),
        ("90.00", 18_000, Light.GREEN),
    ],
)
def test_exactly_60_and_80_per_cent_belong_to_the_upper_class(
    spent: str, ratio: int, light: Light
) -> None:
    """domain-rules 12; execution has no blue."""
    found = execution(budget(), expenditure(amount=spent))

    assert (ratio, light) == (found.ratio_bp, found.light)


def test_a_ratio_is_exact_though_its_expectation_is_no_whole_fen() -> None:
    """5/12 of 100.00 is 41.666…; 25.00 of it is exactly 60 %."""
    found = execution(budget(), expenditure(amount="25.00"), as_of="2026-05-31")

    assert (6_000, Light.YELLOW) == (found.ratio_bp, found.light)


def test_a_ratio_is_rounded_half_up_once_before_it_is_judged() -> None:
    """59.995 % is 60.00 %: every light compares the figure that is shown."""
    just_below = execution(budget(amount="2000.00"), expenditure(amount="599.94"))
    rounded_up = execution(budget(amount="2000.00"), expenditure(amount="599.95"))

    assert (5_999, Light.RED) == (just_below.ratio_bp, just_below.light)
    assert (6_000, Light.YELLOW) == (rounded_up.ratio_bp, rounded_up.light)


def test_deviation_is_the_difference_of_the_two_shown_rates() -> None:
    """In 1/100 of a percentage point; a reader can check it."""
    found = execution(budget(), expenditure(amount="25.00"), as_of="2026-05-31")

    assert 2_500 - 4_167 == found.deviation_points_bp


def test_negative_net_spending_counts_as_nothing_spent() -> None:
    """domain-rules 13."""
    found = execution(budget(), reversal("8.00"))

    assert (0, Light.RED) == (found.ratio_bp, found.light)


def test_a_supplement_runs_from_the_month_after_its_approval() -> None:
    """60.00 approved in April is spread over May to December: two of eight months by June."""
    found = execution(budget(), adjustment("supplement", "60.00", date="2026-04-10"))

    assert 5_000 + 1_500 == found.expected_spent


@pytest.mark.parametrize(
    ("date", "as_of", "expected"),
    [
        ("2026-04-30", "2026-05-30", 0),
        ("2026-04-30", "2026-05-31", 750),
        ("2026-04-01", "2026-12-31", 6_000),
        ("2026-11-30", "2026-12-31", 6_000),
        ("2026-12-01", "2026-12-30", 0),
        ("2026-12-01", "2026-12-31", 6_000),
        ("2025-12-20", "2026-06-30", 3_000),
    ],
)
def test_supplements_at_the_edges_of_months_and_years(date: str, as_of: str, expected: int) -> None:
    """One of December falls due at the year's end; one from before the year runs all of it."""
    supplement = adjustment("supplement", "60.00", date=date, fiscal_year=2026)
    found = execution(carryover("0.00"), supplement, as_of=as_of)

    assert expected == found.expected_spent


def test_all_other_components_run_over_the_whole_year() -> None:
    """Carryover, cut, virement: half of the net by June."""
    found = execution(
        budget(),
        carryover("20.00"),
        adjustment("cut", "10.00", date="2026-06-15"),
        adjustment("virement", "30.00", date="2026-06-20"),
    )

    assert 7_000 == found.expected_spent


def test_the_projects_own_plan_comes_first() -> None:
    """A period counts on its last day."""
    events = [budget(), plan(QUARTERS)]
    day_before = execution(*events, as_of="2026-06-29")
    last_day = execution(*events, as_of="2026-06-30")

    assert (1_000, 3_000) == (day_before.expected_spent, last_day.expected_spent)
    assert ExpectedBasis.PLAN is last_day.expected_basis


@pytest.mark.parametrize(
    "periods",
    [
        QUARTERS[1:],
        QUARTERS[:3],
        [QUARTERS[0], *QUARTERS[2:]],
    ],
)
def test_a_plan_that_leaves_out_months_is_no_standard(
    periods: list[tuple[str, str, str]],
) -> None:
    """It must cover the fiscal year from its first month to its last; else the next basis."""
    found = execution(budget(), plan(periods))

    assert (5_000, ExpectedBasis.MONTHS) == (found.expected_spent, found.expected_basis)


def test_a_plan_counts_from_its_date() -> None:
    """As of a day before, months are the standard."""
    events = [budget(), plan(QUARTERS, date="2026-04-02")]

    assert ExpectedBasis.MONTHS is execution(*events, as_of="2026-04-01").expected_basis
    assert ExpectedBasis.PLAN is execution(*events, as_of="2026-04-02").expected_basis


def test_a_later_plan_replaces_the_earlier_one() -> None:
    """By business date, whatever arrives last; the same id or another one."""
    flat = [(start, end, "25.00") for start, end, _ in QUARTERS]
    late = plan(flat, date="2026-05-01", plan_id="PLAN-2")
    early = plan(QUARTERS, date="2026-01-25")
    found = execution(budget(), late, early)

    assert 5_000 == found.expected_spent


def test_a_plan_that_moves_to_another_line_leaves_its_first_one() -> None:
    """A fact with the same plan id replaces the earlier one altogether."""
    found = execution(
        budget(),
        budget(line="L2"),
        plan(QUARTERS, line="L1"),
        plan(QUARTERS, line="L2", date="2026-02-01"),
    )

    assert (3_000 + 5_000, ExpectedBasis.MONTHS) == (found.expected_spent, found.expected_basis)


def test_lines_may_have_plans_of_their_own() -> None:
    """All by plan: the figure rests on plans."""
    found = execution(
        budget(),
        budget(line="L2"),
        plan(QUARTERS, line="L1", plan_id="A"),
        plan(QUARTERS, line="L2", plan_id="B"),
    )

    assert (6_000, ExpectedBasis.PLAN) == (found.expected_spent, found.expected_basis)


def test_an_undistributed_line_is_shown_and_not_judged() -> None:
    """domain-rules 2: 待分配."""
    found = execution(budget(undistributed=True))

    assert [True] == [line.undistributed for line in found.lines]
    assert (None, None, None) == (found.expected_spent, found.expected_basis, found.light)


def test_without_budget_nothing_is_expected() -> None:
    """domain-rules 13: its own answer."""
    found = execution(plan(QUARTERS), expenditure())

    assert (None, None, None, None, None) == (
        found.expected_spent,
        found.expected_rate_bp,
        found.expected_basis,
        found.ratio_bp,
        found.light,
    )


def test_the_budget_that_is_judged_counts_whatever_is_not() -> None:
    """An undistributed line cut below zero takes nothing from the others' expectation."""
    found = execution(
        budget(),
        budget(line="L2", undistributed=True),
        adjustment("cut", "500.00", "2026-01-30", line="L2"),
    )

    assert (5_000, ExpectedBasis.MONTHS) == (found.expected_spent, found.expected_basis)
    assert (None, 0, Light.RED) == (found.expected_rate_bp, found.ratio_bp, found.light)


def test_the_first_approval_is_told() -> None:
    """Carryover lines do not make the year's budget approved."""
    found = execution(
        budget(origin="carryover", line="L0", date="2026-01-02"),
        budget(date="2026-02-10"),
        budget(date="2026-02-05", line="L2"),
    )

    assert "2026-02-05" == str(found.approved_on)


def test_an_april_year() -> None:
    """Half of the year is over at the end of September."""
    found = execution(budget(date="2026-04-01"), as_of="2026-09-30", start="04-01")

    assert 5_000 == found.expected_spent
