"""Disputed figures (domain-rules 20): what a unit holds for wrong, and the desk's answer."""

import secrets
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.console.domain import data_desk as desk
from services.console.domain.paper_steps import STEPS
from services.console.domain.papers import anchor
from services.console.domain.steps import one
from services.console.pages.data.asked import METHODS, REFUSED, SEE_OTHER
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import place_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of

PATH: Final = "/data/disputes"
SERVICE: Final = "reporting"
PAGE: Final = 50
SETTLE: Final = "settle"


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="disputes")
    async def disputes(request: Request) -> Response:
        return await _listed(services, view_of(request), {})

    @router.post(PATH, name="settle_dispute")
    async def settle(request: Request) -> Response:
        """Answer one; what was refused is said beside it with nothing lost."""
        form = await read_form(request)
        view = view_of(request)
        headers = {"Idempotency-Key": one(form, "request")}
        version = one(form, "version")
        if version:
            headers["If-Match"] = f'"{version}"'
        path = f"/v1/papers/{segment(one(form, 'paper'))}/{SETTLE}"
        try:
            await services.send(SERVICE, "POST", path, STEPS[SETTLE](form), headers)
        except RefusedError as error:
            return await _listed(services, view, form, error.told(view.language))
        return RedirectResponse(view.link(PATH), SEE_OTHER)


async def _listed(services: Services, view: View, form: Form, refusal: str = "") -> Response:
    scope = await place_of(services, view)
    asked: dict[str, str | int | None] = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "disputed": "true",
        "after": view.get("after"),
        "limit": PAGE,
    }
    found = await services.get(SERVICE, "/v1/papers", asked)
    may = PERSON.get().may(SETTLE)
    return page(
        "data/disputes.html",
        view,
        REFUSED if refusal else 200,
        trail=trail(view, at("disputes.title", PATH)),
        scope=scope,
        papers=[_paper(each, may=may) for each in found["items"]],
        next=found.get("next"),
        refusal=refusal,
        was=(one(form, "paper"), one(form, "field")),
        answer=one(form, "answer"),
        corrected=one(form, "corrected") == "yes",
        request=secrets.token_hex(16),
    )


def _paper(paper: dict[str, Any], *, may: bool) -> dict[str, Any]:
    address = f"/papers/{segment(str(paper['id']))}"
    return {
        **paper,
        "address": address,
        "may": may and SETTLE in (paper.get("yours") or ()),
        "figures": [
            {**each, "place": anchor(str(each["field"])), "named": desk.figure_of(each["field"])}
            for each in desk.open_disputes(paper)
        ],
    }
