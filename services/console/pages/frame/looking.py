"""Who is looking at the page that is being made: asked once, kept for some seconds.

Only what is offered depends on it. What is shown and done, each service decides by the key.
"""

import hashlib
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fastapi.responses import RedirectResponse, Response
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis import clock
from services.console.domain.people import NOBODY, Person, person_of
from services.console.pages.frame.asking import AWAY, RefusedError, ServiceAwayError, Services

KNOWN_SECONDS: Final = 10.0
"""How long what intake said of somebody is not asked again."""
AWAY_SECONDS: Final = 900.0
"""How long it is still believed while intake does not answer."""
KNOWN_MAX: Final = 2_000
"""People that are remembered; whoever was asked about longest ago is forgotten first."""
COOKIE: Final = "dualwatch_session"
SIGN_IN: Final = "/sign-in"
SEE_OTHER: Final = 303
ASKED_NOWHERE: Final = ("/static/", "/livez", "/readyz", "/metrics")


@dataclass(frozen=True)
class Session:
    """Who has signed in."""

    name: str
    key: str


SESSION: Final[ContextVar[Session | None]] = ContextVar("session", default=None)
PERSON: Final[ContextVar[Person]] = ContextVar("person", default=NOBODY)


class People:
    """What intake said of those who look."""

    def __init__(self, services: Services) -> None:
        """Nobody is known before the first question."""
        self._services = services
        self._known: OrderedDict[str, tuple[float, Person]] = OrderedDict()

    async def whose(self, key: str) -> Person:
        """Tell whose key it is; nobody, who may do nothing, if intake does not say."""
        mark, now = hashlib.sha256(key.encode()).hexdigest(), clock.monotonic()
        since, known = self._known.get(mark, (-AWAY_SECONDS, NOBODY))
        if now - since < KNOWN_SECONDS:
            return known
        try:
            found = person_of(await self._services.get("intake", "/v1/me"))
        except ServiceAwayError:
            return known if now - since < AWAY_SECONDS else NOBODY
        except RefusedError:
            self._known.pop(mark, None)
            return NOBODY
        self._known[mark] = (now, found)
        self._known.move_to_end(mark)
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)
        return found


class LookingMiddleware:
    """Finds out whose key it is before a page is made."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        """Wrap an app."""
        self.app = app
        self.services = services
        self.people = People(services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith(ASKED_NOWHERE):
            await self.app(scope, receive, send)
            return
        key = self.services.asking_key
        absent = AWAY.set(set())
        told = PERSON.set(NOBODY if key is None else await self.people.whose(key))
        try:
            await self.app(scope, receive, send)
        finally:
            PERSON.reset(told)
            AWAY.reset(absent)


def sign_in_first(request: Request) -> Response:
    """Lead to the sign-in page, and from there back."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.decode("latin-1").partition("?")[0]
    query = f"?{request.url.query}" if request.url.query else ""
    target = f"{SIGN_IN}?next={quote(path + query, safe='')}"
    if "HX-Request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, SEE_OTHER)
