"""What is to be run, and how it went: for people, and as a line of JSON."""

import dataclasses
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from tests.fault.net.invariants import Findings
from tests.fault.net.judging import Judgement
from tests.fault.net.kinds import Kind, Lane
from tests.fault.net.nemesis import Done
from tests.fault.net.rest import Rest
from tests.support.recorded import commit, machine

SECONDS_PER_FAULT: Final = 3.5
"""What a fault takes in the mean, for several are done at once; the load is spread over them."""
LINES_SHOWN: Final = 40
PERCENT: Final = 100
SWIZZLED: Final = "swizzled"
ONCE: Final = "exactly once"


@dataclass(frozen=True)
class Order:
    """What is to be run; the same order is the same load and the same schedule."""

    seed: int
    events: int
    faults: int
    days: int
    """How many days the city has."""
    minutes: float | None = None
    """How long sending takes, faults aside; None: as long as the schedule."""
    broken: str | None = None
    """Guard that is broken in the service it guards: a negative control."""
    only: tuple[Kind, ...] = tuple(Kind)
    """Kinds of faults that are drawn from."""
    rate: int = 0
    """Events a second, where it is a soak: memory and lags are watched, faults are rarer."""

    @property
    def seconds(self) -> float:
        """Give the planned time of sending."""
        planned = SECONDS_PER_FAULT * self.faults
        return planned if self.minutes is None else self.minutes * 60


@dataclass
class Outcome:
    """How a run went."""

    order: Order
    done: list[Done] = field(default_factory=list)
    rest: Rest | None = None
    findings: Findings = field(default_factory=Findings)
    judgement: Judgement | None = None
    retries: int = 0
    recoveries: list[float] = field(default_factory=list)
    """After each effective fault: seconds until all partitions were projected beyond it."""
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds of each part of the run."""
    seconds: float = 0.0
    note: str = ""
    """What a person should know who reads the line."""
    soak: dict[str, Any] | None = None
    """What memory and lags were, where it was a soak."""

    @property
    def effective(self) -> Counter[str]:
        """Count the faults that had an effect, by kind."""
        return Counter(str(done.fault.kind) for done in self.done if done.effect)

    @property
    def complete(self) -> bool:
        """Whether the run came to its end, whatever it found."""
        return self.judgement is not None

    @property
    def differences(self) -> int:
        """Count all that does not hold."""
        unrest = 0 if self.rest is None else len(self.rest.unrest)
        differing = sum(self.judgement.differing.values()) if self.judgement else 0
        return len(self.findings.faults) + unrest + differing

    def phase(self, name: str, began: float) -> float:
        """Note how long a part took; give the time at which the next one begins."""
        now = time.monotonic()
        self.phases[name] = round(now - began, 1)
        return now

    def record(self, date: str) -> dict[str, Any]:
        """Give the line for the file of runs."""
        every = tuple(Kind) == self.order.only
        line = {
            "date": date,
            "commit": commit(),
            "machine": machine(),
            **dataclasses.asdict(self.order),
            "only": None if every else [str(kind) for kind in self.order.only],
            "effective_faults": self.effective.total(),
            "kinds": dict(sorted(self.effective.items())),
            "swizzles": sum(n for kind, n in self.effective.items() if SWIZZLED in kind),
            "lanes": len(Lane),
            "without_effect": len(self.done) - self.effective.total(),
            "counts": self.findings.counts,
            "retries": self.retries,
            "recovery_seconds": round(self.rest.seconds, 1) if self.rest else None,
            # Beside other faults it says when all moved again, not what one of them cost.
            "recoveries" if self.order.rate else "moves_again": [
                round(seconds, 1) for seconds in sorted(self.recoveries)
            ],
            "compared": self.judgement.compared if self.judgement else 0,
            "differences": self.differences,
            **self._verdict(),
            "seconds": round(self.seconds),
            "phases": self.phases,
        }
        if self.soak is not None:
            line["soak"] = self.soak
        return line | ({"note": self.note} if self.note else {})

    def _verdict(self) -> dict[str, Any]:
        """Sort what was found: events lost and doubled, alerts, and all else that is wrong."""
        once = [fault for fault in self.findings.faults if fault.startswith(ONCE)]
        lost = sum(fault.endswith(" 0 times") for fault in once)
        return {
            "lost": lost,
            "doubled": len(once) - lost,
            "wrong": self.differences - len(once),
            "alerts": dict(self.judgement.alerts) if self.judgement else None,
        }

    def lines(self) -> Iterator[str]:
        """Say it for people."""
        yield f"seed {self.order.seed}: {self.effective.total()} of {len(self.done)} faults worked"
        yield from (f"  {count:3} {kind}" for kind, count in sorted(self.effective.items()))
        yield from (f"  {count:9,} {name}" for name, count in self.findings.counts.items())
        yield f"  {self.retries} retries of senders"
        if self.rest:
            yield f"  at rest {self.rest.seconds:.1f} s after the last fault and the last event"
            yield from (f"  UNREST {what}" for what in self.rest.unrest)
        if self.recoveries:
            yield (
                f"  moves again after each fault: {percentile(self.recoveries, 50):.1f} s in the"
                f" median, 95 % within {percentile(self.recoveries, 95):.1f} s,"
                f" {max(self.recoveries):.1f} s at most"
            )
        yield from (f"  FAULT {fault}" for fault in self.findings.faults)
        if self.judgement:
            yield from (f"  oracle: {line}" for line in self.judgement.lines[-LINES_SHOWN:])
        parts = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.phases.items())
        yield f"{self.differences} differences; {self.seconds:.0f} s in all ({parts})"


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the value that so many percent do not exceed."""
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=PERCENT, method="inclusive")[percent - 1]


def append(file: Path, outcome: Outcome, date: str) -> None:
    """Add a line for a run to the file of runs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(outcome.record(date), ensure_ascii=False) + "\n")
