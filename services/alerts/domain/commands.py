"""Commands of people: `carry_out(alert, command, by, day) -> changes`, or a reason why not.

A command asks for one step. Asking for what is so already changes nothing and is no error. Terms,
reminders and muting are steps too, but nobody commands them.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from contracts.envelope import Part
from contracts.events.alerts import (
    MEASURES_MAX,
    Assignment,
    Closing,
    Explanation,
    MeasurePlanned,
    MeasureTaken,
    Review,
)
from contracts.vocabulary import ClosingGround, ReviewOutcome
from services.alerts.domain.alert import Alert, Change, step
from services.alerts.domain.work import StepKind

COMMENTS_MAX: Final = 1_000
"""Most comments of one alert: beyond, somebody's program writes them."""
COMMANDED: Final = frozenset(
    {
        StepKind.ACKNOWLEDGED,
        StepKind.ASSIGNED,
        StepKind.COMMENTED,
        StepKind.EXPLAINED,
        StepKind.MEASURE_PLANNED,
        StepKind.MEASURE_TAKEN,
        StepKind.URGED,
        StepKind.REVIEWED,
        StepKind.CLOSED,
    }
)
"""Steps that people may command."""
AFTER_THE_END: Final = frozenset(
    {StepKind.COMMENTED, StepKind.MEASURE_TAKEN, StepKind.EXPLAINED, StepKind.REVIEWED}
)
"""Steps of an alert that has ended: unfinished corrective work moves on (domain-rules 5)."""


class Refusal(StrEnum):
    """Why a command cannot be carried out."""

    ALERT_ENDED = "alert_ended"
    """The alert has ended."""
    TOO_MANY_COMMENTS = "too_many_comments"
    """It has all the comments it may have."""
    TOO_MANY_MEASURES = "too_many_measures"
    """It has all the measures it may have."""
    REPEATED_AREA = "repeated_area"
    """An area of causes is named twice."""
    DUE_IN_PAST = "due_in_past"
    """A measure cannot be planned for a day that is over."""
    UNKNOWN_MEASURE = "unknown_measure"
    """No such measure was planned."""
    TAKEN_IN_FUTURE = "taken_in_future"
    """A measure cannot have been taken on a day that is not opened yet."""
    URGED_TODAY = "urged_today"
    """It was urged today (domain-rules 23)."""
    NOTHING_TO_REVIEW = "nothing_to_review"
    """It is not explained yet."""
    NOTE_REQUIRED = "note_required"
    """A return needs its reasons."""
    NOT_EXPLAINED = "not_explained"
    """It is not explained yet, so it can only be closed as unfounded."""


class RefusedError(Exception):
    """A command cannot be carried out as the alert is; `code` names the reason."""

    def __init__(self, code: Refusal, pointer: str = "") -> None:
        """Keep the code, and the JSON pointer into the command's body it is about."""
        super().__init__(code)
        self.code = code
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for."""

    kind: StepKind
    """Which step; one of `COMMANDED`."""
    detail: Part
    """What it tells, of the kind's own form (`DETAIL_OF`)."""


def carry_out(alert: Alert, command: Command, by: str, day: dt.date) -> tuple[Change, ...]:
    """Tell what a command changes on the last opened day; RefusedError if it may not be."""
    if alert.ended and command.kind not in AFTER_THE_END:
        raise RefusedError(Refusal.ALERT_ENDED)
    check = _CHECKS.get(command.kind, _anything)
    if not check(alert, command.detail, by, day):
        return ()
    return (step(alert, command.kind, command.detail, day, by),)


_Check = Callable[[Alert, Any, str, dt.date], bool]


def _anything(_alert: Alert, _detail: Part, _by: str, _day: dt.date) -> bool:
    return True


def _acknowledge(alert: Alert, _detail: Part, _by: str, _day: dt.date) -> bool:
    return alert.work.acknowledged_by is None


def _assign(alert: Alert, detail: Assignment, _by: str, _day: dt.date) -> bool:
    return alert.work.assignee != detail.assignee


def _comment(alert: Alert, _detail: Part, _by: str, _day: dt.date) -> bool:
    if alert.work.comments >= COMMENTS_MAX:
        raise RefusedError(Refusal.TOO_MANY_COMMENTS)
    return True


def _explain(_alert: Alert, detail: Explanation, _by: str, _day: dt.date) -> bool:
    if len(set(detail.areas)) != len(detail.areas):
        raise RefusedError(Refusal.REPEATED_AREA, "/areas")
    return True


def _plan(alert: Alert, detail: MeasurePlanned, _by: str, day: dt.date) -> bool:
    known = {measure.plan.measure for measure in alert.work.measures}
    if len(known | {detail.measure}) > MEASURES_MAX:
        raise RefusedError(Refusal.TOO_MANY_MEASURES, "/measure")
    if detail.due < day:
        raise RefusedError(Refusal.DUE_IN_PAST, "/due")
    return True


def _take(alert: Alert, detail: MeasureTaken, _by: str, day: dt.date) -> bool:
    if detail.measure not in {measure.plan.measure for measure in alert.work.measures}:
        raise RefusedError(Refusal.UNKNOWN_MEASURE, "/measure")
    if detail.taken_on > day:
        raise RefusedError(Refusal.TAKEN_IN_FUTURE, "/taken_on")
    return True


def _urge(alert: Alert, _detail: Part, _by: str, day: dt.date) -> bool:
    # At most one a day (domain-rules 23).
    if alert.work.urged_on == day:
        raise RefusedError(Refusal.URGED_TODAY)
    return True


def _review(alert: Alert, detail: Review, _by: str, _day: dt.date) -> bool:
    if alert.work.explanation is None:
        raise RefusedError(Refusal.NOTHING_TO_REVIEW)
    if detail.outcome is ReviewOutcome.RETURNED and not detail.note.strip():
        raise RefusedError(Refusal.NOTE_REQUIRED, "/note")
    return True


def _close(alert: Alert, detail: Closing, _by: str, _day: dt.date) -> bool:
    # What was never a deviation needs no explanation; everything else does (Art. 2, 12(2)).
    if detail.ground is not ClosingGround.UNFOUNDED and alert.work.explanation is None:
        raise RefusedError(Refusal.NOT_EXPLAINED)
    return True


_CHECKS: Final[Mapping[StepKind, _Check]] = {
    StepKind.ACKNOWLEDGED: _acknowledge,
    StepKind.ASSIGNED: _assign,
    StepKind.COMMENTED: _comment,
    StepKind.EXPLAINED: _explain,
    StepKind.MEASURE_PLANNED: _plan,
    StepKind.MEASURE_TAKEN: _take,
    StepKind.URGED: _urge,
    StepKind.REVIEWED: _review,
    StepKind.CLOSED: _close,
}
