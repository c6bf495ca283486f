"""What the consumer writes: cases and alerts by compare-and-set, feeds without gaps.

One transaction per batch: alerts, cases, progress, and last of all the counters with what they
number (feed entries, outbox). Reading comes before the transaction, so that it is short; what was
read is guarded by the alerts' versions and by the progress.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from pymongo import IndexModel, InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from contracts.envelope import AnyEvent
from contracts.events.alerts import AlertState
from contracts.topics import ASSESSMENTS, partition_of
from services.alerts.domain.alert import Alert
from services.alerts.domain.case import Case
from services.alerts.domain.judging import Key
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
from services.chassis.mongo import Mongo, Progress, Session, Taken

PROJECTION: Final = "alerts.v1"
DUPLICATE_KEY: Final = 11000
DUE: Final = "waking"
PASSES: Final = "passing"
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


class ConflictError(Exception):
    """Someone else changed an alert since it was read: read again, judge again."""


class AlertStore:
    """The consumer's side of the store."""

    def __init__(self, mongo: Mongo, teller: Teller) -> None:
        """`open` comes before the first use."""
        self._mongo = mongo
        self.progress = Progress(mongo, PROJECTION, ASSESSMENTS.name)
        self._alerts = mongo.db["alerts"]
        self._cases = mongo.db["cases"]
        self._jurisdictions = mongo.db["jurisdictions"]
        self.teller = teller
        self.owners = Owners(mongo)
        self.keepers: list[Keeper] = []

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
        ids = list(found)
        alerts: dict[str, dict[Key, Alert]] = {name: {} for name in ids}
        async for document in self._alerts.find({"case": {"$in": ids}, "latest": True}):
            alert = alert_of(document)
            alerts[document["case"]][alert.key] = alert
        owners = await self.owners.of(found)
        cases = {
            name: replace(case, alerts=alerts[name], owner=owners.get(name))
            for name, case in found.items()
        }
        async for document in self._cases.find({"_id": {"$in": ids}}, {"row": 0}):
            name = document["_id"]
            cases[name] = case_of(cases[name], document)
        return cases

    async def relay_all(self) -> None:
        """Publish what anyone left."""
        await self.teller.relay(range(self.progress.partitions))

    async def commit(self, taken: Taken, batch: Batch, also: Also | None = None) -> Taken:
        """Write a batch, and what else belongs to it.

        ConflictError if an alert was changed meanwhile, SupersededError if the partition has
        another owner: then nothing of it counts.
        """

        async def work(session: Session) -> Taken:
            await self._save(session, batch)
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
            await self._save(session, batch)
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

    async def _save(self, session: Session, batch: Batch) -> None:
        latest = batch.latest()
        updates = [
            UpdateOne(
                {"_id": alert.id, "version": version},
                {"$set": self._document(alert, latest)},
            )
            for alert, version in batch.changed()
        ]
        flags = [
            UpdateOne({"_id": name}, {"$set": {"latest": False, "wake": None}})
            for name in batch.superseded()
        ]
        raised = [InsertOne(self._document(alert, latest)) for alert in batch.raised()]
        # In this order: an occurrence is closed before the next one is opened.
        writes: list[UpdateOne | InsertOne[Document]] = [*updates, *flags, *raised]
        if writes:
            try:
                result = await self._alerts.bulk_write(writes, session=session)
            except BulkWriteError as error:
                codes = {fault["code"] for fault in error.details["writeErrors"]}
                if codes == {DUPLICATE_KEY}:
                    raise ConflictError from error
                raise
            if result.matched_count != len(updates) + len(flags):
                raise ConflictError
        await self._save_cases(session, batch)

    def _document(self, alert: Alert, latest: frozenset[str]) -> Document:
        partition = self.partition(alert.where.project)
        return {**alert_document(alert, latest=alert.id in latest), "partition": partition}

    async def _save_cases(self, session: Session, batch: Batch) -> None:
        writes = [
            UpdateOne(
                {"_id": name},
                {
                    "$set": {
                        "position": mark.position,
                        "as_of": mark.as_of.isoformat(),
                        "partition": self.partition(case.project),
                        **case_item(case),
                    }
                },
                upsert=True,
            )
            for name, case in batch.judged().items()
            if (mark := case.judged)
        ]
        if writes:
            await self._cases.bulk_write(writes, ordered=False, session=session)
        names = [
            UpdateOne({"_id": jurisdiction}, {"$set": {"name": name}}, upsert=True)
            for jurisdiction, name in batch.names.items()
        ]
        if names:
            await self._jurisdictions.bulk_write(names, ordered=False, session=session)
