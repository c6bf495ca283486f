"""What each publisher may send: a request and its events, or 429 with the time to come back."""

from dataclasses import dataclass

from services.chassis import clock
from services.intake.api import refusals
from services.intake.domain.rates import Rates


@dataclass(frozen=True)
class Limits:
    """The buckets of one process; with several processes each has its own."""

    requests: Rates
    events: Rates

    def admit_request(self, publisher: str) -> None:
        """Let a request in, before its body is read."""
        _admit(self.requests, publisher, 1)

    def admit_events(self, publisher: str, events: int) -> None:
        """Let a request's events in, all or none."""
        _admit(self.events, publisher, events)


def _admit(rates: Rates, publisher: str, cost: int) -> None:
    seconds = rates.take(publisher, cost, clock.monotonic())
    if seconds:
        raise refusals.too_fast(seconds)
