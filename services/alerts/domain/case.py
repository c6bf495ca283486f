"""A case: everything alerts knows of one project and fiscal year, and how an assessment meets it.

An assessment is newer or older than what the case was last judged by; an older one changes
nothing, whichever way it came (a redelivery, a rebuilt projection).
"""

import datetime as dt
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.envelope import CloudEvent
from contracts.events.alerts import AlertState
from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import PriorityListKind
from services.alerts.domain.alert import (
    Alert,
    Change,
    Circumstances,
    DataKind,
    close_year,
    decide,
    evolve,
)
from services.alerts.domain.facts import Scope
from services.alerts.domain.judging import Key, Outcome, Verdict, judge
from services.alerts.domain.measured import FROZEN
from services.alerts.domain.noise import QUIET, Noise, Returns, muted, returned, settle, under
from services.alerts.domain.rollups import Row, row_of, young_days
from services.alerts.domain.rules import Rule
from services.alerts.domain.withdrawing import withdrawn

STANDING: Final = frozenset({AlertState.OPEN, AlertState.CLOSED})
"""States in which the data may still show the deviation."""


@dataclass(frozen=True, slots=True, order=True)
class Watermark:
    """What a case was last judged by; compared by position, then by date."""

    position: int
    """`ledger_position` of the assessment."""
    as_of: dt.date
    """Its as-of date."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A deviation that must stand for some opened days before it is raised."""

    days: int
    """Opened days on which it was so, one after the other."""
    last: dt.date
    """The last of them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One project and fiscal year."""

    project: str
    fiscal_year: int
    judged: Watermark | None = None
    """Null until it is first judged."""
    alerts: Mapping[Key, Alert] = field(default_factory=dict)
    """The latest occurrence of every key that ever was raised."""
    waiting: Mapping[Key, "Waiting"] = field(default_factory=dict)
    """Deviations that are not old enough for their rule's `for_days` yet."""
    returns: Returns = field(default_factory=dict)
    """When deviations last returned."""
    priority: tuple[PriorityListKind, ...] = ()
    """Priority lists it stands on (domain-rules 19)."""
    stands: Circumstances | None = None
    """As it was last judged; null until then."""
    owner: str | None = None
    """Department whose layer of rules it is of, where no alert says so: of what intake keeps apart,
    and of papers. Looked up, not kept."""
    frozen: frozenset[Key] = frozenset()
    """Of open alerts those about which nothing was decided when it was judged last, for its
    project's publisher is silent (domain-rules 17f)."""
    row: Row | None = None
    """What it adds to its unit and department, of the last day it was settled; null until then."""

    @property
    def department(self) -> str | None:
        """Department whose layer of rules its alerts are of: as the last that stands was judged.

        Where nothing stands, as the last that ended was. What no assessment judges has an owner.
        """
        if self.owner is not None:
            return self.owner
        standing = [alert for alert in self.alerts.values() if not alert.ended]
        asked = standing or self.alerts.values()
        last = max(asked, key=lambda alert: alert.where.as_of, default=None)
        return last.where.department if last else None


@dataclass(frozen=True, slots=True)
class Examination:
    """What an assessment did to a case."""

    case: Case
    changes: tuple[Change, ...] = ()
    failures: tuple[Verdict, ...] = ()
    """Rules that gave no answer."""
    stale: bool = False
    """True if the assessment was older than the case and was ignored."""
    asked: tuple[str, ...] = ()
    """Ids of the rules that were asked, once for everything that they were asked about."""


def examine(
    case: Case,
    event: CloudEvent[AssessmentMade],
    rules: Iterable[Rule],
    noise: Noise = QUIET,
) -> Examination:
    """Judge a project by an assessment and change its alerts accordingly.

    Of a year that was closed nothing is raised any more: what is open ends with it
    (domain-rules 5).
    """
    made = event.data
    mark = Watermark(made.ledger_position, made.date)
    if case.judged is not None and mark < case.judged:
        return Examination(case, stale=True)
    where = circumstances(event)
    rules = tuple(rules)
    case = _taken(case, made, where, mark, rules)
    alerts = dict(case.alerts)
    changes: list[Change] = []

    def apply(key: Key, found: Iterable[Change]) -> None:
        for change in found:
            alerts[key] = evolve(alerts.get(key), change)
            changes.append(change)

    if made.standing.closed_version is not None:
        for key, alert in case.alerts.items():
            apply(key, close_year(alert, where))
        ended = replace(case, alerts=alerts, waiting={}, frozen=frozenset())
        return Examination(ended, tuple(changes))
    verdicts = judge(event, rules)
    waiting = waited(case, verdicts, made.date, settled=made.settled)
    for verdict in _unless(waiting, (*verdicts, *vanished(case, made, verdicts, rules))):
        apply(verdict.key, decide(alerts.get(verdict.key), verdict, where))
    for change in withdrawn(alerts, rules, made.date):
        apply(change.key, (change,))
    returns = returning(case.returns, changes, noise.opened)
    settled = settle(alerts, rules, returns, noise, made.date)
    after = replace(
        case,
        alerts=muted(alerts, settled),
        waiting=waiting,
        returns=returns,
        frozen=_frozen(alerts, verdicts) if made.standing.frozen else frozenset(),
    )
    return Examination(
        after, (*under(changes, settled), *settled), _failed(verdicts), asked=_asked(verdicts)
    )


def _frozen(alerts: Mapping[Key, Alert], verdicts: Iterable[Verdict]) -> frozenset[Key]:
    """Name the alerts of a frozen project about which nothing is decided: by rules that ask it."""
    return frozenset(
        verdict.key
        for verdict in verdicts
        if verdict.outcome is Outcome.HELD
        and verdict.rule.hold_when is not None
        and FROZEN in verdict.rule.hold_when.names
        and (alert := alerts.get(verdict.key)) is not None
        and alert.state is AlertState.OPEN
    )


def _unless(waiting: Container[Key], verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict in verdicts if verdict.key not in waiting)


def _failed(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict in verdicts if verdict.outcome is Outcome.FAILED)


def _asked(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple([verdict.rule.id for verdict in verdicts])


def _taken(
    case: Case,
    made: AssessmentMade,
    where: Circumstances,
    mark: Watermark,
    rules: tuple[Rule, ...],
) -> Case:
    return replace(
        case,
        judged=mark,
        priority=made.standing.priority,
        stands=where,
        row=row_of(made, young_days(rules)) if made.settled else case.row,
    )


def returning(known: Returns, changes: Iterable[Change], opened: int) -> Returns:
    """Remember which deviations have returned on an opened day."""
    after = dict(known)
    for change in changes:
        if change.kind is DataKind.RAISED and change.occurrence > 1:
            after[change.key] = returned(after.get(change.key, ()), opened)
    return after


def waited(
    case: Case, verdicts: Iterable[Verdict], day: dt.date, *, settled: bool
) -> Mapping[Key, Waiting]:
    """Tell which deviations are to wait: only opened days count, and one that is clear begins anew.

    One that has stood for all the days of its rule waits no more; so does one that is open, or that
    a person closed while the data showed it: should it become graver, that is told at once.
    """
    waiting: dict[Key, Waiting] = {}
    for verdict in verdicts:
        key, known = verdict.key, case.waiting.get(verdict.key)
        alert = case.alerts.get(key)
        known_of = alert is not None and alert.state in STANDING and not alert.work.withdrawn
        if not verdict.rule.for_days or known_of:
            continue
        if verdict.outcome is Outcome.RAISED:
            found = known or Waiting(0, dt.date.min)
            if settled and day > found.last:
                found = Waiting(found.days + 1, day)
            if found.days < verdict.rule.for_days:
                waiting[key] = found
        elif verdict.outcome is not Outcome.SILENT and known is not None:
            # Nothing was decided: it neither grows older nor begins anew.
            waiting[key] = known
    return waiting


def vanished(
    case: Case, made: AssessmentMade, verdicts: Iterable[Verdict], rules: Iterable[Rule]
) -> tuple[Verdict, ...]:
    """Return silent verdicts for standing alerts whose subject the assessment no longer has.

    An indicator that was replaced, a finding that no longer holds: the data no longer show the
    deviation. Findings stay when the assessment says that it lists only some of them.
    """
    told = {verdict.key for verdict in verdicts}
    known = {(rule.id, rule.scope): rule for rule in rules}
    partial = made.findings_total > len(made.findings)
    gone: list[Verdict] = []
    for key, alert in case.alerts.items():
        rule = known.get((key.rule, Scope(key.scope)))
        unlisted = partial and key.scope == Scope.FINDING
        if alert.state in STANDING and key not in told and rule and not unlisted:
            gone.append(Verdict(rule, key.subject, Outcome.SILENT))
    return tuple(gone)


def circumstances(event: CloudEvent[AssessmentMade]) -> Circumstances:
    """Take from an assessment where and as of when it was made."""
    made = event.data
    return Circumstances(
        project=event.subject,
        project_name=made.project_name,
        fiscal_year=made.fiscal_year,
        as_of=made.date,
        department=made.department,
        lead_unit=made.lead_unit,
    )
