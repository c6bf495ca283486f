"""People: who is let in, with which roles and bounds; a new one is registered here."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis import clock
from services.console.domain import admin_people
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/administration/people"
PAGE: Final = 1_000
PAGES_MAX: Final = 20
"""Pages of principals that are read: 20,000."""
LISTED_MAX: Final = 200
"""Most that are shown at once; words narrow it down."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="people")
    async def people(request: Request) -> Response:
        return await _shown(services, request, {})

    @router.post(PATH, name="register_person")
    async def register(request: Request) -> Response:
        """Register somebody; the key is on the answer, and nowhere else ever."""
        form = await read_form(request)
        try:
            body = PERSON.get().own_bounds(admin_people.wanted(form))
            given = await services.send("intake", "POST", "/v1/principals", body)
        except RefusedError as error:
            told = error.told(view_of(request).language)
            return await _shown(services, request, form, refusal=told)
        return await _shown(services, request, {}, given=given)


async def everybody(services: Services) -> list[dict[str, Any]]:
    """Read all principals that the looker may manage."""
    asked: dict[str, str | int | None] = {"limit": PAGE}
    now = clock.now()
    found: list[dict[str, Any]] = []
    for _ in range(PAGES_MAX):
        told = await services.get("intake", "/v1/principals", asked)
        found += [admin_people.shown(one, now) for one in told["items"]]
        if told["next"] is None:
            break
        asked["after"] = told["next"]
    return found


async def _shown(
    services: Services,
    request: Request,
    form: Form,
    *,
    refusal: str = "",
    given: Mapping[str, Any] | None = None,
) -> Response:
    view = view_of(request)
    found = await everybody(services)
    query = request.query_params
    state = query.get("state", "")
    wanted = [query.get(name, "")[:100] for name in ("q", "role")]
    chosen = admin_people.chosen(found, wanted[0], wanted[1], state)
    answer = page(
        "administration/people.html",
        view,
        422 if refusal else 200,
        items=chosen[:LISTED_MAX],
        total=len(chosen),
        listed_max=LISTED_MAX,
        q=wanted[0],
        role=wanted[1],
        state=state,
        roles=admin_people.ROLES,
        offered=admin_people.STAFF_ROLES,
        expiries=admin_people.EXPIRIES,
        jurisdictions=await _jurisdictions(services),
        was={name: values[0] for name, values in form.items() if values},
        chosen_roles=form.get("roles", []),
        refusal=refusal,
        given=given,
        trail=trail(view, at("people.title")),
    )
    if given is not None:
        answer.headers["Cache-Control"] = "no-store"
    return answer


async def _jurisdictions(services: Services) -> list[Mapping[str, Any]]:
    """Name the jurisdictions to choose from; the form lives without them."""
    try:
        return list((await services.get("intake", "/v1/jurisdictions"))["items"])
    except (ServiceAwayError, RefusedError):
        return []
