"""One refused event: why, where, its fix with nothing typed lost, release, discard, history."""

import base64
import secrets
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.segments import Segment
from services.console.domain import data_desk as desk
from services.console.domain import data_events as events
from services.console.domain.steps import one
from services.console.pages.data.asked import (
    INTAKE,
    METHODS,
    REFUSED,
    SEE_OTHER,
    clock_of,
    filtered,
    whose,
)
from services.console.pages.data.quarantine import PATH
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.trail import at, named, trail
from services.console.pages.frame.view import View

FORM_BYTES_MAX: Final = 1_000_000
"""Longest form with an edited event: 64 KiB of Chinese take three times that in a form."""
EVENT: Final = "application/cloudevents+json"
NAMED_LENGTH: Final = 12
"""So much of an entry's id stands in the breadcrumbs."""


@dataclass(frozen=True)
class Refused:
    """A command that was not carried out."""

    act: str
    error: RefusedError
    form: Form


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH + "/{entry}", methods=METHODS, name="quarantine_entry")
    async def show(entry: Segment, request: Request) -> Response:
        return await _shown(services, request, entry)

    @router.api_route(PATH + "/{entry}/raw", methods=METHODS, name="quarantine_raw")
    async def raw(entry: Segment) -> Response:
        """Give the bytes exactly as they are kept, as a file and never as a page."""
        found = await services.get(INTAKE, f"/v1/quarantine/{segment(entry)}")
        headers = {"Content-Disposition": f'attachment; filename="{found["id"]}.bin"'}
        content = base64.b64decode(found["original_base64"])
        return Response(content, media_type="application/octet-stream", headers=headers)

    @router.post(PATH + "/{entry}/{act}", name="quarantine_act")
    async def act(entry: Segment, act: str, request: Request) -> Response:
        """Fix, release or discard it; what was refused is said with nothing lost."""
        form = await read_form(request, FORM_BYTES_MAX)
        try:
            await _carry_out(services, entry, act, form)
        except RefusedError as error:
            if error.code == "unknown_page":
                raise
            return await _shown(services, request, entry, Refused(act, error, form))
        # The filters of the list that one came from stay in the address.
        view = filtered(request, desk.FILTERS)
        return RedirectResponse(view.link(f"{PATH}/{segment(entry)}"), SEE_OTHER)


async def _carry_out(services: Services, entry: str, act: str, form: Form) -> None:
    path = f"/v1/quarantine/{segment(entry)}"
    headers = {"Idempotency-Key": one(form, "request")}
    note = one(form, "note")
    if act == "fix":
        asked = {"note": note or None}
        content = typed(form).encode()
        kind = {"Content-Type": EVENT}
        await services.upload(INTAKE, f"{path}/event", asked, content, kind, method="PUT")
    elif act == "release":
        body = {"override": one(form, "override") == "yes", "note": note}
        await services.send(INTAKE, "POST", f"{path}/release", body, headers)
    elif act == "discard":
        await services.send(INTAKE, "POST", f"{path}/discard", {"reason": note}, headers)
    else:
        raise RefusedError(status=404, code="unknown_page", detail=act[:64])


def typed(form: Form) -> str:
    """Return the event as it was typed; browsers end lines with two signs."""
    return one(form, "event").replace("\r\n", "\n")


async def _shown(
    services: Services, request: Request, name: str, refused: Refused | None = None
) -> Response:
    # What was refused is shown at an act's address; links lead back to the entry's own.
    address = f"{PATH}/{segment(name)}"
    view = replace(filtered(request, desk.FILTERS), path=address)
    found = await services.get(INTAKE, f"/v1/quarantine/{segment(name)}")
    scope = await whose(services, view)
    me = PERSON.get()
    acts = me.may("release") and found["state"] == desk.OPEN
    edited = found["edited"] if found["edited"] is not None else found["original"]
    return page(
        "data/entry.html",
        view,
        REFUSED if refused else 200,
        trail=trail(
            view, at("quarantine.title", PATH), named(str(found["id"])[:NAMED_LENGTH], address)
        ),
        scope=scope,
        moment=clock_of(scope),
        entry=found,
        address=address,
        back=view.link(PATH),
        faults=events.faults(found["problem"], view.language),
        told=lambda part: events.told(found["problem"], part, view.language),
        **_event(found),
        acts=acts,
        overridable=found["reason"] in desk.OVERRIDABLE,
        needs_override=found["reason"] in {"conflict", "document_repeated"} and not found["fixed"],
        may_receipts=me.may("publish"),
        text=events.pretty(edited),
        refusal=_refusal(refused, view),
        request=secrets.token_hex(16),
    )


def _event(found: dict[str, Any]) -> dict[str, Any]:
    """Lay the event out with what is wrong marked; what is no JSON as it was sent."""
    problem = found["problem"]
    try:
        lines, cut = events.shown(found["original"], events.pointers_of(problem))
    except events.UnreadableError:
        raw = events.raw(found["original"], str(problem.get("detail") or ""))
        return {"lines": [], "raw": raw, "shortened": raw.cut or found["cut"]}
    return {"lines": lines, "raw": None, "shortened": cut or found["cut"]}


def _refusal(refused: Refused | None, view: View) -> dict[str, Any]:
    """Say what was refused: of a fix also where in what was typed."""
    if refused is None:
        return {"act": "", "told": "", "faults": [], "lines": [], "note": "", "override": False}
    problem = refused.error.problem
    text = typed(refused.form)
    lines: list[events.Shown] = []
    if refused.act == "fix":
        try:
            lines, _ = events.shown(text, events.pointers_of(problem))
        except events.UnreadableError:
            lines = []
    return {
        "act": refused.act,
        "told": refused.error.told(view.language),
        "faults": events.faults(problem, view.language, text) if refused.act == "fix" else [],
        "lines": lines,
        "text": text,
        "note": one(refused.form, "note"),
        "override": one(refused.form, "override") == "yes",
    }
