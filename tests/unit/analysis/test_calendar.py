"""Fiscal years, completed months, working days."""

import datetime as dt

import pytest

from services.analysis.domain import (
    Jurisdiction,
    add_working_days,
    current_fiscal_year,
    fiscal_year_bounds,
    is_working_day,
    months_completed,
)
from tests.spec.engines import folded
from tests.support.builders import day, day_opened, jurisdiction

JANUARY = Jurisdiction("610100", start_month=1)
APRIL = Jurisdiction("GB", start_month=4)


@pytest.mark.parametrize(
    ("place", "year", "as_of", "expected"),
    [
        (JANUARY, 2026, "2025-12-31", 0),
        (JANUARY, 2026, "2026-01-01", 0),
        (JANUARY, 2026, "2026-01-30", 0),
        (JANUARY, 2026, "2026-01-31", 1),
        (JANUARY, 2026, "2026-02-28", 2),
        (JANUARY, 2024, "2024-02-28", 1),
        (JANUARY, 2024, "2024-02-29", 2),
        (JANUARY, 2026, "2026-06-29", 5),
        (JANUARY, 2026, "2026-06-30", 6),
        (JANUARY, 2026, "2026-07-15", 6),
        (JANUARY, 2026, "2026-12-30", 11),
        (JANUARY, 2026, "2026-12-31", 12),
        (JANUARY, 2026, "2027-03-01", 12),
        (APRIL, 2021, "2021-09-30", 6),
        (APRIL, 2021, "2022-03-30", 11),
        (APRIL, 2021, "2022-03-31", 12),
        (JANUARY, 2199, "2299-12-31", 12),
        (JANUARY, 2026, "1900-01-01", 0),
    ],
)
def test_a_month_is_completed_at_the_end_of_its_last_day(
    place: Jurisdiction, year: int, as_of: str, expected: int
) -> None:
    """domain-rules 10: 15 July = 6 of 12; as of a day means at its end."""
    assert expected == months_completed(place, year, day(as_of))


@pytest.mark.parametrize(
    ("place", "on", "expected"),
    [
        (JANUARY, "2026-01-01", 2026),
        (JANUARY, "2026-12-31", 2026),
        (APRIL, "2022-03-31", 2021),
        (APRIL, "2022-04-01", 2022),
    ],
)
def test_a_fiscal_year_is_named_by_the_year_in_which_it_begins(
    place: Jurisdiction, on: str, expected: int
) -> None:
    """Issue 3: April 2021 to March 2022 is 2021."""
    assert expected == current_fiscal_year(place, day(on))


def test_the_bounds_of_a_fiscal_year() -> None:
    """First and last day, both within it."""
    assert (day("2021-04-01"), day("2022-03-31")) == fiscal_year_bounds(APRIL, 2021)


def test_working_days_are_monday_to_friday_without_a_calendar() -> None:
    """Friday plus one is Monday."""
    assert day("2026-03-09") == add_working_days(JANUARY, day("2026-03-06"), 1)
    assert day("2026-03-06") == add_working_days(JANUARY, day("2026-03-06"), 0)


def test_opened_days_say_whether_they_are_worked() -> None:
    """Time is a fact: a holiday on a Monday, a worked Saturday."""
    engine = folded(
        [
            jurisdiction(),
            day_opened("2026-03-07", working_day=True),
            day_opened("2026-03-09", working_day=False),
        ]
    )
    place = engine.jurisdictions["610100"]

    assert is_working_day(place, day("2026-03-07"))
    assert day("2026-03-10") == add_working_days(place, day("2026-03-06"), 2)


def test_a_count_of_working_days_is_bounded() -> None:
    """No loop without a limit."""
    with pytest.raises(ValueError, match="working days"):
        add_working_days(JANUARY, dt.date(2026, 1, 1), 1_001)
