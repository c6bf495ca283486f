"""The inbox of alerts: filters in the address, live, worked on one by one or many at once."""

import secrets
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.console.domain.steps import one
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services, segment
from services.console.pages.frame.forms import read_form
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.view import ALERT_FILTERS, View, view_of

METHODS: Final = ["GET", "HEAD"]
PAGE: Final = 50
BULK: Final = ("acknowledge", "assign", "urge")
SEE_OTHER: Final = 303
CARRIED_OUT: Final = 200
CHOICES: Final = (
    ("state", "alert_state", ("open", "cleared", "closed", "year_closed", "all")),
    ("severity", "severity", ("red", "yellow", "info")),
    ("aspect", "aspect", ("timeliness", "compliance", "effectiveness")),
    ("assignee", "assignee", ("me", "none")),
    (
        "level",
        "level",
        ("unit", "department", "counterpart_division", "performance_division"),
    ),
    ("muted", "muted", ("show", "hide", "only")),
)
"""Filters: name, texts, values; of state and muted the first is what is shown unasked."""
SORTS: Final = ("raised", "severity", "changed")


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route("/alerts", methods=METHODS, name="alerts")
    async def inbox(request: Request) -> Response:
        view = view_of(request)
        scope = await place_of(services, view)
        values = await _listed(services, view, scope)
        values |= {"tasks": await _tasks(services, scope), "notice": ""}
        return page("alerts/alerts.html", view, **values, filters=await _saved(services))

    @router.post("/alerts", name="bulk")
    async def bulk(request: Request) -> Response:
        """Do one step with all that were chosen, and say what became of each."""
        form = await read_form(request)
        view = view_of(request)
        scope = await place_of(services, view)
        notice = await _bulk(services, view, form)
        values = await _listed(services, view, scope)
        values |= {"tasks": await _tasks(services, scope), "notice": notice}
        return page("alerts/alerts.html", view, **values, filters=await _saved(services))

    _add_beside(router, services)


def _add_beside(router: APIRouter, services: Services) -> None:
    """Add what pages of the inbox send and follow."""

    @router.post("/alerts/filters", name="save_filter")
    async def save(request: Request) -> Response:
        """Keep the filters of the address under a name, or forget a name."""
        form = await read_form(request)
        view = view_of(request)
        name = one(form, "name")
        method = "DELETE" if one(form, "forget") else "PUT"
        query = {key: view.get(key) for key in (*ALERT_FILTERS, "department", "unit", "sort")}
        body = {"query": {key: value for key, value in query.items() if value}}
        await services.send("alerts", method, f"/v1/filters/{segment(name)}", body)
        return RedirectResponse(view.link("/alerts"), SEE_OTHER)


async def _listed(services: Services, view: View, scope: Scope) -> dict[str, Any]:
    asked: dict[str, str | int | None] = {
        name: view.get(name) for name in (*ALERT_FILTERS, "department", "unit", "fiscal_year")
    }
    sort = view.get("sort")
    asked |= {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "sort": sort if sort in SORTS else "severity",
        "after": view.get("after"),
        "limit": PAGE,
        "counts": "true",
    }
    found = await services.get("alerts", "/v1/alerts", asked)
    none = dict.fromkeys((*ALERT_FILTERS, "department", "unit", "after"))
    return {
        "scope": scope,
        "alerts": found["items"],
        "counts": found["counts"],
        "next": found["next"],
        "choices": CHOICES,
        "sorts": SORTS,
        "sorted": asked["sort"],
        "bulk": BULK,
        "request": secrets.token_hex(16),
        "cleared": view.link("/alerts", **none) if any(map(view.get, none)) else None,
    }


async def _tasks(services: Services, scope: Scope) -> Any:
    asked: dict[str, str | int | None] = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "limit": 1,
    }
    try:
        return (await services.get("alerts", "/v1/tasks", asked))["counts"]
    except (RefusedError, ServiceAwayError):
        # The list itself says what is wrong, if anything is.
        return None


async def _saved(services: Services) -> list[Any]:
    try:
        found = await services.get("alerts", "/v1/filters")
    except (RefusedError, ServiceAwayError):
        return []
    return list(found["items"])


async def _bulk(services: Services, view: View, form: dict[str, list[str]]) -> str:
    """Carry it out; say in one sentence what was done and what was not."""
    texts = texts_of(view.language)
    chosen = form.get("alert", [])
    if not chosen:
        return texts("inbox.none_chosen")
    body = {
        "step": one(form, "step"),
        "alerts": chosen,
        "note": "",
        "assignee": one(form, "assignee") or "me",
    }
    try:
        answer = await services.send(
            "alerts", "POST", "/v1/alerts/bulk", body, {"Idempotency-Key": one(form, "request")}
        )
    except RefusedError as error:
        return error.told(view.language)
    done = sum(item["status"] == CARRIED_OUT for item in answer["items"])
    problems = {
        RefusedError(status=0, code="", detail="", problem=item["problem"]).told(view.language)
        for item in answer["items"]
        if item.get("problem")
    }
    return " ".join([texts("inbox.done", number=done), *sorted(problems)])
