"""The swap of a partition: one transaction after which another generation is the live one.

Both stand at the same position. The former one's progress is marked retired and its epoch moves
on, so that no commit of it succeeds any more; the new one goes on with its numbers on
`assessments`, with the outbox that all generations share, with the day that is being assessed, and
with what was due.
"""

from dataclasses import replace

from services.analysis.store.generations import FIRST, Generation, Generations
from services.analysis.store.states import Round, Standing
from services.chassis.commands import update
from services.chassis.mongo import Document, Mongo, Session, SupersededError, Taken


class RetiredError(SupersededError):
    """Another generation answers for the partition now: this one has ended."""


class _NotNowError(Exception):
    """The live generation has moved in the meantime."""


class Swapping:
    """A generation beside the live one."""

    def __init__(self, mongo: Mongo, generation: Generation) -> None:
        """Speak for this generation."""
        self.generations = Generations(mongo, generation.rebuild)
        self._mongo = mongo
        self._generation = generation
        self._progress = mongo.db["progress"]
        self._live = self.generations.live_by_partition

    async def require_not_retired(self, partition: int) -> None:
        """Raise RetiredError if the generation has ended on a partition."""
        key = self._generation.progress_of(partition)
        found = await self._progress.find_one({"_id": key}, {"retired": 1})
        if found is not None and found.get("retired"):
            msg = f"{key}: generation {found['retired']} is live"
            raise RetiredError(msg)

    async def is_live(self, partition: int) -> bool:
        """Say whether this generation answers and publishes for a partition."""
        return await self._live_number(partition) == self._generation.number

    async def live_position(self, partition: int) -> int | None:
        """Return how far the live generation is on a partition; None: it is this one."""
        number = await self._live_number(partition)
        if number == self._generation.number:
            return None
        key = Generation(number).progress_of(partition)
        found = await self._progress.find_one({"_id": key}, {"position": 1})
        return found["position"] if found else 0

    async def position(self, partition: int) -> int:
        """Return how far this generation is on a partition."""
        key = self._generation.progress_of(partition)
        found = await self._progress.find_one({"_id": key}, {"position": 1})
        return found["position"] if found else 0

    async def swap(self, taken: Taken, standing: Standing) -> Taken | None:
        """Become the live generation of a partition; None: the live one is not where we are."""

        async def work(session: Session) -> Taken:
            former = Generation(await self._live_number(taken.partition, session))
            told = await self._retire(former, taken, session)
            await self._take_due_over(former, taken.partition, session)
            await self._live.update_one(
                {"_id": taken.partition},
                {"$set": {"generation": self._generation.number}},
                upsert=True,
                session=session,
            )
            # What the live one had under way goes on; then every project is said once anew.
            again = Round(taken.position, standing.recorded_ms, reprojected=True)
            present = replace(
                standing, out=told.out, sweep=told.sweep, rounds=[*told.rounds, again]
            )
            return await taken.advance(
                session, position=taken.position, offset=taken.offset, extra=present.extra()
            )

        try:
            return await taken.transaction(work)
        except _NotNowError:
            return None

    async def _retire(self, former: Generation, taken: Taken, session: Session) -> Standing:
        """End a generation on a partition, if it stands where we stand; return its standing."""
        if former.number >= self._generation.number:
            msg = f"generation {former.number} is live, this is {self._generation.number}"
            raise RetiredError(msg)
        key = {"_id": former.progress_of(taken.partition)}
        found = await self._progress.find_one(key, session=session)
        standing = _standing(found)
        if standing.position != taken.position:
            raise _NotNowError
        fresh: Document = {} if found else {"position": 0, "offset": None, "extra": {}}
        await self._progress.update_one(
            key,
            {"$set": {"retired": self._generation.number, **fresh}, "$inc": {"epoch": 1}},
            upsert=True,
            session=session,
        )
        return standing

    async def _take_due_over(self, former: Generation, partition: int, session: Session) -> None:
        """Let years that the former one still had to assess be due: something new did happen."""
        query = {"n": partition, "due": {"$gt": 0}}
        years = self._mongo.db[former.name("years")]
        changes = [
            {"q": {"_id": found["_id"]}, "u": {"$set": {"due": found["due"]}}}
            async for found in years.find(query, {"due": 1}, session=session)
        ]
        name = self._generation.name("years")
        await update(self._mongo.db, name, changes, session)

    async def _live_number(self, partition: int, session: Session | None = None) -> int:
        found = await self._live.find_one({"_id": partition}, session=session)
        return found["generation"] if found else FIRST


def _standing(document: Document | None) -> Standing:
    if document is None:
        return Standing(0, None)
    return Standing.read(document["position"], document["offset"], document["extra"])
