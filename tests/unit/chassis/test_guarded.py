"""Every answer of every service carries the headers that keep browsers and caches out."""

import contextlib
import importlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from contracts.vocabulary import PrincipalKind, Role
from services.chassis import clock
from services.chassis.guarded import HEADERS
from services.chassis.identity import Key, Principal
from services.chassis.identity_keys import (
    OPEN_PATHS,
    UNSUBSCRIBE,
    Directory,
    IdentityMiddleware,
    draw,
)
from services.chassis.limits import PRINCIPALS_MAX, RequestLimit
from services.chassis.observed import ObservedMiddleware
from services.cli.settings_list import settings_classes

SERVICES: Final = ("intake", "analysis", "alerts", "reporting")
KEY: Final = "a key of sufficient length"


@contextlib.contextmanager
def app_of(service: str) -> Iterator[FastAPI]:
    """Put a service together; its app is not started, and what a question connected is closed."""
    settings = settings_classes()[service](key=KEY)
    made = importlib.import_module(f"services.{service}.app").create_app(settings)
    with contextlib.closing(made.mongo):
        yield made.app


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Yield method and address of every route; readiness would wait for what is not there."""
    for path, methods in app.openapi()["paths"].items():
        yield from ((method.upper(), path) for method in methods)
    yield from (("GET", path) for path in sorted(OPEN_PATHS - {"/readyz", UNSUBSCRIBE}))


def client_of(app: Any) -> httpx.AsyncClient:
    """Ask an app as if over HTTP."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://own")


def lacking(answer: httpx.Response) -> list[str]:
    """Name the headers that an answer lacks."""
    return [name.decode() for name, _ in HEADERS if name.decode() not in answer.headers]


@pytest.mark.parametrize("service", SERVICES)
async def test_no_route_answers_without_them(service: str) -> None:
    """Over the route table: refused for want of a key, or open to all."""
    found, wrong = 0, []
    with app_of(service) as app:
        async with client_of(app) as http:
            for method, path in [*routes_of(app), ("GET", "/nowhere")]:
                answer = await http.request(method, path)
                found += 1
                wrong += [f"{method} {path}: {name}" for name in lacking(answer)]
                assert path in OPEN_PATHS or answer.status_code == 401, (method, path)

    assert [] == wrong
    assert found > 12


async def _parts() -> AsyncIterator[bytes]:
    yield b"one"
    yield b"two"


async def test_neither_failures_nor_streams_lack_them() -> None:
    """A route's own word stays: what may be kept says so itself."""
    app = FastAPI()

    @app.get("/kept")
    async def kept() -> StreamingResponse:
        return StreamingResponse(_parts(), headers={"Cache-Control": "max-age=60"})

    @app.get("/fails")
    async def fails() -> None:
        raise ZeroDivisionError

    async with client_of(ObservedMiddleware(app)) as http:
        answers = [await http.get(path) for path in ("/kept", "/fails", "/none")]

    assert [200, 500, 404] == [answer.status_code for answer in answers]
    assert [[], [], []] == [lacking(answer) for answer in answers]
    assert ["max-age=60", "no-store", "no-store"] == [
        answer.headers["cache-control"] for answer in answers
    ]
    assert "ZeroDivision" not in answers[1].text


def test_a_principal_that_asks_too_often_has_to_wait() -> None:
    """Each has a bucket of its own, which fills again; the deployment has none."""
    limit = RequestLimit(per_second=2.0, burst=3)
    taken = [limit.wait("a", 100.0) for _ in range(4)]

    assert [0.0, 0.0, 0.0, 0.5] == taken
    assert 0.0 == limit.wait("b", 100.0)
    assert 0.0 == limit.wait("a", 100.5)
    assert not any(limit.wait("deployment", 100.0) for _ in range(10))


@pytest.mark.moves("dualwatch_http_limited_total")
async def test_who_has_to_wait_is_told_how_long() -> None:
    """429 before anything of the request is read, with the seconds to come back in."""
    directory = Directory(KEY)
    drawn = draw()
    key = Key(drawn.key_id, drawn.sha256, clock.now())
    directory.put(Principal("a", PrincipalKind.STAFF, frozenset({Role.AUDITOR}), keys=(key,)))
    app = FastAPI()
    guarded = IdentityMiddleware(app, directory, [], RequestLimit(per_second=0.1, burst=1))
    async with client_of(guarded) as http:
        headers = {"authorization": f"Bearer {drawn.secret}"}
        answers = [await http.get("/v1/none", headers=headers) for _ in range(2)]
        own = await http.get("/v1/none", headers={"authorization": f"Bearer {KEY}"})

    assert [404, 429, 404] == [answer.status_code for answer in (*answers, own)]
    assert 1 <= int(answers[1].headers["retry-after"]) <= 10
    assert "too_many_requests" == answers[1].json()["code"]
    assert answers[1].json()["hint_zh"]


def test_buckets_are_few() -> None:
    """The longest silent are forgotten first: theirs are full."""
    limit = RequestLimit(per_second=1.0, burst=1)
    limit.wait("first", 0.0)
    for number in range(PRINCIPALS_MAX):
        limit.wait(f"p{number}", 0.0)

    assert 0.0 == limit.wait("first", 0.0)
    assert limit.wait(f"p{PRINCIPALS_MAX - 1}", 0.0) > 0


async def test_over_tls_a_browser_comes_in_the_clear_no_more() -> None:
    """HSTS for a year, where we encrypt ourselves; in the clear it would be ignored anyway."""
    app = FastAPI()
    async with client_of(ObservedMiddleware(app, tls=True)) as http:
        over_tls = await http.get("/none")
    async with client_of(ObservedMiddleware(app)) as http:
        in_the_clear = await http.get("/none")

    assert "max-age=31536000" == over_tls.headers["strict-transport-security"]
    assert "strict-transport-security" not in in_the_clear.headers


@pytest.mark.parametrize("service", SERVICES)
async def test_no_other_origin_is_let_in(service: str) -> None:
    """No CORS anywhere: a foreign page may send, and reads nothing. TRACE is not known."""
    foreign = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "PUT"}
    with app_of(service) as app:
        async with client_of(app) as http:
            asked = await http.options("/v1/position", headers=foreign)
            looked = await http.get("/livez", headers=foreign)
            traced = await http.request("TRACE", "/livez")

    for answer in (asked, looked, traced):
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert (401, 405) == (asked.status_code, traced.status_code)
