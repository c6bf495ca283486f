"""What stops a project's money: its end, a suspension, a stop of disbursing (rules 8, 18).

Which days of a line each of them covers, and whether procurement had begun (docs/measuring.md).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.oracle.book import Book, Sums
from tests.oracle.facts import Fact
from tests.oracle.state import CHANGE, ENDED, States, decided

STOP, RESUME = "disbursement_stopped", "disbursement_resumed"

Stops = Sequence[tuple[dt.date, Fact]]
"""Decisions about disbursing, each with the day from which it is in effect, by (date, entry)."""
AFTER_END: Final = "after_end"
SUSPENDED: Final = "suspended"
STOPPED: Final = "stopped"
FINDING: Final = "finding"
FOR_REVIEW: Final = "for_review"


def stops_of(facts: Iterable[Fact]) -> Stops:
    """Give what is decided about disbursing, on whichever line."""
    return [
        (since, fact) for since, fact in decided(facts) if fact.data["measure"] in {STOP, RESUME}
    ]


def is_stopped(stops: Stops, date: dt.date) -> bool:
    """Whether the last decision in effect on a day stops disbursing."""
    in_effect = [fact for since, fact in stops if since <= date]
    return bool(in_effect) and in_effect[-1].data["measure"] == STOP


def concerning(stops: Stops, line: str | None) -> Stops:
    """Give the decisions that name a line or none; of money that names none only the latter."""
    return [(since, fact) for since, fact in stops if fact.line in {line, None}]


@dataclass(frozen=True)
class Forbidden:
    """A day on which money was not to move."""

    cause: str
    """AFTER_END, SUSPENDED or STOPPED."""
    first: dt.date
    """First day of all the days in a row of that cause."""
    nature: str


@dataclass(frozen=True)
class Line:
    """A line (None: money that names none) and all that may stop its money."""

    name: str | None
    book: Book
    states: States
    stops: Stops

    def forbids(self, date: dt.date) -> Forbidden | None:
        """Say what money is that moves on a day: after an end, within a suspension; or fine.

        Each day is told by one cause: an end before a suspension, a suspension before a stop.
        """
        span = self.states.at(date)
        if span.state in ENDED and span.closed_from <= date:
            return Forbidden(AFTER_END, self.states.in_a_row(ENDED, date), FINDING)
        if span.state == "suspended" and span.change is not None:
            if span.change.kind == CHANGE:
                begun = bool(span.change.data.get("procurement_begun"))
            else:
                begun = self._had_begun(span.start)
            first = self.states.in_a_row({"suspended"}, date)
            return Forbidden(SUSPENDED, first, FOR_REVIEW if begun else FINDING)
        concerned = concerning(self.stops, self.name)
        if not is_stopped(concerned, date):
            return None
        first = _first_day(concerned, date)
        return Forbidden(STOPPED, first, FOR_REVIEW if self._had_begun(first) else FINDING)

    def _had_begun(self, first: dt.date) -> bool:
        """Whether of what was signed before a day some was still to be paid: it had begun."""
        before = Sums()
        for line in {self.name, None}:
            for entry in self.book.entries.get(line, ()):
                if entry.fact.date < first:
                    before.add(entry.change)
        return before.unpaid > 0


def _first_day(stops: Stops, date: dt.date) -> dt.date:
    """Give the first of the days in a row, up to one, on which disbursing is stopped."""
    first = date
    for since in sorted({since for since, _ in stops if since <= date}, reverse=True):
        if not is_stopped(stops, since):
            break
        first = since
    return first
