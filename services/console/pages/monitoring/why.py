"""Why a figure is what it is: its entries, each leading to the event as it came."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.segments import Segment
from services.console.domain.figures import ABSENT, money
from services.console.domain.lists import kind_of
from services.console.pages.frame.asking import Services, segment
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.view import View, view_of

ENTRIES: Final = 200
"""Entries on a page."""
METHODS: Final = ["GET", "HEAD"]
INDICATOR: Final = "indicator:"


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route("/projects/{project}/why/{figure}", methods=METHODS, name="why")
    async def why(project: Segment, figure: Segment, request: Request) -> Response:
        view = view_of(request)
        names = ("fiscal_year", "as_of", "line", "after")
        asked: dict[str, Any] = {name: view.get(name) for name in names}
        address = f"/v1/projects/{segment(project)}/why/{segment(figure)}"
        found = await services.get("analysis", address, {**asked, "limit": ENTRIES})
        for entry in found["entries"]:
            entry["kind"] = kind_of(entry["type"])
        return page(
            "monitoring/why.html",
            view,
            why=found,
            line=view.get("line"),
            name=texts_of(view.language).of("figure", figure),
            value=_shown(view, figure, found["value"]),
            value_of_sum=_shown(view, figure, found["sum"]),
            differs=found["sum"] != found["value"],
        )


def _shown(view: View, figure: str, value: str | None) -> str:
    """Write a figure: an amount in the unit shown, a result as it was reported."""
    if value is None:
        return ABSENT
    return value if figure.startswith(INDICATOR) else money(value, view.unit)
