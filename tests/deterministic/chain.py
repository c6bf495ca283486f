"""All four services as one chain over topics in memory, and the simplest model of its purpose."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from contracts.codec import decode, encode
from contracts.events.analysis import AssessmentMade, DayAssessed
from contracts.topics import ALERTS, ASSESSMENTS, LEDGER, SUBMISSIONS
from services.analysis.domain import encode_state
from services.analysis.store.generations import GENERATIONS
from services.analysis.store.writing import MongoStore
from services.chassis.mongo import Mongo
from services.chassis.settings import MongoSettings
from tests.deterministic.invariants import (
    Breach,
    Invariant,
    ahead,
    differences,
    doubled,
    missing,
    read_carefully,
)
from tests.deterministic.processes import Process, start
from tests.deterministic.roles import ALERTS_ROLE, ANALYSIS, INTAKE, PARTITIONS, REPORTING, Role
from tests.deterministic.stories import CODE, PROJECTS, submission
from tests.support import builders
from tests.support.crashing import Crash, CrashError, Topics, contents, empty, mark_of
from tests.unit.intake.builders import day

ROLES: Final = {role.name: role for role in (INTAKE, ANALYSIS, ALERTS_ROLE, REPORTING)}
REBUILT: Final = "rebuilt"
PREPARED: Final[set[str]] = set()
"""Databases that have their collections and indexes."""
BATCH: Final = 5
SPENT_ON: Final = "2026-02-20"
NUMBERED: Final = (LEDGER.name, ASSESSMENTS.name, ALERTS.name)
AS_STORED: Final = ("entries", "parked", "jurisdictions")
"""Collections of analysis that hold the same however the ledger was batched."""

T = TypeVar("T")


@dataclass
class Model:
    """What publishers are promised: every accepted id once, with its amount in yuan."""

    spent: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Event id → project and amount."""
    days: int = 0

    def of(self, project: str) -> int:
        """Add up what was spent on a project."""
        return sum(amount for known, amount in self.spent.values() if known == project)


class Chain:
    """The databases, the topics and the process of each service that lives now."""

    def __init__(self, settings: MongoSettings, prefix: str) -> None:
        """Use databases that begin with `prefix`."""
        self.settings = settings
        self.prefix = prefix
        self.runner = asyncio.Runner()
        self.topics = Topics()
        self.processes: dict[str, Process] = {}
        self.former: list[Process] = []
        self.seen: dict[str, Mongo] = {}
        self.submitted = 0

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the chain's own loop."""
        return self.runner.run(coroutine)

    async def open(self) -> None:
        """Begin empty, with a jurisdiction, its projects and their budgets."""
        for name, role in (*ROLES.items(), (REBUILT, ANALYSIS)):
            self.seen[name] = mongo = Mongo(self.settings, f"{self.prefix}_{name}")
            await empty(mongo, {"deployment", GENERATIONS})
            if self.prefix not in PREPARED:
                await role.prepare(mongo)
        PREPARED.add(self.prefix)
        self.submit(encode(builders.jurisdiction(CODE)))
        await self.work("intake")
        for project in PROJECTS:
            self.submit(encode(builders.project(project)))
            self.submit(encode(builders.budget(project, "100.00", "2026-01-20")))

    def submit(self, raw: bytes) -> None:
        """Put an event on `submissions`, as the only one of its request."""
        self.submitted += 1
        request = self.submitted.to_bytes(16, "big")
        partition, record = submission(raw, 0, request)
        self.topics.log(SUBMISSIONS.name, partition).append(record)

    def new(self, name: str, crash: Crash | None = None) -> Process:
        """Start a process of a service."""
        database = f"{self.prefix}_{name}"
        role: Role = ROLES[name]
        return start(role, self.settings, database, self.topics, crash or Crash(), BATCH)

    async def work(self, name: str, writes: int | None = None, *, after: bool = False) -> bool:
        """Let a service work until it is at rest, or dies at one of its next writes: then True."""
        process = self.processes.get(name)
        fresh = process is None
        if process is None:
            process = self.processes[name] = self.new(name)
        process.crash.strike(writes, after=after)
        try:
            if fresh:
                await process.take_all()
            await process.settle()
        except CrashError:
            del self.processes[name]
            await process.stop()
            return True
        process.crash.strike(None)
        return False

    async def rest(self) -> None:
        """Let every service come to rest, in the order in which they hear of things."""
        for name in ROLES:
            await self.work(name)

    async def take_over(self, name: str) -> list[Breach]:
        """Let a second process of a service take everything; the first one must change nothing."""
        former = self.processes.get(name)
        if former is None:
            return []
        self.processes[name] = present = self.new(name)
        await present.take_all()
        await present.settle()
        before = await contents(self.seen[name], ROLES[name].expand)
        await former.insist()
        after = await contents(self.seen[name], ROLES[name].expand)
        await former.stop()
        return list(differences(before, after, Invariant.FENCED))

    async def rebuild(self) -> list[Breach]:
        """Fold the ledger from its start beside the live fold; both at rest must be the same."""
        await self.rest()
        mongo = self.seen[REBUILT]
        await empty(mongo, {GENERATIONS})
        ledger = {key: log for key, log in self.topics.logs.items() if key[0] == LEDGER.name}
        topics = Topics(ledger)
        process = start(ANALYSIS, self.settings, mongo.db.name, topics, Crash(), BATCH + 2)
        await process.take_all()
        await process.settle()
        await process.stop()
        live, rebuilt = await folded(self.seen["analysis"]), await folded(mongo)
        return list(differences(live, rebuilt, Invariant.REBUILT))

    async def always(self) -> list[Breach]:
        """Look for what must hold at every moment."""
        found: list[Breach] = []
        for topic in NUMBERED:
            found += doubled(self.topics, topic)
            for partition in range(PARTITIONS):
                found += read_carefully(self.topics, topic, partition)[1]
        for name, role in ROLES.items():
            found += ahead(self.topics, await role.given(self.seen[name]))
            if process := self.processes.get(name):
                found += [Breach(Invariant.AT_REST, text) for text in process.failures]
        return found

    async def at_rest(self, model: Model) -> list[Breach]:
        """Compare with the model once nothing is left to do."""
        await self.rest()
        found = await self.always()
        for name, role in ROLES.items():
            found += missing(self.topics, await role.given(self.seen[name]))
        entered = sorted(self._ids(LEDGER.name, "dualwatch.expenditure.recorded.v1"))
        if entered != sorted(model.spent):
            found.append(Breach(Invariant.ONCE, f"{entered} entered, {sorted(model.spent)} sent"))
        if model.days:
            found += self._wrong_figures(model)
        ended = len(list(self._events(ASSESSMENTS.name, DayAssessed.event_type())))
        if ended != model.days * PARTITIONS:
            found.append(Breach(Invariant.FIGURES, f"{ended} days ended of {model.days}"))
        told = await self._alerts("alerts")
        if told != await self._alerts("reporting"):
            found.append(Breach(Invariant.FIGURES, "reporting keeps other alerts than alerts has"))
        return found

    async def close(self) -> None:
        """End all processes."""
        for process in self.processes.values():
            await process.stop()
        for mongo in self.seen.values():
            mongo.close()

    def _ids(self, topic: str, kind: str) -> Iterable[str]:
        for event in self._events(topic, kind):
            yield event.id

    def _events(self, topic: str, kind: str) -> Iterable[Any]:
        for partition in range(PARTITIONS):
            for record in read_carefully(self.topics, topic, partition)[0].values():
                if mark_of(record).event_type == kind:
                    yield decode(record[1] or b"", kind)

    def _wrong_figures(self, model: Model) -> Iterable[Breach]:
        latest: dict[str, Any] = {}
        for event in self._events(ASSESSMENTS.name, AssessmentMade.event_type()):
            latest[event.subject] = event.data.execution.money.spent
        spent = {project: model.of(project) * 100 for project in PROJECTS}
        if latest != spent:
            yield Breach(Invariant.FIGURES, f"{latest} assessed, {spent} sent")

    async def _alerts(self, name: str) -> Counter[tuple[str, str]]:
        found = await self.seen[name].db["alerts"].find().to_list(None)
        return Counter((item["_id"], item["state"]) for item in found)


def payment(event_id: str, project: str, amount: int) -> bytes:
    """Write a payment of whole yuan."""
    fact = builders.expenditure(project, f"{amount}.00", SPENT_ON, event_id=event_id)
    return encode(fact)


def opened(number: int) -> bytes:
    """Write the event that opens the n-th day."""
    return day(f"2026-03-{number:02d}", CODE)


async def folded(mongo: Mongo) -> dict[str, list[str]]:
    """Write down what the ledger was folded into, however it was batched.

    A head is stored when it changes and joined with its years when it is read: so it is read.
    """
    store = MongoStore(mongo, Topics().publisher(Crash()))
    names = [item["_id"] for item in await mongo.db["heads"].find({}, {"_id": 1}).to_list(None)]
    kept = await contents(mongo, ANALYSIS.expand)
    projects = {
        f"project {name}": [
            repr(encode_state(project.head)),
            *sorted(f"{encode_state(y.state)!r} due {y.due}" for y in project.years.values()),
        ]
        for name, project in (await store.load(names)).items()
    }
    return projects | {name: kept[name] for name in AS_STORED}
