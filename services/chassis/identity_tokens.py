"""Tokens of an OpenID provider (JWT): who signed in elsewhere, if intake knows them as well.

A token only says *who*: the principal of that name, registered at intake, says what and of whom.
So a principal that is revoked is out at once, whatever tokens there are. Issuer, audience and
algorithms are ours to say, never the token's; keys come from one address, never from a header.
"""

import asyncio
import hmac
from typing import Any, Final

import httpx
import jwt

from services.chassis import clock, metrics
from services.chassis.identity import Principal
from services.chassis.identity_keys import Directory
from services.chassis.log import get_logger
from services.chassis.settings import OidcSettings

log = get_logger(__name__)

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "ES256", "ES384", "EdDSA")
"""Signatures by a private key alone: a shared secret could sign what it should only check."""
REQUIRED: Final = ("exp", "iat", "iss", "aud")
REFRESH_SECONDS: Final = 300.0
"""How often the provider's keys are read: one that it takes back is known so much longer."""
REFRESH_SECONDS_MIN: Final = 10.0
"""Tokens with an unknown key make the keys be read anew no more often than this."""
STALE_SECONDS_MAX: Final = 3_600.0
"""Longest that keys are used while the provider does not answer."""
ANSWER_SECONDS: Final = 10.0
ANSWER_BYTES_MAX: Final = 512_000
KEYS_MAX: Final = 50
LIFETIME_SECONDS_MAX: Final = 24 * 3_600
"""Tokens that live longer are refused: they could not be taken back in time."""
SIGN_IN_SECONDS: Final = 300
"""Longest an ID token may be on its way before it signs somebody in."""

_UNREADABLE: Final = (ValueError, TypeError, AttributeError, LookupError)

FETCHES: Final = metrics.counter(
    "dualwatch_oidc_key_fetches_total",
    "Times the OpenID provider's keys were read, by outcome.",
    ("outcome",),
)


class Tokens:
    """Checks tokens against the provider's keys."""

    def __init__(
        self,
        settings: OidcSettings,
        directory: Directory,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Nothing is known before `run` or `refresh`."""
        self.settings = settings
        self.directory = directory
        self._http = httpx.AsyncClient(
            timeout=ANSWER_SECONDS, follow_redirects=False, trust_env=False, transport=transport
        )
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read: float | None = None
        self._wanted = asyncio.Event()

    async def run(self) -> None:
        """Read the keys again and again: regularly, and when a token names an unknown one."""
        while True:
            await self.refresh()
            await asyncio.sleep(REFRESH_SECONDS_MIN)
            self._wanted.clear()
            try:
                async with asyncio.timeout(REFRESH_SECONDS - REFRESH_SECONDS_MIN):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def refresh(self) -> bool:
        """Read the provider's keys; those we have stay for a while if it does not answer."""
        try:
            self._keys = _keys_of(await self._fetch())
        except (httpx.HTTPError, jwt.PyJWTError, *_UNREADABLE) as error:
            FETCHES.labels("failed").inc()
            log.warning("oidc_keys_not_read", reason=type(error).__name__)
            return False
        FETCHES.labels("read").inc()
        self._read = clock.monotonic()
        return True

    def of(self, token: bytes) -> Principal | None:
        """Tell whose token it is; None if it lets nobody in."""
        claims = self._claims(token, self.settings.audience, strict=True)
        name = None if claims is None else claims.get(self.settings.claim)
        return self.directory.get(name) if isinstance(name, str) else None

    async def signed_in(self, token: bytes, nonce: str) -> dict[str, Any] | None:
        """Read what an ID token says of somebody who signs in just now; None if it is no good.

        It has to be for the console alone, and of the sign-in that drew the nonce.
        """
        if self._key_of(token) is None and self._may_read():
            # The provider may have changed its keys a moment ago.
            await self.refresh()
        ours = self.settings.client_id
        claims = self._claims(token, ours, strict=False) if ours else None
        if claims is None or claims["aud"] not in (ours, [ours]):
            return None
        given = claims.get("nonce")
        fresh = clock.now().timestamp() - int(claims["iat"])
        fits = (
            isinstance(given, str)
            and hmac.compare_digest(given.encode(), nonce.encode())
            and claims.get("azp", ours) == ours
            and fresh <= SIGN_IN_SECONDS + self.settings.leeway_seconds
        )
        return claims if fits else None

    def _may_read(self) -> bool:
        """Whether the keys were not read just now: an unknown key makes us ask, not flood."""
        return self._read is None or clock.monotonic() - self._read > REFRESH_SECONDS_MIN

    def _claims(self, token: bytes, audience: str, *, strict: bool) -> dict[str, Any] | None:
        """Read what a token says if the provider has signed it, for us, and it is valid now."""
        key = self._key_of(token)
        if key is None:
            return None
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=self.settings.issuer,
                audience=audience,
                leeway=self.settings.leeway_seconds,
                options={"require": [*REQUIRED, self.settings.claim], "strict_aud": strict},
            )
            lives = int(claims["exp"]) - int(claims["iat"])
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            return None
        return claims if 0 < lives <= LIFETIME_SECONDS_MAX else None

    def _key_of(self, token: bytes) -> jwt.PyJWK | None:
        """Find the key that a token names; its algorithm is the key's, not the token's."""
        if self._read is None or clock.monotonic() - self._read > STALE_SECONDS_MAX:
            return None
        try:
            named = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError):
            return None
        found = self._keys.get(str(named.get("kid")))
        if found is None:
            self._wanted.set()
            return None
        # Extensions that must be understood are not: better refuse than overlook one.
        return found if named.get("alg") == found.algorithm_name and "crit" not in named else None

    async def _fetch(self) -> Any:
        async with self._http.stream("GET", self.settings.jwks_url) as answer:
            answer.raise_for_status()
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > ANSWER_BYTES_MAX:
                    msg = f"more than {ANSWER_BYTES_MAX} bytes"
                    raise ValueError(msg)
        return httpx.Response(200, content=body).json()


def _keys_of(document: Any) -> dict[str, jwt.PyJWK]:
    """Read the keys that may sign, by id; others are passed over."""
    keys: dict[str, jwt.PyJWK] = {}
    for form in document["keys"][:KEYS_MAX]:
        if form.get("kty") == "oct" or form.get("use", "sig") != "sig" or "kid" not in form:
            continue
        try:
            key = jwt.PyJWK(form)
        except jwt.PyJWTError:
            continue
        if key.algorithm_name in ALGORITHMS:
            keys[str(form["kid"])] = key
    return keys
