"""Campaigns: the list, the form that plans one, a board of where its papers are (Art. 12)."""

import secrets
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.segments import Segment
from services.console.domain import campaigns as shown
from services.console.domain.campaigns import Item
from services.console.domain.steps import one
from services.console.domain.texts import Texts
from services.console.pages.frame.asking import RefusedError, Services, segment
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import place_of, scope_of
from services.console.pages.frame.trail import at, named, trail
from services.console.pages.frame.view import view_of
from services.console.pages.reporting.asked import (
    METHODS,
    SEE_OTHER,
    SERVICE,
    campaign_path,
    campaigns_of,
)

PATH: Final = "/campaigns"
CHOSEN_MAX: Final = 3_000
"""Most organisations that are urged by name at once."""
LEFT_MAX: Final = 20
"""Most that are named as not urged, or as named in vain; beyond it their number says it."""
FORM_BYTES_MAX: Final = 400_000
MOVED: Final = ("open", "close")
OPENING: Final = ("planned", "opening")
CHANGED: Final = ("planned", "open")
"""States in which a campaign can be changed."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="campaigns")
    async def campaigns(request: Request) -> Response:
        return await _listed(services, request, {})

    @router.post(PATH, name="plan_campaign")
    async def plan(request: Request) -> Response:
        """Plan one; what was refused is said with nothing lost."""
        form = await read_form(request)
        view = view_of(request)
        scope = await place_of(services, view)
        body = shown.planned(form, scope.jurisdiction["jurisdiction"])
        headers = {"Idempotency-Key": one(form, "request")}
        try:
            made = await services.send(SERVICE, "POST", "/v1/campaigns", body, headers)
        except RefusedError as error:
            return await _listed(services, request, form, error.told(view.language))
        return RedirectResponse(view.scoped(f"{PATH}/{segment(shown.key_of(made))}"), SEE_OTHER)

    _add_one(router, services)


def _add_one(router: APIRouter, services: Services) -> None:
    """Add what is done with one campaign."""

    @router.api_route(PATH + "/{campaign}", methods=METHODS, name="campaign")
    async def board(campaign: Segment, request: Request) -> Response:
        return await _board(services, request, campaign)

    @router.post(PATH + "/{campaign}/urge", name="urge_papers")
    async def urge(campaign: Segment, request: Request) -> Response:
        """Remind whoever was chosen of what is missing 催办."""
        form = await read_form(request, FORM_BYTES_MAX, CHOSEN_MAX)
        headers = {"Idempotency-Key": one(form, "request")}
        texts = texts_of(view_of(request).language)
        try:
            path = campaign_path(campaign, "/urge")
            told = await services.send(SERVICE, "POST", path, shown.urged(form), headers)
        except RefusedError as error:
            return await _board(services, request, campaign, error.told(texts.language))
        notice = _urged(texts, campaign, told if isinstance(told, dict) else {})
        return await _board(services, request, campaign, notice)

    @router.post(PATH + "/{campaign}/change", name="change_campaign")
    async def change(campaign: Segment, request: Request) -> Response:
        """Change its name, due dates or template (Art. 12: the bureau may adjust time)."""
        form = await read_form(request)
        return await _moved(services, request, campaign, ("PATCH", "", shown.changed(form)), form)

    @router.post(PATH + "/{campaign}/{act}", name="move_campaign")
    async def move(campaign: Segment, act: str, request: Request) -> Response:
        """Open or close it."""
        form = await read_form(request)
        if act not in MOVED:
            raise RefusedError(status=404, code="unknown_page", detail=act[:64])
        return await _moved(services, request, campaign, ("POST", f"/{act}", {}), form)


def _urged(texts: Texts, campaign: str, told: Item) -> str:
    """Say how many were urged, and who was not and why (domain-rules 23)."""
    said = [texts("campaign.urged", number=len(told.get("urged") or ()))]
    for reason, left in shown.not_urged(told, campaign).items():
        names = [
            f"{name} ({' '.join((key, texts.of('paper_kind', kind))).strip()})" if kind else name
            for name, key, kind in left[:LEFT_MAX]
        ]
        said.append(texts(f"campaign.not_urged_{reason}", number=len(left), names=", ".join(names)))
    return " ".join(said)


async def _moved(
    services: Services,
    request: Request,
    campaign: str,
    asked: tuple[str, str, dict[str, Any]],
    form: Form,
) -> Response:
    method, part, body = asked
    view = view_of(request)
    headers = {"Idempotency-Key": one(form, "request")}
    version = one(form, "version")
    if version:
        headers["If-Match"] = f'"{version}"'
    try:
        await services.send(SERVICE, method, campaign_path(campaign, part), body, headers)
    except RefusedError as error:
        return await _board(services, request, campaign, error.told(view.language))
    return RedirectResponse(view.scoped(f"{PATH}/{segment(campaign)}"), SEE_OTHER)


async def _listed(services: Services, request: Request, form: Form, refusal: str = "") -> Response:
    view = view_of(request)
    scope = await place_of(services, view)
    found = await campaigns_of(services, scope.jurisdiction["jurisdiction"])
    may = PERSON.get().may("campaign")
    written = {name: values[0] for name, values in form.items()}
    return page(
        "reporting/campaigns.html",
        view,
        422 if refusal else 200,
        scope=scope,
        trail=trail(view, at("campaigns.title")),
        items=[{**each, "address": f"{PATH}/{segment(shown.key_of(each))}"} for each in found],
        may=may,
        templates=await _templates(services) if may else [],
        was=written or shown.defaults(scope.jurisdiction),
        accounts=form.get("accounts", []),
        choices=shown.choices(found),
        scopes=shown.SCOPES,
        layouts=shown.LAYOUTS,
        all_accounts=shown.ACCOUNTS,
        dues=shown.DUES,
        refusal=refusal,
        request=one(form, "request") or secrets.token_hex(16),
    )


async def _templates(services: Services) -> list[Item]:
    """List the templates of forms that a campaign may name."""
    found = await services.get(SERVICE, "/v1/templates")
    return [each for each in found["items"] if each["kind"] == "form" and each["id"]]


async def _board(services: Services, request: Request, campaign: str, notice: str = "") -> Response:
    view = view_of(request)
    found = await services.get(SERVICE, campaign_path(campaign))
    if request.headers.get("HX-Target") == "opening":
        answer = page("reporting/_opening.html", view, campaign=found)
        if found["state"] not in OPENING:
            answer.headers["HX-Refresh"] = "true"
        return answer
    scope = await scope_of(services, view, str(found["jurisdiction"]))
    board = None
    if found["state"] not in OPENING:
        board = await services.get(SERVICE, campaign_path(campaign, "/board"))
    may = "campaign" in PERSON.get().permissions
    return page(
        "reporting/campaign.html",
        view,
        scope=scope,
        trail=trail(view, at("campaigns.title", PATH), named(found["name"])),
        campaign=found,
        address=f"{PATH}/{segment(campaign)}",
        key=campaign,
        rows=shown.rows(board) if board else [],
        total=shown.row((board or {}).get("totals") or {}),
        states=shown.STATES,
        exports=shown.EXPORTS,
        bundles=shown.BUNDLES,
        dues=shown.DUES,
        may=may,
        templates=await _templates(services) if may and found["state"] in CHANGED else [],
        usual=shown.USUAL,
        shown_max=LEFT_MAX,
        notice=notice,
        request=secrets.token_hex(16),
    )
