"""Where an indicator's results are heading: robust slope, forecast, possibility (Art. 8(1))."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, Final

from tests.oracle.exact import decimal_text, number, rate_bp
from tests.oracle.facts import Fact
from tests.oracle.indicators import Occasion, due_dates

DAYS_MAX: Final = 200
"""The results of the latest days are asked, no more."""
ENOUGH: Final = 3
"""Days with a result that a slope takes."""
DAYS_OF_SLOPE: Final = 30
STEADY_BELOW: Final = Fraction(1, 100)
CERTAIN_FROM_BP: Final = 8000
POSSIBLE_FROM_BP: Final = 2000
WHOLE_BP: Final = 10_000
OWN_VALUES: Final = frozenset({"per_period", "once"})
"""Each result stands for itself: none leads to the next."""

NOTHING: Final[Mapping[str, Any]] = dict.fromkeys(
    ("trend", "slope", "forecast", "probability_bp", "possibility")
)


@dataclass(frozen=True)
class Results:
    """Results by day, and the way from the last one to the last due date."""

    points: Sequence[tuple[dt.date, Fraction]]
    days_left: int
    is_cumulative: bool

    @property
    def slopes(self) -> list[Fraction]:
        """Change per day between every two results (Theil-Sen)."""
        pairs = combinations(self.points, 2)
        return [(later - former) / (end - start).days for (start, former), (end, later) in pairs]

    def reach(self, slope: Fraction) -> Fraction:
        """Give the result that a slope leads to; what accumulates never falls."""
        last = self.points[-1][1]
        reached = last + slope * self.days_left
        return max(last, reached) if self.is_cumulative else reached


def outlook(
    target: Mapping[str, Any], reports: Sequence[Fact], occasion: Occasion
) -> dict[str, Any]:
    """State trend, slope, forecast, probability and possibility of one indicator."""
    if target.get("value_kind", "number") not in {"number", "range"}:
        return dict(NOTHING)
    by_day = {r.date: number(r.data["value"]) for r in reports if r.data.get("value") is not None}
    points = sorted(by_day.items())[-DAYS_MAX:]
    if len(points) < ENOUGH:
        sure = bool(points) and _cannot_be_unmet(target, points[-1][1])
        certain = {"probability_bp": WHOLE_BP, "possibility": "certain"} if sure else {}
        return {**NOTHING, "trend": "not_enough_data", **certain}
    year = occasion.year
    within = [due for due in due_dates(target, year) if year.start <= due <= year.end]
    due = max(within, default=year.end)
    accumulation = target.get("accumulation", "cumulative")
    days_left = max(0, (due - points[-1][0]).days)
    results = Results(points, days_left, accumulation == "cumulative")
    slopes = results.slopes
    slope = median(slopes)
    if accumulation in OWN_VALUES:
        outcomes = [value for _, value in points]
        forecast = median(outcomes)
    else:
        outcomes = [results.reach(one) for one in slopes]
        forecast = results.reach(slope)
    share = rate_bp(sum(is_met(target, one) for one in outcomes), len(outcomes)) or 0
    if _cannot_be_unmet(target, points[-1][1]):
        share = WHOLE_BP
    return {
        "trend": _trend(slope, (year.end - occasion.as_of).days, number(target["target"])),
        "slope": decimal_text(slope * DAYS_OF_SLOPE),
        "forecast": decimal_text(forecast),
        "probability_bp": share,
        "possibility": possibility(share),
    }


def median(values: Sequence[Fraction]) -> Fraction:
    """Give the middle value, or the mean of the two in the middle."""
    in_order = sorted(values)
    middle = len(in_order) // 2
    if len(in_order) % 2:
        return in_order[middle]
    return (in_order[middle - 1] + in_order[middle]) / 2


def is_met(target: Mapping[str, Any], value: Fraction) -> bool:
    """Whether a value meets the annual target."""
    annual = number(target["target"])
    upper = number(target.get("target_upper") or target["target"])
    return {
        "at_least": value >= annual,
        "at_most": value <= annual,
        "equal": value == annual,
        "range": annual <= value <= upper,
    }[target.get("direction", "at_least")]


def _cannot_be_unmet(target: Mapping[str, Any], last: Fraction) -> bool:
    """Enough of what only accumulates stays enough; not too much of it may become too much."""
    accumulates = target.get("accumulation", "cumulative") == "cumulative"
    return (
        accumulates and target.get("direction", "at_least") == "at_least" and is_met(target, last)
    )


def _trend(slope: Fraction, days: int, target: Fraction) -> str:
    change = abs(slope) * max(0, days)
    if slope == 0 or change < STEADY_BELOW * abs(target):
        return "steady"
    return "rising" if slope > 0 else "falling"


def possibility(share_bp: int) -> str:
    """From 80 % certain, below 20 % impossible (earned-value.md)."""
    if share_bp >= CERTAIN_FROM_BP:
        return "certain"
    return "possible" if share_bp >= POSSIBLE_FROM_BP else "impossible"
