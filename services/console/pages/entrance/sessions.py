"""Who is looking: sealed in a cookie; the console keeps nothing.

The cookie is encrypted and signed (Fernet) with a secret made from the deployment's key: nobody
reads it, and nobody can make one up. It holds a key that was typed, and services are asked with
that; or a principal and a credential, and services are asked with assertions about them
(`services/chassis/identity_assertions.py`). Either way nothing is shown once it is taken back.
"""

import base64
import hashlib
from collections.abc import Callable
from contextvars import Token
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from fastapi.responses import Response
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis import clock
from services.chassis.identity_assertions import Asserted, Assertions
from services.console.pages.frame.asking import KEY, Key
from services.console.pages.frame.looking import (
    COOKIE,
    SECURE_COOKIE,
    SESSION,
    SIGN_IN,
    Session,
    sign_in_first,
)

SESSION_SECONDS: Final = 12 * 3_600
"""How long a sign-in lasts; a key or credential that is taken back ends it at once."""
KEY_FILE_BYTES_MAX: Final = 4_096
PURPOSE: Final = b"dualwatch console session\x00"
OPEN: Final = (
    "/static/",
    SIGN_IN,
    "/sign-out",
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/v1/log-levels",
)

T = TypeVar("T")
Guest = Callable[[], str | None]
"""Gives the key for whoever has not signed in; None: nobody may look then."""


class Sessions:
    """Seals and opens cookies, and gives what services are asked with."""

    def __init__(self, secret: str, guest: Guest, *, secure: bool) -> None:
        """`secret` is the deployment's key; `secure`: cookies travel over TLS alone."""
        digest = hashlib.sha256(PURPOSE + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))
        self._assertions = Assertions(secret)
        self.own = secret
        """The deployment's key: intake is asked with it who somebody is."""
        self.guest = guest
        self.secure = secure

    @property
    def cookie(self) -> str:
        """Name of the session's cookie."""
        return SECURE_COOKIE if self.secure else COOKIE

    def key_of(self, session: Session) -> Key:
        """Give what services are asked with for somebody."""
        if session.key:
            return session.key
        asserted = Asserted(session.name, session.credential)
        return lambda: self._assertions.sign(asserted, clock.now())

    def seal(self, value: object) -> str:
        """Write something as a cookie's value."""
        return self._fernet.encrypt(msgspec.json.encode(value)).decode()

    def unseal(self, value: str | None, kind: type[T], seconds_max: int) -> T | None:
        """Read a cookie's value; None if it is none of ours, of another kind, or too old."""
        if not value:
            return None
        try:
            return msgspec.json.decode(self._fernet.decrypt(value, seconds_max), type=kind)
        except (InvalidToken, ValueError):
            return None

    def open(self, value: str | None) -> Session | None:
        """Read the session's cookie."""
        return self.unseal(value, Session, SESSION_SECONDS)

    def begin(self, answer: Response, session: Session) -> None:
        """Give the browser a session: always a new cookie, whatever it had before."""
        self.give(answer, self.cookie, self.seal(session), SESSION_SECONDS)

    def give(self, answer: Response, name: str, value: str, seconds: int) -> None:
        """Set a cookie that scripts do not see and other sites' forms do not carry."""
        answer.set_cookie(
            name, value, seconds, httponly=True, samesite="lax", secure=self.secure, path="/"
        )


class SignInMiddleware:
    """Finds out who is looking, and sends whoever is nobody to the sign-in page."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        """Wrap an app."""
        self.app = app
        self.sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        session = self.sessions.open(request.cookies.get(self.sessions.cookie))
        key = self.sessions.guest() if session is None else self.sessions.key_of(session)
        if key is None and not scope["path"].startswith(OPEN):
            await sign_in_first(request)(scope, receive, send)
            return
        told: Token[Session | None] = SESSION.set(session)
        asked: Token[Key | None] = KEY.set(key)
        try:
            await self.app(scope, receive, send)
        finally:
            SESSION.reset(told)
            KEY.reset(asked)


def key_of_file(file: str) -> Guest:
    """Make the guest whose key is in a file, which may come later than the console."""

    def read() -> str | None:
        try:
            with Path(file).open(encoding="utf-8") as opened:
                return opened.read(KEY_FILE_BYTES_MAX).strip() or None
        except OSError:
            return None

    return read
