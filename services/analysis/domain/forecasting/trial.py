"""Project years of one class, each year set against the others: errors, intervals, the best method.

Whatever is said of a year comes from others: their median seasonal shares, their residuals, the
method that was best on them.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from contracts.vocabulary import ForecastMethod
from services.analysis.domain.calendar import MONTHS
from services.analysis.domain.forecasting.conformal import (
    WHOLE_BP,
    level_needed,
    quantiles,
    residual,
)
from services.analysis.domain.forecasting.methods import Seasonal, half_up, interval_of, is_beyond
from services.analysis.domain.forecasting.past_years import Case, PastYear

LEVEL_MAX_BP: Final = 9_800
"""Intervals are not widened beyond the ranks that hold so much of past residuals."""

Bounds = tuple[tuple[int, int], ...]
"""Lower and upper residual by completed months, 0 to 11, basis points."""
Years = frozenset[int]
NONE: Final[Years] = frozenset()


class Score(NamedTuple):
    """How forecasts of some project years went; amounts in fen."""

    forecasts: int = 0
    covered: int | None = None
    """Year ends that lay within their interval; None: there were no intervals."""
    error: int = 0
    """Sum of |actual − forecast|."""
    actual: int = 0
    """Sum of actual spending, once for each forecast."""
    foreseen: int = 0
    """Sum of the forecasts."""
    low: int = 0
    """Sum of the intervals' lower ends."""
    high: int = 0
    """Sum of their upper ends."""

    @property
    def wape_bp(self) -> int | None:
        """Σ|actual − forecast| ÷ Σ actual, basis points; None where nothing was spent."""
        return half_up(self.error * WHOLE_BP, self.actual) if self.actual > 0 else None

    @property
    def coverage_bp(self) -> int | None:
        """Share of year ends within their interval, basis points."""
        if self.covered is None or not self.forecasts:
            return None
        return half_up(self.covered * WHOLE_BP, self.forecasts)


def total(scores: Iterable[Score]) -> Score:
    """Add up scores."""
    parts = list(scores)
    covered = [score.covered for score in parts if score.covered is not None]
    others = zip(*(score[2:] for score in parts), strict=True)
    return Score(
        sum(score.forecasts for score in parts),
        sum(covered) if covered else None,
        *(sum(column) for column in others),
    )


class Fitted(NamedTuple):
    """A method for a class, as some years say."""

    method: ForecastMethod
    seasonal_bp: Seasonal | None
    bounds: Bounds | None
    """None: no years to take residuals from."""


def median_shares(past: Iterable[PastYear]) -> Seasonal | None:
    """Return the median share of the year's spending done by each month's end."""
    known = [one.shares_bp for one in past if one.shares_bp is not None]
    if not known:
        return None
    return tuple(_median(sorted(month)) for month in zip(*known, strict=True))


def _median(ordered: Sequence[int]) -> int:
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return half_up(ordered[middle - 1] + ordered[middle], 2)


def _by_year(group: Iterable[PastYear]) -> dict[int, list[PastYear]]:
    found: dict[int, list[PastYear]] = {}
    for one in group:
        found.setdefault(one.fiscal_year, []).append(one)
    return found


class Trial:
    """Past project years of one class."""

    def __init__(
        self, group: Sequence[PastYear], interval_bp: int, scored: Sequence[PastYear] | None = None
    ) -> None:
        """Sort them by year; nothing is computed yet.

        `scored`: those of whom it is said how their forecasts went; None: all.
        """
        self.interval_bp = interval_bp
        self.by_year = _by_year(group)
        self.scored = self.by_year if scored is None else _by_year(scored)
        self._offs: dict[tuple[ForecastMethod, int, Years], list[list[int]]] = {}
        self._sorted: dict[tuple[ForecastMethod, Years], list[list[int]]] = {}
        self._errors: dict[tuple[ForecastMethod, int, Years], int] = {}
        self._seasonal: dict[Years, Seasonal | None] = {}
        self._months: dict[tuple[ForecastMethod, Years, int], tuple[Score, ...]] = {}

    @property
    def years(self) -> Years:
        """All its years."""
        return frozenset(self.by_year)

    @property
    def project_years(self) -> int:
        """How many project years there are."""
        return sum(len(group) for group in self.by_year.values())

    def best(self, years: Years) -> ForecastMethod:
        """Return the method with the least error on some years, each forecast by the others."""
        # The first of equals: the simpler.
        return min(ForecastMethod, key=lambda method: self._error(method, years))

    def fit(self, method: ForecastMethod, years: Years) -> Fitted:
        """Fit a method on some years; the interval on how each was foreseen by the others."""
        bounds = None
        if years:
            known = zip(self._residuals(method, years), self._levels(method, years), strict=True)
            bounds = tuple(quantiles(month, level) for month, level in known)
        return Fitted(method, self._shares(years), bounds)

    def months(self, method: ForecastMethod, years: Years, year: int) -> tuple[Score, ...]:
        """Forecast a year by a method as other years say; by completed months, 0 to 11."""
        key = (method, years, year)
        if key not in self._months:
            fitted = self.fit(method, years)
            sums = [[0] * len(Score._fields) for _ in range(MONTHS)]
            for one in self.scored[year]:
                for case in one.cases:
                    _count(sums[case.completed], fitted, one.actual, case)
            found = tuple(Score(*month) for month in sums)
            if fitted.bounds is None:
                found = tuple(score._replace(covered=None) for score in found)
            self._months[key] = found
        return self._months[key]

    def out_of_year(self, method: ForecastMethod) -> Score:
        """Forecast each year by the others, after one to eleven months."""
        years = self.years
        return total(
            month
            for year in sorted(self.scored)
            for month in self.months(method, years - {year}, year)[1:]
        )

    def _others(self, method: ForecastMethod, year: int, years: Years) -> Years:
        """Return the years that a method takes shares from to forecast one of them.

        With no other year to take them from its own have to do.
        """
        return (years - {year} or years) if method is ForecastMethod.SEASONAL_SHARE else NONE

    def _shares(self, years: Years) -> Seasonal | None:
        if years not in self._seasonal:
            self._seasonal[years] = median_shares(
                one for year in sorted(years) for one in self.by_year[year]
            )
        return self._seasonal[years]

    def _error(self, method: ForecastMethod, years: Years) -> int:
        """Sum what a method was off by, after one to eleven months; intervals play no part."""
        return sum(
            self._error_of(method, year, self._others(method, year, years)) for year in years
        )

    def _error_of(self, method: ForecastMethod, year: int, others: Years) -> int:
        key = (method, year, others)
        if key not in self._errors:
            seasonal = self._shares(others)
            self._errors[key] = sum(
                abs(one.actual - case.point(method, seasonal))
                for one in self.by_year[year]
                for case in one.cases
                if case.completed
            )
        return self._errors[key]

    def _off(self, method: ForecastMethod, year: int, others: Years) -> list[list[int]]:
        """Return by month what a method was off by in a year, millionths of the budget."""
        key = (method, year, others)
        if key not in self._offs:
            seasonal = self._shares(others)
            months: list[list[int]] = [[] for _ in range(MONTHS)]
            for one in self.by_year[year]:
                for case in one.cases:
                    point = case.point(method, seasonal)
                    off = residual(one.actual, point, case.known.adjusted)
                    months[case.completed].append(off)
            self._offs[key] = months
        return self._offs[key]

    def _residuals(self, method: ForecastMethod, years: Years) -> list[list[int]]:
        """Return the same of several years, each forecast by the others, sorted."""
        key = (method, years)
        if key not in self._sorted:
            parts = [self._off(method, y, self._others(method, y, years)) for y in years]
            months = [
                sorted(off for month in same for off in month) for same in zip(*parts, strict=True)
            ]
            self._sorted[key] = months
        return self._sorted[key]

    def _levels(self, method: ForecastMethod, years: Years) -> list[int]:
        """Return by month between which ranks of residuals an interval lies, basis points.

        Projects of one year go wrong together (a late approval, a hasty autumn), and an interval
        ends at what is spent and owed (domain-rules 3), so the residuals of other years hold less
        of a year than of themselves. The interval is widened until each of these years, set
        against the others, had its share within.
        """
        needed: list[list[int]] = [[] for _ in range(MONTHS)]
        for year in years if len(years) > 1 else ():
            rest = years - {year}
            # As the rest would forecast it: with their shares, among their residuals.
            seasonal = rest if method is ForecastMethod.SEASONAL_SHARE else NONE
            known = self._residuals(method, rest)
            offs = self._off(method, year, seasonal)
            for month, beyond in enumerate(self._beyond(year)):
                needed[month] += [
                    WHOLE_BP if out else level_needed(known[month], off)
                    for off, out in zip(offs[month], beyond, strict=True)
                ]
        return [self._enough(sorted(month)) for month in needed]

    def _enough(self, needed: Sequence[int]) -> int:
        if not needed:
            return self.interval_bp
        enough = needed[-(-len(needed) * self.interval_bp // WHOLE_BP) - 1]
        return max(self.interval_bp, min(LEVEL_MAX_BP, enough))

    def _beyond(self, year: int) -> list[list[bool]]:
        """Say by month which year ends no interval could have held."""
        months: list[list[bool]] = [[] for _ in range(MONTHS)]
        for one in self.by_year[year]:
            for case in one.cases:
                months[case.completed].append(is_beyond(case.known, one.actual))
        return months


def _count(sums: list[int], fitted: Fitted, actual: int, case: Case) -> None:
    point = case.point(fitted.method, fitted.seasonal_bp)
    low = high = point
    if fitted.bounds is not None:
        low, high = interval_of(case.known, point, *fitted.bounds[case.completed])
    row = (1, low <= actual <= high, abs(actual - point), actual, point, low, high)
    for place, value in enumerate(row):
        sums[place] += value
