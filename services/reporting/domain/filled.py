"""The figures of a form: money at the campaign's cut, what its unit typed at a later one.

All forms of a campaign show money at one cut, so that they add up to what analysis says at it, to
the fen. Results and own funds that a unit types on its form come back through the ledger: those
rows alone are read at the form's own, later cut.
"""

from dataclasses import dataclass
from typing import Any, Final

from contracts.events.analysis import AssessmentMade, Attainment, Execution, LineFigures
from contracts.vocabulary import Channel, Light, Quadrant
from services.reporting.domain.moving import with_lines

BEHIND: Final = frozenset({Light.RED, Light.YELLOW})

_WORST_FIRST: Final = tuple(Light)
_QUADRANTS: Final = {
    (False, False): Quadrant.ON_TRACK,
    (True, False): Quadrant.MONEY_BEHIND,
    (False, True): Quadrant.RESULTS_BEHIND,
    (True, True): Quadrant.BOTH_BEHIND,
}
"""By whether execution and results are behind."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a form shows of its project."""

    money: AssessmentMade
    """As of the cut-off, at the campaign's cut."""
    cut: str
    results: AssessmentMade | None = None
    """As of the cut-off, at the form's own cut; null while nothing was typed."""
    results_cut: str | None = None

    @property
    def latest(self) -> AssessmentMade:
        """What indicators and own funds are read from."""
        return self.money if self.results is None else self.results

    @property
    def shown(self) -> AssessmentMade:
        """What the form shows: treasury money at the campaign's cut, the rest at its own.

        Sums over forms are sums over this, so that they agree with the forms to the fen.
        """
        if self.results is None:
            return self.money
        own = {line.line: line for line in own_lines(self.results)}
        changed = with_lines(self.money.execution, self.results.execution, own)
        return self.money.model_copy(
            update={"execution": changed, **_with_results(changed, self.results.attainment)}
        )


def _with_results(execution: Execution, attainment: Attainment) -> dict[str, Any]:
    """Give results, and what follows from them beside money at another cut (domain-rules 12, 15).

    As analysis does at one cut: the worse light of the two, the quadrant, how far money is ahead.
    """
    lights = [light for light in (execution.light, attainment.light) if light is not None]
    quadrant: Quadrant | None = None
    if execution.light is not None and attainment.light is not None:
        quadrant = _QUADRANTS[execution.light in BEHIND, attainment.light in BEHIND]
    rate, attained = execution.money.execution_rate_bp, attainment.attainment_rate_bp
    known = rate is not None and attained is not None and attainment.effect_rate_bp is not None
    return {
        "attainment": attainment,
        "light": min(lights, key=_WORST_FIRST.index, default=None),
        "quadrant": quadrant,
        "money_ahead_bp": (rate or 0) - (attained or 0) if known else None,
    }


def own_lines(assessment: AssessmentMade) -> tuple[LineFigures, ...]:
    """Find the lines of own funds 单位资金: their unit says what was spent of them."""
    return tuple(line for line in assessment.execution.lines if line.channel is Channel.OWN_FUNDS)
