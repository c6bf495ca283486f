"""A topic that many write, numbered without gaps: positions come last of all in a transaction.

The counters are the point at which all writers meet: their transactions conflict there, so commits
happen in the order of numbers and a reader never sees one without all lower ones.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, TypeVar

from pymongo import ReturnDocument

from services.chassis.mongo import Mongo, Session
from services.chassis.outbox import Marked
from services.chassis.publisher import Publisher
from services.chassis.relay import Relay

T = TypeVar("T")


class Counted:
    """Counters and the outbox of one topic."""

    INDEXES: Final = {"counters": [], **Relay.INDEXES}

    def __init__(self, mongo: Mongo, publisher: Publisher, topic: str) -> None:
        """Create the collections (`INDEXES`) before the first use."""
        self._counters = mongo.db["counters"]
        self._relay = Relay(mongo, publisher, topic)
        self._known: set[str] = set()
        # Transactions of one process better wait for each other here than be retried.
        self._turn = asyncio.Lock()

    async def within(self, counters: Iterable[str], run: Callable[[], Awaitable[T]]) -> T:
        """Run the transaction that draws from these counters; one at a time."""
        for name in sorted(set(counters) - self._known):
            # Outside the transaction: two that insert one would fail each other.
            await self._counters.update_one({"_id": name}, {"$setOnInsert": {"n": 0}}, upsert=True)
            self._known.add(name)
        async with self._turn:
            return await run()

    async def draw(self, session: Session, wanted: Counter[str]) -> dict[str, int]:
        """Give the first of so many numbers of each counter; the last operations but the writes."""
        first: dict[str, int] = {}
        for name, count in sorted(wanted.items()):
            counter = await self._counters.find_one_and_update(
                {"_id": name},
                {"$inc": {"n": count}},
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            first[name] = counter["n"] - count + 1
        return first

    async def add(self, session: Session, records: Mapping[int, list[Marked]]) -> None:
        """Keep records, by partition, within the transaction that drew their positions."""
        for partition, marked in records.items():
            await self._relay.add(session, partition, marked)

    async def relay(self, partitions: Iterable[int]) -> None:
        """Publish what is committed for these partitions."""
        for partition in partitions:
            await self._relay.flush(partition)
