"""One run of a seed: start everything, send, disturb, wait for rest, check, sum up."""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local import learned
from deploy.local.datadir import Endpoints
from deploy.local.ports import BLOCK_SIZE, Ports
from deploy.local.stack import Service, Stack
from deploy.local.topology import KAFKA, MONGO, Topology
from tests.fault.controls.breaks import break_of
from tests.fault.net.driver import Driver
from tests.fault.net.inputlog import InputLog
from tests.fault.net.invariants import check
from tests.fault.net.judging import judge
from tests.fault.net.load import TOWN_DAY, Load
from tests.fault.net.movement import Movement
from tests.fault.net.nemesis import Nemesis
from tests.fault.net.network import Network
from tests.fault.net.observer import Observer
from tests.fault.net.outcome import Order, Outcome
from tests.fault.net.rebuilds import Rebuilds
from tests.fault.net.rest import Rest, wait_for_rest
from tests.fault.net.schedule import GAP_SECONDS, INSTANCES, SERVICES, STORES, schedule
from tests.fault.net.soaking import Soaking, faults_of
from tests.support.stack import free_ports_from

STACK_BLOCKS: Final = 3
PROXY_BLOCKS: Final = 1
RECOVERY_SECONDS_MAX: Final = 180.0
"""Bound on the time from the last fault and the last event until all is at rest."""
SENDING_SECONDS_MAX: Final = 900.0
SOAK_GAP_SECONDS: Final = (40.0, 180.0)
"""Between two faults of a lane, at most a third of the soak."""
NOT_OURS: Final = ("aiokafka", "asyncio")
INPUT: Final = "input.jsonl"


@dataclass(frozen=True)
class World:
    """What a run works on."""

    stack: Stack
    network: Network
    rebuilds: Rebuilds


def run(
    order: Order, folder: Path, tell: Callable[[str], None], outcome: Outcome | None = None
) -> Outcome:
    """Run a seed in a folder of its own; the stack is gone when it returns.

    `outcome` is filled step by step, so that one knows how far it came when it raises.
    """
    began = time.monotonic()
    # What the senders' own client says of each fault is not news here.
    for name in NOT_OURS:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # noqa: TID251 - not ours
    outcome = outcome or Outcome(order)
    with ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(Load, order.seed, order.events, order.days)
        # As `dualwatch up` has it from its second start on.
        learned.learn_if_possible(tell)
        with _world(folder, order.broken) as world:
            outcome.phase("start", began)
            tell(f"all ready after {time.monotonic() - began:.0f} s")
            _play(world, drawing.result(), outcome, folder, tell)
    outcome.seconds = time.monotonic() - began
    return outcome


def _play(
    world: World, load: Load, outcome: Outcome, folder: Path, tell: Callable[[str], None]
) -> None:
    order, log = outcome.order, InputLog()
    endpoints = [world.stack.endpoints(number + 1) for number in range(INSTANCES)]
    intakes = [places.intake for places in endpoints]
    driver = Driver(load, log, order.seed, intakes, endpoints[0].kafka, endpoints[0].key)
    tell(f"{load.events:,} events, {len(load.days)} runs and days, {order.seconds:.0f} s")
    began = time.monotonic()
    try:
        _disturb(world, driver, outcome, tell)
        began = outcome.phase("sending", began)
        outcome.rest = _rest(world, driver, endpoints, tell)
    finally:
        log.write(folder / INPUT)
    began = outcome.phase("rest", began)
    tell(f"at rest after {outcome.rest.seconds:.1f} s; checking")
    check(endpoints[0], log, load.town, outcome.findings)
    outcome.findings.add("rebuilt = live", world.rebuilds.differences())
    outcome.findings.counts["rebuilds"] = len(world.rebuilds.started)
    began = outcome.phase("checking", began)
    outcome.judgement = judge(folder / INPUT, endpoints[0])
    outcome.phase("judging", began)


def _disturb(world: World, driver: Driver, outcome: Outcome, tell: Callable[[str], None]) -> None:
    """Send everything and do all faults meanwhile."""
    order, observer = outcome.order, Observer(world.stack)
    driver.setup()
    movement = Movement(observer.mongods)
    soaking = Soaking(world.stack, order.rate)
    least, most = SOAK_GAP_SECONDS
    rare = (min(least, order.seconds / 6), min(most, order.seconds / 3))
    gaps = rare if order.rate else GAP_SECONDS
    drawn = schedule(order.seed, order.faults, order.only, gaps)
    nemesis = Nemesis(
        world.stack, world.network, observer, world.rebuilds, drawn, tell, outcome.done
    )
    movement.start()
    if order.rate:
        soaking.start()
    driver.start(order.seconds)
    try:
        nemesis.run()
        tell(f"faults done; still sending: {driver.running}")
        driver.join(order.seconds + SENDING_SECONDS_MAX)
    finally:
        movement.stop()
        soaking.stop()
        outcome.retries = driver.retries
    over = [nemesis.began + done.over for done in outcome.done if done.effect]
    outcome.recoveries = [s for when in over if (s := movement.recovery(when)) is not None]
    if order.rate:
        times = [(nemesis.began + done.began, nemesis.began + done.over) for done in outcome.done]
        outcome.soak = soaking.figures(times, driver.load.events - len(driver.load.town_setup))
        outcome.findings.add("memory flat, lag bounded", faults_of(outcome.soak))


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
