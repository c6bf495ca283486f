"""What waits for whoever looks: alerts, papers, refused events, deadlines first."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain.waiting import (
    PARTS,
    Waiting,
    in_order,
    of_alerts,
    of_papers,
    of_quarantine,
)
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/waiting"
PART_MAX: Final = 200
"""Most things of one kind that are listed."""


@dataclass(frozen=True)
class Part:
    """What waits in one service; None: it does not say, or somebody has nothing to do there."""

    name: str
    found: list[Waiting] | None
    number: int = 0
    more: bool = False


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.api_route(PATH, methods=METHODS, name="waiting")
    async def waiting(request: Request) -> Response:
        view = view_of(request)
        scope = await place_of(services, view)
        parts = await _parts(services, scope)
        kind = view.get("kind")
        chosen = kind if kind in PARTS else None
        everything = [one for part in parts for one in part.found or ()]
        return page(
            "shell/waiting.html",
            view,
            scope=scope,
            parts_of=[part for part in parts if part.found is not None],
            chosen=chosen,
            items=in_order(one for one in everything if chosen in {None, one.part}),
            total=sum(part.number for part in parts),
            overdue=sum(one.overdue for one in everything),
            more=any(part.more for part in parts),
            part_max=PART_MAX,
        )


async def _parts(services: Services, scope: Scope) -> list[Part]:
    person = PERSON.get()
    asked = []
    if person.may("read"):
        asked += [_alerts(services, scope), _papers(services, scope)]
    if person.may("release"):
        asked.append(_quarantine(services, scope))
    return list(await asyncio.gather(*asked))


def _today(scope: Scope) -> dt.date | None:
    today = scope.jurisdiction.get("today")
    return dt.date.fromisoformat(today) if today else None


async def _ask(services: Services, service: str, path: str, scope: Scope, **more: Any) -> Any:
    asked = {"jurisdiction": scope.jurisdiction["jurisdiction"], "limit": PART_MAX, **more}
    try:
        return await services.get(service, path, asked)
    except (RefusedError, ServiceAwayError):
        # The page says by itself who did not answer; who may not ask has nothing waiting there.
        return None


async def _alerts(services: Services, scope: Scope) -> Part:
    found = await _ask(services, "alerts", "/v1/tasks", scope)
    if found is None:
        return Part("alerts", None)
    items = of_alerts(found["items"], _today(scope))
    more = bool(found.get("next"))
    return Part("alerts", items, sum(found["counts"].values()) if more else len(items), more)


async def _papers(services: Services, scope: Scope) -> Part:
    found = await _ask(services, "reporting", "/v1/papers", scope, waiting="me")
    if found is None:
        return Part("papers", None)
    items = of_papers(found["items"], _today(scope))
    return Part("papers", items, len(items), bool(found.get("next")))


async def _quarantine(services: Services, scope: Scope) -> Part:
    found = await _ask(services, "intake", "/v1/quarantine", scope, state="open")
    if found is None:
        return Part("quarantine", None)
    items = of_quarantine(found["items"])
    return Part("quarantine", items, len(found["items"]), bool(found.get("next")))
