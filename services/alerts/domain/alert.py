"""An alert's life, event-sourced: `decide(alert, verdict) -> changes`, `evolve(alert, change)`.

One open alert per rule, scope, subject and fiscal year of a project. Raise, update when the
severity changes, clear by data; a deviation that returns is a new occurrence with its own id.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from contracts.events.alerts import (
    AlertCleared,
    AlertFact,
    AlertRaised,
    AlertUpdated,
    MeasuredFact,
)
from contracts.vocabulary import Aspect, Severity
from services.alerts.domain.judging import Key, Outcome, Verdict
from services.alerts.domain.rules import Rule

ALERT_ID_BYTES: Final = 16


class AlertState(StrEnum):
    """Whether a deviation still stands."""

    OPEN = "open"
    CLEARED = "cleared"


class ChangeKind(StrEnum):
    """What happened to an alert."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"


FACT_OF_KIND: Final[dict[ChangeKind, type[AlertFact]]] = {
    ChangeKind.RAISED: AlertRaised,
    ChangeKind.UPDATED: AlertUpdated,
    ChangeKind.CLEARED: AlertCleared,
}


@dataclass(frozen=True, slots=True)
class RuleStamp:
    """What an alert keeps of the rule version that last changed it."""

    pack: str
    pack_version: str
    aspect: Aspect
    article: str
    title_zh: str
    title_en: str


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

    def fact(self, cursor: int) -> AlertFact:
        """Tell the change in the words of the contracts, at its place in the feed."""
        where, stamp = self.where, self.stamp
        return FACT_OF_KIND[self.kind](
            date=where.as_of,
            alert=self.alert_id,
            rule=self.key.rule,
            pack=stamp.pack,
            pack_version=stamp.pack_version,
            scope=self.key.scope,
            scope_subject=self.key.subject,
            fiscal_year=where.fiscal_year,
            severity=self.severity,
            aspect=stamp.aspect,
            article=stamp.article,
            title_zh=stamp.title_zh,
            title_en=stamp.title_en,
            facts=self.facts,
            department=where.department,
            lead_unit=where.lead_unit,
            cursor=cursor,
        )


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
    """As of its last change."""
    raised_as_of: dt.date
    facts: tuple[MeasuredFact, ...]
    """The figures of its last change."""


class ImpossibleChangeError(Exception):
    """A change does not follow from the alert's state: the history is damaged."""


def alert_id(project: str, fiscal_year: int, key: Key, occurrence: int) -> str:
    """Derive the id: the same deviation gets the same id however often it is computed."""
    words = (key.rule, key.scope, project, key.subject, str(fiscal_year), str(occurrence))
    # Identifiers hold no control characters, so NUL keeps the words apart.
    return hashlib.blake2b("\0".join(words).encode(), digest_size=ALERT_ID_BYTES).hexdigest()


def decide(alert: Alert | None, verdict: Verdict, where: Circumstances) -> tuple[Change, ...]:
    """Tell what a verdict changes; held and failed verdicts change nothing."""
    if alert is None or alert.state is AlertState.CLEARED:
        return (_raise(alert, verdict, where),) if verdict.outcome is Outcome.RAISED else ()
    if verdict.outcome is Outcome.SILENT:
        return (_next(alert, ChangeKind.CLEARED, alert.severity, verdict, where),)
    if verdict.severity not in {None, alert.severity}:
        return (_next(alert, ChangeKind.UPDATED, _severity(verdict), verdict, where),)
    return ()


def evolve(alert: Alert | None, change: Change) -> Alert:
    """Apply a change; ImpossibleChangeError if it cannot follow."""
    if change.kind is ChangeKind.RAISED:
        if alert is not None and alert.state is AlertState.OPEN:
            raise ImpossibleChangeError(change.alert_id)
        return _born(change)
    if alert is None or alert.state is AlertState.CLEARED or change.alert_id != alert.id:
        raise ImpossibleChangeError(change.alert_id)
    cleared = change.kind is ChangeKind.CLEARED
    return replace(
        alert,
        version=change.version,
        state=AlertState.CLEARED if cleared else AlertState.OPEN,
        severity=change.severity,
        stamp=change.stamp,
        where=change.where,
        facts=change.facts,
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
    )


def _raise(before: Alert | None, verdict: Verdict, where: Circumstances) -> Change:
    occurrence = 1 if before is None else before.occurrence + 1
    return Change(
        kind=ChangeKind.RAISED,
        alert_id=alert_id(where.project, where.fiscal_year, verdict.key, occurrence),
        key=verdict.key,
        occurrence=occurrence,
        version=1,
        severity=_severity(verdict),
        stamp=stamp_of(verdict.rule),
        where=where,
        facts=verdict.shown(),
    )


def _next(
    alert: Alert, kind: ChangeKind, severity: Severity, verdict: Verdict, where: Circumstances
) -> Change:
    return Change(
        kind=kind,
        alert_id=alert.id,
        key=alert.key,
        occurrence=alert.occurrence,
        version=alert.version + 1,
        severity=severity,
        stamp=stamp_of(verdict.rule),
        where=where,
        facts=verdict.shown(),
    )


def _severity(verdict: Verdict) -> Severity:
    return verdict.severity or verdict.rule.severity
