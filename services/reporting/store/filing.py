"""The forms of a campaign, read page by page: frozen editions where handed in, drafts else.

A frozen form is given with the figures that it was frozen with, so that sums agree with it.

Memory is that of a page, however many projects a campaign has.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import PaperKind, PaperState
from services.chassis.mongo import Document, Mongo
from services.reporting.domain.assembling import assemble_paper
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.editions import form_of
from services.reporting.domain.filed import Filed, declared
from services.reporting.domain.form import MonitoringForm, Names
from services.reporting.domain.monitoring_work import ReportStanding
from services.reporting.domain.paper import Paper
from services.reporting.store import papers

PAGE: Final = 100
"""Forms read at once."""
READ: Final = dict.fromkeys(("paper", "content", "results", "results_cut"), 1)
"""What of an edition is read."""
FORMS_MAX: Final = 1_000_000
"""More than a province has."""
REPORTS_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which forms of a campaign."""

    department: str | None = None
    """Of this department alone."""
    within: AbstractSet[str] | None = None
    """Of these organisations alone; null: of all."""
    after: str | None = None
    """Behind this paper."""


class FilingStore:
    """Reads the forms of campaigns."""

    def __init__(self, mongo: Mongo, release: str) -> None:
        """Create the collections before the first use; `release` is printed on what is live."""
        self._papers = mongo.db[papers.COLLECTION]
        self._figures = mongo.db[papers.FIGURES]
        self._editions = mongo.db[papers.EDITIONS]
        self._release = release

    async def filed(
        self, campaign: Campaign, names: Names, wanted: Wanted | None = None
    ) -> AsyncIterator[Filed]:
        """Give the forms of a campaign in order of their papers."""
        chosen = wanted or Wanted()
        query, after = _query(campaign, chosen), chosen.after
        for _ in range(FORMS_MAX // PAGE):
            bound = {"_id": {"$gt": after}} if after is not None else {}
            found = self._papers.find({**query, **bound}).sort("_id", 1).limit(PAGE)
            page = [papers.paper_of(document) async for document in found]
            for filed in await self._page(campaign, names, page):
                yield filed
            if len(page) < PAGE:
                return
            after = page[-1].id

    async def reports(self, campaign: Campaign) -> dict[str, ReportStanding]:
        """Tell how each department's report stands, by department."""
        query = {**_query(campaign, Wanted()), "kind": PaperKind.REPORT.value}
        found = self._papers.find(query).sort("_id", 1).limit(REPORTS_MAX)
        standing: dict[str, ReportStanding] = {}
        async for document in found:
            paper = papers.paper_of(document)
            if paper.department is not None:
                standing[paper.department] = ReportStanding(
                    paper.state, paper.due, paper.submitted_on
                )
        return standing

    async def _page(self, campaign: Campaign, names: Names, page: Sequence[Paper]) -> list[Filed]:
        ids = [paper.id for paper in page]
        frozen = [f"{paper.id}#{paper.counted}" for paper in page if paper.counted]
        known = self._figures.find({"_id": {"$in": ids}})
        figures = {document["_id"]: document async for document in known}
        editions: dict[str, Document] = {}
        if frozen:
            found = self._editions.find({"_id": {"$in": frozen}}, READ)
            editions = {document["paper"]: document async for document in found}

        def made() -> list[Filed]:
            return [
                self._made(campaign, names, paper, figures[paper.id], editions.get(paper.id))
                for paper in page
            ]

        # In a thread: reading so many figures would hold everybody else up.
        return await asyncio.to_thread(made)

    def _made(
        self,
        campaign: Campaign,
        names: Names,
        paper: Paper,
        figures: Document,
        edition: Document | None,
    ) -> Filed:
        known = papers.figures_of(figures)
        if edition is None:
            form = assemble_paper(
                campaign,
                paper,
                known,
                declared(paper),
                names=names,
                alerts=(),
                release=self._release,
            )
        else:
            form = form_of(bytes(edition["content"]))
            known = papers.figures_frozen(known, edition)
        return _filed(paper, form, known.shown, frozen=edition is not None)


def _filed(paper: Paper, form: MonitoringForm, money: AssessmentMade, *, frozen: bool) -> Filed:
    return Filed(
        paper=paper.id,
        project=paper.project or "",
        unit=paper.unit,
        department=paper.department,
        form=form,
        money=money,
        frozen=frozen,
        state=paper.state,
        edition=paper.counted if frozen else 0,
        due=paper.due,
        submitted_on=paper.submitted_on,
        corrected=len(paper.handed) > 1 and not paper.returned,
        returned=bool(paper.returned),
        accepted=frozen and (paper.state is PaperState.ACCEPTED or paper.accepted == paper.counted),
    )


def _query(campaign: Campaign, wanted: Wanted) -> Document:
    query: Document = {
        "jurisdiction": campaign.jurisdiction,
        "campaign": campaign.id,
        "kind": PaperKind.FORM.value,
    }
    if wanted.department is not None:
        query["department"] = wanted.department
    if wanted.within is not None:
        codes = sorted(wanted.within)
        query["$or"] = [
            {"unit": {"$in": codes}},
            {"unit": None, "department": {"$in": codes}},
        ]
    return query
