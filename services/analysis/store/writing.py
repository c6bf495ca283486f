"""The owner's side of the store: load what a batch needs, write a batch in one transaction."""

import asyncio
from collections.abc import Collection
from typing import Any, Final, Protocol

from pymongo import IndexModel

from contracts.topics import ASSESSMENTS, LEDGER
from services.analysis.domain import Jurisdiction, Organisation
from services.analysis.store.documents import (
    batch_documents,
    jurisdiction_of,
    organisation_of,
    put_together,
)
from services.analysis.store.generations import Generation
from services.analysis.store.originals import Kept, Wanted, load
from services.analysis.store.states import (
    Batch,
    OrganisationKey,
    Project,
    Round,
    Standing,
    Sweep,
    YearKey,
)
from services.analysis.store.swapping import Swapping
from services.chassis.commands import insert, update
from services.chassis.mongo import Document, Mongo, Move, Progress, Session, Taken
from services.chassis.outbox import NoOutbox, Outbox
from services.chassis.publisher import Publisher
from services.chassis.rounds import Plainly, Rounds, Writes

INDEXES: Final = {
    # Static fields only: a batch changes thousands of years, and none of these.
    "heads": [
        # For many at once: MongoDB 6 reads a clustered collection whole to find a list of ids.
        IndexModel([("_id", 1), ("n", 1)]),
        IndexModel([("j", 1), ("_id", 1)]),
        IndexModel([("j", 1), ("department", 1), ("_id", 1)]),
        IndexModel([("n", 1), ("changed", 1)]),
    ],
    "years": [
        IndexModel([("_id.p", 1)]),
        IndexModel([("n", 1), ("j", 1), ("_id", 1)]),
        IndexModel([("n", 1), ("due", 1)], partialFilterExpression={"due": {"$gt": 0}}),
    ],
    "rows": [IndexModel([("n", 1), ("out", 1)]), IndexModel([("j", 1), ("_id", 1)])],
    "entries": [],
    "parked": [IndexModel([("project", 1)])],
    "jurisdictions": [],
    "organisations": [],
    "moments": [],
}
"""Of the collections of a generation."""
SHARED: Final = {"progress": [], **Outbox.INDEXES}
"""Of those that all generations share."""


TRANSACTIONS_MAX: Final = 2
"""Large transactions at once: more fill a small cache with what is not committed yet."""

CLUSTERED: Final = ("entries", "years", "heads", "rows", "moments", "organisations")
"""Collections that are one B-tree in the order of their ids: half the work of a write."""


class OwnerStore(Protocol):
    """What the owner of a partition asks of a store."""

    projection: str
    """Name of consumer group and progress."""

    async def take(self, partition: int) -> Taken:
        """Become the partition's owner and publish what the former one committed only."""

    async def is_live(self, partition: int) -> bool:
        """Say whether this projection answers and publishes for the partition."""

    async def live_position(self, partition: int) -> int | None:
        """Return how far the live generation is; None: there is none, or it is this one."""

    async def swap(self, taken: Taken, standing: Standing) -> Taken | None:
        """Become the live generation of a partition; None: not at this moment."""

    async def jurisdictions(self, partition: int) -> dict[str, Jurisdiction]:
        """Read the partition's copies of the jurisdictions."""

    async def organisations(self, partition: int) -> dict[OrganisationKey, Organisation]:
        """Read the partition's copies of the organisations."""

    async def load(self, projects: Collection[str]) -> dict[str, Project]:
        """Read projects with all their years; those that are unknown are left out."""

    async def originals(self, wanted: Wanted) -> Kept:
        """Read entries that corrections name; those that are not kept are left out."""

    async def due(self, partition: int, limit: int) -> list[YearKey]:
        """Name years that are due, those that have waited longest first."""

    async def sweep_page(
        self, partition: int, sweep: Sweep, years: Collection[int], changed_after: int, limit: int
    ) -> list[YearKey]:
        """Name the next years of a sweep: of some fiscal years, or changed since."""

    async def round_page(self, partition: int, asked: Round, limit: int) -> list[YearKey]:
        """Name the next years of a round."""

    async def commit(self, taken: Taken, batch: Batch) -> Taken:
        """Write a batch whole or not at all; SupersededError if the partition is another's."""

    async def publish(self, partition: int, batch: Batch) -> None:
        """Publish what a batch says, once it is committed."""


class MongoStore(OwnerStore):
    """The store on MongoDB: one generation of the projection, or a rebuild in its own database."""

    def __init__(
        self,
        mongo: Mongo,
        publisher: Publisher,
        rebuild: str = "",
        generation: Generation | None = None,
    ) -> None:
        """Call `prepare` before the first use; a rebuild publishes nothing."""
        self.mongo = mongo
        self.generation = generation or Generation(rebuild=rebuild)
        self.projection = self.generation.projection
        self.progress = Progress(mongo, self.projection, LEDGER.name)
        self._writing = asyncio.Semaphore(TRANSACTIONS_MAX)
        self.rounds = Rounds(self.progress, Plainly(mongo.db, self._writing))
        """In which lanes commit the small batches of several partitions together."""
        outbox = NoOutbox if rebuild else Outbox
        self.outbox = outbox(mongo, publisher, ASSESSMENTS.name)
        self.outbox.at_end = self.rounds.at_end
        self._swapping = Swapping(mongo, self.generation)
        self._names = {name: self.generation.name(name) for name in INDEXES}
        self._heads = self._collection("heads")
        self._years = self._collection("years")
        self._parked = self._collection("parked")
        self._jurisdictions = self._collection("jurisdictions")
        self._organisations = self._collection("organisations")

    def _collection(self, name: str) -> Any:
        return self.mongo.db[self._names[name]]

    async def prepare(self) -> None:
        """Create collections and indexes."""
        await self._swapping.generations.prepare()
        own = {self._names[name]: models for name, models in INDEXES.items()}
        await self.mongo.create({**own, **SHARED}, [self._names[name] for name in CLUSTERED])

    async def take(self, partition: int) -> Taken:
        """Become the partition's owner and publish what the former one committed only."""
        await self._swapping.require_not_retired(partition)
        taken = await self.progress.take(partition)
        try:
            # It may have been retired just before it was taken: then no commit follows.
            await self._swapping.require_not_retired(partition)
            if await self.is_live(partition):
                await self.outbox.flush(partition)
        except BaseException:
            await taken.release()
            raise
        return taken

    async def is_live(self, partition: int) -> bool:
        """Say whether this projection answers and publishes for the partition."""
        return await self._swapping.is_live(partition)

    async def live_position(self, partition: int) -> int | None:
        """Return how far the live generation is; None: there is none, or it is this one."""
        return await self._swapping.live_position(partition)

    async def swap(self, taken: Taken, standing: Standing) -> Taken | None:
        """Become the live generation of a partition; None: not at this moment."""
        swapped = await self._swapping.swap(taken, standing)
        if swapped is not None:
            # What the former generation committed and may not have published goes first.
            await self.outbox.flush(taken.partition)
        return swapped

    async def jurisdictions(self, partition: int) -> dict[str, Jurisdiction]:
        """Read the partition's copies of the jurisdictions."""
        found = self._jurisdictions.find({"_id.p": partition})
        return {document["_id"]["j"]: jurisdiction_of(document) async for document in found}

    async def organisations(self, partition: int) -> dict[OrganisationKey, Organisation]:
        """Read the partition's copies of the organisations."""
        found: dict[OrganisationKey, Organisation] = {}
        async for document in self._organisations.find({"_id.n": partition}):
            key = document["_id"]
            found[OrganisationKey(key["j"], key["code"])] = organisation_of(document)
        return found

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

    async def originals(self, wanted: Wanted) -> Kept:
        """Read entries that corrections name; those that are not kept are left out."""
        return await load(self._collection("entries"), wanted)

    async def due(self, partition: int, limit: int) -> list[YearKey]:
        """Name years that are due, those that have waited longest first."""
        query = {"n": partition, "due": {"$gt": 0}}
        found = self._years.find(query, {"_id": 1}).sort("due", 1).limit(limit)
        return [_key(document) async for document in found]

    async def sweep_page(
        self, partition: int, sweep: Sweep, years: Collection[int], changed_after: int, limit: int
    ) -> list[YearKey]:
        """Name the next years of a sweep: of some fiscal years, or changed since."""
        query: Document = {
            "n": partition,
            "j": sweep.jurisdiction,
            "$or": [{"_id.y": {"$in": [*years]}}, {"position": {"$gt": changed_after}}],
        }
        return await self._page(query, sweep.after, limit)

    async def round_page(self, partition: int, asked: Round, limit: int) -> list[YearKey]:
        """Name the next years of a round."""
        query: Document = {"n": partition}
        if asked.jurisdiction is not None:
            query["j"] = asked.jurisdiction
        return await self._page(query, asked.after, limit)

    async def _page(self, query: Document, after: YearKey | None, limit: int) -> list[YearKey]:
        if after is not None:
            query["_id"] = {"$gt": {"p": after.project, "y": after.fiscal_year}}
        found = self._years.find(query, {"_id": 1}).sort("_id", 1).limit(limit)
        return [_key(document) async for document in found]

    async def commit(self, taken: Taken, batch: Batch) -> Taken:
        """Write a batch whole or not at all; SupersededError if the partition is another's."""
        partition, standing = taken.partition, batch.standing
        inserts, updates = batch_documents(partition, batch)
        writes = Writes(
            {self._names[name]: documents for name, documents in inserts.items()},
            {self._names[name]: changes for name, changes in updates.items()},
        )
        extra = standing.extra()

        async def work(session: Session) -> Taken:
            moved = await taken.advance(
                session, position=standing.position, offset=standing.offset, extra=extra
            )
            for name, documents in writes.inserts.items():
                await insert(self.mongo.db, name, documents, session)
            for name, changes in writes.updates.items():
                await update(self.mongo.db, name, changes, session)
            await self.outbox.add(session, partition, batch.out)
            return moved

        async def alone() -> Taken:
            async with self._writing:
                return await taken.transaction(work)

        def told() -> Writes:
            out = {self.outbox.collection.name: self.outbox.documents(partition, batch.out)}
            return Writes({**writes.inserts, **out}, writes.updates)

        move = Move(taken, standing.position, standing.offset, extra)
        moved = await self.rounds.commit(move, told, alone)
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
