"""evolve: facts into state, in place, on state its caller owns.

Totals do not depend on the order in which facts arrive. Of facts that replace each other, the
later business date stands, then the later entry; each version is kept by its day, so that any
earlier date can still be asked for.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import AnyEvent
from services.analysis.domain.calendar import fiscal_year_at
from services.analysis.domain.folding import corrections, money, project, targets, work
from services.analysis.domain.measures import closed_before, closing_at
from services.analysis.domain.state import (
    VERSIONS_MAX,
    Entry,
    Jurisdiction,
    ProjectHead,
    ProjectYear,
)

FOLD_OF: Final[Mapping[str, Callable[[ProjectYear, Entry, Any], None]]] = {
    data.event_type(): fold
    for part in (money, targets, work, corrections)
    for data, fold in part.FOLDS.items()
}
"""Types of facts that move the figures of a fiscal year, and how each does: `evolve` in parts, for
who folds thousands at once. `fiscal_year_of` says one by one which year that is."""
_OF_PROJECT: Final[Mapping[str, Callable[[ProjectHead, Entry, Any], None]]] = {
    data.event_type(): fold for data, fold in project.FOLDS.items()
}


AFTER_CLOSINGS_MAX: Final = VERSIONS_MAX
"""Most closings of one year of which the facts that came after them are remembered; beyond it the
first go, as they do in what is kept of their jurisdiction."""


def new_head(project: str) -> ProjectHead:
    """Return the head of a project of which nothing is known."""
    return ProjectHead(project)


def new_year(project: str, fiscal_year: int) -> ProjectYear:
    """Return a project's fiscal year without facts."""
    return ProjectYear(project, fiscal_year)


def fiscal_year_of(event: AnyEvent) -> int | None:
    """Return the fiscal year whose figures a fact moves; None if it moves none.

    None are facts about the project itself, and those that are kept without being measured by.
    """
    return event.data.fiscal_year if event.type in FOLD_OF else None


def is_kept(event: AnyEvent) -> bool:
    """Say whether a fact is kept as an entry and changes nothing that is measured.

    What a unit declared on an earlier form is one: it is never mixed with voucher figures.
    """
    return event.type not in FOLD_OF and event.type not in _OF_PROJECT


def evolve(year: ProjectYear, entry: Entry) -> ProjectYear:
    """Take in one fact of the year; KeyError for a type that belongs to no fiscal year."""
    event = entry.event
    FOLD_OF[event.type](year, entry, event.data)
    if entry.late:
        count_late(year, event.data.date)
    advance_year(year, entry)
    return year


def count_late(year: ProjectYear, date: dt.date) -> None:
    """Remember that a fact of a day came after that day had ended."""
    day = date.toordinal()
    year.late_facts[day] = year.late_facts.get(day, 0) + 1


def note_closing(
    year: ProjectYear, jurisdiction: Jurisdiction | None, entry: Entry, date: dt.date
) -> None:
    """Remember that a fact of a day came after its year had been closed (domain-rules 5)."""
    if jurisdiction is None or not jurisdiction.closings:
        return
    closed = closed_before(jurisdiction, year.fiscal_year, entry.position)
    if not closed:
        return
    day, known = date.toordinal(), year.after_closings
    known[closed] = min(day, known.get(closed, day))
    if len(known) > AFTER_CLOSINGS_MAX:
        del known[min(known)]


def advance_year(year: ProjectYear, entry: Entry) -> None:
    """Remember that a year is folded up to an entry."""
    if entry.sequence > year.sequence:
        year.sequence = entry.sequence
        year.position = entry.position


def evolve_head(head: ProjectHead | None, entry: Entry) -> ProjectHead:
    """Take in any entry of a project: its registration, and how far it is folded."""
    event = entry.event
    if head is None:
        head = ProjectHead(event.subject)
    advance_head(head, entry)
    fold = _OF_PROJECT.get(event.type)
    if fold is not None:
        fold(head, entry, event.data)
    return head


def advance_head(head: ProjectHead, entry: Entry) -> None:
    """Remember that a project is folded up to an entry."""
    if entry.sequence > head.sequence:
        head.sequence = entry.sequence
        head.position = entry.position


def needs_sweep(jurisdiction: Jurisdiction, year: ProjectYear) -> bool:
    """Say whether a project year is assessed at today's opening.

    It is if it is one of `swept_years`, or if it changed since the day before was opened: late
    facts of another year settle too (domain-rules 17b).
    """
    if jurisdiction.today is None:
        return False
    return (
        year.fiscal_year in swept_years(jurisdiction, jurisdiction.today)
        or year.position > jurisdiction.previous_position
    )


def swept_years(jurisdiction: Jurisdiction, today: dt.date) -> tuple[int, ...]:
    """Name the fiscal years that a day looks at: its own, and the year before until it is closed.

    What is due at a year's end becomes overdue in the next (domain-rules 16). A year that had been
    closed by the day opened before this one says nothing new (domain-rules 5).
    """
    current = fiscal_year_at(today, jurisdiction.start_month)
    before = jurisdiction.previous_day
    if before is not None and closing_at(jurisdiction, current - 1, before.toordinal()):
        return (current,)
    return (current - 1, current)
