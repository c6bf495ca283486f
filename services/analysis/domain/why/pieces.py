"""The facts of a project year one by one, as the figures take them: corrections as two moves."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from services.analysis.domain.corrections import FACT_CORRECTED, original_of
from services.analysis.domain.state import NO_LINE, Entry, Jurisdiction


class Piece(NamedTuple):
    """What one entry does on one line."""

    entry: Entry
    """The entry that is shown: of a correction itself."""
    kind: str
    """CloudEvents type of the fact that counts: of a correction the corrected one's."""
    data: Any
    line: str
    """Line it counts on; NO_LINE: none."""
    sign: int
    """-1: it is taken away here, as a correction moves it on."""

    @property
    def moved(self) -> bool:
        """Whether a correction moves it."""
        return self.data is not self.entry.event.data


def pieces(entries: Iterable[Entry], as_of: dt.date) -> list[Piece]:
    """List what facts do up to a date, by business date and entry; a correction moves on its own.

    A second correction of an entry moves it from where the first left it (domain-rules 4), under
    whatever date; one that is dated before its fact moves it from the first.
    """
    found: list[tuple[dt.date, Piece]] = []
    line_now: dict[int, str] = {}
    for entry in sorted(entries, key=lambda known: known.sequence):
        data = entry.event.data
        if entry.event.type != FACT_CORRECTED:
            line = getattr(data, "line", None) or NO_LINE
            found.append((data.date, Piece(entry, entry.event.type, data, line, 1)))
            continue
        original = entry.original
        if original is None or data.line is None or not _moves(original.data, data.fiscal_year):
            continue
        before = line_now.get(data.entry, getattr(original.data, "line", None) or NO_LINE)
        line_now[data.entry] = data.line
        if before != data.line:
            date = max(data.date, original.data.date)
            found += [
                (date, Piece(entry, original.type, original.data, before, -1)),
                (date, Piece(entry, original.type, original.data, data.line, 1)),
            ]
    found.sort(key=lambda dated: (dated[0], dated[1].entry.sequence))
    return [piece for date, piece in found if date <= as_of]


def _moves(original: Any, fiscal_year: int) -> bool:
    """Say whether a fact can move: an approval for an own period stays where it is."""
    same_year = getattr(original, "fiscal_year", None) == fiscal_year
    return same_year and getattr(original, "period", None) is None


def with_originals(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Hand each correction the event that it corrects, where that is among the entries."""
    by_sequence: dict[int, Any] = {}
    for entry in entries:
        by_sequence[entry.sequence] = entry.event
        if entry.event.type == FACT_CORRECTED and entry.original is None:
            entry.original = original_of(entry, by_sequence)
    return entries


class Lateness:
    """Tells whether an entry came after the day that it is dated had ended (17b)."""

    def __init__(self, jurisdiction: Jurisdiction) -> None:
        """Look at the opened days in order of their positions."""
        openings = sorted(jurisdiction.openings, key=lambda known: known.position)
        self._positions = [known.position for known in openings]
        self._latest = list(accumulate((known.day for known in openings), max))

    def of(self, entry: Entry, date: dt.date) -> bool:
        """Say whether a later day had been opened before the entry."""
        before = bisect_left(self._positions, entry.position)
        return before > 0 and self._latest[before - 1] > date.toordinal()
