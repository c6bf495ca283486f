"""Lines: written from a level on that holds per module, and masked whatever they say."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

import httpx
import msgspec
import pytest
import structlog
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from services.chassis import log as logs
from services.chassis import log_levels, problems
from services.chassis.identity import Principal, deployment
from services.chassis.log import (
    MASK,
    VALUE_LENGTH_MAX,
    ModuleLogger,
    configure,
    get_logger,
    masked,
)
from services.chassis.log_levels import FOR_SECONDS_MAX, MODULES_MAX, LevelForm, Levels
from services.chassis.settings_observing import LogSettings

MODULES = ("services", "services.one", "services.one.part", "deploy", "contracts")


@pytest.fixture
def _own_logs() -> Iterator[None]:
    root = logging.getLogger()  # noqa: TID251 - the test puts back what it changes
    before, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = before, level
    for name in MODULES:
        logging.getLogger(name).setLevel(logging.NOTSET)  # noqa: TID251 - as above
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def written(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Name the events that were written since."""
    return [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]


@pytest.mark.usefixtures("_own_logs")
def test_a_module_has_a_level_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """It holds for what is below it, from the next line on, and is taken back."""
    configure("own", LogSettings(format="json", levels="services.one=debug"))
    one, other = get_logger("services.one.part"), get_logger("services.other")
    one.debug("seen")
    other.debug("unseen")
    assert logs.is_debugging("services.one.part")
    assert not logs.is_debugging("services.other")
    logs.set_level("services.one", None)
    one.debug("unseen")
    one.info("seen_too")

    assert ["seen", "seen_too"] == written(capsys)


@pytest.mark.usefixtures("_own_logs")
def test_libraries_are_never_debugged(capsys: pytest.CaptureFixture[str]) -> None:
    """Their lines hold headers and payloads."""
    configure("own", LogSettings(format="json", level="debug"))
    for name in ("httpcore", "pymongo.command", "a_library"):
        library = logging.getLogger(name)  # noqa: TID251 - a library's
        library.debug("Authorization: Bearer something")
        library.info("GET /v1/events")
    get_logger("services.one").debug("ours")

    assert ["ours"] == written(capsys)


def test_a_line_below_the_level_costs_a_look() -> None:
    """Nothing is bound, rendered or proxied for it."""

    class Closed:
        """A logger that writes nothing below a warning."""

        asked = 0

        def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the library's name
            """Count the looks."""
            self.asked += 1
            return level >= logging.WARNING

    closed = Closed()
    logger = ModuleLogger(closed, [lambda *_: pytest.fail("rendered")], {})
    logger.debug("unseen", number=1)
    logger.info("unseen")

    assert 2 == closed.asked


@pytest.mark.parametrize(
    "secret",
    [
        "dw_0123456789abcdef_" + "aB3-_" * 8 + "abc",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
        "dwa_eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
        "6222021234567890123",
        "0200001009014447720",
        "6222 0212 3456 7890 123",
        "11010119900307123X",
    ],
)
def test_what_looks_like_a_secret_is_masked(secret: str) -> None:
    """Keys, tokens, webhooks' secrets, numbers of accounts and of people."""
    for text in (f"it was {secret}.", f'{{"reason": "{secret}"}}', f"={secret},"):
        assert secret not in masked(text)
        assert MASK in masked(text)


@pytest.mark.parametrize(
    "plain",
    [
        "610100/P1#12 at 1764489600123 ms",
        "610100/610100210060100000001 is not known",
        "position 123456789012",
        "c0ffee0123456789012345678901234567890123",
        "2026-11-30T07:19:05.123456Z",
        "12-40-7-0",
        "01890a5d-ac96-774b-bcce-b302099a8057",
    ],
)
def test_what_is_needed_to_find_a_cause_stays(plain: str) -> None:
    """Positions, moments, hashes, cuts and ids are no account numbers."""
    assert plain == masked(plain)


def test_passwords_in_addresses_and_secrets_of_this_process_are_masked() -> None:
    """To the letter, for nobody can tell by its look what a password is."""
    logs.hide("a deployment's own key", "short")

    said = masked("mongodb://alerts:pass:word@db-1/?replicaSet=rs0 a deployment's own key, short")

    assert f"mongodb://{MASK}@db-1/?replicaSet=rs0 {MASK}, short" == said


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.usefixtures("_own_logs")
def test_no_spelling_gives_a_secret_away(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"]
) -> None:
    """In an error's words, an address or JSON; in one of many lines; where a long value is cut."""
    secret = 'ab"cd\\ef é/12'
    logs.hide(secret)
    configure("own", LogSettings(format=form))
    long = f"{'x' * (VALUE_LENGTH_MAX // 2 - 6)}{secret}{'x' * VALUE_LENGTH_MAX}"
    for value in (secret, repr(ValueError(secret)), f"://me@db/{quote(secret)}", f"a\n{secret}\nb"):
        get_logger("services.one").error("seen", reason=value)
    get_logger("services.one").error("seen", reason=long)

    said = capsys.readouterr().err
    assert 5 == said.count(MASK)
    assert not any(part in said for part in ("cd", "ef", "é", "%C3%A9"))


class Clock:
    """A clock that is put forward."""

    seconds = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.seconds


def test_levels_end_by_themselves() -> None:
    """Back to what the settings say, not to nothing."""
    applied: list[tuple[str, str | None]] = []
    clock = Clock()
    settings = LogSettings(levels="services.one=warning")
    levels = Levels(settings, lambda *told: applied.append(told), clock)
    levels.put(LevelForm(module="services.one", level="debug", seconds=60))
    levels.put(LevelForm(module="services.two", level="debug", seconds=10))
    clock.seconds += 30
    over = levels.expire()

    assert ["services.two"] == over
    assert {"services.one": {"level": "debug", "seconds": 30}} == levels.shown()["set"]
    levels.put(LevelForm(module="services.one"))
    assert ("services.two", None) in applied
    assert ("services.one", "warning") == applied[-1]


def test_every_module_of_ours_goes_back_to_the_settings_level() -> None:
    """Not to the root's, which is for libraries."""
    applied: dict[str, str | None] = {}
    clock = Clock()
    levels = Levels(LogSettings(level="info"), applied.__setitem__, clock)
    for module in logs.OURS:
        levels.put(LevelForm(module=module, level="debug", seconds=1))
    clock.seconds += 2
    levels.expire()

    assert dict.fromkeys(logs.OURS, "info") == applied


async def test_a_level_that_is_set_again_has_one_timer() -> None:
    """However often somebody sets it, and none once it is taken back."""
    levels = Levels(LogSettings(), lambda *_: None, Clock())
    loop = asyncio.get_running_loop()
    before = len(scheduled(loop))
    for _ in range(5):
        log_levels.change(levels, LevelForm(module="services.one", level="debug"), "o")
    once = len(scheduled(loop))
    log_levels.change(levels, LevelForm(module="services.one"), "o")

    assert (before + 1, before) == (once, len(scheduled(loop)))


def scheduled(loop: asyncio.AbstractEventLoop) -> list[asyncio.TimerHandle]:
    """Give the timers that would still fire."""
    return [timer for timer in getattr(loop, "_scheduled", ()) if not timer.cancelled()]


def served(levels: Levels, principal: Principal) -> httpx.AsyncClient:
    """Make a client of an app with the routes, who asks as a principal."""
    app = FastAPI()
    problems.install(app)
    app.include_router(log_levels.router(levels))

    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["principal"] = principal
        await app(scope, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(known), base_url="http://own")


async def test_an_operator_of_some_jurisdictions_sets_no_levels() -> None:
    """A process works for all; but it may look."""
    levels = Levels(LogSettings(), lambda *_: None, Clock())
    part = msgspec.structs.replace(deployment(), jurisdictions=frozenset({"610100"}))
    async with served(levels, part) as http:
        refused = await http.put("/v1/log-levels", json={"module": "services.a", "level": "debug"})
        shown = await http.get("/v1/log-levels")

    assert (403, "whole_deployment_only") == (refused.status_code, refused.json()["code"])
    assert (200, {}) == (shown.status_code, shown.json()["set"])


async def test_levels_over_http() -> None:
    """Only modules of ours, only levels there are, never for ever, and not many at once."""
    levels = Levels(LogSettings(), lambda *_: None, Clock())
    async with served(levels, deployment()) as http:
        wrong = [
            await http.put("/v1/log-levels", json={"module": "services.one", **more})
            for more in (
                {"module": "pymongo", "level": "debug"},
                {"level": "all"},
                {"level": "debug", "seconds": FOR_SECONDS_MAX + 1},
            )
        ]
        right = await http.put("/v1/log-levels", json={"module": "services.one", "level": "debug"})
        for number in range(1, MODULES_MAX):
            levels.put(LevelForm(module=f"services.m{number}", level="debug"))
        full = await http.put("/v1/log-levels", json={"module": "services.x", "level": "debug"})
        back = await http.put("/v1/log-levels", json={"module": "services.one"})
        shown = await http.get("/v1/log-levels")

    assert [422] * 3 == [answer.status_code for answer in wrong]
    assert {"level": "debug", "seconds": 600} == right.json()["set"]["services.one"]
    assert (422, 200) == (full.status_code, back.status_code)
    assert "services.one" not in shown.json()["set"]
