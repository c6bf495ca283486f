"""The overview of the jurisdiction, of a department or of a unit: the same measures at each level.

Totals, lights, coverage, the quadrant, what is open, groups and the table of projects. Everything
that a page shows is in its address.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.segments import Segment
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.trail import trail
from services.console.pages.frame.view import view_of
from services.console.pages.monitoring.asked import (
    METHODS,
    PATHS,
    WHOLE,
    Level,
    days_of,
    opened_days,
    scoped_parameters,
    way_of,
)
from services.console.pages.monitoring.groups import groups
from services.console.pages.monitoring.quadrant import quadrant
from services.console.pages.monitoring.table import listed, table

ALERTS_SHOWN: Final = 8
BESIDE_AT_ONCE: Final = 1_000
"""Projects up to which last year's figures are asked for with the page, not on demand: another
day's are measured when they are first asked for."""


@dataclass(frozen=True)
class Alerts:
    """Open alerts, the severest first; None of them known while the service is away."""

    items: list[Any] | None
    total: int = 0


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route("/", methods=METHODS, name="overview")
    async def overview(request: Request) -> Response:
        """Show the whole of what one may see of a jurisdiction."""
        return await Overview(services, request, WHOLE).page()

    for kind, path in PATHS.items():
        _add_level(router, services, kind, path)


def _add_level(router: APIRouter, services: Services, kind: str, path: str) -> None:
    @router.api_route(f"{path}{{code}}", methods=METHODS, name=kind)
    async def level(code: Segment, request: Request) -> Response:
        """Show a department's or a unit's projects by the same measures."""
        return await Overview(services, request, Level(kind, code)).page()


class Overview:
    """A page of one level."""

    def __init__(self, services: Services, request: Request, level: Level) -> None:
        """Nothing is asked yet."""
        self._services = services
        self._request = request
        self._level = level
        self._view = view_of(request)

    async def page(self) -> Response:
        """Ask for all parts at once and write the page, or the table alone."""
        view, level = self._view, self._level
        scope = await place_of(self._services, view)
        if _is_part(self._request):
            return await self._table_alone(scope)
        totals, rows, alerts, days = await asyncio.gather(
            self._totals(scope, group_by=level.group_by(view), points="true", cells="true"),
            listed(self._services, view, scope, level),
            self._alerts(scope),
            opened_days(self._services, view, scope),
        )
        way = totals.get("way") or []
        _require_known(level, totals, way)
        return page(
            "monitoring/overview.html",
            view,
            trail=trail(view, *way_of(scope, level, way)),
            days=days_of(days, totals["as_of"]),
            totals=totals,
            quadrant=quadrant(view, totals),
            alerts=alerts,
            beside_at_once=totals["projects"] <= BESIDE_AT_ONCE,
            **table(view, scope, level, totals, rows),
            **groups(view, scope, level, totals["groups"]),
        )

    async def _table_alone(self, scope: Scope) -> Response:
        """Write the table for htmx; what is chosen from is asked for without projects."""
        totals, rows = await asyncio.gather(
            self._totals(scope, points="true", cells="true"),
            listed(self._services, self._view, scope, self._level),
        )
        return page(
            "monitoring/_projects.html",
            self._view,
            **table(self._view, scope, self._level, totals, rows),
        )

    async def _totals(self, scope: Scope, **more: str) -> Any:
        asked = {**scoped_parameters(self._view, scope), **self._level.filters, **more}
        return await self._services.get("analysis", "/v1/overview", asked)

    async def _alerts(self, scope: Scope) -> Alerts:
        asked = {
            "jurisdiction": scope.jurisdiction["jurisdiction"],
            "fiscal_year": self._view.get("fiscal_year"),
            **self._level.filters,
            "state": "open",
            "sort": "severity",
            "counts": "true",
            "limit": ALERTS_SHOWN,
        }
        try:
            found = await self._services.get("alerts", "/v1/alerts", asked)
        except ServiceAwayError:
            return Alerts(None)
        return Alerts(found["items"], sum(found["counts"].values()))


def _require_known(level: Level, totals: Mapping[str, Any], way: list[Any]) -> None:
    """Refuse to show an organisation that nobody knows: no project names it, no tree holds it."""
    if level.code is not None and not way and not totals["projects"]:
        detail = f"There is no {level.kind} {level.code[:64]!r} to see."
        detail_zh = f"没有代码为 {level.code[:64]} 的单位或部门可供查看。"
        raise RefusedError(
            status=404, code="unknown_organisation", detail=detail, detail_zh=detail_zh
        )


def _is_part(request: Request) -> bool:
    """Tell whether htmx asks for the table alone."""
    headers = request.headers
    return headers.get("HX-Target") == "projects" and "HX-History-Restore-Request" not in headers
