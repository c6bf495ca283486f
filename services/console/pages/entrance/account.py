"""Who one is here, and one's own password."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis import clock
from services.console.domain.people import person_of
from services.console.pages.entrance.asking import known_everywhere, session_of
from services.console.pages.entrance.sessions import SESSION_SECONDS, Sessions
from services.console.pages.frame.asking import RefusedError, Services
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import (
    SEE_OTHER,
    SESSION,
    Means,
    Session,
    sign_in_first,
)
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.view import view_of

ACCOUNT: Final = "/account"
PASSWORD: Final = f"{ACCOUNT}/password"
INVALID: Final = 422
SHOWN: Final = frozenset({404, 409, 422, 429, 503})
"""Refusals that are shown beside the form."""
HOUR_SECONDS: Final = 3_600


def add_routes(router: APIRouter, services: Services, sessions: Sessions) -> None:
    """Add the routes."""

    @router.get(ACCOUNT)
    async def account(request: Request) -> Response:
        """Show who one is, and the form for another password."""
        session = SESSION.get()
        if session is None:
            return sign_in_first(request)
        changed = request.query_params.get("said") == "changed"
        return await _page(services, request, session, changed=changed)

    @router.post(PASSWORD)
    async def change(request: Request) -> Response:
        """Change one's password: all sessions of the old one end, this one goes on."""
        session = SESSION.get()
        if session is None:
            return sign_in_first(request)
        given = await read_form(request)
        try:
            told = await _changed(services, request, given)
        except RefusedError as error:
            if error.status not in SHOWN:
                raise
            where = str(error.problem.get("pointer") or "").removeprefix("/")
            said = error.told(view_of(request).language)
            return await _page(services, request, session, error.status, wrong=said, where=where)
        answer = RedirectResponse(f"{ACCOUNT}?said=changed", SEE_OTHER)
        if session.means is Means.PASSWORD:
            fresh = session_of(session.name, told["password"]["credential"], Means.PASSWORD)
            await known_everywhere(services, sessions, fresh)
            sessions.begin(answer, fresh)
        return answer


async def _changed(services: Services, request: Request, given: Form) -> Any:
    current, password, again = (_typed(given, name) for name in ("current", "password", "again"))
    if password != again:
        detail = texts_of(view_of(request).language)("account.differ")
        raise RefusedError(
            status=INVALID, code="differ", detail=detail, problem={"pointer": "/again"}
        )
    body = {"current": current, "password": password}
    return await services.send("intake", "PUT", "/v1/me/password", body)


async def _page(
    services: Services, request: Request, session: Session, status: int = 200, **values: Any
) -> Response:
    me = await services.get("intake", "/v1/me")
    now = int(clock.now().timestamp())
    left = max(0, session.since + SESSION_SECONDS - now)
    return page(
        "entrance/account.html",
        view_of(request),
        status,
        me=person_of(me),
        has_password=me.get("password") is not None,
        means=session.means,
        hours_left=left // HOUR_SECONDS if session.since else None,
        **{"changed": False, "wrong": "", "where": "", **values},
    )


def _typed(given: Form, name: str) -> str:
    found = given.get(name, [""])
    return found[0] if len(found) == 1 else ""
