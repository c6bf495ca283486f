"""A case: everything alerts knows of one project and fiscal year, and how an assessment meets it.

An assessment is newer or older than what the case was last judged by; an older one changes
nothing, whichever way it came (a redelivery, a rebuilt projection).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from contracts.envelope import CloudEvent
from contracts.events.analysis import AssessmentMade
from services.alerts.domain.alert import Alert, AlertState, Change, Circumstances, decide, evolve
from services.alerts.domain.facts import Scope
from services.alerts.domain.judging import Key, Outcome, Verdict, judge
from services.alerts.domain.rules import Rule


@dataclass(frozen=True, slots=True, order=True)
class Watermark:
    """What a case was last judged by; compared by position, then by date."""

    position: int
    """`ledger_position` of the assessment."""
    as_of: dt.date
    """Its as-of date."""


@dataclass(frozen=True, slots=True)
class Case:
    """One project and fiscal year."""

    project: str
    fiscal_year: int
    judged: Watermark | None = None
    """Null until it is first judged."""
    alerts: Mapping[Key, Alert] = field(default_factory=dict)
    """The latest occurrence of every key that ever was raised."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What an assessment did to a case."""

    case: Case
    changes: tuple[Change, ...] = ()
    failures: tuple[Verdict, ...] = ()
    """Rules that gave no answer."""
    stale: bool = False
    """True if the assessment was older than the case and was ignored."""


def examine(case: Case, event: CloudEvent[AssessmentMade], rules: Iterable[Rule]) -> Examination:
    """Judge a project by an assessment and change its alerts accordingly."""
    made = event.data
    mark = Watermark(made.ledger_position, made.date)
    if case.judged is not None and mark < case.judged:
        return Examination(case, stale=True)
    rules = tuple(rules)
    verdicts = judge(event, rules)
    where = circumstances(event)
    alerts = dict(case.alerts)
    changes: list[Change] = []
    for verdict in (*verdicts, *vanished(case, made, verdicts, rules)):
        for change in decide(alerts.get(verdict.key), verdict, where):
            alerts[change.key] = evolve(alerts.get(change.key), change)
            changes.append(change)
    failures = tuple(verdict for verdict in verdicts if verdict.outcome is Outcome.FAILED)
    return Examination(replace(case, judged=mark, alerts=alerts), tuple(changes), failures)


def vanished(
    case: Case, made: AssessmentMade, verdicts: Iterable[Verdict], rules: Iterable[Rule]
) -> tuple[Verdict, ...]:
    """Return silent verdicts for open alerts whose subject the assessment no longer has.

    An indicator that was replaced, a finding that no longer holds: the data no longer show the
    deviation. An alert whose rule is no longer in force stays, because nobody judged it; so do
    findings when the assessment says that it lists only some of them.
    """
    told = {verdict.key for verdict in verdicts}
    known = {(rule.id, rule.scope): rule for rule in rules}
    partial = made.findings_total > len(made.findings)
    gone: list[Verdict] = []
    for key, alert in case.alerts.items():
        rule = known.get((key.rule, Scope(key.scope)))
        unlisted = partial and key.scope == Scope.FINDING
        if alert.state is AlertState.OPEN and key not in told and rule and not unlisted:
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
