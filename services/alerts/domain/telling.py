"""A change of an alert as the event that the feed and the topic `alerts` carry."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from contracts.codec import new_event
from contracts.envelope import AnyEvent
from services.alerts.domain.alert import Change

SOURCE: Final = "dualwatch:alerts"
EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
CURSOR_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class Because:
    """The assessment that brought a change about."""

    event_id: str
    """Its CloudEvents id."""
    correlation_id: str | None
    """Its correlation id, handed on."""
    recorded_ms: int
    """When the ledger entry it rests on was recorded."""
    cause: int
    """Position of that entry."""
    trace: str | None = None
    """The trace that it belongs to, handed on."""


@dataclass(frozen=True, slots=True)
class Told:
    """A change and what brought it about."""

    change: Change
    because: Because

    @property
    def jurisdiction(self) -> str:
        """Whose feed it belongs to."""
        return self.change.where.jurisdiction


def event_of(told: Told, cursor: int) -> AnyEvent:
    """Make the event; the same change makes the same event whenever it is told.

    Its time is when the underlying fact was recorded: judging again draws no new time.
    """
    change, because = told.change, told.because
    extensions = {"sequence": f"{cursor:0{CURSOR_DIGITS}d}", "causationid": because.event_id}
    if because.correlation_id:
        extensions["correlationid"] = because.correlation_id
    if because.trace:
        extensions["traceparent"] = because.trace
    return new_event(
        change.fact(cursor),
        event_id=f"{change.alert_id}.{change.version}",
        source=SOURCE,
        subject=change.where.project,
        time=EPOCH + dt.timedelta(milliseconds=because.recorded_ms),
        **extensions,
    )
