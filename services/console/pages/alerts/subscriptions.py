"""Subscriptions: have alerts sent to a webhook or a mailbox, try it, see what was delivered."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.segments import Segment
from services.console.domain import steps
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.posting import posted
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import place_of, scope_of
from services.console.pages.frame.trail import at, named, trail
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
SEE_OTHER: Final = 303
PATH: Final = "/subscriptions"
LISTED: Final = 200
DELIVERIES: Final = 100
STATES: Final = {"pause": "paused", "resume": "active"}


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="subscriptions")
    async def subscriptions(request: Request) -> Response:
        return await _shown(services, request, {})

    @router.post(PATH, name="subscribe")
    async def subscribe(request: Request) -> Response:
        """Make one; its secret is shown this once."""
        sent = await posted(services, request)
        language = sent.view.language
        body = steps.subscription(sent.form, sent.scope.jurisdiction["jurisdiction"], language)
        try:
            made = await services.send("alerts", "POST", f"/v1{PATH}", body)
        except RefusedError as error:
            return await _shown(services, request, sent.form, refusal=error.told(language))
        return await _shown(services, request, {}, secret=made.get("secret") or "")

    _add_one(router, services)


def _add_one(router: APIRouter, services: Services) -> None:
    """Add what is done with one subscription."""

    @router.api_route(PATH + "/{subscription}", methods=METHODS, name="subscription")
    async def one(subscription: Segment, request: Request) -> Response:
        path = f"/v1{PATH}/{segment(subscription)}"
        found = await services.get("alerts", path)
        log = await services.get("alerts", f"{path}/deliveries", {"limit": DELIVERIES})
        view = view_of(request)
        await scope_of(services, view)
        return page(
            "alerts/subscription.html",
            view,
            one=found,
            trail=trail(view, at("subscribe.title", PATH), named(found["name"])),
            deliveries=log["items"],
            refusal="",
        )

    @router.post(PATH + "/{subscription}/{act}", name="change_subscription")
    async def change(subscription: Segment, act: str, request: Request) -> Response:
        """Try, pause, resume, replay or delete."""
        form = await read_form(request)
        view = view_of(request)
        path = f"/v1{PATH}/{segment(subscription)}"
        if act == "delete":
            await services.send("alerts", "DELETE", path)
            return RedirectResponse(view.scoped(PATH), SEE_OTHER)
        if act in STATES:
            await services.send("alerts", "PATCH", path, {"state": STATES[act]})
        elif act == "test":
            await services.send("alerts", "POST", f"{path}/test")
        elif act == "replay":
            delivery = segment(steps.one(form, "delivery"))
            await services.send("alerts", "POST", f"{path}/deliveries/{delivery}/replay")
        else:
            raise RefusedError(status=404, code="unknown_page", detail=act[:64])
        return RedirectResponse(view.scoped(f"{PATH}/{segment(subscription)}"), SEE_OTHER)


async def _shown(
    services: Services, request: Request, form: Form, refusal: str = "", secret: str = ""
) -> Response:
    view = view_of(request)
    scope = await place_of(services, view)
    asked: dict[str, Any] = {"limit": LISTED}
    found = await services.get("alerts", f"/v1{PATH}", asked)
    return page(
        "alerts/subscriptions.html",
        view,
        422 if refusal else 200,
        scope=scope,
        trail=trail(view, at("subscribe.title")),
        items=found["items"],
        was={name: values[0] for name, values in form.items()},
        aspects=form.get("aspects", []),
        refusal=refusal,
        secret=secret,
    )
