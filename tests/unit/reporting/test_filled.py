"""What a form shows: money at the campaign's cut, results at its own, one light of both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import Light, Quadrant, fen_to_wire
from services.analysis.domain.execution.monitor import execution_light
from services.reporting.domain.filled import Figures
from services.reporting.domain.moving import light_of
from tests.spec.engines import folded
from tests.support.builders import budget, expenditure, jurisdiction
from tests.unit.alerts.builders import assessment

R, Y, G, B = Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE


@pytest.mark.parametrize(
    ("execution", "results", "light", "quadrant"),
    [
        (G, R, R, Quadrant.RESULTS_BEHIND),
        (Y, B, Y, Quadrant.MONEY_BEHIND),
        (R, Y, R, Quadrant.BOTH_BEHIND),
        (B, G, G, Quadrant.ON_TRACK),
        (None, Y, Y, None),
        (None, None, None, None),
    ],
)
def test_the_light_follows_from_the_results_that_were_typed(
    execution: Light | None, results: Light | None, light: Light | None, quadrant: Quadrant | None
) -> None:
    """At the campaign's cut nobody knew them: what was said then of both does not hold any more."""
    made = assessment(light=G, quadrant=None).data
    money = made.model_copy(
        update={"execution": made.execution.model_copy(update={"light": execution})}
    )
    attainment = made.attainment.model_copy(
        update={"light": results, "attainment_rate_bp": 4_000, "effect_rate_bp": 4_000}
    )
    later = made.model_copy(update={"attainment": attainment})
    shown = Figures(money, "1-1", later, "2-2").shown
    rate = made.execution.money.execution_rate_bp

    assert (shown.light, shown.quadrant) == (light, quadrant)
    assert shown.money_ahead_bp == (rate or 0) - 4_000
    assert Figures(money, "1-1").shown.light is G


OWN = {"line": "L9", "account": "other_funds", "channel": "own_funds"}
BUDGETS = [jurisdiction(), budget(amount="100.00"), budget(amount="100.00", **OWN)]


def at_june(*facts: AnyEvent) -> AssessmentMade:
    """What analysis says on 30 June of a budget of 100 and as much of own funds."""
    return folded([*BUDGETS, *facts]).assessment(as_of="2026-06-30")


def own(amount: str) -> AnyEvent:
    """Spend own funds on the day of the cut-off, as a form states it."""
    return expenditure(amount=amount, date="2026-06-30", line="L9", channel="own_funds")


@pytest.mark.parametrize(
    ("amount", "before", "after"),
    [("20.00", R, Y), ("40.00", R, G), ("19.99", R, R)],
)
def test_the_execution_light_follows_own_funds_that_were_typed(
    amount: str, before: Light, after: Light
) -> None:
    """domain-rules 1, 12: own funds are spent money of the project; exactly 60 % is yellow."""
    paid = expenditure(amount="40.00", date="2026-03-02")
    money, later = at_june(paid), at_june(paid, own(amount))
    shown = Figures(money, "1-1", later, "2-2").shown

    assert (money.execution.light, shown.execution.light) == (before, after)
    assert shown.execution == later.execution
    assert shown.light is after


def test_treasury_money_that_came_later_moves_no_light() -> None:
    """It is not shown either: as if own funds alone had been stated (ADR 16)."""
    paid, late = (expenditure(amount="40.00", date=day) for day in ("2026-03-02", "2026-06-29"))
    money, later = at_june(paid), at_june(paid, late, own("20.00"))
    expected = at_june(paid, own("20.00")).execution
    shown = Figures(money, "1-1", later, "2-2").shown.execution

    assert later.execution.light is G
    assert (shown.light, shown.ratio_bp, shown.deviation_points_bp) == (
        Y,
        expected.ratio_bp,
        expected.deviation_points_bp,
    )
    assert shown.money == expected.money


FEN = st.integers(min_value=0, max_value=30_000)


@given(FEN, FEN, st.integers(min_value=1, max_value=20_000))
def test_any_own_funds_give_the_light_that_analysis_gives(
    spent: int, typed: int, treasury: int
) -> None:
    """Also beside treasury money of a later cut: the same ratio, rates and light."""
    paid = [expenditure(amount=fen_to_wire(spent), date="2026-03-02")] if spent else []
    said = [own(fen_to_wire(typed))] if typed else []
    late = expenditure(amount=fen_to_wire(treasury), date="2026-06-29")
    money, alone = at_june(*paid), at_june(*paid, *said).execution
    shown = Figures(money, "1-1", at_june(*paid, late, *said), "2-2").shown.execution
    forecast = shown.forecast

    assert (shown.light, shown.ratio_bp, shown.money) == (alone.light, alone.ratio_bp, alone.money)
    assert (shown.expected_spent, shown.expected_rate_bp) == (
        alone.expected_spent,
        alone.expected_rate_bp,
    )
    assert forecast is not None
    assert forecast.point >= shown.money.spent + forecast.committed_due


@given(st.none() | st.integers(min_value=-20_000, max_value=20_000))
def test_lights_have_the_bounds_of_analysis(ratio: int | None) -> None:
    """domain-rules 12: one scheme, at both places."""
    assert light_of(ratio) is execution_light(ratio)
