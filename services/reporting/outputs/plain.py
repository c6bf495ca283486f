"""Text as it may stand in a file: without what steers programs instead of being read."""

import re
import unicodedata
from typing import Final

LENGTH_MAX: Final = 32_000
"""Longest text of a cell; Excel's own limit is 32,767."""
CUT_SIGN: Final = "……"

# Controls but for tab and newline; signs that turn the direction of writing (a text could show
# another amount than it holds); surrogates; signs that are none.
_STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]"
    "|[\ud800-\udfff]"
)
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take typed or pasted text for a formula (OWASP: CSV injection)."""


def printable(text: str, limit: int = LENGTH_MAX) -> str:
    """Drop what steers, and cut what is too long, visibly."""
    found = _STEERING.sub("", text.replace("\r\n", "\n"))
    if len(found) <= limit:
        return found
    return found[: limit - len(CUT_SIGN)] + CUT_SIGN


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula if it were typed."""
    return text.lstrip(" \n").startswith(FORMULA_SIGNS)


def width_of(text: str) -> int:
    """Count the columns of a text on one line: a Chinese sign is two wide."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)


def lines_of(text: str, width: int) -> int:
    """Count the lines a text takes in a cell so many columns wide."""
    return sum(max(1, -(-width_of(line) // width)) for line in text.split("\n"))
