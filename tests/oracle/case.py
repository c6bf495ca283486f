"""Everything that findings look at, and how a finding is stated."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from tests.oracle.book import Book, Entry, Sums
from tests.oracle.dates import FiscalYear
from tests.oracle.exact import wire
from tests.oracle.facts import Fact
from tests.oracle.setting import Setting
from tests.oracle.state import States

Finding = tuple[dict[str, Any], Fact]
"""As stated, and the entry that brought it about."""
Holds = Callable[[Sums, dt.date], bool]
"""Whether a state holds with some sums at the end of a day."""
NATURES: Final[Mapping[str, str]] = {
    "awaiting_budget": "information",
    "duplicate_payment": "suspicion",
    "split_payment": "suspicion",
    "round_payment": "suspicion",
    "year_end_rush": "suspicion",
    "payee_outside_contract": "suspicion",
    "payment_over_contract": "suspicion",
}
"""All others claim what follows from the facts."""


@dataclass(frozen=True)
class Case:
    """One project and year as findings see it."""

    subject: str
    registration: Mapping[str, Any]
    facts: Sequence[Fact]
    """Of the year, dated by the as-of date, in order, as stated."""
    known: Sequence[Fact]
    """The same, whenever they are dated."""
    charged: Mapping[int, Fact]
    """Facts with all that corrections say of them now, by their number."""
    book: Book
    states: States
    setting: Setting

    @property
    def year(self) -> FiscalYear:
        """The year."""
        return self.book.year

    @property
    def as_of(self) -> dt.date:
        """The date."""
        return self.setting.as_of

    def of_kind(self, kind: str) -> list[Fact]:
        """Give the facts of a kind."""
        return [fact for fact in self.facts if fact.kind == kind]

    def moving(self) -> list[tuple[str | None, Entry]]:
        """Give all that was spent or disbursed, or came back, on its own date and its own line."""
        found = [
            (line, entry)
            for line, entries in self.book.entries.items()
            for entry in entries
            if entry.fact.kind != "fact.corrected"
            and (entry.change.spent or entry.change.given or entry.change.quota)
        ]
        return sorted(found, key=lambda one: one[1].fact.place)


def finding(
    kind: str, subject: str, amount: int, entry: Fact, nature: str | None = None
) -> Finding:
    """State a finding."""
    stated = {
        "kind": kind,
        "subject": subject,
        "entry_sequence": entry.sequence,
        "date": entry.date.isoformat(),
        "amount": wire(amount),
        "nature": nature or NATURES.get(kind, "finding"),
    }
    return stated, entry


def brought_about(
    entries: Iterable[Entry], holds: Holds, days: Iterable[dt.date] = ()
) -> Fact | None:
    """Give the last entry of the day with which a state began to hold that holds at the end.

    Money of one day has no order: a state is that of a day's end. `days` are those on which it may
    change without an entry.
    """
    in_order = sorted(entries, key=lambda entry: entry.fact.place)
    by_day = {day: list(of) for day, of in groupby(in_order, key=lambda entry: entry.fact.date)}
    sums, held = Sums(), False
    last: Fact | None = None
    cause: Fact | None = None
    for day in sorted({*by_day, *days}):
        for entry in by_day.get(day, ()):
            sums.add(entry.change)
            last = entry.fact
        if holds(sums, day) and not held:
            cause = last
        held = holds(sums, day)
    return cause if held else None
