"""Suppressions: what they would hit is seen before one is made; each has its end and its reason."""

import secrets
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.segments import Segment
from services.console.domain import steps
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import Form
from services.console.pages.frame.posting import posted
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import place_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
SEE_OTHER: Final = 303
PATH: Final = "/suppressions"
LISTED: Final = 200


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="suppressions")
    async def suppressions(request: Request) -> Response:
        return await _shown(services, request, {})

    @router.post(PATH, name="suppress")
    async def suppress(request: Request) -> Response:
        """Preview first; make it when that was seen."""
        sent = await posted(services, request)
        form, view = sent.form, sent.view
        body = steps.suppression(form, sent.scope.jurisdiction["jurisdiction"])
        try:
            if steps.one(form, "act") == "preview":
                asked = {name: body[name] for name in ("jurisdiction", "matcher")}
                path = f"/v1{PATH}/preview"
                preview = await services.send("alerts", "POST", path, asked)
                return await _shown(services, request, form, preview=preview)
            headers = {"Idempotency-Key": steps.one(form, "request")}
            await services.send("alerts", "POST", f"/v1{PATH}", body, headers)
        except RefusedError as error:
            return await _shown(services, request, form, error.told(view.language))
        return RedirectResponse(view.scoped(PATH), SEE_OTHER)

    @router.post(PATH + "/{suppression}/end", name="end_suppression")
    async def end(suppression: Segment, request: Request) -> Response:
        """End one before its day."""
        await services.send("alerts", "DELETE", f"/v1{PATH}/{segment(suppression)}")
        return RedirectResponse(view_of(request).scoped(PATH), SEE_OTHER)


async def _shown(
    services: Services, request: Request, form: Form, refusal: str = "", preview: Any = None
) -> Response:
    view = view_of(request)
    scope = await place_of(services, view)
    asked: dict[str, str | int | None] = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "state": "all",
        "limit": LISTED,
    }
    found = await services.get("alerts", f"/v1{PATH}", asked)
    return page(
        "alerts/suppressions.html",
        view,
        422 if refusal else 200,
        scope=scope,
        trail=trail(view, at("noise.title")),
        items=found["items"],
        was={name: values[0] for name, values in form.items()},
        refusal=refusal,
        preview=preview,
        request=steps.one(form, "request") or secrets.token_hex(16),
    )
