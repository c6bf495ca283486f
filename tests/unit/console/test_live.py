"""News of open pages: the streams of services as one."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.console.fake_services import HOSTILE, PROJECT, FakeServices, console


@pytest.fixture
def fake() -> FakeServices:
    """Services that answer well."""
    return FakeServices()


def _stream(*events: str) -> httpx.Response:
    body = "".join(f"{event}\n\n" for event in events)
    return httpx.Response(200, text=body, headers={"content-type": "text/event-stream"})


def _streaming(name: str, *events: str) -> Any:
    """Answer where one stands, then with events, then with an end."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "text/event-stream" in request.headers["accept"]:
            return _stream(*events)
        return httpx.Response(200, json={"items": [], name: "5-5"})

    return answer


async def test_an_open_page_hears_of_news(
    fake: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all services in one stream, with how far each was read; others' words stay out."""
    monkeypatch.setattr("services.console.pages.shell.live.AGAIN_SECONDS", 0.0)
    row = json.dumps({"project_id": PROJECT, "project_name": HOSTILE})
    alert = json.dumps({"subject": "城/P/2"})
    fake.answers["analysis/v1/changes"] = _streaming(
        "cursor", f"id: 6-5\nevent: project_year\ndata: {row}"
    )
    fake.answers["alerts/v1/feeds/城"] = _streaming(
        "next_cursor", f"id: 8\nevent: alert\ndata: {alert}"
    )
    async with console(fake) as browser:
        everything = (await browser.get("/live?jurisdiction=城")).text
        one = (await browser.get("/live", params={"jurisdiction": "城", "project": "城/P/2"})).text

    frames = [frame for frame in everything.split("\n\n") if "event: news" in frame]
    said = json.loads(frames[0].rpartition("data: ")[2])
    assert "id: alerts.8~analysis.6-5" in everything
    assert "id: alerts.5-5~analysis.5-5\nevent: following" in everything
    assert {"alerts", "analysis"} == set(said["of"])
    assert [PROJECT, "城/P/2"] == said["projects"]
    assert HOSTILE not in everything
    assert PROJECT not in one.encode().decode("unicode_escape")


async def test_news_go_on_while_a_service_is_away(
    fake: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From where the page was told last."""
    monkeypatch.setattr("services.console.pages.shell.live.AGAIN_SECONDS", 0.0)
    fake.answers["alerts/v1/feeds/城"] = httpx.ConnectError("refused")
    row = json.dumps({"project_id": PROJECT})
    fake.answers["analysis/v1/changes"] = _streaming(
        "cursor", f"id: 7-5\nevent: project_year\ndata: {row}"
    )
    headers = {"last-event-id": "analysis.6-5~alerts.3"}
    async with console(fake) as browser:
        answer = (await browser.get("/live?jurisdiction=城", headers=headers)).text

    assert "event: news" in answer
    assert (
        "6-5"
        == next(one for one in fake.requests if one.url.path == "/v1/changes").url.params["cursor"]
    )


async def test_a_place_that_is_not_known_any_more_is_not_asked_for_again(
    fake: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed that was begun anew: the page is told to look again, and follows from now on."""
    monkeypatch.setattr("services.console.pages.shell.live.AGAIN_SECONDS", 0.0)
    refused = {"status": 409, "code": "cursor_ahead", "title": "The cursor is ahead of the feed"}

    def feed(request: httpx.Request) -> httpx.Response:
        if "text/event-stream" not in request.headers["accept"]:
            return httpx.Response(200, json={"items": [], "next_cursor": "2"})
        known = request.url.params["cursor"] == "2"
        return _stream() if known else httpx.Response(409, json=refused)

    fake.answers["alerts/v1/feeds/城"] = feed
    headers = {"last-event-id": "analysis.6-5~alerts.3000"}
    async with console(fake) as browser:
        answer = (await browser.get("/live?jurisdiction=城", headers=headers)).text

    asked = [one for one in fake.requests if one.url.path == "/v1/feeds/城"]
    streams = [one for one in asked if "text/event-stream" in one.headers["accept"]]
    said = [
        json.loads(part.rpartition("data: ")[2]) for part in answer.split("\n\n") if "news" in part
    ]
    assert "3000" == streams[0].url.params["cursor"]
    assert {"2"} == {one.url.params["cursor"] for one in streams[1:]}
    assert any("alerts" in one["of"] and one["more"] for one in said)
