"""Excel's numbers and dates as the text a person sees."""

import datetime as dt
import re
from decimal import Decimal
from typing import Final

SERIAL_MAX: Final = 2_958_465
"""9999-12-31, the last day Excel knows."""
PHANTOM: Final = 60
"""1900-02-29, a day that Excel has and the calendar has not."""
DAYS_1904: Final = 1_462
EXACT_DIGITS: Final = 15
"""Digits of a number that Excel keeps and shows."""
NUMBER_CHARS_MAX: Final = 40

_BUILTIN_DATES: Final = frozenset((*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)))
_BUILTIN_PERCENT: Final = frozenset((9, 10))
# Quoted text, escaped characters, [colours and conditions]: no letters of a date.
_NO_CODE: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def day_of_serial(serial: int, *, date_1904: bool = False) -> dt.date | None:
    """Read a serial day; None for none, and for the 29th of February 1900."""
    if date_1904:
        serial += DAYS_1904
    elif serial == PHANTOM:
        return None
    elif serial < PHANTOM:
        serial += 1
    if not 1 < serial <= SERIAL_MAX:
        return None
    return dt.date(1899, 12, 30) + dt.timedelta(days=serial)


def format_kind(number: int, code: str | None) -> str | None:
    """Tell what a number format shows: date, percent, or None for a plain number."""
    if number in _BUILTIN_DATES:
        return "date"
    if number in _BUILTIN_PERCENT:
        return "percent"
    if code is None:
        return None
    bare = _NO_CODE.sub("", code.split(";", 1)[0]).lower()
    if "%" in bare:
        return "percent"
    # Hours alone are no day; 年月日 stand quoted or bare.
    dated = any(sign in bare for sign in "yde") or "m" in bare.replace("am/pm", "")
    return "date" if dated and "general" not in bare and not _timed(bare) else None


def _timed(bare: str) -> bool:
    return not any(sign in bare for sign in "yd") and any(sign in bare for sign in "hs")


def _is_number(text: str) -> bool:
    """Whether it is a number that is reckoned with: a million digits are none that Excel wrote."""
    return len(text) <= NUMBER_CHARS_MAX and _NUMBER.fullmatch(text) is not None


def number_text(raw: str) -> str:
    """Write a stored number as Excel shows it: 15 digits, no exponent, no float's dust."""
    raw = raw.strip()
    if not _is_number(raw):
        return raw
    if len(raw) <= EXACT_DIGITS and "e" not in raw.lower():
        return raw
    number = Decimal(f"{float(raw):.{EXACT_DIGITS}g}")
    if not number.is_finite() or number.adjusted() >= EXACT_DIGITS:
        # Excel has lost the last digits of it; with an exponent nobody takes it for a code.
        return f"{float(raw):.{EXACT_DIGITS - 1}E}"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent_text(raw: str) -> str:
    """Write 0.5934 as 59.34%."""
    text = number_text(raw)
    if not _is_number(text):
        return text
    shifted = format(Decimal(text).scaleb(2), "f")
    return (shifted.rstrip("0").rstrip(".") if "." in shifted else shifted) + "%"


def date_text(raw: str, *, date_1904: bool) -> str:
    """Write a serial day as ISO; what is no day stays a number."""
    text = number_text(raw)
    if not _is_number(text):
        return text
    day = day_of_serial(int(Decimal(text)), date_1904=date_1904)
    return text if day is None else day.isoformat()
