"""What a form shows: money at the campaign's cut, results at its own, one light of both."""

import pytest

from contracts.vocabulary import Light, Quadrant
from services.reporting.domain.filled import Figures
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
