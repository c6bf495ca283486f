"""What a project is at a date, and what bears on all its figures (domain-rules 5, 8, 17f, 19)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.events.analysis import ProjectStanding
from contracts.vocabulary import ControlMode, ProjectState, StateChange
from services.analysis.domain.calendar import fiscal_year_at
from services.analysis.domain.measures import closing_at, priority_at
from services.analysis.domain.pairing import carried_over_years, pairing
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import Change, Known, ProjectHead
from services.analysis.domain.unchecked import unchecked


def project_standing(now: Snapshot, *, reprojected: bool = False) -> ProjectStanding:
    """Return class, state, lists, closing and marks of a project year."""
    known, year = now.known, now.year
    state, since = state_at(now.head, now.day)
    closing = closing_at(now.jurisdiction, year.fiscal_year, now.day)
    return unchecked(
        ProjectStanding,
        project_class=known.project_class if known else None,
        control_mode=known.control_mode if known else ControlMode.ALLOTMENT,
        new_this_year=known is not None and is_new(now, known),
        state=state,
        state_since=dt.date.fromordinal(since) if since else None,
        priority=priority_at(now.jurisdiction, year.fiscal_year, now.head.code, now.day),
        frozen=is_frozen(now),
        late_facts=sum([count for day, count in year.late_facts.items() if day <= now.day]),
        closed_version=closing.version if closing else None,
        **pairing(now),
        carried_over_years=carried_over_years(now),
        facts_after_closing=closing is not None and year.position > closing.position,
        reprojected=reprojected,
    )


def is_new(now: Snapshot, known: Known) -> bool:
    """Say whether a project's first budget is that of the year, not of another one (Art. 10)."""
    first = known.start_year
    if first is None:
        first = fiscal_year_at(dt.date.fromordinal(known.day), now.jurisdiction.start_month)
    return known.new_this_year and first == now.year.fiscal_year


def state_at(head: ProjectHead, as_of: int) -> tuple[ProjectState, int | None]:
    """Return the state of a project at a date, and the day since when (rule 8).

    The latest change says it; a suspension with a last day is over on the day after it.
    """
    latest = None
    for change in head.changes:
        if change.day > as_of:
            break
        latest = change
    if latest is None:
        return ProjectState.ACTIVE, None
    state = _STOPS.get(latest.change, ProjectState.ACTIVE)
    if state is ProjectState.SUSPENDED and latest.until is not None and latest.until < as_of:
        return ProjectState.ACTIVE, max(latest.until + 1, latest.day)
    return state, latest.day


@dataclass(slots=True)
class Span:
    """Days on which nothing falls due, because the project stood still or had ended."""

    change: Change
    """What began it."""
    state: ProjectState
    start: int
    """Ordinal of its first day."""
    end: int | None
    """Ordinal of its last day; None: it is open. Before `start` where it has no day."""


_STOPS: Final = {
    StateChange.SUSPENDED: ProjectState.SUSPENDED,
    StateChange.COMPLETED: ProjectState.COMPLETED,
    StateChange.TERMINATED: ProjectState.TERMINATED,
}


def stopped(head: ProjectHead, known_by: int | None = None) -> list[Span]:
    """List the days on which a project stood still, first to last (Art. 14(2)).

    A suspension ends on the day before it is resumed, or after its last day if that was said;
    what is resumed or started goes on. `known_by`: only changes dated by that day count.
    """
    spans: list[Span] = []
    for change in head.changes:
        if known_by is not None and change.day > known_by:
            break
        last = spans[-1] if spans else None
        if last is not None and (last.end is None or last.end >= change.day):
            last.end = change.day - 1
        state = _STOPS.get(change.change)
        if state is not None:
            until = change.until if state is ProjectState.SUSPENDED else None
            spans.append(Span(change, state, change.day, until))
    return spans


def is_stopped(spans: Sequence[Span], day: int, *, stated: int | None = None) -> bool:
    """Say whether what falls due on a day is not expected, because the project stood still then.

    `stated`: day of the plan or contract that calls for it; one that was stated after the span
    began knew of it, and is expected.
    """
    return any(
        span.start <= day
        and (span.end is None or day <= span.end)
        and (stated is None or stated <= span.start)
        for span in spans
    )


def is_frozen(now: Snapshot) -> bool:
    """Say whether the project's publisher has been silent too long (domain-rules 17f)."""
    limit, publisher = now.parameters.silent_publisher_days, now.year.publisher
    if limit is None or not publisher:
        return False
    heard = now.jurisdiction.publishers.get(publisher)
    if heard is None:
        return False
    # Days that have ended: on the one that is open it may still speak.
    silent = sum(heard < opening.day < now.day for opening in now.jurisdiction.openings)
    return silent >= limit
