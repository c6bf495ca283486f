"""Reading dates, amounts, numbers and fiscal years."""

import datetime as dt
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import wire_to_fen
from services.intake.files.values import (
    FiscalCalendar,
    canonical_number,
    decimal_text,
    one_line,
    plain_text,
    read_amount,
    read_date,
    read_number,
)

DAYS = st.dates(dt.date(1995, 1, 1), dt.date(2150, 12, 31))


@pytest.mark.parametrize("raw", ["2021-04-01", "2021-04-01Z", "2021-04-01+01:00"])
def test_an_xsd_date_may_carry_a_time_zone(raw: str) -> None:
    """The day it names is the same."""
    assert dt.date(2021, 4, 1) == read_date(raw)


@pytest.mark.parametrize(
    "raw",
    ["", "soon", "1 April 2021", "2021-4-1", "2021-02-30", "2021-04-01T00:00:00", "٢٠٢١-٠٤-٠١"],
)
def test_prose_and_impossible_days_are_no_dates(raw: str) -> None:
    """They go to quarantine with what was written."""
    assert read_date(raw) is None


@pytest.mark.parametrize("raw", ["", "1,234.50", "1e5", "NaN", "£5", "--1", ".", "1.2.3", "9" * 61])
def test_words_separators_and_exponents_are_no_amounts(raw: str) -> None:
    """The raw text stands where the amount belongs."""
    amount = read_amount(raw)

    assert (None, raw, None) == (amount.fen, amount.wire, amount.source_amount)


@given(st.decimals(-(10**12), 10**12, places=5))
def test_amounts_are_rounded_half_up_once(number: Decimal) -> None:
    """Exactly as Decimal does it, and kept as written where that changed something."""
    amount = read_amount(f"{number:f}")
    rounded = number.quantize(Decimal("0.01"), ROUND_HALF_UP)

    assert int(rounded * 100) == amount.fen
    assert wire_to_fen(amount.wire) == abs(amount.fen)
    assert (amount.source_amount is None) == (rounded == number)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [("10", "10"), ("+10.00", "10"), ("-0.0", "0"), ("010.50", "10.5"), (".5", "0.5"), ("x", "x")],
)
def test_equal_numbers_are_written_alike(raw: str, canonical: str) -> None:
    """So that their rows keep their ids from release to release."""
    assert canonical == canonical_number(raw)


def test_indicator_values_fit_the_contracts() -> None:
    """At most six places, at most eighteen digits before the point."""
    assert "0.123457" == decimal_text("0.12345650")
    assert "1400" == decimal_text("1400.0")
    assert decimal_text("1" * 19) is None
    assert decimal_text("7 of 9") is None
    assert read_number("7") == 7


def test_text_keeps_its_lines_and_loses_its_control_characters() -> None:
    """Contracts allow line breaks and tabs, and nothing else below a space."""
    assert "a\n\nb c" == plain_text(" a\r\n\rb\x07c ")
    assert "a b c" == one_line(" a\r\n b\x7fc ")
    assert "abc…" == one_line("abcdef", 4)


@given(DAYS, st.integers(1, 12))
def test_a_day_lies_in_its_fiscal_year(day: dt.date, month: int) -> None:
    """Between its first and last day, both included."""
    calendar = FiscalCalendar(month)
    year = calendar.year_of(day)

    assert calendar.first_day(year) <= day <= calendar.last_day(year)
    assert calendar.is_whole_year(calendar.first_day(year), calendar.last_day(year))
    assert calendar.last_day(year) + dt.timedelta(days=1) == calendar.first_day(year + 1)


@given(DAYS, st.integers(0, 1500), st.integers(1, 12))
def test_no_other_year_holds_more_days_and_no_later_one_as_many(
    start: dt.date, days: int, month: int
) -> None:
    """Counted day by day."""
    calendar = FiscalCalendar(month)
    end = start + dt.timedelta(days=days)
    held = Counter(calendar.year_of(start + dt.timedelta(days=n)) for n in range(days + 1))
    most = max(held.values())

    assert max(year for year, number in held.items() if number == most) == (
        calendar.year_with_most_days(start, end)
    )
