"""Who stands where: departments, units or projects in the order of one figure."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain import figures
from services.console.pages.frame.asking import RefusedError, Services
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of
from services.console.pages.monitoring.asked import (
    METHODS,
    PATHS,
    Level,
    chosen,
    days_of,
    level_of,
    link_of,
    opened_days,
    scoped_parameters,
    way_of,
)

PATH: Final = "/ranking"
PAGE: Final = 50
PROJECT: Final = "project"
WHO: Final = ("department", "unit", PROJECT)
RATES: Final = (
    "execution_rate_bp",
    "ratio_bp",
    "deviation_points_bp",
    "attainment_rate_bp",
    "forecast_rate_bp",
)
AMOUNTS: Final = ("adjusted_budget", "spent", "disbursed", "balance")
COUNTS: Final = ("findings", "late_facts")
FIGURES: Final = (*RATES, *AMOUNTS, *COUNTS)
"""What is ranked by, the first if nothing is asked for."""
ORDERS: Final = ("asc", "desc")
FULL_BP: Final = 10_000


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.api_route(PATH, methods=METHODS, name="ranking")
    async def ranking(request: Request) -> Response:
        """Rank; what has no value is counted beside, not ranked."""
        view = view_of(request)
        scope = await place_of(services, view)
        level = level_of(view)
        asked = _asked(view, scope, level)
        found, days = await asyncio.gather(
            services.get("analysis", "/v1/ranking", asked),
            opened_days(services, view, scope),
        )
        return page(
            "monitoring/ranking.html",
            view,
            scope=scope,
            level=level,
            trail=trail(view, *way_of(scope, level, []), at("ranking.title", PATH)),
            days=days_of(days, found["as_of"]),
            found=found,
            who=WHO,
            figures=FIGURES,
            orders=ORDERS,
            shown=lambda one: _shown(view, found["by"], one["value"]),
            bar=lambda one: _bar(found["by"], found["items"], one["value"]),
            name=lambda one: _name(scope, found["level"], one),
            link=lambda one: _link(view, scope, found["level"], one["key"]),
        )


def _asked(view: View, scope: Scope, level: Level) -> dict[str, str | int | None]:
    by, who, order = view.get("by"), view.get("level"), view.get("order")
    after = view.get("after")
    if after is not None and not (after.isascii() and after.isdigit()):
        detail = "after: is not the place of an entry"
        detail_zh = "after 不是条目的位置。"
        raise RefusedError(status=422, code="invalid_parameter", detail=detail, detail_zh=detail_zh)
    return {
        **scoped_parameters(view, scope),
        **chosen(view, level),
        "by": by if by in FIGURES else FIGURES[0],
        "level": who if who in WHO else (PROJECT if level.code else WHO[0]),
        "order": order if order in ORDERS else ORDERS[0],
        "after": after,
        "limit": PAGE,
    }


def _shown(view: View, by: str, value: Any) -> str:
    if by in AMOUNTS:
        return figures.money(value, view.unit)
    if by == "deviation_points_bp":
        return figures.points(value)
    return figures.percent(value) if by in RATES else figures.number(value)


def _bar(by: str, items: list[Any], value: Any) -> int | None:
    """Return how long a bar is, basis points; None where the figure may be below zero."""
    if by in ("deviation_points_bp", "balance"):
        return None
    if by in RATES:
        return int(value)
    most = max((_number(one["value"]) for one in items), default=0)
    return FULL_BP * _number(value) // most if most > 0 else 0


def _number(value: Any) -> int:
    return figures.fen(value) if isinstance(value, str) else int(value)


def _name(scope: Scope, who: str, one: Any) -> str:
    return str(one["name"] or one["key"]) if who == PROJECT else scope.name(one["key"])


def _link(view: View, scope: Scope, who: str, key: str) -> str:
    return link_of(view, scope, who, key) if who in PATHS else view.project(key)
