"""What is known of a jurisdiction and its projects: facts in order, as the ledger has them."""

import datetime as dt
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from tests.oracle.dates import day
from tests.oracle.exact import fen

HEAD_KINDS: Final = frozenset(
    {"project.registered", "project.amended", "project_state.changed", "project.succeeded"}
)
"""Facts of a project as a whole: they belong to no fiscal year."""
VERSIONS: Final = frozenset({"v1", "v2"})
"""Of those with two versions the second adds evidence files, which no figure rests on."""
OF_AMENDMENTS: Final = frozenset({"date", "reason"})
"""What an amendment says of itself."""
ORGANISATIONS: Final = "organisation.registered"


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One entry of a project's stream. In order: by business date, then as recorded."""

    date: dt.date
    """Business date."""
    sequence: int
    """Number in the project's stream, from 1."""
    epoch: int
    """How many days had been opened in the jurisdiction when it was recorded."""
    kind: str = field(compare=False)
    """Type without prefix and version: `budget.approved`."""
    data: Mapping[str, Any] = field(compare=False)
    """The event's data as sent."""
    amount: int = field(compare=False)
    """Its amount in fen; 0 where it has none."""
    line: str | None = field(compare=False)
    """Funding line it names."""
    publisher: str | None = field(compare=False, default=None)
    """Who stated it, as the ledger names it; None where only the log is known."""

    @property
    def place(self) -> tuple[dt.date, int]:
        """What puts it in order."""
        return self.date, self.sequence

    @classmethod
    def of(
        cls, event: Mapping[str, Any], sequence: int, epoch: int, publisher: str | None = None
    ) -> Self:
        """Read an event."""
        data = event["data"]
        amount = fen(data["amount"]) if data.get("amount") else 0
        kind, date = kind_of(event["type"]), day(data["date"])
        return cls(date, sequence, epoch, kind, data, amount, data.get("line"), publisher)


@dataclass
class Project:
    """All facts of a project, by fiscal year; what belongs to no year is its head."""

    subject: str
    head: list[Fact] = field(default_factory=list)
    """Registrations, amendments, changes of state, successions."""
    years: dict[int, list[Fact]] = field(default_factory=dict)
    last_sequence: int = 0
    """Number of the last entry of its stream."""

    def add(self, fact: Fact) -> None:
        """Keep a fact in its order."""
        self.last_sequence = max(self.last_sequence, fact.sequence)
        if fact.kind in HEAD_KINDS:
            insort(self.head, fact)
        else:
            insort(self.years.setdefault(fact.data["fiscal_year"], []), fact)

    def registered(self, as_of: dt.date) -> Mapping[str, Any] | None:
        """Give what it is registered with at a date: the last registration, as amended since."""
        known: dict[str, Any] | None = None
        for fact in self.head:
            if fact.date > as_of:
                break
            if fact.kind == "project.registered":
                known = dict(fact.data)
            elif fact.kind == "project.amended":
                changes = {
                    name: value
                    for name, value in fact.data.items()
                    if value is not None and name not in OF_AMENDMENTS
                }
                known = (known or {}) | changes
        return known


@dataclass
class Jurisdiction:
    """A tenant: its fiscal year, its organisations, its opened days and its projects."""

    code: str
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    """Facts about itself by kind, each list in order."""
    days: list[dt.date] = field(default_factory=list)
    """Days in the order in which they were opened."""
    projects: dict[str, Project] = field(default_factory=dict)

    def add(self, fact: Fact) -> None:
        """Keep a fact about the jurisdiction itself."""
        insort(self.facts.setdefault(fact.kind, []), fact)

    def dated(self, kind: str, as_of: dt.date) -> list[Fact]:
        """Give its facts of a kind that are dated by a day, in order."""
        return [fact for fact in self.facts.get(kind, ()) if fact.date <= as_of]

    def organisation(self, code: str, as_of: dt.date) -> list[Fact]:
        """Give the registrations of an organisation by a day."""
        known = self.dated(ORGANISATIONS, as_of)
        return [fact for fact in known if fact.data["organisation"] == code]

    @property
    def first_day(self) -> str:
        """First day of the fiscal year, MM-01."""
        known = self.facts.get("jurisdiction.registered")
        return known[-1].data.get("fiscal_year_start", "01-01") if known else "01-01"

    @property
    def today(self) -> dt.date | None:
        """The last opened day."""
        return self.days[-1] if self.days else None

    def project(self, subject: str) -> Project:
        """Give a project, registered or not."""
        return self.projects.setdefault(subject, Project(subject))


def kind_of(event_type: str) -> str:
    """Give `budget.approved` of `dualwatch.budget.approved.v1`; versions mean the same."""
    prefix, thing, done, version = event_type.split(".")
    if prefix != "dualwatch" or version not in VERSIONS:
        message = f"unknown type {event_type}"
        raise ValueError(message)
    return f"{thing}.{done}"
