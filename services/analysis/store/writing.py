"""The owner's side of the store: load what a batch needs, write a batch in one transaction."""

import asyncio
from collections.abc import Collection
from typing import Final, Protocol

from pymongo import IndexModel, UpdateOne

from contracts.topics import ASSESSMENTS, LEDGER
from services.analysis.domain import Jurisdiction
from services.analysis.store.documents import (
    Writes,
    add_head,
    add_year,
    jurisdiction_document,
    jurisdiction_of,
    packs,
    parked_document,
    put_together,
)
from services.analysis.store.states import Batch, Project, Standing, Sweep, YearKey
from services.chassis.commands import insert, update
from services.chassis.mongo import Document, Mongo, Progress, Session, Taken
from services.chassis.outbox import NoOutbox, Outbox
from services.chassis.publisher import Publisher

PROJECTION: Final = "analysis.v1"
"""Version of the projection: consumer group and progress are named by it (and by a rebuild)."""

INDEXES: Final = {
    # Static fields only: a batch changes thousands of years, and none of these.
    "heads": [
        IndexModel([("j", 1), ("_id", 1)]),
        IndexModel([("j", 1), ("department", 1), ("_id", 1)]),
    ],
    "years": [
        IndexModel([("_id.p", 1)]),
        IndexModel([("n", 1), ("j", 1), ("_id", 1)]),
        IndexModel([("n", 1), ("due", 1)], partialFilterExpression={"due": {"$gt": 0}}),
    ],
    "entries": [],
    "parked": [IndexModel([("project", 1)])],
    "jurisdictions": [],
    "progress": [],
    **Outbox.INDEXES,
}


TRANSACTIONS_MAX: Final = 2
"""Large transactions at once: more fill a small cache with what is not committed yet."""

CLUSTERED: Final = ("entries", "years", "heads")
"""Collections that are one B-tree in the order of their ids: half the work of a write."""


class OwnerStore(Protocol):
    """What the owner of a partition asks of a store."""

    projection: str
    """Name of consumer group and progress."""

    async def take(self, partition: int) -> Taken:
        """Become the partition's owner and publish what the former one committed only."""

    async def jurisdictions(self, partition: int) -> dict[str, Jurisdiction]:
        """Read the partition's copies of the jurisdictions."""

    async def load(self, projects: Collection[str]) -> dict[str, Project]:
        """Read projects with all their years; those that are unknown are left out."""

    async def due(self, partition: int, limit: int) -> list[YearKey]:
        """Name years that are due, those that have waited longest first."""

    async def sweep_page(
        self, partition: int, sweep: Sweep, current: int, changed_after: int, limit: int
    ) -> list[YearKey]:
        """Name the next years of a sweep: of fiscal year `current`, or changed since."""

    async def commit(self, taken: Taken, batch: Batch) -> Taken:
        """Write a batch whole or not at all; SupersededError if the partition is another's."""

    async def publish(self, partition: int, batch: Batch) -> None:
        """Publish what a batch says, once it is committed."""


class MongoStore(OwnerStore):
    """The store on MongoDB."""

    def __init__(self, mongo: Mongo, publisher: Publisher, rebuild: str = "") -> None:
        """Call `prepare` before the first use; a rebuild publishes nothing."""
        self.mongo = mongo
        self.projection = f"{PROJECTION}.{rebuild}" if rebuild else PROJECTION
        self.progress = Progress(mongo, self.projection, LEDGER.name)
        outbox = NoOutbox if rebuild else Outbox
        self.outbox = outbox(mongo, publisher, ASSESSMENTS.name)
        self._writing = asyncio.Semaphore(TRANSACTIONS_MAX)
        self._heads = mongo.db["heads"]
        self._years = mongo.db["years"]
        self._parked = mongo.db["parked"]
        self._jurisdictions = mongo.db["jurisdictions"]

    async def prepare(self) -> None:
        """Create collections and indexes."""
        await self.mongo.create(INDEXES, CLUSTERED)

    async def take(self, partition: int) -> Taken:
        """Become the partition's owner and publish what the former one committed only."""
        taken = await self.progress.take(partition)
        try:
            await self.outbox.flush(partition)
        except BaseException:
            await taken.release()
            raise
        return taken

    async def jurisdictions(self, partition: int) -> dict[str, Jurisdiction]:
        """Read the partition's copies of the jurisdictions."""
        found = self._jurisdictions.find({"_id.p": partition})
        return {document["_id"]["j"]: jurisdiction_of(document) async for document in found}

    async def load(self, projects: Collection[str]) -> dict[str, Project]:
        """Read projects with all their years; those that are unknown are left out."""
        if not projects:
            return {}
        names = list(projects)
        heads, years = await asyncio.gather(
            self._heads.find({"_id": {"$in": names}}).to_list(None),
            self._years.find({"_id.p": {"$in": names}}).to_list(None),
        )
        return put_together(heads, years)

    async def due(self, partition: int, limit: int) -> list[YearKey]:
        """Name years that are due, those that have waited longest first."""
        query = {"n": partition, "due": {"$gt": 0}}
        found = self._years.find(query, {"_id": 1}).sort("due", 1).limit(limit)
        return [_key(document) async for document in found]

    async def sweep_page(
        self, partition: int, sweep: Sweep, current: int, changed_after: int, limit: int
    ) -> list[YearKey]:
        """Name the next years of a sweep: of fiscal year `current`, or changed since."""
        query: Document = {
            "n": partition,
            "j": sweep.jurisdiction,
            "$or": [{"_id.y": current}, {"position": {"$gt": changed_after}}],
        }
        if sweep.after is not None:
            query["_id"] = {"$gt": {"p": sweep.after.project, "y": sweep.after.fiscal_year}}
        found = self._years.find(query, {"_id": 1}).sort("_id", 1).limit(limit)
        return [_key(document) async for document in found]

    async def commit(self, taken: Taken, batch: Batch) -> Taken:
        """Write a batch whole or not at all; SupersededError if the partition is another's."""
        partition, standing = taken.partition, batch.standing
        entries = list(packs(batch.entries))
        heads, years = Writes(), Writes()
        for project in batch.heads.values():
            add_head(heads, partition, project)
        for year in batch.years.values():
            add_year(years, partition, year, with_state=True)
        for year in batch.assessed.values():
            add_year(years, partition, year, with_state=False)
        parked = [parked_document(partition, known) for known in batch.parked]
        jurisdictions = [
            UpdateOne(
                {"_id": {"j": known.jurisdiction, "p": partition}},
                {"$set": jurisdiction_document(known)},
                upsert=True,
            )
            for known in batch.jurisdictions.values()
        ]

        async def work(session: Session) -> Taken:
            moved = await taken.advance(
                session,
                position=standing.position,
                offset=standing.offset,
                extra=standing.extra(),
            )
            db = self.mongo.db
            await insert(db, "entries", entries, session)
            for name, writes in (("heads", heads), ("years", years)):
                await insert(db, name, writes.new, session)
                await update(db, name, writes.changes, session)
            if parked:
                await self._parked.insert_many(parked, session=session)
            if jurisdictions:
                await self._jurisdictions.bulk_write(jurisdictions, session=session)
            await self.outbox.add(session, partition, batch.out)
            return moved

        async with self._writing:
            moved = await taken.transaction(work)
        _stored(batch)
        return moved

    async def publish(self, partition: int, batch: Batch) -> None:
        """Publish what a batch says, once it is committed."""
        await self.outbox.publish(partition, batch.out)


def standing_of(taken: Taken) -> Standing:
    """Read how far a partition is."""
    return Standing.read(taken.position, taken.offset, taken.extra)


def _stored(batch: Batch) -> None:
    for project in batch.heads.values():
        project.stored = True
    for year in (*batch.years.values(), *batch.assessed.values()):
        year.stored = True


def _key(document: Document) -> YearKey:
    return YearKey(document["_id"]["p"], document["_id"]["y"])
