"""Fiscal years, months completed and working days: the only arithmetic with dates.

A fiscal year is named by the calendar year in which it begins (domain-rules 5, issue 3).
"""

import datetime as dt
from bisect import bisect_right
from functools import lru_cache
from typing import Final, NamedTuple

from services.analysis.domain.state import Jurisdiction

MONTHS: Final = 12
SATURDAY: Final = 5
YEARS_CACHED_MAX: Final = 512
WORKING_DAYS_MAX: Final = 1_000
"""Longest period that is counted in working days."""


class FiscalCalendar(NamedTuple):
    """One fiscal year's days; all but the two dates are ordinals."""

    first: dt.date
    """First day."""
    last: dt.date
    """Last day."""
    starts: tuple[int, ...]
    """First day of each of its twelve months."""
    last_day: int
    """Last day, as ordinal."""
    ends: tuple[int, ...]
    """Last day of each of its twelve months."""

    def month_of(self, day: int) -> int:
        """Return the month that holds a day, 0 to 11; -1 before the year, 11 after it."""
        return bisect_right(self.starts, day) - 1

    def completed(self, as_of: int) -> int:
        """Return the months completed at the end of a day: 15 July = 6, 30 June = 6 (from 1 1)."""
        if as_of >= self.last_day:
            return MONTHS
        # A month is completed on its last day: on the eve of the next one's first.
        return max(0, bisect_right(self.starts, as_of + 1) - 1)


@lru_cache(maxsize=YEARS_CACHED_MAX)
def fiscal_calendar(fiscal_year: int, start_month: int) -> FiscalCalendar:
    """Return the days of the fiscal year that begins on the 1st of `start_month`."""
    months = range(start_month - 1, start_month + MONTHS)
    firsts = [dt.date(fiscal_year + n // MONTHS, n % MONTHS + 1, 1) for n in months]
    last = firsts[MONTHS] - dt.timedelta(days=1)
    starts = tuple(first.toordinal() for first in firsts[:MONTHS])
    ends = tuple(first.toordinal() - 1 for first in firsts[1:])
    return FiscalCalendar(firsts[0], last, starts, last.toordinal(), ends)


def day_of_year(calendar: FiscalCalendar, month_day: str) -> int:
    """Return the ordinal of a day of the calendar (MM-DD), the first within the fiscal year.

    What a year or month lacks (02-29) is the day after the month's last.
    """
    month, day = int(month_day[:2]), int(month_day[3:])
    start = calendar.starts[(month - calendar.first.month) % MONTHS]
    end = calendar.ends[(month - calendar.first.month) % MONTHS]
    return min(start + day - 1, end + 1)


def fiscal_year_at(day: dt.date, start_month: int) -> int:
    """Return the name of the fiscal year that contains a day."""
    return day.year if day.month >= start_month else day.year - 1


def current_fiscal_year(jurisdiction: Jurisdiction, on: dt.date) -> int:
    """Return the fiscal year of a jurisdiction that contains a day."""
    return fiscal_year_at(on, jurisdiction.start_month)


def fiscal_year_bounds(jurisdiction: Jurisdiction, fiscal_year: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a jurisdiction's fiscal year."""
    calendar = fiscal_calendar(fiscal_year, jurisdiction.start_month)
    return calendar.first, calendar.last


def months_completed(jurisdiction: Jurisdiction, fiscal_year: int, as_of: dt.date) -> int:
    """Return how many months of a fiscal year are completed at the end of a day (rule 10)."""
    return fiscal_calendar(fiscal_year, jurisdiction.start_month).completed(as_of.toordinal())


def is_late(jurisdiction: Jurisdiction, date: dt.date) -> bool:
    """Say whether a fact that comes now comes after the day that it is dated had ended."""
    return jurisdiction.today is not None and jurisdiction.today > date


def is_working_day(jurisdiction: Jurisdiction, day: dt.date) -> bool:
    """Say whether a day is worked: as it was opened, else Monday to Friday."""
    opened = jurisdiction.exceptions.get(day.toordinal())
    return day.weekday() < SATURDAY if opened is None else opened


def working_days_after(jurisdiction: Jurisdiction, day: dt.date, until: int) -> int:
    """Count the working days after a day up to another (an ordinal), at most so many."""
    last = min(until - day.toordinal(), 7 * WORKING_DAYS_MAX)
    return sum(
        is_working_day(jurisdiction, day + dt.timedelta(days=number))
        for number in range(1, last + 1)
    )


def add_working_days(jurisdiction: Jurisdiction, day: dt.date, count: int) -> dt.date:
    """Return the day that is `count` working days after `day` (the day itself not counted)."""
    if not 0 <= count <= WORKING_DAYS_MAX:
        msg = f"counts 0 to {WORKING_DAYS_MAX} working days, not {count}"
        raise ValueError(msg)
    left = count
    # A year of holidays would be a broken calendar: seven calendar days a working day suffice.
    for _ in range(count * 7):
        if left == 0:
            break
        day += dt.timedelta(days=1)
        left -= is_working_day(jurisdiction, day)
    return day
