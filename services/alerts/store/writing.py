"""What the consumer writes: cases and alerts by compare-and-set, feeds without gaps.

One transaction per batch: alerts, cases, progress, and last of all the counters with what they
number (feed entries, outbox). Reading comes before the transaction, so that it is short; what was
read is guarded by the alerts' versions and by the progress.
"""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from bson.binary import Binary
from pymongo import IndexModel, InsertOne, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError

from contracts.codec import encode
from contracts.record import Mark
from contracts.topics import ALERTS, ASSESSMENTS, partition_of
from services.alerts.domain.alert import Alert, AlertState
from services.alerts.domain.case import Case, Watermark
from services.alerts.domain.judging import Key
from services.alerts.domain.telling import event_of
from services.alerts.store.batch import Batch
from services.alerts.store.documents import Document, alert_document, alert_of, case_id
from services.alerts.store.relay import Relay
from services.chassis.mongo import Mongo, Progress, Session, Taken
from services.chassis.outbox import Marked
from services.chassis.publisher import Publisher

PROJECTION: Final = "alerts.v1"
DUPLICATE_KEY: Final = 11000

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
    ],
    "feeds": [IndexModel([("jurisdiction", 1), ("cursor", 1)], unique=True)],
    "cases": [],
    "counters": [],
    "jurisdictions": [],
    "progress": [],
    **Relay.INDEXES,
}


Also = Callable[[Session], Awaitable[None]]
"""What is written with a batch, in its transaction."""


class ConflictError(Exception):
    """Someone else changed an alert since it was read: read again, judge again."""


def feed_counter(jurisdiction: str) -> str:
    """Name the counter of a jurisdiction's feed."""
    return f"feed:{jurisdiction}"


def topic_counter(partition: int) -> str:
    """Name the counter of a partition of the topic `alerts`."""
    return f"{ALERTS.name}:{partition}"


class AlertStore:
    """The consumer's side of the store."""

    def __init__(self, mongo: Mongo, publisher: Publisher) -> None:
        """`open` comes before the first use."""
        self._mongo = mongo
        self.progress = Progress(mongo, PROJECTION, ASSESSMENTS.name)
        self._alerts = mongo.db["alerts"]
        self._cases = mongo.db["cases"]
        self._feeds = mongo.db["feeds"]
        self._counters = mongo.db["counters"]
        self._jurisdictions = mongo.db["jurisdictions"]
        self._relay = Relay(mongo, publisher)
        self._counting: set[str] = set()
        # Batches that tell something meet at the counters: better one after the other here
        # than by retrying transactions.
        self._telling = asyncio.Lock()

    async def open(self, partitions: int) -> None:
        """Create collections and indexes, and learn how many partitions the deployment has."""
        await self._mongo.create(INDEXES)
        self.progress.partitions = partitions

    async def take(self, partition: int) -> Taken:
        """Become the owner of a partition of `assessments`, and publish what anyone left."""
        taken = await self.progress.take(partition)
        await self.relay_all()
        return taken

    async def cases(self, wanted: Iterable[tuple[str, int]]) -> dict[str, Case]:
        """Read cases with the latest alert of each key; new ones are empty."""
        found = {case_id(*key): Case(*key) for key in wanted}
        ids = list(found)
        marks: dict[str, Watermark] = {}
        async for document in self._cases.find({"_id": {"$in": ids}}):
            day = dt.date.fromisoformat(document["as_of"])
            marks[document["_id"]] = Watermark(document["position"], day)
        alerts: dict[str, dict[Key, Alert]] = {name: {} for name in ids}
        async for document in self._alerts.find({"case": {"$in": ids}, "latest": True}):
            alert = alert_of(document)
            alerts[document["case"]][alert.key] = alert
        return {
            name: Case(case.project, case.fiscal_year, marks.get(name), alerts[name])
            for name, case in found.items()
        }

    async def relay_all(self) -> None:
        """Publish what anyone left."""
        await self.relay(range(self.progress.partitions))

    async def commit(self, taken: Taken, batch: Batch, also: Also | None = None) -> Taken:
        """Write a batch, and what else belongs to it.

        ConflictError if an alert was changed meanwhile, SupersededError if the partition has
        another owner: then nothing of it counts.
        """

        async def work(session: Session) -> Taken:
            await self._save(session, batch)
            if also is not None:
                await also(session)
            advanced = await taken.advance(
                session, position=batch.position, offset=batch.offset, extra={}
            )
            if batch.told:
                await self._tell(session, batch)
            return advanced

        if not batch.told:
            return await taken.transaction(work)
        await self._begin_counting(batch)
        async with self._telling:
            return await taken.transaction(work)

    async def relay(self, partitions: Iterable[int]) -> None:
        """Publish what is committed for these partitions of `alerts`."""
        for partition in partitions:
            await self._relay.flush(partition)

    def home(self, jurisdiction: str) -> int:
        """Return the partition of a jurisdiction, on `alerts` and of its own facts."""
        return partition_of(jurisdiction, self.progress.partitions)

    async def _save(self, session: Session, batch: Batch) -> None:
        latest = batch.latest()
        updates = [
            UpdateOne(
                {"_id": alert.id, "version": version},
                {"$set": alert_document(alert, latest=alert.id in latest)},
            )
            for alert, version in batch.changed()
        ]
        flags = [
            UpdateOne({"_id": name}, {"$set": {"latest": False}}) for name in batch.superseded()
        ]
        raised = [
            InsertOne(alert_document(alert, latest=alert.id in latest)) for alert in batch.raised()
        ]
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

    async def _save_cases(self, session: Session, batch: Batch) -> None:
        writes = [
            UpdateOne(
                {"_id": name},
                {"$set": {"position": mark.position, "as_of": mark.as_of.isoformat()}},
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

    async def _begin_counting(self, batch: Batch) -> None:
        """Make counters outside the transaction: two that insert one would fail each other."""
        names = self._counters_of(batch).keys() - self._counting
        for name in sorted(names):
            await self._counters.update_one({"_id": name}, {"$setOnInsert": {"n": 0}}, upsert=True)
        self._counting |= names

    def _counters_of(self, batch: Batch) -> Counter[str]:
        wanted: Counter[str] = Counter()
        for told in batch.told:
            wanted[feed_counter(told.jurisdiction)] += 1
            wanted[topic_counter(self.home(told.jurisdiction))] += 1
        return wanted

    async def _tell(self, session: Session, batch: Batch) -> None:
        following: dict[str, int] = {}
        for name, count in sorted(self._counters_of(batch).items()):
            counter = await self._counters.find_one_and_update(
                {"_id": name},
                {"$inc": {"n": count}},
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            following[name] = counter["n"] - count + 1
        entries: list[dict[str, object]] = []
        records: dict[int, list[Marked]] = {}
        for told in batch.told:
            partition = self.home(told.jurisdiction)
            feed, topic = feed_counter(told.jurisdiction), topic_counter(partition)
            cursor, position = following[feed], following[topic]
            following[feed], following[topic] = cursor + 1, position + 1
            event = event_of(told, cursor)
            value = encode(event)
            mark = Mark(position, cursor, told.because.recorded_ms, told.because.cause, event.type)
            records.setdefault(partition, []).append(
                Marked(told.jurisdiction.encode(), value, mark)
            )
            where = told.change.where
            entries.append(
                {
                    "jurisdiction": told.jurisdiction,
                    "cursor": cursor,
                    # Who sees it; the event says it too, but cannot be asked for by it.
                    "project": where.project,
                    "lead_unit": where.lead_unit,
                    "department": where.department,
                    "event": Binary(value),
                }
            )
        await self._feeds.insert_many(entries, session=session)
        for partition, marked in records.items():
            await self._relay.add(session, partition, marked)
