"""The log of principals: who gave and took keys when, and who tried to publish out of scope."""

import datetime as dt
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis import clock
from services.console.pages.frame.asking import Services
from services.console.pages.frame.rendering import page
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/administration/audit"
DAYS_DEFAULT: Final = 30
"""How far back it begins unless a day is chosen."""
LISTED: Final = 200
PRINCIPAL_LENGTH_MAX: Final = 64


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="audit")
    async def audit(request: Request) -> Response:
        """Show what happened from a day on, the latest first."""
        view = view_of(request)
        day = begin(request.query_params.get("since", ""))
        principal = request.query_params.get("principal", "").strip()[:PRINCIPAL_LENGTH_MAX]
        asked: dict[str, str | int | None] = {
            "principal": principal or None,
            "since": day.isoformat(),
            "order": "desc",
            "after": view.get("after"),
            "limit": LISTED,
        }
        told: dict[str, Any] = await services.get("intake", "/v1/audit", asked)
        return page(
            "administration/audit.html",
            view,
            items=told["items"],
            following=told["next"],
            since=day.isoformat(),
            principal=principal,
            trail=trail(view, at("audit.title")),
        )


def begin(text: str) -> dt.date:
    """Return the day from which on the log is shown; what is no day: some weeks ago."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return clock.now().date() - dt.timedelta(days=DAYS_DEFAULT)
