"""Signing in, with a password or a key of one's own, and out again."""

from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.console.pages.entrance.asking import (
    UNAUTHORISED,
    asking_as,
    known_everywhere,
    signed_in,
)
from services.console.pages.entrance.oidc import Provider
from services.console.pages.entrance.sessions import Sessions
from services.console.pages.frame.asking import RefusedError, Services
from services.console.pages.frame.forms import Form, read_form
from services.console.pages.frame.looking import (
    SEE_OTHER,
    SESSION,
    SIGN_IN,
    Means,
    Session,
    forget_session,
)
from services.console.pages.frame.rendering import page
from services.console.pages.frame.view import view_of

KEY_LENGTH_MAX: Final = 2_500
"""Longest key that fits a cookie of 4 KB once it is sealed."""
NAME_LENGTH_MAX: Final = 200
PASSWORD_LENGTH_MAX: Final = 1_000
TOO_MANY: Final = frozenset({429, 503})
"""Tries, or people at once: intake says how long to wait."""
SIGN_OUT: Final = "/sign-out"


def add_routes(
    router: APIRouter, services: Services, sessions: Sessions, provider: Provider | None
) -> None:
    """Add the routes."""

    @router.api_route(SIGN_IN, methods=["GET", "HEAD"])
    async def form(request: Request) -> Response:
        """Ask who it is."""
        said = request.query_params.get("said", "")
        answer = _page(request, provider, said=said if said in SAID else "")
        session = SESSION.get()
        if session is not None and request.query_params.get("ended") == session.fingerprint:
            forget_session(answer)
        return answer

    @router.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        """Take a password or a key that intake knows; seal who it is in a cookie."""
        given = await read_form(request)
        try:
            if _by_key_form(given):
                session = await _by_key(services, _one(given, "key", KEY_LENGTH_MAX))
            else:
                session = await _by_password(services, sessions, request, given)
        except RefusedError as error:
            if error.status not in {UNAUTHORISED, *TOO_MANY}:
                raise
            return _again(request, provider, given, error)
        answer = RedirectResponse(next_of(request), SEE_OTHER)
        sessions.begin(answer, session)
        return answer

    @router.post(SIGN_OUT)
    async def sign_out() -> Response:
        """Forget who it was."""
        session = SESSION.get()
        elsewhere = session is not None and session.means is Means.PROVIDER
        said = "out_here" if elsewhere else "out"
        answer = RedirectResponse(f"{SIGN_IN}?said={said}", SEE_OTHER)
        forget_session(answer)
        return answer


SAID: Final = frozenset({"out", "out_here", "provider_refused", "provider_away"})
"""What the sign-in page may have to say to who comes there: texts `entrance.said_…`."""


def _by_key_form(given: Form) -> bool:
    return "key" in given or given.get("by") == ["key"]


async def _by_password(
    services: Services, sessions: Sessions, request: Request, given: Form
) -> Session:
    told = {
        "kind": "password",
        "name": _one(given, "name", NAME_LENGTH_MAX),
        "password": _one(given, "password", PASSWORD_LENGTH_MAX, strip=False),
        "address": address_of(request),
    }
    session = await signed_in(services, sessions, Means.PASSWORD, told)
    # The password may have been set a moment ago.
    await known_everywhere(services, sessions, session)
    return session


async def _by_key(services: Services, key: str) -> Session:
    if not key or not key.isascii() or not key.isprintable():
        raise RefusedError(status=UNAUTHORISED, code="unauthorised", detail="")
    with asking_as(key):
        known = await services.get("intake", "/v1/me")
    return Session(known["id"], key)


def _again(
    request: Request, provider: Provider | None, given: Form, error: RefusedError
) -> Response:
    """Show the form once more: what was typed as a name is kept, secrets are not."""
    by_key = _by_key_form(given)
    limited = error.status in TOO_MANY
    wrong = "limited" if limited else "key" if by_key else "password"
    return _page(
        request,
        provider,
        error.status,
        wrong=wrong,
        name="" if by_key else _one(given, "name", NAME_LENGTH_MAX),
        detail=error.told(view_of(request).language) if limited else "",
    )


def _page(
    request: Request, provider: Provider | None, status: int = 200, **values: Any
) -> Response:
    told = {"wrong": "", "name": "", "detail": "", "said": "", **values}
    return page(
        "entrance/sign_in.html",
        view_of(request),
        status,
        next=next_of(request),
        provider=provider is not None,
        **told,
    )


def _one(given: Form, name: str, length_max: int, *, strip: bool = True) -> str:
    """Read a field that is there once; anything else is as good as nothing."""
    found = given.get(name, [""])
    text = found[0].strip() if strip else found[0]
    return text if len(found) == 1 and len(text) <= length_max else ""


def address_of(request: Request) -> str:
    """Tell from where it is asked: tries are counted by it."""
    return "" if request.client is None else request.client.host[:64]


def next_of(request: Request) -> str:
    """Return where to go on: a page of ours, whatever the address says."""
    return own_path(request.query_params.get("next", "/"))


def own_path(wanted: str) -> str:
    """Return an address if it is one of our pages, else that of the first."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    own = wanted.startswith("/") and not parts.scheme and not parts.netloc and "\\" not in wanted
    fits = own and wanted.isprintable() and not wanted.startswith((SIGN_IN, SIGN_OUT, "//"))
    return wanted if fits else "/"
