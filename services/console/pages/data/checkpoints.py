"""Checkpoints: signed statements of where the ledger stood; made, verified, taken along."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
SEE_OTHER: Final = 303
PATH: Final = "/data/checkpoints"
LISTED: Final = 50
NUMBER_MAX: Final = 999_999_999
PEM: Final = "application/x-pem-file"
NONE_MADE: Final = "no_checkpoints"
"""What intake says that was given no key for them."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="checkpoints")
    async def checkpoints(request: Request) -> Response:
        return await _shown(services, request)

    @router.post(PATH, name="make_checkpoint")
    async def make(request: Request) -> Response:
        """Make one now; the last one again if nothing was entered since."""
        view = view_of(request)
        try:
            await services.send("intake", "POST", "/v1/checkpoints")
        except RefusedError as error:
            return await _shown(services, request, refusal=error.told(view.language))
        return RedirectResponse(view.scoped(PATH), SEE_OTHER)

    @router.post(PATH + "/verify", name="verify_ledger")
    async def verify(request: Request) -> Response:
        """Recompute every chain and compare it with the last checkpoint."""
        view = view_of(request)
        try:
            found = await services.get("intake", "/v1/ledger/verification")
        except RefusedError as error:
            return await _shown(services, request, refusal=error.told(view.language))
        except ServiceAwayError:
            # A large ledger takes longer than a page waits: the command waits for it.
            told = texts_of(view.language)("checkpoints.takes_long")
            return await _shown(services, request, refusal=told)
        return await _shown(services, request, found=found)

    _add_files(router, services)


def _add_files(router: APIRouter, services: Services) -> None:
    @router.api_route(PATH + "/key.pem", methods=METHODS, name="checkpoint_key")
    async def key(request: Request) -> Response:
        """Give the public key that checks the signatures."""
        view_of(request)
        found = await services.get("intake", "/v1/checkpoints/key")
        return _file(str(found["public_key"]), PEM, f"checkpoint-key-{found['key']}.pem")

    @router.api_route(PATH + "/{number}", methods=METHODS, name="checkpoint")
    async def one(number: int, request: Request) -> Response:
        """Give a checkpoint to take along, as JSON."""
        view_of(request)
        asked: dict[str, str | int | None] = {"after": max(0, number - 1), "limit": 1}
        items = (await services.get("intake", "/v1/checkpoints", asked))["items"]
        if not items or items[0]["number"] != number:
            raise RefusedError(status=404, code="unknown_page", detail=str(number)[:16])
        text = json.dumps(items[0], ensure_ascii=False, indent=2) + "\n"
        return _file(text, "application/json", f"checkpoint-{number}.json")


def _file(text: str, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=media_type, headers=headers)


async def _shown(
    services: Services,
    request: Request,
    *,
    found: Mapping[str, Any] | None = None,
    refusal: str = "",
) -> Response:
    # What was found is shown at an act's address; links lead back to the page's own.
    view = replace(view_of(request), path=PATH)
    me = PERSON.get()
    before = view.get("before")
    asked: dict[str, str | int | None] = {"before": before or NUMBER_MAX, "limit": LISTED}
    told: Mapping[str, Any] = {"items": [], "next": None}
    signer: Any = None
    try:
        # Whoever reads entries may have the key; the list is for those who verify the whole.
        if me.may("verify"):
            told = await services.get("intake", "/v1/checkpoints", asked)
        signer = await services.get("intake", "/v1/checkpoints/key")
    except RefusedError as error:
        if error.code != NONE_MADE:
            raise
        refusal = refusal or error.told(view.language)
    return page(
        "data/checkpoints.html",
        view,
        422 if refusal else 200,
        items=told["items"],
        following=told["next"],
        signer=signer,
        found=found,
        may_verify=me.may("verify") and me.jurisdictions is None,
        may_make=me.may("verify"),
        refusal=refusal,
        trail=trail(view, at("checkpoints.title")),
    )
