"""Which metrics and labels an expression names; promtool says whether it is one."""

import re
from collections.abc import Iterator
from typing import Final

STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
SELECTOR: Final = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
GROUPING: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
RANGE: Final = re.compile(r"\[[^\]]*\]|\boffset\s+\w+")
MATCHER: Final = re.compile(r"(\w+)\s*[=!]")
IDENTIFIER: Final = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])")
WORDS: Final = frozenset(
    {"and", "or", "unless", "bool", "offset", "inf", "nan", "group_left", "group_right"}
)
"""What is no metric though it stands alone."""


def names(expr: str) -> set[str]:
    """Give the names of all metrics."""
    bare = GROUPING.sub("", RANGE.sub("", STRING.sub('""', expr)))
    without_labels = re.sub(r"\{[^}]*\}", "", bare)
    return {name for name in IDENTIFIER.findall(without_labels) if name.lower() not in WORDS}


def matched(expr: str) -> Iterator[tuple[str, str]]:
    """Give every metric with each label that it is picked by."""
    for name, inner in SELECTOR.findall(STRING.sub('""', expr)):
        yield from ((name, label) for label in MATCHER.findall(inner))


def grouped(expr: str) -> set[str]:
    """Give the labels that it groups and joins by."""
    lists = GROUPING.findall(STRING.sub('""', expr))
    return {label for found in lists for label in re.findall(r"\w+", found)}
