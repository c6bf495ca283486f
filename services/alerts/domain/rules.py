"""Rules as the domain sees them, and the port through which a rule language answers.

A rule is data of a pack; its conditions are compiled by an `Evaluator` outside the domain.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from contracts.vocabulary import Aspect, Measure, PriorityListKind, Severity
from services.alerts.domain.facts import Facts, FactType, FactValue, Scope


class ExpressionError(Exception):
    """An expression cannot be a condition: wrong syntax, unknown fact, wrong types."""

    def __init__(self, text: str, offset: int | None = None) -> None:
        """Say what is wrong, and at which character of the expression if that is known."""
        super().__init__(text)
        self.offset = offset


class EvaluationError(Exception):
    """A condition gave no answer for these facts. It must neither raise nor clear anything."""


class Condition(Protocol):
    """A compiled expression that is true or false of facts."""

    @property
    def names(self) -> frozenset[str]:
        """Facts, flags and parameters that the expression mentions."""

    def holds(self, facts: Facts) -> bool:
        """Evaluate; EvaluationError when there is no boolean answer."""

    def bound(self, parameters: Mapping[str, FactValue]) -> "Condition":
        """Return the same condition with other values of its parameters, of the same types."""


class Evaluator(Protocol):
    """A rule language."""

    def compile(
        self,
        expression: str,
        types: Mapping[str, FactType],
        parameters: Mapping[str, FactValue],
    ) -> Condition:
        """Check an expression against the facts' types; ExpressionError says what is wrong."""


class Stricter(StrEnum):
    """Which way a parameter makes its rule stricter: compliance is set that way alone."""

    HIGHER = "higher"
    LOWER = "lower"
    FIXED = "fixed"
    """No layer sets it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number or word of a rule that a jurisdiction may set."""

    value: FactValue
    """Its value."""
    unit: str = ""
    """fen, bp, days …; empty where it counts or names something."""
    meaning_zh: str = ""
    """What it says, in Chinese."""
    meaning_en: str = ""
    """What it says, in English."""
    stricter: Stricter | None = None
    """Which way is stricter; null: it is not said, so compliance may not be set by it."""
    layer: str = ""
    """Pack and version that set its value: city@3."""


@dataclass(frozen=True, slots=True)
class Term:
    """Terms of an alert, in opened working days since it was raised (Art. 15; domain-rules 16)."""

    explain_within: int | None = None
    """Until when it is to be explained; null: no term."""
    explain_within_priority: int | None = None
    """The same for projects on a priority list: not longer (Art. 11); null: as above."""
    remind_before: tuple[int, ...] = ()
    """Working days before the term on which one is reminded, falling; 0 is its last day."""
    escalate_after: tuple[int, ...] = ()
    """Working days after the term, rising, after which it goes up: to the department, the
    counterpart division, the performance division."""


NO_TERM: Final = Term()


def informs(severity: Severity, ordinarily: Severity) -> bool:
    """Tell whether an alert only informs, of a rule that ordinarily raises something graver.

    A suspicion 疑点, which is never graver, is no mere information: somebody has to review it.
    """
    return severity is Severity.INFO and ordinarily is not Severity.INFO


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pack.

    Conditions are asked in this order: `hold_when` true → nothing is decided yet; `when` false →
    silent; then `info_when`, `red_when`, the first that is true gives the severity, else
    `severity`.
    """

    id: str
    """Stable id: alerts of all versions of a pack carry it."""
    pack: str
    """Pack it is from."""
    pack_version: str
    """Version of the pack."""
    scope: Scope
    """What it looks at."""
    aspect: Aspect
    """Which of the three kinds of monitoring of Art. 10 it serves."""
    article: str
    """Articles it rests on."""
    title_zh: str
    """Title in Chinese."""
    title_en: str
    """Title in English."""
    severity: Severity
    """Severity unless a condition below says another."""
    when: Condition
    """True where there is a deviation."""
    hold_when: Condition | None
    """True where it cannot be decided yet, so that an open alert stays as it is."""
    info_when: Condition | None
    """True where it is for information only."""
    red_when: Condition | None
    """True where it is red."""
    shows: tuple[str, ...]
    """Facts that an alert tells, in the order a person reads them."""
    for_days: int = 0
    """Opened days on which it must have been so, one after the other, before it is raised; an
    alert that is open clears at once."""
    term: Term = NO_TERM
    """Until when it is to be explained, and whose matter it becomes."""
    inhibits: tuple[str, ...] = ()
    """Rules whose alerts of the same project are muted while this one's is open and no less
    grave."""
    suggests: tuple[Measure, ...] = ()
    """Dispositions it suggests (Art. 14): people decide."""
    nominates: PriorityListKind | None = None
    """Priority list it nominates the project to (domain-rules 19): its owner decides."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    """Its parameters by name, with the layer that set each."""
    layers: tuple[str, ...] = ()
    """Packs and versions that made it what it is, the first that stated it first: city@3."""
    organisation: str = ""
    """Department whose pack states it; empty: a shipped pack or a jurisdiction's. Who overrides it
    does not state it."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A version of a set of rules, valid from a business date."""

    id: str
    """Id, the same over its versions."""
    version: str
    """Version that alerts record."""
    effective_from: dt.date
    """First as-of date it judges."""
    title_zh: str
    """Title in Chinese."""
    title_en: str
    """Title in English."""
    rules: tuple[Rule, ...]
    """Its rules."""
    effective_to: dt.date | None = None
    """Last as-of date it judges; null: until a later version does."""


def rules_at(packs: Iterable[Pack], as_of: dt.date) -> tuple[Rule, ...]:
    """Return the rules in force: of each pack its newest version effective by that date."""
    newest: dict[str, Pack] = {}
    for pack in packs:
        if pack.effective_from > as_of or (pack.effective_to and pack.effective_to < as_of):
            continue
        known = newest.get(pack.id)
        if known is None or pack.effective_from > known.effective_from:
            newest[pack.id] = pack
    return tuple(rule for _, pack in sorted(newest.items()) for rule in pack.rules)
