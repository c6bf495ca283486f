"""Generations of the projection: collections and progress of their own, one of them live (ADR 13).

`live` names for each partition the generation that answers and publishes; `generations` holds one
document for each that was ever begun. The first generation's collections have plain names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.topics import LEDGER
from services.analysis.domain.encoding import STATE_VERSION
from services.chassis.mongo import Document, Mongo, Progress, Session

FIRST: Final = 1
PROJECTION: Final = "analysis"
"""Consumer group and progress are named by this and the generation (and by a rebuild)."""
GENERATIONS: Final = "generations"
LIVE: Final = "live"
OF_GENERATION: Final = (
    "heads",
    "years",
    "rows",
    "entries",
    "parked",
    "jurisdictions",
    "organisations",
    "moments",
)
"""Collections that each generation has of its own."""


@dataclass(frozen=True)
class Generation:
    """One making of the projection from the ledger."""

    number: int = FIRST
    state_version: int = STATE_VERSION
    """Version of what it stores: another one is not read but built anew."""
    rebuild: str = ""
    """Name of a rebuild in a database of its own; it knows of no other generation."""

    @property
    def projection(self) -> str:
        """Name of its consumer group and progress."""
        name = f"{PROJECTION}.v{self.number}"
        return f"{name}.{self.rebuild}" if self.rebuild else name

    @property
    def is_readable(self) -> bool:
        """Whether this release reads it."""
        return self.state_version == STATE_VERSION

    def name(self, collection: str) -> str:
        """Return the name of one of its collections."""
        return collection if self.number == FIRST else f"{collection}_g{self.number}"

    def progress_of(self, partition: int) -> str:
        """Return the id of its progress on a partition."""
        return f"{self.projection}:{LEDGER.name}:{partition}"


class UnreadableGenerationError(Exception):
    """What is live was stored by another release: it is being built anew."""

    def __init__(self, number: int, version: int) -> None:
        """Name the generation and its version."""
        super().__init__(
            f"generation {number} is of state version {version}, this release's is {STATE_VERSION}"
        )


class Generations:
    """Which generations there are, and which are live."""

    def __init__(self, mongo: Mongo, rebuild: str = "") -> None:
        """Call `prepare` before the first use."""
        self.mongo = mongo
        self._rebuild = rebuild
        self._readable: set[int] = set()
        self.known = mongo.db[GENERATIONS]
        self.live_by_partition = mongo.db[LIVE]

    async def prepare(self) -> None:
        """Create the collections; enter the first generation of a database."""
        await self.mongo.create({GENERATIONS: [], LIVE: []})
        if await self.none_begun():
            version = await self._stored_version()
            await self.known.update_one(
                {"_id": FIRST},
                {"$setOnInsert": {"state_version": version}},
                upsert=True,
            )

    async def none_begun(self) -> bool:
        """Say whether the database is a new one."""
        return await self.known.find_one({}) is None

    async def all(self, session: Session | None = None) -> list[Generation]:
        """Return all that are not dropped, in order."""
        found = self.known.find({"dropped": {"$ne": True}}, session=session).sort("_id", 1)
        return [self._generation(document) async for document in found]

    async def live(self, partitions: int, session: Session | None = None) -> list[int]:
        """Return the number of the live generation of each partition."""
        found = {
            document["_id"]: document["generation"]
            async for document in self.live_by_partition.find({}, session=session)
        }
        return [found.get(partition, FIRST) for partition in range(partitions)]

    async def unused(self, partitions: int) -> list[Generation]:
        """Return those that answer for no partition and never will: older than the live ones."""
        live = await self.live(partitions)
        first = min(live, default=FIRST)
        return [known for known in await self.all() if known.number < first]

    async def require_readable(self, live: Sequence[int]) -> None:
        """Raise UnreadableGenerationError if this release does not read what is live."""
        for number in set(live) - self._readable:
            found = await self.known.find_one({"_id": number})
            if found is not None and found["state_version"] != STATE_VERSION:
                raise UnreadableGenerationError(number, found["state_version"])
            self._readable.add(number)

    async def begin(self, partitions: int) -> Generation:
        """Return the generation that this release builds beside the live one; begin one if none is.

        One whose swap has begun is gone on with.
        """
        oldest = min(await self.live(partitions), default=FIRST)
        for generation in reversed(await self.all()):
            if generation.number > oldest and generation.is_readable:
                return generation
        numbers: list[int] = await self.known.distinct("_id")
        number = 1 + max(numbers, default=FIRST)
        # Two processes may begin at once: both then work on the same one.
        await self.known.update_one(
            {"_id": number}, {"$setOnInsert": {"state_version": STATE_VERSION}}, upsert=True
        )
        return Generation(number, rebuild=self._rebuild)

    async def drop(self, generation: Generation) -> None:
        """Drop what a generation stores; its number is never given again."""
        await self.known.update_one({"_id": generation.number}, {"$set": {"dropped": True}})
        for name in OF_GENERATION:
            await self.mongo.db[generation.name(name)].drop()

    async def _stored_version(self) -> int:
        """Return the version of what is stored in a database from before generations."""
        stored = await self.mongo.db["years"].find_one({}, {"state": 1})
        return stored["state"][0] if stored else STATE_VERSION

    def _generation(self, document: Document) -> Generation:
        return Generation(document["_id"], document["state_version"], self._rebuild)


class LiveProgress(Progress):
    """How far the projection is as readers see it: each partition's live generation."""

    def __init__(self, mongo: Mongo, rebuild: str = "") -> None:
        """Set `partitions` before the first use."""
        super().__init__(mongo, Generation(rebuild=rebuild).projection, LEDGER.name)
        self.generations = Generations(mongo, rebuild)
        self._rebuild = rebuild

    async def read(self, partitions: int) -> list[Document | None]:
        """Read every partition's progress, None where it has not begun."""
        ids = self.ids_of(await self.generations.live(partitions))
        found = {
            document["_id"]: document
            async for document in self.collection.find({"_id": {"$in": ids}})
        }
        return [found.get(key) for key in ids]

    def ids_of(self, live: Sequence[int]) -> list[str]:
        """Return the id of the progress of the generation that is live on each partition."""
        return [
            Generation(number, rebuild=self._rebuild).progress_of(partition)
            for partition, number in enumerate(live)
        ]
