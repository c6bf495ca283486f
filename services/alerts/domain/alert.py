"""An alert's life, event-sourced: `decide(alert, verdict) -> changes`, `evolve(alert, change)`.

One open alert per rule, scope, subject and fiscal year of a project. Raise, update when the
severity changes, clear by data; a deviation that returns is a new occurrence with its own id that
names the one before. What a person closed while the data still show it is not raised again before
they were clear of it once, or show it graver than it was when it was closed. What people and time
do is a *step* (`work.py`, `commands.py`).
"""

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from contracts.envelope import Part
from contracts.events.alerts import (
    AlertAcknowledged,
    AlertAssigned,
    AlertCleared,
    AlertClosed,
    AlertCommented,
    AlertEscalated,
    AlertExplained,
    AlertFact,
    AlertMeasureDue,
    AlertMeasurePlanned,
    AlertMeasureTaken,
    AlertMuted,
    AlertRaised,
    AlertRegressed,
    AlertReminded,
    AlertReviewed,
    AlertState,
    AlertStep,
    AlertUpdated,
    AlertUrged,
    AlertYearClosed,
    Assignment,
    MeasuredFact,
    Regression,
)
from contracts.vocabulary import Aspect, Severity
from services.alerts.domain.judging import SEVERITY_ORDER, Key, Outcome, Verdict
from services.alerts.domain.rules import Rule, informs
from services.alerts.domain.work import (
    NO_WORK,
    StepKind,
    Work,
    answered,
    heard,
    spent,
    work_after,
    worse,
)

ALERT_ID_BYTES: Final = 16


class DataKind(StrEnum):
    """What the data do to an alert."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"
    YEAR_CLOSED = "year_closed"


ChangeKind = DataKind | StepKind
"""What happened to an alert."""

FACT_OF_KIND: Final[dict[ChangeKind, type[AlertFact]]] = {
    DataKind.RAISED: AlertRaised,
    DataKind.UPDATED: AlertUpdated,
    DataKind.CLEARED: AlertCleared,
    DataKind.YEAR_CLOSED: AlertYearClosed,
    StepKind.REGRESSED: AlertRegressed,
    StepKind.ACKNOWLEDGED: AlertAcknowledged,
    StepKind.ASSIGNED: AlertAssigned,
    StepKind.COMMENTED: AlertCommented,
    StepKind.EXPLAINED: AlertExplained,
    StepKind.MEASURE_PLANNED: AlertMeasurePlanned,
    StepKind.MEASURE_TAKEN: AlertMeasureTaken,
    StepKind.MEASURE_DUE: AlertMeasureDue,
    StepKind.REMINDED: AlertReminded,
    StepKind.ESCALATED: AlertEscalated,
    StepKind.MUTED: AlertMuted,
    StepKind.URGED: AlertUrged,
    StepKind.REVIEWED: AlertReviewed,
    StepKind.CLOSED: AlertClosed,
}

ENDED: Final = frozenset({AlertState.CLEARED, AlertState.CLOSED, AlertState.YEAR_CLOSED})


@dataclass(frozen=True, slots=True)
class RuleStamp:
    """What an alert keeps of the rule version that last changed it."""

    pack: str
    pack_version: str
    aspect: Aspect
    article: str
    title_zh: str
    title_en: str
    severity: Severity | None = None
    """What it raises unless a condition says another; null: an earlier release did not keep it."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and as of when an assessment was made."""

    project: str
    """<jurisdiction>/<project code>."""
    project_name: str | None
    fiscal_year: int
    as_of: dt.date
    department: str | None
    lead_unit: str | None

    @property
    def jurisdiction(self) -> str:
        """The tenant."""
        return self.project.split("/", 1)[0]


@dataclass(frozen=True, slots=True)
class Change:
    """One event of one alert."""

    kind: ChangeKind
    alert_id: str
    key: Key
    occurrence: int
    version: int
    """Number of this change within the alert, from 1."""
    severity: Severity
    stamp: RuleStamp
    where: Circumstances
    facts: tuple[MeasuredFact, ...]

    state: AlertState = AlertState.OPEN
    """As it is after this."""
    work: Work = NO_WORK
    """As it is after this."""
    by: str | None = None
    """Principal who did it; null: the data or the day did."""
    detail: Part | None = None
    """What a step tells."""

    def fact(self, cursor: int) -> AlertFact:
        """Tell the change in the words of the contracts, at its place in the feed."""
        where, stamp = self.where, self.stamp
        form = FACT_OF_KIND[self.kind]
        told: dict[str, Any] = {
            "date": where.as_of,
            "alert": self.alert_id,
            "rule": self.key.rule,
            "pack": stamp.pack,
            "pack_version": stamp.pack_version,
            "scope": self.key.scope,
            "scope_subject": self.key.subject,
            "fiscal_year": where.fiscal_year,
            "severity": self.severity,
            "aspect": stamp.aspect,
            "article": stamp.article,
            "title_zh": stamp.title_zh,
            "title_en": stamp.title_en,
            "facts": self.facts,
            "department": where.department,
            "lead_unit": where.lead_unit,
            "cursor": cursor,
        }
        if issubclass(form, AlertStep):
            told |= {
                "version": self.version,
                "state": self.state,
                "muted": self.work.muted,
                "by": self.by,
            }
        if self.detail is not None:
            told["detail"] = self.detail
        return form(**told)


@dataclass(frozen=True, slots=True)
class Alert:
    """The present state of one occurrence."""

    id: str
    key: Key
    occurrence: int
    version: int
    """How many changes made it."""
    state: AlertState
    severity: Severity
    stamp: RuleStamp
    where: Circumstances
    """As of its last change while it stood: what is done after its end does not move the end."""
    raised_as_of: dt.date
    facts: tuple[MeasuredFact, ...]
    """The figures of its last change by data."""
    work: Work = NO_WORK
    """What people and time have done with it."""

    @property
    def ended(self) -> bool:
        """Whether it does not stand any more."""
        return self.state in ENDED


class ImpossibleChangeError(Exception):
    """A change does not follow from the alert's state: the history is damaged."""


def alert_id(project: str, fiscal_year: int, key: Key, occurrence: int) -> str:
    """Derive the id: the same deviation gets the same id however often it is computed."""
    words = (key.rule, key.scope, project, key.subject, str(fiscal_year), str(occurrence))
    # Identifiers hold no control characters, so NUL keeps the words apart.
    return hashlib.blake2b("\0".join(words).encode(), digest_size=ALERT_ID_BYTES).hexdigest()


def decide(alert: Alert | None, verdict: Verdict, where: Circumstances) -> tuple[Change, ...]:
    """Tell what a verdict changes; held and failed verdicts change nothing."""
    over = alert is None or alert.state in {AlertState.CLEARED, AlertState.YEAR_CLOSED}
    if alert is None or over or alert.work.withdrawn:
        return _raise(alert, verdict, where) if verdict.outcome is Outcome.RAISED else ()
    if verdict.outcome is Outcome.SILENT:
        return (_next(alert, DataKind.CLEARED, alert.severity, verdict, where),)
    if verdict.outcome is not Outcome.RAISED:
        return ()
    severity = _severity(verdict)
    if alert.state is AlertState.CLOSED:
        # Whoever closed it has judged it as grave as it was, and nothing graver.
        return _raise(alert, verdict, where) if _graver(severity, alert) else ()
    if severity is not alert.severity:
        return (_next(alert, DataKind.UPDATED, severity, verdict, where),)
    return ()


def renew(alert: Alert, verdict: Verdict, where: Circumstances) -> tuple[Change, ...]:
    """Tell that an open alert is as grave as it was while what it shows has changed."""
    if alert.state is not AlertState.OPEN or verdict.severity is not alert.severity:
        return ()
    if verdict.shown() == alert.facts:
        return ()
    return (_next(alert, DataKind.UPDATED, alert.severity, verdict, where),)


def close_year(alert: Alert, where: Circumstances) -> tuple[Change, ...]:
    """Tell that an open alert ends with its year (domain-rules 5)."""
    if alert.state is not AlertState.OPEN:
        return ()
    return (_following(alert, DataKind.YEAR_CLOSED, where, state=AlertState.YEAR_CLOSED),)


def heard_again(alert: Alert) -> Alert:
    """Return an alert as it is once it has ended: its mute held until then, and its end was muted.

    What is told of it afterwards, its measures above all, is told to everybody.
    """
    if not alert.ended:
        return alert
    return replace(alert, work=heard(alert.work, alert.where.as_of))


def step(alert: Alert, kind: StepKind, detail: Part, day: dt.date, by: str | None = None) -> Change:
    """Make a step of an alert: what people and time do. Whether it may be, others ask."""
    alert = heard_again(alert)
    where = replace(alert.where, as_of=max(day, alert.where.as_of))
    state = AlertState.CLOSED if kind is StepKind.CLOSED else alert.state
    work = work_after(alert.work, kind, detail, by, day)
    return _following(alert, kind, where, state=state, work=work, by=by, detail=detail)


def evolve(alert: Alert | None, change: Change) -> Alert:
    """Apply a change; ImpossibleChangeError if it cannot follow."""
    if change.kind is DataKind.RAISED:
        if alert is not None and not alert.ended:
            raise ImpossibleChangeError(change.alert_id)
        return _born(change)
    if alert is None or change.alert_id != alert.id or change.version != alert.version + 1:
        raise ImpossibleChangeError(change.alert_id)
    if isinstance(change.kind, DataKind) and alert.state in {
        AlertState.CLEARED,
        AlertState.YEAR_CLOSED,
    }:
        raise ImpossibleChangeError(change.alert_id)
    after_its_end = alert.ended and isinstance(change.kind, StepKind)
    return replace(
        alert,
        version=change.version,
        state=change.state,
        severity=change.severity,
        stamp=change.stamp,
        where=alert.where if after_its_end else change.where,
        facts=change.facts,
        work=change.work,
    )


def _born(change: Change) -> Alert:
    return Alert(
        id=change.alert_id,
        key=change.key,
        occurrence=change.occurrence,
        version=change.version,
        state=AlertState.OPEN,
        severity=change.severity,
        stamp=change.stamp,
        where=change.where,
        raised_as_of=change.where.as_of,
        facts=change.facts,
    )


def stamp_of(rule: Rule) -> RuleStamp:
    """Take from a rule what its alerts keep."""
    return RuleStamp(
        pack=rule.pack,
        pack_version=rule.pack_version,
        aspect=rule.aspect,
        article=rule.article,
        title_zh=rule.title_zh,
        title_en=rule.title_en,
        severity=rule.severity,
    )


def _raise(before: Alert | None, verdict: Verdict, where: Circumstances) -> tuple[Change, ...]:
    occurrence = 1 if before is None else before.occurrence + 1
    raised = Change(
        kind=DataKind.RAISED,
        alert_id=alert_id(where.project, where.fiscal_year, verdict.key, occurrence),
        key=verdict.key,
        occurrence=occurrence,
        version=1,
        severity=_severity(verdict),
        stamp=stamp_of(verdict.rule),
        where=where,
        facts=verdict.shown(),
    )
    return (raised, *_returned(before, raised)) if before is not None else (raised,)


def _returned(before: Alert, raised: Change) -> tuple[Change, ...]:
    """Tell that it was there before; it stays with whom it was."""
    day = raised.where.as_of
    past = Regression(alert=before.id, ended_on=before.where.as_of, ended_as=before.state)
    alert = _born(raised)
    changes = [step(alert, StepKind.REGRESSED, past, day)]
    if before.work.assignee is not None:
        alert = evolve(alert, changes[-1])
        again = Assignment(assignee=before.work.assignee)
        changes.append(step(alert, StepKind.ASSIGNED, again, day))
    return tuple(changes)


def _next(
    alert: Alert, kind: DataKind, severity: Severity, verdict: Verdict, where: Circumstances
) -> Change:
    change = _following(
        alert,
        kind,
        where,
        state=AlertState.CLEARED if kind is DataKind.CLEARED else AlertState.OPEN,
        work=_outgrown(alert, verdict.rule, where) if _graver(severity, alert) else alert.work,
    )
    return replace(change, severity=severity, stamp=stamp_of(verdict.rule), facts=verdict.shown())


def _outgrown(alert: Alert, rule: Rule, where: Circumstances) -> Work:
    # A term that runs goes on: what becomes graver is never given more time by it.
    idle = informs(alert.severity, rule.severity) or spent(alert.work, rule.term)
    return worse(alert.work, where.as_of, anew=idle or answered(alert.work))


def _graver(severity: Severity, alert: Alert) -> bool:
    return SEVERITY_ORDER.index(severity) > SEVERITY_ORDER.index(alert.severity)


def _following(
    alert: Alert,
    kind: ChangeKind,
    where: Circumstances,
    *,
    state: AlertState,
    work: Work | None = None,
    by: str | None = None,
    detail: Part | None = None,
) -> Change:
    return Change(
        kind=kind,
        alert_id=alert.id,
        key=alert.key,
        occurrence=alert.occurrence,
        version=alert.version + 1,
        severity=alert.severity,
        stamp=alert.stamp,
        where=where,
        facts=alert.facts,
        state=state,
        work=alert.work if work is None else work,
        by=by,
        detail=detail,
    )


def _severity(verdict: Verdict) -> Severity:
    return verdict.severity or verdict.rule.severity
