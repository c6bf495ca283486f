"""Feeds without gaps: what happened gets its cursor last of all, in the transaction it happened in.

The counters are the point at which all that tell something meet, consumers and commands: their
transactions conflict there, so commits happen in the order of cursors and a reader never sees one
without all lower ones.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from bson.binary import Binary
from pymongo import IndexModel, ReturnDocument

from contracts.codec import encode
from contracts.record import Mark
from contracts.topics import ALERTS, partition_of
from services.alerts.domain.telling import Told, event_of
from services.alerts.store.documents import Document
from services.chassis.mongo import Mongo, Session
from services.chassis.outbox import Marked
from services.chassis.publisher import Publisher
from services.chassis.relay import Relay

T = TypeVar("T")

INDEXES: Final = {
    "feeds": [
        IndexModel([("jurisdiction", 1), ("cursor", 1)], unique=True),
        IndexModel([("alert", 1), ("version", 1)]),
    ],
    "counters": [],
    **Relay.INDEXES,
}


def feed_counter(jurisdiction: str) -> str:
    """Name the counter of a jurisdiction's feed."""
    return f"feed:{jurisdiction}"


def topic_counter(partition: int) -> str:
    """Name the counter of a partition of the topic `alerts`."""
    return f"{ALERTS.name}:{partition}"


class Teller:
    """Writes what happened into feeds and outbox."""

    def __init__(self, mongo: Mongo, publisher: Publisher) -> None:
        """`partitions` must be set before the first use."""
        self.partitions = 0
        self.committed: list[Callable[[], None]] = []
        """Told that something new stands in the feeds of this process: they need not poll."""
        self._feeds = mongo.db["feeds"]
        self._counters = mongo.db["counters"]
        self._relay = Relay(mongo, publisher, ALERTS.name)
        self._counting: set[str] = set()
        # Transactions that tell something meet at the counters: better one after the other here
        # than by retrying them.
        self._telling = asyncio.Lock()

    def home(self, jurisdiction: str) -> int:
        """Return the partition of a jurisdiction, on `alerts` and of its own facts."""
        return partition_of(jurisdiction, self.partitions)

    async def within(self, told: Sequence[Told], run: Callable[[], Awaitable[T]]) -> T:
        """Run the transaction that will tell these; one at a time if there is anything to tell."""
        if not told:
            return await run()
        await self._begin_counting(told)
        async with self._telling:
            done = await run()
        for hear in self.committed:
            hear()
        return done

    async def tell(self, session: Session, told: Sequence[Told]) -> None:
        """Write everything, in order, as the last operations of a transaction."""
        if not told:
            return
        following = await self._draw(session, told)
        entries: list[Document] = []
        records: dict[int, list[Marked]] = {}
        for item in told:
            partition = self.home(item.jurisdiction)
            feed, topic = feed_counter(item.jurisdiction), topic_counter(partition)
            cursor, position = following[feed], following[topic]
            following[feed], following[topic] = cursor + 1, position + 1
            event = event_of(item, cursor)
            value = encode(event)
            mark = Mark(position, cursor, item.because.recorded_ms, item.because.cause, event.type)
            records.setdefault(partition, []).append(
                Marked(item.jurisdiction.encode(), value, mark)
            )
            entries.append(_entry(item, cursor, value))
        await self._feeds.insert_many(entries, session=session)
        for partition, marked in records.items():
            await self._relay.add(session, partition, marked)

    def homes(self, told: Iterable[Told]) -> list[int]:
        """Name the partitions of `alerts` on which these are told."""
        return sorted({self.home(item.jurisdiction) for item in told})

    async def relay(self, partitions: Iterable[int]) -> None:
        """Publish what is committed for these partitions of `alerts`."""
        for partition in partitions:
            await self._relay.flush(partition)

    async def relay_told(self, told: Iterable[Told]) -> None:
        """Publish what was told."""
        await self.relay(self.homes(told))

    async def _begin_counting(self, told: Sequence[Told]) -> None:
        """Make counters outside the transaction: two that insert one would fail each other."""
        names = self._counters_of(told).keys() - self._counting
        for name in sorted(names):
            await self._counters.update_one({"_id": name}, {"$setOnInsert": {"n": 0}}, upsert=True)
        self._counting |= names

    def _counters_of(self, told: Sequence[Told]) -> Counter[str]:
        wanted: Counter[str] = Counter()
        for item in told:
            wanted[feed_counter(item.jurisdiction)] += 1
            wanted[topic_counter(self.home(item.jurisdiction))] += 1
        return wanted

    async def _draw(self, session: Session, told: Sequence[Told]) -> dict[str, int]:
        following: dict[str, int] = {}
        for name, count in sorted(self._counters_of(told).items()):
            counter = await self._counters.find_one_and_update(
                {"_id": name},
                {"$inc": {"n": count}},
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            following[name] = counter["n"] - count + 1
        return following


def _entry(told: Told, cursor: int, value: bytes) -> Document:
    """Write an entry: the event, and beside it what one asks for, for it is kept as bytes."""
    change = told.change
    where = change.where
    return {
        "jurisdiction": told.jurisdiction,
        "cursor": cursor,
        "project": where.project,
        "lead_unit": where.lead_unit,
        "department": where.department,
        "alert": change.alert_id,
        "version": change.version,
        "kind": change.kind.value,
        "severity": change.severity.value,
        "aspect": change.stamp.aspect.value,
        "rule": change.key.rule,
        "muted": change.work.muted,
        "date": where.as_of.isoformat(),
        "event": Binary(value),
    }
