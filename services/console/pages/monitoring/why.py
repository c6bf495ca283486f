"""Why a figure is what it is: its entries and parts, each leading to the event as it came."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.segments import Segment
from services.console.domain.figures import ABSENT, money, percent
from services.console.domain.lists import kind_of
from services.console.pages.frame.asking import Services, segment
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import scope_of
from services.console.pages.frame.trail import named, trail
from services.console.pages.frame.view import View, view_of
from services.console.pages.monitoring.asked import METHODS, name_of

ENTRIES: Final = 200
"""Entries on a page."""
INDICATOR: Final = "indicator:"
RATES: Final = frozenset({"attainment", "attainment_rate_bp"})


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route("/projects/{project}/why/{figure}", methods=METHODS, name="why")
    async def why(project: Segment, figure: Segment, request: Request) -> Response:
        view = view_of(request)
        names = ("fiscal_year", "as_of", "line", "after")
        asked: dict[str, Any] = {name: view.get(name) for name in names}
        address = f"/v1/projects/{segment(project)}/why/{segment(figure)}"
        found, scope, whose = await asyncio.gather(
            services.get("analysis", address, {**asked, "limit": ENTRIES}),
            scope_of(services, view, project.partition("/")[0]),
            name_of(services, project),
        )
        for entry in found["entries"]:
            entry["kind"] = kind_of(entry["type"])
        name = _named(view, figure)
        return page(
            "monitoring/why.html",
            view,
            scope=scope,
            trail=trail(view, named(whose, f"/projects/{segment(project)}"), named(name)),
            why=found,
            parts_of=found.get("parts") or [],
            line=view.get("line"),
            name=name,
            value=_shown(view, figure, found["value"]),
            value_of_sum=_shown(view, figure, found["sum"]),
            differs=found["sum"] != found["value"],
        )


def _named(view: View, figure: str) -> str:
    if figure.startswith(INDICATOR):
        return figure.removeprefix(INDICATOR)
    return texts_of(view.language).of("figure", figure)


def _shown(view: View, figure: str, value: str | None) -> str:
    """Write a figure: an amount in the unit shown, a rate, a result as it was reported."""
    if value is None:
        return ABSENT
    if figure in RATES:
        return percent(int(value))
    return value if figure.startswith(INDICATOR) else money(value, view.unit)
