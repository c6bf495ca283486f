"""An owner of ledger partitions on a real MongoDB, with a Kafka that remembers and ways to crash.

`Stage` is the world that outlives a process: the database and the topics. `Process` is one
process of it: killed, another one goes on.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.codec import JURISDICTION_TYPES, decode, encode
from contracts.envelope import AnyEvent
from contracts.record import MARK_HEADER, Mark
from deploy.local.stack import Stack
from services.analysis.domain import (
    Entry,
    Jurisdiction,
    Organisation,
    ProjectHead,
    ProjectYear,
    encode_state,
    evolve,
    evolve_head,
    evolve_jurisdiction,
    evolve_organisation,
    fiscal_year_of,
    new_head,
    new_year,
)
from services.analysis.domain.folding.organisations import code_of
from services.analysis.handlers.ledger import LedgerHandler
from services.analysis.settings import AnalysisSettings
from services.analysis.store.generations import Generation
from services.analysis.store.states import Batch, Standing
from services.analysis.store.writing import MongoStore
from services.chassis.health import Health
from services.chassis.lane import GapError
from services.chassis.mongo import Mongo, Taken
from services.chassis.publisher import OutRecord, Publisher
from services.chassis.settings import KafkaSettings, MongoSettings
from tests.support.eventually import eventually_async
from tests.support.states import facts_alone

KEY = "a-key-for-tests-only"
RECORDED_MS = 1_782_900_000_000
TAKES_MAX = 60
TASKS_MAX = 10
ASSESSED = "dualwatch.assessment.made.v4"
DAY_ASSESSED = "dualwatch.day.assessed.v1"
FOUND = "dualwatch.finding.detected.v1"


class CrashError(Exception):
    """The process was killed here."""


class Crash:
    """Kills at the n-th step, before or after its effect; a dead process does nothing more."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.at = at
        self.after = after
        self.steps = 0
        self.dead = False

    async def step(self, effect: Callable[[], Awaitable[Any]]) -> Any:
        """Do one step, unless the process is killed first (or right behind it)."""
        self.steps += 1
        now = self.steps == self.at
        if self.dead or (now and not self.after):
            self.dead = True
            raise CrashError
        result = await effect()
        if now:
            self.dead = True
            raise CrashError
        return result


@dataclass
class LogRecord:
    """A record of the ledger as the consumer gives it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    topic: str = "ledger"
    partition: int = 0
    timestamp: int = 0


@dataclass
class Log:
    """One partition of the ledger as intake writes it: positions and sequences without gaps."""

    partition: int = 0
    records: list[LogRecord] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    sequences: dict[str, int] = field(default_factory=dict)
    publisher: str = ""
    """Who states what is entered from now on; empty: it is not known."""

    def add(self, *events: AnyEvent) -> None:
        """Enter facts."""
        for event in events:
            self.put(self.record(event))

    def record(self, event: AnyEvent) -> LogRecord:
        """Give a fact the next position and sequence."""
        record, entry = self.raw(event.subject, encode(event), event.type)
        self.entries.append(Entry(entry.sequence, entry.position, entry.recorded_ms, event))
        return record

    def raw(self, subject: str, value: bytes, event_type: str) -> tuple[LogRecord, Mark]:
        """Give bytes the next position and sequence."""
        position = self.positions + 1
        sequence = self.sequences[subject] = self.sequences.get(subject, 0) + 1
        self.positions = position
        recorded_ms = RECORDED_MS + position
        mark = Mark(position, sequence, recorded_ms, position, event_type, self.publisher)
        headers = [(MARK_HEADER, mark.to_bytes())]
        return LogRecord(0, subject.encode(), value, headers, partition=self.partition), mark

    positions: int = 0

    def put(self, *records: LogRecord) -> None:
        """Write records; the topic gives them their offsets."""
        for record in records:
            written = LogRecord(
                len(self.records),
                record.key,
                record.value,
                record.headers,
                partition=self.partition,
            )
            self.records.append(written)


class MemoryKafka(Publisher):
    """The topic `assessments` as lists; publishes through a crash."""

    def __init__(self) -> None:
        super().__init__(KafkaSettings())
        self.partitions: dict[int, list[OutRecord]] = {}
        self.crash = Crash()

    async def publish(self, topic: str, partition: int, records: Sequence[OutRecord]) -> None:
        """Publish half, then the other half: a crash may fall between."""
        assert topic == "assessments"
        middle = (len(records) + 1) // 2
        for half in (records[:middle], records[middle:]):
            if half:
                await self.crash.step(lambda half=half: self._append(partition, half))  # type: ignore[misc]

    async def _append(self, partition: int, records: Sequence[OutRecord]) -> None:
        self.partitions.setdefault(partition, []).extend(records)

    def told(self, partition: int = 0) -> list[tuple[Mark, AnyEvent]]:
        """Read as a careful reader does: in order, each position once; fails on a gap."""
        found: list[tuple[Mark, AnyEvent]] = []
        for _, value, headers in self.partitions.get(partition, []):
            mark = Mark.from_bytes(dict(headers)[MARK_HEADER])
            event = decode(value or b"", mark.event_type)
            assert mark.position <= len(found) + 1, f"gap before {mark.position}"
            if mark.position == len(found) + 1:
                found.append((mark, event))
            else:
                assert found[mark.position - 1] == (mark, event)
        return found

    def told_of(self, event_type: str, partition: int = 0) -> list[AnyEvent]:
        """Read the events of one type."""
        return [event for _, event in self.told(partition) if event.type == event_type]


class CrashingStore(MongoStore):
    """Commits through a crash, each commit one step."""

    crash = Crash()

    async def commit(self, taken: Taken, batch: Batch) -> Taken:
        """Write a batch."""
        found: Taken = await self.crash.step(
            lambda: super(CrashingStore, self).commit(taken, batch)
        )
        return found

    async def swap(self, taken: Taken, standing: Standing) -> Taken | None:
        """Become the live generation."""
        found: Taken | None = await self.crash.step(
            lambda: super(CrashingStore, self).swap(taken, standing)
        )
        return found


class Process:
    """One process of analysis on a stage, working on a generation."""

    def __init__(
        self,
        stage: "Stage",
        crash: Crash | None = None,
        generation: Generation | None = None,
        **changes: Any,
    ) -> None:
        settings = AnalysisSettings(key=KEY, **{"assess_interval_ms": 50, **changes})
        self.stage = stage
        self.crash = stage.kafka.crash = crash or Crash()
        self.store = CrashingStore(stage.mongo, stage.kafka, generation=generation)
        self.store.crash = self.crash
        self.handler = LedgerHandler(self.store, settings, Health())
        self.offset: dict[int, int] = {}

    async def take(self, partition: int = 0) -> None:
        """Take a partition as a lane does."""
        self.offset[partition] = await self.handler.assigned(partition) or 0

    async def read(self, partition: int = 0, size: int = 1_000) -> None:
        """Read a partition to its end as a lane does: a failure is raised, the offset stays."""
        log = self.stage.log(partition)
        while self.offset[partition] < len(log.records):
            first = self.offset[partition]
            batch = log.records[first : first + size]
            await self.handler.handle(partition, batch)
            self.offset[partition] += len(batch)

    async def work(self, partition: int = 0, size: int = 1_000) -> None:
        """Take a partition and read it; gaps are tried again as a lane does."""
        for _ in range(TAKES_MAX):
            await self.take(partition)
            try:
                await self.read(partition, size)
            except GapError:
                continue
            return
        msg = "the gap was tried again and again"
        raise AssertionError(msg)

    async def rest(self, partition: int = 0) -> None:
        """Wait until nothing is due and all is published."""
        await eventually_async(lambda: self._nothing_due(partition))

    async def _nothing_due(self, partition: int) -> bool:
        if self.crash.dead:
            raise CrashError
        due = await self.store.due(partition, 10)
        found = await self.store.progress.read(partition + 1)
        progress = found[partition]
        assert due == []
        assert await self.stage.mongo.db["outbox"].count_documents({}) == 0
        assert progress is not None
        assert not progress["extra"].get("rounds")
        return progress["extra"].get("sweep") is None

    async def stop(self) -> None:
        """Give all partitions back."""
        for partition in list(self.offset):
            await self.handler.revoked(partition)

    async def kill(self) -> None:
        """End all tasks at once."""
        self.crash.dead = True
        for assessor in self.handler._assessors.values():
            assessor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await assessor


class Stage:
    """The world around processes: a database, a topic written, a topic read."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.kafka = MemoryKafka()
        self.logs: dict[int, Log] = {}
        self.processes: list[Process] = []

    def log(self, partition: int = 0) -> Log:
        """Give a partition of the ledger."""
        return self.logs.setdefault(partition, Log(partition))

    def process(
        self, crash: Crash | None = None, generation: Generation | None = None, **changes: Any
    ) -> Process:
        """Start a process."""
        made = Process(self, crash, generation, **changes)
        self.processes.append(made)
        return made

    async def close(self) -> None:
        """End everything."""
        for process in self.processes:
            await process.kill()
        await self.mongo.client.drop_database(self.mongo.db.name)
        self.mongo.close()


@contextlib.asynccontextmanager
async def staged(stack: Stack) -> AsyncIterator[Stage]:
    """Give a stage with an empty database of its own."""
    name = f"analysis_{secrets.token_hex(4)}"
    stage = Stage(Mongo(MongoSettings(url=stack.endpoints().mongo), name))
    await MongoStore(stage.mongo, stage.kafka).prepare()
    try:
        yield stage
    finally:
        await stage.close()


@dataclass
class Pure:
    """What the domain alone makes of a log."""

    jurisdictions: dict[str, Jurisdiction] = field(default_factory=dict)
    organisations: dict[tuple[str, str], Organisation] = field(default_factory=dict)
    heads: dict[str, ProjectHead] = field(default_factory=dict)
    years: dict[tuple[str, int], ProjectYear] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Pure":
        """Fold entries one by one."""
        pure = cls()
        for entry in entries:
            event = entry.event
            if event.type in JURISDICTION_TYPES:
                known = pure.jurisdictions.get(event.subject)
                place = pure.jurisdictions[event.subject] = evolve_jurisdiction(known, entry)
                if (code := code_of(entry)) is not None:
                    name = (event.subject, code)
                    found = evolve_organisation(place, pure.organisations.get(name), entry)
                    assert found is not None
                    pure.organisations[name] = found
                continue
            head = pure.heads.setdefault(event.subject, new_head(event.subject))
            evolve_head(head, entry)
            fiscal_year = fiscal_year_of(event)
            if fiscal_year is not None:
                known = pure.jurisdictions.get(event.subject.split("/", 1)[0])
                today = known.today if known else None
                entry.late = today is not None and event.data.date < today
                key = (event.subject, fiscal_year)
                year = pure.years.setdefault(key, new_year(*key))
                evolve(year, entry)
        return pure


async def assert_stored(stage: Stage, partition: int = 0) -> None:
    """The stored states are, byte for byte, those of the pure fold."""
    pure = Pure.of(stage.log(partition).entries)
    store = MongoStore(stage.mongo, stage.kafka)
    projects = await store.load(list(pure.heads))
    assert projects.keys() == pure.heads.keys()
    for name, project in projects.items():
        assert facts_alone(project.head) == encode_state(pure.heads[name])
    years = {
        (name, fiscal_year): facts_alone(year.state)
        for name, project in projects.items()
        for fiscal_year, year in project.years.items()
    }
    assert years == {key: encode_state(year) for key, year in pure.years.items()}
    assert await store.jurisdictions(partition) == pure.jurisdictions
    assert await store.organisations(partition) == pure.organisations
