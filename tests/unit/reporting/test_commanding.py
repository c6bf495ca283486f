"""What a plan writes: a few commands however much it is, and a conflict whichever of it clashes."""

from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final

import pytest
from pymongo.errors import BulkWriteError

from services.chassis.answers import Answer, Outcome
from services.reporting.store.commanding import (
    DUPLICATE_KEY,
    WRITES_MAX,
    Commands,
    ConflictError,
    Plan,
    Write,
)
from tests.support.looped import looped

DONE: Final = Answer(b"", 1, Outcome.DONE)
MANY: Final = 2_000


class World:
    """Store, teller and relay in memory, as far as a plan needs them."""

    def __init__(self, missing: int = 0, code: int | None = None) -> None:
        """Of `missing` documents another version is there; `code`: what inserting fails with."""
        self.commands: list[tuple[str, str, int]] = []
        self.missing = missing
        self.code = code
        self.db = {name: Collection(self, name) for name in ("last", "urgings", "answers")}

    async def transaction(self, work: Callable[[Any], Awaitable[None]]) -> None:
        """Run it once."""
        await work(None)

    async def within(self, _told: Any, run: Callable[[], Awaitable[None]]) -> None:
        """Run it at once."""
        await run()

    async def tell(self, _session: Any, _told: Any) -> None:
        """Tell nothing."""

    def homes(self, _told: Any) -> list[int]:
        """Name no partition."""
        return []

    def wake(self, _partitions: Any) -> None:
        """Relay nothing."""


class Collection:
    """Notes what it is asked to write."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._name = name

    async def insert_many(self, documents: Sequence[Any], **_: Any) -> None:
        """Take new documents."""
        self._world.commands.append((self._name, "insert", len(documents)))
        if self._world.code is not None:
            raise BulkWriteError({"writeErrors": [{"code": self._world.code}]})

    async def bulk_write(self, changed: Sequence[Any], **_: Any) -> Any:
        """Take changed ones."""
        self._world.commands.append((self._name, "replace", len(changed)))
        return SimpleNamespace(matched_count=len(changed) - self._world.missing)


def do(world: World, *writes: Write) -> None:
    """Carry a plan out."""
    stores: Any = world
    looped(Commands(stores, stores, stores, stores).do(Plan(DONE, writes)))


def urging(number: int, version: int | None) -> tuple[Write, Write]:
    """Write what an urging does, by turns in two collections."""
    document = {"_id": f"U-{number}", "version": (version or 0) + 1}
    return Write("last", document, version), Write("urgings", document)


def test_thousands_of_documents_are_a_few_commands() -> None:
    """First the collection that comes first: there two that write the same meet."""
    world = World()
    every = [one for n in range(MANY) for one in urging(n, n % 2 or None)]
    do(world, *every)

    assert world.commands == [
        ("last", "insert", MANY // 2),
        ("last", "replace", MANY // 2),
        ("urgings", "insert", MANY),
    ]


@pytest.mark.parametrize("world", [World(missing=1), World(code=DUPLICATE_KEY)])
def test_whoever_was_faster_makes_it_a_conflict(world: World) -> None:
    """One document of many that has another version, or is there already; nothing follows it."""
    with pytest.raises(ConflictError):
        do(world, *urging(0, 1), *urging(1, None), *urging(2, 1))

    assert {name for name, *_ in world.commands} == {"last"}


def test_what_else_fails_is_no_conflict() -> None:
    """It is raised as it is; so is a plan that is too long, before anything is written."""
    with pytest.raises(BulkWriteError):
        do(World(code=121), *urging(0, None))
    world = World()
    with pytest.raises(ValueError, match="at most 10000"):
        do(world, *(urging(0, None) * WRITES_MAX))
    assert world.commands == []
