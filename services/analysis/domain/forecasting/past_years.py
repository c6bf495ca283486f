"""A past project year as every method would have seen it, month by month (for `backtest`).

At each cut-off the stored state is summed over the facts dated by then, the same way as for any
as-of date: nothing of what came later in the year is seen.
"""

import datetime as dt
from typing import Final, NamedTuple

from contracts.vocabulary import ForecastMethod, ProjectClass
from services.analysis.domain.attainment.monitor import attainment
from services.analysis.domain.calendar import MONTHS, FiscalCalendar, fiscal_calendar
from services.analysis.domain.execution.monitor import execution
from services.analysis.domain.forecasting.forecast import outlook
from services.analysis.domain.forecasting.methods import (
    WHOLE_BP,
    Outlook,
    Seasonal,
    half_up,
    point_of,
    seasonal_share,
)
from services.analysis.domain.snapshot import Snapshot, snapshot
from services.analysis.domain.state import Jurisdiction, ProjectHead, ProjectYear

UNFITTED: Final = (
    ForecastMethod.RUN_RATE,
    ForecastMethod.PLAN_FOLLOWING,
    ForecastMethod.COMMITTED,
    ForecastMethod.EARNED_VALUE,
)
"""Methods that need nothing of other years."""


class Case(NamedTuple):
    """A past project year at a cut-off."""

    completed: int
    """Completed months, 0 to 11."""
    known: Outlook
    points: tuple[int, ...]
    """Spending that each of UNFITTED would have foreseen, fen."""

    def point(self, method: ForecastMethod, seasonal: Seasonal | None) -> int:
        """Return what a method would have foreseen; `seasonal`: shares of other years."""
        if method is not ForecastMethod.SEASONAL_SHARE:
            return self.points[UNFITTED.index(method)]
        known = self.known
        found = None if known.ended else seasonal_share(known, seasonal)
        return self.points[FOLLOWING] if found is None else known.within(found)


FOLLOWING: Final = UNFITTED.index(ForecastMethod.PLAN_FOLLOWING)


class PastYear(NamedTuple):
    """A project year that is over."""

    fiscal_year: int
    project_class: ProjectClass | None
    """Class at the first cut-off at which there was a budget."""
    actual: int
    """Spending at the year's end, fen."""
    shares_bp: Seasonal | None
    """Share of it done by each month's end; None: nothing was spent."""
    cases: tuple[Case, ...]
    """By completed months; without those at which there was no budget yet."""


def cut_offs(calendar: FiscalCalendar) -> tuple[int, ...]:
    """Return the days at which forecasts are tested: by completed months, 0 to 11.

    The last day of each of the first eleven months; for none completed the eve of the first's.
    """
    return (calendar.starts[1] - 2, *(start - 1 for start in calendar.starts[1:]))


def past_year(jurisdiction: Jurisdiction, head: ProjectHead, year: ProjectYear) -> PastYear | None:
    """Look at a year that is over as it was seen in its course; None: it never had a budget."""
    cases: list[Case] = []
    project_class = None
    calendar = fiscal_calendar(year.fiscal_year, jurisdiction.start_month)
    for completed, day in enumerate(cut_offs(calendar)):
        now = snapshot(jurisdiction, head, year, dt.date.fromordinal(day))
        if now.adjusted <= 0:
            continue
        if not cases and now.known is not None:
            project_class = now.known.project_class
        known = outlook(now, execution(now), attainment(now))
        points = tuple(point_of(known, method)[1] for method in UNFITTED)
        cases.append(Case(completed, known, points))
    if not cases:
        return None
    last = snapshot(jurisdiction, head, year, calendar.last)
    shares = _shares(last)
    return PastYear(year.fiscal_year, project_class, last.whole.spent, shares, tuple(cases))


def _shares(last: Snapshot) -> Seasonal | None:
    """Return the cumulative share spent by each month's end, never falling."""
    spent = last.whole.spent
    if spent <= 0:
        return None
    found, done, most = [], last.whole.months[0], 0
    for fen in last.whole.months[1 : MONTHS + 1]:
        done += fen
        most = max(most, min(WHOLE_BP, half_up(max(0, done) * WHOLE_BP, spent)))
        found.append(most)
    return tuple(found)
