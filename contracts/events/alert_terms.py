"""What time does to an alert: somebody is reminded of a term, or it becomes another's matter."""

from typing import Annotated

from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import EscalationLevel


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
