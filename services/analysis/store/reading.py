"""The readers' side of the store: states at one moment, with the position they stand at."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from contracts.topics import partition_of
from services.analysis.domain import Jurisdiction, Organisation
from services.analysis.store.asked import Asked, Found, Page, Position
from services.analysis.store.documents import (
    PARTITION_MAX,
    SEQUENCE_MAX,
    Document,
    organisation_of,
    project_of,
    put_together,
    unpacked,
    year_of,
)
from services.analysis.store.generations import LiveProgress
from services.analysis.store.moments import last_by, position_by
from services.analysis.store.past import jurisdiction_then, organisations_then, project_then
from services.analysis.store.states import KeptEntry, Standing, left_of, stream_of
from services.analysis.store.together import Copies, Question, Together
from services.analysis.store.views import Part, View, by_id
from services.chassis.mongo import Mongo

__all__ = ["Asked", "Found", "Page", "Position", "Reader", "TooManyEntriesError"]

ENTRIES_MAX: Final = 200_000
"""Most entries of one project, or facts of one jurisdiction, that are folded again."""
THEN_MAX: Final = 64
"""Most jurisdictions of the past that are remembered: one for each partition and cut."""


class TooManyEntriesError(Exception):
    """A stream is too long to be folded again for an answer."""


class Reader:
    """Answers people's questions from one snapshot each."""

    def __init__(self, mongo: Mongo, progress: LiveProgress) -> None:
        """`progress.partitions` has to be set before the first use."""
        self._mongo = mongo
        self._progress = progress
        self.together = Together(mongo, progress)
        self._copies = Copies()
        self._then: dict[tuple[int, str, int, int], Jurisdiction | None] = {}

    @property
    def partitions(self) -> int:
        """How many partitions the ledger has."""
        return self._progress.partitions

    @asynccontextmanager
    async def opened(self, *questions: Question) -> AsyncIterator[View]:
        """Read everything as it is at this moment, each partition from its live generation."""
        async with self._mongo.snapshot() as session:
            answer = await self.together.ask_within(session, *questions)
            yield View(session, answer.standings, answer.parts, answer.found)

    async def position(self, at_least: Sequence[int] | None) -> Position:
        """Return how far we are; `due` counts what was changed up to `at_least`, or at all."""
        async with self.opened() as view:
            due = sum(
                _counts(standing, at_least, partition)
                for partition, standing in enumerate(view.standings)
            )
            for part in view.parts:
                # Named also where these are all partitions: the index begins with them.
                everywhere = {"n": {"$in": list(part.partitions)}}
                query = {"$and": [_due(at_least), everywhere]}
                due += await part["years"].count_documents(query, session=view.session)
        return Position(view.cut, [standing.out for standing in view.standings], due)

    async def jurisdictions(self, code: str | None = None) -> dict[str, list[Jurisdiction]]:
        """Return every jurisdiction's copies, or one's, one per partition that knows it."""
        (documents,) = (await self.together.ask(copies_of(code))).found
        found: dict[str, list[Jurisdiction]] = {}
        for document in sorted(documents, key=by_id):
            found.setdefault(document["_id"]["j"], []).append(self._copies.read(document))
        return found

    async def organisations(self, jurisdiction: str) -> dict[str, Organisation]:
        """Return a jurisdiction's organisations, as the lowest partition that knows some has them.

        How they stand at a day is what `domain.tree_at` reads from them.
        """
        async with self.opened() as view:
            for partition in range(self.partitions):
                first = {"j": jurisdiction, "n": partition, "code": ""}
                end = {"j": jurisdiction, "n": partition + 1, "code": ""}
                cursor = view.part_of(partition)["organisations"].find(
                    {"_id": {"$gte": first, "$lt": end}}, session=view.session
                )
                if found := await cursor.to_list(None):
                    return {known["_id"]["code"]: organisation_of(known) for known in found}
        return {}

    async def organisations_at(
        self, jurisdiction: str, cut: Sequence[int]
    ) -> dict[str, Organisation]:
        """Return a jurisdiction's organisations as the lowest partition that knew some had them."""
        async with self.opened() as view:
            parts = [view.part_of(partition) for partition in range(self.partitions)]
        # Not in the snapshot: entries are only added.
        for partition, part in enumerate(parts):
            stream = stream_of(jurisdiction, partition)
            kept = await entries_of(part, stream, cut[partition], ENTRIES_MAX)
            if kept is None:
                raise TooManyEntriesError(jurisdiction)
            if found := await asyncio.to_thread(organisations_then, kept):
                return found
        return {}

    async def cut_at(self, recorded_ms: int) -> list[int]:
        """Return the cut of a recorded time: all before the first entry recorded after it."""
        async with self.opened() as view:
            cut = []
            for partition in range(self.partitions):
                moments = view.part_of(partition)["moments"]
                query = last_by(partition, recorded_ms)
                found = await moments.find_one(query, sort=[("_id", -1)], session=view.session)
                cut.append(position_by(found, recorded_ms))
        return cut

    async def project(self, name: str) -> tuple[Found | None, list[int]]:
        """Return a project with all its years and the cut it stands at, in one round trip."""
        answer = await self.together.ask(
            Question("heads", lambda part: _head_with_copy(name, part)),
            Question("years", lambda part: [{"$match": {"_id.p": name, **part.filter()}}]),
        )
        cut = [standing.position for standing in answer.standings]
        heads, years = answer.found
        if not heads:
            return None, cut
        head = heads[0]
        (copy,) = head["copies"] or [None]
        project = put_together([head], years)[name]
        return Found(project, copy and self._copies.read(copy), head["n"]), cut

    async def page(self, asked: Asked, after: str | None, limit: int) -> Page:
        """Return the next projects, by id, with the year."""
        query = asked.query()
        if after is not None:
            query["_id"] = {"$gt": after}
        async with self.opened(copies_of(asked.jurisdiction)) as view:
            heads = await view.find("heads", query, sort=[("_id", 1)], limit=limit)
            names = [head["_id"] for head in heads]
            years = await view.find("years", {"_id.p": {"$in": names}, "_id.y": asked.fiscal_year})
            sequences = await self._sequences(names, view)
        copies = self.copies(view.found[0])
        page = Page(view.cut, after=heads[-1]["_id"] if len(heads) == limit else None)
        by_project = {document["_id"]["p"]: document for document in years}
        for head in heads:
            project = project_of(head)
            known = project.head
            known.sequence = max(known.sequence, sequences.get(head["_id"], 0))
            page.items.append(Found(project, copies.get(head["n"]), head["n"]))
            stored = by_project.get(head["_id"])
            page.years.append(year_of(stored) if stored else None)
        return page

    async def entries(self, project: str, position: int, limit: int) -> list[KeptEntry] | None:
        """Return a project's entries up to a position; None if they are more than `limit`."""
        async with self.opened() as view:
            part = view.part_of(partition_of(project, self.partitions))
        # Not in the snapshot: entries are only added, and a long history may take its time.
        return await entries_of(part, project, position, limit)

    async def states_at(
        self, asked: Asked, cut: Sequence[int], after: str | None, limit: int
    ) -> Page:
        """Return the next projects, by id, as they were known at a cut, with the year.

        Folded again from the entries up to the cut; who did not exist then is left out. Who leads
        a project is what it was then.
        """
        query: Document = {"j": asked.jurisdiction}
        if after is not None:
            query["_id"] = {"$gt": after}
        if asked.project is not None:
            query["_id"] = asked.project
        async with self.opened() as view:
            fields = {"n": 1, "incomplete": 1}
            found = await view.find("heads", query, fields=fields, sort=[("_id", 1)], limit=limit)
        page = Page(list(cut), after=found[-1]["_id"] if len(found) == limit else None)
        for document in found:
            partition, name = document["n"], document["_id"]
            part = view.part_of(partition)
            known = await self._jurisdiction_at(part, asked.jurisdiction, partition, cut[partition])
            kept = await entries_of(part, name, cut[partition], ENTRIES_MAX)
            # What lacks nothing now never did.
            lacks = document["incomplete"]
            left = (
                await entries_of(part, left_of(name), cut[partition], ENTRIES_MAX) if lacks else []
            )
            if kept is None or left is None:
                raise TooManyEntriesError(name)
            project = project_then(name, kept, known, left)
            if project is not None and lacks:
                project.lacks |= await _has_parked(part, name, cut[partition])
            if project is not None and asked.holds(project):
                page.items.append(Found(project, known, partition))
                page.years.append(project.years.get(asked.fiscal_year))
        return page

    async def jurisdictions_at(self, code: str, cut: Sequence[int]) -> list[Jurisdiction]:
        """Return a jurisdiction's copies as they were at a cut, one per partition that knew it."""
        async with self.opened() as view:
            parts = [view.part_of(partition) for partition in range(self.partitions)]
        # Not in the snapshot: entries are only added.
        found = [
            await self._jurisdiction_at(parts[partition], code, partition, position)
            for partition, position in enumerate(cut)
        ]
        return [known for known in found if known is not None]

    async def jurisdiction_at(
        self, code: str, partition: int, position: int
    ) -> Jurisdiction | None:
        """Return a partition's copy of a jurisdiction as it was; None: it knew none."""
        async with self.opened() as view:
            part = view.part_of(partition)
        return await self._jurisdiction_at(part, code, partition, position)

    async def _jurisdiction_at(
        self, part: Part, name: str, partition: int, position: int
    ) -> Jurisdiction | None:
        """Return a partition's copy of a jurisdiction as it was; the last few are remembered."""
        key = (part.generation.number, name, partition, position)
        if key not in self._then:
            kept = await entries_of(part, stream_of(name, partition), position, ENTRIES_MAX)
            if kept is None:
                raise TooManyEntriesError(name)
            while len(self._then) >= THEN_MAX:
                del self._then[next(iter(self._then))]
            self._then[key] = jurisdiction_then(name, kept)
        return self._then[key]

    def copies(self, documents: Iterable[Document]) -> dict[int, Jurisdiction]:
        """Read each partition's copy of a jurisdiction."""
        return {
            document["_id"]["p"]: self._copies.read(document)
            for document in sorted(documents, key=by_id)
        }

    async def _sequences(self, names: list[str], view: View) -> dict[str, int]:
        """Return the last entry of each project: a head alone may not know it."""
        found: dict[str, int] = {}
        for document in await view.find("years", {"_id.p": {"$in": names}}, fields={"sequence": 1}):
            name = document["_id"]["p"]
            found[name] = max(found.get(name, 0), document["sequence"])
        return found


async def entries_of(part: Part, stream: str, position: int, limit: int) -> list[KeptEntry] | None:
    """Return a stream's entries up to a position; None if they are more than `limit`."""
    found: list[KeptEntry] = []
    query = {"_id": {"$gte": {"p": stream, "n": 0}, "$lt": {"p": stream, "n": SEQUENCE_MAX}}}
    async for document in part["entries"].find(query).sort("_id", 1):
        found += (entry for entry in unpacked(document) if entry.position <= position)
        if len(found) > limit:
            return None
        await asyncio.sleep(0)
    return found


async def _has_parked(part: Part, project: str, position: int) -> bool:
    """Say whether an entry of a project was parked up to a position."""
    query = {"project": project, "_id.position": {"$lte": position}}
    return await part["parked"].find_one(query) is not None


def copies_of(code: str | None) -> Question:
    """Ask for a jurisdiction's copies; None: for all of all."""
    query: Document = {}
    if code is not None:
        query = {"_id": {"$gte": {"j": code, "p": 0}, "$lt": {"j": code, "p": PARTITION_MAX}}}
    return Question("jurisdictions", lambda part: [{"$match": {**query, **part.of_id("p")}}])


def _head_with_copy(name: str, part: Part) -> list[Document]:
    """Find a project's head, and its partition's copy of its jurisdiction in `copies`."""
    return [
        {"$match": {"_id": name, **part.filter()}},
        {"$set": {"copy": {"j": "$j", "p": "$n"}}},
        {
            "$lookup": {
                "from": part.generation.name("jurisdictions"),
                "localField": "copy",
                "foreignField": "_id",
                "as": "copies",
            }
        },
    ]


def _due(at_least: Sequence[int] | None) -> Document:
    if at_least is None:
        return {"due": {"$gt": 0}}
    return {
        "$or": [
            {"n": partition, "due": {"$gt": 0, "$lte": position}}
            for partition, position in enumerate(at_least)
        ]
    }


def _counts(standing: Standing, at_least: Sequence[int] | None, partition: int) -> int:
    """Count a day that is being assessed, and rounds under way, as due."""
    limit = None if at_least is None else at_least[partition]
    asked = [each.position for each in standing.rounds if not each.reprojected]
    if standing.sweep is not None:
        asked.append(standing.sweep.position)
    return sum(limit is None or position <= limit for position in asked)
