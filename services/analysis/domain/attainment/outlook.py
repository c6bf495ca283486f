"""Where an indicator's results are heading: trend, forecast, probability, possibility.

The slope is robust (Theil-Sen: the median of the slopes of all pairs of results), so that one
wrong result moves little; fewer results than a slope takes are an answer of their own. All is
exact: a slope is a fraction of millionths and days.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import combinations
from typing import Final, NamedTuple

from contracts.vocabulary import (
    Accumulation,
    IndicatorDirection,
    Possibility,
    Trend,
    rate_bp,
)
from services.analysis.domain.attainment.judging import meets
from services.analysis.domain.attainment.schedule import NUMERIC, range_bounds
from services.analysis.domain.calendar import FiscalCalendar
from services.analysis.domain.numbers import bounded_text, micro
from services.analysis.domain.state import Report, TargetTerms

REPORTS_MIN: Final = 3
"""Fewest days with a result that make a trend."""
REPORTS_COMPARED_MAX: Final = 200
"""Most days with a result that are compared with each other: the latest."""
SLOPE_DAYS: Final = 30
"""A slope is told per so many days."""
STEADY_PERCENT: Final = 1
"""Change over the rest of the year below so many per cent of the target is none."""
CERTAIN_FROM_BP: Final = 8_000
POSSIBLE_FROM_BP: Final = 2_000
"""Probabilities from which a target is certainly, or possibly, met."""
WHOLE_BP: Final = 10_000


class Outlook(NamedTuple):
    """What the results so far say of the year's end; None: nothing can be said."""

    trend: Trend | None = None
    slope: str | None = None
    forecast: str | None = None
    probability_bp: int | None = None
    possibility: Possibility | None = None


Point = tuple[int, int]
"""A day, and its result in millionths."""


class Slope(NamedTuple):
    """Change of a result: millionths in so many days (positive)."""

    order: int
    """The same for equal slopes, greater for greater ones."""
    rise: int
    days: int


NOTHING_SAID: Final = Outlook()


def outlook(
    terms: TargetTerms,
    reports: Sequence[Report],
    dues: Sequence[int],
    calendar: FiscalCalendar,
    as_of: int,
) -> Outlook:
    """Foresee a number from its results up to a date; of anything else nothing is said."""
    if terms.value_kind not in NUMERIC or terms.target is None:
        return NOTHING_SAID
    points = results(reports, as_of)
    kept = _is_kept(terms, points)
    if len(points) < REPORTS_MIN:
        return _KEPT if kept else _TOO_FEW
    slopes = slopes_of(points)
    rise, days = median_slope(slopes)
    if terms.accumulation in (Accumulation.PER_PERIOD, Accumulation.ONCE):
        forecast, probability = _standing_alone(terms, [value for _, value in points])
    else:
        last_day, last = points[-1]
        ahead = max(0, horizon(dues, calendar) - last_day)
        falls = rise < 0 and terms.accumulation is not Accumulation.CUMULATIVE
        goes_on = rise * ahead if rise > 0 or falls else 0
        forecast = bounded_text(last * days + goes_on, days)
        probability = WHOLE_BP if kept else _leading(terms, last, ahead, slopes)
    return Outlook(
        _trend(rise, days, calendar.last_day - as_of, micro(terms.target)),
        bounded_text(rise * SLOPE_DAYS, days),
        forecast,
        probability,
        possibility(probability),
    )


def results(reports: Sequence[Report], as_of: int) -> list[Point]:
    """Return one result per day, of a day that of the last entry; the latest so many days."""
    by_day: dict[int, Report] = {}
    for report in reports:
        day = report.day
        if day <= as_of and report.value is not None:
            known = by_day.get(day)
            if known is None or report.sequence > known.sequence:
                by_day[day] = report
    days = sorted(by_day)[-REPORTS_COMPARED_MAX:]
    return [(day, micro(by_day[day].value or "0")) for day in days]


def horizon(dues: Sequence[int], calendar: FiscalCalendar) -> int:
    """Return the last due date of the year; its last day if none lies in it."""
    first, last = calendar.starts[0], calendar.last_day
    if first <= dues[-1] <= last:
        return dues[-1]
    return next((due for due in reversed(dues) if first <= due <= last), last)


def slopes_of(points: Sequence[Point]) -> list[Slope]:
    """Return the slopes of all pairs, lowest first; at least two points of ascending days."""
    # Unequal fractions of so few days differ by more than this apart: whole parts tell them so.
    finer = (points[-1][0] - points[0][0]) ** 2
    found = [
        ((rise := v2 - v1) * finer // (days := d2 - d1), rise, days)
        for (d1, v1), (d2, v2) in combinations(points, 2)
    ]
    found.sort()
    return found  # type: ignore[return-value] # plain tuples are made in half the time


def median_slope(slopes: Sequence[Slope]) -> tuple[int, int]:
    """Return the middle one, or the mean of the two in the middle: millionths in days."""
    (order, low, few), (other, high, many) = (
        slopes[(len(slopes) - 1) // 2],
        slopes[len(slopes) // 2],
    )
    return (low, few) if order == other else (low * many + high * few, 2 * few * many)


def _leading(terms: TargetTerms, last: int, days: int, slopes: Sequence[Slope]) -> int | None:
    """Return the share of slopes that lead to the target met in so many days."""
    target = micro(terms.target or "0")
    upper = micro(terms.target_upper) if terms.target_upper is not None else None
    least, most = range_bounds(terms.direction, target, upper)
    total = terms.accumulation is Accumulation.CUMULATIVE
    # What greater slopes lead to is greater, so that each bound is found by halves.
    too_low = too_high = 0
    # A total never falls: what it has reached, and what it is beyond, it keeps.
    if least is not None and not (total and least <= last):
        need = least - last
        too_low = bisect_left(slopes, x=True, key=lambda s: s[1] * days >= need * s[2])
    if most is not None:
        room = most - last
        if total and room < 0:
            return 0
        too_high = len(slopes) - bisect_left(
            slopes, x=True, key=lambda s: s[1] * days > room * s[2]
        )
    return rate_bp(len(slopes) - too_low - too_high, len(slopes))


def _standing_alone(terms: TargetTerms, values: list[int]) -> tuple[str, int | None]:
    """Return the median of results, and the share of them that meets the target."""
    values.sort()
    target = micro(terms.target or "0")
    upper = micro(terms.target_upper) if terms.target_upper is not None else None
    met = sum(meets(terms.direction, value, target, upper) for value in values)
    both = values[(len(values) - 1) // 2] + values[len(values) // 2]
    return bounded_text(both, 2), rate_bp(met, len(values))


def _trend(rise: int, days: int, rest: int, target: int) -> Trend:
    change = abs(rise) * max(0, rest) * 100
    if rise == 0 or change < STEADY_PERCENT * abs(target) * days:
        return Trend.STEADY
    return Trend.RISING if rise > 0 else Trend.FALLING


def _is_kept(terms: TargetTerms, points: Sequence[Point]) -> bool:
    """Say whether the target is met and cannot be unmet: a total that has reached its floor."""
    return (
        terms.accumulation is Accumulation.CUMULATIVE
        and terms.direction is IndicatorDirection.AT_LEAST
        and bool(points)
        and points[-1][1] >= micro(terms.target or "0")
    )


def possibility(probability_bp: int | None) -> Possibility | None:
    """Return the class 完成目标可能性 of a probability; None: nothing can be said."""
    if probability_bp is None:
        return None
    if probability_bp >= CERTAIN_FROM_BP:
        return Possibility.CERTAIN
    return Possibility.POSSIBLE if probability_bp >= POSSIBLE_FROM_BP else Possibility.IMPOSSIBLE


_TOO_FEW: Final = Outlook(Trend.NOT_ENOUGH_DATA)
_KEPT: Final = Outlook(
    Trend.NOT_ENOUGH_DATA, probability_bp=WHOLE_BP, possibility=Possibility.CERTAIN
)
