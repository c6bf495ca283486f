"""What organisations have to hand in, as rules see it: reminders raise, renew and clear alerts.

Reporting says how papers stand (`papers.reminded`) and who is urged (`papers.urged`); alerts alone
sends. One alert for each organisation, campaign and kind of paper.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from contracts.envelope import AnyEvent
from contracts.events.alerts import Urging
from contracts.events.reports import PapersReminded, PapersUrged
from contracts.vocabulary import Dueness, PaperKind
from services.alerts.domain.alert import (
    Alert,
    Change,
    Circumstances,
    decide,
    evolve,
    renew,
)
from services.alerts.domain.case import Case, Examination
from services.alerts.domain.commands import Command, RefusedError, carry_out
from services.alerts.domain.facts import RawFacts, Scope, complete
from services.alerts.domain.judging import Key, Outcome, Verdict, ask
from services.alerts.domain.rules import Rule
from services.alerts.domain.withdrawing import withdrawn
from services.alerts.domain.work import StepKind

REMINDED: Final = PapersReminded.event_type()
URGED: Final = PapersUrged.event_type()
LOOKED_INTO: Final = frozenset({REMINDED, URGED})
"""Types that alerts follow from; the way of papers is none of them."""


def owed_by(event: AnyEvent) -> tuple[str, int]:
    """Name who owes the papers, as a project would be named, and the year."""
    return f"{event.jurisdiction}/{event.data.organisation}", event.data.fiscal_year


def asked_of(bureau: Iterable[Rule], own: Iterable[Rule]) -> list[Rule]:
    """Give the rules about papers: the bureau's, as the department has changed them.

    By them the bureau asks and urges 催办 (Art. 12, 15): a department that switched one off, or
    stated it anew, would silence what others are told was sent. Whatever its pack is called: one
    with the id of the bureau's, and its version, is a department's all the same.
    """
    changed = {rule.id: rule for rule in own if rule.scope is Scope.PAPERS}
    asked = [rule for rule in bureau if rule.scope is Scope.PAPERS]
    for place, rule in enumerate(asked):
        found = changed.pop(rule.id, rule)
        if not found.organisation:
            asked[place] = found
    return [*asked, *changed.values()]


def rules_about(
    case: Case, kind: PaperKind, rules: Callable[[str | None], Iterable[Rule]]
) -> list[Rule]:
    """Give the rules by which papers of a kind are judged; `rules` gives those of a department.

    A report is a department's own; of who is asked for a form only the unit is told, whose
    department is looked up.
    """
    is_report = kind is PaperKind.REPORT
    department = case.project.split("/", 1)[1] if is_report else case.department
    return asked_of(rules(None), rules(department))


def papers_withdrawn(
    case: Case, rules: Callable[[str | None], Iterable[Rule]], day: dt.date
) -> tuple[Change, ...]:
    """Tell which open alerts about papers end because no rule in force raises their kind."""
    found: list[Change] = []
    for kind in PaperKind:
        alerts = _of_kind(case.alerts, kind)
        if alerts:
            found += withdrawn(alerts, rules_about(case, kind, rules), day)
    return tuple(found)


def _of_kind(alerts: Mapping[Key, Alert], kind: PaperKind) -> dict[Key, Alert]:
    ending = f":{kind.value}"
    return {
        key: alert
        for key, alert in alerts.items()
        if key.scope == Scope.PAPERS and key.subject.endswith(ending)
    }


def examine_papers(case: Case, event: AnyEvent, rules: Iterable[Rule]) -> Examination:
    """Judge how an organisation's papers stand, and pass on that it is urged.

    What no rule in force raises any more ends, of any campaign: of papers of this kind the rules
    are these.
    """
    where = _where(case, event)
    told = event.data
    facts = complete(papers_facts(event))
    alerts = dict(case.alerts)
    changes: list[Change] = []
    failures: list[Verdict] = []

    def apply(found: Iterable[Change]) -> None:
        for change in found:
            alerts[change.key] = evolve(alerts.get(change.key), change)
            changes.append(change)

    rules = [rule for rule in rules if rule.scope is Scope.PAPERS]
    for rule in rules:
        verdict = ask(rule, f"{told.campaign}:{told.kind.value}", facts)
        if verdict.outcome is Outcome.FAILED:
            failures.append(verdict)
            continue
        known = alerts.get(verdict.key)
        found = decide(known, verdict, where)
        if not found and known is not None:
            found = renew(known, verdict, where)
        apply(found)
        if isinstance(told, PapersUrged) and verdict.outcome is Outcome.RAISED:
            apply(_urged(alerts.get(verdict.key), told))
    apply(withdrawn(_of_kind(alerts, told.kind), rules, told.date))
    after = replace(case, alerts=alerts)
    asked = tuple([rule.id for rule in rules])
    return Examination(after, tuple(changes), tuple(failures), asked=asked)


def papers_facts(event: AnyEvent) -> RawFacts:
    """Give what a rule may ask of papers."""
    told = event.data
    if isinstance(told, PapersReminded):
        left, dueness, asked = told.days_left, told.dueness, told.asked
    else:
        left, asked = (told.due_on - told.date).days, None
        dueness = Dueness.OVERDUE if left < 0 else Dueness.COMING
    return {
        "papers.kind": told.kind.value,
        "papers.campaign": told.campaign_name,
        "papers.dueness": dueness.value,
        "papers.due_on": told.due_on.isoformat(),
        "papers.days_left": left,
        "papers.missing": told.missing,
        "papers.asked": asked,
    }


def _urged(alert: Alert | None, told: PapersUrged) -> tuple[Change, ...]:
    if alert is None:
        return ()
    try:
        return carry_out(alert, Command(StepKind.URGED, Urging(note=told.note)), told.by, told.date)
    except RefusedError:
        # Urged today already, or closed by a person: nothing follows.
        return ()


def _where(case: Case, event: AnyEvent) -> Circumstances:
    told = event.data
    is_form = told.kind is PaperKind.FORM
    return Circumstances(
        project=case.project,
        project_name=None,
        fiscal_year=case.fiscal_year,
        as_of=told.date,
        department=None if is_form else told.organisation,
        lead_unit=told.organisation if is_form else None,
    )
