"""The overview: totals, projects, quadrant and open alerts of a jurisdiction."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from contracts.vocabulary import wire_to_fen
from services.console.domain.lists import LIGHTS, by_weight, turned
from services.console.pages.frame.asking import ServiceAwayError, Services, passed_on
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import Scope, scope_of
from services.console.pages.frame.view import FILTERS, View, view_of

ROWS: Final = 25
"""Projects on a page of the table."""
ALERTS_READ_MAX: Final = 1_000
"""Open alerts that are looked through for the severest; the service gives no more at once."""
ALERTS_SHOWN: Final = 12
COLUMNS: Final = (
    "light",
    "project_name",
    "department",
    "adjusted_budget",
    "spent",
    "execution_rate_bp",
    "attainment_rate_bp",
    "findings",
)
METHODS: Final = ["GET", "HEAD"]
LEVELS: Final = ("department", "unit", "account", "function", "class")
"""What the groups may be, the first if none is asked for."""
GROUPS_SHOWN: Final = 200
CHOICES: Final = (
    (
        "quadrant",
        "quadrant",
        ("on_track", "money_behind", "results_behind", "both_behind"),
    ),
    (
        "class",
        "project_class",
        ("recurrent", "procurement", "construction", "subsidy", "one_off"),
    ),
    ("priority", "priority", ("bureau", "department")),
)
"""Filters of the table beside search, light and department: name, texts, values."""


@dataclass(frozen=True)
class Alerts:
    """Open alerts, the severest first; None of them known while the service is away."""

    items: list[Any] | None
    total: int = 0
    more: bool = False
    """Whether there are more than were read."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""
    _add_lists(router, services)

    @router.api_route("/", methods=METHODS, name="overview")
    async def overview(request: Request) -> Response:
        view = view_of(request)
        scope = await scope_of(services, view)
        if scope is None:
            return page("frame/empty.html", view)
        asked = scoped_parameters(view, scope)
        if _is_part(request):
            totals, table = await asyncio.gather(
                services.get("analysis", "/v1/overview", asked),
                services.get("analysis", "/v1/projects", _chosen(view, asked)),
            )
            return page("monitoring/_projects.html", view, **_table(view, scope, totals, table))
        by = _level(view)
        totals, table, alerts = await asyncio.gather(
            services.get("analysis", "/v1/overview", {**asked, "group_by": by}),
            services.get("analysis", "/v1/projects", _chosen(view, asked)),
            _alerts(services, scope, view),
        )
        return page(
            "monitoring/overview.html",
            view,
            **_table(view, scope, totals, table),
            totals=totals,
            quadrant=_quadrant(view, totals),
            alerts=alerts,
            years=scope.years(totals["fiscal_year"]),
            **_groups(view, scope, by, totals["groups"]),
        )


def _add_lists(router: APIRouter, services: Services) -> None:
    @router.api_route("/projects.csv", methods=METHODS, name="csv")
    async def csv(request: Request) -> Response:
        """Pass the table on as a file, all pages of it."""
        view = view_of(request)
        scope = await scope_of(services, view)
        if scope is None:
            return page("frame/empty.html", view)
        asked = {**_chosen(view, scoped_parameters(view, scope)), "format": "csv"}
        del asked["limit"], asked["after"]
        return passed_on(await services.fetch("analysis", "/v1/projects", asked))


def scoped_parameters(view: View, scope: Scope) -> dict[str, str | None]:
    """Say which jurisdiction, year and day, as the services understand it."""
    return {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "fiscal_year": view.get("fiscal_year"),
        "as_of": view.get("as_of"),
    }


def _is_part(request: Request) -> bool:
    """Tell whether htmx asks for the table alone."""
    headers = request.headers
    return headers.get("HX-Target") == "projects" and "HX-History-Restore-Request" not in headers


def _chosen(view: View, asked: dict[str, str | None]) -> dict[str, str | int | None]:
    named = {name: view.get(name) for name in (*FILTERS, "after")}
    return {**asked, **named, "sort": view.sort, "order": view.order, "limit": ROWS}


def _table(view: View, scope: Scope, totals: Any, table: Any) -> dict[str, Any]:
    columns = [
        {
            "name": name,
            "sorted": view.order if name == view.sort else None,
            "link": view.link(sort=name, order=turned(view.sort, view.order, name), after=None),
        }
        for name in COLUMNS
    ]
    departments = [one["department"] for one in totals["departments"]]
    none = dict.fromkeys((*FILTERS, "after"))
    return {
        "scope": scope,
        "table": table,
        "columns": columns,
        "departments": departments,
        "choices": CHOICES,
        "cleared": view.link(**none) if any(map(view.get, FILTERS)) else None,
        "csv": view.link("/projects.csv", after=None, by=None),
    }


def _level(view: View) -> str:
    by = view.get("by")
    return by if by in LEVELS else LEVELS[0]


def _groups(view: View, scope: Scope, by: str, groups: list[Any]) -> dict[str, Any]:
    """Put together the groups, those with most money first, and how their keys are said."""
    texts = texts_of(view.language)
    said = {"account": "account", "class": "project_class"}.get(by)

    def name(key: str) -> str:
        if said is not None:
            return texts.of(said, key)
        return key if by == "function" else scope.name(key)

    ordered = sorted(groups, key=lambda one: -wire_to_fen(one["adjusted_budget"]))
    return {
        "by": by,
        "levels": LEVELS,
        "groups": ordered[:GROUPS_SHOWN],
        "groups_left": max(0, len(groups) - GROUPS_SHOWN),
        "group_name": name,
    }


def _quadrant(view: View, totals: Any) -> dict[str, Any]:
    """Put together what the chart's script draws: points by light, and its words."""
    texts = texts_of(view.language)
    by_light: dict[str, list[dict[str, Any]]] = {light: [] for light in LIGHTS}
    for point in totals["points"]:
        by_light[point["light"] or LIGHTS[-1]].append(
            {
                "name": point["project_name"] or point["project_id"],
                "value": [point["execution_rate_bp"] / 100, point["attainment_rate_bp"] / 100],
                "link": view.project(point["project_id"]),
            }
        )
    expected = totals["expected_rate_bp"]
    return {
        "x": texts("quadrant.x"),
        "y": texts("quadrant.y"),
        "expected": None if expected is None else expected / 100,
        "series": [
            {"light": light, "name": texts(f"light.{light}"), "points": points}
            for light, points in by_light.items()
            if points
        ],
    }


async def _alerts(services: Services, scope: Scope, view: View) -> Alerts:
    asked = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "fiscal_year": view.get("fiscal_year"),
        "state": "open",
        "limit": ALERTS_READ_MAX,
    }
    try:
        found = await services.get("alerts", "/v1/alerts", asked)
    except ServiceAwayError:
        return Alerts(None)
    items = by_weight(found["items"])
    return Alerts(items[:ALERTS_SHOWN], len(items), more=found["next"] is not None)
