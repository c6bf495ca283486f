"""Papers: the list of what waits for whoever looks, and steps for many of them at once."""

import secrets
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain.campaigns import STATES, choices
from services.console.domain.paper_steps import BULK, bulk
from services.console.domain.steps import one
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.view import View, view_of
from services.console.pages.reporting.asked import METHODS, SERVICE, campaigns_of

PATH: Final = "/papers"
PAGE: Final = 50
CARRIED_OUT: Final = 200
MINE: Final = "me"
EVERYBODY: Final = "all"
FILTERS: Final = ("campaign", "kind", "state", "unit", "department", "overdue", "light", "q")
CHOICES: Final = (
    ("kind", "paper_kind", ("form", "report")),
    ("state", "paper_state", STATES),
    ("light", "light", ("red", "yellow", "green")),
)
"""Filters: name, texts, values."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="papers")
    async def papers(request: Request) -> Response:
        return await _shown(services, request)

    @router.post(PATH, name="bulk_papers")
    async def together(request: Request) -> Response:
        """Do one step with all that were chosen, and say what became of each."""
        form = await read_form(request)
        notice = await _bulk(services, view_of(request), form)
        return await _shown(services, request, notice)


async def _shown(services: Services, request: Request, notice: str = "") -> Response:
    view = view_of(request)
    scope = await place_of(services, view)
    found = await services.get(SERVICE, "/v1/papers", _asked(view, scope))
    campaigns = await campaigns_of(services, scope.jurisdiction["jurisdiction"])
    none = dict.fromkeys((*FILTERS, "waiting", "after"))
    return page(
        "reporting/papers.html",
        view,
        scope=scope,
        papers=[
            {**each, "address": f"{PATH}/{segment(str(each['id']))}"} for each in found["items"]
        ],
        next=found.get("next"),
        campaigns=choices(campaigns),
        choices=CHOICES,
        waiting=view.get("waiting") or MINE,
        may=PERSON.get().may("approve"),
        bulk=BULK,
        notice=notice,
        cleared=view.link(PATH, **none) if any(map(view.get, none)) else None,
        request=secrets.token_hex(16),
    )


def _asked(view: View, scope: Scope) -> dict[str, str | int | None]:
    asked: dict[str, str | int | None] = {name: view.get(name) for name in FILTERS}
    waiting = view.get("waiting") or MINE
    asked |= {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "waiting": None if waiting == EVERYBODY else waiting,
        "overdue": "true" if view.get("overdue") else None,
        "after": view.get("after"),
        "limit": PAGE,
    }
    if asked["campaign"]:
        asked["jurisdiction"] = None
    return asked


async def _bulk(services: Services, view: View, form: Form) -> str:
    """Carry it out; say in one sentence what was done and what was not."""
    texts = texts_of(view.language)
    if not form.get("paper"):
        return texts("papers.none_chosen")
    headers = {"Idempotency-Key": one(form, "request")}
    try:
        answer = await services.send(SERVICE, "POST", "/v1/papers/bulk", bulk(form), headers)
    except RefusedError as error:
        return error.told(view.language)
    items: list[Any] = answer["items"]
    done = sum(item["status"] == CARRIED_OUT for item in items)
    problems = {
        RefusedError(status=0, code="", detail="", problem=item["problem"]).told(view.language)
        for item in items
        if item.get("problem")
    }
    return " ".join([texts("papers.done", number=done), *sorted(problems)])
