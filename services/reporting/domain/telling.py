"""What happened to a campaign or a paper as the event that feed and topic `reports` carry."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contracts.codec import new_event
from contracts.envelope import AnyEvent
from contracts.events.reports import ReportFact

SOURCE: Final = "dualwatch:reporting"
CURSOR_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened, whole but for its cursor."""

    jurisdiction: str
    subject: str
    """Project of a form, else the jurisdiction."""
    event_id: str
    """Derived from what happened: told again, it is the same event."""
    fact: Callable[[int], ReportFact]
    """Makes the event's data of its cursor."""
    at: dt.datetime
    """When it was recorded (UTC)."""
    correlation_id: str | None = None
    causation_id: str | None = None


def event_of(told: Told, cursor: int) -> AnyEvent:
    """Make the event."""
    extensions = {"sequence": f"{cursor:0{CURSOR_DIGITS}d}"}
    if told.correlation_id:
        extensions["correlationid"] = told.correlation_id
    if told.causation_id:
        extensions["causationid"] = told.causation_id
    return new_event(
        told.fact(cursor),
        event_id=told.event_id,
        source=SOURCE,
        subject=told.subject,
        time=told.at,
        **extensions,
    )
