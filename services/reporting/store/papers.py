"""Papers, their figures and their frozen editions as documents."""

from typing import Any, Final

from bson.binary import Binary
from pydantic import TypeAdapter
from pymongo import IndexModel

from contracts.events.analysis import AssessmentMade
from services.chassis.mongo import Document, Mongo
from services.reporting.domain.filled import Figures
from services.reporting.domain.paper import Paper

COLLECTION: Final = "papers"
FIGURES: Final = "figures"
EDITIONS: Final = "editions"
INDEXES: Final = {
    COLLECTION: [
        IndexModel([("jurisdiction", 1), ("campaign", 1), ("kind", 1), ("_id", 1)]),
        IndexModel([("jurisdiction", 1), ("state", 1), ("due", 1), ("_id", 1)]),
        IndexModel([("jurisdiction", 1), ("campaign", 1), ("unit", 1)]),
        IndexModel([("jurisdiction", 1), ("campaign", 1), ("department", 1)]),
        IndexModel([("project", 1), ("campaign", 1)]),
    ],
    FIGURES: [],
    EDITIONS: [IndexModel([("paper", 1), ("edition", 1)], unique=True)],
}
_PAPER: Final = TypeAdapter(Paper)
_ASSESSMENT: Final = TypeAdapter(AssessmentMade)


def paper_document(paper: Paper) -> Document:
    """Write a paper."""
    document: dict[str, Any] = _PAPER.dump_python(paper, mode="json")
    return {"_id": paper.id, **document}


def paper_of(document: Document) -> Paper:
    """Read a paper."""
    return _PAPER.validate_python({k: v for k, v in document.items() if k != "_id"})


def figures_document(paper: str, figures: Figures, version: int) -> Document:
    """Write the figures of a form; assessments as the bytes that analysis' answer was read to."""
    results = figures.results
    return {
        "_id": paper,
        "version": version,
        "cut": figures.cut,
        "money": Binary(_ASSESSMENT.dump_json(figures.money)),
        "results_cut": figures.results_cut,
        "results": None if results is None else Binary(_ASSESSMENT.dump_json(results)),
    }


def figures_of(document: Document) -> Figures:
    """Read the figures of a form."""
    results = document["results"]
    return Figures(
        _ASSESSMENT.validate_json(document["money"]),
        document["cut"],
        None if results is None else _ASSESSMENT.validate_json(results),
        document["results_cut"],
    )


class PaperStore:
    """The readers' side of papers; they are written by plans (store/commanding.py)."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collections before the first use."""
        self._papers = mongo.db[COLLECTION]
        self._figures = mongo.db[FIGURES]

    async def paper(self, paper: str) -> Paper | None:
        """Find a paper."""
        found = await self._papers.find_one({"_id": paper})
        return None if found is None else paper_of(found)

    async def figures(self, paper: str) -> Figures | None:
        """Find the figures of a form, and nothing for a report."""
        found = await self._figures.find_one({"_id": paper})
        return None if found is None else figures_of(found)
