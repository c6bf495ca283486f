"""How much the lanes of one subscription may hold in memory together, however long the backlog.

Lanes of one subscription never wait for each other's records for longer than a turn takes
(`turns.py`): a full room always empties.
"""

from collections.abc import Callable
from typing import Final

READ_AHEAD_BYTES: Final = 1_000_000_000
"""For a service that names no bound of its own."""
RECORD_BYTES: Final = 1_500
"""What a record is reckoned to take in memory beside its value: with one header it takes 550, with
five 1,280 (measured)."""


def weigh(records: int, size: int) -> int:
    """Say about how many bytes of memory so many records take whose values have so many bytes."""
    return RECORD_BYTES * records + size


class Room:
    """The bound, and who holds how much of it."""

    def __init__(self, bytes_max: int = READ_AHEAD_BYTES) -> None:
        """Begin empty."""
        self.bytes_max = bytes_max
        self.held = 0
        self.busy = 0
        """Lanes that hold something."""
        self.seats: set[Seat] = set()

    def seat(self, changed: Callable[[], None]) -> "Seat":
        """Let a lane in; `changed` is called whenever the room may have become full, or not."""
        seat = Seat(self, changed)
        self.seats.add(seat)
        return seat


class Seat:
    """One lane's part: what waits for it and what it has in hand."""

    def __init__(self, room: Room, changed: Callable[[], None]) -> None:
        """Hold nothing."""
        self.room = room
        self.held = 0
        self._waiting = 0
        self._changed = changed

    def is_full(self) -> bool:
        """Whether the room is full, or the lane has its share of it.

        Lanes that hold something have equal shares, and one is left for a lane that does not yet.
        """
        room = self.room
        if room.held >= room.bytes_max:
            return True
        return self.held * min(room.busy + 1, len(room.seats)) >= room.bytes_max

    def arrive(self, weight: int) -> None:
        """Hold records that wait from now on, of this weight."""
        self._waiting += weight
        self._hold(self.held + weight)

    def take(self, weight: int) -> None:
        """Have some of them in hand."""
        self._waiting -= weight

    def done(self) -> None:
        """Hold what is in hand no more."""
        self._hold(self._waiting)

    def clear(self) -> None:
        """Hold nothing."""
        self._waiting = 0
        self._hold(0)

    def leave(self) -> None:
        """Hold nothing, and come no more."""
        self.clear()
        self.room.seats.discard(self)

    def _hold(self, held: int) -> None:
        """Change what is held; all lanes hear of it: the bound is that of their sum."""
        room = self.room
        if self not in room.seats or held == self.held:
            # Not in the room: a batch left behind when its lane was stopped.
            return
        room.held += held - self.held
        room.busy += (held > 0) - (self.held > 0)
        self.held = held
        for seat in list(room.seats):
            seat._changed()  # noqa: SLF001 - of the same class
