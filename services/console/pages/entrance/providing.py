"""The addresses of signing in at the OpenID provider: there, back again, and out."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.log import get_logger
from services.console.pages.entrance.asking import UNAUTHORISED, known_everywhere, signed_in
from services.console.pages.entrance.oidc import (
    Answered,
    Begun,
    DeclinedError,
    Provider,
    ProviderError,
)
from services.console.pages.entrance.sessions import Sessions
from services.console.pages.entrance.signing import address_of, next_of, own_path
from services.console.pages.frame.asking import RefusedError, Services
from services.console.pages.frame.looking import SEE_OTHER, SIGN_IN, Means

log = get_logger(__name__)

THERE: Final = f"{SIGN_IN}/oidc"
BACK: Final = f"{THERE}/callback"
OUT: Final = f"{THERE}/out"
COOKIE: Final = "dualwatch_oidc"
FLOW_SECONDS: Final = 600
"""How long somebody may take at the provider."""


def add_routes(
    router: APIRouter, services: Services, sessions: Sessions, provider: Provider
) -> None:
    """Add the routes."""
    cookie = f"__Host-{COOKIE}" if sessions.secure else COOKIE

    @router.get(THERE)
    async def there(request: Request) -> Response:
        """Lead to the provider."""
        try:
            address, begun = await provider.begin(_back(request, sessions), next_of(request))
        except ProviderError as error:
            return _failed("provider_away", str(error))
        answer = RedirectResponse(address, SEE_OTHER)
        sessions.give(answer, cookie, sessions.seal(begun), FLOW_SECONDS)
        return answer

    @router.get(BACK)
    async def back(request: Request) -> Response:
        """Take the provider's answer: whoever intake lets in has a session."""
        begun = sessions.unseal(request.cookies.get(cookie), Begun, FLOW_SECONDS)
        answer = await _answer_to(services, sessions, provider, request, begun)
        # Once: neither the answer nor what it is compared with is of use again.
        answer.delete_cookie(cookie, httponly=True, samesite="lax", secure=sessions.secure)
        return answer

    @router.get(OUT)
    async def out() -> Response:
        """Lead to where one signs out at the provider too."""
        try:
            place = await provider.way_out()
        except ProviderError as error:
            return _failed("provider_away", str(error))
        return RedirectResponse(place or SIGN_IN, SEE_OTHER)


async def _answer_to(
    services: Services,
    sessions: Sessions,
    provider: Provider,
    request: Request,
    begun: Begun | None,
) -> Response:
    try:
        return await _taken(services, sessions, provider, request, begun)
    except ProviderError as error:
        return _failed("provider_away", str(error))
    except DeclinedError as error:
        return _failed("provider_refused", str(error))
    except RefusedError as error:
        if error.status != UNAUTHORISED:
            raise
        return _failed("provider_refused", error.code)


async def _taken(
    services: Services,
    sessions: Sessions,
    provider: Provider,
    request: Request,
    begun: Begun | None,
) -> Response:
    if begun is None:
        msg = "no sign-in was begun in this browser"
        raise DeclinedError(msg)
    query = request.query_params
    answered = Answered(*(query.get(name, "") for name in ("code", "state", "iss", "error")))
    token = await provider.token(_back(request, sessions), answered, begun)
    told = {
        "kind": "token",
        "token": token,
        "nonce": begun.nonce,
        "address": address_of(request),
    }
    session = await signed_in(services, sessions, Means.PROVIDER, told)
    await known_everywhere(services, sessions, session)
    answer = RedirectResponse(own_path(begun.following), SEE_OTHER)
    sessions.begin(answer, session)
    return answer


def _back(request: Request, sessions: Sessions) -> str:
    """Tell the provider where to answer; it knows which addresses may be."""
    scheme = "https" if sessions.secure else "http"
    return f"{scheme}://{request.headers.get('host', '')}{BACK}"


def _failed(said: str, reason: str) -> Response:
    log.warning("sign_in_failed", said=said, reason=reason)
    return RedirectResponse(f"{SIGN_IN}?said={said}", SEE_OTHER)
