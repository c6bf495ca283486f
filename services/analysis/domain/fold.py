"""evolve: facts into state, in place, on state its caller owns.

Totals do not depend on the order in which facts arrive. Of facts that replace each other, the
later business date stands, then the later entry; each version is kept by its day, so that any
earlier date can still be asked for.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import AnyEvent
from contracts.events.intake import (
    DayOpened,
    JurisdictionRegistered,
    ProjectRegistered,
)
from services.analysis.domain import fold_money, fold_targets
from services.analysis.domain.calendar import SATURDAY, fiscal_year_at
from services.analysis.domain.state import (
    REGISTRATIONS_MAX,
    Entry,
    Jurisdiction,
    ProjectHead,
    ProjectYear,
    Registration,
)

_JURISDICTION_REGISTERED: Final = JurisdictionRegistered.event_type()
_DAY_OPENED: Final = DayOpened.event_type()
_PROJECT_REGISTERED: Final = ProjectRegistered.event_type()

_EVOLVE: Final[Mapping[str, Callable[[ProjectYear, Entry, Any], None]]] = {
    data.event_type(): fold
    for data, fold in (*fold_money.FOLDS.items(), *fold_targets.FOLDS.items())
}


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
    return event.data.fiscal_year if event.type in _EVOLVE else None


def is_kept(event: AnyEvent) -> bool:
    """Say whether a fact is kept as an entry and changes nothing that is measured.

    Checks, problems, dispositions, milestones …: they are shown, asked for and judged by, but
    neither monitor's figures rest on them.
    """
    return event.type not in _EVOLVE and event.type != _PROJECT_REGISTERED


def evolve(year: ProjectYear, entry: Entry) -> ProjectYear:
    """Take in one fact of the year; KeyError for a type that belongs to no fiscal year."""
    event = entry.event
    _EVOLVE[event.type](year, entry, event.data)
    if entry.sequence > year.sequence:
        year.sequence = entry.sequence
        year.position = entry.position
    return year


def evolve_head(head: ProjectHead | None, entry: Entry) -> ProjectHead:
    """Take in any entry of a project: its registration, and how far it is folded."""
    event = entry.event
    if head is None:
        head = ProjectHead(event.subject)
    advance_head(head, entry)
    if event.type == _PROJECT_REGISTERED:
        _register(head, entry.sequence, event.data)
    return head


def advance_head(head: ProjectHead, entry: Entry) -> None:
    """Remember that a project is folded up to an entry."""
    if entry.sequence > head.sequence:
        head.sequence = entry.sequence
        head.position = entry.position


def _register(head: ProjectHead, sequence: int, data: ProjectRegistered) -> None:
    known = head.registrations
    known.append(
        Registration(
            data.date.toordinal(),
            sequence,
            data.name,
            data.lead_unit,
            data.department,
            data.goal,
            data.parent_project,
        )
    )
    known.sort(key=lambda registration: (registration.day, registration.sequence))
    del known[:-REGISTRATIONS_MAX]


def evolve_jurisdiction(state: Jurisdiction | None, entry: Entry) -> Jurisdiction:
    """Take in a jurisdiction fact: what its year, money and time are; others change nothing."""
    event = entry.event
    if state is None:
        state = Jurisdiction(event.subject)
    if event.type == _JURISDICTION_REGISTERED:
        _establish(state, event.data)
    elif event.type == _DAY_OPENED:
        _open_day(state, event.data, entry.position)
    return state


def _establish(state: Jurisdiction, data: JurisdictionRegistered) -> None:
    state.name = data.name
    state.start_month = int(data.fiscal_year_start[:2])
    state.time_zone = data.time_zone
    state.currency = data.currency


def _open_day(state: Jurisdiction, data: DayOpened, position: int) -> None:
    day = data.date.toordinal()
    if data.working_day == (data.date.weekday() < SATURDAY):
        state.exceptions.pop(day, None)
    else:
        state.exceptions[day] = data.working_day
    if state.today is None or data.date > state.today:
        state.previous_day, state.today = state.today, data.date
        state.working_day = data.working_day
        # What was there when the first day opened is no late fact.
        state.previous_position = state.opened_position or position
        state.opened_position = position


def needs_sweep(jurisdiction: Jurisdiction, year: ProjectYear) -> bool:
    """Say whether a project year is assessed at today's opening.

    It is if it is the current fiscal year, or if it changed since the day before was opened:
    late facts of another year settle too (domain-rules 17b).
    """
    today = jurisdiction.today
    if today is None:
        return False
    current = fiscal_year_at(today, jurisdiction.start_month)
    return year.fiscal_year == current or year.position > jurisdiction.previous_position
