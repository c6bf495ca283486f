"""What intake keeps apart, as rules see it: how much is open, of which reason, about what.

Entries of one project, year and reason are one alert: raised with the first, cleared with the last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from contracts.envelope import AnyEvent
from contracts.events.quarantine import NOBODY, QuarantineEntered, RefusalKind
from services.alerts.domain.alert import Change, Circumstances, decide, evolve
from services.alerts.domain.case import Case, Examination
from services.alerts.domain.facts import Facts, Scope
from services.alerts.domain.judging import Outcome, ask
from services.alerts.domain.rules import Rule
from services.alerts.domain.withdrawing import withdrawn

ENTERED: Final = QuarantineEntered.event_type()


@dataclass(frozen=True, slots=True)
class Group:
    """What entries are counted together by."""

    project: str
    """The project they are about; else the jurisdiction (or a dash) with their publisher."""
    fiscal_year: int


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """One entry of the quarantine, as its last change left it."""

    entry: str
    change: int
    group: Group
    reason: RefusalKind
    open: bool


Counts = Mapping[RefusalKind, int]
"""Open entries of a group by reason."""


def group_of(event: AnyEvent) -> Group:
    """Say what an entry is counted with."""
    told = event.data
    about = told.about or ""
    project = about if "/" in about else f"{told.jurisdiction or NOBODY}/{told.publisher}"
    return Group(project, told.fiscal_year)


def entry_after(before: KeptEntry | None, event: AnyEvent) -> KeptEntry | None:
    """Apply a change of an entry; None if a newer one is known already.

    An entry stays with the project it was first about, whatever a fix has made of it.
    """
    told = event.data
    if before is not None and before.change >= told.change:
        return None
    group = before.group if before is not None else group_of(event)
    is_open = event.type == ENTERED
    # What closes an entry may name a newer reason; it is cleared where it was counted.
    reason = told.reason if is_open or before is None else before.reason
    return KeptEntry(told.entry, told.change, group, reason, is_open)


def examine_kept(case: Case, counts: Counts, event: AnyEvent, rules: Iterable[Rule]) -> Examination:
    """Judge how much of a group is open, reason by reason."""
    where = Circumstances(case.project, None, case.fiscal_year, event.data.date, None, None)
    alerts = dict(case.alerts)
    changes: list[Change] = []
    failures = []
    rules = [rule for rule in rules if rule.scope is Scope.QUARANTINE]
    for rule in rules:
        for reason in RefusalKind:
            verdict = ask(rule, reason.value, facts_of(reason, counts, event))
            if verdict.outcome is Outcome.FAILED:
                failures.append(verdict)
            for change in decide(alerts.get(verdict.key), verdict, where):
                alerts[change.key] = evolve(alerts.get(change.key), change)
                changes.append(change)
    for change in withdrawn(alerts, rules, event.data.date):
        alerts[change.key] = evolve(alerts[change.key], change)
        changes.append(change)
    after = replace(case, alerts=alerts)
    asked = tuple([rule.id for rule in rules for _ in RefusalKind])
    return Examination(after, tuple(changes), tuple(failures), asked=asked)


def facts_of(reason: RefusalKind, counts: Counts, event: AnyEvent) -> Facts:
    """Give what a rule may ask of the entries of one reason."""
    return {
        "quarantine.reason": reason.value,
        "quarantine.open": counts.get(reason, 0),
        "quarantine.publisher": event.data.publisher,
        "quarantine.code": event.data.code,
        "quarantine.door": event.data.door,
    }
