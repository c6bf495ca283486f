"""What a project is at a date, and what bears on all its figures (domain-rules 5, 8, 17f, 19)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from contracts.events.analysis import ProjectStanding
from contracts.vocabulary import ControlMode, ProjectState, StateChange
from services.analysis.domain.calendar import fiscal_year_at
from services.analysis.domain.measures import ListedAs, closing_at, parameters_at, priority_at
from services.analysis.domain.pairing import carried_over_years, pairing
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import Closing, Jurisdiction, Known, ProjectHead
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
        priority=priority_at(now.jurisdiction, year.fiscal_year, _listed_as(now), now.day),
        frozen=is_frozen(now),
        late_facts=sum([count for day, count in year.late_facts.items() if day <= now.day]),
        closed_version=closing.version if closing else None,
        **pairing(now),
        carried_over_years=carried_over_years(now),
        facts_after_closing=closing is not None and _came_after(now, closing),
        reprojected=reprojected,
    )


def _came_after(now: Snapshot, closing: Closing) -> bool:
    """Say whether any of the facts dated by the date came after a closing of the year.

    What is dated later is in no figure of the date, so no closing of it lacks it (domain-rules 5).
    """
    return any(
        position >= closing.position and day <= now.day
        for position, day in now.year.after_closings.items()
    )


def _listed_as(now: Snapshot) -> ListedAs:
    return ListedAs(now.head.code, now.known.department if now.known else None)


def is_new(now: Snapshot, known: Known) -> bool:
    """Say whether a project's first budget is that of the year, not of another one (Art. 10)."""
    first = known.start_year
    if first is None:
        first = fiscal_year_at(dt.date.fromordinal(known.day), now.jurisdiction.start_month)
    return known.new_this_year and first == now.year.fiscal_year


class _Turn(NamedTuple):
    """Something that was said of a project as a whole, and the day from which on it holds."""

    day: int
    sequence: int
    change: StateChange
    until: int | None = None
    """Of a suspension: its last day, if known."""
    begun: bool | None = None
    """Of a suspension: whether procurement had begun; None: a disposition does not say."""
    succeeded: bool = False
    """Whether the project goes on as others."""


_STOPS: Final = {
    StateChange.SUSPENDED: ProjectState.SUSPENDED,
    StateChange.COMPLETED: ProjectState.COMPLETED,
    StateChange.TERMINATED: ProjectState.TERMINATED,
}
_GOES_ON: Final = (StateChange.STARTED, StateChange.RESUMED)


def state_at(head: ProjectHead, as_of: int) -> tuple[ProjectState, int | None]:
    """Return the state of a project at a date, and the day since when (rule 8).

    The latest turn says it; a suspension with a last day is over on the day after it.
    """
    turns = _turns(head, as_of)
    if not turns:
        return ProjectState.ACTIVE, None
    latest = turns[-1]
    state = _state(latest, as_of)
    if state is ProjectState.ACTIVE and latest.until is not None:
        return state, max(latest.until + 1, latest.day)
    return state, latest.day


def _state(turn: _Turn, day: int) -> ProjectState:
    """Say what a project is on a day if nothing came after a turn."""
    state = _STOPS.get(turn.change, ProjectState.ACTIVE)
    if state is ProjectState.SUSPENDED and turn.until is not None and turn.until < day:
        return ProjectState.ACTIVE
    return state


def _turns(head: ProjectHead, known_by: int | None) -> list[_Turn]:
    """List what was said of a project by a day, and holds by then, in order.

    A disposition suspends an active project alone: one that falls within a suspension waits for
    its last day. A project that others go on for is revived by being started or resumed alone.
    """
    turns = [
        _Turn(known.day, known.sequence, known.change, known.until, known.procurement_begun)
        for known in head.changes
        if known_by is None or known.day <= known_by
    ]
    if not head.successions and not head.decided:
        return turns
    others = [*_successions(head), *_suspensions(head, known_by)]
    turns += [turn for turn in others if known_by is None or turn.day <= known_by]
    found: list[_Turn] = []
    gone = False
    waiting: _Turn | None = None
    for turn in sorted(turns, key=lambda turn: (turn.day, turn.sequence)):
        if waiting is not None and waiting.day < turn.day:
            found.append(waiting)
            waiting = None
        suspends = turn.change is StateChange.SUSPENDED
        if gone and (suspends or turn.succeeded):
            continue
        decided = suspends and turn.begun is None
        if decided and found and _state(found[-1], turn.day) is not ProjectState.ACTIVE:
            waiting = waiting or _after(found[-1], turn)
            continue
        gone = turn.succeeded or (gone and turn.change not in _GOES_ON)
        # The next change of state ends a disposition, also one that waits.
        waiting = None
        found.append(turn)
    if waiting is not None and (known_by is None or waiting.day <= known_by):
        found.append(waiting)
    return found


def _after(state: _Turn, decided: _Turn) -> _Turn | None:
    """Let a disposition wait for the last day of the suspension that it falls within.

    Of the same first day they are one suspension; one without a last day ends both at once.
    """
    if state.change is not StateChange.SUSPENDED or state.until is None:
        return None
    return decided._replace(day=state.until + 1) if state.day < decided.day else None


def _successions(head: ProjectHead) -> Iterator[_Turn]:
    """From the day after its last day on a succeeded project has ended as a completed one has."""
    for known in head.successions:
        # Before all else that is said of that day.
        yield _Turn(known.day + 1, 0, StateChange.COMPLETED, succeeded=True)


def successors_at(head: ProjectHead, as_of: int) -> list[str]:
    """Return the projects that go on with its work, as the facts dated by a day say, each once."""
    stated = [name for known in head.successions if known.day <= as_of for name in known.successors]
    return list(dict.fromkeys(stated))


def _suspensions(head: ProjectHead, known_by: int | None) -> Iterator[_Turn]:
    """Dispositions as they stand; none binds before the day on which it was first decided."""
    for versions in head.decided.values():
        known = [version for version in versions if known_by is None or version.day <= known_by]
        if known and known[-1].start is not None:
            start = max(known[-1].start, versions[0].day)
            yield _Turn(start, known[-1].sequence, StateChange.SUSPENDED)


@dataclass(slots=True)
class Span:
    """Days on which nothing falls due, because the project stood still or had ended."""

    state: ProjectState
    start: int
    """Ordinal of its first day."""
    end: int | None
    """Ordinal of its last day; None: it is open."""
    at_fault: int
    """Ordinal of the first day on which money may not move: on that of an end it still may."""
    begun: bool | None
    """Of a suspension: whether procurement had begun, as its change of state says; None: a
    disposition alone suspends."""

    @property
    def has_ended(self) -> bool:
        """Whether the project had ended, not only stood still."""
        return self.state is not ProjectState.SUSPENDED


def stopped(head: ProjectHead, known_by: int | None = None) -> list[Span]:
    """List the days on which a project stood still or had ended, first to last (Art. 14(2)).

    A suspension ends on the day before it is resumed, or after its last day if that was said;
    what is resumed or started goes on. What has no day of its own is left out. `known_by`: only
    what was said by that day counts.
    """
    spans: list[Span] = []
    before: Span | None = None
    for turn in _turns(head, known_by):
        last = spans[-1] if spans else None
        if last is not None and (last.end is None or last.end >= turn.day):
            last.end = turn.day - 1
        state = _STOPS.get(turn.change)
        if state is not None:
            until = turn.until if state is ProjectState.SUSPENDED else None
            first = _at_fault(turn, state, before)
            spans.append(Span(state, turn.day, until, first, turn.begun))
        before = None if state is None else spans[-1]
    return [span for span in spans if span.end is None or span.start <= span.end]


def _at_fault(turn: _Turn, state: ProjectState, before: Span | None) -> int:
    """Return the first day on which money may not move: after the day of an end, if it is one.

    `before`: what the project was just before, also if that was said of the same day.
    """
    if state is ProjectState.SUSPENDED or turn.succeeded:
        return turn.day
    if before is not None and before.has_ended:
        return max(turn.day, before.at_fault)
    return turn.day + 1


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
    publisher = now.year.publisher
    return bool(publisher) and is_silent(
        now.jurisdiction, publisher, now.day, now.parameters.silent_publisher_days
    )


def is_silent(jurisdiction: Jurisdiction, publisher: str, day: int, limit: int | None) -> bool:
    """Say whether a publisher is silent on a day: for so many opened days or more; null: never.

    Known is who was heard as facts of the jurisdiction, which are the same for every partition.
    Of whom no fact speaks, as in a ledger of a release that stated none, the partition's own
    entries tell; of whom it has none, nothing is known, and that is no silence.
    """
    if limit is None:
        return False
    heard = jurisdiction.heard.get(publisher) or jurisdiction.publishers.get(publisher)
    return heard is not None and silent_days(jurisdiction, heard, day) >= limit


def ends_silence(jurisdiction: Jurisdiction | None, publisher: str) -> bool:
    """Say whether a publisher that is heard now has been silent till now."""
    if jurisdiction is None or jurisdiction.today is None:
        return False
    today = jurisdiction.today.toordinal()
    limit = parameters_at(jurisdiction, today).silent_publisher_days
    return is_silent(jurisdiction, publisher, today, limit)


def silent_days(jurisdiction: Jurisdiction, heard: int, day: int) -> int:
    """Count the opened days that have ended by a day since a publisher was last heard of.

    On the day that is open it may still speak.
    """
    return sum(heard < opening.day < day for opening in jurisdiction.openings)
