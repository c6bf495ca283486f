"""Signing in with a key of one's own, and out again."""

from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.console.pages.entrance.sessions import SESSION_SECONDS, Sessions
from services.console.pages.frame.asking import KEY, RefusedError, Services
from services.console.pages.frame.forms import read_form, require_own_page
from services.console.pages.frame.looking import COOKIE, SEE_OTHER, SIGN_IN, Session
from services.console.pages.frame.rendering import page
from services.console.pages.frame.view import view_of

KEY_LENGTH_MAX: Final = 2_500
"""Longest key that fits a cookie of 4 KB once it is sealed."""
UNAUTHORISED: Final = 401


def add_routes(router: APIRouter, services: Services, sessions: Sessions) -> None:
    """Add the routes."""

    @router.api_route(SIGN_IN, methods=["GET", "HEAD"])
    async def form(request: Request) -> Response:
        """Ask for a key."""
        return page("entrance/sign_in.html", view_of(request), next=_next(request), wrong=False)

    @router.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        """Take a key that a service knows; seal it in a cookie."""
        require_own_page(request)
        key = await _key_of(request)
        try:
            if not key:
                raise RefusedError(status=UNAUTHORISED, code="unauthorised", detail="")
            asked = KEY.set(key)
            try:
                known = await services.get("intake", "/v1/me")
            finally:
                KEY.reset(asked)
        except RefusedError as error:
            if error.status != UNAUTHORISED:
                raise
            view = view_of(request)
            return page(
                "entrance/sign_in.html", view, UNAUTHORISED, next=_next(request), wrong=True
            )
        answer = RedirectResponse(_next(request), SEE_OTHER)
        answer.set_cookie(
            COOKIE,
            sessions.seal(Session(known["id"], key)),
            SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=sessions.secure,
        )
        return answer

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        """Forget the key."""
        require_own_page(request)
        answer = RedirectResponse(SIGN_IN, SEE_OTHER)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=sessions.secure)
        return answer


async def _key_of(request: Request) -> str:
    given = (await read_form(request)).get("key", [""])
    key = given[0].strip()
    fits = len(given) == 1 and len(key) <= KEY_LENGTH_MAX and key.isascii() and key.isprintable()
    return key if fits else ""


def _next(request: Request) -> str:
    """Return where to go on: a page of ours, whatever the address says."""
    wanted = request.query_params.get("next", "/")
    parts = urlsplit(wanted)
    own = wanted.startswith("/") and not parts.netloc and "\\" not in wanted
    return wanted if own and wanted.isprintable() and not wanted.startswith(SIGN_IN) else "/"
