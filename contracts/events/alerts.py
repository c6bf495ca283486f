"""What alerts judges: an alert's life as its feed tells it."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Data, Part
from contracts.vocabulary import (
    Aspect,
    Code,
    FiscalYear,
    Identifier,
    Name,
    Severity,
    Text,
)

FACTS_MAX = 40


class MeasuredFact(Part):
    """One figure the rule looked at, as a person reads it."""

    name: Code
    """Name in the rule language."""
    value: Text
    """Value with its unit (fen, bp)."""


class AlertFact(Data):
    """What every event of an alert tells. `date` is the as-of date of the assessment."""

    alert: Identifier
    """Alert id, derived from rule, scope, subject, fiscal year and occurrence."""
    rule: Code
    """Rule id."""
    pack: Code
    """Pack the rule is from."""
    pack_version: Code
    """Version of that pack."""
    scope: Code
    """What the rule looks at: project, indicator, finding, line, unit, department."""
    scope_subject: Identifier
    """What within the project it is about (indicator id …); the project itself else."""
    fiscal_year: FiscalYear
    """Year concerned."""
    severity: Severity
    """Present severity."""
    aspect: Aspect
    """Timeliness, compliance, effectiveness (Art. 10)."""
    article: Code
    """Article the rule rests on."""
    title_zh: Name
    """Title in Chinese."""
    title_en: Name
    """Title in English."""
    facts: Annotated[tuple[MeasuredFact, ...], Field(max_length=FACTS_MAX)] = ()
    """The figures that made it so."""
    department: Identifier | None = None
    """Competent department."""
    lead_unit: Identifier | None = None
    """Unit concerned."""
    cursor: int
    """Gapless number in the jurisdiction's feed."""


class AlertRaised(AlertFact):
    """A deviation was found."""

    TYPE: ClassVar[str] = "alert.raised"


class AlertUpdated(AlertFact):
    """Severity of an open alert changed."""

    TYPE: ClassVar[str] = "alert.updated"


class AlertCleared(AlertFact):
    """The data no longer show the deviation."""

    TYPE: ClassVar[str] = "alert.cleared"
