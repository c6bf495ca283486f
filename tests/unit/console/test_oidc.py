"""The OpenID provider as the console sees it: an answer is ours, whole and safe, or none."""

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from services.chassis import clock
from services.chassis.service import HttpService
from services.chassis.settings import OidcSettings
from services.console import pages
from services.console.pages.entrance import oidc
from services.console.pages.entrance.oidc import (
    Answered,
    Begun,
    DeclinedError,
    Provider,
    ProviderError,
)
from services.console.pages.entrance.sessions import Sessions
from services.console.pages.frame.asking import Services
from services.console.settings import ConsoleSettings

ISSUER = "https://login.example"
BACK = "https://console.example/sign-in/oidc/callback"
DESCRIPTION = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "end_session_endpoint": f"{ISSUER}/end",
    "authorization_response_iss_parameter_supported": True,
}


class There:
    """Answers as a provider does, or as it was told to."""

    def __init__(self) -> None:
        self.description: Any = dict(DESCRIPTION)
        self.token = httpx.Response(200, json={"access_token": "a", "id_token": "eyJ.x.y"})
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Be a transport's handler."""
        self.requests.append(request)
        if request.url.path == "/token":
            return self.token
        return httpx.Response(200, json=self.description)


def provider_of(there: There, *, public: bool = False) -> Provider:
    """Make the console's side."""
    settings = OidcSettings(
        issuer=ISSUER,
        audience="api",
        jwks_url=f"{ISSUER}/keys",
        client_id="console",
        client_secret=SecretStr("" if public else "s3cret"),
    )
    return Provider(settings, httpx.MockTransport(there))


def answered(begun: Begun, **changes: str) -> Answered:
    """Answer as the provider does."""
    told = {"code": "c0de", "state": begun.state, "issuer": ISSUER, "error": "", **changes}
    return Answered(**told)


async def test_a_sign_in_is_bound_to_the_browser_by_state_nonce_and_verifier() -> None:
    """Each drawn; the verifier is sent with the code alone, its hash before."""
    there = There()
    provider = provider_of(there)
    address, begun = await provider.begin(BACK, "/alerts")
    asked = parse_qs(urlsplit(address).query)
    token = await provider.token(BACK, answered(begun), begun)
    sent = parse_qs(there.requests[-1].content.decode())
    digest = hashlib.sha256(begun.verifier.encode()).digest()

    assert address.startswith(f"{ISSUER}/auth?")
    assert 3 == len({begun.state, begun.nonce, begun.verifier})
    assert (
        ["code"],
        ["console"],
        [BACK],
        [begun.state],
        [begun.nonce],
        ["S256"],
        ["openid profile"],
    ) == tuple(
        asked[name]
        for name in (
            "response_type",
            "client_id",
            "redirect_uri",
            "state",
            "nonce",
            "code_challenge_method",
            "scope",
        )
    )
    assert [base64.urlsafe_b64encode(digest).rstrip(b"=").decode()] == asked["code_challenge"]
    assert begun.verifier not in address
    assert [[begun.verifier], ["c0de"], [BACK]] == [
        sent[name] for name in ("code_verifier", "code", "redirect_uri")
    ]
    assert there.requests[-1].headers["authorization"].startswith("Basic ")
    assert "eyJ.x.y" == token


async def test_without_a_secret_we_are_a_public_client() -> None:
    """Known by name, and by the verifier."""
    there = There()
    provider = provider_of(there, public=True)
    _, begun = await provider.begin(BACK, "/")
    await provider.token(BACK, answered(begun), begun)

    assert "authorization" not in there.requests[-1].headers
    assert b"client_id=console" in there.requests[-1].content


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "another"},
        {"state": ""},
        {"state": "状态"},
        {"issuer": "https://evil.example"},
        {"issuer": ""},
        {"code": ""},
        {"code": "x" * (oidc.CODE_LENGTH_MAX + 1)},
        {"error": "access_denied"},
    ],
    ids=lambda changes: str(changes)[:40],
)
async def test_an_answer_that_is_not_ours_fetches_nothing(changes: dict[str, str]) -> None:
    """The code is not sent on: it may be another's, or for another provider."""
    there = There()
    provider = provider_of(there)
    _, begun = await provider.begin(BACK, "/")

    with pytest.raises(DeclinedError):
        await provider.token(BACK, answered(begun, **changes), begun)
    assert ["/.well-known/openid-configuration"] == [one.url.path for one in there.requests]


@pytest.mark.parametrize(
    "description",
    [
        [],
        {**DESCRIPTION, "issuer": "https://evil.example"},
        {**DESCRIPTION, "issuer": f"{ISSUER}/"},
        {**DESCRIPTION, "token_endpoint": "http://login.example/token"},
        {**DESCRIPTION, "authorization_endpoint": "javascript:alert(1)"},
        {**DESCRIPTION, "token_endpoint": None},
    ],
    ids=["list", "another", "longer", "clear", "script", "none"],
)
async def test_a_provider_that_is_another_or_not_safe_is_none(description: Any) -> None:
    """Nobody is led there."""
    there = There()
    there.description = description

    with pytest.raises(ProviderError):
        await provider_of(there).begin(BACK, "/")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), DeclinedError),
        (httpx.Response(500), ProviderError),
        (httpx.Response(200, json={"access_token": "a"}), ProviderError),
        (httpx.Response(200, json={"access_token": "a", "id_token": 7}), ProviderError),
        (
            httpx.Response(200, json={"access_token": "a", "id_token": "x" * 20_000}),
            ProviderError,
        ),
        (httpx.Response(200, content=b"not json"), ProviderError),
    ],
    ids=["refused", "500", "no-token", "number", "huge", "not-json"],
)
async def test_without_a_token_nobody_is_let_in(
    answer: httpx.Response, error: type[Exception]
) -> None:
    """Whatever else the provider says."""
    there = There()
    there.token = answer
    provider = provider_of(there)
    _, begun = await provider.begin(BACK, "/")

    with pytest.raises(error):
        await provider.token(BACK, answered(begun), begun)


async def test_the_description_is_read_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for every sign-in."""
    there = There()
    provider = provider_of(there)
    for _ in range(3):
        await provider.begin(BACK, "/")
    asked = len(there.requests)
    later = clock.monotonic() + oidc.DESCRIBED_SECONDS + 1
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    out = await provider.way_out()

    assert (1, 2) == (asked, len(there.requests))
    assert f"{ISSUER}/end?client_id=console" == out


@asynccontextmanager
async def console(there: There) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser before a console whose intake lets nobody in by a token."""
    key = "k" * 20
    service = HttpService(ConsoleSettings(key=key), "console", "1")
    refusing = httpx.MockTransport(lambda _: httpx.Response(401, json={"code": "sign_in_refused"}))
    services = Services({"intake": "http://intake"}, None, 5, refusing)
    sessions = Sessions(key, lambda: None, secure=False)
    pages.install(service.app, services, sessions, provider_of(there))
    transport = httpx.ASGITransport(app=service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8100") as client:
        yield client
    await services.close()


async def test_whatever_fails_leads_to_the_form_with_a_word() -> None:
    """And what was begun is of no use again."""
    there = There()
    callback = "/sign-in/oidc/callback"
    async with console(there) as browser:
        nothing_begun = await browser.get(callback, params={"code": "x", "state": "y"})
        begun = await browser.get("/sign-in/oidc?next=https://evil.example")
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        answer = {"code": "x", "state": state, "iss": ISSUER}
        refused = await browser.get(callback, params=answer)
        again = await browser.get(callback, params=answer)
        there.description = {}
        form = await browser.get(refused.headers["location"])

    assert {"/sign-in?said=provider_refused"} == {
        one.headers["location"] for one in (nothing_begun, refused, again)
    }
    assert 'dualwatch_oidc=""' in refused.headers["set-cookie"]
    assert "dualwatch_session" not in refused.headers["set-cookie"]
    assert "统一认证未让您进入本系统" in form.text
