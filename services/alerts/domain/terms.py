"""Terms: when one is reminded of an alert, and whose matter it becomes (Art. 15; domain-rules 16).

Time is counted in working days that were opened. Whatever day asks, and however often: what was
told once is not told again, because the alert itself says how far it has come.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.events.alert_terms import Escalation, MeasureDue, Reminder
from contracts.vocabulary import EscalationLevel, Severity
from services.alerts.domain.alert import Alert, Change, evolve, heard_again, step
from services.alerts.domain.rules import NO_TERM, Rule, Term, informs
from services.alerts.domain.work import LEVELS, OVERDUE, StepKind, Work, answered

DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenedDay:
    """A day that was opened."""

    date: dt.date
    """Which."""
    number: int
    """How many days had been opened by then, it included."""
    worked: int
    """How many of them were working days."""


class OpenedDays:
    """The opened days of a jurisdiction, as far back as they are kept."""

    def __init__(self, days: Sequence[OpenedDay]) -> None:
        """`days` in the order of their dates."""
        self._days = days
        self._dates = [day.date for day in days]

    @property
    def last(self) -> OpenedDay | None:
        """The last of them."""
        return self._days[-1] if self._days else None

    def worked(self, day: dt.date) -> int:
        """Return how many working days were opened up to a date, it included.

        Of a date before all that is kept: as many as before them, so that it has waited longest.
        """
        at = bisect_right(self._dates, day)
        if at:
            return self._days[at - 1].worked
        return max(self._days[0].worked - 1, 0) if self._days else 0

    def between(self, after: dt.date, until: dt.date) -> int:
        """Return how many working days were opened after a date and up to another."""
        return max(self.worked(until) - self.worked(after), 0)


@dataclass(frozen=True, slots=True)
class Due:
    """What a day does to an alert, and when it is to be looked at again."""

    alert: Alert
    """As it is after it."""
    changes: tuple[Change, ...] = ()
    """What is told."""
    wake: int | None = None
    """Number of the working day on which something happens if nobody does anything; null: never."""


def running_since(alert: Alert) -> dt.date:
    """Return the day its term runs from: of a return, of its becoming graver, else of its raising.

    The last of these days; an acceptance begins nothing.
    """
    work = alert.work
    begun = [alert.raised_as_of]
    if work.explanation is not None and work.reviewed_on is not None:
        begun.append(work.reviewed_on)
    if work.anew_on is not None:
        begun.append(work.anew_on)
    return max(begun)


def term_of(rule: Rule | None, severity: Severity) -> Term:
    """Return the term of a rule's alert: none where it only informs (domain-rules 11, 17a).

    What lets it be no more than information is lawful, so nobody has to explain it.
    """
    return NO_TERM if rule is None or informs(severity, rule.severity) else rule.term


def days_of(term: Term, *, priority: bool) -> int | None:
    """Return the working days of a term; on a priority list never more than elsewhere."""
    ordinary, strict = term.explain_within, term.explain_within_priority
    if not priority or strict is None:
        return ordinary
    return strict if ordinary is None else min(ordinary, strict)


def due(alert: Alert, term: Term, days: OpenedDays, today: dt.date, *, priority: bool) -> Due:
    """Tell what an opened day does to an alert that stands.

    While nobody is notified of it its term rests: nothing would be heard of what the term tells.
    """
    within = days_of(term, priority=priority)
    if within is None or alert.ended or answered(alert.work) or alert.work.mute is not None:
        return Due(alert)
    since = running_since(alert)
    begun = days.worked(since) + rested(alert.work, days, since)
    left = within - (days.worked(today) - begun)
    changes: list[Change] = []
    if _to_remind(alert, term, left):
        changes.append(_told(alert, StepKind.REMINDED, Reminder(working_days_left=left), today))
        alert = evolve(alert, changes[-1])
    level = _level(term, left)
    if LEVELS.index(level) > LEVELS.index(alert.work.level):
        up = Escalation(level=level, working_days=within - left)
        changes.append(_told(alert, StepKind.ESCALATED, up, today))
        alert = evolve(alert, changes[-1])
    ahead = [at for at in _moments(alert, term) if at < left]
    wake = begun + within - max(ahead) if ahead else None
    return Due(alert, tuple(changes), wake)


def measures_due(alert: Alert, term: Term, days: OpenedDays, today: dt.date) -> Due:
    """Tell what an opened day does to the measures that were planned and not carried out.

    They have their own day instead of the term's, and go up as long after it. They outlive the
    alert (domain-rules 5), whose mute then mutes them no more: it held until the alert ended.
    """
    if alert.work.mute is not None and not alert.ended:
        return Due(alert)
    alert = heard_again(alert)
    changes: list[Change] = []
    latest = 0
    for measure in alert.work.unfinished:
        left = _left(alert.work, measure.plan.due, days, today)
        if left is None:
            continue
        latest = max(latest, -left)
        last = measure.reminded_at
        if any(left <= at and (last is None or at < last) for at in _days_told(term)):
            told = MeasureDue(
                measure=measure.plan.measure, due=measure.plan.due, working_days_left=left
            )
            changes.append(step(alert, StepKind.MEASURE_DUE, told, today))
            alert = evolve(alert, changes[-1])
    level = _level(term, -latest) if latest else EscalationLevel.UNIT
    if LEVELS.index(level) > LEVELS.index(alert.work.level):
        up = Escalation(level=level, working_days=latest)
        changes.append(_told(alert, StepKind.ESCALATED, up, today))
        alert = evolve(alert, changes[-1])
    # Which working day a date will be nobody knows before it is opened: so each is looked at.
    return Due(alert, tuple(changes), days.worked(today) + 1 if _ahead(alert, term) else None)


def soonest(*wakes: int | None) -> int | None:
    """Return the first of the days on which something happens; null: nothing ever does."""
    return min((wake for wake in wakes if wake is not None), default=None)


def _left(work: Work, due: dt.date, days: OpenedDays, today: dt.date) -> int | None:
    """Return how late a measure is: 0 on its last day, less after it; null before it."""
    if today <= due:
        # A last day that is a day off is told of on the first working day after it, as late.
        return 0 if today == due and days.between(due - DAY, due) else None
    late = days.between(due, today) - rested(work, days, due)
    return -late if late > 0 else None


def _days_told(term: Term) -> set[int]:
    """Return the days left at which one is told of a measure: its last one, the one after it."""
    return {OVERDUE, *(at for at in term.remind_before if at == 0)}


def _ahead(alert: Alert, term: Term) -> bool:
    """Tell whether something may yet be told of the measures."""
    unfinished = alert.work.unfinished
    above = LEVELS.index(alert.work.level) < len(term.escalate_after[: len(LEVELS) - 1])
    return any(not measure.late for measure in unfinished) or bool(unfinished and above)


def rested(work: Work, days: OpenedDays, since: dt.date) -> int:
    """Return for how many of the working days after a date nobody was notified."""
    return sum(days.between(max(hold.since, since), hold.until) for hold in work.holds)


def _told(alert: Alert, kind: StepKind, detail: Reminder | Escalation, today: dt.date) -> Change:
    return step(alert, kind, detail, today)


def _reminders(alert: Alert, term: Term) -> list[int]:
    """Return how many days before the term one is yet to be reminded.

    Who has seen it is left in peace until the term is over.
    """
    last = alert.work.reminded_at
    wanted = {OVERDUE} if alert.work.acknowledged_by else {*term.remind_before, OVERDUE}
    return [at for at in wanted if last is None or at < last]


def _to_remind(alert: Alert, term: Term, left: int) -> bool:
    return any(left <= at for at in _reminders(alert, term))


def _level(term: Term, left: int) -> EscalationLevel:
    reached = sum(-left >= after for after in term.escalate_after[: len(LEVELS) - 1])
    return LEVELS[reached]


def _moments(alert: Alert, term: Term) -> list[int]:
    """Return the days left at which something is yet to happen."""
    above = LEVELS.index(alert.work.level)
    escalations = term.escalate_after[above : len(LEVELS) - 1]
    return [*_reminders(alert, term), *(-after for after in escalations)]
