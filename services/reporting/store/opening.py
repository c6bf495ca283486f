"""How far the opening of a campaign has come: made page by page, by whichever instance lives.

A page's papers and the progress beyond it are one transaction, compared-and-set on the progress:
whoever goes on after a kill makes nothing twice and leaves nothing out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from pymongo import IndexModel, ReturnDocument

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import PaperKind
from services.chassis.mongo import Document, Mongo, Session
from services.reporting.domain.asked import Asked
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.filled import Figures
from services.reporting.domain.paper import Paper
from services.reporting.store import papers as paper_store
from services.reporting.store.commanding import ConflictError

COLLECTION: Final = "openings"
ASKED: Final = "asked"
INDEXES: Final = {
    COLLECTION: [IndexModel([("done", 1), ("until_ms", 1)])],
    ASKED: [IndexModel([("jurisdiction", 1), ("campaign", 1), ("_id", 1)])],
}
LEASE_MS: Final = 10_000
"""How long nobody else goes on with an opening after its last page."""
DEPARTMENTS_MAX: Final = 5_000
UNKNOWN_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Opening:
    """How far it has come."""

    key: str
    """Key of the campaign."""
    version: int
    scopes: tuple[str, ...]
    """What projects are asked for by."""
    at: int = 0
    """Which of them is being asked for."""
    after: str | None = None
    """Last project of it that was looked at."""
    cut: str | None = None
    """Fixed by the first page."""
    forms: int = 0
    hindrance: str | None = None
    """Why it does not go on for the moment."""
    unknown: tuple[str, ...] = ()
    """What was named and is not known at the cut-off, and projects named that have no form."""
    done: bool = False
    redate: bool = False
    """Whether its papers are still to get the campaign's new due dates."""


@dataclass(frozen=True, slots=True)
class Made:
    """A form that was made."""

    paper: Paper
    money: AssessmentMade
    asked: Asked


def opening_document(opening: Opening, until_ms: int = 0) -> Document:
    """Write an opening."""
    fields = asdict(opening)
    del fields["key"]
    return {
        "_id": opening.key,
        **fields,
        "scopes": list(opening.scopes),
        "unknown": list(opening.unknown),
        "until_ms": until_ms,
    }


def opening_of(document: Mapping[str, Any]) -> Opening:
    """Read an opening."""
    return Opening(
        document["_id"],
        document["version"],
        tuple(document["scopes"]),
        document["at"],
        document["after"],
        document["cut"],
        document["forms"],
        document["hindrance"],
        tuple(document["unknown"]),
        document["done"],
        document["redate"],
    )


class OpeningStore:
    """Reads and writes openings."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collections before the first use."""
        self._mongo = mongo
        self._openings = mongo.db[COLLECTION]
        self._papers = mongo.db[paper_store.COLLECTION]
        self._figures = mongo.db[paper_store.FIGURES]

    async def opening(self, key: str) -> Opening | None:
        """Find the opening of a campaign."""
        found = await self._openings.find_one({"_id": key})
        return None if found is None else opening_of(found)

    async def openings(self, keys: Sequence[str]) -> dict[str, Opening]:
        """Find the openings of campaigns."""
        found = self._openings.find({"_id": {"$in": list(keys)}})
        return {document["_id"]: opening_of(document) async for document in found}

    async def claim(self, now_ms: int) -> Opening | None:
        """Go on with an opening that nobody is at; null if there is none."""
        found: Document | None = await self._openings.find_one_and_update(
            {"done": False, "until_ms": {"$lt": now_ms}},
            {"$set": {"until_ms": now_ms + LEASE_MS}, "$inc": {"version": 1}},
            sort=[("until_ms", 1), ("_id", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else opening_of(found)

    async def hinder(self, opening: Opening, reason: str, until_ms: int) -> None:
        """Say why it does not go on, and when one looks again."""
        await self._openings.update_one(
            {"_id": opening.key, "version": opening.version},
            {"$set": {"hindrance": reason, "until_ms": until_ms}},
        )

    async def new(self, papers: Iterable[str]) -> set[str]:
        """Tell which of these papers are not there yet."""
        wanted = set(papers)
        found = self._papers.find({"_id": {"$in": sorted(wanted)}}, {"_id": 1})
        return wanted - {document["_id"] async for document in found}

    async def advance(self, after: Opening, made: Sequence[Made], now_ms: int) -> None:
        """Write a page's papers and the progress beyond it; ConflictError if it is another's."""
        forms = [paper_store.paper_document(one.paper) for one in made]
        figures = [
            paper_store.figures_document(one.paper.id, Figures(one.money, after.cut or ""), 1)
            for one in made
        ]
        asked = [_asked_document(one.asked) for one in made]

        async def work(session: Session) -> None:
            moved = await self._openings.replace_one(
                {"_id": after.key, "version": after.version - 1},
                opening_document(after, now_ms + LEASE_MS),
                session=session,
            )
            if moved.matched_count != 1:
                raise ConflictError
            for name, documents in (
                (paper_store.COLLECTION, forms),
                (paper_store.FIGURES, figures),
                (ASKED, asked),
            ):
                if documents:
                    await self._mongo.db[name].insert_many(documents, session=session)

        await self._mongo.transaction(work)

    async def redate(self, campaign: Campaign) -> None:
        """Give papers the campaign's due dates: a new version of each whose date changes."""
        for kind, due in (
            (PaperKind.FORM, campaign.dues.unit),
            (PaperKind.REPORT, campaign.dues.department),
        ):
            wanted = {
                "jurisdiction": campaign.jurisdiction,
                "campaign": campaign.id,
                "kind": kind.value,
                "due": {"$ne": due.isoformat()},
            }
            # With the version: whoever is changing the paper meanwhile looks at it again.
            change = {"$set": {"due": due.isoformat()}, "$inc": {"version": 1}}
            await self._papers.update_many(wanted, change)

    async def finish(self, opening: Opening) -> None:
        """Say that nothing is left to do; ConflictError if somebody has found something."""
        done = await self._openings.update_one(
            {"_id": opening.key, "version": opening.version},
            {"$set": {"done": True, "redate": False}, "$inc": {"version": 1}},
        )
        if done.matched_count != 1:
            raise ConflictError

    async def figures(self, papers: Iterable[str]) -> dict[str, Figures]:
        """Find the figures of forms, those of an earlier campaign."""
        found = self._figures.find({"_id": {"$in": sorted(papers)}})
        return {document["_id"]: paper_store.figures_of(document) async for document in found}

    async def departments(self, jurisdiction: str, campaign: str) -> list[str]:
        """Name the departments that have forms in a campaign."""
        match = {
            "jurisdiction": jurisdiction,
            "campaign": campaign,
            "kind": PaperKind.FORM.value,
            "department": {"$ne": None},
        }
        steps: list[Document] = [
            {"$match": match},
            {"$group": {"_id": "$department"}},
            {"$sort": {"_id": 1}},
            {"$limit": DEPARTMENTS_MAX},
        ]
        return [document["_id"] async for document in self._papers.aggregate(steps)]


def _asked_document(asked: Asked) -> Document:
    fields = asdict(asked)
    return {"_id": fields.pop("paper"), **fields}
