"""Signing in at an OpenID provider: the code flow with PKCE, state and nonce (Authlib).

The console only fetches the ID token; intake verifies it and says who it is. What the flow has to
remember (state, nonce, verifier, where to go on) is sealed in a cookie of ten minutes, so that an
answer is taken only by the browser that asked, once.
"""

import hmac
import secrets
import warnings
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.deprecate import AuthlibDeprecationWarning

from services.chassis import clock
from services.chassis.settings import OidcSettings, is_safe

with warnings.catch_warnings():
    # It asks for httpx2 at every start; until our other clients move there, httpx does the same.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

ANSWER_SECONDS: Final = 10.0
DESCRIBED_SECONDS: Final = 3_600.0
"""How long the provider's description of itself is believed."""
DESCRIPTION: Final = "/.well-known/openid-configuration"
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint")
SIGN_OUT_ENDPOINT: Final = "end_session_endpoint"
SECRET_BYTES: Final = 32
CODE_LENGTH_MAX: Final = 4_000
TOKEN_LENGTH_MAX: Final = 16_000


class ProviderError(Exception):
    """The provider does not answer with sense; says why in plain words."""


class DeclinedError(Exception):
    """The provider lets nobody in, or its answer is not for this browser."""


class Begun(msgspec.Struct, frozen=True):
    """What has to be known again when the provider answers."""

    state: str
    nonce: str
    verifier: str
    following: str
    """Where to go on."""


@dataclass(frozen=True)
class Answered:
    """What the provider's answer to the browser says."""

    code: str
    state: str
    issuer: str
    error: str


class Provider:
    """The OpenID provider, as far as signing in needs it."""

    def __init__(
        self, settings: OidcSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Nothing is asked before somebody signs in."""
        self.settings = settings
        self._transport = transport
        self._described: tuple[float, dict[str, Any]] | None = None

    async def begin(self, redirect: str, following: str) -> tuple[str, Begun]:
        """Begin to sign in: the address at the provider, and what to remember."""
        state, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
        begun = Begun(state, nonce, verifier, following)
        described = await self.description()
        async with self._client(redirect) as client:
            address, _ = client.create_authorization_url(
                described["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
            )
        return str(address), begun

    async def token(self, redirect: str, answered: Answered, begun: Begun) -> str:
        """Fetch the ID token for the provider's answer."""
        described = await self.description()
        self._check(described, answered, begun)
        try:
            async with self._client(redirect) as client:
                found = await client.fetch_token(
                    described["token_endpoint"],
                    grant_type="authorization_code",
                    code=answered.code,
                    code_verifier=begun.verifier,
                    redirect_uri=redirect,
                )
        except AuthlibBaseError as error:
            raise DeclinedError(_plain(error.error or "")) from error
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderError(type(error).__name__) from error
        token = found.get("id_token")
        if not isinstance(token, str) or len(token) > TOKEN_LENGTH_MAX:
            msg = "its answer holds no ID token"
            raise ProviderError(msg)
        return token

    async def way_out(self) -> str | None:
        """Tell where one signs out at the provider; None if nowhere."""
        place = (await self.description()).get(SIGN_OUT_ENDPOINT)
        if not isinstance(place, str) or not is_safe(place):
            return None
        mark = "&" if "?" in place else "?"
        return f"{place}{mark}{urlencode({'client_id': self.settings.client_id})}"

    async def description(self) -> dict[str, Any]:
        """Read what the provider says of itself, or know it still."""
        now = clock.monotonic()
        if self._described is not None and now - self._described[0] < DESCRIBED_SECONDS:
            return self._described[1]
        try:
            async with httpx.AsyncClient(
                timeout=ANSWER_SECONDS, trust_env=False, transport=self._transport
            ) as client:
                answer = await client.get(self.settings.issuer.rstrip("/") + DESCRIPTION)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderError(type(error).__name__) from error
        if not isinstance(found, dict) or found.get("issuer") != self.settings.issuer:
            # Whoever answers there is not whom we trust.
            msg = "it says that it is another issuer"
            raise ProviderError(msg)
        if not all(isinstance(found.get(one), str) and is_safe(found[one]) for one in ENDPOINTS):
            msg = "it has no endpoints at https"
            raise ProviderError(msg)
        self._described = (now, found)
        return found

    def _check(self, described: dict[str, Any], answered: Answered, begun: Begun) -> None:
        """Refuse an answer that was not given to this browser, or by another provider."""
        if not hmac.compare_digest(answered.state.encode(), begun.state.encode()):
            msg = "the state is not this browser's"
            raise DeclinedError(msg)
        # RFC 9207: an answer of another provider's would have us send its code to the wrong one.
        named = described.get("authorization_response_iss_parameter_supported") is True
        if (answered.issuer or named) and answered.issuer != self.settings.issuer:
            msg = "the answer is of another issuer"
            raise DeclinedError(msg)
        if answered.error or not 0 < len(answered.code) <= CODE_LENGTH_MAX:
            raise DeclinedError(_plain(answered.error) or "there is no code")

    def _client(self, redirect: str) -> AsyncOAuth2Client:
        secret = self.settings.secret()
        return AsyncOAuth2Client(
            self.settings.client_id,
            secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=self.settings.scope,
            redirect_uri=redirect,
            code_challenge_method="S256",
            timeout=ANSWER_SECONDS,
            trust_env=False,
            transport=self._transport,
        )


def _plain(text: str) -> str:
    """Write what somebody else has sent so that it can stand in a log."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:100])
