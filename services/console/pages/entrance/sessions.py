"""Who is looking: a key of one's own, sealed in a cookie; the console keeps nothing.

The cookie is encrypted and signed (Fernet) with a secret made from the deployment's key: whoever
reads it elsewhere has no key, and nobody can make one up. Services are asked with the key that
is in it, so that a page shows what that person may see, and nothing once the key is revoked.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.console.pages.frame.asking import KEY
from services.console.pages.frame.looking import COOKIE, SESSION, SIGN_IN, Session, sign_in_first

SESSION_SECONDS: Final = 12 * 3_600
"""How long a sign-in lasts; a key that is revoked ends it at once."""
KEY_FILE_BYTES_MAX: Final = 4_096
PURPOSE: Final = b"dualwatch console session\x00"
OPEN: Final = ("/static/", SIGN_IN, "/sign-out", "/livez", "/readyz", "/metrics", "/openapi.json")

Guest = Callable[[], str | None]
"""Gives the key for whoever has not signed in; None: nobody may look then."""


class Sessions:
    """Seals and opens cookies."""

    def __init__(self, secret: str, guest: Guest, *, secure: bool) -> None:
        """`secure`: the cookie travels over TLS alone."""
        digest = hashlib.sha256(PURPOSE + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))
        self.guest = guest
        self.secure = secure

    def seal(self, session: Session) -> str:
        """Write a session as a cookie's value."""
        return self._fernet.encrypt(json.dumps([session.name, session.key]).encode()).decode()

    def open(self, value: str | None) -> Session | None:
        """Read a cookie's value; None if it is none of ours, or too old."""
        if not value:
            return None
        try:
            name, key = json.loads(self._fernet.decrypt(value, SESSION_SECONDS))
        except (InvalidToken, ValueError):
            return None
        return Session(name, key)


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
        session = self.sessions.open(request.cookies.get(COOKIE))
        key = self.sessions.guest() if session is None else session.key
        if key is None and not scope["path"].startswith(OPEN):
            await sign_in_first(request)(scope, receive, send)
            return
        told, asked = SESSION.set(session), KEY.set(key)
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
