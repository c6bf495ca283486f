"""Merged cells of a sheet: every row of a range gets the value that stands at its beginning."""

import re
from typing import Final

from services.intake.files.tables import COLUMNS_MAX, Unreadable, UnreadableTableError
from services.intake.files.xlsx_parts import MERGES_MAX, Package

_TAIL_CHARS: Final = 128
"""Longer than any mergeCell element's name and range: one cut in two is found in the next piece."""
_MERGE: Final = re.compile(
    rb"<(?:[A-Za-z0-9]+:)?mergeCell\s[^>]{0,60}?ref\s*=\s*[\"']"
    rb"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})[\"']"
)


class Merges:
    """Merged ranges by their first row, walked along with the rows."""

    def __init__(self, ranges: list[tuple[int, int, int, int]]) -> None:
        """Take ranges as (first row, last row, first column, last column)."""
        self._waiting = sorted(ranges, reverse=True)
        self._active: list[_Active] = []

    def fill(self, line: int, values: list[str]) -> frozenset[int]:
        """Repeat values over their ranges; return the columns that were filled."""
        if not self._waiting and not self._active:
            return frozenset()
        while self._waiting and self._waiting[-1][0] <= line:
            first, last, left, right = self._waiting.pop()
            if last >= line:
                text = values[left] if first == line and left < len(values) else ""
                self._active.append(_Active(first, last, left, right, text))
        if len(self._active) > COLUMNS_MAX:
            raise UnreadableTableError(
                Unreadable.DAMAGED,
                f"row {line}: merged ranges overlap",
                f"第 {line} 行的合并单元格相互重叠",
            )
        filled: set[int] = set()
        kept = []
        for merged in self._active:
            if merged.last >= line:
                merged.fill(line, values, filled)
                if merged.last > line:
                    kept.append(merged)
        self._active = kept
        return frozenset(filled)


class _Active:
    __slots__ = ("first", "last", "left", "right", "text")

    def __init__(self, first: int, last: int, left: int, right: int, text: str) -> None:
        self.first, self.last, self.left, self.text = first, last, left, text
        self.right = min(right, COLUMNS_MAX - 1)

    def fill(self, line: int, values: list[str], filled: set[int]) -> None:
        if not self.text:
            return
        begins = self.left + 1 if line == self.first else self.left
        if self.right >= len(values):
            values.extend([""] * (self.right + 1 - len(values)))
        for column in range(begins, self.right + 1):
            if not values[column]:
                values[column] = self.text
                filled.add(column)


def read_merges(package: Package, part: str) -> Merges:
    """Find a sheet's merged ranges: they stand behind its rows, so they are looked for first."""
    ranges: list[tuple[int, int, int, int]] = []
    tail = b""
    for piece in package.pieces(part):
        window = tail + piece
        end = 0
        for found in _MERGE.finditer(window):
            end = found.end()
            left, first, right, last = found.groups()
            if len(ranges) == MERGES_MAX:
                raise UnreadableTableError(
                    Unreadable.TOO_LARGE,
                    f"more than {MERGES_MAX:,} merged ranges",
                    "合并单元格过多",
                )
            place = (int(first), int(last), _column(left), _column(right))
            if place[0] <= place[1] and place[2] <= place[3]:
                ranges.append(place)
        tail = window[max(end, len(window) - _TAIL_CHARS) :]
    return Merges(ranges)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
