"""What is known of a jurisdiction and its projects: facts in order, as the ledger has them."""

import datetime as dt
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from tests.oracle.dates import day
from tests.oracle.exact import fen

KEPT_KINDS: Final = frozenset(
    {
        "project.amended",
        "project_state.changed",
        "project.succeeded",
        "implementation_plan.changed",
        "milestone.reported",
        "check.recorded",
        "problem.registered",
        "problem.resolved",
        "asset.acquired",
        "disposition.decided",
        "fact.corrected",
    }
)
"""Facts that no figure of the two monitors rests on yet; they are entries all the same."""


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

    @classmethod
    def of(cls, event: Mapping[str, Any], sequence: int, epoch: int) -> Self:
        """Read an event."""
        data = event["data"]
        amount = fen(data["amount"]) if "amount" in data else 0
        kind, date = kind_of(event["type"]), day(data["date"])
        return cls(date, sequence, epoch, kind, data, amount, data.get("line"))


@dataclass
class Project:
    """All facts of a project, by fiscal year; what belongs to no year is a registration."""

    subject: str
    registrations: list[Fact] = field(default_factory=list)
    years: dict[int, list[Fact]] = field(default_factory=dict)
    last_sequence: int = 0
    """Number of the last entry of its stream."""

    def add(self, fact: Fact) -> None:
        """Keep a fact in its order."""
        self.last_sequence = max(self.last_sequence, fact.sequence)
        if fact.kind == "project.registered":
            insort(self.registrations, fact)
        elif fact.kind in KEPT_KINDS:
            return
        else:
            insort(self.years.setdefault(fact.data["fiscal_year"], []), fact)

    def registered(self, as_of: dt.date) -> Mapping[str, Any] | None:
        """Give the registration that holds at a date."""
        known = [fact.data for fact in self.registrations if fact.date <= as_of]
        return known[-1] if known else None


@dataclass
class Jurisdiction:
    """A tenant: its fiscal year, its organisations, its opened days and its projects."""

    code: str
    registrations: list[Fact] = field(default_factory=list)
    organisations: dict[str, list[Fact]] = field(default_factory=dict)
    days: list[dt.date] = field(default_factory=list)
    """Days in the order in which they were opened."""
    projects: dict[str, Project] = field(default_factory=dict)

    @property
    def first_day(self) -> str:
        """First day of the fiscal year, MM-01."""
        known = max(self.registrations, default=None)
        return known.data.get("fiscal_year_start", "01-01") if known else "01-01"

    @property
    def today(self) -> dt.date | None:
        """The last opened day."""
        return self.days[-1] if self.days else None

    def project(self, subject: str) -> Project:
        """Give a project, registered or not."""
        return self.projects.setdefault(subject, Project(subject))


def kind_of(event_type: str) -> str:
    """Give `budget.approved` of `dualwatch.budget.approved.v1`."""
    prefix, thing, done, version = event_type.split(".")
    if prefix != "dualwatch" or version != "v1":
        message = f"unknown type {event_type}"
        raise ValueError(message)
    return f"{thing}.{done}"
