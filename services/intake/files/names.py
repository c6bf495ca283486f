"""Names of columns and words in cells, compared as people mean them: without spaces and widths."""

import re
import unicodedata
from fnmatch import translate
from functools import lru_cache
from typing import Final, NamedTuple

WORD_LENGTH_MAX: Final = 512
"""Longest cell that is compared with a word or pattern; what is longer is no word."""
WORDS_CACHED: Final = 8_192
"""Words kept at hand: 已支付 stands in every row."""
UNIT_FEN: Final = {"元": 100, "人民币元": 100, "千元": 100_000, "万元": 1_000_000, "亿元": 10**10}
"""Units an amount may be written in, and what one is in fen."""

_SPACE: Final = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")
_BRACKETED: Final = re.compile(r"[(\[【](?:单位:?)?(人民币元|元|千元|万元|亿元)[)\]】]$")
# 单位:万元 above a table, not 单位:元氏县财政局.
_STATED: Final = re.compile(r"单位[::](?:人民币)?(元|千元|万元|亿元)(?![^\W0-9A-Za-z_币])")


@lru_cache(WORDS_CACHED)
def word_of(text: str) -> str:
    """Write a word as it is compared: NFKC, no white space, no invisible characters."""
    if text.isascii() and text.isalnum():
        return text
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


class ColumnName(NamedTuple):
    """A column's name without its unit, and the unit if the name states one."""

    key: str
    unit: str | None


def column_name(text: str) -> ColumnName:
    """Read a heading: 金额(万元) is the column 金额 in 万元; letters compare without case."""
    key = word_of(text[:WORD_LENGTH_MAX]).casefold().strip("*:")
    found = _BRACKETED.search(key)
    if found is None or found.start() == 0:
        return ColumnName(key, None)
    return ColumnName(key[: found.start()], found[1])


def unit_stated(text: str) -> str | None:
    """Find the unit that a line above the table states: 单位:万元."""
    found = _STATED.search(word_of(text[:WORD_LENGTH_MAX]))
    return found[1] if found else None


def pattern_of(glob: str) -> re.Pattern[str]:
    """Compile a pattern with * and ? that is compared with whole words."""
    return re.compile(translate(word_of(glob)))
