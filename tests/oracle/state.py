"""What state a project is in, since when, and on which days its work stood still (rules 8, 18).

Changes of state, dispositions that suspend, and successions (docs/measuring.md).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
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
CHANGE: Final = "project_state.changed"
SUCCESSION: Final = "project.succeeded"
DISPOSITION: Final = "disposition.decided"
SUSPENDS: Final = "project_suspended"
FIRST, AFTER = 0, 1
"""Ranks of what is said of one day."""


@dataclass(frozen=True)
class Span:
    """A state from its first day to its last; the last known one is open."""

    state: str
    start: dt.date
    end: dt.date
    change: Fact | None
    """What began it; none: the days before any change."""
    closed_from: dt.date = dt.date.max
    """Of an end: first day on which money may move no more."""


@dataclass(frozen=True)
class States:
    """The states of a project one after the other, as known at a date."""

    spans: tuple[Span, ...]

    def at(self, date: dt.date) -> Span:
        """Give the state of a day."""
        return next(span for span in reversed(self.spans) if span.start <= date)

    def in_a_row(self, states: Collection[str], date: dt.date) -> dt.date:
        """Give the first of the days in a row, up to one, on which it is in any of some states."""
        first = date
        for span in reversed(self.spans):
            if span.start <= min(date, span.end):
                if span.state not in states:
                    break
                first = span.start
        return first

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


@dataclass(frozen=True, order=True)
class Word:
    """What is said of a project from a day on; of one day a succession comes first."""

    since: dt.date
    rank: int
    sequence: int
    fact: Fact


def states(project: Project, as_of: dt.date) -> States:
    """Read what is dated by the as-of date; a suspension may know its last day."""
    spans = list(ALWAYS_ACTIVE.spans)
    succeeded = False
    words = sorted(_words(project, as_of))
    for place, word in enumerate(words):
        before = next(span for span in reversed(spans) if span.start <= word.since)
        state = _state(word.fact)
        if word.fact.kind == DISPOSITION and before.state != "active":
            # Two facts that say the same are one suspension; what has ended stays so.
            since = before.end + ONE_DAY if _waits(word, before, words[place + 1 :]) else None
            if since is not None and since <= as_of:
                spans = [span for span in spans if span.start < since]
                spans.append(Span(state, since, dt.date.max, word.fact))
            continue
        if succeeded and (state == "suspended" or word.fact.kind == SUCCESSION):
            continue
        succeeded = state != "active" and (succeeded or word.fact.kind == SUCCESSION)
        last = word.since - ONE_DAY
        spans = [
            replace(span, end=min(span.end, last)) for span in spans if span.start <= word.since
        ]
        spans += _spans(word, state, before)
    return States(tuple(spans))


def _waits(word: Word, before: Span, later: Iterable[Word]) -> bool:
    """Whether a disposition goes on after a suspension that says its last day.

    It began on an earlier day, and nothing said after the disposition, by the day after that last
    day, would have ended the disposition.
    """
    knows_its_end = before.change is not None and before.change.kind == CHANGE
    if before.state != "suspended" or not knows_its_end or before.end == dt.date.max:
        return False
    until = before.end + ONE_DAY
    ended = any(one.since <= until and one.fact.kind != DISPOSITION for one in later)
    return before.start < word.since and not ended


def _words(project: Project, as_of: dt.date) -> Iterator[Word]:
    for fact in project.head:
        if fact.date > as_of:
            break
        if fact.kind == CHANGE:
            yield Word(fact.date, AFTER, fact.sequence, fact)
        elif fact.kind == SUCCESSION and fact.date < as_of:
            # Its date is the last day on which the project goes on: on it nothing is said yet.
            yield Word(fact.date + ONE_DAY, FIRST, fact.sequence, fact)
    told = (fact for facts in project.years.values() for fact in facts if fact.date <= as_of)
    for since, fact in decided(told):
        if fact.data["measure"] == SUSPENDS and since <= as_of:
            yield Word(since, AFTER, fact.sequence, fact)


def decided(facts: Iterable[Fact]) -> list[tuple[dt.date, Fact]]:
    """Give every disposition as its latest fact says, with the day from which it holds, in order.

    Nobody can heed what is not decided yet: it never holds before its first fact.
    """
    first: dict[str, dt.date] = {}
    latest: dict[str, Fact] = {}
    for fact in sorted(fact for fact in facts if fact.kind == DISPOSITION):
        name = fact.data["disposition"]
        first.setdefault(name, fact.date)
        latest[name] = fact
    return [
        (max(first[fact.data["disposition"]], _effective(fact)), fact)
        for fact in sorted(latest.values())
    ]


def _effective(fact: Fact) -> dt.date:
    stated = fact.data.get("effective_from")
    return day(stated) if stated else fact.date


def _state(fact: Fact) -> str:
    if fact.kind == CHANGE:
        return STATES[fact.data["change"]]
    return "completed" if fact.kind == SUCCESSION else "suspended"


def _spans(word: Word, state: str, before: Span) -> list[Span]:
    fact, since = word.fact, word.since
    if state in ENDED:
        # On the day of an end money may still move, unless it had ended before.
        closed_from = since + ONE_DAY
        if fact.kind == SUCCESSION:
            closed_from = since
        elif before.state in ENDED:
            closed_from = max(since, before.closed_from)
        return [Span(state, since, dt.date.max, fact, closed_from)]
    until = day(fact.data["until"]) if state == "suspended" and fact.data.get("until") else None
    if until is None:
        return [Span(state, since, dt.date.max, fact)]
    after = max(since, until + ONE_DAY)
    return [Span(state, since, until, fact), Span("active", after, dt.date.max, fact)]
