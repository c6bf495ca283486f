"""What a project is at a date, and what bears on all its figures (domain-rules 5, 8, 17f, 19)."""

import datetime as dt

from contracts.events.analysis import ProjectStanding
from contracts.vocabulary import ControlMode, ProjectState, StateChange
from services.analysis.domain.measures import closing_at, priority_at
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import Change, ProjectHead
from services.analysis.domain.unchecked import unchecked


def project_standing(now: Snapshot) -> ProjectStanding:
    """Return class, state, lists, closing and marks of a project year."""
    known, year = now.known, now.year
    state, since = state_at(now.head, now.day)
    closing = closing_at(now.jurisdiction, year.fiscal_year, now.day)
    return unchecked(
        ProjectStanding,
        project_class=known.project_class if known else None,
        control_mode=known.control_mode if known else ControlMode.ALLOTMENT,
        new_this_year=known.new_this_year if known else False,
        state=state,
        state_since=dt.date.fromordinal(since) if since else None,
        priority=priority_at(now.jurisdiction, year.fiscal_year, now.head.code, now.day),
        frozen=is_frozen(now),
        late_facts=year.late_facts,
        closed_version=closing.version if closing else None,
        facts_after_closing=closing is not None and year.position > closing.position,
        reprojected=False,
    )


def state_at(head: ProjectHead, as_of: int) -> tuple[ProjectState, int | None]:
    """Return the state of a project at a date, and the day since when (rule 8)."""
    state, since = ProjectState.ACTIVE, None
    for span in stopped(head):
        if span.start <= as_of:
            ended = span.end is not None and span.end < as_of
            state = ProjectState.ACTIVE if ended else span.state
            since = span.end + 1 if ended and span.end is not None else span.start
    return state, since


class Span:
    """Days on which nothing falls due, because the project stood still or had ended."""

    __slots__ = ("change", "end", "start", "state")

    def __init__(self, change: Change, state: ProjectState) -> None:
        """Begin with a change; its end is known later."""
        self.change = change
        self.state = state
        self.start = change.day
        self.end = change.until if state is ProjectState.SUSPENDED else None


_STOPS = {
    StateChange.SUSPENDED: ProjectState.SUSPENDED,
    StateChange.COMPLETED: ProjectState.COMPLETED,
    StateChange.TERMINATED: ProjectState.TERMINATED,
}


def stopped(head: ProjectHead) -> list[Span]:
    """List the days on which a project stood still, first to last; an end of None is open.

    A suspension ends on the day before it is resumed, or after its last day if that was said;
    what is resumed or started goes on.
    """
    spans: list[Span] = []
    for change in head.changes:
        last = spans[-1] if spans else None
        if last is not None and (last.end is None or last.end >= change.day):
            last.end = change.day - 1
        state = _STOPS.get(change.change)
        if state is not None:
            spans.append(Span(change, state))
    return spans


def is_frozen(now: Snapshot) -> bool:
    """Say whether the project's publisher has been silent too long (domain-rules 17f)."""
    limit, publisher = now.parameters.silent_publisher_days, now.year.publisher
    if limit is None or not publisher:
        return False
    heard = now.jurisdiction.publishers.get(publisher)
    if heard is None:
        return False
    opened = sum(heard < opening.day <= now.day for opening in now.jurisdiction.openings)
    return opened >= limit
