"""MongoDB: the client, transactions that retry, progress that only its owner can move.

The only module that imports motor (ADR 4).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from bson.binary import Binary
from motor import motor_asyncio as motor
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError, ExecutionTimeout, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from services.chassis import clock, metrics, tracing
from services.chassis.catalogue import CLUSTERED
from services.chassis.log import get_logger
from services.chassis.mongo_reasons import in_words
from services.chassis.settings import MongoSettings
from services.chassis.whole import whole

log = get_logger(__name__)

Document = dict[str, Any]
Session = motor.AsyncIOMotorClientSession
Database = motor.AsyncIOMotorDatabase[Document]

SERVER_SELECTION_MS: Final = 3_000
SOCKET_MS: Final = 20_000
CONNECT_MS: Final = 5_000
TRANSACTION_SECONDS: Final = 30.0
"""Our own deadline for a transaction with its retries, well below Kafka's poll interval."""
BACKOFF_SECONDS: Final = (0.005, 0.5)
TAKES_MAX: Final = 5
TAKE_MS: Final = 2_000
"""Longest a take waits for a lock before it ends the former owner's session once more."""
NAMESPACE_EXISTS: Final = 48
WRITE: Final = WriteConcern(w="majority", j=True, wtimeout=15_000)
READ: Final = ReadConcern("majority")
SNAPSHOT: Final = ReadConcern("snapshot")

TopicId = Callable[[str], Awaitable[str | None]]
"""Gives the id that Kafka gave a topic when it was made; None: it gives none."""

T = TypeVar("T")


class SupersededError(Exception):
    """Another process has taken the partition: this one's commit must not count."""


class Lender(Protocol):
    """Lends sessions that others can end, should this process die (`fencing.py`)."""

    def session(self) -> contextlib.AbstractAsyncContextManager[Session]:
        """Lend one; nobody else has it meanwhile."""


class Mongo:
    """One service's database on the shared replica set."""

    def __init__(self, settings: MongoSettings, database: str) -> None:
        """Make the client; nothing is connected before the first use."""
        self.client: motor.AsyncIOMotorClient[Document] = motor.AsyncIOMotorClient(
            **settings.client,
            serverSelectionTimeoutMS=SERVER_SELECTION_MS,
            connectTimeoutMS=CONNECT_MS,
            socketTimeoutMS=SOCKET_MS,
            tz_aware=True,
            appname=database,
        )
        self.db: Database = self.client.get_database(
            database, write_concern=WRITE, read_concern=READ
        )
        self.lender: Lender | None = None
        """Whose sessions transactions use that bring none; null: any."""
        self.topic_id: TopicId | None = None
        """Tells whether a topic is the one that an offset was kept of; null: nobody looks."""

    def close(self) -> None:
        """Close all connections."""
        self.client.close()

    def bucket(self, name: str) -> motor.AsyncIOMotorGridFSBucket:
        """Give the store of files of this name (GridFS): written and read piece by piece."""
        return motor.AsyncIOMotorGridFSBucket(self.db, name)

    async def ready(self) -> str | None:
        """Readiness check: None if a primary answers."""
        try:
            await self.client.admin.command("ping")
        except PyMongoError as error:
            return f"MongoDB does not answer: {in_words(error)}"
        return None

    async def create(
        self, indexes: Mapping[str, list[IndexModel]], clustered: Collection[str] = ()
    ) -> None:
        """Create collections and their indexes; done before the first transaction.

        Those in `clustered` are kept as one tree in the order of their ids: a plain collection has
        a second tree from ids to records, which is twice the work of every insert.
        """
        known = set(await self.db.list_collection_names())
        for name, models in indexes.items():
            if name not in known:
                await _create_collection(self.db, name, clustered=name in clustered)
            if models:
                await self.db[name].create_indexes(models)

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """Read everything as it was at one moment: the first read's. For minutes, not for hours.

        The server keeps a moment for five minutes (minSnapshotHistoryWindowInSeconds); reads that
        come later fail.
        """
        async with await self.client.start_session(snapshot=True) as session:
            yield session

    async def transaction(
        self, work: Callable[[Session], Awaitable[T]], session: Session | None = None
    ) -> T:
        """Run `work` in a transaction; transient errors run it again until the deadline.

        `work` may run more than once: it does no I/O but through the session it is given. A
        cancellation waits for the end: two at once must not use a session.
        """
        with tracing.span("transaction", kind=tracing.CLIENT, database=self.db.name):
            return await self._transaction(work, session)

    async def _transaction(
        self, work: Callable[[Session], Awaitable[T]], session: Session | None
    ) -> T:
        if session is not None:
            return await whole(_transaction(session, work))
        lent = self.lender.session() if self.lender else await self.client.start_session()
        async with lent as own:
            return await whole(_transaction(own, work))


async def _create_collection(db: Database, name: str, *, clustered: bool) -> None:
    options = CLUSTERED if clustered else {}
    try:
        # Asked first whether it is there, pymongo would raise an error of its own.
        await db.create_collection(name, check_exists=False, **options)
    except OperationFailure as error:
        # Two processes may create it at once.
        if error.code != NAMESPACE_EXISTS:
            raise


async def _transaction(session: Session, work: Callable[[Session], Awaitable[T]]) -> T:
    attempt, deadline = 0, clock.monotonic() + TRANSACTION_SECONDS
    while True:
        try:
            async with session.start_transaction(
                read_concern=SNAPSHOT, write_concern=WRITE, read_preference=ReadPreference.PRIMARY
            ):
                found = await work(session)
                await _commit(session, deadline)
        except PyMongoError as error:
            transient = error.has_error_label("TransientTransactionError")
            if not transient or clock.monotonic() >= deadline:
                raise
            attempt += 1
            metrics.TRANSACTION_RETRIES.inc()
            await asyncio.sleep(clock.backoff(attempt, *BACKOFF_SECONDS))
        else:
            return found


async def _commit(session: Session, deadline: float) -> None:
    attempt = 0
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            unknown = error.has_error_label("UnknownTransactionCommitResult")
            if not unknown or clock.monotonic() >= deadline:
                raise
            attempt += 1
            metrics.TRANSACTION_RETRIES.inc()
            await asyncio.sleep(clock.backoff(attempt, *BACKOFF_SECONDS))
        else:
            return


@dataclass(frozen=True)
class Taken:
    """A partition as its owner holds it: where it stands, and the right to move it."""

    progress: "Progress"
    partition: int
    epoch: int
    session: Session
    position: int
    """Last position that is in the store."""
    offset: int | None
    """Kafka offset to read next; None: from the beginning. A hint, never the truth."""
    extra: Document
    """What else the owner keeps with its progress."""

    async def transaction(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run a transaction on the session the next owner can end."""
        return await self.progress.mongo.transaction(work, self.session)

    async def advance(
        self, session: Session, *, position: int, offset: int | None, extra: Document
    ) -> "Taken":
        """Move progress within a transaction, if nobody else has taken the partition since.

        Raises SupersededError, which aborts the transaction. Hold the result only after commit.
        """
        if session is not self.session:
            msg = "progress moves only in Taken.transaction: a new owner could not end another"
            raise ValueError(msg)
        move = Move(self, position, offset, extra)
        await self.progress.move([move], session)
        # Were the commit to fail, the partition is taken again, which puts it right.
        return move.done()

    @property
    def guard(self) -> Document:
        """What selects the stored progress as long as nobody else has moved it."""
        key = self.progress.id_of(self.partition)
        return {"_id": key, "epoch": self.epoch, "position": self.position}

    async def release(self) -> None:
        """Let the partition go.

        Its session does not go back to the pool: the next owner ends it by its id, and with it
        whatever else would be using it. The server forgets it after half an hour.
        """
        of = self.progress
        metrics.STORED_POSITION.remove(of.projection, of.topic, str(self.partition))


@dataclass(frozen=True)
class Move:
    """A step of a partition's progress."""

    taken: Taken
    """Where it stands."""
    position: int
    """Last position that is in the store then."""
    offset: int | None
    """Kafka offset to read next then."""
    extra: Document
    """What else the owner keeps with it."""

    def statement(self) -> Document:
        """Write it as a statement of the command `update`."""
        moved = {"position": self.position, "offset": self.offset, "extra": self.extra}
        return {"q": self.taken.guard, "u": {"$set": moved}}

    def done(self) -> Taken:
        """Return the partition as it stands after it, and show that."""
        taken = self.taken
        taken.progress.tell(taken.partition, self.position)
        return replace(taken, position=self.position, offset=self.offset, extra=self.extra)


def id_of_session(session: Session) -> Binary:
    """Return the id by which the server knows a session, and anybody can end it."""
    # motor's stub calls the property a method.
    found: Any = session.session_id
    return Binary(found["id"], 4)


class Progress:
    """How far a projection has come on each partition of a topic (collection `progress`)."""

    def __init__(self, mongo: Mongo, projection: str, topic: str) -> None:
        """`projection` names what is kept: two of them on one topic do not meet."""
        self.mongo = mongo
        self.projection = projection
        self.topic = topic
        self.partitions = 0
        """How many partitions the topic has; set once the topic is known to exist."""
        self.is_joint = False
        """Whether one transaction may move several partitions; set before the first is taken."""
        self.collection = mongo.db["progress"]
        self._joint: Session | None = None

    def id_of(self, partition: int) -> str:
        """Return the id of a partition's progress."""
        return f"{self.projection}:{self.topic}:{partition}"

    async def take(self, partition: int) -> Taken:
        """Become the owner of a partition: from now on no other owner's commit succeeds.

        Ends the former owner's server session first: a transaction it left open when it was
        killed would hold its locks for up to a minute. An offset of another topic that was called
        the same is forgotten, in the same write that makes us the owner.
        """
        told = self.mongo.topic_id
        topic_id = None if told is None else await told(self.topic)
        session = await self.mongo.client.start_session()
        for _ in range(TAKES_MAX):
            found = await self._take(partition, session, topic_id)
            if found is not None:
                self.tell(partition, found["position"])
                return Taken(
                    self,
                    partition,
                    found["epoch"],
                    session,
                    found["position"],
                    found["offset"],
                    found["extra"],
                )
        msg = f"{self.id_of(partition)}: others take it again and again"
        raise SupersededError(msg)

    async def joint(self) -> Session:
        """Give the session of transactions that move several partitions, one at a time.

        Each taken partition names it, so that its next owner ends what we would leave open.
        """
        session = self._joint or await self.mongo.client.start_session()
        # Two may have asked at once.
        self._joint = self._joint or session
        return self._joint

    async def move(self, moves: Sequence[Move], session: Session) -> None:
        """Move partitions within a transaction; SupersededError if one of them is another's."""
        answer = await self.mongo.db.command(
            {"update": self.collection.name, "updates": [move.statement() for move in moves]},
            session=session,
        )
        if errors := answer.get("writeErrors"):
            first = errors[0]
            raise OperationFailure(first.get("errmsg", ""), first.get("code"), answer)
        if answer["n"] != len(moves):
            raise SupersededError(", ".join(self.id_of(move.taken.partition) for move in moves))

    def tell(self, partition: int, position: int) -> None:
        """Show a position in the metrics."""
        metrics.STORED_POSITION.labels(self.projection, self.topic, str(partition)).set(position)

    async def _take(
        self, partition: int, session: Session, topic_id: str | None
    ) -> Document | None:
        """Try once; None if someone else was faster, or still holds the lock."""
        key = {"_id": self.id_of(partition)}
        former = await self.collection.find_one(key)
        wanted: Document = {"session": id_of_session(session)}
        before = former.get("topic_id") if former else None
        if topic_id is not None:
            wanted["topic_id"] = topic_id
        if former and topic_id is not None and before not in {None, topic_id}:
            log.warning(
                "topic_begun_anew", topic=self.topic, partition=partition, stored=former["offset"]
            )
            wanted["offset"] = None
        first: Document = {"position": 0, "extra": {}}
        if former is None:
            first["offset"] = None
        if self.is_joint:
            wanted["joint"] = id_of_session(await self.joint())
        if left := self._left(former):
            await self.mongo.client.admin.command({"killSessions": left})
        try:
            return await self.collection.find_one_and_update(
                {**key, "epoch": former["epoch"] if former else {"$exists": False}},
                {
                    "$inc": {"epoch": 1},
                    "$set": wanted,
                    "$setOnInsert": first,
                },
                upsert=former is None,
                return_document=ReturnDocument.AFTER,
                maxTimeMS=TAKE_MS,
            )
        except (DuplicateKeyError, ExecutionTimeout):
            return None

    def _left(self, former: Document | None) -> list[Document]:
        """Name the sessions in which a former owner may have left a transaction open."""
        mine = None if self._joint is None else id_of_session(self._joint)
        ids = [former.get(name) for name in ("session", "joint")] if former else []
        # Ours is no former owner's: what other partitions have in it goes on.
        return [{"id": name} for name in ids if name and name != mine]

    async def read(self, partitions: int) -> list[Document | None]:
        """Read every partition's progress, None where it has not begun."""
        ids = [self.id_of(partition) for partition in range(partitions)]
        cursor = self.collection.find({"_id": {"$in": ids}})
        found = {document["_id"]: document async for document in cursor}
        return [found.get(key) for key in ids]

    async def positions(self, partitions: int) -> list[int]:
        """Read the cut this projection has reached."""
        return [document["position"] if document else 0 for document in await self.read(partitions)]
