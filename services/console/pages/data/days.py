"""Days and calendar: the last opened day, what opening the next would do, who has followed."""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.console.domain import admin_days, admin_facts
from services.console.domain.steps import one
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.forms import Form
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.posting import posted
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.stating import state
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of

METHODS: Final = ["GET", "HEAD"]
SEE_OTHER: Final = 303
PATH: Final = "/data/days"
WAIT_SECONDS: Final = 15
"""How long opening waits until every partition has the day."""
YEAR_MIN: Final = 1990
YEAR_MAX: Final = 2199


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="days")
    async def days(request: Request) -> Response:
        return await _shown(services, request, {})

    @router.post(PATH, name="open_day")
    async def opened(request: Request) -> Response:
        """Open a day: what was seen before is what is opened."""
        sent = await posted(services, request)
        code = sent.scope.jurisdiction["jurisdiction"]
        body = {"jurisdiction": code, "date": one(sent.form, "date")}
        if one(sent.form, "jump"):
            body |= {"jump": True}
        try:
            headers = {"Prefer": f"wait={WAIT_SECONDS}"}
            await services.send("intake", "POST", "/v1/days", body, headers)
        except RefusedError as error:
            told = error.told(sent.view.language)
            return await _shown(services, request, sent.form, refusal=told)
        return RedirectResponse(sent.view.scoped(PATH, as_of=None), SEE_OTHER)

    _add_calendar(router, services)


def _add_calendar(router: APIRouter, services: Services) -> None:
    @router.post(PATH + "/calendar", name="publish_calendar")
    async def publish(request: Request) -> Response:
        """Publish the working days of a year; the verdict is shown."""
        sent = await posted(services, request)
        known = sent.scope.jurisdiction
        today = known["today"] or one(sent.form, "date")
        try:
            event = admin_facts.calendar(sent.form, known["jurisdiction"], today)
            verdict = await state(services, event)
        except RefusedError as error:
            told = error.told(sent.view.language)
            return await _shown(services, request, sent.form, calendar_refusal=told)
        return await _shown(services, request, {"year": sent.form.get("year", [])}, verdict=verdict)


async def _shown(
    services: Services,
    request: Request,
    form: Form,
    *,
    refusal: str = "",
    calendar_refusal: str = "",
    verdict: Mapping[str, Any] | None = None,
) -> Response:
    # What was refused is shown at an act's address; links lead back to the page's own.
    view = replace(view_of(request), path=PATH)
    scope = await place_of(services, view)
    until = one(form, "date") or request.query_params.get("until", "")
    jump = bool(one(form, "jump") or request.query_params.get("jump", ""))
    told, asked_refusal = await _calendar(services, scope, view, until, jump=jump)
    today = dt.date.fromisoformat(told["today"]) if told["today"] else None
    year = _year(one(form, "year") or request.query_params.get("year", ""), today)
    me = PERSON.get()
    known = next((each for each in told["calendars"] if each["year"] == year), None)
    return page(
        "data/days.html",
        view,
        422 if refusal or calendar_refusal or asked_refusal else 200,
        scope=scope,
        told=told,
        year=year,
        years=admin_days.years(today, told["calendars"], year),
        months=admin_days.months(year, told["calendars"], today),
        known=known,
        opening=admin_days.opening(told),
        asked=bool(until) and not asked_refusal,
        until=until,
        jump=jump,
        following=await _following(services, scope, told),
        may_open=me.may("days") and not me.organisations,
        may_publish=me.may("publish") and not me.organisations,
        was={name: values[0] for name, values in form.items() if values},
        refusal=refusal or asked_refusal,
        calendar_refusal=calendar_refusal,
        verdict=verdict,
        request=secrets.token_hex(16),
        trail=trail(view, at("days.title")),
    )


async def _calendar(
    services: Services, scope: Scope, view: View, until: str, *, jump: bool
) -> tuple[dict[str, Any], str]:
    """Ask for the calendar and what `until` would open; a day that is none is said."""
    code = scope.jurisdiction["jurisdiction"]
    asked: dict[str, str | int | None] = {"jurisdiction": code}
    try:
        more = {"until": until or None, "jump": "true" if jump else None}
        return await services.get("intake", "/v1/days", {**asked, **more}), ""
    except RefusedError as error:
        if not until:
            raise
        return await services.get("intake", "/v1/days", asked), error.told(view.language)


async def _following(
    services: Services, scope: Scope, told: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Ask each service how far it is; one that is away leaves its place empty."""
    positions: dict[str, Mapping[str, Any] | None] = {}
    for name in ("analysis", "alerts", "reporting"):
        try:
            positions[name] = await services.get(name, "/v1/position")
        except ServiceAwayError:
            positions[name] = None
    return admin_days.following(told["today"], scope.jurisdiction, positions)


def _year(text: str, today: dt.date | None) -> int:
    # What is longer is no year, and too long a number to be read at all.
    if len(text) <= len(str(YEAR_MAX)) and text.isdecimal() and YEAR_MIN <= int(text) <= YEAR_MAX:
        return int(text)
    return today.year if today is not None else YEAR_MIN
