"""Deaths of a process, placed exactly: its writes are counted, and any of them may be its last.

A write is a MongoDB command that changes something (within a transaction too, and the commit) or
a publication, half by half. Whatever dies stays dead: nothing it tries afterwards reaches a store,
not even the abort of the transaction it was in, as after SIGKILL.
"""

import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock

from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)
from pymongo.read_concern import ReadConcern

from contracts.record import MARK_HEADER, Mark
from services.chassis.mongo import Mongo
from services.chassis.publisher import OutRecord, Publisher
from services.chassis.settings import KafkaSettings, MongoSettings

WRITES: Final = frozenset(
    {
        "insert",
        "update",
        "delete",
        "findAndModify",
        "commitTransaction",
        "abortTransaction",
        "killSessions",
    }
)
"""Commands of MongoDB after which the world may be another one."""
VOLATILE: Final = frozenset({"epoch", "session", "joint", "offset"})
"""What progress may differ in: who owns it, and Kafka's offset, which is only a hint."""


class CrashError(BaseException):
    """The process was killed here. Not an Exception: nothing that goes on after one may see it."""


class Crash(CommandListener):
    """The death of one process: at its n-th write, before or after the effect; None: never."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        """Count writes from 1."""
        self.at = at
        self.after = after
        self.writes: list[str] = []
        """What each write was, in order."""
        self.dead = False
        self._lock = threading.Lock()
        self._open: dict[int, int] = {}

    def __str__(self) -> str:
        """Say where it strikes."""
        if self.at is None:
            return "no crash"
        what = self.writes[self.at - 1] if len(self.writes) >= self.at else "never reached"
        return f"crash {'after' if self.after else 'before'} write {self.at} ({what})"

    def strike(self, writes: int | None, *, after: bool = False) -> None:
        """Choose the death anew: at so many writes from now; None: it lives on."""
        self.at = None if writes is None else len(self.writes) + writes
        self.after = after

    def begin(self, what: str) -> int:
        """Announce a write; CrashError if it is not to happen. Gives its number."""
        with self._lock:
            self.check()
            self.writes.append(what)
            number = len(self.writes)
            self.dead = number == self.at and not self.after
            self.check()
            return number

    def end(self, number: int) -> None:
        """Tell that a write has had its effect; CrashError if nobody is left to hear of it."""
        with self._lock:
            self.dead = self.dead or (number == self.at and self.after)
            self.check()

    def check(self) -> None:
        """Raise CrashError once the process is dead."""
        if self.dead:
            raise CrashError(str(self))

    def started(self, event: CommandStartedEvent) -> None:
        """See a command before it is sent."""
        if event.command_name in WRITES:
            collection = event.command.get(event.command_name)
            named = f" {collection}" if isinstance(collection, str) else ""
            self._open[event.request_id] = self.begin(event.command_name + named)
        else:
            self.check()

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """See an answer before the process does."""
        self._ended(event)

    def failed(self, event: CommandFailedEvent) -> None:
        """See a refusal before the process does."""
        self._ended(event)

    def _ended(self, event: CommandSucceededEvent | CommandFailedEvent) -> None:
        number = self._open.pop(event.request_id, None)
        if number is not None:
            self.end(number)


def mortal_mongo(settings: MongoSettings, database: str, crash: Crash) -> Mongo:
    """Connect as production does, with every command passing the crash."""

    def client(*args: Any, **options: Any) -> Any:
        return AsyncIOMotorClient(*args, **options, event_listeners=[crash])

    with mock.patch("services.chassis.mongo.motor.AsyncIOMotorClient", client):
        return Mongo(settings, database)


def bury(mongo: Mongo) -> None:
    """Let go of a dead process's connections without a word to the server."""
    topology: Any = mongo.client.delegate._topology
    topology.pop_all_sessions()
    mongo.close()


@dataclass
class LogRecord:
    """A record as a consumer gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp: int = 0


@dataclass
class Topics:
    """Kafka as lists: what was published stays, in the order in which it came."""

    logs: dict[tuple[str, int], list[OutRecord]] = field(default_factory=dict)

    def log(self, topic: str, partition: int) -> list[OutRecord]:
        """Give a partition."""
        return self.logs.setdefault((topic, partition), [])

    def read(self, topic: str, partition: int, first: int, behind: int) -> list[LogRecord]:
        """Read offsets from `first` to before `behind`."""
        found = self.log(topic, partition)[first:behind]
        return [LogRecord(topic, partition, first + n, *record) for n, record in enumerate(found)]

    async def last_position(self, topic: str, partition: int) -> int:
        """Read the position of the last record; 0 if there is none."""
        log = self.log(topic, partition)
        return mark_of(log[-1]).position if log else 0

    def publisher(self, crash: Crash) -> Publisher:
        """Make the publisher of a process."""
        return MortalPublisher(self, crash)


class MortalPublisher(Publisher):
    """Publishes half, then the other half: a crash may fall before, between and behind."""

    def __init__(self, topics: Topics, crash: Crash) -> None:
        """Publish to lists."""
        super().__init__(KafkaSettings())
        self.topics = topics
        self.crash = crash

    async def publish(self, topic: str, partition: int, records: Sequence[OutRecord]) -> None:
        """Return when the topic has all of them."""
        middle = (len(records) + 1) // 2
        for half in (records[:middle], records[middle:]):
            if half:
                number = self.crash.begin(f"publish {topic}-{partition}")
                self.topics.log(topic, partition).extend(half)
                self.crash.end(number)


def mark_of(record: OutRecord) -> Mark:
    """Read a published record's mark."""
    return Mark.from_bytes(dict(record[2])[MARK_HEADER])


Expand = Callable[[str, dict[str, Any]], Iterable[Any]]


def as_it_is(_collection: str, document: dict[str, Any]) -> Iterator[Any]:
    """Leave a document whole."""
    yield document


async def contents(mongo: Mongo, expand: Expand = as_it_is) -> dict[str, list[str]]:
    """Write down all collections so that they compare: sorted, without what may differ.

    `expand` takes documents apart whose borders depend on how records were batched.
    """
    found: dict[str, list[str]] = {}
    for name in await mongo.db.list_collection_names():
        # What was forgotten with w=1 may not be a majority's yet.
        collection = mongo.db[name].with_options(read_concern=ReadConcern("local"))
        documents = await collection.find().to_list(None)
        found[name] = sorted(
            repr(_plain(part)) for document in documents for part in expand(name, document)
        )
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(part)
            for key, part in sorted(value.items())
            if key not in VOLATILE and not isinstance(part, ObjectId)
        }
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


@contextlib.asynccontextmanager
async def observed(settings: MongoSettings, database: str) -> AsyncIterator[Mongo]:
    """Look into a database from outside of all processes; drop it at the end."""
    mongo = Mongo(settings, database)
    try:
        yield mongo
    finally:
        await mongo.client.drop_database(database)
        mongo.close()


async def empty(mongo: Mongo, but: Collection[str] = ()) -> None:
    """Empty all collections but some, for a majority too.

    Or a take, which reads what a majority has, would find the progress of the run before, end its
    session, and be one write longer than in the first run.
    """
    for name in set(await mongo.db.list_collection_names()) - set(but):
        await mongo.db[name].delete_many({})
