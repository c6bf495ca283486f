"""The quarantine as a list of work: by reason and age, filters in the address, many at once."""

import asyncio
import secrets
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis import clock
from services.console.domain import data_desk as desk
from services.console.domain.steps import one
from services.console.pages.data.asked import (
    INTAKE,
    METHODS,
    REFUSED,
    clock_of,
    filtered,
    part,
    whose,
)
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View

PATH: Final = "/data/quarantine"
BULK: Final = f"{PATH}/bulk"
PAGE: Final = 50
BULK_MAX: Final = 100
"""Most entries of one bulk command: what an answer in good time allows."""
ACTS: Final = ("release", "discard")


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="quarantine")
    async def listing(request: Request) -> Response:
        return await _listed(services, filtered(request, desk.FILTERS))

    @router.api_route(BULK, methods=METHODS, name="quarantine_bulk")
    async def counted(request: Request) -> Response:
        """Say how many a command would be about, before it is given."""
        return await _counted(services, filtered(request, (*desk.FILTERS, "act")))

    @router.post(BULK, name="quarantine_bulk_do")
    async def together(request: Request) -> Response:
        """Release or discard all that fit, a bounded number at a time."""
        form = await read_form(request)
        view = filtered(request, (*desk.FILTERS, "act"))
        try:
            done = await services.send(
                INTAKE,
                "POST",
                "/v1/quarantine/bulk",
                _command(view, form, dry_run=False),
                {"Idempotency-Key": one(form, "request")},
            )
        except RefusedError as error:
            return await _counted(services, view, error.told(view.language), form)
        return await _counted(services, view, form=form, done=done)


async def _listed(services: Services, view: View) -> Response:
    scope = await whose(services, view)
    chosen = desk.asked(view.given, clock.now())
    state = desk.state_of(view.given)
    asked = {**chosen, "state": state, "after": view.get("after"), "limit": PAGE}
    # Reasons and ages are told apart by the counts, so these two filters do not narrow them.
    rest = {name: value for name, value in view.given.items() if name not in {"reason", "older"}}
    counted = {**desk.asked(rest, clock.now()), "state": state}
    found, counts = await asyncio.gather(
        services.get(INTAKE, "/v1/quarantine", asked),
        part(services, INTAKE, "/v1/quarantine/counts", counted),
    )
    rows = desk.by_reason(counts) if counts else []
    none = dict.fromkeys((*desk.FILTERS, "state", "after"))
    return page(
        "data/quarantine.html",
        view,
        trail=trail(view, at("quarantine.title", PATH)),
        scope=scope,
        moment=clock_of(scope),
        items=[
            {**each, "address": f"{PATH}/{segment(str(each['id']))}"} for each in found["items"]
        ],
        next=found.get("next"),
        rows=rows,
        sum=desk.summed(rows),
        ages=desk.AGES,
        reasons=desk.REASONS,
        states=desk.STATES,
        doors=desk.DOORS,
        state=state or desk.ALL,
        cleared=view.link(PATH, **none) if any(map(view.get, none)) else None,
        acts=ACTS if _bulk_offered(chosen, state) else (),
        bulk=BULK,
    )


def _bulk_offered(chosen: dict[str, str], state: str | None) -> bool:
    """Whether a command for all that are listed is offered: it needs a filter, and open ones."""
    return bool(chosen) and state == desk.OPEN and PERSON.get().may("release")


def _command(view: View, form: Form, *, dry_run: bool) -> dict[str, Any]:
    act = view.given.get("act", "")
    if act not in ACTS:
        raise RefusedError(status=404, code="unknown_page", detail=act[:64])
    return {
        "act": act,
        "filters": desk.asked(view.given, clock.now()),
        "override": act == "release" and one(form, "override") == "yes",
        "reason": one(form, "note"),
        "limit": BULK_MAX,
        "dry_run": dry_run,
    }


async def _counted(
    services: Services,
    view: View,
    refusal: str = "",
    form: Form | None = None,
    done: dict[str, Any] | None = None,
) -> Response:
    said = form or {}
    command = {**_command(view, {}, dry_run=True), "reason": ""}
    found = await services.send(INTAKE, "POST", "/v1/quarantine/bulk", command)
    scope = await whose(services, view)
    act = str(command["act"])
    reason = view.given.get("reason")
    return page(
        "data/quarantine_bulk.html",
        view,
        REFUSED if refusal else 200,
        trail=trail(view, at("quarantine.title", PATH), at(f"quarantine.bulk_{act}", BULK)),
        scope=scope,
        moment=clock_of(scope),
        act=act,
        found=found,
        codes=sorted(found["codes"].items(), key=lambda each: (-each[1], each[0])),
        filters=[(name, view.given[name]) for name in desk.FILTERS if name in view.given],
        overridable=reason is None or reason in desk.OVERRIDABLE,
        most=BULK_MAX,
        done=done,
        refusal=refusal,
        note=one(said, "note"),
        override=one(said, "override") == "yes",
        back=view.link(PATH, act=None),
        address=view.link(BULK),
        request=secrets.token_hex(16),
    )
