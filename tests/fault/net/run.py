"""One run of a seed: start everything, send, disturb, wait for rest, check, sum up."""

import dataclasses
import json
import logging
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.local.datadir import Endpoints
from deploy.local.ports import BLOCK_SIZE, Ports
from deploy.local.stack import Service, Stack
from deploy.local.topology import KAFKA, MONGO, Topology
from tests.fault.controls.breaks import break_of
from tests.fault.net.driver import Driver
from tests.fault.net.inputlog import InputLog
from tests.fault.net.invariants import Findings, check
from tests.fault.net.judging import Judgement, judge
from tests.fault.net.load import TOWN_DAY, Load
from tests.fault.net.nemesis import Done, Nemesis
from tests.fault.net.network import ROOT, Network
from tests.fault.net.observer import Observer
from tests.fault.net.rebuilds import Rebuilds
from tests.fault.net.rest import Rest, wait_for_rest
from tests.fault.net.schedule import INSTANCES, SERVICES, STORES, Kind, schedule
from tests.support.stack import free_ports_from

STACK_BLOCKS: Final = 3
PROXY_BLOCKS: Final = 1
RECOVERY_SECONDS_MAX: Final = 180.0
"""Bound on the time from the last fault and the last event until all is at rest."""
SENDING_SECONDS_MAX: Final = 900.0
SECONDS_PER_FAULT: Final = 13.0
"""What a fault takes with its gap, in the mean; the load is spread over the schedule."""
LINES_SHOWN: Final = 40
INPUT: Final = "input.jsonl"


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
    seconds: float = 0.0

    @property
    def effective(self) -> Counter[str]:
        """Count the faults that had an effect, by kind."""
        return Counter(str(done.fault.kind) for done in self.done if done.effect)

    @property
    def differences(self) -> int:
        """Count all that does not hold."""
        unrest = 0 if self.rest is None else len(self.rest.unrest)
        differing = sum(self.judgement.differing.values()) if self.judgement else 0
        return len(self.findings.faults) + unrest + differing

    def record(self, date: str) -> dict[str, Any]:
        """Give the line for the file of runs."""
        return {
            "date": date,
            "commit": commit(),
            **dataclasses.asdict(self.order),
            "only": None if self.order.only == tuple(Kind) else list(self.order.only),
            "effective_faults": self.effective.total(),
            "kinds": dict(sorted(self.effective.items())),
            "without_effect": len(self.done) - self.effective.total(),
            "counts": self.findings.counts,
            "retries": self.retries,
            "recovery_seconds": round(self.rest.seconds, 1) if self.rest else None,
            "compared": self.judgement.compared if self.judgement else 0,
            "differences": self.differences,
            "seconds": round(self.seconds),
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
        yield from (f"  FAULT {fault}" for fault in self.findings.faults)
        if self.judgement:
            yield from (f"  oracle: {line}" for line in self.judgement.lines[-LINES_SHOWN:])
        yield f"{self.differences} differences; {self.seconds:.0f} s in all"


@dataclass(frozen=True)
class World:
    """What a run works on."""

    stack: Stack
    network: Network
    rebuilds: Rebuilds


def run(order: Order, folder: Path, tell: Callable[[str], None]) -> Outcome:
    """Run a seed in a folder of its own; the stack is gone when it returns."""
    began = time.monotonic()
    # What the senders' own client says of each fault is not news here.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # noqa: TID251 - not ours
    outcome = Outcome(order)
    with _world(folder, order.broken) as world:
        tell(f"all ready after {time.monotonic() - began:.0f} s")
        load, log = Load(order.seed, order.events, order.days), InputLog()
        endpoints = [world.stack.endpoints(number + 1) for number in range(INSTANCES)]
        driver = Driver(
            load,
            log,
            order.seed,
            [places.intake for places in endpoints],
            endpoints[0].kafka,
            endpoints[0].key,
        )
        tell(f"{load.events:,} events, {len(load.days)} runs and days, {order.seconds:.0f} s")
        try:
            _disturb(world, driver, outcome, tell)
            outcome.rest = _rest(world, driver, endpoints, tell)
        finally:
            log.write(folder / INPUT)
        tell(f"at rest after {outcome.rest.seconds:.1f} s; checking")
        outcome.findings = check(endpoints[0], log, load.town)
        outcome.findings.add("rebuilt = live", world.rebuilds.differences())
        outcome.findings.counts["rebuilds"] = len(world.rebuilds.started)
        outcome.judgement = judge(folder / INPUT, endpoints[0])
    outcome.seconds = time.monotonic() - began
    return outcome


def _disturb(world: World, driver: Driver, outcome: Outcome, tell: Callable[[str], None]) -> None:
    """Send everything and do all faults meanwhile."""
    order = outcome.order
    driver.setup()
    driver.start(order.seconds)
    Nemesis(
        world.stack,
        world.network,
        Observer(world.stack),
        world.rebuilds,
        schedule(order.seed, order.faults, order.only),
        tell,
        outcome.done,
    ).run()
    tell(f"faults done; still sending: {driver.running}")
    driver.join(SENDING_SECONDS_MAX)
    outcome.retries = driver.retries


def _rest(
    world: World, driver: Driver, endpoints: Sequence[Endpoints], tell: Callable[[str], None]
) -> Rest:
    """Wait until all is at rest, with the town's day and without; give the first wait."""
    first = wait_for_rest(endpoints, world.rebuilds, RECOVERY_SECONDS_MAX, tell)
    driver.open_town(TOWN_DAY)
    last = wait_for_rest(endpoints, world.rebuilds, RECOVERY_SECONDS_MAX, tell)
    return last if last.unrest else first


def _services(broken: str | None) -> list[Service]:
    """Give the services as they are shipped, but for the one whose guard is broken."""
    services = {name: Service(name) for name in SERVICES}
    if broken is not None:
        name = break_of(broken).service
        words = ("-m", "tests.fault.controls.sabotaged", "--break", broken, f"services.{name}")
        services[name] = Service(name, (sys.executable, *words))
    return list(services.values())


@contextmanager
def _world(folder: Path, broken: str | None) -> Iterator[World]:
    first = free_ports_from(STACK_BLOCKS + PROXY_BLOCKS)
    stores = [f"{kind}-{n + 1}" for kind in (KAFKA, MONGO) for n in range(STORES)]
    proxies = first + STACK_BLOCKS * BLOCK_SIZE
    seen = {name: proxies + number for number, name in enumerate(stores)}
    topology = Topology(STORES, STORES, INSTANCES, seen_ports=seen)
    ports = Ports.starting_at(first)
    parts = (*topology.parts(KAFKA, ports), *topology.parts(MONGO, ports))
    network = Network({part.name: (part.seen_port, part.port) for part in parts})
    stack = Stack(folder / "data", ports_from=first, services=_services(broken), topology=topology)
    with network, stack:
        spare = range(proxies + len(stores), proxies + PROXY_BLOCKS * BLOCK_SIZE)
        yield World(stack, network, Rebuilds(stack, list(spare)))


def commit() -> str:
    """Give the commit that is checked out."""
    words = ["git", "rev-parse", "--short=12", "HEAD"]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def append(file: Path, outcomes: Sequence[Outcome], date: str) -> None:
    """Add one line for each run to the file of runs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        for outcome in outcomes:
            out.write(json.dumps(outcome.record(date), ensure_ascii=False) + "\n")
