"""The nemesis: does the faults of a schedule, and counts those whose effect a counter shows.

Each lane does its faults one after the other; the lanes go on side by side, so that a process is
lost while connections are cut. A majority may be away for seconds: all comes back by itself.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from deploy.local.stack import Stack
from tests.fault.net import kinds
from tests.fault.net.hands import Hands
from tests.fault.net.kinds import DISTURBING, Kind, Lane
from tests.fault.net.network import Network
from tests.fault.net.observer import Observer
from tests.fault.net.proxy import Counts, Mode
from tests.fault.net.rebuilds import Rebuilds
from tests.fault.net.schedule import PRIMARY, Fault

MODES: Final = {Kind.CUT: Mode.CUT, Kind.HOLE: Mode.HOLE, Kind.DELAY: Mode.DELAY}


@dataclass(frozen=True)
class Done:
    """One fault as it went; of one with several targets, what became of one of them."""

    fault: Fault
    target: str
    effect: str
    """What the counter showed; empty: no effect."""
    began: float
    """Seconds since the nemesis began."""
    lasted: float

    @property
    def over(self) -> float:
        """When it was over, seconds since the nemesis began."""
        return self.began + self.lasted

    def __str__(self) -> str:
        return (
            f"{self.began:6.1f} s  {self.fault.kind:<36} {self.target:<12}"
            f" {self.lasted:5.1f} s  {self.effect or 'NO EFFECT'}"
        )


@dataclass
class Nemesis:
    """Does a schedule; `stop` ends it after the faults in hand."""

    stack: Stack
    network: Network
    observer: Observer
    rebuilds: Rebuilds
    schedule: Sequence[Fault]
    tell: Callable[[str], None] = lambda _: None
    done: list[Done] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    began: float = 0.0
    """When it began, on the monotonic clock."""

    def __post_init__(self) -> None:
        self._hands = Hands(self.stack, self.observer, self.stopped, self.tell)
        self._failures: list[Exception] = []

    def run(self) -> None:
        """Do all faults; everything is well again when it returns, as far as we can do it."""
        self.began = time.monotonic()
        lanes = [threading.Thread(target=self._guarded, args=(lane,)) for lane in Lane]
        try:
            for thread in lanes:
                thread.start()
            for thread in lanes:
                thread.join()
        finally:
            self.stopped.set()
            self.network.heal()
            for part in self.stack.parts():
                self.stack.resume(part.name)
        if self._failures:
            raise self._failures[0]

    def _guarded(self, lane: Lane) -> None:
        try:
            for fault in self.schedule:
                if fault.lane is lane and not self.stopped.wait(fault.gap_seconds):
                    self._do(fault)
        except Exception as failure:  # noqa: BLE001 - run raises it
            self._failures.append(failure)
            self.stopped.set()

    def _do(self, fault: Fault) -> None:
        """Do one fault, whatever its kind."""
        kind = fault.kind
        if kind is Kind.SWIZZLE_CONNECTIONS:
            self._swizzle_connections(fault)
        elif kind in kinds.SWIZZLED_LOSSES:
            self._swizzle_losses(fault)
        elif kind in kinds.REPEATS:
            self._repeat(fault)
        else:
            target, start = self._found(fault.targets[0]), time.monotonic()
            self._note(fault, target, self._simple(fault, target), start)

    def _simple(self, fault: Fault, target: str) -> str:
        """Do what has one target; give its effect."""
        kind = fault.kind
        if kind in DISTURBING:
            effect = self._disturb(fault, target)
        elif kind is Kind.STEP_DOWN:
            effect = self._hands.step_down()
        elif kind is Kind.REBUILD:
            folded = self.rebuilds.start()
            effect = f"folds the ledger anew, {folded} entries so far" if folded else ""
        elif kind in kinds.KILLS:
            effect = self._hands.kill(target)
        elif kind in kinds.LOSSES:
            effect = self._hands.lose(target, fault.seconds)
        elif kind in kinds.PAUSES:
            effect = self._hands.pause(kind, target, fault.seconds)
        else:
            effect = self._hands.roll(target)
        return effect

    def _disturb(self, fault: Fault, target: str) -> str:
        before = self.network.counts(target)
        self.network.set(target, MODES[fault.kind], fault.delay_seconds)
        self.stopped.wait(fault.seconds)
        during = self.network.counts(target)
        self.network.set(target, Mode.PASS)
        return _shown(fault.kind, before, during)

    def _swizzle_connections(self, fault: Fault) -> None:
        """Disturb one store's connections after the other, and heal them in another order."""
        kind = fault.disturbing or Kind.CUT
        before, starts = {}, {}
        for target in fault.targets:
            before[target], starts[target] = self.network.counts(target), time.monotonic()
            self.network.set(target, MODES[kind], fault.delay_seconds)
            self.stopped.wait(fault.seconds)
        for target in fault.healed:
            effect = _shown(kind, before[target], self.network.counts(target))
            self.network.set(target, Mode.PASS)
            self._note(fault, target, effect, starts[target])
            self.stopped.wait(fault.seconds)

    def _swizzle_losses(self, fault: Fault) -> None:
        """Lose one part after the other, and start them again in another order."""
        effects, starts = {}, {}
        for target in fault.targets:
            starts[target] = time.monotonic()
            effects[target] = self._hands.halt(target)
            self.stopped.wait(fault.seconds)
        for target in fault.healed:
            self.stack.launch(target)
            self._note(fault, target, effects[target], starts[target])
            self.stopped.wait(fault.seconds)
        for target in fault.healed:
            self._hands.await_ready(target)

    def _repeat(self, fault: Fault) -> None:
        """Kill a part, and again while it starts; only the first may find it serving."""
        target = self._found(fault.targets[0])
        for number in range(len(fault.targets)):
            started, start = True, time.monotonic()
            if number:
                started = self._hands.started_anew(target, fault.seconds)
            served = number > 0 and self.observer.serves(target)
            effect = self._hands.kill(target) if started else ""
            again = f"{effect}, before it served again" if number and effect else effect
            self._note(fault, target, "" if served else again, start)
        self._hands.await_ready(target)

    def _note(self, fault: Fault, target: str, effect: str, start: float) -> None:
        lasted = time.monotonic() - start
        self.done.append(Done(fault, target, effect, start - self.began, lasted))
        self.tell(str(self.done[-1]))

    def _found(self, target: str) -> str:
        if target != PRIMARY:
            return target
        primary = self.observer.primary()
        return primary.name if primary else self.observer.mongods[0].name


def _shown(kind: Kind, before: Counts, during: Counts) -> str:
    """Say what a proxy's counters show of a fault."""
    names = {Kind.CUT: "cut", Kind.HOLE: "swallowed_bytes", Kind.DELAY: "delayed_bytes"}
    words = {Kind.CUT: "connections cut", Kind.HOLE: "bytes swallowed", Kind.DELAY: "bytes delayed"}
    count = getattr(during, names[kind]) - getattr(before, names[kind])
    return f"{count} {words[kind]}" if count else ""
