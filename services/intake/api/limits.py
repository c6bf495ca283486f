"""What each publisher may send: a request and its events, or 429 with the time to come back."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from services.chassis import clock
from services.intake.api import refusals
from services.intake.domain.rates import Rates

BODIES_BYTES_MAX: Final = 192 * 1024 * 1024
"""Most bytes of bodies that requests in hand may hold together: slow senders fill no memory."""


class Room:
    """The memory for bodies, from their first byte until their request is answered."""

    def __init__(self, bytes_max: int = BODIES_BYTES_MAX) -> None:
        """Begin with nothing in it."""
        self._bytes_max = bytes_max
        self.used_bytes = 0

    @contextlib.contextmanager
    def hold(self) -> Iterator[Callable[[int], None]]:
        """Hold what a request takes until it is done; 503 where there is no room for more."""
        held = 0

        def take(size: int) -> None:
            nonlocal held
            if self.used_bytes + size > self._bytes_max:
                raise refusals.no_room()
            self.used_bytes += size
            held += size

        try:
            yield take
        finally:
            self.used_bytes -= held


@dataclass(frozen=True)
class Limits:
    """The buckets of one process; with several processes each has its own."""

    requests: Rates
    events: Rates
    room: Room = field(default_factory=Room)

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
