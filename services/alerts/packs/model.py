"""The form of a pack file, from which `pack.schema.json` is generated."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from contracts.events.alerts import FACTS_MAX
from contracts.vocabulary import Aspect, Severity
from services.alerts.domain.facts import Scope
from services.alerts.packs.cel import EXPRESSION_LENGTH_MAX

RULES_MAX: Final = 200
PARAMETERS_MAX: Final = 40
TESTS_MIN: Final = 2
TESTS_MAX: Final = 60
TEXT_MAX: Final = 2_000
TITLE_MAX: Final = 100
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
    """Where the thresholds come from and what was decided."""
    parameters: Annotated[dict[Id, Value], Field(max_length=PARAMETERS_MAX)] = {}
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
    shows: Annotated[tuple[FactName, ...], Field(min_length=1, max_length=FACTS_MAX)]
    """Facts that an alert tells, in order."""
    tests: Annotated[tuple[TestForm, ...], Field(min_length=TESTS_MIN, max_length=TESTS_MAX)]
    """Its tests: at least one that raises and one that is silent."""


class PackForm(_Form):
    """A version of a rule pack."""

    id: Id
    """Id, the same over its versions."""
    version: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=32)]
    """Version that alerts record."""
    effective_from: dt.date
    """First as-of date it judges."""
    title_zh: Title
    """Title in Chinese."""
    title_en: Title
    """Title in English."""
    rules: Annotated[tuple[RuleForm, ...], Field(min_length=1, max_length=RULES_MAX)]
    """Its rules."""
