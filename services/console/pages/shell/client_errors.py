"""Errors in people's browsers: counted, and the place in our own scripts logged; nothing else.

What a page shows, says or was sent is nobody's business but its reader's: it is not asked for.
"""

import re
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis import metrics
from services.chassis.log import get_logger
from services.console.pages.frame.asking import Services
from services.console.pages.frame.forms import read_form

BYTES_MAX: Final = 1_000
FIELDS_MAX: Final = 4
OTHER: Final = "other"
KINDS: Final = frozenset({"error", "rejection", "blocked", OTHER})
"""What scripts tell: an error, a promise that nobody caught, something that the policy blocked."""
PLACE: Final = re.compile(r"/static/[\w./-]{1,80}\.js:\d{1,6}")
NO_PLACE: Final = "unknown"

ERRORS: Final = metrics.counter(
    "dualwatch_console_client_errors_total",
    "Errors of scripts in people's browsers, by kind: error, rejection, blocked, other.",
    ("kind",),
)

log = get_logger(__name__)


def add_routes(router: APIRouter, _services: Services) -> None:
    """Add the route that `errors.js` sends to."""

    @router.post("/client-errors", include_in_schema=False)
    async def told(request: Request) -> Response:
        form = await read_form(request, BYTES_MAX, FIELDS_MAX)
        kind = form.get("kind", [OTHER])[0]
        kind = kind if kind in KINDS else OTHER
        place = form.get("place", [NO_PLACE])[0]
        place = place if PLACE.fullmatch(place) else NO_PLACE
        ERRORS.labels(kind).inc()
        log.warning("client_error", kind=kind, place=place)
        return Response(status_code=204)
