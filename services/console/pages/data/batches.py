"""Batches of virements and distributions that do not balance (domain-rules 2): a list of work."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from services.console.domain import data_desk as desk
from services.console.pages.data.asked import INTAKE, METHODS, part, whose
from services.console.pages.frame.asking import Services, segment
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import place_of
from services.console.pages.frame.trail import at, named, trail
from services.console.pages.frame.view import View, view_of

PATH: Final = "/data/batches"
ASKED: Final = "/v1/adjustment-batches"
PAGE: Final = 50
SIDES: Final = 100
"""Entries of a batch on one page."""

BatchId = Annotated[str, Path(max_length=64)]


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="batches")
    async def listing(request: Request) -> Response:
        return await _listed(services, view_of(request))

    @router.api_route(f"{PATH}/{{batch}}", methods=METHODS, name="batch")
    async def one(request: Request, batch: BatchId) -> Response:
        """Show one with the entries of which it consists."""
        return await _shown(services, view_of(request), batch)


async def _listed(services: Services, view: View) -> Response:
    scope = await place_of(services, view)
    chosen: dict[str, str | int | None] = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "fiscal_year": view.get("fiscal_year"),
        "state": view.get("state"),
    }
    found, counts = await asyncio.gather(
        services.get(
            INTAKE,
            ASKED,
            {**chosen, "kind": view.get("kind"), "after": view.get("after"), "limit": PAGE},
        ),
        part(services, INTAKE, f"{ASKED}/counts", chosen),
    )
    return page(
        "data/batches.html",
        view,
        trail=trail(view, at("batches.title", PATH)),
        scope=scope,
        items=[desk.batch(one, f"{PATH}/{segment(str(one['id']))}") for one in found["items"]],
        next=found["next"],
        settled=found["settled"],
        behind=found["behind"],
        counts=(counts or {}).get("items", ()),
        kinds=desk.BATCH_KINDS,
        states=desk.BATCH_STATES,
        state=view.get("state") or desk.BATCH_STATES[0],
    )


async def _shown(services: Services, view: View, batch: str) -> Response:
    asked = f"{ASKED}/{segment(batch)}"
    found, sides, scope = await asyncio.gather(
        services.get(INTAKE, asked),
        services.get(INTAKE, f"{asked}/sides", {"after": view.get("after"), "limit": SIDES}),
        whose(services, view),
    )
    items: list[dict[str, Any]] = [desk.side(one) for one in sides["items"]]
    return page(
        "data/batch.html",
        view,
        trail=trail(view, at("batches.title", PATH), named(str(found["batch_number"]), view.path)),
        scope=scope,
        batch=desk.batch(found, view.path),
        sides=items,
        next=sides["next"],
    )
