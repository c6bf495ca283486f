"""One principal: roles and bounds, keys, password, what was done with it; revoked for ever."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis import clock
from services.chassis.segments import Segment
from services.console.domain import admin_people
from services.console.domain.steps import Form, one
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services, segment
from services.console.pages.frame.forms import read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.trail import at, named, trail
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
SEE_OTHER: Final = 303
PATH: Final = "/administration/people"
LOGGED: Final = 200
"""Entries of the log that are shown, the latest."""
ACTS: Final = ("bounds", "rotate", "key", "password", "no-password", "revoke")


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH + "/{person}", methods=METHODS, name="person")
    async def shown(person: Segment, request: Request) -> Response:
        return await _shown(services, request, person)

    @router.post(PATH + "/{person}/{act}", name="change_person")
    async def change(person: Segment, act: str, request: Request) -> Response:
        """Give and take keys and passwords; what was refused is said on the page."""
        form = await read_form(request)
        if act not in ACTS:
            raise RefusedError(status=404, code="unknown_page", detail=act[:64])
        view = view_of(request)
        if act == "revoke" and one(form, "confirm") != person:
            told = texts_of(view.language)("person.confirm_wrong", id=person)
            return await _shown(services, request, person, refusal=told, act=act)
        if act == "password" and _typed(form, "password") != _typed(form, "again"):
            told = texts_of(view.language)("person.not_the_same")
            return await _shown(services, request, person, refusal=told, act=act)
        try:
            given = await _carry_out(services, person, act, form)
        except RefusedError as error:
            told = error.told(view.language)
            return await _shown(services, request, person, refusal=told, act=act, form=form)
        if act == "rotate":
            return await _shown(services, request, person, given=given)
        return RedirectResponse(view.link(f"{PATH}/{segment(person)}"), SEE_OTHER)


async def _carry_out(services: Services, person: str, act: str, form: Form) -> Any:
    path = f"/v1/principals/{segment(person)}"
    match act:
        case "bounds":
            body = PERSON.get().own_bounds(admin_people.bounds(form))
            return await services.send("intake", "PUT", f"{path}/bounds", body)
        case "rotate":
            body = admin_people.rotation(form)
            return await services.send("intake", "POST", f"{path}/keys", body)
        case "key":
            key = segment(one(form, "key") or "-")
            return await services.send("intake", "DELETE", f"{path}/keys/{key}")
        case "password":
            body = {"password": _typed(form, "password")}
            return await services.send("intake", "PUT", f"{path}/password", body)
        case "no-password":
            return await services.send("intake", "DELETE", f"{path}/password")
        case _:
            return await services.send("intake", "DELETE", path)


def _typed(form: Form, name: str) -> str:
    """Read a password as it was typed: at the sign-in page its blanks count too."""
    return (form.get(name) or [""])[0]


async def _shown(
    services: Services,
    request: Request,
    person: str,
    *,
    refusal: str = "",
    act: str = "",
    form: Form | None = None,
    given: Mapping[str, Any] | None = None,
) -> Response:
    # What was done is shown at an act's address; links lead back to the person's own.
    address = f"{PATH}/{segment(person)}"
    view = replace(view_of(request), path=address)
    found = await services.get("intake", f"/v1/principals/{segment(person)}")
    answer = page(
        "administration/person.html",
        view,
        422 if refusal else 200,
        one=admin_people.shown(found, clock.now()),
        was=admin_people.bounds(form) if form and act == "bounds" else found,
        offered=admin_people.STAFF_ROLES,
        address=address,
        log=await _log(services, person),
        overlaps=tuple(admin_people.OVERLAPS),
        expiries=admin_people.EXPIRIES,
        has_passwords="password" in found,
        refusal=refusal,
        act=act,
        given=given,
        trail=trail(view, at("people.title", PATH), named(found["name"])),
    )
    if given is not None:
        answer.headers["Cache-Control"] = "no-store"
    return answer


async def _log(services: Services, person: str) -> list[Any] | None:
    """Ask what was done with it, the latest first; null: one may not see that, or it is away."""
    if not PERSON.get().may("audit"):
        return None
    asked: dict[str, str | int | None] = {"principal": person, "order": "desc", "limit": LOGGED}
    try:
        told: dict[str, Any] = await services.get("intake", "/v1/audit", asked)
    except (ServiceAwayError, RefusedError):
        return None
    found: list[Any] = told["items"]
    return found
