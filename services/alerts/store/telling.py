"""Feeds without gaps: what happened gets its cursor last of all, in the transaction it happened in.

All that tell something meet at the counters, consumers and commands alike (`chassis/counted.py`).
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from bson.binary import Binary
from pymongo import IndexModel

from contracts.codec import encode
from contracts.record import Mark
from contracts.topics import ALERTS, partition_of
from services.alerts.domain.telling import Told, event_of
from services.alerts.store.documents import Document
from services.chassis.commands import insert
from services.chassis.counted import Counted
from services.chassis.mongo import Mongo, Session
from services.chassis.outbox import Marked
from services.chassis.publisher import Publisher

T = TypeVar("T")

INDEXES: Final = {
    "feeds": [
        IndexModel([("jurisdiction", 1), ("cursor", 1)], unique=True),
        IndexModel([("alert", 1), ("version", 1)]),
    ],
    **Counted.INDEXES,
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
        self.soon: Callable[[Iterable[int]], None] | None = None
        """Has partitions of `alerts` relayed beside whoever commits; None: who commits waits."""
        self._mongo = mongo
        self._counted = Counted(mongo, publisher, ALERTS.name)

    def home(self, jurisdiction: str) -> int:
        """Return the partition of a jurisdiction, on `alerts` and of its own facts."""
        return partition_of(jurisdiction, self.partitions)

    async def within(self, told: Sequence[Told], run: Callable[[], Awaitable[T]]) -> T:
        """Run the transaction that will tell these; one at a time if there is anything to tell."""
        if not told:
            return await run()
        done = await self._counted.within(self._counters_of(told), run)
        for hear in self.committed:
            hear()
        return done

    async def tell(self, session: Session, told: Sequence[Told]) -> None:
        """Write everything, in order, as the last operations of a transaction."""
        if not told:
            return
        following = await self._counted.draw(session, self._counters_of(told))
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
        await insert(self._mongo.db, "feeds", entries, session)
        await self._counted.add(session, records)

    def homes(self, told: Iterable[Told]) -> list[int]:
        """Name the partitions of `alerts` on which these are told."""
        return sorted({self.home(item.jurisdiction) for item in told})

    async def relay(self, partitions: Iterable[int]) -> None:
        """Publish what is committed for these partitions of `alerts`."""
        await self._counted.relay(partitions)

    async def relay_told(self, told: Iterable[Told]) -> None:
        """Publish what was told, or have it published soon."""
        if self.soon is None:
            await self.relay(self.homes(told))
        else:
            self.soon(self.homes(told))

    def _counters_of(self, told: Sequence[Told]) -> Counter[str]:
        wanted: Counter[str] = Counter()
        for item in told:
            wanted[feed_counter(item.jurisdiction)] += 1
            wanted[topic_counter(self.home(item.jurisdiction))] += 1
        return wanted


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
