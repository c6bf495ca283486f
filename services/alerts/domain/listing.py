"""What of the alerts somebody wants to see: filters and order, as a list and a saved filter say."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.vocabulary import (
    FISCAL_YEAR_MAX,
    FISCAL_YEAR_MIN,
    ID_LENGTH_MAX,
    Aspect,
    EscalationLevel,
    Severity,
)

SEARCH_LENGTH_MAX: Final = 100
SEARCH_PATTERN: Final = r"^[^\x00]*$"
"""No NUL: MongoDB takes none in an expression."""
ME: Final = "me"
NONE: Final = "none"

Id = Annotated[str, Field(min_length=1, max_length=2 * ID_LENGTH_MAX + 4)]


class Shown(StrEnum):
    """Whether alerts of which nobody is notified are shown."""

    SHOW = "show"
    HIDE = "hide"
    ONLY = "only"


class Order(StrEnum):
    """What comes first."""

    RAISED = "raised"
    """Last raised."""
    SEVERITY = "severity"
    """Gravest; of these the last raised."""
    CHANGED = "changed"
    """Last changed."""


class Filters(BaseModel):
    """Filters of a list of alerts; all of them together."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    jurisdiction: Id | None = None
    """Code of the jurisdiction."""
    state: Literal["open", "cleared", "closed", "year_closed", "all"] = "open"
    """How it stands."""
    project: Id | None = None
    """Project id."""
    rule: Id | None = None
    """Rule id."""
    fiscal_year: Annotated[int | None, Field(ge=FISCAL_YEAR_MIN, le=FISCAL_YEAR_MAX)] = None
    """Year concerned."""
    severity: Severity | None = None
    """Present severity."""
    aspect: Aspect | None = None
    """Timeliness, compliance, effectiveness (Art. 10)."""
    department: Id | None = None
    """Competent department."""
    unit: Id | None = None
    """Unit that leads the project."""
    assignee: Id | None = None
    """Whose work it is: a principal, `me`, `none`."""
    muted: Shown = Shown.SHOW
    """Whether alerts of which nobody is notified are shown."""
    level: EscalationLevel | None = None
    """Whose matter it is."""
    q: Annotated[
        str | None, Field(min_length=1, max_length=SEARCH_LENGTH_MAX, pattern=SEARCH_PATTERN)
    ] = None
    """Text in the title, or in the project's id or name."""
    sort: Order = Order.RAISED
    """What comes first."""
