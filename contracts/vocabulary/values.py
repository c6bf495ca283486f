"""Amounts, rates, dates, identifiers, texts: what fields are made of.

Money is an integer number of fen (1/100 of the currency's unit) inside and a decimal string with
two places on the wire; rates are integer basis points (1/100 of a per cent).
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

YUAN_DIGITS_MAX: Final = 15
"""Longest integer part of an amount: 999,999,999,999,999 yuan fits int64 fen with room to sum."""

SUM_DIGITS_MAX: Final = 24
"""Longest integer part of a derived sum: no number of largest amounts makes one unreadable."""

FISCAL_YEAR_MIN: Final = 1990
FISCAL_YEAR_MAX: Final = 2199
DATE_MIN: Final = dt.date(1900, 1, 1)
DATE_MAX: Final = dt.date(2299, 12, 31)
"""Bounds of every business date, so that no reader's arithmetic leaves the calendar."""
ID_LENGTH_MAX: Final = 128
NAME_LENGTH_MAX: Final = 500
TEXT_LENGTH_MAX: Final = 4_000
CODE_LENGTH_MAX: Final = 64
REMEMBERED_MAX: Final = 10_000
"""Values of one kind whose other form is remembered: most amounts, dates and ids come again."""

_AMOUNT_PATTERN: Final = rf"^(0|[1-9][0-9]{{0,{YUAN_DIGITS_MAX - 1}}})\.[0-9]{{2}}$"
_SIGNED_PATTERN: Final = rf"^-?(0|[1-9][0-9]{{0,{SUM_DIGITS_MAX - 1}}})\.[0-9]{{2}}$"
_AMOUNT = re.compile(_AMOUNT_PATTERN, re.ASCII)
_SIGNED = re.compile(_SIGNED_PATTERN, re.ASCII)


@lru_cache(REMEMBERED_MAX)
def fen_to_wire(fen: int) -> str:
    """Write fen as the wire's decimal string: 12345 → "123.45", -5 → "-0.05"."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan}.{rest:02d}"


@lru_cache(REMEMBERED_MAX)
def wire_to_fen(text: str) -> int:
    """Read a wire amount, "123.45" → 12345; ValueError says what the form must be."""
    if not _SIGNED.fullmatch(text):
        msg = 'must be a decimal string with exactly two places, such as "1234.50"'
        raise ValueError(msg)
    return int(text.replace(".", ""))


def _read_amount(value: object) -> int:
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        return int(value.replace(".", ""))
    msg = (
        "must be a non-negative amount as a decimal string with exactly two places, "
        'such as "1234.50" (direction is given by the kind of the event, never by a sign)'
    )
    raise ValueError(msg)


def _read_signed(value: object) -> int:
    if isinstance(value, str):
        return wire_to_fen(value)
    msg = 'must be an amount as a decimal string with exactly two places, such as "-1234.50"'
    raise ValueError(msg)


Amount = Annotated[
    int,
    BeforeValidator(_read_amount),
    PlainSerializer(fen_to_wire, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _AMOUNT_PATTERN,
            "description": "non-negative amount, two decimal places",
        }
    ),
]
"""A non-negative amount: decimal string of yuan on the wire, integer fen inside."""


def amount_from(least: int) -> Callable[[int], int]:
    """Make the validator of an amount's least value, which tells it as an amount, not in fen."""
    told = fen_to_wire(least)

    def validate(fen: int) -> int:
        if fen < least:
            code, message = "amount_too_small", "must not be less than {least}"
            raise PydanticCustomError(code, message, {"least": told})
        return fen

    return validate


SignedAmount = Annotated[
    int,
    BeforeValidator(_read_signed),
    PlainSerializer(fen_to_wire, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _SIGNED_PATTERN,
            "description": "signed amount, two decimal places",
        }
    ),
]
"""A derived amount that may be negative (balances): as `Amount` but with a sign."""

BasisPoints = Annotated[int, Field(ge=-(10**12), le=10**12)]
"""A rate in 1/10,000: 5934 is 59.34 %."""


def rate_bp(part: int, whole: int) -> int | None:
    """Exact ratio of two fen amounts in basis points, rounded half up once; null over zero.

    domain-rules 12: every light and rule compares this one figure.
    """
    if whole == 0:
        return None
    # Integers alone: Decimal would round to its context's 28 digits first.
    size = abs(whole)
    rounded = (2 * 10_000 * abs(part) + size) // (2 * size)
    return rounded if (part < 0) == (whole < 0) else -rounded


@lru_cache(REMEMBERED_MAX)
def _date_of(text: str) -> dt.date | None:
    # Strictly YYYY-MM-DD: pydantic alone would also take numbers and midnight date-times.
    plain = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII)
    return dt.date.fromisoformat(text) if plain else None


def _read_date(value: object) -> dt.date:
    if isinstance(value, str):
        value = _date_of(value)
    if type(value) is not dt.date:
        msg = "must be a calendar date written YYYY-MM-DD"
        raise ValueError(msg)
    if not DATE_MIN <= value <= DATE_MAX:
        msg = f"must lie between {DATE_MIN} and {DATE_MAX} (leave an open end out)"
        raise ValueError(msg)
    return value


BusinessDate = Annotated[
    dt.date,
    BeforeValidator(_read_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]
"""A business day in the jurisdiction's own time zone, ISO 8601."""

FiscalYear = Annotated[int, Field(strict=True, ge=FISCAL_YEAR_MIN, le=FISCAL_YEAR_MAX)]
"""A fiscal year, named by the calendar year in which it begins (国家表 fiscal_year(4))."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def _plain_text(text: str) -> str:
    if _FORBIDDEN.search(text.replace("\n", "").replace("\t", "")):
        msg = "must not contain control characters"
        raise ValueError(msg)
    return text


@lru_cache(REMEMBERED_MAX)
def _identifier(text: str) -> str:
    if _FORBIDDEN.search(text) or text != text.strip():
        msg = "must not contain control characters or begin or end with a space"
        raise ValueError(msg)
    return text


Identifier = Annotated[
    str, Field(min_length=1, max_length=ID_LENGTH_MAX), AfterValidator(_identifier)
]
"""An id that another system gave: kept as it is, compared byte for byte."""

Code = Annotated[str, Field(min_length=1, max_length=CODE_LENGTH_MAX), AfterValidator(_identifier)]
"""A code of a national or local code list."""

Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX), AfterValidator(_plain_text)]
"""A title that people read."""

Text = Annotated[str, Field(max_length=TEXT_LENGTH_MAX), AfterValidator(_plain_text)]
"""Free text that people wrote."""


def _decimal_text(text: str) -> str:
    Decimal(text)
    return text


DecimalText = Annotated[
    str,
    Field(pattern=r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?$"),
    AfterValidator(_decimal_text),
]
"""An exact number that is not money (indicator values), as a decimal string, ≤ 6 places."""
