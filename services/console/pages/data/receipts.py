"""Receipts: what became of a request, by the number that its sender was given."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.pages.data.asked import INTAKE, METHODS, filtered, whose
from services.console.pages.data.publishers import PATH as PUBLISHERS
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.trail import at, trail

PATH: Final = "/data/receipts"
RESULTS_SHOWN: Final = 200
"""Most verdicts of a request that are listed; what was refused comes first."""
GOOD: Final = frozenset({"accepted", "duplicate", "pending"})


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="receipts")
    async def receipt(request: Request) -> Response:
        """Show a request's verdicts; the form alone while no number is given."""
        view = filtered(request, ("receipt",))
        number = view.given.get("receipt", "")
        found: Any = None
        refusal = ""
        if number:
            try:
                found = await services.get(INTAKE, f"/v1/receipts/{segment(number)}")
            except RefusedError as error:
                if error.code == "forbidden":
                    raise
                refusal = error.told(view.language)
        results = sorted(
            found["results"] if found else [],
            key=lambda each: (each["verdict"] in GOOD, each["index"]),
        )
        return page(
            "data/receipt.html",
            view,
            404 if refusal else 200,
            trail=trail(view, at("publishers.title", PUBLISHERS), at("receipts.title", PATH)),
            scope=await whose(services, view),
            number=number,
            found=found,
            results=results[:RESULTS_SHOWN],
            more=len(results) - RESULTS_SHOWN,
            refusal=refusal,
            may_see=PERSON.get().may("quarantine"),
        )
