"""Batches of virements and distributions, counted up behind the ledger (domain-rules 2, ADR 20).

A little of every partition at a time, so that taking facts never waits for it; what it has not come
to yet is told as `behind`. A step is one transaction: the entries' sides, their batches, the days
opened between them and how far the partition is read move together or not at all, so that a side
counts once, whoever is killed when. Ledgers of earlier releases are read from their first entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from bson import MaxKey, MinKey
from pymongo import ASCENDING, IndexModel, ReplaceOne
from pymongo.errors import DuplicateKeyError

from contracts.topics import SUBMISSIONS
from services.chassis.mongo import Mongo, Progress, Session, SupersededError
from services.intake.domain.batches import (
    Batch,
    BatchKind,
    BatchName,
    BatchState,
    Side,
    sides_of,
    state_of,
)
from services.intake.store.batch_documents import (
    batch_document,
    batch_of,
    key_of,
    side_document,
    side_of,
)
from services.intake.store.documents import Document
from services.intake.store.exporting import PROJECTION, window

BATCHES: Final = "adjustment_batches"
SIDES: Final = "adjustment_sides"
"""`_id` is batch, project, sequence; read in its order."""
DAYS: Final = "adjustment_days"
"""Jurisdiction and partition → last day opened among the entries that are read."""
REACHED: Final = "adjustments_reached"
"""Partition → position up to which entries are read."""
STEP_POSITIONS: Final = 2_000
"""Positions of one partition that are read at once."""
COUNTED_MAX: Final = 100_000
"""So many batches out of balance are counted; more are said to be so many."""
GROUPS_MAX: Final = 10_000
"""Groups (jurisdiction, kind, day) that are looked at to count batches."""

INDEXES: Final[Mapping[str, list[IndexModel]]] = {
    BATCHES: [
        # Only those out of balance: the list of work, however many batches there are.
        IndexModel(
            [("j", ASCENDING), ("since", ASCENDING), ("_id", ASCENDING)],
            partialFilterExpression={"open": True},
        )
    ],
    SIDES: [],
    DAYS: [IndexModel("j")],
    REACHED: [],
}

Scope = Mapping[str, Any]
"""What a caller may see, as a query."""


class Wanted(NamedTuple):
    """Which batches out of balance are meant."""

    jurisdiction: str
    fiscal_year: int | None = None
    kind: BatchKind | None = None
    state: BatchState = BatchState.UNBALANCED


class Kept(NamedTuple):
    """A batch, and where it stands."""

    batch: Batch
    state: BatchState


class KindCount(NamedTuple):
    """How many batches of a kind somebody has to look at."""

    kind: BatchKind
    batches: int


class Batches:
    """The counting, and what is read of it."""

    def __init__(self, mongo: Mongo, partitions: int) -> None:
        """`partitions` is the deployment's number."""
        self._mongo = mongo
        self._partitions = partitions
        self._progress = Progress(mongo, PROJECTION, SUBMISSIONS.name)

    async def prepare(self) -> None:
        """Create the collections."""
        await self._mongo.create(INDEXES)

    async def behind(self) -> int:
        """Tell how many positions of the ledger are not read yet."""
        ends, reached = await self._standing()
        return sum(max(0, end - at) for end, at in zip(ends, reached, strict=True))

    async def advance(self) -> int:
        """Read a little more of every partition; tell how much is left.

        SupersededError: another process has read the same meanwhile.
        """
        ends, reached = await self._standing()
        left = 0
        for partition, (end, at) in enumerate(zip(ends, reached, strict=True)):
            # A ledger that was made anew may be shorter than it was: then from its beginning.
            # Sides that are known already count no second time.
            first = at if at <= end else 0
            last = min(first + STEP_POSITIONS, end)
            if last > first or at > end:
                await self._step(partition, at, first + 1, last)
            left += end - last
        return left

    async def page(
        self, scope: Scope, wanted: Wanted, after: tuple[str, str] | None, limit: int
    ) -> Sequence[Kept]:
        """List batches out of balance, the longest first; `after` is a day and an id."""
        settled = await self.settled(wanted.jurisdiction)
        query = _query(wanted, settled)
        if query is None:
            return []
        behind: Document = {}
        if after is not None:
            day, batch_id = after
            behind = {"$or": [{"since": {"$gt": day}}, {"since": day, "_id": {"$gt": batch_id}}]}
        cursor = self._mongo.db[BATCHES].find({"$and": [query, scope, behind]})
        ordered = cursor.sort([("since", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [Kept(batch_of(item), wanted.state) for item in await ordered.to_list(limit)]

    async def counts(self, scope: Scope, wanted: Wanted) -> Sequence[KindCount]:
        """Count batches by kind, within a bound."""
        query = _query(wanted, await self.settled(wanted.jurisdiction))
        if query is None:
            return []
        steps: list[Document] = [
            {"$match": {"$and": [query, scope]}},
            {"$limit": COUNTED_MAX},
            {"$group": {"_id": "$k", "n": {"$sum": 1}}},
            {"$sort": {"_id": ASCENDING}},
        ]
        found = await self._mongo.db[BATCHES].aggregate(steps).to_list(len(BatchKind))
        return [KindCount(BatchKind(item["_id"]), item["n"]) for item in found]

    async def unbalanced(self) -> dict[BatchKind, int]:
        """Count what waits at all data desks, by kind, within a bound."""
        steps: list[Document] = [
            # Every jurisdiction: the index of open ones is by theirs.
            {"$match": {"open": True, "j": {"$gt": ""}}},
            {"$limit": COUNTED_MAX},
            {"$group": {"_id": {"j": "$j", "k": "$k", "s": "$since"}, "n": {"$sum": 1}}},
            {"$limit": GROUPS_MAX},
        ]
        groups = await self._mongo.db[BATCHES].aggregate(steps).to_list(GROUPS_MAX)
        settled = await self._settled({group["_id"]["j"] for group in groups})
        counts = dict.fromkeys(BatchKind, 0)
        for group in groups:
            of = group["_id"]
            if state_of(of["s"], settled.get(of["j"])) is BatchState.UNBALANCED:
                counts[BatchKind(of["k"])] += group["n"]
        return counts

    async def one(self, batch_id: str, scope: Scope) -> Kept | None:
        """Find a batch, whatever its state."""
        found = await self._mongo.db[BATCHES].find_one({"$and": [{"_id": batch_id}, scope]})
        if found is None:
            return None
        batch = batch_of(found)
        return Kept(batch, state_of(batch.since, await self.settled(batch.name.jurisdiction)))

    async def sides(
        self, batch: BatchName, after: tuple[str, int] | None, limit: int
    ) -> Sequence[Side]:
        """List the entries of a batch by project and sequence; `after` is one of them."""
        low: Document = {"b": batch.id, "s": MinKey(), "q": MinKey()}
        if after is not None:
            low = {"b": batch.id, "s": after[0], "q": after[1]}
        high = {"b": batch.id, "s": MaxKey(), "q": MaxKey()}
        wanted = {"_id": {"$gt": low, "$lte": high}}
        cursor = self._mongo.db[SIDES].find(wanted).sort("_id", ASCENDING).limit(limit)
        return [side_of(item, batch) for item in await cursor.to_list(limit)]

    async def settled(self, jurisdiction: str) -> str | None:
        """Tell the last opened day up to whose beginning every partition is read; None: none."""
        return (await self._settled([jurisdiction])).get(jurisdiction)

    async def _settled(self, jurisdictions: Iterable[str]) -> dict[str, str]:
        days: dict[str, list[str]] = {}
        async for item in self._mongo.db[DAYS].find({"j": {"$in": sorted(jurisdictions)}}):
            days.setdefault(item["j"], []).append(item["d"])
        # A partition that has read of no opened day may have sides from before any.
        return {code: min(of) for code, of in days.items() if len(of) == self._partitions}

    async def _standing(self) -> tuple[list[int], list[int]]:
        ends = await self._progress.positions(self._partitions)
        kept = {item["_id"]: item["n"] async for item in self._mongo.db[REACHED].find()}
        return ends, [kept.get(partition, 0) for partition in range(self._partitions)]

    async def _step(self, partition: int, at: int, first: int, last: int) -> None:
        sides, opened = sides_of(await window(self._mongo, partition, first, last))

        async def work(session: Session) -> None:
            await self._move(partition, at, last, session)
            if sides:
                await self._take(partition, sides, session)
            await self._open(partition, opened, session)

        try:
            await self._mongo.transaction(work)
        except DuplicateKeyError as error:
            # Both began on a partition that nobody had read.
            raise _superseded(partition) from error

    async def _move(self, partition: int, at: int, last: int, session: Session) -> None:
        """Move on from where this process has seen it; nobody else may have moved it since."""
        collection = self._mongo.db[REACHED]
        key: Document = {"_id": partition, "n": at}
        moved = await collection.update_one(
            key, {"$set": {"n": last}}, upsert=at == 0, session=session
        )
        if not moved.matched_count and moved.upserted_id is None:
            raise _superseded(partition)

    async def _take(self, partition: int, sides: Sequence[Side], session: Session) -> None:
        new = await self._new(sides, session)
        days = await self._days(partition, new, session)
        before = await self._before(new, session)
        documents: list[Document] = []
        for side in new:
            day = side.day or days.get(side.batch.jurisdiction)
            dated = msgspec.structs.replace(side, day=day)
            batch_id = side.batch.id
            before[batch_id] = before.get(batch_id, Batch(side.batch)).taken(dated)
            documents.append(side_document(dated, batch_id))
        if not documents:
            return
        await self._mongo.db[SIDES].insert_many(documents, ordered=False, session=session)
        writes = [
            ReplaceOne({"_id": batch_id}, batch_document(batch, batch_id), upsert=True)
            for batch_id, batch in before.items()
        ]
        await self._mongo.db[BATCHES].bulk_write(writes, ordered=False, session=session)

    async def _new(self, sides: Sequence[Side], session: Session) -> list[Side]:
        """Leave out what is counted already."""
        keys = [key_of(side, side.batch.id) for side in sides]
        found = self._mongo.db[SIDES].find({"_id": {"$in": keys}}, {"_id": 1}, session=session)
        known = {(item["_id"]["s"], item["_id"]["q"]) async for item in found}
        return [side for side in sides if (side.project, side.sequence) not in known]

    async def _days(
        self, partition: int, sides: Sequence[Side], session: Session
    ) -> dict[str, str]:
        """Read the days that were opened before what is read now."""
        codes = {side.batch.jurisdiction for side in sides if side.day is None}
        keys = [{"j": code, "p": partition} for code in sorted(codes)]
        found = self._mongo.db[DAYS].find({"_id": {"$in": keys}}, session=session)
        return {item["j"]: item["d"] async for item in found}

    async def _before(self, sides: Sequence[Side], session: Session) -> dict[str, Batch]:
        ids = sorted({side.batch.id for side in sides})
        found = self._mongo.db[BATCHES].find({"_id": {"$in": ids}}, session=session)
        return {item["_id"]: batch_of(item) async for item in found}

    async def _open(self, partition: int, opened: Mapping[str, str], session: Session) -> None:
        writes = [
            ReplaceOne({"_id": key}, {"_id": key, "j": code, "d": day}, upsert=True)
            for code, day in opened.items()
            for key in [{"j": code, "p": partition}]
        ]
        if writes:
            await self._mongo.db[DAYS].bulk_write(writes, ordered=False, session=session)


def _superseded(partition: int) -> SupersededError:
    return SupersededError(f"{REACHED}:{partition}")


def _query(wanted: Wanted, settled: str | None) -> Document | None:
    """Select open batches of a state; None: there can be none."""
    query: Document = {"open": True, "j": wanted.jurisdiction}
    if wanted.state is BatchState.UNBALANCED:
        if settled is None:
            return None
        query["since"] = {"$lt": settled}
    elif settled is not None:
        query["since"] = {"$gte": settled}
    if wanted.fiscal_year is not None:
        query["y"] = wanted.fiscal_year
    if wanted.kind is not None:
        query["k"] = wanted.kind.value
    return query
