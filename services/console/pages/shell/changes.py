"""What changed since yesterday, or since another day: projects, findings, alerts, papers."""

import asyncio
import datetime as dt
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain.changed import (
    BACK,
    FIGURES,
    TOTALS,
    between,
    in_order,
    since_of,
    turn,
)
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/changes"
PROJECTS: Final = 200
"""Projects on a page of it."""
ALERTS_READ: Final = 500
SHOWN: Final = 60
"""Alerts and papers of one list."""
Asked = dict[str, Any]


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.api_route(PATH, methods=METHODS, name="changes")
    async def changes(request: Request) -> Response:
        view = view_of(request)
        scope = await place_of(services, view)
        if not scope.jurisdiction.get("today"):
            return page("shell/no_changes.html", view, scope=scope)
        today = dt.date.fromisoformat(scope.jurisdiction["today"])
        since = _since(view, today)
        compared, raised, cleared, papers = await asyncio.gather(
            _compared(services, view, scope, since, today),
            _alerts(services, scope, since, today, "raised"),
            _alerts(services, scope, since, today, "cleared"),
            _papers(services, scope, since),
        )
        return page(
            "shell/changes.html",
            view,
            scope=scope,
            trail=trail(view, at("changes.title")),
            since=since.isoformat(),
            today=today.isoformat(),
            backs=[(name, (today - dt.timedelta(days=n)).isoformat()) for name, n in BACK.items()],
            compared=compared,
            totals=TOTALS,
            turns=in_order(map(turn, compared["items"])) if compared else [],
            # Alerts of refused facts do not know what their project is called.
            names={
                one["project_id"]: one["project_name"]
                for one in (compared or {"items": ()})["items"]
            },
            raised=raised,
            cleared=cleared,
            papers=papers,
            shown=SHOWN,
        )


def _since(view: View, today: dt.date) -> dt.date:
    try:
        return since_of(view.get("since"), today)
    except ValueError as error:
        detail = "since: is not a date (YYYY-MM-DD)"
        detail_zh = "since 不是日期(YYYY-MM-DD)。"
        raise RefusedError(
            status=422, code="invalid_parameter", detail=detail, detail_zh=detail_zh
        ) from error


async def _ask(services: Services, service: str, path: str, asked: Asked) -> Any:
    """Ask for a part; None while its service is away or where the looker may not look."""
    try:
        return await services.get(service, path, asked)
    except ServiceAwayError:
        return None
    except RefusedError as error:
        if error.code != "forbidden":
            raise
        return None


async def _compared(
    services: Services, view: View, scope: Scope, since: dt.date, today: dt.date
) -> Any:
    asked: Asked = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "fiscal_year": view.get("fiscal_year"),
        "from": since.isoformat(),
        "to": today.isoformat(),
        "only": FIGURES,
        "after": view.get("after"),
        "limit": PROJECTS,
    }
    return await _ask(services, "analysis", "/v1/compare", asked)


async def _alerts(
    services: Services, scope: Scope, since: dt.date, today: dt.date, what: str
) -> Any:
    """List alerts that were raised, or cleared, on the days between; `partly`: the latest of them.

    Of so many nobody reads all: the list of alerts has them, page by page.
    """
    asked: Asked = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "state": "all" if what == "raised" else "cleared",
        "sort": "raised" if what == "raised" else "changed",
        "limit": ALERTS_READ,
    }
    found = await _ask(services, "alerts", "/v1/alerts", asked)
    if found is None:
        return None
    items, date = found["items"], "raised_as_of" if what == "raised" else "as_of"
    known = between(items, date, since, today)
    # They come in the order of that day: what was not read is earlier than the last.
    partly = found["next"] is not None and items[-1][date] > since.isoformat()
    return {"items": known, "partly": partly}


async def _papers(services: Services, scope: Scope, since: dt.date) -> Any:
    asked: Asked = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "changed_since": (since + dt.timedelta(days=1)).isoformat(),
        "limit": SHOWN,
    }
    found = await _ask(services, "reporting", "/v1/papers", asked)
    return None if found is None else found["items"]
