"""Publishers: when they were heard of last, and the keys they send with; receipts by number.

A key is shown in the answer to the form that asked for it, once: in no address, log or cache.
"""

import secrets
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis import clock
from services.chassis.segments import Segment
from services.console.domain import data_desk as desk
from services.console.domain.admin_facts import words
from services.console.domain.steps import one
from services.console.pages.data.asked import (
    INTAKE,
    METHODS,
    REFUSED,
    SEE_OTHER,
    clock_of,
    part,
    whose,
)
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import Scope
from services.console.pages.frame.trail import at, named, trail
from services.console.pages.frame.view import View, view_of

PATH: Final = "/data/publishers"
PUBLISHER: Final = "publisher"
PRINCIPALS: Final = 1_000
PAGES_MAX: Final = 20
"""Pages of principals among which publishers are looked for: 20,000."""
DAY_SECONDS: Final = 24 * 3_600
CONFLICT: Final = 409
Given = dict[str, Any]
"""What intake says with a new key: the one time that it is told."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="publishers")
    async def publishers(request: Request) -> Response:
        return await _listed(services, view_of(request), {})

    @router.post(PATH, name="new_publisher")
    async def create(request: Request) -> Response:
        """Register one and show its key, this once."""
        form = await read_form(request)
        view = view_of(request)
        try:
            given = await services.send(
                INTAKE, "POST", "/v1/principals", PERSON.get().own_bounds(_wanted(form))
            )
        except RefusedError as error:
            return await _listed(services, view, form, error.told(view.language))
        return await _shown(services, view, str(given["principal"]["id"]), given=given)

    _add_one(router, services)


def _add_one(router: APIRouter, services: Services) -> None:
    """Add what is done with one publisher."""

    @router.api_route(PATH + "/{publisher}", methods=METHODS, name="publisher")
    async def show(publisher: Segment, request: Request) -> Response:
        return await _shown(services, view_of(request), publisher)

    @router.post(PATH + "/{publisher}/rotate", name="rotate_key")
    async def rotate(publisher: Segment, request: Request) -> Response:
        """Show a new key, this once; a form that is sent again gives out none."""
        form = await read_form(request)
        view = view_of(request)
        path = f"/v1/principals/{segment(publisher)}"
        try:
            if desk.newest(await _publisher(services, publisher)) != one(form, "newest"):
                detail = texts_of(view.language)("publishers.given_meanwhile")
                raise RefusedError(status=CONFLICT, code="key_given_meanwhile", detail=detail)
            given = await services.send(INTAKE, "POST", f"{path}/keys", _next_key(form))
        except RefusedError as error:
            return await _shown(services, view, publisher, error.told(view.language), form)
        return await _shown(services, view, publisher, given=given)

    @router.post(PATH + "/{publisher}/revoke", name="revoke_publisher")
    async def revoke(publisher: Segment, request: Request) -> Response:
        """Take one key back, or let the publisher in no more."""
        form = await read_form(request)
        view = view_of(request)
        path = f"/v1/principals/{segment(publisher)}"
        key = one(form, "key")
        try:
            if not key and one(form, "confirm") != publisher:
                detail = texts_of(view.language)("publishers.not_confirmed")
                raise RefusedError(status=REFUSED, code="not_confirmed", detail=detail)
            whole = f"{path}/keys/{segment(key)}" if key else path
            await services.send(INTAKE, "DELETE", whole)
        except RefusedError as error:
            return await _shown(services, view, publisher, error.told(view.language), form)
        return RedirectResponse(view.scoped(f"{PATH}/{segment(publisher)}"), SEE_OTHER)


async def _publisher(services: Services, name: str) -> dict[str, Any]:
    found: dict[str, Any] = await services.get(INTAKE, f"/v1/principals/{segment(name)}")
    if found["kind"] != PUBLISHER:
        # People and their keys are the administration's.
        raise RefusedError(status=404, code="unknown_principal", detail=name[:64])
    return desk.with_keys(found)


def _wanted(form: Form) -> dict[str, Any]:
    chosen = list(form.get("jurisdictions", ()))
    return {
        "id": one(form, "id"),
        "name": one(form, "name") or one(form, "id"),
        "roles": [PUBLISHER],
        "jurisdictions": chosen or ([] if one(form, "everywhere") != "yes" else None),
        "organisations": _organisations(form),
        **desk.ending(one(form, "expires")),
    }


def _organisations(form: Form) -> list[str]:
    """Read the chosen subtrees, and the codes that were typed beside them."""
    return list(dict.fromkeys([*form.get("subtrees", ()), *words(one(form, "organisations"))]))


def _next_key(form: Form) -> dict[str, Any]:
    days = one(form, "overlap")
    overlap = int(days) if days in {str(one) for one in desk.OVERLAPS} else desk.OVERLAP_DAYS
    return {"overlap_seconds": overlap * DAY_SECONDS, **desk.ending(one(form, "expires"))}


async def _listed(services: Services, view: View, form: Form, refusal: str = "") -> Response:
    scope = await whose(services, view)
    me = PERSON.get()
    principals: list[Any] | None = None
    if me.may("keys"):
        principals = [
            {**one, "used": desk.last_used(one), "address": f"{PATH}/{segment(one['id'])}"}
            for one in map(desk.with_keys, await _publishers(services))
        ]
    return page(
        "data/publishers.html",
        view,
        REFUSED if refusal else 200,
        trail=trail(view, at("publishers.title", PATH)),
        scope=scope,
        moment=clock_of(scope),
        principals=principals,
        state_of=lambda key: desk.key_state(key, clock.now()),
        sources=_sources(scope),
        everywhere=me.jurisdictions is None,
        subtrees=[(code, scope.name(code) if scope else code) for code in me.organisations],
        subtrees_chosen=form.get("subtrees", []),
        refusal=refusal,
        was={name: values[0] for name, values in form.items()},
        chosen=form.get("jurisdictions", []),
        may_receipts=me.may("publish"),
        may_see=me.may("quarantine"),
    )


async def _publishers(services: Services) -> list[dict[str, Any]]:
    """Find the publishers among all principals that the looker may manage."""
    asked: dict[str, str | int | None] = {"limit": PRINCIPALS}
    found: list[dict[str, Any]] = []
    for _ in range(PAGES_MAX):
        told = await services.get(INTAKE, "/v1/principals", asked)
        found += [one for one in told["items"] if one["kind"] == PUBLISHER]
        if told["next"] is None:
            break
        asked["after"] = told["next"]
    return found


def _sources(scope: Scope | None) -> list[dict[str, Any]]:
    """Tell what analysis says about publishers of the jurisdiction that is looked at."""
    return [] if scope is None else desk.heard(scope.jurisdiction)


async def _shown(
    services: Services,
    view: View,
    name: str,
    refusal: str = "",
    form: Form | None = None,
    given: Given | None = None,
) -> Response:
    address = f"{PATH}/{segment(name)}"
    view = replace(view, path=address)
    found = await _publisher(services, name)
    scope = await whose(services, view)
    counts = None
    if PERSON.get().may("quarantine"):
        counts = await part(services, INTAKE, "/v1/quarantine/counts", {"publisher": name})
    now = clock.now()
    keys = [{**key, "state": desk.key_state(key, now)} for key in reversed(found["keys"])]
    answer = page(
        "data/publisher.html",
        view,
        REFUSED if refusal else 200,
        trail=trail(view, at("publishers.title", PATH), named(found["name"], address)),
        scope=scope,
        moment=clock_of(scope),
        one=found,
        keys=keys,
        used=desk.last_used(found),
        days=[row for row in _sources(scope) if row["source"] == found["id"]],
        newest=desk.newest(found),
        overlaps=desk.OVERLAPS,
        overlap=one(form or {}, "overlap"),
        counts=counts,
        given=given,
        refusal=refusal,
        address=address,
        request=secrets.token_hex(16),
    )
    # Also where a page may be kept: not one that a key may stand on.
    answer.headers["Cache-Control"] = "no-store"
    return answer
