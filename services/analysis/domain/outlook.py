"""Where an indicator's results are heading: trend, forecast, probability, possibility.

The slope is robust (Theil-Sen: the median of the slopes of all pairs of results), so that one
wrong result moves little; fewer results than a slope takes are an answer of their own. All is
exact: a slope is a fraction of millionths and days.
"""

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
from services.analysis.domain.calendar import FiscalCalendar
from services.analysis.domain.judging import meets
from services.analysis.domain.numbers import bounded_text, micro
from services.analysis.domain.schedule import NUMERIC
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

_FINER: Final = 10**12
"""Quotients of days told apart: no two differ by less, as days lie within four centuries."""


class Outlook(NamedTuple):
    """What the results so far say of the year's end; None: nothing can be said."""

    trend: Trend | None = None
    slope: str | None = None
    forecast: str | None = None
    probability_bp: int | None = None
    possibility: Possibility | None = None


class Slope(NamedTuple):
    """Change of a result: millionths in so many days (positive)."""

    rise: int
    days: int


class Point(NamedTuple):
    """The result of a day."""

    day: int
    value: int
    """Millionths."""


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
        return Outlook(Trend.NOT_ENOUGH_DATA, None, None, *_judged(WHOLE_BP if kept else None))
    slopes = slopes_of(points)
    middle = median_slope(slopes)
    forecast, probability = _foreseen(terms, points, slopes, middle, horizon(dues, calendar))
    return Outlook(
        _trend(middle, calendar.last_day - as_of, micro(terms.target)),
        bounded_text(middle.rise * SLOPE_DAYS, middle.days),
        forecast,
        *_judged(WHOLE_BP if kept else probability),
    )


def results(reports: Sequence[Report], as_of: int) -> list[Point]:
    """Return one result per day, of a day that of the last entry; the latest so many days."""
    by_day: dict[int, Report] = {}
    for report in reports:
        if report.day <= as_of and report.value is not None:
            known = by_day.get(report.day)
            if known is None or report.sequence > known.sequence:
                by_day[report.day] = report
    days = sorted(by_day)[-REPORTS_COMPARED_MAX:]
    return [Point(day, micro(by_day[day].value or "0")) for day in days]


def horizon(dues: Sequence[int], calendar: FiscalCalendar) -> int:
    """Return the last due date of the year; its last day if none lies in it."""
    within = [due for due in dues if calendar.starts[0] <= due <= calendar.last_day]
    return max(within, default=calendar.last_day)


def slopes_of(points: Sequence[Point]) -> list[Slope]:
    """Return the slopes of all pairs, lowest first; at least two points of ascending days."""
    found = [
        (((v2 - v1) * _FINER) // (d2 - d1), v2 - v1, d2 - d1)
        for (d1, v1), (d2, v2) in combinations(points, 2)
    ]
    found.sort()
    return [Slope(rise, days) for _, rise, days in found]


def median_slope(slopes: Sequence[Slope]) -> Slope:
    """Return the middle one, or the mean of the two in the middle."""
    low, high = slopes[(len(slopes) - 1) // 2], slopes[len(slopes) // 2]
    return Slope(low.rise * high.days + high.rise * low.days, 2 * low.days * high.days)


def _trend(middle: Slope, rest: int, target: int) -> Trend:
    change = abs(middle.rise) * max(0, rest) * 100
    if middle.rise == 0 or change < STEADY_PERCENT * abs(target) * middle.days:
        return Trend.STEADY
    return Trend.RISING if middle.rise > 0 else Trend.FALLING


def _foreseen(
    terms: TargetTerms,
    points: Sequence[Point],
    slopes: Sequence[Slope],
    middle: Slope,
    until: int,
) -> tuple[str, int | None]:
    """Return the result foreseen, and how likely it meets the target."""
    target = micro(terms.target or "0")
    upper = micro(terms.target_upper) if terms.target_upper is not None else None
    if terms.accumulation in (Accumulation.PER_PERIOD, Accumulation.ONCE):
        values = sorted(point.value for point in points)
        met = sum(meets(terms.direction, value, target, upper) for value in values)
        both = values[(len(values) - 1) // 2] + values[len(values) // 2]
        return bounded_text(both, 2), rate_bp(met, len(values))
    last, days = points[-1].value, max(0, until - points[-1].day)
    falls = terms.accumulation is not Accumulation.CUMULATIVE
    reached = 0
    for rise, run in slopes:
        value = last * run + (rise if falls else max(0, rise)) * days
        high = None if upper is None else upper * run
        reached += meets(terms.direction, value, target * run, high)
    rise = middle.rise if falls else max(0, middle.rise)
    forecast = bounded_text(last * middle.days + rise * days, middle.days)
    return forecast, rate_bp(reached, len(slopes))


def _is_kept(terms: TargetTerms, points: Sequence[Point]) -> bool:
    """Say whether the target is met and cannot be unmet: a total that has reached its floor."""
    return (
        terms.accumulation is Accumulation.CUMULATIVE
        and terms.direction is IndicatorDirection.AT_LEAST
        and bool(points)
        and points[-1].value >= micro(terms.target or "0")
    )


def _judged(probability_bp: int | None) -> tuple[int | None, Possibility | None]:
    if probability_bp is None:
        return None, None
    if probability_bp >= CERTAIN_FROM_BP:
        return probability_bp, Possibility.CERTAIN
    if probability_bp >= POSSIBLE_FROM_BP:
        return probability_bp, Possibility.POSSIBLE
    return probability_bp, Possibility.IMPOSSIBLE
