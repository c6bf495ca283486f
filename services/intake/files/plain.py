"""Cells of numbers, dates and codes without width and white space."""

import re
import unicodedata
from typing import Final

NUMBER_CHARS_MAX: Final = 60
"""Longest number or date that is read."""
NO_VALUE: Final = frozenset({"", "-", "--", "—", "——", "/", "无", "N/A", "n/a"})
"""What stands in a cell of numbers or dates where nothing is meant."""
_SPACE: Final = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")


def wide(text: str) -> str:
    """Write full-width characters as ordinary ones, without any white space."""
    if text.isascii():
        return text if text.isalnum() else "".join(text.split())
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))
