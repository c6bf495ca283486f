"""Errors in browsers: counted by kind, and nothing of what a page holds is kept."""

import pytest

from services.chassis.metrics import REGISTRY
from tests.support.html import Page
from tests.unit.console.fake_services import FakeServices, console

COUNTED = "dualwatch_console_client_errors_total"


def counted(kind: str) -> float:
    """Read how many were counted."""
    return REGISTRY.get_sample_value(COUNTED, {"kind": kind}) or 0.0


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ({"kind": "error", "place": "/static/shell.js:12"}, "error"),
        ({"kind": "rejection"}, "rejection"),
        ({"kind": "blocked", "place": "/projects/秘密"}, "blocked"),
        ({"kind": "张三"}, "other"),
        ({}, "other"),
    ],
)
async def test_what_goes_wrong_in_a_browser_is_counted(sent: dict[str, str], kind: str) -> None:
    """A kind that we do not know is counted as another."""
    before = counted(kind)
    async with console(FakeServices()) as browser:
        answer = await browser.post("/client-errors", data=sent)

    assert 204 == answer.status_code
    assert 1 == counted(kind) - before


async def test_only_places_in_our_own_scripts_are_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever else is sent may be what a person typed."""
    async with console(FakeServices()) as browser:
        for place in ("/static/shell.js:12", "/static/../etc:1", "a person's words"):
            await browser.post("/client-errors", data={"kind": "error", "place": place})
    said = capsys.readouterr()
    lines = [line for line in (said.out + said.err).splitlines() if "client_error" in line]

    assert 3 == len(lines)
    assert ["/static/shell.js:12" in line for line in lines] == [True, False, False]
    assert not [line for line in lines if "etc" in line or "words" in line]


async def test_what_is_too_long_is_refused() -> None:
    """Nobody fills memory with it."""
    async with console(FakeServices()) as browser:
        answer = await browser.post("/client-errors", data={"kind": "error", "place": "x" * 2_000})

    assert 413 == answer.status_code


async def test_every_page_tells_of_its_errors() -> None:
    """The script comes before all others."""
    async with console(FakeServices()) as browser:
        page = Page((await browser.get("/")).text)
    scripts = [script.get("src", "") for script in page.select("//head/script")]

    assert scripts[0].startswith("/static/errors.js")
