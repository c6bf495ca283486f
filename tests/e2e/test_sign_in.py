"""Signing in on the whole stack: passwords, and a real OpenID provider (npm's oidc-provider)."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from deploy.local.ports import Ports
from deploy.local.principals import DEMOS, password_of
from deploy.local.stack import Stack
from services.console.pages.frame.looking import COOKIE
from tests.support.eventually import eventually
from tests.support.html import Page
from tests.support.openid_provider import CLIENT, OpenIdProvider, openid_provider
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration

SERVICES: Final = ("intake", "analysis", "alerts", "reporting")
CITY: Final = "990100-7"
ROLES: Final = {"perf": "performance_division", "fill": "unit_filler", "audit": "auditor"}
ANSWER_SECONDS: Final = 60
ENDED_SECONDS_MAX: Final = 10
"""Far above what it takes for a session to end everywhere: about a second."""


@dataclass(frozen=True)
class Entrance:
    """A running stack and the provider that it trusts."""

    stack: Stack
    provider: OpenIdProvider

    @property
    def console(self) -> str:
        """Where the console is."""
        return self.stack.endpoints().console

    def browser(self) -> httpx.Client:
        """Give a browser that has not signed in."""
        return httpx.Client(base_url=self.console, timeout=ANSWER_SECONDS, trust_env=False)

    def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """Ask intake as the deployment."""
        places = self.stack.endpoints()
        headers = {"authorization": f"Bearer {places.key}"}
        return httpx.request(method, places.intake + path, headers=headers, **more)

    def actions(self, name: str) -> list[str]:
        """Read what the log says of somebody."""
        found = self.ask("/v1/audit", params={"principal": name}).json()["items"]
        return [one["action"] for one in found]


@pytest.fixture(scope="module")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    """Start everything, and a provider whose words are believed by a table."""
    folder = tmp_path_factory.mktemp("sign-in")
    first = free_ports_from(2)
    back = f"http://127.0.0.1:{Ports.starting_at(first).console}/sign-in/oidc/callback"
    provided = Ports.starting_at(first).of("console", 2)
    with openid_provider(folder, provided, back) as provider:
        environ = provider.settings(
            roles_claim="roles",
            roles=json.dumps(ROLES),
            jurisdictions_claim="jurisdictions",
            organisations_claim="organisations",
        )
        environ["DUALWATCH_CONSOLE__GUEST_KEY_FILE"] = ""
        with Stack(folder / "data", ports_from=first, passwords=True, environ=environ) as stack:
            yield Entrance(stack, provider)


def sign_in(browser: httpx.Client, name: str, password: str) -> httpx.Response:
    """Send the form."""
    return browser.post("/sign-in?next=%2Faccount", data={"name": name, "password": password})


def words(answer: httpx.Response) -> str:
    """Read a page."""
    return Page(answer.text).words("//main")


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.name)
def test_a_demo_user_of_each_role_signs_in_and_out(entrance: Entrance, demo: Any) -> None:
    """With the password that was printed; the page says who it is."""
    password = password_of(entrance.stack.data.path, demo.name) or ""
    with entrance.browser() as browser:
        wrong = sign_in(browser, demo.name, password + "x")
        answer = sign_in(browser, demo.name, password)
        page = browser.get("/account")
        out = browser.post("/sign-out")
        after = browser.get("/account")

    assert (401, 303, "/account") == (
        wrong.status_code,
        answer.status_code,
        answer.headers["location"],
    )
    assert "set-cookie" not in wrong.headers
    assert demo.name in words(page)
    assert "/sign-in?said=out" == out.headers["location"]
    assert "/sign-in?next=%2Faccount" == after.headers["location"]


def test_a_changed_password_ends_the_other_sessions(entrance: Entrance) -> None:
    """Within about a second, at every service; the one that changed it goes on."""
    name, new = "data-desk", "another sentence altogether"
    password = password_of(entrance.stack.data.path, name) or ""
    with entrance.browser() as mine, entrance.browser() as other:
        for browser in (mine, other):
            sign_in(browser, name, password)
            assert 200 == browser.get("/account").status_code
        form = {"current": password, "password": new, "again": new}
        differ = mine.post("/account/password", data={**form, "again": "x"})
        weak = mine.post("/account/password", data={**form, "password": "short", "again": "short"})
        changed = mine.post("/account/password", data=form)
        began = time.monotonic()
        ended = eventually(lambda: _led_away(other))
        assert ended is not None
        seconds = time.monotonic() - began
        form_page = other.get(ended.headers["location"])
        pages = [mine.get(path) for path in ("/account?said=changed", "/alerts", "/papers")]
        with entrance.browser() as third:
            again = [sign_in(third, name, typed).status_code for typed in (password, new)]

    assert (422, 422) == (differ.status_code, weak.status_code)
    assert "不一致" in words(differ)
    assert "不足 10 个字符" in words(weak)
    assert "/account?said=changed" == changed.headers["location"]
    assert f'{COOKIE}=""' in form_page.headers["set-cookie"]
    assert seconds < ENDED_SECONDS_MAX
    assert [200, 200, 200] == [page.status_code for page in pages]
    assert [401, 303] == again


def _led_away(browser: httpx.Client) -> httpx.Response | None:
    answer = browser.get("/account")
    return answer if answer.status_code == 303 else None


def test_whoever_is_revoked_is_out(entrance: Entrance) -> None:
    """His session too, and his password opens no other."""
    body = {"id": "leaves", "name": "leaves", "roles": ["auditor"], "jurisdictions": None}
    entrance.ask("/v1/principals", "POST", json=body)
    typed = {"password": "a sentence for leaving"}
    entrance.ask("/v1/principals/leaves/password", "PUT", json=typed)
    with entrance.browser() as browser:
        sign_in(browser, "leaves", typed["password"])
        before = browser.get("/account").status_code
        entrance.ask("/v1/principals/leaves", "DELETE")
        eventually(lambda: _led_away(browser))
        after = sign_in(browser, "leaves", typed["password"])

    assert (200, 401) == (before, after.status_code)


def test_whoever_the_provider_vouches_for_is_registered_and_let_in(entrance: Entrance) -> None:
    """With roles and bounds of its claims; the first page is there at once, at every service."""
    told = {"name": "王芳", "roles": ["perf", "cleaning"], "jurisdictions": [CITY]}
    entrance.provider.say(**{"wang-fang": told})
    with entrance.browser() as browser:
        offered = Page(browser.get("/sign-in").text).select("//a/@href")
        answer = entrance.provider.sign_in(browser, entrance.console, "wang-fang")
        pages = [browser.get(path) for path in ("/account", "/alerts", "/papers")]
        out = browser.post("/sign-out")
        offers = Page(browser.get(out.headers["location"]).text).select("//a/@href")
        there = browser.get("/sign-in/oidc/out")
    shown = entrance.ask("/v1/principals/wang-fang").json()
    path, wanted = "/v1/principals/wang-fang/password", {"password": "walnut-harbour-29"}
    password = entrance.ask(path, "PUT", json=wanted)

    # It would outlive what the provider says of her.
    assert (409, "signs_in_elsewhere") == (password.status_code, password.json()["code"])
    assert "/sign-in/oidc?next=/" in offered
    assert (303, "/account") == (answer.status_code, answer.headers["location"])
    assert [200, 200, 200] == [page.status_code for page in pages]
    assert "wang-fang" in words(pages[0])
    assert ("王芳", ["performance_division"], [CITY], True) == (
        shown["name"],
        shown["roles"],
        shown["jurisdictions"],
        shown["claimed"],
    )
    assert ["sign_in"] == [key["use"] for key in shown["keys"]]
    assert ["claimed", "credential_given", "signed_in"] == entrance.actions("wang-fang")
    assert "/sign-in/oidc/out" in offers
    assert there.headers["location"].startswith(f"{entrance.provider.issuer}/session/end?")


def test_claims_are_followed_and_their_loss_ends_it(entrance: Entrance) -> None:
    """Another post: other bounds. None any more: nobody is let in, and open sessions end."""
    bound = {"roles": ["fill"], "jurisdictions": [CITY], "organisations": ["101001"]}
    provider, console = entrance.provider, entrance.console
    with entrance.browser() as browser, entrance.browser() as second:
        for told in ({**bound, "roles": ["audit"]}, bound):
            provider.say(**{"zhao-min": told})
            assert "/account" == provider.sign_in(browser, console, "zhao-min").headers["location"]
        shown = entrance.ask("/v1/principals/zhao-min").json()
        refused = []
        for told in ({**bound, "organisations": []}, {**bound, "jurisdictions": []}, {}):
            provider.say(**{"zhao-min": told})
            answer = provider.sign_in(second, console, "zhao-min")
            refused.append(answer.headers["location"])
        eventually(lambda: _led_away(browser))

    assert (["unit_filler"], ["101001"]) == (shown["roles"], shown["organisations"])
    assert ["/sign-in?said=provider_refused"] * 3 == refused


def test_the_provider_raises_nobody(entrance: Entrance) -> None:
    """By hand is by hand; revoked is revoked; the deployment's names are its own."""
    body = {"id": "hand", "name": "hand", "roles": ["unit_filler"], "jurisdictions": [CITY]}
    entrance.ask("/v1/principals", "POST", json=body)
    entrance.ask("/v1/principals", "POST", json={**body, "id": "over"})
    entrance.ask("/v1/principals/over", "DELETE")
    told = {"roles": ["perf", "operator", "performance_division"], "jurisdictions": [CITY]}
    names = ("hand", "over", "deployment", "Big_Name", "city-finance")
    entrance.provider.say(**dict.fromkeys(names, told))
    locations = {}
    for name in names:
        with entrance.browser() as browser:
            answer = entrance.provider.sign_in(browser, entrance.console, name)
            locations[name] = answer.headers["location"]
    shown = entrance.ask("/v1/principals/hand").json()

    assert "/account" == locations.pop("hand")
    assert {"/sign-in?said=provider_refused"} == set(locations.values())
    assert (["unit_filler"], False) == (shown["roles"], shown["claimed"])


def test_an_answer_is_taken_by_the_browser_that_asked_once(entrance: Entrance) -> None:
    """Not in another browser, not twice, not with another state, issuer or none of ours."""
    entrance.provider.say(**{"li-na": {"roles": ["audit"], "jurisdictions": [CITY]}})
    callback = "/sign-in/oidc/callback"
    with entrance.browser() as browser, entrance.browser() as other:
        begun = browser.get("/sign-in/oidc")
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        state = asked["state"][0]
        foreign = [
            other.get(callback, params={"code": "x", "state": state}),
            browser.get(callback, params={"code": "x", "state": "y"}),
        ]
        browser.get("/sign-in/oidc")
        declined = browser.get(callback, params={"error": "access_denied", "state": "z"})
        entrance.provider.sign_in(browser, entrance.console, "li-na")
        browser.cookies.delete(COOKIE)
        twice = browser.get(callback, params={"code": "x", "state": state})

    assert (["S256"], ["code"], [CLIENT]) == (
        asked["code_challenge_method"],
        asked["response_type"],
        asked["client_id"],
    )
    assert asked["nonce"][0] not in begun.headers["set-cookie"]
    for answer in (*foreign, declined, twice):
        assert "/sign-in?said=provider_refused" == answer.headers["location"]
        assert COOKIE not in answer.headers.get("set-cookie", "")


def test_no_secret_is_written_anywhere(entrance: Entrance) -> None:
    """Neither passwords nor tokens stand in a log."""
    data: Path = entrance.stack.data.path
    logs = "".join(file.read_text("utf-8", "replace") for file in (data / "logs").glob("*.log"))
    secrets = [password_of(data, demo.name) or "" for demo in DEMOS]
    secrets += ["another sentence altogether", "a-secret-of-this-test-alone", "$argon2", "dwa_"]

    assert [] == [secret for secret in secrets if secret in logs]
