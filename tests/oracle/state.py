"""What state a project is in, since when, and on which days its work stood still (rules 8, 18)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.oracle.dates import ONE_DAY, day
from tests.oracle.facts import Fact, Project

STATES: Final = {
    "started": "active",
    "resumed": "active",
    "suspended": "suspended",
    "completed": "completed",
    "terminated": "terminated",
}
ENDED: Final = frozenset({"completed", "terminated"})


@dataclass(frozen=True)
class Span:
    """A state from its first day to its last; the last known one is open."""

    state: str
    start: dt.date
    end: dt.date
    change: Fact | None
    """What began it; none: the days before any change."""


@dataclass(frozen=True)
class States:
    """The states of a project one after the other, as known at a date."""

    spans: tuple[Span, ...]

    def at(self, date: dt.date) -> Span:
        """Give the state of a day."""
        return next(span for span in reversed(self.spans) if span.start <= date)

    def stopped(self, date: dt.date, stated: dt.date | None = None) -> bool:
        """Whether what falls due on a day is not expected (Art. 14(2)).

        Suspended, completed or terminated projects owe nothing, except what was stated (a plan, a
        contract) after the state began.
        """
        return any(
            span.start <= date <= span.end and not (stated is not None and stated > span.start)
            for span in self.spans
            if span.state != "active"
        )


ALWAYS_ACTIVE: Final = States((Span("active", dt.date.min, dt.date.max, None),))


def states(project: Project, as_of: dt.date) -> States:
    """Read the changes that are dated by the as-of date; a suspension may know its last day."""
    changes = [f for f in project.head if f.kind == "project_state.changed" and f.date <= as_of]
    spans = [Span("active", dt.date.min, _before(changes, 0), None)]
    for place, fact in enumerate(changes):
        spans += _spans(fact, _before(changes, place + 1))
    return States(tuple(spans))


def _spans(fact: Fact, last: dt.date) -> list[Span]:
    state = STATES[fact.data["change"]]
    until = day(fact.data["until"]) if fact.data.get("until") else None
    if state != "suspended" or until is None or until >= last:
        return [Span(state, fact.date, last, fact)]
    after = max(fact.date, until + ONE_DAY)
    return [Span(state, fact.date, until, fact), Span("active", after, last, fact)]


def _before(changes: Sequence[Fact], place: int) -> dt.date:
    return changes[place].date - ONE_DAY if place < len(changes) else dt.date.max
