"""The nemesis: does one fault after the other, and counts those whose effect a counter shows."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from deploy.local.errors import NotReadyError
from deploy.local.stack import Stack
from tests.fault.net.network import Network
from tests.fault.net.observer import Observer
from tests.fault.net.proxy import Mode
from tests.fault.net.rebuilds import Rebuilds
from tests.fault.net.schedule import Fault, Kind

LOOK_SECONDS: Final = 0.5
EFFECT_SECONDS: Final = 10.0
"""How long an effect may take to show after the fault itself is over."""
MODES: Final = {Kind.CUT: Mode.CUT, Kind.HOLE: Mode.HOLE, Kind.DELAY: Mode.DELAY}


@dataclass(frozen=True)
class Done:
    """One fault as it went."""

    fault: Fault
    target: str
    effect: str
    """What the counter showed; empty: no effect."""
    began: float
    """Seconds since the nemesis began."""
    lasted: float

    def __str__(self) -> str:
        return (
            f"{self.began:6.1f} s  {self.fault.kind:<36} {self.target:<12}"
            f" {self.lasted:5.1f} s  {self.effect or 'NO EFFECT'}"
        )


@dataclass
class Nemesis:
    """Does a schedule; `stop` ends it after the fault in hand."""

    stack: Stack
    network: Network
    observer: Observer
    rebuilds: Rebuilds
    schedule: list[Fault]
    tell: Callable[[str], None] = lambda _: None
    done: list[Done] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Do all faults; everything is well again when it returns, as far as we can do it."""
        began = time.monotonic()
        try:
            for fault in self.schedule:
                if self.stopped.wait(fault.gap_seconds):
                    break
                target = self._target(fault)
                start = time.monotonic()
                effect = self._do(fault, target)
                lasted = time.monotonic() - start
                self.done.append(Done(fault, target, effect, start - began, lasted))
                self.tell(str(self.done[-1]))
        finally:
            self.network.heal()
            for part in self.stack.parts():
                self.stack.resume(part.name)

    def _target(self, fault: Fault) -> str:
        if fault.target != "primary":
            return fault.target
        primary = self.observer.primary()
        return primary.name if primary else self.observer.mongods[0].name

    def _do(self, fault: Fault, target: str) -> str:
        kind = fault.kind
        if kind in MODES:
            effect = self._disturb(fault, target)
        elif kind is Kind.STEP_DOWN:
            effect = self._step_down()
        elif kind is Kind.REBUILD:
            effect = self._rebuild()
        elif kind in {Kind.KILL_SERVICE, Kind.KILL_BROKER, Kind.KILL_MONGOD}:
            effect = self._kill(target)
        elif kind in {Kind.LOSE_BROKER, Kind.LOSE_MONGOD}:
            effect = self._lose(target, fault.seconds)
        elif kind in {Kind.PAUSE_SERVICE, Kind.PAUSE_BROKER, Kind.PAUSE_MONGOD}:
            effect = self._pause(kind, target, fault.seconds)
        else:
            effect = self._roll(target)
        return effect

    def _rebuild(self) -> str:
        folded = self.rebuilds.start()
        return f"folds the ledger anew, {folded} entries so far" if folded else ""

    def _disturb(self, fault: Fault, target: str) -> str:
        before = self.network.counts(target)
        self.network.set(target, MODES[fault.kind], fault.delay_seconds)
        self.stopped.wait(fault.seconds)
        during = self.network.counts(target)
        self.network.set(target, Mode.PASS)
        if fault.kind is Kind.CUT:
            count = during.cut - before.cut
            return f"{count} connections cut" if count else ""
        if fault.kind is Kind.HOLE:
            count = during.swallowed_bytes - before.swallowed_bytes
            return f"{count} bytes swallowed" if count else ""
        count = during.delayed_bytes - before.delayed_bytes
        return f"{count} bytes delayed" if count else ""

    def _step_down(self) -> str:
        term = self.observer.term()
        name = self.observer.step_down()
        risen = self._shows(lambda: self.observer.term() > term)
        return f"{name} left office, term {term} is over" if name and risen else ""

    def _kill(self, target: str) -> str:
        before = self.stack.exits(target)
        self.stack.kill(target)
        after = self.stack.exits(target)
        return "process exit seen" if after > before else ""

    def _lose(self, target: str, seconds: float) -> str:
        self.stack.halt(target)
        gone = self.stack.pid(target) is None
        self.stopped.wait(seconds)
        self._restart(target)
        return f"process gone for {seconds} s" if gone else ""

    def _pause(self, kind: Kind, target: str, seconds: float) -> str:
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
            self._shows(lambda: self.observer.takes(service) > takes)
            taken = self.observer.takes(service) - takes
            return f"partitions taken {taken} times" if taken > 0 else ""
        now = self.observer.term()
        return f"{shown}, {now - term} elections" if shown and now > term else shown

    def _roll(self, target: str) -> str:
        parts = [part for part in self.stack.parts() if part.kind == target]
        # As a person would: the next one leaves once all are there.
        for part in parts:
            self._await(part.name)
        codes = [self._restart(part.name) for part in parts]
        return f"exit codes {codes}" if None not in codes else ""

    def _restart(self, name: str) -> int | None:
        try:
            return self.stack.restart(name)
        except NotReadyError as error:
            self.tell(f"{name} is slow: {str(error).splitlines()[0]}")
            return -1

    def _await(self, name: str) -> None:
        try:
            self.stack.wait_ready(name)
        except NotReadyError as error:
            self.tell(f"{name} is slow: {str(error).splitlines()[0]}")

    def _shows(self, condition: Callable[[], bool]) -> bool:
        over = time.monotonic() + EFFECT_SECONDS
        while not (found := condition()) and time.monotonic() < over:
            self.stopped.wait(LOOK_SECONDS)
        return found
