"""How complete the data are: coverage, publishers, what waits, what is open (domain-rules 24)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain.data_desk import heard
from services.console.domain.figures import rounded
from services.console.pages.frame.asking import (
    Parameters,
    RefusedError,
    ServiceAwayError,
    Services,
    segment,
)
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of
from services.console.pages.monitoring.asked import (
    METHODS,
    Level,
    days_of,
    level_of,
    opened_days,
    scoped_parameters,
    way_of,
)

PATH: Final = "/completeness"
GROUPS_SHOWN: Final = 200
"""Departments or units on the page; the ranking lists all."""
COUNTED: Final = (
    ("registered", "registration"),
    ("with_budget", "budget"),
    ("with_targets", "targets"),
    ("judged", "judgement"),
)
"""What coverage counts, and the filter that finds the others."""


@dataclass(frozen=True)
class Publisher:
    """A source of facts, and how long it has been silent."""

    name: str
    heard: str
    """Last opened day on which its facts arrived; empty: never while a day was open."""
    voucher: str
    """Latest day that a payment it stated is dated; empty: none was."""
    days: int | None
    """Opened days that have ended since `heard`; None: that is not known."""
    silent: bool


@dataclass(frozen=True)
class Covered:
    """How many projects something is known of."""

    name: str
    projects: int
    share_bp: int | None
    missing: int
    link: str
    """Where the others are listed."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.api_route(PATH, methods=METHODS, name="completeness")
    async def completeness(request: Request) -> Response:
        """Show what the figures rest on, and what is missing."""
        view = view_of(request)
        scope = await place_of(services, view)
        level = level_of(view)
        asked = {**scoped_parameters(view, scope), **level.filters, "points": "false"}
        totals, days, quarantine, batches, campaign = await asyncio.gather(
            services.get("analysis", "/v1/overview", {**asked, "group_by": _by(level)}),
            opened_days(services, view, scope),
            _waiting(services, scope, "/v1/quarantine/counts", {}),
            # Of the year that the list has to which the number leads.
            _waiting(
                services,
                scope,
                "/v1/adjustment-batches/counts",
                {"fiscal_year": view.get("fiscal_year")},
            ),
            _campaign(services, scope),
        )
        groups = [one for one in totals["groups"] if one["key"] is not None]
        return page(
            "monitoring/completeness.html",
            view,
            scope=scope,
            level=level,
            trail=trail(view, *way_of(scope, level, []), at("complete.title", PATH)),
            days=days_of(days, totals["as_of"]),
            totals=totals,
            covered=covered(view, level, totals),
            groups=groups[:GROUPS_SHOWN],
            groups_left=max(0, len(groups) - GROUPS_SHOWN),
            publishers=publishers(scope.jurisdiction),
            quarantine=quarantine,
            batches=batches,
            campaign=campaign,
        )


def _by(level: Level) -> str:
    return level.groups[0]


def covered(view: View, level: Level, totals: Mapping[str, Any]) -> list[Covered]:
    """Say of how many projects something is known, and where the others are listed."""
    projects, coverage = totals["projects"], totals["coverage"]
    path = level.path
    return [
        Covered(
            name,
            coverage[name],
            rounded(10_000 * coverage[name], projects) if projects else None,
            projects - coverage[name],
            view.scoped(path, lacking=lacking) + "#projects",
        )
        for name, lacking in COUNTED
    ]


def publishers(jurisdiction: Mapping[str, Any]) -> list[Publisher]:
    """List who states facts: those never heard of first, then those longest silent."""
    vouchers = jurisdiction.get("voucher_dates") or {}
    known = {one["source"]: one for one in heard(jurisdiction)}
    never = [
        Publisher(name, "", vouchers[name], None, silent=False)
        for name in sorted(vouchers.keys() - known.keys())
    ]
    return never + [
        Publisher(name, one["day"], vouchers.get(name, ""), one["days"], one["silent"])
        for name, one in known.items()
    ]


async def _waiting(
    services: Services, scope: Scope, path: str, more: Parameters
) -> Mapping[str, Any] | None:
    """Count what waits at the data desk; None for whoever may not know, or while it is away."""
    if not PERSON.get().may("quarantine"):
        return None
    asked = {"jurisdiction": scope.jurisdiction["jurisdiction"], **more}
    try:
        found: Mapping[str, Any] = await services.get("intake", path, asked)
    except (ServiceAwayError, RefusedError):
        return None
    return found


async def _campaign(services: Services, scope: Scope) -> Mapping[str, Any] | None:
    """Ask how complete the latest campaign's forms are; None without any, or while it is away."""
    asked = {"jurisdiction": scope.jurisdiction["jurisdiction"]}
    try:
        items = (await services.get("reporting", "/v1/campaigns", asked))["items"]
        opened = [one for one in items if one["state"] in ("open", "closed")]
        if not opened:
            return None
        code = opened[0]["key"]
        path = f"/v1/campaigns/{segment(code)}/completeness"
        # The answer names its campaign by its key alone.
        return {**await services.get("reporting", path), "campaign": opened[0]}
    except (ServiceAwayError, RefusedError):
        return None
