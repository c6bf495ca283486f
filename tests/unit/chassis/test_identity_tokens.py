"""Tokens of an OpenID provider: only its own, only for us, only while they live."""

import base64
import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from contracts.vocabulary import PrincipalKind, Role
from services.chassis import clock, identity_tokens
from services.chassis.identity import Permission, Principal
from services.chassis.identity_keys import Directory
from services.chassis.identity_tokens import LIFETIME_SECONDS_MAX, STALE_SECONDS_MAX, Tokens
from services.chassis.service import Service
from services.chassis.settings import OidcSettings, ServiceSettings

ISSUER = "https://login.example"
AUDIENCE = "dualwatch"
RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
EC = ec.generate_private_key(ec.SECP256R1())
OTHER = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
LI_HUA = Principal("li-hua", PrincipalKind.STAFF, frozenset({Role.AUDITOR}))


def jwks() -> dict[str, Any]:
    """Publish the keys as a provider does, with some that may not sign."""
    rsa_key = RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True)
    ec_key = ECAlgorithm.to_jwk(EC.public_key(), as_dict=True)
    return {
        "keys": [
            {**rsa_key, "kid": "r1", "alg": "RS256", "use": "sig"},
            {**ec_key, "kid": "e1", "use": "sig"},
            {**rsa_key, "kid": "enc", "use": "enc"},
            {"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "alg": "HS256"},
            {"kty": "nonsense", "kid": "n1"},
        ]
    }


def token(
    key: Any = RSA, algorithm: str = "RS256", kid: str | None = "r1", **changes: Any
) -> bytes:
    """Issue a token that is good, or what the changes make of it; None leaves a claim out."""
    now = int(clock.now().timestamp())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "li-hua", "iat": now, "exp": now + 300}
    claims |= changes
    headers = {} if kid is None else {"kid": kid}
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, key, algorithm, headers).encode()


class Provider:
    """Answers with the keys, or fails."""

    def __init__(self) -> None:
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(200, json=jwks())

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        """Be a transport's handler."""
        return self.answer()


@pytest.fixture
async def provider() -> Provider:
    return Provider()


@pytest.fixture
async def tokens(provider: Provider) -> Tokens:
    """Tokens checked with the provider's keys, of a deployment that knows one principal."""
    directory = Directory("the deployment's own key")
    directory.put(LI_HUA)
    settings = OidcSettings(issuer=ISSUER, audience=AUDIENCE, jwks_url="https://login.example/keys")
    made = Tokens(settings, directory, httpx.MockTransport(provider))
    assert await made.refresh()
    directory.tokens = made.of
    return made


async def test_a_token_says_who_and_the_directory_what(tokens: Tokens) -> None:
    """Whichever of the provider's keys has signed it; a revoked principal is out at once."""
    directory = tokens.directory
    assert directory.of_key(token()) == (LI_HUA, None)
    assert directory.of_key(token(EC, "ES256", "e1")) == (LI_HUA, None)

    directory.forget("li-hua")

    assert directory.of_key(token()) is None


NOW = int(clock.now().timestamp())


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": "https://evil.example"}, id="other-issuer"),
        pytest.param({"iss": ISSUER + "/"}, id="longer-issuer"),
        pytest.param({"iss": None}, id="no-issuer"),
        pytest.param({"aud": "another"}, id="other-audience"),
        pytest.param({"aud": [AUDIENCE, "another"]}, id="several-audiences"),
        pytest.param({"aud": None}, id="no-audience"),
        pytest.param({"sub": "nobody"}, id="unknown-name"),
        pytest.param({"sub": "Li-Hua"}, id="other-case"),
        pytest.param({"sub": "deployment"}, id="the-deployment"),
        pytest.param({"sub": None}, id="no-name"),
        pytest.param({"exp": NOW - 60}, id="expired"),
        pytest.param({"exp": None}, id="no-end"),
        pytest.param({"exp": NOW + LIFETIME_SECONDS_MAX + 600}, id="lives-too-long"),
        pytest.param({"iat": NOW + 600, "exp": NOW + 900}, id="issued-later"),
        pytest.param({"iat": None}, id="no-issue"),
        pytest.param({"nbf": NOW + 600}, id="not-yet"),
    ],
)
async def test_a_token_that_is_not_for_us_now_opens_nothing(
    tokens: Tokens, changes: Mapping[str, Any]
) -> None:
    """Issuer, audience, name, times: each alone is enough."""
    assert tokens.of(token(**changes)) is None


async def test_a_token_that_is_not_the_providers_opens_nothing(tokens: Tokens) -> None:
    """Signed by another, by nobody, with the public key as a secret, or with another algorithm."""
    head, body, signature = token().split(b".")
    fooled = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"r1"}').rstrip(b"=") + b"." + body
    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mac = base64.urlsafe_b64encode(hmac.digest(public, fooled, "sha256")).rstrip(b"=")
    forged = {
        "other key": token(OTHER),
        "unsigned": token(None, "none"),
        "public key as a secret": fooled + b"." + mac,
        "shared secret": token(b"secret" * 8, "HS256", "shared"),
        "encryption key": token(RSA, "RS256", "enc"),
        "other algorithm": token(RSA, "PS256"),
        "no key id": token(kid=None),
        "unknown key id": token(kid="r2"),
        "key id of another kind": token(RSA, "RS256", "e1"),
        "cut": b".".join([head, body]),
        "empty signature": b".".join([head, body, b""]),
        "changed body": b".".join([head, body[:-2] + b"AA", signature]),
        "not a token": b"eyJhbGciOiJub25lIn0",
        "nonsense": b"eyJ\xff\xfe",
    }

    assert [] == [name for name, given in forged.items() if tokens.of(given) is not None]


async def test_extensions_that_must_be_understood_are_not(tokens: Tokens) -> None:
    """Better refuse than overlook one."""
    now = int(clock.now().timestamp())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "li-hua", "iat": now, "exp": now + 300}
    headers = {"kid": "r1", "crit": ["x"], "x": 1}

    assert tokens.of(jwt.encode(claims, RSA, "RS256", headers).encode()) is None


@pytest.mark.moves("dualwatch_oidc_key_fetches_total")
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(302, headers={"location": "https://evil.example"}),
        httpx.Response(200, content=b"not json"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"keys": None}),
        httpx.Response(200, json={"keys": ["x"]}),
        httpx.Response(200, content=b"x" * (identity_tokens.ANSWER_BYTES_MAX + 1)),
    ],
    ids=["500", "redirect", "not-json", "list", "null", "text", "huge"],
)
async def test_a_provider_that_fails_takes_nothing_away_for_a_while(
    tokens: Tokens, provider: Provider, answer: httpx.Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys we have go on, and no longer than STALE_SECONDS_MAX."""
    provider.answer = lambda: answer

    assert not await tokens.refresh()
    assert tokens.of(token()) == LI_HUA
    later = clock.monotonic() + STALE_SECONDS_MAX + 1
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    assert tokens.of(token()) is None


async def test_an_unknown_key_makes_the_keys_be_read_anew(
    tokens: Tokens, provider: Provider
) -> None:
    """A provider changes its keys without telling."""
    provider.answer = lambda: httpx.Response(
        200, json={"keys": [{**jwks()["keys"][0], "kid": "r2"}]}
    )
    assert tokens.of(token(kid="r2")) is None
    assert tokens._wanted.is_set()

    await tokens.refresh()

    assert tokens.of(token(kid="r2")) == LI_HUA
    assert tokens.of(token()) is None


def test_settings_are_whole_and_keys_come_over_tls() -> None:
    """Whoever changes the keys on the way would let anybody in."""
    OidcSettings(issuer=ISSUER, audience=AUDIENCE, jwks_url="http://127.0.0.1:9/keys")
    for place in ("", "http://login.example/keys", "ftp://127.0.0.1/keys"):
        with pytest.raises(ValueError, match="JWKS_URL"):
            OidcSettings(issuer=ISSUER, audience=AUDIENCE, jwks_url=place)


async def test_a_service_lets_a_tokens_principal_in(tokens: Tokens) -> None:
    """As it would with a key: what its roles allow, and not while principals are out of date."""
    service = Service(ServiceSettings(key="the deployment's own key"), "Test", "1.0.0")
    service.directory.put(LI_HUA)
    tokens.directory = service.directory
    service.directory.tokens = tokens.of
    routes = APIRouter()
    routes.add_api_route("/v1/verified", lambda: "yes")
    service.include(routes, Permission.VERIFY)
    headers = {"Authorization": f"Bearer {token().decode()}"}
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        let_in = await client.get("/v1/verified", headers=headers)
        service.directory.current = lambda: False
        too_old = await client.get("/v1/verified", headers=headers)

    assert (200, 503) == (let_in.status_code, too_old.status_code)


NONCE = "a-nonce-of-this-sign-in"


def id_token(**changes: Any) -> bytes:
    """Issue an ID token for the console, or what the changes make of it."""
    return token(**{"aud": "console", "nonce": NONCE, **changes})


@pytest.fixture
async def signing(provider: Provider) -> Tokens:
    """Tokens of a deployment whose people sign in at the provider; no key is read yet."""
    settings = OidcSettings(
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks_url="https://login.example/keys",
        client_id="console",
    )
    directory = Directory("the deployment's own key")
    return Tokens(settings, directory, httpx.MockTransport(provider))


async def test_an_id_token_signs_in_with_its_nonce(signing: Tokens) -> None:
    """Keys that were not read yet are read; the provider may name the audience in a list."""
    claims = await signing.signed_in(id_token(), NONCE)

    assert claims is not None
    assert "li-hua" == claims["sub"]
    assert await signing.signed_in(id_token(aud=["console"], azp="console"), NONCE)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another-sign-in"},
        {"nonce": None},
        {"nonce": [NONCE]},
        {"aud": AUDIENCE},
        {"aud": ["console", AUDIENCE]},
        {"azp": AUDIENCE},
        {"iss": "https://evil.example"},
        {"iat": NOW - identity_tokens.SIGN_IN_SECONDS - 60},
        {"exp": NOW - 60},
        {"sub": None},
    ],
    ids=[
        "other-nonce",
        "no-nonce",
        "several-nonces",
        "for-the-api",
        "for-others-too",
        "other-party",
        "other-issuer",
        "old",
        "expired",
        "no-name",
    ],
)
async def test_a_token_of_another_kind_or_sign_in_signs_nobody_in(
    signing: Tokens, changes: Mapping[str, Any]
) -> None:
    """An access token, one for somebody else, an old one, one that was seen elsewhere."""
    assert await signing.signed_in(id_token(**changes), NONCE) is None


async def test_where_nobody_signs_in_no_token_does(tokens: Tokens) -> None:
    """Without a client no audience is ours."""
    assert await tokens.signed_in(id_token(aud=""), NONCE) is None


async def test_unknown_keys_do_not_make_us_ask_again_and_again(
    signing: Tokens, provider: Provider
) -> None:
    """Whoever sends nonsense does not have us flood the provider."""
    asked = []

    def answer() -> httpx.Response:
        asked.append(1)
        return httpx.Response(200, json=jwks())

    provider.answer = answer
    for _ in range(5):
        assert await signing.signed_in(id_token(kid="r2"), NONCE) is None

    assert 1 == len(asked)


WHOLE = {
    "issuer": ISSUER,
    "audience": AUDIENCE,
    "jwks_url": f"{ISSUER}/keys",
    "client_id": "console",
    "roles_claim": "groups",
    "roles": {"perf": "performance_division"},
    "jurisdictions_claim": "places",
}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"client_id": ""}, "ROLES_CLAIM needs"),
        ({"roles": {}}, "ROLES_CLAIM needs"),
        ({"jurisdictions_claim": ""}, "ROLES_CLAIM needs"),
        ({"roles": {"x": "publisher"}}, "publisher"),
        ({"roles": {"x": "emperor"}}, "roles.x"),
        ({"issuer": "http://login.example"}, "ISSUER at https"),
        ({"client_secret": "x", "client_secret_file": "/nowhere"}, "not both"),
        ({"client_secret_file": "/nowhere"}, "cannot be read"),
        ({"audience": ""}, "belong together"),
    ],
)
def test_settings_that_do_not_fit_together_are_told(changes: dict[str, Any], wrong: str) -> None:
    """Before anything is started, and without a secret in the words."""
    OidcSettings.model_validate(WHOLE)
    with pytest.raises(ValueError, match=wrong):
        OidcSettings.model_validate({**WHOLE, **changes})


def test_the_table_of_roles_is_read_from_one_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As JSON; the secret from a file."""
    file = tmp_path / "secret"
    file.write_text("s3cret\n", "utf-8")
    given = {**WHOLE, "roles": '{"财政局/绩效": "performance_division"}'}
    for name, value in {**given, "client_secret_file": str(file)}.items():
        monkeypatch.setenv(f"DUALWATCH_OIDC__{name.upper()}", str(value))
    found = ServiceSettings(key="the deployment's own key").oidc

    assert {"财政局/绩效": Role.PERFORMANCE_DIVISION} == found.roles
    assert "s3cret" == found.secret()
    assert "s3cret" not in repr(found)


def test_an_audience_is_not_the_clients() -> None:
    """Else an ID token, which is for signing in alone, would open the services as a key does."""
    with pytest.raises(ValueError, match="AUDIENCE is CLIENT_ID"):
        OidcSettings(
            issuer=ISSUER,
            audience=AUDIENCE,
            jwks_url="https://login.example/keys",
            client_id=AUDIENCE,
        )
