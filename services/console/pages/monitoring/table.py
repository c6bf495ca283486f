"""The table of projects: filtered, ordered, page by page, and as a file."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain.lists import turned
from services.console.pages.frame.asking import Services, passed_on
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.view import FILTERS, View, view_of
from services.console.pages.monitoring.asked import (
    CITY,
    METHODS,
    WHOLE,
    Level,
    chosen,
    scoped_parameters,
)

ROWS: Final = 25
"""Projects on a page of the table."""
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
    ("lacking", "lacking", ("registration", "budget", "targets", "judgement")),
)
"""Filters of the table beside search, light and department: name, texts, values."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route of the file."""

    @router.api_route("/projects.csv", methods=METHODS, name="csv")
    async def csv(request: Request) -> Response:
        """Pass the table on as a file, all pages of it."""
        view = view_of(request)
        scope = await place_of(services, view)
        asked = {**_asked(view, scope, WHOLE), "format": "csv", "limit": None, "after": None}
        return passed_on(await services.fetch("analysis", "/v1/projects", asked))


async def listed(services: Services, view: View, scope: Scope, level: Level) -> Any:
    """Ask for a page of projects."""
    return await services.get("analysis", "/v1/projects", _asked(view, scope, level))


def _asked(view: View, scope: Scope, level: Level) -> dict[str, str | int | None]:
    return {
        **scoped_parameters(view, scope),
        **chosen(view, level),
        "after": view.get("after"),
        "sort": view.sort,
        "order": view.order,
        "limit": ROWS,
    }


def table(view: View, scope: Scope, level: Level, totals: Any, rows: Any) -> dict[str, Any]:
    """Put together what the template of the table shows."""
    names = [
        "lead_unit" if name == "department" and level.kind != CITY else name for name in COLUMNS
    ]
    columns = [
        {
            "name": name,
            "sorted": view.order if name == view.sort else None,
            "link": view.link(sort=name, order=turned(view.sort, view.order, name), after=None),
        }
        for name in names
    ]
    fixed = level.filters
    open_filters = [name for name in FILTERS if name not in fixed and view.get(name)]
    return {
        "scope": scope,
        "level": level,
        "table": rows,
        "columns": columns,
        "departments": [one["department"] for one in totals["departments"]],
        "choices": CHOICES,
        "cleared": view.link(**dict.fromkeys((*open_filters, "after"))) if open_filters else None,
        "csv": view.link("/projects.csv", after=None, by=None, **fixed),
    }
