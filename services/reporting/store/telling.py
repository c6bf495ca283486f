"""The feed of reports and the topic `reports`: written last in the transaction it happened in."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from bson.binary import Binary
from pymongo import IndexModel

from contracts.codec import encode
from contracts.record import Mark
from contracts.topics import REPORTS, partition_of
from services.chassis.counted import Counted
from services.chassis.mongo import Document, Mongo, Session
from services.chassis.outbox import Marked
from services.chassis.publisher import Publisher
from services.reporting.domain.telling import Told, event_of

T = TypeVar("T")

INDEXES: Final = {
    "feed": [
        IndexModel([("jurisdiction", 1), ("cursor", 1)], unique=True),
        IndexModel([("paper", 1), ("cursor", 1)]),
        IndexModel([("jurisdiction", 1), ("campaign", 1), ("cursor", 1)]),
    ],
    **Counted.INDEXES,
}


class Teller:
    """Writes what happened into feed and outbox."""

    def __init__(self, mongo: Mongo, publisher: Publisher) -> None:
        """`partitions` must be set before the first use."""
        self.partitions = 0
        self._feed = mongo.db["feed"]
        self._counted = Counted(mongo, publisher, REPORTS.name)

    def homes(self, told: Iterable[Told]) -> list[int]:
        """Name the partitions of `reports` on which these are told."""
        return sorted({self._home(item.jurisdiction) for item in told})

    async def within(self, told: Sequence[Told], run: Callable[[], Awaitable[T]]) -> T:
        """Run the transaction that will tell these."""
        if not told:
            return await run()
        return await self._counted.within(self._wanted(told), run)

    async def tell(self, session: Session, told: Sequence[Told]) -> None:
        """Write everything, in order, as the last operations of a transaction."""
        if not told:
            return
        following = await self._counted.draw(session, self._wanted(told))
        entries: list[Document] = []
        records: dict[int, list[Marked]] = {}
        for item in told:
            home = self._home(item.jurisdiction)
            feed, topic = _feed_counter(item.jurisdiction), _topic_counter(home)
            cursor, position = following[feed], following[topic]
            following[feed], following[topic] = cursor + 1, position + 1
            event = event_of(item, cursor)
            value = encode(event)
            recorded_ms = int(item.at.timestamp() * 1000)
            mark = Mark(position, cursor, recorded_ms, 0, event.type)
            records.setdefault(home, []).append(Marked(item.jurisdiction.encode(), value, mark))
            entries.append(
                {
                    "jurisdiction": item.jurisdiction,
                    "cursor": cursor,
                    "campaign": event.data.campaign,
                    "paper": getattr(event.data, "paper", None),
                    "type": event.type,
                    "date": event.data.date.isoformat(),
                    "event": Binary(value),
                }
            )
        await self._feed.insert_many(entries, session=session)
        await self._counted.add(session, records)

    async def relay(self, partitions: Iterable[int]) -> None:
        """Publish what is committed for these partitions of `reports`."""
        await self._counted.relay(partitions)

    def _home(self, jurisdiction: str) -> int:
        return partition_of(jurisdiction, self.partitions)

    def _wanted(self, told: Sequence[Told]) -> Counter[str]:
        wanted: Counter[str] = Counter()
        for item in told:
            wanted[_feed_counter(item.jurisdiction)] += 1
            wanted[_topic_counter(self._home(item.jurisdiction))] += 1
        return wanted


def _feed_counter(jurisdiction: str) -> str:
    return f"feed:{jurisdiction}"


def _topic_counter(partition: int) -> str:
    return f"{REPORTS.name}:{partition}"
