"""From the log (and the order in which the ledger has it) to what is known of every project."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.oracle.dates import ONE_DAY
from tests.oracle.facts import Fact, Jurisdiction
from tests.oracle.log import Key, Opened, Outcome, Sent

MISSED_DAYS_MAX: Final = 4_000

Place = tuple[str, int]
"""Stream and sequence of an entry."""


@dataclass
class Told:
    """All that the log says of one event: first line, and what was answered at any time."""

    event: Mapping[str, Any]
    epoch: int
    """Days opened in its jurisdiction before it was first sent."""
    outcomes: list[tuple[Outcome, str | None]] = field(default_factory=list)
    others: list[Mapping[str, Any]] = field(default_factory=list)
    """Other contents sent under the same source and id."""
    publisher: str | None = None
    """Who stated it, once the ledger says so."""


@dataclass
class World:
    """What was sent, and what there is of it."""

    jurisdictions: dict[str, Jurisdiction] = field(default_factory=dict)
    told: dict[Key, Told] = field(default_factory=dict)

    def of(self, code: str) -> Jurisdiction:
        """Give a tenant, known or not."""
        return self.jurisdictions.setdefault(code, Jurisdiction(code))

    def hear(self, line: Sent | Opened) -> None:
        """Take in one line of the log."""
        if isinstance(line, Opened):
            _open(self.of(line.jurisdiction), line.date)
            return
        code = line.event["subject"].split("/", 1)[0]
        told = self.told.get(line.key)
        if told is None:
            told = self.told[line.key] = Told(line.event, len(self.of(code).days))
        elif told.event != line.event:
            told.others.append(line.event)
        told.outcomes.append((line.outcome, line.verdict))

    def settle(self, place_of: Callable[[Key, Told], int | None]) -> None:
        """Enter every event that is in the ledger at its place; None: it is not there."""
        for key, told in self.told.items():
            sequence = place_of(key, told)
            if sequence is not None:
                self._enter(told, sequence)

    def _enter(self, told: Told, sequence: int) -> None:
        code, _, project = told.event["subject"].partition("/")
        fact = Fact.of(told.event, sequence, told.epoch, told.publisher)
        jurisdiction = self.of(code)
        if project:
            jurisdiction.project(told.event["subject"]).add(fact)
        else:
            jurisdiction.add(fact)


def _open(jurisdiction: Jurisdiction, date: dt.date) -> None:
    """Open a day and the missed ones before it; one that was opened before changes nothing."""
    today = jurisdiction.today
    if today is None:
        jurisdiction.days.append(date)
        return
    for _ in range(MISSED_DAYS_MAX):
        if today >= date:
            return
        today += ONE_DAY
        jurisdiction.days.append(today)


def hear_all(lines: Iterable[Sent | Opened]) -> World:
    """Read a whole log."""
    world = World()
    for line in lines:
        world.hear(line)
    return world


def log_order() -> Callable[[Key, Told], int | None]:
    """Give the order of a log whose driver waited for each answer: numbers as they come."""
    last: dict[str, int] = {}
    documents: set[tuple[Any, ...]] = set()

    def place(_: Key, told: Told) -> int | None:
        if not is_accepted(told) or not _claim(told.event, documents):
            return None
        stream = told.event["subject"]
        number = last.get(stream, 0) + 1
        if any(entry >= number for entry in _entries(told.event["data"])):
            # What names an entry that is not before it waits in the quarantine.
            return None
        last[stream] = number
        return number

    return place


def _entries(data: Mapping[str, Any]) -> list[int]:
    """Give the entries that a correction or a withdrawal names."""
    return [*data.get("entries", ()), *([data["entry"]] if "entry" in data else [])]


def is_accepted(told: Told) -> bool:
    """Whether a driver was told, or could tell itself, that the event was taken."""
    return any(
        outcome is Outcome.ACKED and verdict in {None, "accepted", "duplicate"}
        for outcome, verdict in told.outcomes
    )


def _claim(event: Mapping[str, Any], documents: set[tuple[Any, ...]]) -> bool:
    """Claim the document key; False if another event has it (domain-rules 4)."""
    document = event["data"].get("document")
    if not document:
        return True
    key = (
        document["kind"],
        event["subject"].split("/", 1)[0],
        event["data"].get("fiscal_year"),
        document["number"],
        document.get("line"),
    )
    if key in documents:
        return False
    documents.add(key)
    return True
