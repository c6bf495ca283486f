"""Rule packs: what is in force layer by layer, parameters, a layer of one's own."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain import admin_packs as shown
from services.console.domain.steps import Form, one
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services, segment
from services.console.pages.frame.forms import read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/administration/packs"
DEPARTMENTS_MAX: Final = 1_000
CHANGED_MAX: Final = 60
"""Most rules whose layers are asked about one by one."""
FORM_BYTES_MAX: Final = 600_000
FIELDS_MAX: Final = 2_000

Asked = dict[str, str | int | None]


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="packs")
    async def packs(request: Request) -> Response:
        """Show the layers in force on a day, and every parameter through them."""
        view = view_of(request)
        scope = await place_of(services, view)
        department = view.get("department")
        known, rules = await _in_force(services, scope, view, department)
        shipped = (await services.get("alerts", "/v1/rules"))["items"]
        changes = await _changes(services, scope, view, rules["items"])
        return page(
            "administration/packs.html",
            view,
            scope=scope,
            packs=known["items"],
            layers=shown.layers_of(known["items"], department),
            rows=shown.rows(rules["items"], {each["rule_id"]: each for each in shipped}, changes),
            ignored=rules["ignored"],
            departments=await _departments(services, scope),
            may=PERSON.get().may("rules"),
            trail=trail(view, at("packs.title")),
        )

    @router.api_route(PATH + "/draft", methods=METHODS, name="draft_pack")
    async def draft(request: Request) -> Response:
        return await _draft(services, request, {})

    @router.post(PATH + "/draft", name="work_on_pack")
    async def work(request: Request) -> Response:
        """Write the draft, check it, or publish what was checked."""
        form = await read_form(request, FORM_BYTES_MAX, FIELDS_MAX)
        return await _draft(services, request, form)


async def _in_force(
    services: Services, scope: Scope, view: View, department: str | None
) -> tuple[Any, Any]:
    asked: Asked = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "as_of": view.get("as_of"),
    }
    packs = await services.get("alerts", "/v1/rules/packs", asked)
    return packs, await services.get("alerts", "/v1/rules", {**asked, "department": department})


async def _changes(
    services: Services, scope: Scope, view: View, rules: Sequence[Mapping[str, Any]]
) -> dict[str, list[Any]]:
    """Ask what each layer made of the rules that more than one has touched."""
    asked: Asked = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "department": view.get("department"),
        "as_of": view.get("as_of"),
    }
    names = [rule["rule_id"] for rule in rules if len(rule["layers"]) > 1][:CHANGED_MAX]
    found = await asyncio.gather(
        *(services.get("alerts", f"/v1/rules/{segment(name)}", asked) for name in names)
    )
    return {name: one["history"] for name, one in zip(names, found, strict=True)}


async def _departments(services: Services, scope: Scope) -> list[tuple[str, str]]:
    """Offer the departments there are; whoever is bound to some is offered those."""
    asked: Asked = {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "kind": "department",
        "limit": DEPARTMENTS_MAX,
    }
    try:
        told = await services.get("analysis", "/v1/organisations", asked)
    except (RefusedError, ServiceAwayError):
        return []
    return [(one["organisation"], one["name"]) for one in told["items"]]


async def _draft(services: Services, request: Request, form: Form) -> Response:
    view = view_of(request)
    scope = await place_of(services, view)
    department = one(form, "department") or view.get("department") or _own_department()
    known, rules = await _in_force(services, scope, view, department or None)
    code = scope.jurisdiction["jurisdiction"]
    newest = shown.following(known["items"], code, department)
    content, act = one(form, "content"), one(form, "act")
    if act == "draft":
        content = shown.draft(form, rules["items"])
    outcome = await _outcome(services, view, (code, department), content, form)
    return page(
        "administration/draft.html",
        view,
        422 if outcome["refusal"] or outcome["faults"] else 200,
        scope=scope,
        department=department,
        departments=await _departments(services, scope),
        narrow=bool(PERSON.get().organisations),
        rules=[rule for rule in rules["items"] if rule["parameters"]],
        content=content or (newest["content"] if newest and not form else ""),
        newest=newest,
        number=shown.number_after(newest["version"] if newest else None),
        first_day=shown.first_day(scope.jurisdiction["today"]),
        was={name: values[0] for name, values in form.items()},
        field=shown.PARAMETER,
        may=PERSON.get().may("rules"),
        request=one(form, "request") or secrets.token_hex(16),
        trail=trail(view, at("packs.title", PATH), at("packs.own")),
        **outcome,
    )


def _own_department() -> str:
    mine = PERSON.get().organisations
    return mine[0] if mine else ""


async def _outcome(
    services: Services, view: View, whose: tuple[str, str], content: str, form: Form
) -> dict[str, Any]:
    """Check a draft, or publish it; what is wrong is told by line and column."""
    told: dict[str, Any] = {"checked": None, "faults": [], "refusal": "", "published": None}
    act = one(form, "act")
    if not content or act not in {"draft", "check", "publish"}:
        return told
    body = {"content": content, "jurisdiction": whose[0], "department": whose[1] or None}
    try:
        checked = await services.send("alerts", "POST", "/v1/rules/check", body)
        told |= {"checked": checked, "faults": shown.marked(content, checked["faults"])}
        if act == "publish" and not checked["faults"]:
            headers = {"Idempotency-Key": one(form, "request")}
            told["published"] = await services.send(
                "alerts", "POST", "/v1/rules/packs", body, headers
            )
    except RefusedError as error:
        told["refusal"] = error.told(view.language)
    return told
