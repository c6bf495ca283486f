"""The readers' side of the store: states at one moment, with the position they stand at."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.analysis.domain import Jurisdiction
from services.analysis.store.documents import (
    PARTITION_MAX,
    SEQUENCE_MAX,
    Document,
    jurisdiction_of,
    project_of,
    put_together,
    unpacked,
    year_of,
)
from services.analysis.store.states import KeptEntry, Project, Standing, Year
from services.chassis.mongo import Mongo, Progress, Session


@dataclass(frozen=True)
class Position:
    """How far the projection is."""

    ledger: list[int]
    """Last folded position of every ledger partition."""
    assessments: list[int]
    """Last position given on every partition of `assessments`."""
    due: int
    """Years and days that are changed or opened and not assessed yet."""


@dataclass(frozen=True)
class Found:
    """A project as it is stored, and what measuring it takes."""

    project: Project
    jurisdiction: Jurisdiction | None
    """Its partition's copy."""
    partition: int


@dataclass(frozen=True)
class Asked:
    """Which projects are asked for."""

    jurisdiction: str
    fiscal_year: int
    department: str | None = None
    within: AbstractSet[str] | None = None
    """Organisations that may lead them; None: any. One that nobody leads goes by its code."""

    def query(self) -> Document:
        """Select their heads."""
        query: Document = {"j": self.jurisdiction}
        if self.department is not None:
            query["department"] = self.department
        if self.within is not None:
            codes = sorted(self.within)
            streams = [f"{self.jurisdiction}/{code}" for code in codes]
            query["$or"] = [
                {"unit": {"$in": codes}},
                {"unit": None, "department": {"$in": codes}},
                {"unit": None, "department": None, "_id": {"$in": streams}},
            ]
        return query


@dataclass
class Page:
    """Some projects of a jurisdiction, each with a given fiscal year."""

    cut: list[int]
    items: list[Found] = field(default_factory=list)
    years: list[Year | None] = field(default_factory=list)
    """The year asked for, of each item; None where no fact belongs to it."""
    after: str | None = None
    """The last project looked at, if there are more."""


class Reader:
    """Answers people's questions from one snapshot each."""

    def __init__(self, mongo: Mongo, progress: Progress) -> None:
        """`progress.partitions` has to be set before the first use."""
        self._mongo = mongo
        self._progress = progress
        self._heads = mongo.db["heads"]
        self._years = mongo.db["years"]
        self._entries = mongo.db["entries"]
        self._jurisdictions = mongo.db["jurisdictions"]

    @property
    def partitions(self) -> int:
        """How many partitions the ledger has."""
        return self._progress.partitions

    async def position(self, at_least: Sequence[int] | None) -> Position:
        """Return how far we are; `due` counts what was changed up to `at_least`, or at all."""
        async with self._snapshot() as session:
            standings = await self._standings(session)
            due = sum(
                _counts(standing, at_least, partition)
                for partition, standing in enumerate(standings)
            )
            due += await self._years.count_documents(_due(at_least), session=session)
        return Position(
            [standing.position for standing in standings],
            [standing.out for standing in standings],
            due,
        )

    async def jurisdictions(self) -> dict[str, list[Jurisdiction]]:
        """Return every jurisdiction's copies, one per partition that knows it."""
        found: dict[str, list[Jurisdiction]] = {}
        async for document in self._jurisdictions.find().sort("_id", 1):
            found.setdefault(document["_id"]["j"], []).append(jurisdiction_of(document))
        return found

    async def project(self, name: str) -> tuple[Found | None, list[int]]:
        """Return a project with all its years and the cut it stands at."""
        async with self._snapshot() as session:
            cut = [standing.position for standing in await self._standings(session)]
            head = await self._heads.find_one({"_id": name}, session=session)
            if head is None:
                return None, cut
            years = await self._years.find({"_id.p": name}, session=session).to_list(None)
            copies = await self._copies(head["j"], session)
        project = put_together([head], years)[name]
        return Found(project, copies.get(head["n"]), head["n"]), cut

    async def page(self, asked: Asked, after: str | None, limit: int) -> Page:
        """Return the next projects, by id, with the year."""
        query = asked.query()
        if after is not None:
            query["_id"] = {"$gt": after}
        async with self._snapshot() as session:
            cut = [standing.position for standing in await self._standings(session)]
            heads = await (
                self._heads.find(query, session=session).sort("_id", 1).limit(limit).to_list(None)
            )
            keys = [{"p": head["_id"], "y": asked.fiscal_year} for head in heads]
            years = await self._years.find({"_id": {"$in": keys}}, session=session).to_list(None)
            sequences = await self._sequences([head["_id"] for head in heads], session)
            copies = await self._copies(asked.jurisdiction, session)
        page = Page(cut, after=heads[-1]["_id"] if len(heads) == limit else None)
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
        found: list[KeptEntry] = []
        query = {"_id": {"$gte": {"p": project, "n": 0}, "$lt": {"p": project, "n": SEQUENCE_MAX}}}
        async for document in self._entries.find(query).sort("_id", 1):
            found += (entry for entry in unpacked(document) if entry.position <= position)
            if len(found) > limit:
                return None
            await asyncio.sleep(0)
        return found

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[Session]:
        async with await self._mongo.client.start_session(snapshot=True) as session:
            yield session

    async def _standings(self, session: Session) -> list[Standing]:
        ids = [self._progress.id_of(partition) for partition in range(self._progress.partitions)]
        query = {"_id": {"$in": ids}}
        found = {
            document["_id"]: Standing.read(
                document["position"], document["offset"], document["extra"]
            )
            async for document in self._progress.collection.find(query, session=session)
        }
        return [found.get(key) or Standing(0, None) for key in ids]

    async def _sequences(self, names: list[str], session: Session) -> dict[str, int]:
        """Return the last entry of each project: a head alone may not know it."""
        found: dict[str, int] = {}
        query = {"_id.p": {"$in": names}}
        async for document in self._years.find(query, {"sequence": 1}, session=session):
            name = document["_id"]["p"]
            found[name] = max(found.get(name, 0), document["sequence"])
        return found

    async def _copies(self, jurisdiction: str, session: Session) -> dict[int, Jurisdiction]:
        first, end = {"j": jurisdiction, "p": 0}, {"j": jurisdiction, "p": PARTITION_MAX}
        query = {"_id": {"$gte": first, "$lt": end}}
        return {
            document["_id"]["p"]: jurisdiction_of(document)
            async for document in self._jurisdictions.find(query, session=session)
        }


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
    """Count a day that is being assessed as due."""
    sweep = standing.sweep
    if sweep is None:
        return 0
    return int(at_least is None or sweep.position <= at_least[partition])
