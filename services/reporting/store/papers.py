"""Papers, their figures, statements and frozen editions as documents."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from bson.binary import Binary
from pydantic import TypeAdapter
from pymongo import IndexModel

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import PaperKind, PaperState
from services.chassis.mongo import Document, Mongo
from services.reporting.domain.filled import Figures
from services.reporting.domain.paper import Paper
from services.reporting.domain.stating import INDICATOR_ROWS, Stated

COLLECTION: Final = "papers"
FIGURES: Final = "figures"
EDITIONS: Final = "editions"
STATED: Final = "stated"
STEPS: Final = "paper_steps"
INDEXES: Final = {
    COLLECTION: [
        IndexModel([("jurisdiction", 1), ("campaign", 1), ("kind", 1), ("_id", 1)]),
        IndexModel([("jurisdiction", 1), ("state", 1), ("due", 1), ("_id", 1)]),
        IndexModel([("jurisdiction", 1), ("campaign", 1), ("unit", 1)]),
        IndexModel([("jurisdiction", 1), ("campaign", 1), ("department", 1)]),
        IndexModel([("project", 1), ("campaign", 1)]),
        IndexModel([("kind", 1), ("state", 1)]),
    ],
    FIGURES: [],
    STATED: [],
    EDITIONS: [IndexModel([("paper", 1), ("edition", 1)], unique=True)],
    STEPS: [IndexModel([("paper", 1), ("at_version", 1)], unique=True)],
}
MISSING_NAMED_MAX: Final = 20
_PAPER: Final = TypeAdapter(Paper)
_ASSESSMENT: Final = TypeAdapter(AssessmentMade)


@dataclass(frozen=True, slots=True)
class Edition:
    """What was handed in, frozen for ever."""

    paper: str
    kind: PaperKind
    edition: int
    sha256: str
    content: bytes
    """Canonical JSON of the form or the report (domain/editions.py)."""
    frozen_on: str
    """Last opened day, ISO."""
    by: str
    late: bool
    entered: bool
    """Whether the bureau entered it from paper."""
    version: int
    """Version of the paper with which it was frozen."""
    scan: str | None = None
    """SHA-256 of the scan that it was entered from; null: it was not, or nobody kept it yet."""
    results: bytes | None = None
    """Of a form: the assessment whose results and own funds it shows; null: that of its money."""
    results_cut: str | None = None


@dataclass(frozen=True, slots=True)
class PaperStep:
    """One step of a paper, as its history tells it."""

    paper: str
    at_version: int
    """Version of the paper after it."""
    kind: str
    """PaperStepKind."""
    by: str
    date: str
    """Last opened day, ISO."""
    at: str
    """When it was recorded, ISO, UTC."""
    state: str
    edition: int
    note: str = ""
    reasons: tuple[dict[str, str], ...] = ()
    field: str | None = None
    """Of a dispute: the figure."""
    to: str | None = None
    """Of a delegation: to whom."""
    scan: str | None = None
    """Of what was entered from paper, and of a seal: SHA-256 of the scan."""
    received_on: str | None = None
    """Of what was entered from paper: day on which it was received, ISO."""


def paper_document(paper: Paper) -> Document:
    """Write a paper."""
    document: dict[str, Any] = _PAPER.dump_python(paper, mode="json")
    return {"_id": paper.id, **document}


def paper_of(document: Document) -> Paper:
    """Read a paper; one of an earlier release handed in all its editions (`forget_withdrawn`)."""
    if "handed" not in document:
        document = {**document, "handed": [*range(1, document["edition"] + 1)]}
    return _PAPER.validate_python({k: v for k, v in document.items() if k != "_id"})


def figures_document(paper: str, figures: Figures, version: int) -> Document:
    """Write the figures of a form; assessments as the bytes that analysis' answer was read to."""
    results = results_of(figures)
    return {
        "_id": paper,
        "version": version,
        "cut": figures.cut,
        "money": Binary(_ASSESSMENT.dump_json(figures.money)),
        "results_cut": figures.results_cut,
        "results": None if results is None else Binary(results),
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


def results_of(figures: Figures) -> bytes | None:
    """Write what a form's results are read from; null: what its money is."""
    return None if figures.results is None else _ASSESSMENT.dump_json(figures.results)


def figures_frozen(figures: Figures, edition: Document) -> Figures:
    """Give the figures that an edition was frozen with: money stays at the campaign's cut.

    Before editions kept their results they were those of the form.
    """
    if "results" not in edition:
        return figures
    results = edition["results"]
    made = None if results is None else _ASSESSMENT.validate_json(bytes(results))
    return replace(figures, results=made, results_cut=edition["results_cut"])


def stated_document(paper: str, stated: Stated) -> Document:
    """Write what a paper has stated."""
    return {
        "_id": paper,
        "version": stated.version,
        "rows": dict(stated.rows),
        "waiting": list(stated.waiting),
        "results": {row: list(names) for row, names in stated.results.items()},
    }


def stated_of(document: Document) -> Stated:
    """Read what a paper has stated; before results could be taken back only the last was kept."""
    rows = document["rows"]
    kept = document.get("results")
    if kept is None:
        kept = {row: [name] for row, name in rows.items() if row.startswith(INDICATOR_ROWS)}
    results = {row: tuple(names) for row, names in kept.items()}
    return Stated(rows, tuple(document["waiting"]), document["version"], results)


def edition_document(edition: Edition) -> Document:
    """Write an edition."""
    document = asdict(edition)
    name = f"{edition.paper}#{edition.edition}"
    return {"_id": name, **document, "kind": edition.kind.value, "content": Binary(edition.content)}


def step_document(step: PaperStep) -> Document:
    """Write a step."""
    document = asdict(step)
    name = f"{step.paper}@{step.at_version}"
    return {"_id": name, **document, "reasons": list(step.reasons)}


class PaperStore:
    """The readers' side of papers; they are written by plans (store/commanding.py)."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collections before the first use."""
        self._papers = mongo.db[COLLECTION]
        self._figures = mongo.db[FIGURES]
        self._stated = mongo.db[STATED]
        self._editions = mongo.db[EDITIONS]
        self._steps = mongo.db[STEPS]

    async def paper(self, paper: str) -> Paper | None:
        """Find a paper."""
        found = await self._papers.find_one({"_id": paper})
        return None if found is None else paper_of(found)

    async def forget_withdrawn(self) -> int:
        """Have what was withdrawn before this release count as not handed in; how many there were.

        It lies open again although it was frozen, and was neither returned nor accepted. What is
        written now says which editions were handed in, so that nothing is changed twice. Of later
        editions the document does not tell whether one before came back: they are left alone.
        """
        withdrawn = {
            "kind": {"$in": [kind.value for kind in PaperKind]},
            "state": PaperState.FILLING.value,
            "handed": {"$exists": False},
            "edition": 1,
            "returned": [],
            "accepted": {"$not": {"$gt": 0}},
        }
        change: Document = {"$set": {"handed": [], "submitted_on": None}}
        return (await self._papers.update_many(withdrawn, change)).modified_count

    async def figures(self, paper: str) -> Figures | None:
        """Find the figures of a form, and nothing for a report."""
        found = await self.figures_at(paper)
        return None if found is None else found[0]

    async def figures_at(self, paper: str) -> tuple[Figures, int] | None:
        """Find the figures of a form and the version of their document."""
        found = await self._figures.find_one({"_id": paper})
        return None if found is None else (figures_of(found), found["version"])

    async def stated(self, paper: str) -> Stated:
        """Tell what a paper has stated to the ledger."""
        found = await self._stated.find_one({"_id": paper})
        return Stated() if found is None else stated_of(found)

    async def edition(self, paper: str, edition: int) -> Edition | None:
        """Find a frozen edition; what its results were read from is the sums' alone."""
        found = await self._editions.find_one({"_id": f"{paper}#{edition}"}, {"results": 0})
        return None if found is None else _edition_of(found)

    async def editions(self, paper: str) -> list[Edition]:
        """List a paper's editions, the first one first, without their content."""
        left = {"content": 0, "results": 0}
        found = self._editions.find({"paper": paper}, left).sort("edition", 1)
        return [_edition_of({**document, "content": b""}) async for document in found]

    async def steps(self, paper: str, after: int, limit: int) -> list[PaperStep]:
        """List a paper's steps behind a version, in order."""
        query = {"paper": paper, "at_version": {"$gt": after}}
        found = self._steps.find(query, {"_id": 0}).sort("at_version", 1).limit(limit)
        return [
            PaperStep(**{**document, "reasons": tuple(document["reasons"])})
            async for document in found
        ]

    async def missing_forms(self, report: Paper) -> tuple[list[str], int]:
        """Name some forms of a report's department that were not handed in, and count all."""
        query = {
            "jurisdiction": report.jurisdiction,
            "campaign": report.campaign,
            "kind": PaperKind.FORM.value,
            "department": report.department,
            "submitted_on": None,
        }
        found = self._papers.find(query, {"project_name": 1, "project": 1}).sort("_id", 1)
        named = [
            document["project_name"] or document["project"]
            async for document in found.limit(MISSING_NAMED_MAX)
        ]
        return named, await self._papers.count_documents(query)


def _edition_of(document: Document) -> Edition:
    known = {name: value for name, value in document.items() if name != "_id"}
    content = bytes(known["content"])
    return Edition(**{**known, "kind": PaperKind(known["kind"]), "content": content})
