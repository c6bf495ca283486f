"""What is to happen on which day: nothing is kept of days that are over."""

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Final


class Phase(IntEnum):
    """Part of a day; within it, in the order it was put there."""

    MORNING = 0
    """Budget, plans, targets."""
    DAY = 1
    """Contracts, applications, payments."""
    NIGHT = 2
    """Files that systems exchange at night: allotments after the payments made on them."""


CLOCKS: Final = {Phase.MORNING: "09:00:00", Phase.DAY: "14:30:00", Phase.NIGHT: "23:30:00"}

Action = Callable[[], object]


class Agenda:
    """Actions by day and phase."""

    def __init__(self) -> None:
        """Nothing is planned yet."""
        self._days: dict[int, tuple[list[Action], list[Action], list[Action]]] = {}

    def put(self, day: int, phase: Phase, action: Action) -> None:
        """Plan an action; days are ordinals."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = ([], [], [])
        found[phase].append(action)

    def take(self, day: int) -> Iterator[tuple[Phase, list[Action]]]:
        """Yield a day's phases with what is planned; what they add for later phases joins them."""
        for phase in Phase:
            planned = self._days.get(day)
            if planned is not None:
                yield phase, planned[phase]
        self._days.pop(day, None)
