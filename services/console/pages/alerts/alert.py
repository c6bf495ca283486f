"""One alert: its figures, its rule, what was done with it, and the forms to go on with."""

import secrets
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.segments import Segment
from services.console.domain import steps
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services, segment
from services.console.pages.frame.forms import read_form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import scope_of
from services.console.pages.frame.trail import named, trail
from services.console.pages.frame.view import View, view_of

METHODS: Final = ["GET", "HEAD"]
HISTORY: Final = 200
"""Steps of the history that are shown."""
SEE_OTHER: Final = 303
DRAWER: Final = "drawer"


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route("/alerts/{alert}", methods=METHODS, name="alert")
    async def alert_page(alert: Segment, request: Request) -> Response:
        return await _shown(services, request, alert, "")

    @router.post("/alerts/{alert}/{step}", name="step")
    async def step(alert: Segment, step: str, request: Request) -> Response:
        """Carry a step out; what was refused is said on the page, with nothing lost."""
        form = await read_form(request)
        try:
            await _carry_out(services, alert, step, form)
        except RefusedError as error:
            told = error.told(view_of(request).language)
            return await _shown(services, request, alert, told, (step, form))
        if request.headers.get("HX-Target") == DRAWER:
            return await _shown(services, request, alert, "")
        return RedirectResponse(view_of(request).link(f"/alerts/{segment(alert)}"), SEE_OTHER)


async def _carry_out(services: Services, alert: str, name: str, form: dict[str, list[str]]) -> None:
    headers = {"Idempotency-Key": steps.one(form, "request")}
    if name == "disposition":
        found = await services.get("alerts", f"/v1/alerts/{segment(alert)}")
        body = steps.disposition(form, found)
        await services.send("alerts", "POST", "/v1/dispositions", body, headers)
        return
    known = steps.STEPS.get(name)
    if known is None:
        raise RefusedError(status=404, code="unknown_page", detail=name[:64])
    version = steps.one(form, "version")
    if version:
        headers["If-Match"] = f'"{version}"'
    path = f"/v1/alerts/{segment(alert)}/{name}"
    await services.send("alerts", "POST", path, known.body(form), headers)


async def _shown(
    services: Services,
    request: Request,
    name: str,
    refusal: str,
    refused: tuple[str, dict[str, list[str]]] = ("", {}),
) -> Response:
    # What was refused is shown at a step's address; links lead back to the alert's own.
    view = replace(view_of(request), path=f"/alerts/{segment(name)}")
    found = await services.get("alerts", f"/v1/alerts/{segment(name)}")
    history = await services.get(
        "alerts", f"/v1/alerts/{segment(name)}/history", {"limit": HISTORY}
    )
    jurisdiction = found["project_id"].partition("/")[0]
    scope = await scope_of(services, view, jurisdiction)
    rule = await _rule(services, found, jurisdiction)
    allowed = PERSON.get().permissions
    template = (
        "alerts/_alert.html" if request.headers.get("HX-Target") == DRAWER else "alerts/alert.html"
    )
    return page(
        template,
        view,
        422 if refusal and template == "alerts/alert.html" else 200,
        alert=found,
        history=list(reversed(history["items"])),
        rule=rule,
        dispositions=await _dispositions(services, name),
        names={} if scope is None else scope.names,
        trail=trail(view, named(_title(found, view))),
        offered=steps.offered(found, allowed),
        may_dispose="dispose" in allowed,
        refusal=refusal,
        refused=refused[0],
        written=refused[1],
        request=secrets.token_hex(16),
        areas=steps.AREAS,
        reasons=steps.REASONS,
        grounds=steps.GROUNDS,
        outcomes=steps.OUTCOMES,
        measures=steps.MEASURES,
    )


def _title(alert: Any, view: View) -> str:
    return str(alert["title_en"] if view.language == "en" else alert["title_zh"])


async def _rule(services: Services, alert: Any, jurisdiction: str) -> Any:
    """Ask for the rule as it is in force; the alert is shown without it too."""
    asked: dict[str, str | int | None] = {
        "jurisdiction": jurisdiction,
        "department": alert["department"],
    }
    try:
        return await services.get("alerts", f"/v1/rules/{segment(alert['rule_id'])}", asked)
    except (ServiceAwayError, RefusedError):
        return None


async def _dispositions(services: Services, alert: str) -> list[Any]:
    try:
        return list((await services.get("alerts", "/v1/dispositions", {"alert": alert}))["items"])
    except (ServiceAwayError, RefusedError):
        return []
