"""Who is looking at the page that is being made: asked once, kept for some seconds.

Only what is offered depends on it. What is shown and done, each service decides by the key.
"""

import hashlib
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
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
FINGERPRINT_LENGTH: Final = 16
KNOWN_MAX: Final = 2_000
"""People that are remembered; whoever was asked about longest ago is forgotten first."""
COOKIE: Final = "dualwatch_session"
SECURE_COOKIE: Final = f"__Host-{COOKIE}"
"""Its name behind TLS: browsers take it from this host alone, over TLS, for all of its paths."""
SIGN_IN: Final = "/sign-in"
SEE_OTHER: Final = 303
ASKED_NOWHERE: Final = ("/static/", "/livez", "/readyz", "/metrics")


class Means(StrEnum):
    """By what somebody has signed in."""

    KEY = "key"
    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    PROVIDER = "provider"
    """At the OpenID provider."""


@dataclass(frozen=True)
class Session:
    """Who has signed in."""

    name: str
    """The principal's id."""
    key: str = ""
    """The key that was typed; empty: the session rests on a credential."""
    credential: str = ""
    """Id of the credential: once it is taken back, the session is over."""
    means: Means = Means.KEY
    since: int = 0
    """When it began: seconds since 1970."""

    @property
    def mark(self) -> str:
        """What it is told apart by: assertions about it differ from page to page."""
        return self.key or f"{self.name} {self.credential}"

    @property
    def fingerprint(self) -> str:
        """What stands for it in an address: nothing follows from it."""
        told = f"{self.mark} {self.since}".encode()
        return hashlib.sha256(told).hexdigest()[:FINGERPRINT_LENGTH]


SESSION: Final[ContextVar[Session | None]] = ContextVar("session", default=None)
PERSON: Final[ContextVar[Person]] = ContextVar("person", default=NOBODY)


class People:
    """What intake said of those who look."""

    def __init__(self, services: Services) -> None:
        """Nobody is known before the first question."""
        self._services = services
        self._known: OrderedDict[str, tuple[float, Person]] = OrderedDict()

    async def whose(self, asked_by: str) -> Person:
        """Tell who asks; nobody, who may do nothing, if intake does not say.

        `asked_by` tells sessions apart; it may be a key, so only its hash is remembered.
        """
        mark, now = hashlib.sha256(asked_by.encode()).hexdigest(), clock.monotonic()
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
    """Finds out who asks before a page is made."""

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
        session = SESSION.get()
        asked_by = self.services.asking_key if session is None else session.mark
        absent = AWAY.set(set())
        told = PERSON.set(NOBODY if asked_by is None else await self.people.whose(asked_by))
        try:
            await self.app(scope, receive, send)
        finally:
            PERSON.reset(told)
            AWAY.reset(absent)


def sign_in_first(request: Request, ended: Session | None = None) -> Response:
    """Lead to the sign-in page, and from there back.

    `ended` is forgotten there, if it is still the browser's: another tab may have signed in since.
    """
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.decode("latin-1").partition("?")[0]
    query = f"?{request.url.query}" if request.url.query else ""
    target = f"{SIGN_IN}?next={quote(path + query, safe='')}"
    if ended is not None:
        target += f"&ended={ended.fingerprint}"
    if "HX-Request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, SEE_OTHER)


def forget_session(answer: Response) -> None:
    """Let the browser forget who has signed in, whatever the cookie's name is here."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    answer.delete_cookie(SECURE_COOKIE, httponly=True, samesite="lax", secure=True)
