"""What people command: one transaction of all that it changes, with its first answer.

A command is planned on what was read, and written by compare-and-set on versions; if somebody was
faster it is planned anew. What it tells and what it states to intake is committed with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from contracts.envelope import AnyEvent
from services.chassis import clock, metrics
from services.chassis.answers import Answer, Answers
from services.chassis.mongo import Document, Mongo, Session
from services.chassis.relaying import Relaying
from services.chassis.statements import Statements
from services.reporting.domain.telling import Told
from services.reporting.store.telling import Teller

TRIES_MAX: Final = 20
"""How often a command is planned because somebody changed what it is about meanwhile."""
PAUSE_SECONDS: Final = (0.005, 0.2)
WRITES_MAX: Final = 10_000
"""Most documents of one plan: a second's work, where a transaction has thirty and others wait."""
DUPLICATE_KEY: Final = 11000

CONFLICTS: Final = metrics.counter(
    "dualwatch_reporting_command_conflicts_total",
    "Commands planned anew because what they are about was changed meanwhile.",
)


class ConflictError(Exception):
    """Somebody changed what is to be written."""


class StaleError(Exception):
    """It has another version than the one the command is about."""

    def __init__(self, version: int) -> None:
        """Tell the present version."""
        super().__init__(version)
        self.version = version


class BusyError(Exception):
    """Others changed it again and again."""


CLASHES: Final = (ConflictError, DuplicateKeyError)
"""What `do` raises when somebody was faster."""


@dataclass(frozen=True, slots=True)
class Write:
    """One document as it is to be; `version` is the one it must have now, null: it must be new."""

    collection: str
    document: Document
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a command does, at once or not at all."""

    answer: Answer
    writes: tuple[Write, ...] = ()
    told: tuple[Told, ...] = ()
    statements: tuple[AnyEvent, ...] = ()
    """Facts for intake (`publish.reporting`)."""


class Commands:
    """Carries plans out, each once."""

    def __init__(
        self, mongo: Mongo, teller: Teller, relaying: Relaying, statements: Statements
    ) -> None:
        """Create the collections (`INDEXES` of all parts) before the first use."""
        self._mongo = mongo
        self._teller = teller
        self._relaying = relaying
        self._statements = statements
        self.answers = Answers(mongo)
        """First answers, by key."""

    async def carry_out(self, key: str, mark: bytes, plan: Callable[[], Awaitable[Plan]]) -> Answer:
        """Carry a command out, once; `plan` reads and decides, and may run again.

        What `plan` raises is raised, and nothing was done; KeyReusedError, BusyError likewise.
        """
        for attempt in range(1, TRIES_MAX + 1):
            earlier = await self.answers.earlier(key, mark)
            if earlier is not None:
                return earlier
            try:
                planned = await plan()
                await self._write(key, mark, planned)
            except CLASHES:
                CONFLICTS.inc()
                await asyncio.sleep(clock.backoff(attempt, *PAUSE_SECONDS))
            else:
                return planned.answer
        raise BusyError

    async def do(self, planned: Plan) -> None:
        """Write what no person commanded: a day, a job; ConflictError if somebody was faster."""
        await self._write(None, b"", planned)

    async def _write(self, key: str | None, mark: bytes, planned: Plan) -> None:
        if len(planned.writes) > WRITES_MAX:
            msg = f"a plan of {len(planned.writes)} documents; at most {WRITES_MAX} are written"
            raise ValueError(msg)

        async def work(session: Session) -> None:
            if key is not None:
                await self.answers.keep(session, key, mark, planned.answer)
            for name, writes in _by_collection(planned.writes).items():
                await self._put(session, name, writes)
            for event in planned.statements:
                await self._statements.add(session, event)
            await self._teller.tell(session, planned.told)

        await self._teller.within(planned.told, lambda: self._mongo.transaction(work))
        self._relaying.wake(self._teller.homes(planned.told))
        if planned.statements:
            self._statements.nudge()

    async def _put(self, session: Session, name: str, writes: Sequence[Write]) -> None:
        """Write a collection's documents at once: one by one, thousands outlive a transaction.

        What is new and what is changed by themselves, and in order: behind what has failed the
        server takes nothing more of a transaction.
        """
        collection = self._mongo.db[name]
        new = [write.document for write in writes if write.version is None]
        changed = [
            ReplaceOne({"_id": write.document["_id"], "version": write.version}, write.document)
            for write in writes
            if write.version is not None
        ]
        try:
            if new:
                await collection.insert_many(new, session=session)
            if changed:
                result = await collection.bulk_write(changed, session=session)
                if result.matched_count != len(changed):
                    raise ConflictError
        except BulkWriteError as error:
            if {fault["code"] for fault in error.details["writeErrors"]} == {DUPLICATE_KEY}:
                raise ConflictError from error
            raise


def _by_collection(writes: Iterable[Write]) -> dict[str, list[Write]]:
    """Put writes together by their collections, these in the order in which they come first."""
    found: dict[str, list[Write]] = {}
    for write in writes:
        found.setdefault(write.collection, []).append(write)
    return found
