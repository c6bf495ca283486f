"""What people and time have done with an alert: `Work`, folded from its steps.

The data decide whether a deviation stands (`alert.py`); everything else of an alert is here. Every
step's `detail` is that of the event which tells it, so that nothing is written twice.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from contracts.envelope import Part
from contracts.events.alert_terms import Escalation, MeasureDue, Reminder
from contracts.events.alerts import (
    Assignment,
    Closing,
    Explanation,
    MeasurePlanned,
    MeasureTaken,
    Mute,
    Note,
    Regression,
    Review,
    Urging,
)
from contracts.vocabulary import ClosingGround, EscalationLevel, MuteGround, ReviewOutcome
from services.alerts.domain.rules import Term

LEVELS: Final = tuple(EscalationLevel)
"""From below: an alert only ever goes up."""
OVERDUE: Final = -1
"""Working days left on the first working day after the term: one is reminded then, too."""


class StepKind(StrEnum):
    """What happens to an alert beside what the data do."""

    REGRESSED = "regressed"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    EXPLAINED = "explained"
    MEASURE_PLANNED = "measure_planned"
    MEASURE_TAKEN = "measure_taken"
    MEASURE_DUE = "measure_due"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    MUTED = "muted"
    URGED = "urged"
    REVIEWED = "reviewed"
    CLOSED = "closed"


DETAIL_OF: Final[Mapping[StepKind, type[Part]]] = MappingProxyType(
    {
        StepKind.REGRESSED: Regression,
        StepKind.ACKNOWLEDGED: Note,
        StepKind.ASSIGNED: Assignment,
        StepKind.COMMENTED: Note,
        StepKind.EXPLAINED: Explanation,
        StepKind.MEASURE_PLANNED: MeasurePlanned,
        StepKind.MEASURE_TAKEN: MeasureTaken,
        StepKind.MEASURE_DUE: MeasureDue,
        StepKind.REMINDED: Reminder,
        StepKind.ESCALATED: Escalation,
        StepKind.MUTED: Mute,
        StepKind.URGED: Urging,
        StepKind.REVIEWED: Review,
        StepKind.CLOSED: Closing,
    }
)
"""What each step tells."""


HOLDS_MAX: Final = 200
"""Most times of which it is remembered that a term rested, the last ones: of one muted more often
what is longest ago counts as any other time."""


class Hold(Part):
    """A time in which a term rested, because nobody was notified of the alert."""

    since: dt.date
    """Opened day on which it was muted: still counted."""
    until: dt.date
    """Opened day on which it was told again: the first day counted is the next one."""


class PlannedMeasure(Part):
    """A corrective measure, and whether it was carried out."""

    plan: MeasurePlanned
    """What was planned."""
    taken: MeasureTaken | None = None
    """How it was carried out; null: not yet."""
    reminded_at: int | None = None
    """Working days left when one was last reminded of it, 0 or less; null: never."""

    @property
    def late(self) -> bool:
        """Whether one was told that it is late, and it still was not carried out."""
        return self.taken is None and self.reminded_at is not None and self.reminded_at < 0


class Work(Part):
    """What was done with an alert so far."""

    acknowledged_by: str | None = None
    """Who has seen it since it last became graver; null: nobody."""
    assignee: str | None = None
    """Whose work it is."""
    comments: int = 0
    """How many there are; their words are in its history."""
    explanation: Explanation | None = None
    """The last explanation."""
    explained_by: str | None = None
    """Who gave it."""
    explained_on: dt.date | None = None
    """Opened day on which it was given."""
    measures: tuple[PlannedMeasure, ...] = ()
    """Measures, in the order in which they were first planned."""
    review: Review | None = None
    """The last review of the present explanation and measures; a return stands until it is
    explained anew."""
    reviewed_by: str | None = None
    """Who reviewed."""
    reviewed_on: dt.date | None = None
    """Opened day on which it was last reviewed; a return begins a new term on it."""
    outgrown: bool = False
    """Whether it became graver than what the explanation was given for."""
    anew_on: dt.date | None = None
    """Opened day on which it became graver and a new term began; null: none did."""
    level: EscalationLevel = EscalationLevel.UNIT
    """Whose matter it is."""
    reminded_at: int | None = None
    """Working days left at the last reminder."""
    urged: int = 0
    """How often it was urged."""
    urged_on: dt.date | None = None
    """Opened day of the last time."""
    mute: Mute | None = None
    """Why nobody is notified; null: subscribers are."""
    held_since: dt.date | None = None
    """Opened day since which nobody is notified, so that its term rests; null: it runs."""
    holds: tuple[Hold, ...] = ()
    """When its term rested before."""
    closing: Closing | None = None
    """Why it was closed."""
    withdrawn: bool = False
    """Whether nobody closed it: its rule was in force no more."""
    regressed_from: str | None = None
    """The alert it was before."""

    @property
    def muted(self) -> MuteGround | None:
        """Why nobody is notified; null: subscribers are."""
        return None if self.mute is None else self.mute.ground

    @property
    def returned(self) -> bool:
        """Whether the present explanation was returned."""
        return self.review is not None and self.review.outcome is ReviewOutcome.RETURNED

    @property
    def unfinished(self) -> tuple[PlannedMeasure, ...]:
        """Measures that are still to be carried out.

        Against what turned out to be no deviation nothing is: when that was found it was too late
        to drop or to plan them anew.
        """
        unfounded = self.closing is not None and self.closing.ground is ClosingGround.UNFOUNDED
        if unfounded or self.withdrawn:
            return ()
        return tuple(measure for measure in self.measures if measure.taken is None)


NO_WORK: Final = Work()


def work_after(
    work: Work, kind: StepKind, detail: Part | None, by: str | None, day: dt.date
) -> Work:
    """Fold one step."""
    return work.model_copy(update=_FOLDS[kind](work, detail, by, day))


def heard(work: Work, day: dt.date) -> Work:
    """Fold that nothing mutes it any more, from a day on."""
    return work if work.mute is None else work_after(work, StepKind.MUTED, Mute(), None, day)


def answered(work: Work) -> bool:
    """Whether it is explained as grave as it is, and the explanation was not returned."""
    return work.explanation is not None and not work.returned and not work.outgrown


def spent(work: Work, term: Term) -> bool:
    """Whether a term has nothing left to tell: one was reminded after it, and it is at the top."""
    over = work.reminded_at is not None and work.reminded_at <= OVERDUE
    return over and LEVELS.index(work.level) >= len(term.escalate_after[: len(LEVELS) - 1])


def worse(work: Work, day: dt.date, *, anew: bool) -> Work:
    """Fold that it became graver: who has seen or explained it has not seen or explained this.

    `anew`: a new term begins, of which nobody has been reminded; the level stays where it is.
    """
    updates: dict[str, Any] = {
        "acknowledged_by": None,
        "outgrown": work.explanation is not None,
    }
    if anew:
        updates |= {"anew_on": day, "reminded_at": None}
    return work.model_copy(update=updates)


_Updates = Mapping[str, Any]
_Fold = Callable[[Work, Any, str | None, dt.date], _Updates]


def _planned(work: Work, detail: MeasurePlanned, _by: str | None, _day: dt.date) -> _Updates:
    known = {measure.plan.measure: measure for measure in work.measures}
    known[detail.measure] = PlannedMeasure(plan=detail)
    planned: _Updates = {"measures": tuple(known.values())}
    if work.returned:
        # A plan is no answer to a return: the explanation is still to be given anew.
        return planned
    return {**planned, "review": None, "reviewed_by": None}


def _taken(work: Work, detail: MeasureTaken, _by: str | None, _day: dt.date) -> _Updates:
    measures = tuple(
        measure.model_copy(update={"taken": detail})
        if measure.plan.measure == detail.measure
        else measure
        for measure in work.measures
    )
    return {"measures": measures}


def _due(work: Work, detail: MeasureDue, _by: str | None, _day: dt.date) -> _Updates:
    measures = tuple(
        measure.model_copy(update={"reminded_at": detail.working_days_left})
        if measure.plan.measure == detail.measure
        else measure
        for measure in work.measures
    )
    return {"measures": measures}


def _muted(work: Work, detail: Mute, _by: str | None, day: dt.date) -> _Updates:
    if detail.ground is not None:
        return {"mute": detail, "held_since": day if work.mute is None else work.held_since}
    if work.held_since is None and work.mute is not None:
        # Muted by a release that did not keep since when: whoever hears of it has a whole term.
        return {"mute": None, "anew_on": day, "reminded_at": None}
    if work.held_since is None or work.held_since >= day:
        return {"mute": None, "held_since": None}
    *before, last = (*work.holds, Hold(since=work.held_since, until=day))
    if before and before[-1].until == last.since:
        *before, last = (*before[:-1], Hold(since=before[-1].since, until=day))
    return {"mute": None, "held_since": None, "holds": (*before, last)[-HOLDS_MAX:]}


_FOLDS: Final[Mapping[StepKind, _Fold]] = {
    StepKind.REGRESSED: lambda _w, detail, _by, _day: {"regressed_from": detail.alert},
    StepKind.ACKNOWLEDGED: lambda _w, _d, by, _day: {"acknowledged_by": by},
    StepKind.ASSIGNED: lambda _w, detail, _by, _day: {"assignee": detail.assignee},
    StepKind.COMMENTED: lambda work, _d, _by, _day: {"comments": work.comments + 1},
    StepKind.EXPLAINED: lambda _w, detail, by, day: {
        "explanation": detail,
        "explained_by": by,
        "explained_on": day,
        "outgrown": False,
        # What was said of the explanation before says nothing of this one.
        "review": None,
        "reviewed_by": None,
    },
    StepKind.MEASURE_PLANNED: _planned,
    StepKind.MEASURE_TAKEN: _taken,
    StepKind.MEASURE_DUE: _due,
    StepKind.REMINDED: lambda _w, detail, _by, _day: {"reminded_at": detail.working_days_left},
    StepKind.ESCALATED: lambda _w, detail, _by, _day: {"level": detail.level},
    StepKind.MUTED: _muted,
    StepKind.URGED: lambda work, _d, _by, day: {"urged": work.urged + 1, "urged_on": day},
    StepKind.REVIEWED: lambda work, detail, by, day: {
        "review": detail,
        "reviewed_by": by,
        "reviewed_on": day,
        # A return begins a new term, of which nobody has been reminded.
        "reminded_at": None if detail.outcome is ReviewOutcome.RETURNED else work.reminded_at,
        # What a reviewer accepts now explains it as grave as it is now.
        "outgrown": work.outgrown and detail.outcome is ReviewOutcome.RETURNED,
    },
    StepKind.CLOSED: lambda _w, detail, by, _day: {"closing": detail, "withdrawn": by is None},
}
