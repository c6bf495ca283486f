"""One process of a service as its lanes drive it, and the death it dies."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pymongo.read_concern import ReadConcern

from contracts.topics import LEDGER
from services.analysis.handlers.ledger import LedgerHandler
from services.chassis.mongo import Mongo
from services.chassis.settings import MongoSettings
from tests.deterministic.roles import PARTITIONS, Handlers, Role
from tests.support.crashing import Crash, Topics, bury, mortal_mongo
from tests.support.eventually import eventually_async

PASSES_MAX: Final = 60
"""More passes over all topics than any story needs: then it would never be at rest."""
INSISTING_RECORDS: Final = 100
FAILURES_MAX: Final = 5
"""So often a batch is tried again; what fails longer fails for ever."""


class NeverAtRestError(AssertionError):
    """Something is tried for ever."""


@dataclass
class Process:
    """One process of a service."""

    role: Role
    topics: Topics
    crash: Crash
    mongo: Mongo
    batch: int
    """Batches end at offsets that this divides, whoever reads them."""
    handlers: Handlers = field(init=False)
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """What went wrong in it, other than its death."""

    def __post_init__(self) -> None:
        """Put it together; it has taken nothing yet."""
        publisher = self.topics.publisher(self.crash)
        self.handlers = self.role.handlers(self.mongo, publisher, self.topics)

    async def take(self, topic: str, partition: int) -> None:
        """Take a partition as a lane does."""
        with self._killed():
            offset = await self.handlers[topic].assigned(partition)
            self.offsets[topic, partition] = offset or 0

    async def take_all(self) -> None:
        """Take every partition of every topic that it reads."""
        for topic in self.handlers:
            for partition in range(PARTITIONS):
                await self.take(topic, partition)

    async def step(self, topic: str, partition: int) -> bool:
        """Handle the next batch; False if there is none. What fails is read again, as in a lane."""
        first = self.offsets[topic, partition]
        behind = (first // self.batch + 1) * self.batch
        records = self.topics.read(topic, partition, first, behind)
        if not records:
            return False
        try:
            await self.handlers[topic].handle(partition, records)
        except Exception as error:  # as a lane does: whatever it is, take anew and try again
            self.crash.check()
            self.failures.append(f"{topic}-{partition} from {first}: {error!r}")
            if len(self.failures) > FAILURES_MAX:
                raise NeverAtRestError(self.failures[-1]) from error
            await self.take(topic, partition)
        else:
            self.offsets[topic, partition] = first + len(records)
        return True

    async def insist(self) -> None:
        """Handle what follows on what it knows, without asking whether it still may."""
        for (topic, partition), first in self.offsets.items():
            records = self.topics.read(topic, partition, first, first + INSISTING_RECORDS)
            if records:
                # Whatever it comes to: what is left in the store and on the topics is looked at.
                with contextlib.suppress(Exception):
                    await self.handlers[topic].handle(partition, records)

    async def settle(self) -> None:
        """Work until nothing is left to read and nothing is due."""
        for _ in range(PASSES_MAX):
            if not await self._pass():
                await self._rest()
                return
        raise NeverAtRestError(self.role.name)

    async def _pass(self) -> bool:
        worked = False
        for topic, partition in list(self.offsets):
            for _ in range(PASSES_MAX):
                if not await self.step(topic, partition):
                    break
                worked = True
            else:
                raise NeverAtRestError(topic)
        return worked

    async def _rest(self) -> None:
        handler = self.handlers.get(LEDGER.name)
        if isinstance(handler, LedgerHandler):
            await eventually_async(lambda: self._nothing_due(handler))

    async def _nothing_due(self, handler: LedgerHandler) -> bool:
        self.crash.check()
        for partition in range(PARTITIONS):
            assert [] == await handler._store.due(partition, 10)
        found = await self.mongo.db["progress"].find().to_list(None)
        extras = [item["extra"] for item in found]
        assert not any(extra.get("sweep") or extra.get("rounds") for extra in extras)
        # Emptied with w=1: a majority may hear of it a little later.
        outbox = self.mongo.db["outbox"].with_options(read_concern=ReadConcern("local"))
        return await outbox.count_documents({}) == 0

    async def stop(self) -> None:
        """End it: dead as it is, or in good order."""
        for handler in self.handlers.values():
            for task in getattr(handler, "_assessors", {}).values():
                task.cancel()
                await asyncio.wait([task])
                if not task.cancelled():
                    task.exception()
        bury(self.mongo)

    @contextlib.contextmanager
    def _killed(self) -> Iterator[None]:
        """Whatever a dead process says last, it is that it was killed."""
        try:
            yield
        except Exception:
            self.crash.check()
            raise


def start(
    role: Role, settings: MongoSettings, database: str, topics: Topics, crash: Crash, batch: int
) -> Process:
    """Start a process of a service."""
    return Process(role, topics, crash, mortal_mongo(settings, database, crash), batch)
