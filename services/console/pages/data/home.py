"""What waits at the data desk: refused events, files, batches, disputes, days, silent sources."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain import data_desk as desk
from services.console.pages.data.asked import INTAKE, METHODS, clock_of, part, whose
from services.console.pages.data.batches import ASKED as BATCHES
from services.console.pages.frame.asking import Services
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import Scope
from services.console.pages.frame.view import view_of

FILES_SHOWN: Final = 5
DISPUTED_MAX: Final = 100
"""Papers with disputes that are counted; more are said to be more."""
SOURCES_SHOWN: Final = 8


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route("/data", methods=METHODS, name="data")
    async def home(request: Request) -> Response:
        view = view_of(request)
        scope = await whose(services, view)
        counts, files, batches, disputed = await asyncio.gather(
            _counts(services),
            _files(services),
            _batches(services, scope, view.get("fiscal_year")),
            _disputed(services, scope),
        )
        rows = desk.by_reason(counts) if counts else []
        jurisdiction: dict[str, Any] = scope.jurisdiction if scope else {}
        sources = desk.heard(jurisdiction)
        return page(
            "data/home.html",
            view,
            scope=scope,
            moment=clock_of(scope),
            counts=counts,
            rows=rows,
            sum=desk.summed(rows),
            ages=desk.AGES,
            files=files,
            waiting=[one for one in files or () if one["state"] in desk.UNDER_WAY],
            files_shown=FILES_SHOWN,
            batches=batches,
            disputed=disputed,
            sources=sources[:SOURCES_SHOWN],
            silent=desk.silent(sources),
            silent_days=desk.silent_days(jurisdiction),
            me=PERSON.get(),
        )


async def _counts(services: Services) -> Any:
    if not PERSON.get().may("quarantine"):
        return None
    return await part(services, INTAKE, "/v1/quarantine/counts", {})


async def _files(services: Services) -> list[Any] | None:
    if not PERSON.get().may("files"):
        return None
    found = await part(services, INTAKE, "/v1/files", {})
    return None if found is None else list(found["items"])


async def _batches(services: Services, scope: Scope | None, fiscal_year: str | None) -> Any:
    """Count batches of the jurisdiction that do not balance, of the year that their list has."""
    if scope is None or not PERSON.get().may("quarantine"):
        return None
    asked = {"jurisdiction": scope.jurisdiction["jurisdiction"], "fiscal_year": fiscal_year}
    return await part(services, INTAKE, f"{BATCHES}/counts", asked)


async def _disputed(services: Services, scope: Scope | None) -> Any:
    """Count disputed figures of the jurisdiction; they are the data desk's to answer."""
    if scope is None or not PERSON.get().may("read"):
        return None
    asked: dict[str, str | int | None] = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "disputed": "true",
        "limit": DISPUTED_MAX,
    }
    found = await part(services, "reporting", "/v1/papers", asked)
    if found is None:
        return None
    papers = found["items"]
    return {
        "papers": len(papers),
        "figures": sum(len(desk.open_disputes(paper)) for paper in papers),
        "more": found.get("next") is not None,
    }
