"""The form of a pack file, from which `pack.schema.json` is generated."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from contracts.events.alerts import FACTS_MAX
from contracts.vocabulary import Aspect, Measure, PriorityListKind, Severity
from services.alerts.domain.facts import Scope
from services.alerts.domain.rules import Stricter
from services.alerts.packs.cel import EXPRESSION_LENGTH_MAX

RULES_MAX: Final = 200
PARAMETERS_MAX: Final = 40
TESTS_MIN: Final = 2
TESTS_MAX: Final = 60
TEXT_MAX: Final = 2_000
TITLE_MAX: Final = 100
OVERRIDES_MAX: Final = 200
LISTED_MAX: Final = 20
DAYS_MAX: Final = 400
STEPS_MAX: Final = 3
"""Most steps of escalation: department, counterpart division, performance division."""
REMINDERS_MAX: Final = 5
INT_MAX: Final = 2**63 - 1

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=64)]
Value = StrictBool | Annotated[StrictInt, Field(ge=-INT_MAX, le=INT_MAX)] | StrictStr
Expression = Annotated[str, Field(min_length=1, max_length=EXPRESSION_LENGTH_MAX)]
Title = Annotated[str, Field(min_length=1, max_length=TITLE_MAX)]


class Expect(StrEnum):
    """What a test expects: a severity, or no alert, or no decision yet."""

    INFO = "info"
    YELLOW = "yellow"
    RED = "red"
    SILENT = "silent"
    HELD = "held"


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class TestForm(_Form):
    """An inline test: facts and what the rule must say of them."""

    __test__ = False  # no test class, whatever its name begins with

    name: Title
    """What it shows."""
    given: dict[FactName, Value]
    """Facts; nullable ones that are not given are null."""
    expect: Expect
    """The answer."""


class ParameterForm(_Form):
    """A parameter with its meaning; a bare value is one without."""

    value: Value
    """Its value."""
    unit: Annotated[str, Field(max_length=TITLE_MAX)] = ""
    """fen, bp, days …; empty where it counts or names something."""
    meaning_zh: Annotated[str, Field(max_length=TITLE_MAX)] = ""
    """What it says, in Chinese."""
    meaning_en: Annotated[str, Field(max_length=TITLE_MAX)] = ""
    """What it says, in English."""
    stricter: Stricter | None = None
    """Which way makes the rule stricter; compliance may be set that way alone."""


Days = Annotated[StrictInt, Field(ge=0, le=DAYS_MAX)]


class TermForm(_Form):
    """Terms in opened working days since the alert was raised (Art. 15)."""

    explain_within: Days | None = None
    """Until when it is to be explained; null: no term."""
    explain_within_priority: Days | None = None
    """The same for projects on a priority list, not longer; null: as above."""
    remind_before: Annotated[tuple[Days, ...], Field(max_length=REMINDERS_MAX)] = ()
    """Working days before the term on which one is reminded, falling; 0 is its last day."""
    escalate_after: Annotated[tuple[Days, ...], Field(max_length=STEPS_MAX)] = ()
    """Working days after the term, rising: to the department, the counterpart division, the
    performance division."""


Parameters = Annotated[dict[Id, Value | ParameterForm], Field(max_length=PARAMETERS_MAX)]


class RuleForm(_Form):
    """One rule."""

    id: Id
    """Stable id."""
    title_zh: Title
    """Title in Chinese."""
    title_en: Title
    """Title in English."""
    article: Annotated[str, Field(pattern=r"^[0-9]+(\([0-9]+\))?(, [0-9]+(\([0-9]+\))?)*$")]
    """Articles of the regulation it rests on."""
    aspect: Aspect
    """Which of the three kinds of monitoring of Art. 10 it serves."""
    scope: Scope
    """What it looks at."""
    basis: Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]
    """Where the thresholds come from and what was decided; it is what the rule must hold to."""
    basis_zh: Annotated[str, Field(max_length=TEXT_MAX)] = ""
    """The same in Chinese; empty: it is not said in Chinese."""
    parameters: Parameters = {}
    """Numbers and words that a jurisdiction may set, written parameter.<name> in expressions."""
    hold_when: Expression | None = None
    """CEL: true where it cannot be decided yet; an open alert stays as it is."""
    when: Expression
    """CEL: true where there is a deviation."""
    severity: Severity
    """Severity unless a condition below says another."""
    info_when: Expression | None = None
    """CEL: true where it is for information only."""
    red_when: Expression | None = None
    """CEL: true where it is red."""
    for_days: Days = 0
    """Opened days on which it must have been so, one after the other, before it is raised."""
    term: TermForm = TermForm()
    """Until when it is to be explained, and whose matter it becomes."""
    inhibits: Annotated[tuple[Id, ...], Field(max_length=LISTED_MAX)] = ()
    """Rules whose alerts of the same project are muted while this one's is open, no less grave."""
    suggests: Annotated[tuple[Measure, ...], Field(max_length=LISTED_MAX)] = ()
    """Dispositions it suggests (Art. 14): people decide."""
    nominates: PriorityListKind | None = None
    """Priority list it nominates the project to (domain-rules 19): its owner decides."""
    shows: Annotated[tuple[FactName, ...], Field(min_length=1, max_length=FACTS_MAX)]
    """Facts that an alert tells, in order."""
    tests: Annotated[tuple[TestForm, ...], Field(min_length=TESTS_MIN, max_length=TESTS_MAX)]
    """Its tests: at least one that raises and one that is silent."""


class OverrideForm(_Form):
    """What a layer changes of a rule below it; of a compliance rule only towards stricter."""

    rule: Id
    """The rule."""
    parameters: Annotated[dict[Id, Value], Field(max_length=PARAMETERS_MAX)] = {}
    """Other values of its parameters; what is not named stays."""
    severity: Severity | None = None
    """Another severity, where no condition says another."""
    for_days: Days | None = None
    """Another number of opened days."""
    term: TermForm | None = None
    """Other terms, all of them."""
    enabled: StrictBool = True
    """False: the rule does not judge. Never of a compliance rule."""
    reason: Annotated[str, Field(max_length=TEXT_MAX)] = ""
    """Why, for whoever reads the pack."""
    tests: Annotated[tuple[TestForm, ...], Field(max_length=TESTS_MAX)] = ()
    """Tests of the rule as it is with the override."""


class PackForm(_Form):
    """A version of a rule pack."""

    id: Id
    """Id, the same over its versions."""
    version: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=32)]
    """Version that alerts record."""
    effective_from: dt.date
    """First as-of date it judges."""
    effective_to: dt.date | None = None
    """Last as-of date it judges; null: until a later version does."""
    title_zh: Title
    """Title in Chinese."""
    title_en: Title
    """Title in English."""
    extends: Id | None = None
    """Pack below that it changes; null: it stands by itself."""
    overrides: Annotated[tuple[OverrideForm, ...], Field(max_length=OVERRIDES_MAX)] = ()
    """What it changes of rules below; only with `extends`."""
    rules: Annotated[tuple[RuleForm, ...], Field(max_length=RULES_MAX)] = ()
    """Its rules; with `extends` those it adds, or states anew (never of compliance)."""
