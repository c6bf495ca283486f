"""One project year at a date, summed once: what everything that is measured starts from."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from services.analysis.domain.calendar import FiscalCalendar, fiscal_calendar
from services.analysis.domain.measures import parameters_at
from services.analysis.domain.money.figures import LineSums, Sums, adjusted_budget, sum_lines, total
from services.analysis.domain.numbers import Ratio
from services.analysis.domain.state import (
    Jurisdiction,
    Known,
    Parameters,
    ProjectHead,
    ProjectYear,
)


@dataclass(slots=True)
class Snapshot:
    """Facts dated by a day, and what they are measured by."""

    jurisdiction: Jurisdiction
    head: ProjectHead
    year: ProjectYear
    day: int
    """Ordinal of the date."""
    calendar: FiscalCalendar
    parameters: Parameters
    """Those that hold at the date."""
    known: Known | None
    """The project as it is at the date; None: not registered."""
    lines: list[LineSums]
    """By line id."""
    whole: Sums = field(init=False)
    """All lines together."""
    adjusted: int = field(init=False)
    """Adjusted budget, fen."""
    effect: Ratio | None = field(init=False, default=None)
    """Weighted attainment of what money buys directly, exactly; set by `attainment.monitor`."""

    standards: dict[bool, Any] = field(init=False, default_factory=dict)
    """What `execution.standard` found to rule, by whether undistributed money is judged as well."""

    def __post_init__(self) -> None:
        """Add up."""
        self.whole = total(self.lines)
        self.adjusted = adjusted_budget(self.whole.columns)


def snapshot(
    jurisdiction: Jurisdiction, head: ProjectHead, year: ProjectYear, as_of: dt.date
) -> Snapshot:
    """Sum a project year at a date."""
    day = as_of.toordinal()
    calendar = fiscal_calendar(year.fiscal_year, jurisdiction.start_month)
    return Snapshot(
        jurisdiction,
        head,
        year,
        day,
        calendar,
        parameters_at(jurisdiction, day),
        head.registration(as_of),
        sum_lines(year, calendar, day),
    )
