"""Rows and states of one moment, and what has changed since another: how tables keep up."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from services.analysis.domain import Jurisdiction
from services.analysis.store.documents import Document, project_of, year_of
from services.analysis.store.reading import Found, Reader, copies_of
from services.analysis.store.rowstate import RowState, RowVersionError, decode_row
from services.analysis.store.states import Year, YearKey
from services.analysis.store.together import Question, Together
from services.analysis.store.views import View

CHUNK: Final = 200
"""Projects whose states are read at once."""
KEYS_MAX: Final = 200_000
"""Most names read at once."""


class Head(NamedTuple):
    """What a table has to know of a project beside its row."""

    project: str
    partition: int
    lead_unit: str | None
    """Lead unit and department of the latest registration: who may see it."""
    department: str | None
    registered_on: int | None
    incomplete: bool


class Row(NamedTuple):
    """A stored row; `state` None: written by another release."""

    project: str
    state: RowState | None


class Due(NamedTuple):
    """A year that changed and is not assessed yet."""

    project: str
    partition: int
    position: int
    """Ledger position of its first change that is not in its row."""


class Changed(NamedTuple):
    """A row as `changes` gives it, with the number it was written under."""

    key: YearKey
    partition: int
    out: int
    state: RowState | None


class Moment:
    """The store as it was at one moment."""

    def __init__(
        self, view: View, together: Together, copies: dict[int, Jurisdiction] | None = None
    ) -> None:
        """Look at a snapshot."""
        self._view = view
        self._together = together
        self.copies = copies or {}
        """Of the jurisdiction that was asked for with it, by partition."""
        self.cut = list(view.cut)
        """Last folded position of every ledger partition."""
        self.out = [standing.out for standing in view.standings]
        """Last number given on every partition of `assessments`."""

    def asked_anew(self, jurisdiction: str) -> dict[int, int]:
        """Return the partitions where all is being assessed anew, and what asked for it."""
        return {
            partition: min(known)
            for partition, standing in enumerate(self._view.standings)
            if (
                known := [
                    each.position
                    for each in standing.rounds
                    if each.jurisdiction in {jurisdiction, None} and not each.reprojected
                ]
            )
        }

    async def _find(
        self, collection: str, query: Document, *fields: str, sort: str = "", limit: int = 0
    ) -> AsyncIterator[Document]:
        """Yield documents of all parts of the store."""
        for part in self._view.parts:
            asked = {**query, **part.filter()}
            wanted = dict.fromkeys(fields, 1) or None
            found = part[collection].find(asked, wanted, session=self._view.session)
            if sort:
                found = found.sort(sort, 1)
            async for document in found.limit(limit):
                yield document

    async def news(
        self, jurisdiction: str, year: int, cut: Sequence[int], out: Sequence[int]
    ) -> tuple[list[Head], list[Row]]:
        """Return the heads and the rows written since, in one round trip."""
        heads: Document = {"j": jurisdiction, **_since("changed", self.cut, cut)}
        rows: Document = {"j": jurisdiction, "_id.y": year, **_since("out", self.out, out)}
        answer = await self._together.ask_within(
            self._view.session,
            Question("heads", lambda part: [{"$match": {**heads, **part.filter()}}]),
            Question("rows", lambda part: [{"$match": {**rows, **part.filter()}}]),
        )
        changed, written = answer.found
        return [_head(document) for document in changed], [_row(document) for document in written]

    async def rows(self, jurisdiction: str, year: int) -> list[Row]:
        """Return all rows."""
        query: Document = {"j": jurisdiction, "_id.y": year}
        return [_row(document) async for document in self._find("rows", query)]

    async def heads(self, jurisdiction: str) -> list[Head]:
        """Return all heads."""
        query: Document = {"j": jurisdiction}
        return [_head(document) async for document in self._find("heads", query)]

    async def years(self, jurisdiction: str, year: int) -> list[str]:
        """Name the projects that have facts of a year."""
        query = {"j": jurisdiction, "_id.y": year, "$and": [self._everywhere()]}
        found = self._find("years", query, "_id", limit=KEYS_MAX)
        return [document["_id"]["p"] async for document in found]

    async def due(
        self, jurisdiction: str, year: int, limit: int, at_least: Sequence[int] | None = None
    ) -> list[Due]:
        """Name years that changed and are not assessed yet, the longest waiting first.

        `at_least`: only those whose change is at or before it.
        """
        query: Document = {"j": jurisdiction, "_id.y": year}
        if at_least is None:
            query |= {"due": {"$gt": 0}, "$and": [self._everywhere()]}
        else:
            query["$or"] = [
                {"n": partition, "due": {"$gt": 0, "$lte": position}}
                for partition, position in enumerate(at_least)
            ]
        found = self._find("years", query, "n", "due", sort="due", limit=limit)
        return [Due(known["_id"]["p"], known["n"], known["due"]) async for known in found]

    async def before_due(self, jurisdiction: str, year: int) -> list[int]:
        """Return the last cut up to which every change is assessed."""
        cut = list(self.cut)
        for partition in range(len(cut)):
            query = {"n": partition, "due": {"$gt": 0}, "j": jurisdiction, "_id.y": year}
            async for first in self._find("years", query, "due", sort="due", limit=1):
                cut[partition] = min(cut[partition], first["due"] - 1)
        return cut

    def _everywhere(self) -> Document:
        # The indexes begin with the partition.
        return {"n": {"$in": list(range(len(self.cut)))}}

    async def projects(
        self, names: Sequence[str], fiscal_year: int, copies: dict[int, Jurisdiction]
    ) -> AsyncIterator[tuple[Found, Year | None]]:
        """Yield projects with a year's state, in no order."""
        for first in range(0, len(names), CHUNK):
            some = list(names[first : first + CHUNK])
            years = {
                document["_id"]["p"]: document
                async for document in self._find(
                    "years", {"_id.p": {"$in": some}, "_id.y": fiscal_year}
                )
            }
            heads = [document async for document in self._find("heads", {"_id": {"$in": some}})]
            last = await self._last(some)
            for document in heads:
                project, partition = project_of(document), document["n"]
                stored = years.get(document["_id"])
                year = year_of(stored) if stored else None
                head = project.head
                head.sequence, head.position = max(
                    (head.sequence, head.position), last.get(document["_id"], (0, 0))
                )
                yield Found(project, copies.get(partition), partition), year

    async def _last(self, names: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return sequence and position of the last entry in any year of projects."""
        found: dict[str, tuple[int, int]] = {}
        query = {"_id.p": {"$in": list(names)}}
        async for known in self._find("years", query, "sequence", "position"):
            name = known["_id"]["p"]
            found[name] = max(found.get(name, (0, 0)), (known["sequence"], known["position"]))
        return found

    async def changed(
        self, partition: int, after: int, jurisdictions: Collection[str] | None, limit: int
    ) -> list[Changed]:
        """Return the next rows of a partition, in the order they were written."""
        query: Document = {"n": partition, "out": {"$gt": after}}
        if jurisdictions is not None:
            query["j"] = {"$in": sorted(jurisdictions)}
        for part in self._view.parts:
            if partition in part.partitions:
                rows = part["rows"].find(query, session=self._view.session)
                return [_changed(document) async for document in rows.sort("out", 1).limit(limit)]
        return []

    async def leads(self, names: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
        """Return who leads projects now: lead unit and department."""
        query = {"_id": {"$in": list(names)}}
        return {
            document["_id"]: (document["unit"], document["department"])
            async for document in self._find("heads", query, "unit", "department")
        }


class TableReader(Reader):
    """A reader that keeps tables up to date, and follows what changes."""

    @asynccontextmanager
    async def moment(self, jurisdiction: str | None = None) -> AsyncIterator[Moment]:
        """Read everything as it is at one moment, with a jurisdiction's copies if one is named."""
        if jurisdiction is None:
            async with self.opened() as view:
                yield Moment(view, self.together)
            return
        async with self.opened(copies_of(jurisdiction)) as view:
            yield Moment(view, self.together, self.copies(view.found[0]))

    async def changes(
        self, seen: Sequence[int], jurisdictions: Collection[str] | None, limit: int
    ) -> tuple[list[Changed], list[int], bool]:
        """Return the next rows written since, where the next question goes on, whether all came.

        Of each project year the latest row alone; `jurisdictions` None: of all.
        """
        found: list[Changed] = []
        following = list(seen)
        async with self.moment() as moment:
            for partition, out in enumerate(moment.out):
                if out <= seen[partition]:
                    continue
                left = limit - len(found)
                if left <= 0:
                    return found, following, False
                page = await moment.changed(partition, seen[partition], jurisdictions, left)
                found += page
                full = len(page) == left
                following[partition] = page[-1].out if full else out
                if full and page[-1].out < out:
                    return found, following, False
        return found, following, True

    async def leads(self, names: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
        """Return who leads projects now: lead unit and department."""
        async with self.moment() as moment:
            return await moment.leads(names)


def _since(name: str, present: Sequence[int], seen: Sequence[int]) -> dict[str, Any]:
    moved = [n for n, (now, then) in enumerate(zip(present, seen, strict=True)) if now > then]
    if not moved:
        # Matches nothing, by the index.
        return {"$or": [{"n": -1}]}
    return {"$or": [{"n": n, name: {"$gt": seen[n]}} for n in moved]}


def _row(document: Document) -> Row:
    return Row(document["_id"]["p"], _state(document))


def _state(document: Document) -> RowState | None:
    try:
        return decode_row(document["row"])
    except RowVersionError:
        return None


def _changed(document: Document) -> Changed:
    key = YearKey(document["_id"]["p"], document["_id"]["y"])
    return Changed(key, document["n"], document["out"], _state(document))


def _head(document: Document) -> Head:
    project = project_of(document)
    return Head(
        document["_id"],
        document["n"],
        document["unit"],
        document["department"],
        project.head.registered_on,
        project.incomplete,
    )
