"""Who is silent on a day, and whose projects are frozen by it (domain-rules 17f).

From the words of docs/rules.md; who was heard, and when, is what the ledger states of it.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from tests.oracle.facts import Fact, Jurisdiction, Project
from tests.oracle.report import Report
from tests.oracle.setting import Setting

HEARD: Final = "publisher.heard"
PAID: Final = "expenditure.recorded"
PARAMETERS: Final = "monitoring_parameters.published"
LIMIT: Final = "silent_publisher_days"
PLACE: Final = "intake.heard"

NOBODY: Final[frozenset[str]] = frozenset()

Heard = tuple[str, dt.date]
"""A publisher, and an opened day on which something of it was entered."""


def silent_at(known: Jurisdiction, as_of: dt.date) -> frozenset[str]:
    """Name the publishers that are silent on a day, as far as what is known tells.

    Of a publisher the latest date counts, also one behind the day that is asked about; of whom no
    fact tells is not silent.
    """
    limit = Setting(known, as_of).parameters[LIMIT]
    if limit is None:
        return NOBODY
    # They stand in the order of their dates: the latest is the last.
    last = {fact.data["publisher"]: fact.date for fact in known.facts.get(HEARD, ())}
    return frozenset(
        publisher
        for publisher, date in last.items()
        if _opened_between(known.days, date, as_of) >= limit
    )


def _opened_between(days: Sequence[dt.date], after: dt.date, before: dt.date) -> int:
    """Count the opened days between two, neither of them counted."""
    return max(0, bisect_left(days, before) - bisect_right(days, after))


def last_payment(project: Project, year: int) -> Fact | None:
    """Give the payment of a year that was entered last, however it is dated."""
    paid = (fact for fact in project.years.get(year, ()) if fact.kind == PAID)
    return max(paid, key=lambda fact: fact.sequence, default=None)


def is_frozen(project: Project, year: int, silent: frozenset[str]) -> bool:
    """Whether who stated a project's last payment of a year is silent."""
    paid = last_payment(project, year) if silent else None
    return paid is not None and paid.publisher in silent


def compare_heard(jurisdiction: Jurisdiction, report: Report) -> None:
    """Check what the ledger states of who was heard against what was entered, and when."""
    stated = Counter(
        (fact.data["publisher"], fact.date) for fact in jurisdiction.facts.get(HEARD, ())
    )
    needed, allowed = heard_by_entries(jurisdiction)
    for publisher, day in sorted(stated.keys() | needed):
        heard, times = (publisher, day), stated[publisher, day]
        expected = min(times, 1) if heard in allowed else int(heard in needed)
        report.compare(PLACE, f"{jurisdiction.code} {publisher} {day}", expected, times)


def heard_by_entries(jurisdiction: Jurisdiction) -> tuple[set[Heard], set[Heard]]:
    """Give what has to be stated of who was heard, and what may be.

    From the first parameters on that name a limit every day; of each publisher the last day before
    them, too. Of the day of these parameters nobody knows what was entered before them.
    """
    first = _first_asked(jurisdiction)
    needed: set[Heard] = set()
    allowed: set[Heard] = set()
    if first is None:
        return needed, allowed
    for publisher, epochs in _spoken(jurisdiction).items():
        before = max((epoch for epoch in epochs if epoch < first), default=None)
        since = {epoch for epoch in epochs if epoch >= first}
        needed |= {(publisher, jurisdiction.days[epoch - 1]) for epoch in since}
        if before is not None:
            of_it = needed if first not in epochs else allowed
            of_it.add((publisher, jurisdiction.days[before - 1]))
    return needed, allowed


def _first_asked(jurisdiction: Jurisdiction) -> int | None:
    """Say how many days had been opened when parameters first named a limit."""
    stated = jurisdiction.facts.get(PARAMETERS, ())
    return min((fact.epoch for fact in stated if fact.data.get(LIMIT) is not None), default=None)


def _spoken(jurisdiction: Jurisdiction) -> dict[str, set[int]]:
    """Give how many days had been opened when each publisher's entries about projects came.

    What came before the first day is not heard.
    """
    spoken: dict[str, set[int]] = {}
    for fact in _entries(jurisdiction):
        if fact.publisher is not None and fact.epoch > 0:
            spoken.setdefault(fact.publisher, set()).add(fact.epoch)
    return spoken


def _entries(jurisdiction: Jurisdiction) -> Iterator[Fact]:
    for project in jurisdiction.projects.values():
        yield from project.head
        for facts in project.years.values():
            yield from facts
