"""Why a sum is what it is: what each project adds to it, each leading to its own entries."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.segments import Segment
from services.console.domain.figures import money
from services.console.pages.frame.asking import Services, segment
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import place_of
from services.console.pages.frame.trail import named, trail
from services.console.pages.frame.view import view_of
from services.console.pages.monitoring.asked import (
    METHODS,
    chosen,
    days_of,
    level_of,
    opened_days,
    scoped_parameters,
    way_of,
)

PROJECTS: Final = 100
"""Projects on a page."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.api_route("/why/{figure}", methods=METHODS, name="why_sum")
    async def why(figure: Segment, request: Request) -> Response:
        """List what each project adds; the amounts sum to the figure exactly."""
        view = view_of(request)
        scope = await place_of(services, view)
        level = level_of(view)
        asked: dict[str, Any] = {**scoped_parameters(view, scope), **chosen(view, level)}
        more = {"after": view.get("after"), "limit": PROJECTS}
        found, days = await asyncio.gather(
            services.get("analysis", f"/v1/why/{segment(figure)}", {**asked, **more}),
            opened_days(services, view, scope),
        )
        name = texts_of(view.language).of("figure", figure)
        return page(
            "monitoring/why_sum.html",
            view,
            scope=scope,
            level=level,
            trail=trail(view, *way_of(scope, level, []), named(name)),
            days=days_of(days, found["as_of"]),
            found=found,
            figure=figure,
            name=name,
            value=money(found["value"], view.unit),
        )
