"""What is told at once: cursors of each feed and positions of each partition without gaps."""

import asyncio
from collections import Counter
from typing import Any

from contracts.record import Mark
from contracts.topics import partition_of
from services.alerts.domain.telling import Because, Told
from services.alerts.store.telling import Teller, feed_counter, topic_counter
from tests.unit.alerts.test_alert import RED, live

PARTITIONS = 4


class Collection:
    """A collection in memory, as far as the teller uses one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.numbers = Counter[str]()
        self.made: list[str] = []
        self.documents: list[dict[str, Any]] = []

    def with_options(self, **_: Any) -> "Collection":
        """Be the same."""
        return self

    async def update_one(self, wanted: Any, _change: Any, **_: Any) -> None:
        """Make a counter."""
        self.made.append(wanted["_id"])

    async def find_one_and_update(self, wanted: Any, change: Any, **_: Any) -> dict[str, int]:
        """Count."""
        self.numbers[wanted["_id"]] += change["$inc"]["n"]
        return {"n": self.numbers[wanted["_id"]]}


class Database(dict[str, Collection]):
    """A database in memory."""

    def __missing__(self, name: str) -> Collection:
        """Make a collection."""
        self[name] = Collection(name)
        return self[name]

    async def command(self, command: dict[str, Any], **_: Any) -> dict[str, int]:
        """Keep documents."""
        self[command["insert"]].documents += command["documents"]
        return {"n": len(command["documents"])}


class World:
    """A teller on a database in memory."""

    def __init__(self) -> None:
        self.db = Database()
        self.teller = Teller(self, None)  # type: ignore[arg-type]
        self.teller.partitions = PARTITIONS

    async def tell(self, *told: Told) -> None:
        """Tell in a transaction."""
        session: Any = None
        await self.teller.within(told, lambda: self.teller.tell(session, told))


def told(number: int) -> Told:
    """Something that happened."""
    return Told(live(RED)[1][0], Because(f"e{number}", None, 0, number))


async def test_numbers_are_drawn_once_and_without_gaps() -> None:
    """Whoever tells beside another; counters are made before, and once."""
    world = World()
    heard: list[int] = []
    world.teller.committed.append(lambda: heard.append(len(world.db["feeds"].documents)))
    await asyncio.gather(world.tell(told(1), told(2)), world.tell(told(3)), world.tell())

    entries = world.db["feeds"].documents
    jurisdiction = entries[0]["jurisdiction"]
    home = partition_of(jurisdiction, PARTITIONS)
    counters = [feed_counter(jurisdiction), topic_counter(home)]
    assert [1, 2, 3] == [entry["cursor"] for entry in entries]
    assert sorted(counters) == sorted(set(world.db["counters"].made))
    assert dict.fromkeys(counters, 3) == world.db["counters"].numbers
    assert [home] == world.teller.homes([told(1)])
    assert [2, 3] == heard
    marks = [
        Mark.from_bytes(bytes(mark)).position
        for document in world.db["outbox"].documents
        for _, _, mark in document["records"]
    ]
    assert [1, 2, 3] == marks
