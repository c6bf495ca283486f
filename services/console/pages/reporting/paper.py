"""One paper: filled in field by field, or reviewed beside its previous edition; its history."""

import secrets
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.segments import Segment
from services.console.domain import comparing, paper_steps, papers, steps
from services.console.domain.papers import Sheet
from services.console.domain.texts import Language
from services.console.pages.frame.asking import (
    RefusedError,
    ServiceAwayError,
    Services,
    segment,
)
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import scope_of
from services.console.pages.frame.trail import Crumb, at, named, trail
from services.console.pages.frame.view import View, view_of
from services.console.pages.reporting.asked import (
    METHODS,
    SEE_OTHER,
    SERVICE,
    paper_path,
)

HISTORY: Final = 1_000
"""Steps of the history that are shown."""
REVIEW_BYTES_MAX: Final = 1_000_000
REVIEW_FIELDS_MAX: Final = 20_000
"""A form of a thousand indicators has so many fields to return."""
STEP: Final[dict[str, Any]] = {"note": "", "reasons": [], "edition": None, "state": None}
"""What a step of the history may leave out."""
FILL, REVIEW, PAST = "fill", "review", "history"
FILES: Final[dict[str, tuple[str, ...]]] = {
    "form": ("xlsx", "pdf"),
    "report": ("docx", "pdf", "xlsx"),
}
"""Formats in which a paper is offered as a file."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route("/papers/{paper}", methods=METHODS, name="paper")
    async def one(paper: Segment, request: Request) -> Response:
        return await _shown(services, request, paper, FILL)

    @router.api_route("/papers/{paper}/review", methods=METHODS, name="review_paper")
    async def review(paper: Segment, request: Request) -> Response:
        return await _shown(services, request, paper, REVIEW)

    @router.api_route("/papers/{paper}/history", methods=METHODS, name="paper_history")
    async def history(paper: Segment, request: Request) -> Response:
        return await _shown(services, request, paper, PAST)

    @router.post("/papers/{paper}/{step}", name="paper_step")
    async def step(paper: Segment, step: str, request: Request) -> Response:
        """Carry a step out; what was refused is said on the page, with nothing lost."""
        form = await read_form(request, REVIEW_BYTES_MAX, REVIEW_FIELDS_MAX)
        view = view_of(request)
        try:
            await _carry_out(services, paper, step, form)
        except RefusedError as error:
            shown = REVIEW if step in paper_steps.BULK else FILL
            refused = (error.told(view.language), form)
            return await _shown(services, request, paper, shown, refused)
        return RedirectResponse(view.link(f"/papers/{segment(paper)}"), SEE_OTHER)


async def _carry_out(services: Services, paper: str, name: str, form: Form) -> None:
    body = paper_steps.STEPS.get(name)
    if body is None:
        raise RefusedError(status=404, code="unknown_page", detail=name[:64])
    headers = {"Idempotency-Key": steps.one(form, "request")}
    version = steps.one(form, "version")
    if version:
        headers["If-Match"] = f'"{version}"'
    await services.send(SERVICE, "POST", paper_path(paper, f"/{name}"), body(form), headers)


async def _shown(
    services: Services,
    request: Request,
    name: str,
    wanted: str,
    refused: tuple[str, Form] = ("", {}),
) -> Response:
    # What was refused is shown at a step's address; links lead back to the paper's own.
    view = replace(view_of(request), path=f"/papers/{segment(name)}")
    found = await services.get(SERVICE, paper_path(name))
    me = PERSON.get()
    sheet = papers.sheet_of(found)
    offered = papers.offered(found)
    mode = wanted if wanted != FILL or "draft" in offered else REVIEW
    await scope_of(services, view, str(found["jurisdiction"]))
    more = await _more(services, view, sheet, mode)
    refusal, written = refused
    return page(
        "reporting/paper.html",
        view,
        422 if refusal else 200,
        trail=_way(view, found),
        sheet=sheet,
        paper=found,
        form=found.get("form"),
        report=found.get("report"),
        campaign=str(found["campaign"]),
        campaign_address=f"/campaigns/{segment(str(found['campaign']))}",
        me=me,
        mode=mode,
        offered=offered,
        way=papers.WAY[str(found["kind"])],
        missing=papers.missing(found, view.language),
        withdrawals=papers.withdrawals(found, view.language),
        refusal=refusal,
        written=written,
        request=secrets.token_hex(16),
        files=FILES[str(found["kind"])],
        **_words(view),
        **more,
    )


def _words(view: View) -> dict[str, Any]:
    """Give templates what they write fields with."""
    texts = texts_of(view.language)
    return {
        "row_name": lambda row: papers.row_name(row, texts),
        "kind_name": lambda row: papers.kind_name(row, texts),
        "level_name": lambda name: papers.level_name(name, texts),
        "section_name": lambda section: papers.section_name(section, texts),
        "at": papers.anchor,
        "pointer": papers.pointer,
        "wire": papers.wire,
        "typed": lambda amount: papers.typed(amount, view.unit),
        "told": lambda one: papers.told(one, view.language),
        "areas": steps.AREAS,
        "reasons": steps.REASONS,
        "grades": papers.GRADES,
        "possibilities": papers.POSSIBILITIES,
        "contact_fields": papers.CONTACT_FIELDS,
    }


def _way(view: View, paper: Any) -> tuple[Crumb, ...]:
    """Say where a paper stands: among the papers, in its campaign."""
    names = ("project_name", "project", "department_name", "department", "id")
    return trail(
        view,
        at("papers.title", "/papers"),
        named(paper["campaign_name"], f"/campaigns/{segment(str(paper['campaign']))}"),
        named(next((str(paper[name]) for name in names if paper.get(name)), None)),
    )


async def _more(services: Services, view: View, sheet: Sheet, mode: str) -> dict[str, Any]:
    """Ask for what a way of looking needs beside the paper itself."""
    if mode == PAST:
        path = paper_path(sheet.id, "/history")
        found = await services.get(SERVICE, path, {"limit": HISTORY})
        return {"history": [{**STEP, **one} for one in reversed(found["items"])]}
    if mode == FILL:
        return {"titles": await _titles(services, view, sheet.paper)}
    edition = int(sheet.paper.get("edition") or 0)
    filling = sheet.paper["state"] == "filling"
    earlier = await _edition(services, sheet, edition if filling else edition - 1)
    texts = texts_of(view.language)
    if sheet.paper["kind"] == "report":
        blocks = comparing.sections(sheet.content, earlier, texts)
    else:
        blocks = comparing.compared(sheet.content, earlier, texts, view.unit)
    return {"blocks": blocks, "earlier": earlier is not None}


async def _titles(services: Services, view: View, paper: Any) -> dict[str, str]:
    """Ask how the rules of a form's alerts are called in English; without it they stay Chinese.

    The form keeps them as it is printed, and a form is printed in Chinese.
    """
    if view.language is not Language.ENGLISH or not (paper.get("form") or {}).get("alerts"):
        return {}
    asked = {"jurisdiction": str(paper["jurisdiction"]), "department": paper.get("department")}
    try:
        found = await services.get("alerts", "/v1/rules", asked)
    except (ServiceAwayError, RefusedError):
        return {}
    return {str(rule["rule_id"]): str(rule["title_en"]) for rule in found["items"]}


async def _edition(services: Services, sheet: Sheet, edition: int) -> Any:
    """Ask for what an edition holds; None if there is none."""
    if edition < 1:
        return None
    try:
        found = await services.get(SERVICE, paper_path(sheet.id, f"/editions/{edition}"))
    except RefusedError:
        return None
    kind = str(sheet.paper["kind"])
    return found.get(kind) or found.get("content") or found
