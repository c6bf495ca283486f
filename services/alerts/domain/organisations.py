"""Judging units and departments on a day that all partitions have reported."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.alerts.domain.alert import Change, Circumstances, decide, evolve
from services.alerts.domain.case import STANDING, Case, Examination, returning
from services.alerts.domain.facts import Scope, complete
from services.alerts.domain.judging import Key, Outcome, Verdict, ask
from services.alerts.domain.noise import Noise, muted, settle, under
from services.alerts.domain.rollups import Group, Organisation, facts_of
from services.alerts.domain.rules import Rule
from services.alerts.domain.withdrawing import withdrawn

SCOPES: Final = (Scope.UNIT, Scope.DEPARTMENT)


@dataclass(frozen=True, slots=True)
class Reported:
    """A day of a jurisdiction, as all partitions have reported it."""

    jurisdiction: str
    day: dt.date
    groups: Mapping[Organisation, Group]
    """Of every organisation that had a project assessed on it."""


def department_of(case: Case, reported: Reported) -> str | None:
    """Name the department whose layer of rules an organisation is judged by.

    A department's is its own, also where it is a unit itself; a unit's that of its projects.
    """
    code = case.project.split("/", 1)[1]
    if Organisation(Scope.DEPARTMENT, code, case.fiscal_year) in reported.groups:
        return code
    group = reported.groups.get(Organisation(Scope.UNIT, code, case.fiscal_year))
    return group.owner if group else case.department


def examine_organisation(
    case: Case, reported: Reported, rules: Iterable[Rule], noise: Noise
) -> Examination:
    """Judge an organisation's year by a day, as unit and as department, and change its alerts.

    What its projects do not show any more, for there are none, is clear.
    """
    code = case.project.split("/", 1)[1]
    rules = [rule for rule in rules if rule.scope in SCOPES]
    alerts = dict(case.alerts)
    changes: list[Change] = []
    failures = []
    asked = []
    for verdict in _verdicts(case, code, reported, rules):
        asked.append(verdict.rule.id)
        where = _where(case, code, verdict, reported)
        for change in decide(alerts.get(verdict.key), verdict, where):
            alerts[verdict.key] = evolve(alerts.get(verdict.key), change)
            changes.append(change)
        if verdict.outcome is Outcome.FAILED:
            failures.append(verdict)
    for change in withdrawn(alerts, rules, reported.day):
        alerts[change.key] = evolve(alerts[change.key], change)
        changes.append(change)
    returns = returning(case.returns, changes, noise.opened)
    settled = settle(alerts, rules, returns, noise, reported.day)
    after = replace(case, alerts=muted(alerts, settled), returns=returns)
    return Examination(
        after, (*under(changes, settled), *settled), tuple(failures), asked=tuple(asked)
    )


def _verdicts(
    case: Case, code: str, reported: Reported, rules: Iterable[Rule]
) -> Iterable[Verdict]:
    for rule in rules:
        organisation = Organisation(rule.scope, code, case.fiscal_year)
        group = reported.groups.get(organisation)
        if group is not None:
            yield ask(rule, code, complete(facts_of(organisation, group)))
            continue
        known = case.alerts.get(Key(rule.id, rule.scope, code))
        if known is not None and known.state in STANDING:
            yield Verdict(rule, code, Outcome.SILENT)


def _where(case: Case, code: str, verdict: Verdict, reported: Reported) -> Circumstances:
    organisation = Organisation(verdict.rule.scope, code, case.fiscal_year)
    group = reported.groups.get(organisation)
    known = case.alerts.get(verdict.key)
    department = group.owner if group else known.where.department if known else None
    is_unit = verdict.rule.scope is Scope.UNIT
    return Circumstances(
        project=case.project,
        project_name=None,
        fiscal_year=case.fiscal_year,
        as_of=reported.day,
        department=department if is_unit else code,
        lead_unit=code if is_unit else None,
    )
