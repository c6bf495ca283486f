"""What time does to an alert: somebody is reminded of a term, or it becomes another's matter."""

from typing import Annotated

from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import BusinessDate, EscalationLevel, Identifier


class Escalation(Part):
    """Whose matter it is now."""

    level: EscalationLevel
    """The level it has reached."""
    working_days: Annotated[int, Field(ge=0)]
    """Opened working days for which it has waited."""


class Reminder(Part):
    """Somebody is reminded of a term."""

    working_days_left: int
    """Opened working days until the term; negative: after it."""


class MeasureDue(Part):
    """A planned measure's last day has come or is over, and nobody reported it as carried out."""

    measure: Identifier
    """Its number within the alert."""
    due: BusinessDate
    """Its last day."""
    working_days_left: Annotated[int, Field(le=0)]
    """0 on its last day; after it, less the opened working days for which it is late."""
