"""Both monitors together: light, quadrant, money ahead of results, names."""

import pytest

from contracts.vocabulary import Light, Quadrant
from services.analysis.domain.assessment import quadrant
from services.analysis.domain.attainment.judging import worst
from tests.spec.engines import folded
from tests.support.builders import (
    PROJECT,
    budget,
    day_opened,
    expenditure,
    jurisdiction,
    progress,
    project,
    target,
    targets,
)

RED, YELLOW, GREEN, BLUE = Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE


@pytest.mark.parametrize(
    ("lights", "expected"),
    [
        ([], None),
        ([None], None),
        ([BLUE, None], BLUE),
        ([BLUE, GREEN], GREEN),
        ([GREEN, YELLOW, BLUE], YELLOW),
        ([GREEN, YELLOW, RED, BLUE], RED),
    ],
)
def test_the_worst_light_wins(lights: list[Light | None], expected: Light | None) -> None:
    """domain-rules 12: red > yellow > green > blue; null is no light."""
    assert expected is worst(lights)


@pytest.mark.parametrize(
    ("money", "results", "expected"),
    [
        (GREEN, GREEN, Quadrant.ON_TRACK),
        (GREEN, BLUE, Quadrant.ON_TRACK),
        (YELLOW, GREEN, Quadrant.MONEY_BEHIND),
        (RED, BLUE, Quadrant.MONEY_BEHIND),
        (GREEN, YELLOW, Quadrant.RESULTS_BEHIND),
        (GREEN, RED, Quadrant.RESULTS_BEHIND),
        (RED, YELLOW, Quadrant.BOTH_BEHIND),
        (None, RED, None),
        (RED, None, None),
    ],
)
def test_the_quadrant(
    money: Light | None, results: Light | None, expected: Quadrant | None
) -> None:
    """Art. 2: null unless both are judged."""
    assert expected is quadrant(money, results)


def test_money_ahead_is_execution_less_the_degree_of_what_money_buys() -> None:
    """Both measured by the year; half the money, a fifth of the quantity."""
    made = folded(
        [jurisdiction(), budget(), targets(), expenditure(amount="50.00"), progress("20")]
    ).assessment()

    assert 5_000 - 2_000 == made.money_ahead_bp


def test_money_ahead_is_the_difference_of_the_two_rates_shown() -> None:
    """A reader of the alert can reckon it from the figures beside it."""
    made = folded(
        [
            jurisdiction(),
            budget(),
            targets(target("K1"), target("K2", behaviour="outcome")),
            expenditure(amount="60.00"),
            progress("20", indicator="K1"),
            progress("100", indicator="K2"),
        ]
    ).assessment()
    rate, attained = made.execution.money.execution_rate_bp, made.attainment.attainment_rate_bp
    assert rate is not None
    assert attained is not None

    assert rate - attained == made.money_ahead_bp


def test_a_settled_assessment_tells_the_months_of_the_day_before() -> None:
    """domain-rules 11: what tells a checkpoint's day from the days after it."""
    engine = folded([jurisdiction(), budget(), day_opened("2026-05-29"), day_opened("2026-07-01")])
    made = engine.assessment(as_of="2026-07-01", settled=True)

    assert (6, 4) == (made.months_completed, made.months_completed_before)


@pytest.mark.parametrize("behaviour", ["cost", "outcome", "satisfaction"])
def test_money_ahead_is_not_available_without_such_indicators(behaviour: str) -> None:
    """domain-rules 15."""
    made = folded(
        [
            jurisdiction(),
            budget(),
            targets(target(behaviour=behaviour)),
            expenditure(amount="50.00"),
            progress("20"),
        ]
    ).assessment()

    assert (None, 1) == (made.money_ahead_bp, made.attainment.judged)


def test_indicators_that_are_not_judged_do_not_colour_the_project() -> None:
    """Execution alone gives the light."""
    made = folded([jurisdiction(), budget(), targets(), expenditure(amount="50.00")]).assessment()

    assert (GREEN, None) == (made.light, made.quadrant)


def test_nothing_to_judge_is_null() -> None:
    """domain-rules 12 and 13."""
    made = folded([jurisdiction(), project()]).assessment()

    assert (None, None, None) == (made.light, made.quadrant, made.money_ahead_bp)


def test_names_and_goals_are_those_of_the_date() -> None:
    """Registrations and goals hold from their date; the year's goal comes first."""
    engine = folded(
        [
            jurisdiction(),
            project(name="新名", date="2026-05-01", goal="总目标"),
            project(name="旧名", date="2026-01-02", lead_unit="U0"),
            targets(goal="年度目标", date="2026-06-01"),
        ]
    )
    january, may, june = (
        engine.assessment(as_of=date) for date in ("2026-01-31", "2026-05-31", "2026-06-30")
    )

    assert ("旧名", "U0", "") == (january.project_name, january.lead_unit, january.goal)
    assert ("新名", "总目标") == (may.project_name, may.goal)
    assert "年度目标" == june.goal


def test_an_unregistered_project_is_measured_without_a_name() -> None:
    """An unknown project is accepted."""
    made = folded([jurisdiction(), expenditure()]).assessment()

    assert (None, None, 1_200) == (
        made.project_name,
        made.department,
        made.execution.money.spent,
    )


def test_an_assessment_says_what_it_rests_on() -> None:
    """Year, months, entries, positions."""
    engine = folded([jurisdiction(fiscal_year_start="04-01"), project(), budget()])
    made = engine.assessment(fiscal_year=2026, as_of="2026-09-30", settled=True)

    assert ("2026-04-01", "2027-03-31", 6) == (
        str(made.fiscal_year_start),
        str(made.fiscal_year_end),
        made.months_completed,
    )
    assert (2, 3, True) == (made.stream_sequence, made.ledger_position, made.settled)


def test_years_do_not_mix() -> None:
    """The fiscal year is carried, never derived from the date (domain-rules 5)."""
    engine = folded(
        [
            jurisdiction(),
            budget(),
            expenditure(amount="1.00"),
            expenditure(amount="2.00", date="2026-01-10", fiscal_year=2025),
        ]
    )

    assert 100 == engine.assessment().execution.money.spent
    assert 200 == engine.assessment(PROJECT, 2025).execution.money.spent
