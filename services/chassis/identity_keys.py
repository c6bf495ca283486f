"""Keys: how they are drawn, looked up and compared; and the middleware that asks for one.

A key is `dw_<key id>_<43 signs>` of 256 random bits. Its SHA-256 is all that is kept: with so
many bits to guess, a slow hash would protect nothing and cost every request.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis import clock, metrics, problems
from services.chassis.identity import (
    CHALLENGE,
    DEPLOYMENT,
    UNAUTHORISED,
    Key,
    Principal,
    deployment,
)
from services.chassis.identity_assertions import PREFIX as ASSERTION
from services.chassis.identity_assertions import Assertions
from services.chassis.limits import RequestLimit, refusal
from services.chassis.problems import Problem

PREFIX: Final = "dw_"
JWT_BEGINS: Final = b"eyJ"
"""How every JWT begins: the base64 of `{"`."""
KEY_ID_BYTES: Final = 8
SECRET_BYTES: Final = 32
TOKEN_BYTES_MAX: Final = 8_192
"""Longer headers are not looked at."""
UNSUBSCRIBE: Final = "/v1/unsubscribe"
"""Where a mail's own link ends its mails (RFC 8058); what it may do is sealed in the link."""
OPEN_PATHS: Final = frozenset(
    {"/livez", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json", UNSUBSCRIBE}
)
"""Health and descriptions hold nothing of anybody: they are open."""
_NOBODY: Final = bytes(32)

REFUSED = metrics.counter(
    "dualwatch_unauthorised_total",
    "Requests that were not let in, by why: no key, one that is not valid, or nobody to ask yet.",
    ("reason",),
)
NOT_KNOWN_YET: Final = Problem(
    503,
    "principals_unknown",
    "Keys cannot be checked for the moment",
    "The service has not read the list of principals lately enough to tell whom to let in.",
    hint="Try again; /readyz says what is missing.",
    extra={"title_zh": "暂时无法核验密钥"},
)


class Drawn(NamedTuple):
    """A new key: its secret is shown once and kept nowhere."""

    secret: str
    key_id: str
    sha256: str


def draw() -> Drawn:
    """Draw a key of 256 random bits."""
    key_id = secrets.token_hex(KEY_ID_BYTES)
    bits = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    secret = f"{PREFIX}{key_id}_{bits}"
    return Drawn(secret, key_id, hashlib.sha256(secret.encode()).hexdigest())


class Directory:
    """The principals a service knows, and whose key is whose."""

    def __init__(self, key: str) -> None:
        """`key` is the deployment's own; it needs nobody to be known."""
        self._own = hashlib.sha256(key.encode()).digest()
        self._deployment = deployment()
        self._principals: dict[str, Principal] = {}
        self._keys: dict[str, tuple[Principal, Key]] = {}
        self._assertions = Assertions(key)
        self.current: Callable[[], bool] = lambda: True
        """Whether what is known is young enough to answer from; set by who follows the topic."""
        self.tokens: Callable[[bytes], Principal | None] | None = None
        """Tells whose an OpenID provider's token is, where one is trusted."""

    def __len__(self) -> int:
        return len(self._principals)

    def get(self, principal_id: str) -> Principal | None:
        """Find a principal by id."""
        return self._principals.get(principal_id)

    def put(self, principal: Principal) -> None:
        """Know a principal; what was known of it before is forgotten."""
        self.forget(principal.id)
        self._principals[principal.id] = principal
        self._keys.update({key.key_id: (principal, key) for key in principal.keys})

    def forget(self, principal_id: str) -> None:
        """Know a principal no more: none of its keys opens anything."""
        known = self._principals.pop(principal_id, None)
        for key in () if known is None else known.keys:
            self._keys.pop(key.key_id, None)

    def of_key(self, token: bytes) -> tuple[Principal, Key | None] | None:
        """Tell whose key it is; None if it opens nothing.

        The comparison takes the same time whether or not the key id exists.
        """
        given = hashlib.sha256(token).digest()
        if hmac.compare_digest(given, self._own):
            return self._deployment, None
        if token.startswith(ASSERTION):
            return self._asserted(token)
        if self.tokens is not None and token.startswith(JWT_BEGINS):
            known = self.tokens(token)
            return None if known is None else (known, None)
        found = self._keys.get(key_id_of(token))
        wanted = _NOBODY if found is None else bytes.fromhex(found[1].sha256)
        if not hmac.compare_digest(given, wanted) or found is None:
            return None
        return found if found[1].opens(clock.now()) else None

    def still(self, token: bytes) -> tuple[Principal, Key | None] | None:
        """Tell whose key it is that was let in before and goes on, as a stream does.

        An assertion's minute may be over meanwhile; its credential may not.
        """
        if token.startswith(ASSERTION):
            return self._asserted(token, at_any_time=True)
        return self.of_key(token)

    def _asserted(
        self, token: bytes, *, at_any_time: bool = False
    ) -> tuple[Principal, Key | None] | None:
        """Tell of whom the console speaks, if his credential is open."""
        said = self._assertions.read(token, at_any_time=at_any_time)
        found = None if said is None else self._keys.get(said.key_id)
        if said is None or found is None or found[0].id != said.principal:
            return None
        return found if found[1].opens(clock.now()) else None


def key_id_of(token: bytes) -> str:
    """Read the key id out of a key; empty if it has none."""
    parts = token.split(b"_", 2)
    return parts[1].decode("latin-1") if len(parts) == 3 and parts[0] == b"dw" else ""  # noqa: PLR2004 - prefix, id, secret


Used = Callable[[Principal, Key], None]


class IdentityMiddleware:
    """Lets only those in who have a key; before anything of their request is read."""

    def __init__(
        self,
        app: ASGIApp,
        directory: Directory,
        used: list[Used],
        limit: RequestLimit | None = None,
    ) -> None:
        """`used` are told of every key that has opened; `limit` bounds each principal."""
        self.app = app
        self.directory = directory
        self.used = used
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        token = token_of(scope)
        found = None if token is None else self.directory.of_key(token)
        if found is None or (found[0].id != DEPLOYMENT and not self.directory.current()):
            await self._refuse(scope, receive, send, token)
            return
        principal, key = found
        wait = 0.0 if self.limit is None else self.limit.wait(principal.id, clock.monotonic())
        if wait:
            problem, headers = refusal(wait)
            await problems.response(problem, headers)(scope, receive, send)
            return
        if key is not None:
            for tell in self.used:
                tell(principal, key)
        state = scope.setdefault("state", {})
        # Whoever follows a stream is looked up again.
        state["principal"], state["directory"] = principal, self.directory
        await self.app(scope, receive, send)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, token: bytes | None
    ) -> None:
        if token is not None and not self.directory.current():
            REFUSED.labels("not_known_yet").inc()
            answer = problems.response(NOT_KNOWN_YET, {"Retry-After": problems.RETRY_AFTER_SECONDS})
        else:
            REFUSED.labels("no_key" if token is None else "not_valid").inc()
            answer = problems.response(UNAUTHORISED, CHALLENGE)
        await answer(scope, receive, send)


def token_of(scope: Scope) -> bytes | None:
    """Read the bearer token; None unless there is exactly one Authorization header with one.

    Two headers would let a proxy check the one and us take the other.
    """
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(given) != 1 or len(given[0]) > TOKEN_BYTES_MAX:
        return None
    scheme, _, token = given[0].partition(b" ")
    token = token.strip(b" ")
    return token if scheme.lower() == b"bearer" and token else None
