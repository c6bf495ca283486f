"""Staff open the page with a key of their own; whoever has none sees the guest's, or nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from services.chassis.service import HttpService
from services.console import pages
from services.console.pages.entrance import sessions as sealed
from services.console.pages.entrance.sessions import Sessions, key_of_file
from services.console.pages.frame.asking import Services
from services.console.pages.frame.guarding import GuardMiddleware
from services.console.pages.frame.looking import COOKIE, Session
from services.console.settings import ConsoleSettings
from tests.support.html import Page
from tests.unit.console.fake_services import FakeServices

OWN = "dw_0123456789abcdef_" + "x" * 43
ORIGIN = {"origin": "http://127.0.0.1:8100", "sec-fetch-site": "same-origin"}


class Knowing(FakeServices):
    """Services that know one key."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Refuse every other key."""
        given = request.headers.get("authorization", "")
        if given not in {f"Bearer {OWN}", "Bearer guest"}:
            self.requests.append(request)
            return httpx.Response(401, json={"code": "unauthorised"})
        if request.url.path == "/v1/me":
            return httpx.Response(200, json={"id": "li-hua"})
        return super().__call__(request)


@asynccontextmanager
async def console(
    fake: FakeServices, guest: str | None = None, *, secure: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser that has not signed in."""
    service = HttpService(ConsoleSettings(key="k" * 20), "console", "1")
    names = ("intake", "analysis", "alerts", "reporting")
    urls = {name: f"http://{name}" for name in names}
    services = Services(urls, None, 5, httpx.MockTransport(fake))
    pages.install(service.app, services, Sessions("k" * 20, lambda: guest, secure=secure))
    service.app.add_middleware(GuardMiddleware, loopback_only=True)
    transport = httpx.ASGITransport(app=service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8100") as client:
        yield client
    await services.close()


async def sign_in(browser: httpx.AsyncClient, key: str, **headers: str) -> httpx.Response:
    """Send the form."""
    body = f"by=key&key={quote(key, safe='')}"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return await browser.post(
        "/sign-in?next=%2Falerts", content=body, headers={**kind, **ORIGIN, **headers}
    )


async def test_whoever_is_nobody_is_led_to_the_form_and_back() -> None:
    """And no service is asked before."""
    fake = Knowing()
    async with console(fake) as browser:
        led = await browser.get("/alerts?fiscal_year=2026")
        form = await browser.get(led.headers["location"])
        part = await browser.get("/", headers={"HX-Request": "true"})

    assert (303, 200) == (led.status_code, form.status_code)
    assert [] == fake.requests
    targets = Page(form.text).select("//main//form/@action")
    assert ["/sign-in?next=/alerts%3Ffiscal_year%3D2026"] * 2 == targets
    assert part.headers["HX-Redirect"].startswith("/sign-in?next=")


async def test_a_key_that_is_known_opens_the_pages() -> None:
    """Services are asked with that key; the cookie does not show it, and scripts do not see it."""
    fake = Knowing()
    async with console(fake) as browser:
        answer = await sign_in(browser, OWN)
        page = await browser.get(answer.headers["location"])
        out = await browser.post("/sign-out", headers=ORIGIN)
        again = await browser.get("/alerts")

    cookie = answer.headers["set-cookie"]
    assert (303, "/alerts") == (answer.status_code, answer.headers["location"])
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert OWN not in cookie
    assert 200 == page.status_code
    assert "li-hua" in Page(page.text).words()
    assert {f"Bearer {OWN}"} == {request.headers["authorization"] for request in fake.requests}
    assert (303, 303) == (out.status_code, again.status_code)


@pytest.mark.parametrize("key", ["", "wrong", OWN.upper(), OWN + "\u200b", "x" * 3_000, "a\nb"])
async def test_another_key_opens_nothing(key: str) -> None:
    """The form again, with the reason and no cookie."""
    async with console(Knowing()) as browser:
        answer = await sign_in(browser, key)

    assert 401 == answer.status_code
    assert "set-cookie" not in answer.headers
    assert "密钥无效" in Page(answer.text).words()


async def test_a_cookie_that_is_not_ours_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made up, of another deployment, changed, or too old."""
    ours = Sessions("k" * 20, lambda: None, secure=False)
    value = ours.seal(Session("li-hua", OWN))
    others = Sessions("o" * 20, lambda: None, secure=False).seal(Session("li-hua", OWN))

    assert Session("li-hua", OWN) == ours.open(value)
    assert [None] * 4 == [ours.open(bad) for bad in (None, "x", others, value[:-4] + "AAAA")]
    monkeypatch.setattr(sealed, "SESSION_SECONDS", -1)
    assert ours.open(value) is None


async def test_a_key_that_was_revoked_since_leads_to_the_form() -> None:
    """The cookie is forgotten there, if it is still the one that has ended."""
    fake = Knowing()
    sessions = Sessions("k" * 20, lambda: None, secure=False)
    stale, fresh = (sessions.seal(Session("li-hua", key)) for key in ("dw_old", OWN))
    async with console(fake) as browser:
        browser.cookies.set(COOKIE, stale, domain="127.0.0.1")
        answer = await browser.get("/alerts")
        to = answer.headers["location"]
        form = await browser.get(to)
        # Another tab has signed in meanwhile: its session is not the one that has ended.
        browser.cookies.set(COOKIE, fresh, domain="127.0.0.1")
        late = await browser.get(to)

    assert 303 == answer.status_code
    assert to.startswith("/sign-in?next=%2Falerts&ended=")
    assert "set-cookie" not in answer.headers
    assert f'{COOKIE}=""' in form.headers["set-cookie"]
    assert f'{COOKIE}=""' not in late.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "foreign",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
async def test_no_other_site_signs_anybody_in(foreign: dict[str, str]) -> None:
    """Not even with a key that is valid."""
    async with console(Knowing()) as browser:
        answer = await sign_in(browser, OWN, **foreign)

    assert 403 == answer.status_code
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "x", "/sign-in", "/\n/"]
)
async def test_after_signing_in_one_stays_here(target: str) -> None:
    """Whatever the address says."""
    async with console(Knowing()) as browser:
        answer = await browser.post(
            f"/sign-in?next={quote(target, safe='')}", content=f"key={OWN}", headers=ORIGIN
        )

    assert "/" == answer.headers["location"]


async def test_a_guest_sees_what_the_guest_may(tmp_path: Path) -> None:
    """One click on this machine; the key may come later than the console."""
    fake = Knowing()
    async with console(fake, "guest") as browser:
        answer = await browser.get("/alerts")
    file = tmp_path / "key"
    guest = key_of_file(str(file))
    before = guest()
    file.write_text("dw_guest\n", "utf-8")

    assert 200 == answer.status_code
    assert {"Bearer guest"} == {request.headers["authorization"] for request in fake.requests}
    assert (None, "dw_guest") == (before, guest())


async def test_over_tls_the_cookie_stays_there() -> None:
    """Beyond loopback the console stands behind TLS."""
    async with console(Knowing(), secure=True) as browser:
        answer = await sign_in(browser, OWN)

    assert "Secure" in answer.headers["set-cookie"]


def test_a_guest_is_let_in_on_this_machine_alone() -> None:
    """A setting that would open it to everybody is refused."""
    ConsoleSettings(key="k" * 20, guest_key_file="file")
    ConsoleSettings(key="k" * 20, host="10.0.0.1", behind_tls=True)
    with pytest.raises(ValueError, match="guest would be let in"):
        ConsoleSettings(key="k" * 20, host="10.0.0.1", behind_tls=True, guest_key_file="file")
