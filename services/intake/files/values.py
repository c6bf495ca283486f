"""Reading what stands in a file's attributes: dates, amounts, numbers, words, fiscal years.

A reader returns None for what it cannot read; the mapper then puts the raw text into the event,
and intake says what is wrong with it.
"""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from contracts.vocabulary import (
    FISCAL_YEAR_MAX,
    FISCAL_YEAR_MIN,
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    fen_to_wire,
)

NUMBER_LENGTH_MAX: Final = 60
"""Longest number that is read; anything longer is no amount of money."""
PLACES_MAX: Final = 6
"""Decimal places an indicator's value keeps (contracts: DecimalText)."""
INTEGER_DIGITS_MAX: Final = 18
"""Digits before the point an indicator's value may have (contracts: DecimalText)."""

_EXACT = Context(prec=2 * NUMBER_LENGTH_MAX)
_FEN = Decimal("0.01")
# xsd:date may carry a time zone; the day it names is the same.
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_BREAKS = re.compile("\r\n|[\r\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def read_date(raw: str) -> dt.date | None:
    """Read an xsd:date; None if it is prose, a date-time or a day that does not exist."""
    found = _DATE.fullmatch(raw)
    if not found:
        return None
    try:
        return dt.date.fromisoformat(found[1])
    except ValueError:
        return None


def read_number(raw: str) -> Decimal | None:
    """Read an xsd:decimal exactly; None for words, separators, exponents, NaN."""
    if len(raw) > NUMBER_LENGTH_MAX or not _NUMBER.fullmatch(raw):
        return None
    return Decimal(raw)


def canonical_number(raw: str) -> str:
    """Write equal numbers alike (10, 10.0 and +10.00 are "10"); other text stays as it is."""
    number = read_number(raw)
    return raw if number is None else _plain(number)


def decimal_text(raw: str) -> str | None:
    """Return an indicator's value as contracts write numbers; None if it is no number."""
    number = read_number(raw)
    if number is None:
        return None
    if -number.as_tuple().exponent > PLACES_MAX:  # type: ignore[operator]
        number = number.quantize(Decimal(1).scaleb(-PLACES_MAX), ROUND_HALF_UP, _EXACT)
    text = _plain(number)
    whole = text.lstrip("-").partition(".")[0]
    return text if len(whole) <= INTEGER_DIGITS_MAX else None


def _plain(number: Decimal) -> str:
    # normalize() drops trailing zeros, "f" keeps it free of exponents; -0 is 0.
    return format(number.normalize(_EXACT) if number else Decimal(0), "f")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as a file writes it."""

    raw: str
    """As written, without outer spaces."""
    fen: int | None
    """Signed amount in 1/100 of the currency's unit, rounded half up; None if no number."""
    exact: bool
    """Whether it had at most two decimals, so that nothing was rounded."""

    @property
    def wire(self) -> str:
        """Its size as a wire amount (the event's kind tells the direction), or the raw text."""
        return self.raw if self.fen is None else fen_to_wire(abs(self.fen))

    @property
    def source_amount(self) -> str | None:
        """The amount as written, where rounding changed it."""
        return None if self.exact else self.raw


def read_amount(raw: str) -> Amount:
    """Read an amount of money; more than two decimals are rounded half up, once."""
    number = read_number(raw)
    if number is None:
        return Amount(raw, None, exact=True)
    rounded = number.quantize(_FEN, ROUND_HALF_UP, _EXACT)
    return Amount(raw, int(rounded.scaleb(2, _EXACT)), exact=rounded == number)


def one_line(text: str, length_max: int = NAME_LENGTH_MAX) -> str:
    """Write text on one line, single-spaced, cut with an ellipsis where it is too long."""
    return _cut(" ".join(_CONTROLS.sub(" ", text).split()), length_max)


def plain_text(text: str, length_max: int = TEXT_LENGTH_MAX) -> str:
    """Keep a text's lines; other control characters become spaces, too long a text is cut."""
    return _cut(_CONTROLS.sub(" ", _BREAKS.sub("\n", text)).strip(), length_max)


def _cut(text: str, length_max: int) -> str:
    return text if len(text) <= length_max else text[: length_max - 1] + "…"


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """A jurisdiction's fiscal years, each named by the calendar year in which it begins."""

    start_month: int
    """Month whose first day begins the year: 1 in China, 4 in the United Kingdom."""

    def year_of(self, day: dt.date) -> int:
        """Return the fiscal year a day lies in."""
        return day.year if day.month >= self.start_month else day.year - 1

    def first_day(self, year: int) -> dt.date:
        """Return the first day of a fiscal year."""
        return dt.date(year, self.start_month, 1)

    def last_day(self, year: int) -> dt.date:
        """Return the last day of a fiscal year."""
        return dt.date(year + 1, self.start_month, 1) - dt.timedelta(days=1)

    def years_of(self, start: dt.date, end: dt.date) -> range:
        """Return the fiscal years a period touches, within what contracts can name."""
        return range(
            max(self.year_of(start), FISCAL_YEAR_MIN),
            min(self.year_of(end), FISCAL_YEAR_MAX) + 1,
        )

    def year_with_most_days(self, start: dt.date, end: dt.date) -> int:
        """Return the fiscal year that holds most days of a period; of equals, the later."""

        def days(year: int) -> int:
            first, last = max(start, self.first_day(year)), min(end, self.last_day(year))
            return (last - first).days + 1

        years = self.years_of(start, end)
        return max(years, key=lambda year: (days(year), year)) if years else self.year_of(end)

    def is_whole_year(self, start: dt.date, end: dt.date) -> bool:
        """Whether a period is exactly one fiscal year."""
        year = self.year_of(start)
        return FISCAL_YEAR_MIN <= year <= FISCAL_YEAR_MAX and (start, end) == (
            self.first_day(year),
            self.last_day(year),
        )
