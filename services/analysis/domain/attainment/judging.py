"""Target comparison (目标比较法, Art. 9): light and degree of completion of one result.

Numbers are compared with what is expected at the date for the light, with the annual target for
the degree of completion, so that it stands beside the execution rate, which is annual too.
"""

from collections.abc import Collection
from typing import Final

from contracts.vocabulary import Grade, IndicatorBehaviour, IndicatorDirection, Light
from services.analysis.domain.attainment.schedule import Expectation, range_bounds
from services.analysis.domain.numbers import EVERYTHING, NOTHING, Ratio, share
from services.analysis.domain.state import TargetTerms

RED_BELOW_BP: Final = 6_000
YELLOW_BELOW_BP: Final = 8_000
GREEN_BELOW_BP: Final = 12_000
"""Indicator lights (domain-rules 12): exactly 60, 80 and 120 % belong to the upper class."""

GRADE_LIGHTS: Final = {
    Grade.MET: Light.GREEN,
    Grade.PARTLY_MET: Light.YELLOW,
    Grade.NOT_MET: Light.RED,
}
GRADE_COMPLETION: Final = {
    Grade.MET: EVERYTHING,
    Grade.PARTLY_MET: Ratio(60, 100),
    Grade.NOT_MET: NOTHING,
}
"""Lower ends of the national bands 80-100, 60-80, 0-60 % (forms 2.3), but met is all of it."""

WORST_FIRST: Final = (Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE)

# Tuples, not sets: an enum's hash is slow, identity is not.
_BY_RATIO: Final = (
    IndicatorBehaviour.PROGRESS,
    IndicatorBehaviour.OUTCOME,
    IndicatorBehaviour.SATISFACTION,
)
_UPWARD: Final = (IndicatorDirection.AT_LEAST, IndicatorDirection.EQUAL)


def worst(lights: Collection[Light | None]) -> Light | None:
    """Return the worst of lights; null is no light (red > yellow > green > blue)."""
    return next((light for light in WORST_FIRST if light in lights), None)


def meets(direction: IndicatorDirection, actual: int, value: int, upper: int | None) -> bool:
    """Say whether a value meets a target."""
    least, most = range_bounds(direction, value, upper)
    return (least is None or least <= actual) and (most is None or actual <= most)


def is_by_ratio(terms: TargetTerms, target: int) -> bool:
    """Say whether the light is that of actual ÷ expected; else of being in range (rule 12)."""
    return terms.behaviour in _BY_RATIO and terms.direction in _UPWARD and target > 0


def ratio_of(terms: TargetTerms, actual: int, expected: Expectation) -> Ratio | None:
    """Return actual ÷ expected where more is better; None for reverse, range and zero targets."""
    if terms.direction not in _UPWARD or expected.value <= 0:
        return None
    return Ratio(actual * expected.whole, expected.value)


def numeric_light(
    terms: TargetTerms, actual: int, expected: Expectation, ratio_bp: int | None
) -> Light:
    """Return the light of a number (domain-rules 12, 13).

    Quality, timeliness, cost, reverse and range indicators, and zero targets: in range or not.
    """
    if terms.behaviour in _BY_RATIO and ratio_bp is not None:
        return _ratio_light(ratio_bp)
    scaled = actual * expected.whole
    met = meets(terms.direction, scaled, expected.value, expected.upper)
    return Light.GREEN if met else Light.RED


def _ratio_light(ratio_bp: int) -> Light:
    if ratio_bp < RED_BELOW_BP:
        return Light.RED
    if ratio_bp < YELLOW_BELOW_BP:
        return Light.YELLOW
    return Light.GREEN if ratio_bp < GREEN_BELOW_BP else Light.BLUE


def raw_completion(terms: TargetTerms, actual: int, target: int) -> Ratio | None:
    """Return actual ÷ annual target where more is better, below 0 and above 1 as it may be.

    None where no ratio is meant: reverse, range and zero targets (domain-rules 15: shown).
    """
    if terms.direction not in _UPWARD or target <= 0:
        return None
    return Ratio(actual, target)


def completion(terms: TargetTerms, actual: int, target: int, upper: int | None) -> Ratio:
    """Return how much of the annual target a number is, within 0…1.

    Too low: actual ÷ target. Too high where less is better: 1 − excess ÷ target, as in the
    self-evaluation (forms 2.3). Zero targets are met or not.
    """
    if meets(terms.direction, actual, target, upper):
        return EVERYTHING
    least, most = range_bounds(terms.direction, target, upper)
    if least is not None and actual < least:
        return share(actual, least)
    if terms.direction is IndicatorDirection.EQUAL and terms.behaviour in _BY_RATIO:
        # 数量 "=5": more than promised is done all the same; a zero target is not.
        return EVERYTHING if target > 0 else NOTHING
    return NOTHING if most is None else share(2 * most - actual, most)
