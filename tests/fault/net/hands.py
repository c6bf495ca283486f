"""What the nemesis does to processes: kill, lose, pause, restart, and see that it happened."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from deploy.local.errors import NotReadyError
from deploy.local.stack import Stack
from tests.fault.net.kinds import Kind
from tests.fault.net.observer import Observer

LOOK_SECONDS: Final = 0.5
LOOK_OFTEN_SECONDS: Final = 0.05
EFFECT_SECONDS: Final = 10.0
"""How long an effect may take to show after the fault itself is over."""
STARTED_SECONDS: Final = 15.0
"""How long supervision may take to start a part again, back-off and all."""


@dataclass(frozen=True)
class Hands:
    """Works on the processes of one stack; each call says what was seen, or nothing."""

    stack: Stack
    observer: Observer
    stopped: threading.Event
    tell: Callable[[str], None]

    def step_down(self) -> str:
        """Make the primary leave its office."""
        term = self.observer.term()
        name = self.observer.step_down()
        risen = self._shows(lambda: _more(term, self.observer.term()) > 0)
        return f"{name} left office, term {term} is over" if name and risen else ""

    def kill(self, target: str) -> str:
        """Kill a part; supervision starts it again."""
        before = self.stack.exits(target)
        try:
            self.stack.kill(target)
        except NotReadyError:
            # On a machine with much to do even an exit takes its time.
            self._shows(lambda: self.stack.exits(target) > before)
        return "process exit seen" if self.stack.exits(target) > before else ""

    def started_anew(self, target: str, seconds: float) -> bool:
        """Return so long after supervision has started a killed part; whether it has."""
        over = time.monotonic() + STARTED_SECONDS
        while self.stack.pid(target) is None and time.monotonic() < over:
            self.stopped.wait(LOOK_OFTEN_SECONDS)
        if self.stack.pid(target) is None:
            return False
        self.stopped.wait(seconds)
        return self.stack.pid(target) is not None

    def halt(self, target: str) -> str:
        """Kill a part and leave it down."""
        running = self.stack.pid(target) is not None
        self.stack.halt(target)
        return "process gone" if running and self.stack.pid(target) is None else ""

    def lose(self, target: str, seconds: float) -> str:
        """Take a part away for some time."""
        gone = self.halt(target)
        self.stopped.wait(seconds)
        self._restart(target)
        return f"{gone} for {seconds} s" if gone else ""

    def pause(self, kind: Kind, target: str, seconds: float) -> str:
        """Freeze a part for some time."""
        service = target.rpartition("-")[0]
        takes, term = self.observer.takes(service), self.observer.term()
        part = next(part for part in self.stack.parts() if part.name == target)
        self.stack.pause(target)
        over = time.monotonic() + seconds
        shown = ""
        while (left := over - time.monotonic()) > 0:
            if kind is Kind.PAUSE_BROKER and not shown:
                alive = self.observer.brokers_alive(part)
                shown = "missed by the other brokers" if {part.number} - alive and alive else ""
            elif kind is Kind.PAUSE_MONGOD and not shown:
                shown = "missed by the other members" if self.observer.misses(part) else ""
            self.stopped.wait(min(left, LOOK_SECONDS))
        self.stack.resume(target)
        if kind is Kind.PAUSE_SERVICE:
            self._shows(lambda: _more(takes, self.observer.takes(service)) > 0)
            taken = _more(takes, self.observer.takes(service))
            return f"partitions taken {taken} times" if taken else ""
        elections = _more(term, self.observer.term()) if kind is Kind.PAUSE_MONGOD else 0
        return f"{shown}, {elections} elections" if shown and elections else shown

    def roll(self, target: str) -> str:
        """Restart all parts of a kind, one after the other."""
        parts = [part for part in self.stack.parts() if part.kind == target]
        # As a person would: the next one leaves once all are there.
        for part in parts:
            self.await_ready(part.name)
        codes = [self._restart(part.name) for part in parts]
        return f"exit codes {codes}" if None not in codes else ""

    def await_ready(self, name: str) -> None:
        """Return when a part is ready, or when it takes too long."""
        try:
            self.stack.wait_ready(name)
        except NotReadyError as error:
            self.tell(f"{name} is slow: {str(error).splitlines()[0]}")

    def _restart(self, name: str) -> int | None:
        try:
            return self.stack.restart(name)
        except NotReadyError as error:
            self.tell(f"{name} is slow: {str(error).splitlines()[0]}")
            return -1

    def _shows(self, condition: Callable[[], bool]) -> bool:
        over = time.monotonic() + EFFECT_SECONDS
        while not (found := condition()) and time.monotonic() < over:
            self.stopped.wait(LOOK_SECONDS)
        return found


def _more(before: int | None, now: int | None) -> int:
    """Give by how much a counter has risen; what could not be read has not."""
    return max(0, now - before) if before is not None and now is not None else 0
