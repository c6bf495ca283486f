"""HTTP: papers page by page, one with its content, its history and editions; the feed."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import PaperKind, PaperState
from services.chassis.identity import Authorization, Caller, Principal
from services.chassis.problems import refused
from services.chassis.segments import Segment
from services.reporting.api import paper_problems as problems
from services.reporting.api.campaign_problems import unknown_jurisdiction
from services.reporting.assembly.papers import Papers, Shown, UnknownPaperError
from services.reporting.domain.campaign import Campaign, campaign_key
from services.reporting.domain.editions import REPORT, changes
from services.reporting.domain.form import Names
from services.reporting.domain.paper import EDITIONS_MAX, Acting, Paper, waits_for
from services.reporting.domain.turns import yours
from services.reporting.outputs.documents import form_document
from services.reporting.store.feeding import FeedReader
from services.reporting.store.listing import PaperFilters, PaperListing
from services.reporting.store.papers import Edition, PaperStep

JSON: Final = "application/json"
PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 1_000
CURSOR_MAX: Final = 2**63 - 1
NAME_MAX: Final = 300

Wanted = Annotated[
    # No NUL: MongoDB takes none in an expression.
    str | None, Field(min_length=1, max_length=NAME_MAX, pattern=r"^[^\x00]*$")
]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Most items in the answer.")]
EditionNumber = Annotated[int, Path(ge=1, le=EDITIONS_MAX)]


class PaperDesk:
    """What shows papers."""

    def __init__(self, papers: Papers, listing: PaperListing, feed: FeedReader) -> None:
        """All parts are made by the app."""
        self.papers = papers
        self.listing = listing
        self.feed = feed

    async def visible(self, asking: Principal, paper: str) -> Paper:
        """Find a paper that is there for the caller; 404 else."""
        try:
            return await self.papers.visible(asking, paper)
        except UnknownPaperError as error:
            raise problems.unknown_paper(paper) from error

    async def items(self, asking: Principal, papers: Sequence[Paper]) -> list[dict[str, Any]]:
        """Write papers as lists have them."""
        known: dict[str, tuple[Campaign, Acting]] = {}
        codes: dict[str, set[str | None]] = {}
        for paper in papers:
            key = campaign_key(paper.jurisdiction, paper.campaign)
            if key not in known:
                campaign = await self.papers.campaign(paper)
                known[key] = campaign, await self.papers.acting(asking, campaign)
            codes.setdefault(paper.jurisdiction, set()).update((paper.unit, paper.department))
        naming = self.papers.stores.naming
        names = {place: await naming.names(place, wanted) for place, wanted in codes.items()}
        return [
            item_of(
                paper,
                *known[campaign_key(paper.jurisdiction, paper.campaign)],
                names[paper.jurisdiction],
            )
            for paper in papers
        ]

    async def whole(self, asking: Principal, shown: Shown) -> dict[str, Any]:
        """Write a paper with its content."""
        paper = shown.paper
        draft = {name: each.model_dump(mode="json") for name, each in paper.draft.items()}
        return {
            **(await self.items(asking, [paper]))[0],
            "frozen": shown.frozen,
            "draft": draft,
            "gaps": [problems.gap_document(gap) for gap in shown.gaps],
            "differences": [
                {**asdict(each), "code": each.code.value} for each in shown.differences
            ],
            "withdrawals": [asdict(each) for each in shown.withdrawals],
            "form": None if shown.form is None else form_document(shown.form),
            "report": _report(shown),
        }

    async def answer(self, asking: Principal, paper: Paper, authorization: bytes) -> Response:
        """Answer with a paper; its version is the ETag."""
        return await self._written(asking, await self.papers.shown(paper, authorization))

    async def saved(self, asking: Principal, paper: Paper) -> Response:
        """Answer with a paper whose draft was saved; a report comes without its content."""
        return await self._written(asking, await self.papers.saved(paper))

    async def _written(self, asking: Principal, shown: Shown) -> Response:
        body = json.dumps(
            await self.whole(asking, shown), ensure_ascii=False, separators=(",", ":")
        )
        return Response(body, media_type=JSON, headers={"ETag": f'"{shown.paper.version}"'})


def item_of(paper: Paper, campaign: Campaign, acting: Acting, names: Names) -> dict[str, Any]:
    """Write a paper as lists have it."""
    return {
        "id": paper.id,
        "kind": paper.kind.value,
        "jurisdiction": paper.jurisdiction,
        "campaign": campaign.key,
        "campaign_id": campaign.id,
        "campaign_name": campaign.name,
        "campaign_open": acting.campaign_open,
        "fiscal_year": paper.fiscal_year,
        "cut_off": campaign.cut_off.isoformat(),
        "due": paper.due.isoformat(),
        "project": paper.project,
        "project_name": paper.project_name,
        "unit": paper.unit,
        "unit_name": names.of(paper.unit),
        "department": paper.department,
        "department_name": names.of(paper.department),
        "state": paper.state.value,
        "version": paper.version,
        "edition": paper.edition,
        "accepted": paper.accepted,
        "sha256": paper.sha256,
        "light": None if paper.light is None else paper.light.value,
        "assignee": paper.assignee,
        "submitted_by": paper.submitted_by,
        "submitted_on": _iso(paper.submitted_on),
        "late": paper.late,
        "overdue": paper.overdue(acting.day),
        "entered": paper.entered,
        "returned": [each.model_dump(mode="json") for each in paper.returned],
        "disputes": [_dates(asdict(each)) for each in paper.disputes],
        "seals": [_dates(asdict(each)) for each in paper.seals],
        "changed_on": _iso(paper.changed_on),
        "waits_for": sorted(role.value for role in waits_for(paper)),
        "yours": list(yours(paper, acting)),
    }


def routes(desk: PaperDesk) -> APIRouter:
    """Return the routes of those who read."""
    router = APIRouter()
    _add_list(router, desk)
    _add_editions(router, desk)
    _add_feed(router, desk)

    @router.get("/v1/papers/{paper}")
    async def paper(asking: Caller, authorization: Authorization, paper: Segment) -> Response:
        """Show a paper: form or report, as it stands while it is filled in, else as frozen.

        While it is filled in `gaps` says what must be there before it is handed in; `differences`
        has what is declared beside what the model foresees (domain-rules 20).
        """
        return await desk.answer(asking, await desk.visible(asking, paper), authorization)

    @router.get("/v1/papers/{paper}/history")
    async def history(
        asking: Caller,
        paper: Segment,
        after: Annotated[int, Query(ge=0, le=CURSOR_MAX, description="Behind a version.")] = 0,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """Tell every step of a paper in order: who, when, why (Art. 6: each is recorded)."""
        found = await desk.visible(asking, paper)
        steps = await desk.papers.stores.papers.steps(found.id, after, limit + 1)
        more = len(steps) > limit
        items = [_step(step) for step in steps[:limit]]
        return {"items": items, "next": items[-1]["version"] if more else None}

    return router


class Listing(Part):
    """Which papers, and which page of them."""

    jurisdiction: Wanted = None
    campaign: Wanted = None
    """A campaign's key."""
    kind: PaperKind | None = None
    state: PaperState | None = None
    unit: Wanted = None
    department: Wanted = None
    project: Wanted = None
    waiting: Literal["me"] | None = None
    """Only what your roles may act on now."""
    overdue: bool = False
    """Only what is missing past its due date, as the board counts it: what was never handed in, or
    was given back."""
    disputed: bool = False
    """Only what has an open dispute."""
    changed_since: dt.date | None = None
    """Only what changed on this opened day or later."""
    light: Literal["red", "yellow", "green", "blue", "none"] | None = None
    """The project's light at the campaign's cut."""
    q: Wanted = None
    """Part of the project's name or code, or of the department's code."""
    after: Wanted = None
    """`next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    """Most items in the answer."""

    @property
    def where(self) -> str | None:
        """The one jurisdiction that is asked about, if there is one."""
        return self.campaign.partition("/")[0] if self.campaign else self.jurisdiction

    def filters(self, today: dt.date | None) -> PaperFilters:
        """Give what the store takes."""
        return PaperFilters(
            jurisdiction=self.where,
            campaign=(self.campaign or "").partition("/")[2] or None,
            kind=self.kind,
            state=self.state,
            unit=self.unit,
            department=self.department,
            project=self.project,
            light=self.light,
            q=self.q,
            waiting=self.waiting is not None,
            overdue_on=(today or dt.date.min) if self.overdue else None,
            disputed=self.disputed,
            changed_since=self.changed_since,
        )


def _add_list(router: APIRouter, desk: PaperDesk) -> None:
    @router.get("/v1/papers")
    async def papers(asking: Caller, wanted: Annotated[Listing, Query()]) -> dict[str, Any]:
        """List papers in the order of their ids; `next` of a page is `after` of the next one."""
        where = wanted.where
        if wanted.overdue and where is None:
            raise _where_missing()
        today = None if where is None else await desk.papers.stores.days.today(where)
        filters = wanted.filters(today)
        found, following = await desk.listing.page(filters, asking, wanted.after, wanted.limit)
        items = await desk.items(asking, found)
        return {"items": items, "next": following, "today": _iso(today)}


def _add_editions(router: APIRouter, desk: PaperDesk) -> None:
    @router.get("/v1/papers/{paper}/editions")
    async def editions(asking: Caller, paper: Segment) -> dict[str, Any]:
        """List what was handed in: number, hash, when, by whom."""
        found = await desk.visible(asking, paper)
        listed = await desk.papers.stores.papers.editions(found.id)
        return {"items": [_edition(each) for each in listed]}

    @router.get("/v1/papers/{paper}/editions/{edition}")
    async def edition(asking: Caller, paper: Segment, edition: EditionNumber) -> dict[str, Any]:
        """Show a frozen edition: its content exactly, from its bytes alone."""
        found = await _frozen(desk, await desk.visible(asking, paper), edition)
        return {**_edition(found), "content": json.loads(found.content)}

    @router.get("/v1/papers/{paper}/changes")
    async def changed(
        asking: Caller,
        paper: Segment,
        after: Annotated[int | None, Query(alias="from", ge=1, le=EDITIONS_MAX)] = None,
        to: Annotated[int | None, Query(ge=1, le=EDITIONS_MAX)] = None,
    ) -> dict[str, Any]:
        """Tell field by field what an edition has otherwise than an earlier one.

        If nothing else is said, the last edition beside the one before it.
        """
        found = await desk.visible(asking, paper)
        last = to or found.edition
        first = after or max(last - 1, 1)
        one = await _frozen(desk, found, first)
        other = await _frozen(desk, found, last)
        between = changes(json.loads(one.content), json.loads(other.content))
        items = [{"field": each.field, "from": each.before, "to": each.after} for each in between]
        return {"from": first, "to": last, "items": items}


def _add_feed(router: APIRouter, desk: PaperDesk) -> None:
    @router.get("/v1/reports/feed/{jurisdiction}")
    async def feed(
        asking: Caller,
        jurisdiction: Segment,
        cursor: Annotated[int, Query(ge=0, le=CURSOR_MAX)] = 0,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """Read what happened to campaigns and papers behind a cursor, in order.

        Gapless for whoever sees the whole jurisdiction; others get what is in their scope.
        """
        if not asking.may_enter(jurisdiction):
            raise unknown_jurisdiction(jurisdiction)
        items, following = await desk.feed.page(jurisdiction, cursor, limit, asking)
        return {"items": [json.loads(each) for each in items], "next_cursor": following}


async def _frozen(desk: PaperDesk, paper: Paper, edition: int) -> Edition:
    found = await desk.papers.stores.papers.edition(paper.id, edition)
    if found is None:
        raise problems.unknown_edition(paper.id, edition)
    return found


def _edition(edition: Edition) -> dict[str, Any]:
    return {
        "paper": edition.paper,
        "edition": edition.edition,
        "kind": edition.kind.value,
        "sha256": edition.sha256,
        "frozen_on": edition.frozen_on,
        "by": edition.by,
        "late": edition.late,
        "entered": edition.entered,
        "version": edition.version,
        "scan": edition.scan,
    }


def _step(step: PaperStep) -> dict[str, Any]:
    told = asdict(step)
    del told["paper"]
    return {"version": told.pop("at_version"), **told, "reasons": list(step.reasons)}


def _report(shown: Shown) -> Any:
    return None if shown.report is None else REPORT.dump_python(shown.report, mode="json")


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _dates(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in fields.items()
    }


def _where_missing() -> Exception:
    return refused(
        422,
        "jurisdiction_required",
        ("Overdue is told of one jurisdiction", "须指明财政区划"),
        ("Each jurisdiction has its own last opened day.", "各财政区划的业务日不同。"),
        ("Give `jurisdiction` or `campaign`.", "请给出 `jurisdiction` 或 `campaign`。"),
        pointer="/jurisdiction",
    )
