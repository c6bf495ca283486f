"""The network between three machines is cut, while payments come: split, one way, from clients.

Each machine has a broker and a mongod in a network namespace of its own; the services are outside.
Only root can lay that: for others the net's proxies cut, hold and swallow what passes.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final
from unittest import mock

import pytest

from deploy.local.stack import KAFKA_VARIABLE, MONGO_VARIABLE, Stack
from tests.fault.drills.cluster import Cluster, cluster
from tests.fault.drills.machines import ROOT, Machines, machines, reason_against
from tests.fault.drills.recording import passed
from tests.fault.drills.scene import SERVICES
from tests.fault.drills.sending import Senders
from tests.fault.net.inputlog import InputLog
from tests.fault.net.invariants import check
from tests.fault.net.rebuilds import Rebuilds
from tests.fault.net.rest import wait_for_rest
from tests.support.city import City
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

TOWN: Final = "990240"
TOWN_DAY: Final = "2026-06-30"
PROJECTS: Final = 120
EVENTS_PER_SECOND: Final = 100
LOAD_SECONDS: Final = 600
"""More than the drill takes: it ends the sending."""
MACHINES: Final = 3
OUTSIDE: Final = 254
"""The number of the machine on which services and senders are."""
NOTICED_SECONDS: Final = 60.0
RESUMED_SECONDS: Final = 90.0
REST_SECONDS: Final = 180.0
LAID: Final = """
import sys
from tests.fault.drills.machines import machines
with machines(2) as found:
    print(found.prefix, flush=True)
    sys.stdin.read()
"""


@dataclass
class Drill:
    """Stores on machines, services outside, and payments all the while."""

    cluster: Cluster
    stack: Stack
    log: InputLog
    senders: Senders
    seen: list[tuple[str, str, float]] = field(default_factory=list)
    """Of each partition: its name, what counters showed, seconds until payments went on."""

    @property
    def machines(self) -> Machines:
        """Give the network."""
        return self.cluster.machines

    def resumed(self, began: float) -> float:
        """Wait until payments get their verdicts again; give seconds since it began."""
        sent = self.senders.sent
        eventually(lambda: self.senders.sent > sent + EVENTS_PER_SECOND, RESUMED_SECONDS)
        return time.monotonic() - began


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """Lay the network, start everything, and let payments flow."""
    if reason := reason_against():
        pytest.fail(f"no network can be laid here: {reason}; leave this drill out (-k)")
    folder = tmp_path_factory.mktemp("partitions")
    city = City(TOWN, PROJECTS, EVENTS_PER_SECOND * LOAD_SECONDS).build()
    with ExitStack() as closing:
        laid = closing.enter_context(machines(MACHINES))
        stores = closing.enter_context(cluster(laid, folder / "stores", free_ports_from(MACHINES)))
        places = {KAFKA_VARIABLE: stores.kafka, MONGO_VARIABLE: stores.mongo}
        closing.enter_context(mock.patch.dict(os.environ, places))
        stack = closing.enter_context(
            Stack(folder / "data", ports_from=free_ports_from(), services=SERVICES)
        )
        log = InputLog()
        senders = Senders(stack.endpoints(), log)
        payments = [event for event in city.events if "expenditure" in event["type"]]
        senders.send_all([e for e in city.events if "expenditure" not in e["type"]], "setup")
        senders.start(payments, EVENTS_PER_SECOND)
        eventually(lambda: senders.sent > EVENTS_PER_SECOND, RESUMED_SECONDS)
        yield Drill(stores, stack, log, senders)


@pytest.mark.long
def test_the_primarys_machine_is_cut_off(drill: Drill) -> None:
    """The majority goes on without it; the minority leads no more, and is told so by nobody."""
    alone, term = eventually(drill.cluster.primary, NOTICED_SECONDS), drill.cluster.term()
    lost, began = drill.machines.unplugged(alone), time.monotonic()
    drill.machines.unplug(alone)
    try:
        eventually(lambda: drill.cluster.primary() not in {0, alone}, NOTICED_SECONDS)
        seconds = drill.resumed(began)
    finally:
        drill.machines.plug(alone)
    drill.resumed(began)
    eventually(lambda: _follows(drill, alone), NOTICED_SECONDS)

    times, terms = drill.machines.unplugged(alone) - lost, drill.cluster.term() - term
    assert times >= 1
    assert terms >= 1
    _seen(drill, "majority and minority", f"cable lost {times} times, {terms} elections", seconds)


@pytest.mark.long
def test_one_machine_is_not_heard_by_another(drill: Drill) -> None:
    """What it sends there is lost, what it is sent comes; both hear the third one."""
    mute = eventually(drill.cluster.primary, NOTICED_SECONDS)
    deaf = mute % MACHINES + 1
    again, began = drill.machines.sent_again(mute), time.monotonic()
    drill.machines.silence(mute, deaf)
    try:
        eventually(lambda: drill.cluster.misses(deaf, mute), NOTICED_SECONDS)
        eventually(lambda: drill.machines.sent_again(mute) > again, NOTICED_SECONDS)
        seconds = drill.resumed(began)
    finally:
        drill.machines.speak(mute, deaf)
    eventually(lambda: not drill.cluster.misses(deaf, mute), NOTICED_SECONDS)

    segments = drill.machines.sent_again(mute) - again
    _seen(drill, "one way between two", f"{segments} segments sent again", seconds)


@pytest.mark.long
def test_clients_do_not_hear_the_primary(drill: Drill) -> None:
    """Its members find it well, so nobody else is elected: nothing goes on, and nothing is lost."""
    mute = eventually(drill.cluster.primary, NOTICED_SECONDS)
    again, began = drill.machines.sent_again(mute), time.monotonic()
    drill.machines.silence(mute, OUTSIDE)
    try:
        eventually(lambda: drill.machines.sent_again(mute) > again, NOTICED_SECONDS)
        eventually(lambda: not drill.cluster.hello(mute), NOTICED_SECONDS)
    finally:
        drill.machines.speak(mute, OUTSIDE)
    seconds = drill.resumed(began)

    segments = drill.machines.sent_again(mute) - again
    _seen(drill, "clients and the primary", f"{segments} segments sent again", seconds)


@pytest.mark.long
def test_nothing_was_lost_or_doubled(drill: Drill) -> None:
    """Ledger, topics, chains and sums are what the input says."""
    drill.senders.stop()
    endpoints = [drill.stack.endpoints()]
    door = drill.senders.door("day")
    door.open_day(drill.log.begin_day(TOWN, TOWN_DAY), jump=True)
    door.close()
    rest = wait_for_rest(endpoints, Rebuilds(drill.stack, []), REST_SECONDS, lambda _: None)
    findings = check(endpoints[0], drill.log, TOWN)

    assert (findings.faults, rest.unrest) == ([], ())
    assert drill.seen
    for name, effect, seconds in drill.seen:
        passed(name, effect, seconds, lost=0, doubled=0)


@pytest.mark.long
def test_nothing_is_left_of_a_network_whose_maker_was_killed() -> None:
    """The keeper takes it away."""
    with subprocess.Popen(
        [sys.executable, "-c", LAID],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as maker:
        assert maker.stdout is not None
        left = Machines(maker.stdout.readline().strip(), 2, 0)
        assert left.left()
        maker.kill()
    eventually(lambda: not left.left())


def _follows(drill: Drill, number: int) -> bool:
    """Tell whether a member has come back and follows another."""
    return bool(drill.cluster.hello(number).get("secondary"))


def _seen(drill: Drill, name: str, effect: str, seconds: float) -> None:
    """Keep what a partition has shown, until the end says that nothing was lost."""
    drill.seen.append((f"partition: {name}", effect, seconds))
