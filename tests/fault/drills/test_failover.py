"""Each broker of three lost in turn, then the primary, then all brokers, under 300 events a second.

Nothing is lost or doubled, and what is accepted after the loss is measured again within 30 s; where
all brokers were lost, within 30 s of their start.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from contracts.topics import partition_of
from deploy.local.stack import Stack
from deploy.local.topology import KAFKA, Topology
from tests.fault.drills.recording import passed
from tests.fault.drills.sending import Senders, tell
from tests.fault.net.inputlog import InputLog
from tests.fault.net.invariants import check
from tests.fault.net.observer import Observer
from tests.fault.net.rebuilds import Rebuilds
from tests.fault.net.rest import wait_for_rest
from tests.fault.net.schedule import SERVICES
from tests.support.city import DEPARTMENT, SOURCE, TIME, UNIT, YEAR, City, Expected, fen
from tests.support.command import command
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.long

TOWN: Final = "990210"
PROJECTS: Final = 210
EVENTS_PER_SECOND: Final = 300
LOAD_SECONDS: Final = 300
"""More than the drill takes: it ends the sending."""
PARTITIONS: Final = 4
RESUMED_SECONDS: Final = 30.0
"""The promise."""
READY_SECONDS: Final = 120.0
"""Longest wait for a load that flows, or for replicas that have caught up."""
REST_SECONDS: Final = 180.0
TOWN_DAY: Final = "2026-06-30"
ALL_BROKERS: Final = "outage: all brokers"


@dataclass
class Drill:
    """A stack of three brokers and three members under load, and what was seen."""

    stack: Stack
    city: City
    log: InputLog
    senders: Senders
    seconds: dict[str, float] = field(default_factory=dict)
    """From each loss, or the start of all brokers, until what came after it was measured."""
    probes: int = 0
    began: float = field(default_factory=time.monotonic)

    def rate(self) -> float:
        """Give how many payments a second have got their verdict since it began."""
        return self.senders.sent / (time.monotonic() - self.began)

    def lose(self, name: str) -> None:
        """Kill a part for good; wait until every partition works again; bring it back."""
        began = time.monotonic()
        self.stack.halt(name)
        self.seconds[name] = self._until_all_work() - began
        self.stack.restart(name)

    def lose_all(self, names: Sequence[str]) -> None:
        """Kill all, start them at once, and wait until every partition works again."""
        for name in names:
            self.stack.halt(name)
        began = time.monotonic()
        for name in names:
            self.stack.launch(name)
        self.seconds[ALL_BROKERS] = self._until_all_work() - began

    def _until_all_work(self) -> float:
        """Give when the last partition has measured what was sent from now on."""
        self.probes += 1
        with ThreadPoolExecutor(PARTITIONS) as pool:
            done = [pool.submit(self._probe, n, self.probes) for n in range(PARTITIONS)]
            return max(found.result() for found in done)

    def _probe(self, partition: int, number: int) -> float:
        """Have one payment accepted and measured; give the time at which it was."""
        project = _project_on(partition)
        payment = _payment(project, f"probe-{partition}-{number}")
        self.senders.send_all([payment], f"probe-{partition}-{number}")
        self.city.expected.setdefault(project, Expected()).spent += 100
        eventually(lambda: self._spent(project) == 100 * number, RESUMED_SECONDS)
        return time.monotonic()

    def _spent(self, project: str) -> int:
        places = self.stack.endpoints()
        url = f"{places.analysis}/v1/projects/{project.replace('/', '%2F')}"
        headers = {"Authorization": f"Bearer {places.key}"}
        asked: dict[str, str | int] = {"fiscal_year": YEAR, "as_of": TOWN_DAY}
        try:
            answer = httpx.get(url, params=asked, headers=headers, timeout=5, trust_env=False)
        except httpx.TransportError:
            return -1
        return fen(answer.json()["spent"]) if answer.is_success else -1


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """Start everything, and let payments flow."""
    folder = tmp_path_factory.mktemp("failover")
    city = City(TOWN, PROJECTS, EVENTS_PER_SECOND * LOAD_SECONDS).build()
    topology = Topology(brokers=3, mongo_members=3)
    with Stack(
        folder / "data", ports_from=free_ports_from(3), services=SERVICES, topology=topology
    ) as stack:
        log = InputLog()
        senders = Senders(stack.endpoints(), log)
        payments = [event for event in city.events if "expenditure" in event["type"]]
        setup = [event for event in city.events if "expenditure" not in event["type"]]
        probes = [_registration(_project_on(partition)) for partition in range(PARTITIONS)]
        senders.send_all([*setup, *probes], "setup")
        senders.start(payments, EVENTS_PER_SECOND)
        eventually(lambda: senders.sent > EVENTS_PER_SECOND, READY_SECONDS)
        yield Drill(stack, city, log, senders)


def test_each_broker_is_lost_in_turn(drill: Drill) -> None:
    """Leaders, coordinators and the controller among them; it comes back before the next goes."""
    for part in drill.stack.parts():
        if part.kind == KAFKA:
            drill.lose(part.name)
            eventually(lambda: asyncio.run(_in_sync(drill.stack.endpoints().kafka)), READY_SECONDS)

    assert all(seconds < RESUMED_SECONDS for seconds in drill.seconds.values()), drill.seconds


def test_the_primary_is_lost(drill: Drill) -> None:
    """Another member takes over, and every service goes on with it."""
    name = eventually(lambda: _primary(drill.stack), 30)
    drill.lose(name)

    assert drill.seconds[name] < RESUMED_SECONDS


def test_all_brokers_are_lost_at_once(drill: Drill) -> None:
    """As when their machines lose power: they find each other, and all goes on by itself."""
    eventually(lambda: asyncio.run(_in_sync(drill.stack.endpoints().kafka)), READY_SECONDS)
    drill.lose_all([part.name for part in drill.stack.parts() if part.kind == KAFKA])

    assert drill.seconds[ALL_BROKERS] < RESUMED_SECONDS


def test_nothing_was_lost_or_doubled(drill: Drill) -> None:
    """Ledger, topics, chains, sums and alerts are what the input says."""
    rate = drill.rate()
    drill.senders.stop()
    endpoints = [drill.stack.endpoints()]
    door = drill.senders.door("day")
    door.open_day(drill.log.begin_day(TOWN, TOWN_DAY), jump=True)
    door.close()
    rest = wait_for_rest(endpoints, Rebuilds(drill.stack, []), REST_SECONDS, tell)
    findings = check(endpoints[0], drill.log, TOWN)
    tell(f"resumed after {drill.seconds}, {drill.senders.sent} payments, {rate:.0f} a second")
    tell(f"at rest after {rest.seconds:.1f} s")
    tell(str(findings.counts))

    assert (findings.faults, rest.unrest) == ([], ())
    assert _told(drill) == _unbudgeted(drill)
    for name, seconds in drill.seconds.items():
        effect = f"process gone, {rate:.0f} payments a second"
        drilled = name if name == ALL_BROKERS else f"failover: {name}"
        passed(drilled, effect, seconds, lost=0, doubled=0)


def _primary(stack: Stack) -> str:
    primary = Observer(stack).primary()
    return primary.name if primary else ""


def _told(drill: Drill) -> list[str]:
    rows = command(drill.stack, "alerts", "list", "--jurisdiction", TOWN)
    return sorted(r["project_id"] for r in rows if r["rule_id"] == "spending_without_budget")


def _unbudgeted(drill: Drill) -> list[str]:
    return sorted(name for name, found in drill.city.expected.items() if found.budget == 0)


def _project_on(partition: int) -> str:
    """Give a project that lies on this partition; nobody else pays for it."""
    names = (f"{TOWN}/PROBE{number}" for number in range(100))
    return next(name for name in names if partition_of(name, PARTITIONS) == partition)


def _registration(project: str) -> dict[str, Any]:
    data = {"date": "2026-01-02", "name": project, "lead_unit": UNIT, "department": DEPARTMENT}
    return _event(project, f"{project}-registered", "project.registered", data)


def _payment(project: str, name: str) -> dict[str, Any]:
    document = {"kind": "payment_certificate", "number": name}
    data = {"date": "2026-03-05", "fiscal_year": YEAR, "amount": "1.00", "line": "L1"}
    return _event(project, name, "expenditure.recorded", {**data, "document": document})


def _event(project: str, name: str, thing: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{TOWN}-{name}",
        "source": SOURCE,
        "type": f"dualwatch.{thing}.v1",
        "subject": project,
        "time": TIME,
        "data": data,
    }


async def _in_sync(servers: str) -> bool:
    """Tell whether every partition has all its replicas in sync: only then one may be lost."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.split(","))
    try:
        await admin.start()
        described = await admin.describe_topics()
        partitions = [found for topic in described for found in topic["partitions"]]
        return all(len(found["isr"]) == len(found["replicas"]) for found in partitions)
    except KafkaError:
        return False
    finally:
        await admin.close()
