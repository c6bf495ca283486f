"""Fiscal years, completed months and working days (domain-rules 10, 11, 16)."""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

MONTHS: Final = 12
ONE_DAY: Final = dt.timedelta(days=1)
SATURDAY: Final = 5
WORKING_DAYS_MAX: Final = 1000
"""No deadline of the rules is further away."""


@dataclass(frozen=True)
class FiscalYear:
    """A fiscal year, named by the calendar year in which it begins."""

    year: int
    start: dt.date
    month_ends: tuple[dt.date, ...]
    """Last day of each of its twelve months."""

    @property
    def end(self) -> dt.date:
        """Last day of the year."""
        return self.month_ends[-1]

    def months_completed(self, as_of: dt.date) -> int:
        """Months whose last day has come: 15 July is 6, 30 June as well."""
        return bisect_right(self.month_ends, as_of)

    def month_of(self, date: dt.date) -> int:
        """Index of the month a date lies in; dates outside count to the nearest month."""
        return min(bisect_left(self.month_ends, date), MONTHS - 1)


@cache
def fiscal_year(year: int, first_day: str) -> FiscalYear:
    """Give the fiscal year that begins on `first_day` (MM-01) of `year`."""
    first_month = int(first_day[:2])
    starts = [_month_start(year, first_month + offset) for offset in range(MONTHS + 1)]
    return FiscalYear(year, starts[0], tuple(start - ONE_DAY for start in starts[1:]))


def fiscal_year_of(date: dt.date, first_day: str) -> FiscalYear:
    """Give the fiscal year in which a date lies."""
    year = fiscal_year(date.year, first_day)
    return year if date >= year.start else fiscal_year(date.year - 1, first_day)


def _month_start(year: int, month: int) -> dt.date:
    return dt.date(year + (month - 1) // MONTHS, (month - 1) % MONTHS + 1, 1)


@dataclass(frozen=True)
class Weekdays:
    """Which days are worked: Monday to Friday, but for what a calendar says."""

    off: frozenset[dt.date] = frozenset()
    worked: frozenset[dt.date] = frozenset()

    def is_working(self, date: dt.date) -> bool:
        """Whether a day is worked."""
        return date in self.worked or (date.weekday() < SATURDAY and date not in self.off)


MONDAY_TO_FRIDAY: Final = Weekdays()


def after_working_days(
    start: dt.date, count: int, calendar: Weekdays = MONDAY_TO_FRIDAY
) -> dt.date:
    """Give the day that is `count` working days after `start`."""
    date = start
    for _ in range(WORKING_DAYS_MAX):
        if count == 0:
            return date
        date += ONE_DAY
        count -= calendar.is_working(date)
    raise ValueError(count)


@cache
def day(text: str) -> dt.date:
    """Read a business date."""
    return dt.date.fromisoformat(text)


def last_until(dates: Iterable[dt.date], as_of: dt.date) -> dt.date | None:
    """Give the latest date that has been reached."""
    return max((date for date in dates if date <= as_of), default=None)
