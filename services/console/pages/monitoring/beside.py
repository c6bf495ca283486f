"""Last year beside this year, at the same day: a part of the overview, and a page of its own."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain.figures import FEN_PER
from services.console.domain.yearly import beside, cumulative, year_before
from services.console.pages.frame.asking import Services
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import place_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of
from services.console.pages.monitoring.asked import (
    METHODS,
    days_of,
    level_of,
    opened_days,
    scoped_parameters,
    way_of,
)

PATH: Final = "/years"
MONTHS: Final = 12


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.api_route(PATH, methods=METHODS, name="years")
    async def years(request: Request) -> Response:
        """Compare with the same day of the year before."""
        view = view_of(request)
        scope = await place_of(services, view)
        level = level_of(view)
        asked: dict[str, Any] = {
            **scoped_parameters(view, scope),
            **level.filters,
            "points": "false",
        }
        now, days = await asyncio.gather(
            services.get("analysis", "/v1/overview", asked),
            opened_days(services, view, scope),
        )
        earlier = {
            **asked,
            "fiscal_year": now["fiscal_year"] - 1,
            "as_of": year_before(now["as_of"]),
        }
        then = await services.get("analysis", "/v1/overview", earlier)
        part = request.headers.get("HX-Target") == "years"
        return page(
            "monitoring/_beside.html" if part else "monitoring/years.html",
            view,
            scope=scope,
            level=level,
            trail=trail(view, *way_of(scope, level, []), at("beside.title", PATH)),
            days=days_of(days, now["as_of"]),
            now=now,
            then=then,
            lines=beside(now, then),
            chart=_chart(view, now, then),
        )


def _chart(view: View, now: Any, then: Any) -> dict[str, Any] | None:
    """Put together cumulative spending by month of both years; None where it is no whole."""
    if now["month_spent"] is None or then["month_spent"] is None:
        return None
    texts, per = texts_of(view.language), FEN_PER[view.unit]
    return {
        "months": [texts("months.month_of", month=month + 1) for month in range(MONTHS)],
        "series": [
            {
                "kind": kind,
                "name": texts("beside.spent_of", year=year["fiscal_year"]),
                "values": [amount / per for amount in cumulative(year["month_spent"])],
            }
            for kind, year in (("spent", now), ("last_year", then))
        ],
    }
