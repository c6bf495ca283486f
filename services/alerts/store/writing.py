"""What the consumer writes: cases and alerts by compare-and-set, feeds without gaps.

One transaction per batch: alerts, cases, progress, and last of all the counters with what they
number (feed entries, outbox). Reading comes before the transaction, so that it is short; what was
read is guarded by the alerts' versions and by the progress.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from pymongo import IndexModel, UpdateOne
from pymongo.errors import OperationFailure

from contracts.envelope import AnyEvent
from contracts.events.alerts import AlertState
from contracts.topics import ASSESSMENTS, partition_of
from services.alerts.domain.alert import Alert
from services.alerts.domain.case import Case
from services.alerts.domain.telling import Told
from services.alerts.store.batch import Batch
from services.alerts.store.documents import (
    LOOK,
    Document,
    alert_document,
    alert_of,
    case_id,
    case_item,
    case_of,
    returns_items,
)
from services.alerts.store.owners import Owners
from services.alerts.store.telling import INDEXES as TELLING
from services.alerts.store.telling import Teller
from services.chassis.commands import insert, update
from services.chassis.joined import Joined
from services.chassis.mongo import Mongo, Move, Progress, Session, Taken
from services.chassis.rounds import ApartError, Rounds

PROJECTION: Final = "alerts.v1"
DUPLICATE_KEY: Final = 11000
DUE: Final = "waking"
PASSES: Final = "passing"
READ_DOCUMENTS: Final = 4_000
"""Documents that the store answers with at a time."""
"""Indexes by which an opened day finds what it looks at."""

INDEXES: Final = {
    "alerts": [
        IndexModel([("case", 1), ("latest", 1)]),
        # The law of one open alert, held by the database too.
        IndexModel(
            [("key", 1)],
            name="one_open",
            unique=True,
            partialFilterExpression={"state": AlertState.OPEN.value},
        ),
        IndexModel([("raised_as_of", -1), ("_id", 1)]),
        IndexModel([("jurisdiction", 1), ("state", 1), ("raised_as_of", -1), ("_id", 1)]),
        IndexModel([("project", 1), ("raised_as_of", -1), ("_id", 1)]),
        # What is counted for the metrics, from the index alone.
        IndexModel([("state", 1), ("severity", 1)]),
        # What an opened day looks at: alerts whose moment has come, and those muted for a time.
        IndexModel(
            [("partition", 1), ("jurisdiction", 1), ("wake", 1)],
            name=DUE,
            partialFilterExpression={"wake": {"$gte": LOOK}},
        ),
        IndexModel(
            [("partition", 1), ("jurisdiction", 1), ("muted", 1), ("_id", 1)],
            name=PASSES,
            partialFilterExpression={"state": AlertState.OPEN.value},
        ),
    ],
    "cases": [
        IndexModel([("jurisdiction", 1), ("partition", 1), ("row.day", 1)]),
        IndexModel([("project", 1)]),
    ],
    "jurisdictions": [],
    "progress": [],
    **TELLING,
}


Also = Callable[[Session], Awaitable[None]]
"""What is written with a batch, in its transaction."""


class Keeper(Protocol):
    """Keeps jurisdiction facts, in the transaction of the batch that brought them."""

    async def keep(self, session: Session, partition: int, facts: Sequence[AnyEvent]) -> None:
        """Write what it wants of them.

        Every partition gets its own copy of each, in its own order; what must happen once happens
        on the jurisdiction's home partition.
        """


@dataclass
class Stored:
    """What the store has of a case."""

    alerts: list[Document]
    """The latest of each key."""
    judged: Document | None = None
    """What it was judged by last, without its row."""


NOTHING_STORED: Final = Stored([])


class ConflictError(ApartError):
    """Someone else changed an alert since it was read: read again, judge again."""


class AlertStore:
    """The consumer's side of the store."""

    def __init__(self, mongo: Mongo, teller: Teller) -> None:
        """`open` comes before the first use."""
        self._mongo = mongo
        self.progress = Progress(mongo, PROJECTION, ASSESSMENTS.name)
        self._alerts = mongo.db["alerts"]
        self._cases = mongo.db["cases"]
        self._stored = Joined(self._read)
        self.teller = teller
        self.owners = Owners(mongo)
        self.keepers: list[Keeper] = []
        self.rounds = Rounds(self.progress, Joint(self))
        """In which lanes commit the small batches of several partitions together."""

    async def open(self, partitions: int) -> None:
        """Create collections and indexes, and learn how many partitions the deployment has."""
        await self._mongo.create(INDEXES)
        self.progress.partitions = partitions
        self.teller.partitions = partitions

    async def take(self, partition: int) -> Taken:
        """Become the owner of a partition of `assessments`, and publish what anyone left."""
        taken = await self.progress.take(partition)
        await self.relay_all()
        return taken

    def partition(self, project: str) -> int:
        """Name the partition whose days look at a project's alerts, or an organisation's."""
        return partition_of(project, self.progress.partitions)

    async def cases(self, wanted: Iterable[tuple[str, int]]) -> dict[str, Case]:
        """Read cases with the latest alert of each key; new ones are empty."""
        return await self.cases_by_id({case_id(*key): Case(*key) for key in wanted})

    async def cases_by_id(self, found: Mapping[str, Case]) -> dict[str, Case]:
        """Read cases of any kind by their ids; those given are empty."""
        stored = await self._stored.of(found)
        owners = await self.owners.of(found)
        cases: dict[str, Case] = {}
        for name, case in found.items():
            kept = stored.get(name, NOTHING_STORED)
            alerts = [alert_of(document) for document in kept.alerts]
            cases[name] = replace(
                case, alerts={alert.key: alert for alert in alerts}, owner=owners.get(name)
            )
            if kept.judged is not None:
                cases[name] = case_of(cases[name], kept.judged)
        return cases

    async def _read(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Read what is stored of cases, in one round trip."""
        judged: list[Document] = [{"$match": {"_id": {"$in": ids}}}, {"$project": {"row": 0}}]
        stages: list[Document] = [
            {"$match": {"case": {"$in": ids}, "latest": True}},
            {"$unionWith": {"coll": self._cases.name, "pipeline": judged}},
        ]
        stored: dict[str, Stored] = {}
        async for document in self._alerts.aggregate(stages, batchSize=READ_DOCUMENTS):
            if name := document.get("case"):
                stored.setdefault(name, Stored([])).alerts.append(document)
            else:
                stored.setdefault(document["_id"], Stored([])).judged = document
        return stored

    async def relay_all(self) -> None:
        """Publish what anyone left."""
        await self.teller.relay(range(self.progress.partitions))

    async def commit(self, taken: Taken, batch: Batch, also: Also | None = None) -> Taken:
        """Write a batch, and what else belongs to it.

        ConflictError if an alert was changed meanwhile, SupersededError if the partition has
        another owner: then nothing of it counts.
        """

        async def alone() -> Taken:
            return await self._commit(taken, batch, also)

        if also is not None or batch.facts or taken.progress is not self.progress:
            return await alone()
        move = Move(taken, batch.position, batch.offset, {})
        return await self.rounds.commit(move, lambda: batch, alone)

    async def _commit(self, taken: Taken, batch: Batch, also: Also | None) -> Taken:
        """Write a batch in a transaction of its own."""

        async def work(session: Session) -> Taken:
            await self.save(session, [batch])
            if also is not None:
                await also(session)
            for keeper in self.keepers if batch.facts else ():
                await keeper.keep(session, taken.partition, batch.facts)
            advanced = await taken.advance(
                session, position=batch.position, offset=batch.offset, extra={}
            )
            await self.teller.tell(session, batch.told)
            return advanced

        return await self.teller.within(batch.told, lambda: taken.transaction(work))

    async def write(self, batch: Batch, fence: Also) -> None:
        """Write what belongs to no partition's progress; `fence` raises if it may not be.

        ConflictError if an alert was changed meanwhile.
        """

        async def work(session: Session) -> None:
            await self.save(session, [batch])
            await fence(session)
            await self.teller.tell(session, batch.told)

        await self.teller.within(batch.told, lambda: self._mongo.transaction(work))

    async def keep_returns(self, session: Session, cases: Mapping[str, Case]) -> None:
        """Keep when deviations returned of cases that no assessment judges."""
        writes = [
            UpdateOne({"_id": name}, {"$set": {"returns": returns_items(case)}}, upsert=True)
            for name, case in cases.items()
            if case.returns
        ]
        if writes:
            await self._cases.bulk_write(writes, ordered=False, session=session)

    async def save(self, session: Session, batches: Sequence[Batch]) -> None:
        """Write alerts and cases of batches of different partitions, in the caller's transaction.

        ConflictError if an alert was changed meanwhile.
        """
        changes: list[Document] = []
        raised: list[Document] = []
        for batch in batches:
            latest = batch.latest()
            changes += [
                {
                    "q": {"_id": alert.id, "version": version},
                    "u": {"$set": self._document(alert, latest)},
                }
                for alert, version in batch.changed()
            ]
            changes += [
                {"q": {"_id": name}, "u": {"$set": {"latest": False, "wake": None}}}
                for name in batch.superseded()
            ]
            raised += [self._document(alert, latest) for alert in batch.raised()]
        # In this order: an occurrence is closed before the next one is opened.
        if await update(self._mongo.db, "alerts", changes, session) != len(changes):
            raise ConflictError
        try:
            await insert(self._mongo.db, "alerts", raised, session)
        except OperationFailure as error:
            if error.code != DUPLICATE_KEY:
                raise
            raise ConflictError from error
        cases = [change for batch in batches for change in self._cases_of(batch)]
        await update(self._mongo.db, "cases", cases, session)
        names = [
            {"q": {"_id": jurisdiction}, "u": {"$set": {"name": name}}, "upsert": True}
            for batch in batches
            for jurisdiction, name in batch.names.items()
        ]
        await update(self._mongo.db, "jurisdictions", names, session)

    def _document(self, alert: Alert, latest: frozenset[str]) -> Document:
        partition = self.partition(alert.where.project)
        return {**alert_document(alert, latest=alert.id in latest), "partition": partition}

    def _cases_of(self, batch: Batch) -> list[Document]:
        return [
            {
                "q": {"_id": name},
                "u": {
                    "$set": {
                        "position": mark.position,
                        "as_of": mark.as_of.isoformat(),
                        "partition": self.partition(case.project),
                        **case_item(case),
                    }
                },
                "upsert": True,
            }
            for name, case in batch.judged().items()
            if (mark := case.judged)
        ]


class Joint:
    """Writes what batches of several partitions did."""

    def __init__(self, store: AlertStore) -> None:
        """Write as the store does."""
        self._store = store

    async def write(self, session: Session, batches: Sequence[Batch]) -> None:
        """Write all, and tell it as the last operations; ConflictError as for one of them."""
        await self._store.save(session, batches)
        await self._store.teller.tell(session, _told(batches))

    async def within(self, batches: Sequence[Batch], run: Callable[[], Awaitable[None]]) -> None:
        """Run the transaction when it is its turn to draw numbers."""
        await self._store.teller.within(_told(batches), run)


def _told(batches: Sequence[Batch]) -> list[Told]:
    return [told for batch in batches for told in batch.told]
