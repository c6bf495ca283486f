"""An owner on a real MongoDB with a Kafka that remembers, and a place to crash at every step."""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from contracts.record import MARK_HEADER, Mark
from contracts.topics import LEDGER, SUBMISSIONS
from deploy.local.stack import Stack
from services.chassis.mongo import Mongo
from services.chassis.publisher import OutRecord
from services.chassis.settings import MongoSettings
from services.intake.domain.decision import Decision
from services.intake.handlers.ledger import LedgerOwner
from services.intake.store.board import Board
from services.intake.store.deployment import prepare_store
from services.intake.store.ledger import Held, MongoLedger
from services.intake.store.reading import MongoReader

PARTITIONS = 2
ROUNDS_MAX = 50
_numbers = itertools.count(1)


class CrashError(Exception):
    """The process was killed here."""


class NeverAtRestError(AssertionError):
    """Something is tried for ever."""


class Crash:
    """Kills at the n-th step, before or after its effect."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.at = at
        self.after = after
        self.steps = 0

    async def step(self, effect: Callable[[], Awaitable[Any]]) -> Any:
        """Do one step, unless the process is killed first (or right behind it)."""
        self.steps += 1
        now = self.steps == self.at
        if now and not self.after:
            raise CrashError
        result = await effect()
        if now:
            raise CrashError
        return result


class MemoryKafka:
    """The two topics as lists."""

    def __init__(self) -> None:
        self.topics: dict[tuple[str, int], list[OutRecord]] = {}
        self.loses_copies = False

    def records(self, topic: str, partition: int) -> list[OutRecord]:
        """Give a partition."""
        return self.topics.setdefault((topic, partition), [])

    async def last_position(self, partition: int) -> int:
        """Read the last position on `ledger`."""
        records = self.records(LEDGER.name, partition)
        return _position(records[-1]) if records else 0

    def ledger(self, partition: int) -> list[bytes]:
        """Read `ledger` as a careful reader does: in order, without gaps, each once."""
        values: list[bytes] = []
        for record in self.records(LEDGER.name, partition):
            position = _position(record)
            assert position <= len(values) + 1, f"gap before {position}"
            if position == len(values) + 1:
                values.append(record[1] or b"")
            else:
                assert values[position - 1] == record[1]
        return values


class CrashingKafka:
    """Publishes to a MemoryKafka through a Crash; some records may be there when it strikes."""

    def __init__(self, kafka: MemoryKafka, crash: Crash) -> None:
        self.kafka = kafka
        self.crash = crash

    async def publish(self, topic: str, partition: int, records: Sequence[OutRecord]) -> None:
        """Publish half, then the other half: a crash may fall between."""
        middle = (len(records) + 1) // 2
        for half in (records[:middle], records[middle:]):
            if half:
                await self.crash.step(lambda half=half: self._append(topic, partition, half))  # type: ignore[misc]

    async def _append(self, topic: str, partition: int, records: Sequence[OutRecord]) -> None:
        kept = [
            record
            for record in records
            if not (self.kafka.loses_copies and "copy" in dict(record[2]))
        ]
        self.kafka.records(topic, partition).extend(kept)


class CrashingLedger(MongoLedger):
    """Commits through a Crash."""

    crash = Crash()

    async def commit(self, *arguments: Any) -> tuple[Held, Decision]:
        """Commit, or be killed before or after."""
        found: tuple[Held, Decision] = await self.crash.step(
            lambda: super(CrashingLedger, self).commit(*arguments)
        )
        return found


class FakeRecord:
    """As much of a Kafka record as an owner looks at."""

    def __init__(self, offset: int, record: OutRecord) -> None:
        self.offset = offset
        self.key, self.value, self.headers = record


class Store:
    """A database for tests, emptied for each of them, dropped at the end."""

    def __init__(self, stack: Stack) -> None:
        name = f"intake_test_{next(_numbers)}"
        self.mongo = Mongo(MongoSettings(url=stack.endpoints().mongo), name)

    async def empty(self) -> Mongo:
        """Give it empty."""
        await prepare_store(self.mongo, PARTITIONS)
        for name in await self.mongo.db.list_collection_names():
            await self.mongo.db[name].delete_many({})
        return self.mongo

    async def close(self) -> None:
        """Leave nothing behind."""
        await self.mongo.client.drop_database(self.mongo.db.name)
        self.mongo.close()


def reader_of(mongo: Mongo) -> MongoReader:
    """Read what owners have written."""
    return MongoReader(mongo, PARTITIONS)


class Machine:
    """All partitions' owners, and their life after a crash."""

    def __init__(self, mongo: Mongo, batch: int) -> None:
        self.mongo = mongo
        self.kafka = MemoryKafka()
        self.batch = batch
        self.owner: LedgerOwner | None = None

    async def run(self, crash: Crash) -> None:
        """Work until nothing is left; after a crash a new process takes over."""
        for _ in range(ROUNDS_MAX):
            try:
                await self._life(crash)
            except CrashError:
                continue
            return
        raise NeverAtRestError

    async def _life(self, crash: Crash) -> None:
        store = CrashingLedger(self.mongo, PARTITIONS)
        store.crash = crash
        owner = LedgerOwner(
            store,
            CrashingKafka(self.kafka, crash),
            Board(),
            PARTITIONS,
            self.kafka.last_position,
        )
        self.owner = owner
        offsets = {p: await owner.assigned(p) or 0 for p in range(PARTITIONS)}
        for _ in range(ROUNDS_MAX):
            if not any([await self._round(owner, offsets, p) for p in range(PARTITIONS)]):
                return
        raise NeverAtRestError

    async def _round(self, owner: LedgerOwner, offsets: dict[int, int], partition: int) -> bool:
        records: list[Any] = [
            FakeRecord(offset, record)
            for offset, record in enumerate(self.kafka.records(SUBMISSIONS.name, partition))
        ][offsets[partition] : offsets[partition] + self.batch]
        if records:
            await owner.handle(partition, records)
            offsets[partition] += len(records)
        return bool(records)


def _position(record: OutRecord) -> int:
    mark = dict(record[2])[MARK_HEADER]
    return Mark.from_bytes(mark).position
