"""What lines are: what the budget facts that are charged to each say (docs/measuring.md)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.oracle.corrections import Move
from tests.oracle.facts import Fact

APPROVAL: Final = "budget.approved"
STATES_LINES: Final = frozenset({APPROVAL, "carryover.registered"})
"""Facts that say what a line is."""
OF_APPROVALS: Final = ("allocation_is_expenditure", "undistributed")
"""What a registered carryover has no word for: it neither states nor clears it."""

Says = Mapping[str, Any] | None
"""What a line is said to be; None: nothing says it."""
Terms = Sequence[tuple[dt.date, Says]]
"""What a line is, with the day from which it is so, in order."""


@dataclass(frozen=True)
class Statement:
    """A budget fact and its corrections, in the order of the stream."""

    fact: Fact
    moves: Sequence[Move]

    def days(self) -> set[dt.date]:
        """Give the days from which it may say something else, or of another line."""
        return {self.fact.date, *(move.correction.date for move in self.moves)}

    def charged(self, date: dt.date) -> Fact | None:
        """Give it as the last of its corrections says that is dated by a day."""
        if self.fact.date > date:
            return None
        in_force = [move for move in self.moves if move.correction.date <= date]
        return in_force[-1].after if in_force else self.fact

    def came(self, line: str, date: dt.date) -> tuple[dt.date, int]:
        """Say since when it has been on a line without a break, and by which correction."""
        since = date
        for day in sorted((day for day in self.days() if day <= date), reverse=True):
            charged = self.charged(day)
            if charged is None or charged.line != line:
                break
            since = day
        return since, self._brought(line, since)

    def _brought(self, line: str, date: dt.date) -> int:
        """Give the first of a day's corrections since which, in the stream, it is on a line."""
        by = 0
        for move in reversed(self.moves):
            if move.correction.date == date:
                if move.after.line != line:
                    break
                by = move.correction.sequence
        return by


Charged = tuple[Statement, Fact]
"""A budget fact, and how it is charged."""


def terms_of(facts: Iterable[Fact], moves: Sequence[Move]) -> Mapping[str, Terms]:
    """Give what every line is, day by day, by facts and corrections dated by an as-of date."""
    statements = [
        Statement(fact, [move for move in moves if move.entry == fact.sequence])
        for fact in facts
        if fact.kind in STATES_LINES
    ]
    terms: dict[str, list[tuple[dt.date, Says]]] = {}
    for day in sorted({day for statement in statements for day in statement.days()}):
        there: dict[str, list[Charged]] = {line: [] for line in terms}
        for statement in statements:
            charged = statement.charged(day)
            if charged is not None:
                line = charged.data["line"]
                there.setdefault(line, []).append((statement, charged))
        for line, of_line in there.items():
            terms.setdefault(line, []).append((day, _says(of_line, line, day)))
    return terms


def _says(there: Sequence[Charged], line: str, date: dt.date) -> Says:
    """Say what a line is on a day, by the facts that are charged to it."""
    said = _saying(there, line, date)
    if said is None:
        return None
    approvals = [one for one in there if one[1].kind == APPROVAL]
    approved = _saying(approvals, line, date) or {}
    return {**said, **{name: approved.get(name, False) for name in OF_APPROVALS}}


def _saying(there: Sequence[Charged], line: str, date: dt.date) -> Says:
    """Give what the one of some says: the newest of this very line, else what came there first."""
    own = [one for one in there if one[0].fact.line == line]
    if own:
        return max(own, key=lambda one: one[0].fact.place)[1].data
    if there:
        return min(there, key=lambda one: one[0].came(line, date))[1].data
    return None
