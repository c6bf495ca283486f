"""Organisations: the tree as of a day, what changed when, and changing them by facts."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain import admin_facts, admin_places
from services.console.domain.steps import one
from services.console.pages.frame.asking import RefusedError, Services
from services.console.pages.frame.forms import Form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.posting import posted
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import place_of
from services.console.pages.frame.stating import state
from services.console.pages.frame.trail import Crumb, at, named, trail
from services.console.pages.frame.view import View, view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/administration/organisations"
PAGE: Final = 5_000
PAGES_MAX: Final = 10
"""Pages of organisations that are read for a tree: 50,000 organisations."""
CHANGES: Final = 20
CODE_LENGTH_MAX: Final = 128
EVERY: Final = "every"

Said = tuple[str, str, Mapping[str, Any] | None]
"""What was sent (register, move, close), why it was refused, the verdict."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="organisations")
    async def organisations(request: Request) -> Response:
        return await _shown(services, request, {}, ("", "", None))

    @router.post(PATH + "/{act}", name="change_organisation")
    async def change(act: str, request: Request) -> Response:
        """State a change; the ledger's verdict is shown, and what was typed if it was refused."""
        sent = await posted(services, request)
        if act not in admin_facts.ORGANISATIONS:
            raise RefusedError(status=404, code="unknown_page", detail=act[:64])
        known = sent.scope.jurisdiction
        day = one(sent.form, "valid_from") or one(sent.form, "last_day") or known["today"] or ""
        try:
            event = admin_facts.organisation(sent.form, act, known["jurisdiction"], day)
            verdict = await state(services, event)
        except RefusedError as error:
            told = (act, error.told(sent.view.language), None)
            return await _shown(services, request, sent.form, told)
        kept = {"organisation": sent.form.get("organisation", [])}
        return await _shown(services, request, kept, (act, "", verdict))


async def _shown(services: Services, request: Request, form: Form, said: Said) -> Response:
    # What was stated is shown at an act's address; links lead back to the page's own.
    view = replace(view_of(request), path=PATH)
    scope = await place_of(services, view)
    code = scope.jurisdiction["jurisdiction"]
    chosen = request.query_params.get("organisation", "")[:CODE_LENGTH_MAX]
    chosen = chosen or (one(form, "organisation") if said[0] in {"move", "close"} else "")
    # Of the whole tree its changes; whoever wants to may see each registration too.
    every = request.query_params.get("by") == EVERY
    day, known = await _tree(services, code, view)
    asked: dict[str, str | int | None] = {"jurisdiction": code, "limit": CHANGES}
    changes = await services.get(
        "analysis",
        "/v1/organisations/changes",
        {
            **asked,
            "organisation": chosen or None,
            "registrations": None if chosen or every else "false",
            "after": view.get("after"),
        },
    )
    me = PERSON.get()
    act, refusal, verdict = said
    top = chosen if chosen in known else ""
    return page(
        "administration/organisations.html",
        view,
        422 if refusal else 200,
        scope=scope,
        as_of=day,
        known=known,
        chosen=known.get(chosen),
        missing=chosen if chosen and chosen not in known else "",
        above=admin_places.way(known, chosen),
        rows=admin_places.branches(known, top),
        left=admin_places.left_out(known, top),
        counts=admin_places.counts(known),
        names={**scope.names, **{name: each["name"] for name, each in known.items()}},
        changes=changes,
        every=every,
        may=me.may("publish"),
        kinds=admin_places.ORDER,
        was={name: values[0] for name, values in form.items() if values},
        act=act,
        refusal=refusal,
        verdict=verdict,
        request=secrets.token_hex(16),
        trail=_trail(view, known, chosen),
    )


def _trail(view: View, known: admin_places.Known, chosen: str) -> tuple[Crumb, ...]:
    if not chosen:
        return trail(view, at("organisations.title"))
    # The tree has the same path as what is chosen in it: it is a step back all the same.
    return (at("organisations.title", PATH), named(known.get(chosen, {}).get("name", chosen)))


async def _tree(
    services: Services, code: str, view: View
) -> tuple[str, dict[str, Mapping[str, Any]]]:
    """Read the organisations of the day that is looked at, page after page."""
    asked: dict[str, str | int | None] = {
        "jurisdiction": code,
        "as_of": view.get("as_of"),
        "limit": PAGE,
    }
    found: dict[str, Mapping[str, Any]] = {}
    day = ""
    for _ in range(PAGES_MAX):
        told = await services.get("analysis", "/v1/organisations", asked)
        day = told["as_of"]
        found |= {each["organisation"]: each for each in told["items"]}
        if told["next"] is None:
            break
        asked["after"] = told["next"]
    return day, found
