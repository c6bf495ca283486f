"""Sessions that rest on a credential: opened by a password, asked about by assertions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from services.chassis.identity_assertions import Asserted, Assertions
from services.chassis.service import HttpService
from services.console import pages
from services.console.pages.entrance.sessions import Sessions
from services.console.pages.entrance.signing import own_path
from services.console.pages.frame.asking import Services
from services.console.pages.frame.forms import FORM_BYTES_MAX
from services.console.pages.frame.guarding import GuardMiddleware
from services.console.pages.frame.looking import COOKIE, SECURE_COOKIE, Means, Session
from services.console.settings import ConsoleSettings
from tests.support.html import Page

KEY = "k" * 20
NAMES = ("intake", "analysis", "alerts", "reporting")
PASSWORD = "three-green-lanterns"


class Knowing:
    """Intake and the others, as far as one account goes."""

    def __init__(self) -> None:
        self.credential = "c" * 16
        self.known_after = 0
        """How often a new credential is refused before it is known."""
        self.refusal: httpx.Response | None = None
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        self.assertions: set[str] = set()
        self.people = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Be a transport's handler."""
        path = request.url.path
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.asked.append((request.method, path))
        self.bodies.append(request.content)
        if path == "/v1/sign-ins":
            assert bearer == KEY
            return self._signed_in(request)
        self.assertions.add(bearer)
        if Assertions(KEY).read(bearer.encode()) != Asserted("li-hua", self.credential):
            return httpx.Response(401, json={"code": "unauthorised"})
        if path == "/v1/position" and self.known_after:
            self.known_after -= 1
            return httpx.Response(401, json={"code": "unauthorised"})
        if path == "/v1/me/password":
            return self._changed()
        self.people += path == "/v1/me"
        me = {"id": "li-hua", "roles": ["auditor"], "password": {"credential": self.credential}}
        return httpx.Response(200, json=me)

    def _signed_in(self, request: httpx.Request) -> httpx.Response:
        if self.refusal is not None:
            return self.refusal
        if PASSWORD.encode() not in request.content:
            return httpx.Response(401, json={"code": "sign_in_refused"})
        found = {"id": "li-hua", "name": "李华", "credential": self.credential}
        return httpx.Response(200, json=found)

    def _changed(self) -> httpx.Response:
        if self.refusal is not None:
            return self.refusal
        self.credential = "d" * 16
        return httpx.Response(200, json={"password": {"credential": self.credential}})


@asynccontextmanager
async def console(
    fake: Knowing, guest: str | None = None, *, secure: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser that has not signed in."""
    service = HttpService(ConsoleSettings(key=KEY), "console", "1")
    urls = {name: f"http://{name}" for name in NAMES}
    services = Services(urls, None, 5, httpx.MockTransport(fake))
    pages.install(service.app, services, Sessions(KEY, lambda: guest, secure=secure))
    service.app.add_middleware(GuardMiddleware, loopback_only=True, tls=secure)
    transport = httpx.ASGITransport(app=service.app)
    base = f"http{'s' if secure else ''}://127.0.0.1:8100"
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield client
    await services.close()


async def sign_in(browser: httpx.AsyncClient, **form: Any) -> httpx.Response:
    """Send the form."""
    given = {"name": "li-hua", "password": PASSWORD, **form}
    return await browser.post("/sign-in?next=%2Faccount", data=given)


async def test_a_password_opens_a_session() -> None:
    """The console asks intake; the services are asked by assertions, each of them new."""
    fake = Knowing()
    async with console(fake) as browser:
        answer = await sign_in(browser)
        accounts = [await browser.get("/account") for _ in range(3)]

    assert (303, "/account") == (answer.status_code, answer.headers["location"])
    assert [200] * 3 == [page.status_code for page in accounts]
    assert PASSWORD not in answer.headers["set-cookie"]
    assert len(fake.assertions) > 1
    assert all(one.startswith("dwa_") for one in fake.assertions)


async def test_who_looks_is_asked_once_for_a_session() -> None:
    """Although the assertions differ; what the account page shows is asked each time."""
    fake = Knowing()
    async with console(fake) as browser:
        await sign_in(browser)
        before = fake.people
        for _ in range(3):
            await browser.get("/account")

    assert 1 + 3 == fake.people - before


@pytest.mark.parametrize(
    "form",
    [
        {"password": "wrong"},
        {"password": ""},
        {"name": ""},
        {"name": ["li-hua", "li-hua"]},
        {"name": "<script>alert(1)</script>", "password": "x"},
        {"name": "x" * 300},
        {"password": ["a", PASSWORD]},
        {"password": "\u202e\u0000"},
    ],
    ids=str,
)
async def test_anything_else_gets_the_form_again(form: dict[str, Any]) -> None:
    """With what was typed as a name, never with a password; and no cookie."""
    async with console(Knowing()) as browser:
        answer = await sign_in(browser, **{**form, "password": form.get("password", "guessed")})

    assert 401 == answer.status_code
    assert "set-cookie" not in answer.headers
    assert "登录名或密码不正确" in Page(answer.text).words("//main")
    assert ["", ""] == [
        one.get("value", "") for one in Page(answer.text).select("//*[@type='password']")
    ]
    assert "<script>alert" not in answer.text


async def test_after_too_many_tries_the_form_says_how_long() -> None:
    """In the service's own words."""
    fake = Knowing()
    problem = {"code": "too_many_tries", "detail_zh": "12 分钟后可再试。", "detail": "12 min"}
    fake.refusal = httpx.Response(429, json=problem)
    async with console(fake) as browser:
        answer = await sign_in(browser)

    assert 429 == answer.status_code
    assert "12 分钟后可再试" in Page(answer.text).words("//main")


@pytest.mark.parametrize("path", ["/sign-in", "/account/password"])
async def test_while_too_many_sign_in_the_form_stays(path: str) -> None:
    """With the name that was typed, and what to do; intake is not away."""
    fake = Knowing()
    form = {"name": "li-hua", "password": PASSWORD, "again": PASSWORD, "current": PASSWORD}
    problem = {"code": "sign_in_busy", "hint_zh": "请几秒后重试。", "detail": "busy"}
    async with console(fake) as browser:
        await sign_in(browser)
        fake.refusal = httpx.Response(503, json=problem)
        answer = await browser.post(path, data=form)

    page = Page(answer.text)
    assert 503 == answer.status_code
    assert "请几秒后重试" in page.words("//main")
    assert ["li-hua"] == page.select("//main//input[@name='name']/@value")


async def test_a_form_of_any_size_is_no_burden() -> None:
    """It is read up to a bound."""
    async with console(Knowing()) as browser:
        answer = await sign_in(browser, password="x" * FORM_BYTES_MAX)

    assert 413 == answer.status_code


async def test_a_changed_password_goes_on_with_its_new_credential() -> None:
    """Once every service knows it; the cookie of before opens nothing."""
    fake = Knowing()
    async with console(fake) as browser:
        await sign_in(browser)
        old = browser.cookies[COOKIE]
        fake.known_after = 7
        form = {"current": PASSWORD, "password": "x", "again": "x"}
        changed = await browser.post("/account/password", data=form)
        page = await browser.get(changed.headers["location"])
        browser.cookies.set(COOKIE, old, domain="127.0.0.1")
        stale = await browser.get("/account")

    assert (303, "/account?said=changed") == (changed.status_code, changed.headers["location"])
    assert 200 == page.status_code
    assert 0 == fake.known_after
    assert stale.headers["location"].startswith("/sign-in?next=%2Faccount&ended=")


async def test_the_page_waits_until_a_password_that_was_just_set_is_known_everywhere() -> None:
    """The services hear of it by Kafka: the page behind would end the session at once."""
    fake = Knowing()
    fake.known_after = 6
    async with console(fake) as browser:
        form = {"name": "li-hua", "password": PASSWORD}
        answer = await browser.post("/sign-in", data=form)

    assert (303, "/") == (answer.status_code, answer.headers["location"])
    assert 0 == fake.known_after


async def test_a_password_is_not_changed_by_a_guest() -> None:
    """Nor by whoever is nobody."""
    fake = Knowing()
    async with console(fake, "guest") as browser:
        answers = [
            await browser.get("/account"),
            await browser.post("/account/password", data={"current": "x"}),
        ]

    assert ["/sign-in?next=%2Faccount", "/sign-in?next=%2Faccount%2Fpassword"] == [
        answer.headers["location"] for answer in answers
    ]
    assert ("PUT", "/v1/me/password") not in fake.asked


@pytest.mark.parametrize(
    "foreign",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://["},
        {"origin": "http://127.0.0.1:8100.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/account/password", "/no/such/page"])
async def test_what_another_site_sends_is_refused_before_any_route(
    foreign: dict[str, str], path: str
) -> None:
    """Whatever it is sent to, also where nobody thought of it; nothing is asked."""
    fake = Knowing()
    async with console(fake, "guest") as browser:
        answers = [
            await browser.request(method, path, headers=foreign) for method in ("POST", "PUT")
        ]

    assert [403, 403] == [answer.status_code for answer in answers]
    assert all("Content-Security-Policy" in answer.headers for answer in answers)
    assert [] == fake.asked


async def test_over_tls_cookies_are_this_hosts_alone() -> None:
    """No other host, path or scheme sets or gets them; the browser stays with TLS."""
    fake = Knowing()
    async with console(fake, secure=True) as browser:
        answer = await sign_in(browser)
        page = await browser.get("/account")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SECURE_COOKIE}=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"))
    assert "Domain" not in cookie
    assert 200 == page.status_code
    assert "max-age" in page.headers["strict-transport-security"]


async def test_over_tls_every_cookie_is_this_hosts_alone() -> None:
    """What somebody chose for his pages too: no other scheme says it, and it is read again."""
    async with console(Knowing(), secure=True) as browser:
        await sign_in(browser)
        chosen = await browser.get("/account?language=en&money=yuan&keys=off")
        later = await browser.get("/account")
        browser.cookies.set("dualwatch_language", "zh", domain="127.0.0.1")
        foreign = await browser.get("/account")

    cookies = chosen.headers.get_list("set-cookie")
    assert 3 == len(cookies)
    for cookie in cookies:
        assert cookie.startswith("__Host-dualwatch_")
        assert all(part in cookie for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"))
        assert "Domain" not in cookie
    assert ["en", "en"] == [Page(answer.text).root.get("lang") for answer in (later, foreign)]


async def test_in_the_clear_another_hosts_cookie_is_not_looked_at() -> None:
    """A name that only TLS may set means nothing here, and the plain one nothing there."""
    sealed = Sessions(KEY, lambda: None, secure=False).seal(Session("li-hua", credential="c" * 16))
    async with console(Knowing(), secure=True) as browser:
        browser.cookies.set(COOKIE, sealed, domain="127.0.0.1")
        answer = await browser.get("/account")

    assert 303 == answer.status_code


def test_a_cookie_of_another_kind_is_no_session() -> None:
    """What was sealed for something else, or by an earlier release."""
    sessions = Sessions(KEY, lambda: None, secure=False)
    session = Session("li-hua", credential="c" * 16, means=Means.PASSWORD, since=1)

    assert session == sessions.open(sessions.seal(session))
    for value in (["li-hua", "dw_x"], {"state": "x"}, "x", None, {"name": 7}):
        assert sessions.open(sessions.seal(value)) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "http:/evil",
        "javascript:alert(1)",
        "//[",
        "/\t/evil.example",
        "/sign-in?next=/x",
        "/sign-out",
        "",
    ],
)
def test_after_signing_in_one_stays_here(target: str) -> None:
    """Whatever the address says."""
    assert "/" == own_path(target)


def test_pages_of_ours_are_gone_on_to() -> None:
    """With what they ask for."""
    for path in ("/", "/alerts?state=open", "/projects/J1%2FP1?as_of=2026-06-30"):
        assert path == own_path(path)
