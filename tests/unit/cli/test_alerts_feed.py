"""`dualwatch alerts feed`: page by page, filters with every page, what people wrote stays data."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.fake_services import FakeServices, run

FEED = "/v1/feeds/J%2F1"


def item(cursor: int, title: str = "超预算 / Over budget") -> dict[str, Any]:
    """Make an item as the feed gives it."""
    return {
        "cursor": cursor,
        "subject": "J/1/P",
        "title": title,
        "tags": ["raised", "red", "compliance", "over_budget"],
        "data": {"date": "2026-06-30", "alert": "a" * 32},
    }


def pages(request: httpx.Request) -> dict[str, Any]:
    """Give two pages, the first without anything that is wanted."""
    if request.url.params["cursor"] == "5":
        return {"items": [], "next_cursor": 9, "next_url": "more"}
    return {"items": [item(11), item(12, "a\nb\x1b[31m\u202e")], "next_cursor": 14}


def test_goes_on_over_pages_that_hold_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The filters go with every page; the cursor to go on from is told."""
    services = FakeServices()
    services.on("alerts", "GET", FEED, pages)
    asked = ("alerts", "feed", "J/1", "--cursor", "5", "--only", "severity=red")
    outcome = run(services, capsys, *asked, "--only", "severity=yellow", "--json")

    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert [11, 12] == [line["cursor"] for line in lines]
    assert ["5", "9"] == [request.url.params["cursor"] for request in services.requests]
    assert all(
        ["red", "yellow"] == request.url.params.get_list("severity")
        for request in services.requests
    )
    assert "--cursor 14" in outcome.err


def test_hostile_titles_stay_on_their_line(capsys: pytest.CaptureFixture[str]) -> None:
    """No line break, no escape sequence, no change of direction reaches the terminal."""
    services = FakeServices()
    services.on("alerts", "GET", FEED, pages)
    outcome = run(services, capsys, "alerts", "feed", "J/1")

    assert 2 == len(outcome.out.splitlines())
    assert not {"\x1b", "\u202e"} & set(outcome.out)


def test_a_filter_that_there_is_not_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is asked."""
    services = FakeServices()
    outcome = run(services, capsys, "alerts", "feed", "J", "--only", "colour=red")

    assert (2, []) == (outcome.exit_code, services.requests)
    assert "severity" in outcome.err
