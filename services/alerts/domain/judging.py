"""From an assessment and rules to verdicts: `judge`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from contracts.envelope import CloudEvent
from contracts.events.alerts import MeasuredFact
from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import TEXT_LENGTH_MAX, Severity
from services.alerts.domain.facts import Facts, Scope, complete, describe
from services.alerts.domain.measured import project_facts, within
from services.alerts.domain.rules import Condition, EvaluationError, Rule


class Outcome(StrEnum):
    """What a rule says of one thing."""

    RAISED = "raised"
    """There is a deviation."""
    SILENT = "silent"
    """There is none."""
    HELD = "held"
    """It cannot be decided yet (a provisional finding): nothing changes."""
    FAILED = "failed"
    """The rule gave no answer: counted, nothing changes."""


class Key(NamedTuple):
    """What there is at most one open alert of, per project and fiscal year.

    A tuple, for it is looked up many times in every assessment.
    """

    rule: str
    """Rule id."""
    scope: str
    """Its scope."""
    subject: str
    """What it is about."""


@dataclass(slots=True)
class Verdict:
    """What one rule says of one thing within a project and fiscal year; it never changes.

    Not frozen, for that makes making one three times as dear, and each assessment makes dozens.
    """

    rule: Rule
    """The rule."""
    subject: str
    """Indicator id, finding's subject; the project itself for scope project."""
    outcome: Outcome
    """What it says."""
    severity: Severity | None = None
    """How grave, if raised."""
    facts: Facts = field(default_factory=dict)
    """What it looked at."""
    error: str = ""
    """Why there is no answer, if failed."""

    key: Key = field(init=False, compare=False, repr=False)
    """What its alert is one of within the project and fiscal year."""

    def __post_init__(self) -> None:
        """Make the key once."""
        self.key = Key(self.rule.id, self.rule.scope, self.subject)

    def shown(self) -> tuple[MeasuredFact, ...]:
        """Return the facts that the rule wants people to see, written with their units."""
        return tuple(
            measured(name, describe(name, self.facts[name])[:TEXT_LENGTH_MAX])
            for name in self.rule.shows
            if name in self.facts
        )


MEASURED_MAX: Final = 20_000
"""Facts of alerts that are remembered: reading an alert makes half a dozen."""


@lru_cache(MEASURED_MAX)
def measured(name: str, value: str) -> MeasuredFact:
    """Make a fact as an alert tells it."""
    return MeasuredFact(name=name, value=value)


SEVERITY_ORDER = (Severity.INFO, Severity.YELLOW, Severity.RED)
OUTCOME_ORDER = (Outcome.SILENT, Outcome.HELD, Outcome.FAILED, Outcome.RAISED)


def judge(event: CloudEvent[AssessmentMade], rules: Iterable[Rule]) -> tuple[Verdict, ...]:
    """Ask every rule about everything of its scope in the assessment; one verdict per key.

    Several findings of one subject are one deviation: the gravest verdict stands.
    """
    by_scope = sorted_out(rules).by_scope
    shared = complete(project_facts(event.data))
    verdicts: dict[Key, Verdict] = {}
    for scope, subject, own in within(event):
        facts = shared | complete(own) if own else shared
        for rule in by_scope.get(scope, ()):
            verdict = ask(rule, subject, facts)
            key = verdict.key
            known = verdicts.get(key)
            if known is None or _gravity(verdict) > _gravity(known):
                verdicts[key] = verdict
    return tuple(verdicts.values())


def ask(rule: Rule, subject: str, facts: Facts) -> Verdict:
    """Ask one rule about one thing."""
    try:
        if _holds(rule.hold_when, facts):
            return Verdict(rule, subject, Outcome.HELD)
        if not rule.when.holds(facts):
            return Verdict(rule, subject, Outcome.SILENT, facts=facts)
        severity = _severity(rule, facts)
    except EvaluationError as error:
        return Verdict(rule, subject, Outcome.FAILED, error=str(error))
    return Verdict(rule, subject, Outcome.RAISED, severity, facts)


def _severity(rule: Rule, facts: Facts) -> Severity:
    # Information first: where domain-rules 11 says "inform only", no figure makes it red.
    if _holds(rule.info_when, facts):
        return Severity.INFO
    if _holds(rule.red_when, facts):
        return Severity.RED
    return rule.severity


def _holds(condition: Condition | None, facts: Facts) -> bool:
    return condition is not None and condition.holds(facts)


def _gravity(verdict: Verdict) -> tuple[int, int]:
    severity = SEVERITY_ORDER.index(verdict.severity) if verdict.severity else -1
    return OUTCOME_ORDER.index(verdict.outcome), severity


class SortedOut(NamedTuple):
    """Rules, found by what they look at."""

    rules: tuple[Rule, ...]
    by_scope: Mapping[Scope, list[Rule]]
    by_id: Mapping[tuple[str, str], Rule]
    """By rule id and scope, as keys of alerts name them."""


SORTED_OUT_MAX: Final = 100
"""Sets of rules remembered sorted out; then it begins anew."""
_SORTED_OUT: Final[dict[int, SortedOut]] = {}


def sorted_out(rules: Iterable[Rule]) -> SortedOut:
    """Sort rules out: once, for the same few sets judge every assessment."""
    known = _SORTED_OUT.get(id(rules))
    if known is not None and known.rules is rules:
        return known
    found = tuple(rules)
    by_scope: dict[Scope, list[Rule]] = {}
    for rule in found:
        by_scope.setdefault(rule.scope, []).append(rule)
    made = SortedOut(found, by_scope, {(rule.id, rule.scope.value): rule for rule in found})
    if len(_SORTED_OUT) >= SORTED_OUT_MAX:
        _SORTED_OUT.clear()
    # What is remembered holds its rules, so that no other set can come to have their id.
    _SORTED_OUT[id(found)] = made
    return made
