"""The two stages: how each one's backlog is prepared, and who competes on it."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import httpx

from contracts.record import MARK_HEADER, Mark
from deploy.local.probes import is_ready
from deploy.local.stack import Stack
from tests.bench.contender import Contender, Run, Track
from tests.bench.events import FIRST_MS, JURISDICTION, Fact, jurisdiction_registered
from tests.bench.lab import PARTITIONS, Kept, Lab, OutRecord
from tests.support.eventually import eventually_async

LIMIT_DATABASE: Final = "bench_limit"
READY_SECONDS: Final = 60
PRODUCT: Final = "product"
LIMIT: Final = "limit"
LEAN: Final = "limit, no entries"
"""The projection's limit doing half of its job: no ratio rests on it."""


class Stage(Protocol):
    """A backlog that contenders take one after the other, each into an empty store."""

    name: str
    contenders: Sequence[Contender]

    async def prepare(self, facts: Sequence[Fact]) -> None:
        """Make the topics and fill them."""

    async def run(self, contender: Contender) -> Run:
        """Empty what the contender writes to, and let it run."""


class LedgerStage:
    """`submissions` → claims, numbers, chains → `ledger`; done when all of it is published.

    The product does somewhat more: it asks whether jurisdiction and currency are known, chains
    what surrounds an event as well, and keeps each entry's hash.
    """

    name = "ledger"

    def __init__(self, lab: Lab, track: Track) -> None:
        """Nothing competes before `prepare`."""
        self._lab = lab
        self._track = track
        self._events = 0
        self._store: dict[str, Kept] = {}
        self.contenders: Sequence[Contender] = ()

    async def prepare(self, facts: Sequence[Fact]) -> None:
        """Register the jurisdiction through intake's door; then the backlog, past the door."""
        intake = product(self._lab.stack, "intake", "ledger", "submissions")
        await self._lab.renew("submissions", "ledger")
        await self._lab.empty(intake.database)
        async with self._track.running(intake) as process:
            await self._register()
            await self._track.reach(intake, process, PARTITIONS)
        self._store = await self._lab.save(intake.database)
        offsets = await self._lab.ends("submissions")
        await self._lab.fill("submissions", submissions(facts))
        self._events = len(facts)
        self.contenders = (
            limit(self._lab.stack, self.name, "submissions", offsets),
            intake,
        )

    async def begin(self, contender: Contender) -> int:
        """Empty `ledger` and its store, where the product knows the jurisdiction.

        Give how many records `ledger` comes to.
        """
        await self._lab.renew("ledger")
        await self._lab.empty(contender.database)
        published = self._events
        if contender.name == PRODUCT:
            await self._lab.restore(contender.database, self._store)
            # It finds `ledger` without the jurisdiction's entries and publishes them again.
            published += PARTITIONS
        return published

    async def run(self, contender: Contender) -> Run:
        """Run on an empty `ledger` and, for the product, with the jurisdiction known."""
        published = await self.begin(contender)
        run = await self._track.time(self.name, contender, self._events, published)
        if contender.name == PRODUCT:
            options = await self._lab.options(contender.database)
            for name, kept in self._store.items():
                assert options[name] == kept.options, f"{name} is not as its service makes it"
        return run

    async def _register(self) -> None:
        ends = self._lab.stack.endpoints()
        headers = {
            "Authorization": f"Bearer {ends.key}",
            "Content-Type": "application/cloudevents+json",
            "Prefer": "wait=20",
        }
        port = self._lab.stack.ports.intake
        await eventually_async(lambda: is_ready(port), READY_SECONDS, "intake ready")
        async with httpx.AsyncClient(timeout=READY_SECONDS) as client:
            answer = await client.post(
                f"{ends.intake}/v1/events", content=jurisdiction_registered(), headers=headers
            )
        answer.raise_for_status()


class ProjectionStage:
    """`ledger` → totals by project, copies of the entries; nothing is published.

    No day is open, so the product assesses nothing: it folds, as the limit does. But the limit's
    fold is the simplest, months by project; the product keeps business days by funding line, reads
    budgets and registrations, and judges what it finds. The ratio holds that as well.
    """

    name = "projection"

    def __init__(self, lab: Lab, track: Track, *, lean: bool = False) -> None:
        """`lean`: the limit keeps no copies of entries, which shows what they cost."""
        self._lab = lab
        self._track = track
        self._events = 0
        self.contenders: Sequence[Contender] = (
            limit(
                *(lab.stack, self.name, "ledger", [0] * PARTITIONS),
                *(["--no-entries"] if lean else []),
                name=LEAN if lean else LIMIT,
            ),
            product(lab.stack, "analysis", "analysis.v1", "ledger"),
        )

    async def prepare(self, facts: Sequence[Fact]) -> None:
        """Write `ledger` as intake does: the jurisdiction in every partition, then the facts."""
        await self._lab.renew("ledger")
        await self._lab.fill("ledger", ledger(facts))
        self._events = len(facts) + PARTITIONS

    async def run(self, contender: Contender) -> Run:
        """Run with an empty store."""
        await self._lab.renew("assessments")
        await self._lab.empty(contender.database)
        return await self._track.time(self.name, contender, self._events, None)


def product(stack: Stack, service: str, projection: str, topic: str) -> Contender:
    """Give a service as `dualwatch up` runs it."""
    port = {f"DUALWATCH_{service.upper()}__PORT": str(stack.ports.of(service))}
    return Contender(
        PRODUCT,
        (sys.executable, "-m", f"services.{service}"),
        f"dualwatch_{service}",
        projection,
        topic,
        {**stack.environment(), **port},
    )


def limit(
    stack: Stack,
    stage: str,
    topic: str,
    offsets: Sequence[int],
    *more: str,
    name: str = LIMIT,
) -> Contender:
    """Give the hand-written loop of a stage."""
    ends = stack.endpoints()
    argv = (
        *(sys.executable, "-m", "tests.bench.limit", stage),
        *("--kafka", ends.kafka, "--mongo", ends.mongo, "--database", LIMIT_DATABASE),
        *("--source", topic, "--offsets", *map(str, offsets)),
        *more,
    )
    return Contender(name, argv, LIMIT_DATABASE, "limit", topic, {})


def submissions(facts: Sequence[Fact]) -> Iterator[OutRecord]:
    """Give the records that intake's door would write."""
    for fact in facts:
        yield fact.partition(PARTITIONS), fact.subject.encode(), fact.value, fact.headers()


def ledger(facts: Sequence[Fact], partitions: int = PARTITIONS) -> Iterator[OutRecord]:
    """Give the records that intake's owners would publish, the jurisdiction's own first."""
    positions: Counter[int] = Counter()
    sequences: Counter[str] = Counter()
    registered = Fact(JURISDICTION, jurisdiction_registered(), 0)
    for partition, fact in (
        *((partition, registered) for partition in range(partitions)),
        *((fact.partition(partitions), fact) for fact in facts),
    ):
        positions[partition] += 1
        sequences[fact.subject] += 1
        sequence = 1 if fact is registered else sequences[fact.subject]
        position, event_type = positions[partition], json.loads(fact.value)["type"]
        mark = Mark(position, sequence, FIRST_MS + fact.index, position, event_type)
        headers = [(MARK_HEADER, mark.to_bytes())]
        yield partition, fact.subject.encode(), fact.value, headers
