"""`dualwatch subscriptions`: what is asked, what is printed, how it ends."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.fake_services import FakeServices, run

ONE: dict[str, Any] = {
    "subscription_id": "s1",
    "name": "Desk",
    "jurisdiction": "340700",
    "channel": "webhook",
    "address": "https://hooks.example.org/",
    "state": "active",
    "reason": None,
    "cursor": 7,
    "attempts_failed": 0,
    "version": 2,
}
PATH = "/v1/subscriptions/s1"


@pytest.fixture
def services() -> FakeServices:
    """Services that know nothing yet."""
    return FakeServices()


def delivery(status: str) -> dict[str, Any]:
    """Make a line of the log."""
    attempt = {"status": 500, "error": None, "duration_ms": 3, "outcome": "failed"}
    return {
        "delivery_id": "s1_t1",
        "kind": "test",
        "status": status,
        "tries": 1,
        "updated": "2026-07-01T00:00:00.000Z",
        "note": None,
        "attempts": [attempt],
        "entries": [],
    }


def test_a_subscription_is_made_of_its_options(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """The channel follows from the address; the secret is printed this once."""
    services.on("alerts", "POST", "/v1/subscriptions", {**ONE, "secret": "whsec_x"})
    options = ("--rule", "over_budget", "--kind", "raised", "--severity-at-least", "yellow")
    made = run(services, capsys, "subscriptions", "create", "340700", ONE["address"], *options)
    run(services, capsys, "subscriptions", "create", "340700", "li@example.cn", "--window", "60")
    webhook, mail = (json.loads(sent.content) for sent in services.asked("/v1/subscriptions"))
    keys = {sent.headers["idempotency-key"] for sent in services.asked("/v1/subscriptions")}

    assert "whsec_x" in made.out
    assert "not shown again" in made.err
    assert {
        "rules": ["over_budget"],
        "kinds": ["raised"],
        "severity_at_least": "yellow",
        "muted": False,
    } == webhook["filter"]
    assert ("webhook", "email", 60) == (
        webhook["channel"],
        mail["channel"],
        mail["window_seconds"],
    )
    assert 2 == len(keys)


def test_changes_go_by_version(services: FakeServices, capsys: pytest.CaptureFixture[str]) -> None:
    """A stale one is refused and said."""
    stale = {"code": "stale_version", "title": "It was changed since you read it"}
    services.on("alerts", "PATCH", PATH, httpx.Response(409, json=stale))
    refused = run(services, capsys, "subscriptions", "pause", "s1", "--version", "2")
    services.on("alerts", "PATCH", PATH, ONE)
    run(services, capsys, "subscriptions", "resume", "s1", "--after", "3")
    first, second = services.asked(PATH)

    assert (3, '"2"') == (refused.exit_code, first.headers["if-match"])
    assert "changed since" in refused.err
    assert {"state": "active", "after": 3} == json.loads(second.content)
    assert "if-match" not in second.headers


@pytest.mark.parametrize(("status", "code"), [("delivered", 0), ("failed", 1)])
def test_a_test_says_whether_it_arrived(
    services: FakeServices, capsys: pytest.CaptureFixture[str], status: str, code: int
) -> None:
    """By exit code and by the line of the log."""
    services.on("alerts", "POST", f"{PATH}/test", {"delivery_id": "s1_t1", "status": "asked"})
    found = {"items": [delivery(status)], "next": None}
    services.on("alerts", "GET", f"{PATH}/deliveries", found)
    ended = run(services, capsys, "subscriptions", "test", "s1")

    assert code == ended.exit_code
    assert status in ended.out


def test_logs_are_read_and_deliveries_sent_again(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what the receiver answered."""
    services.on(
        "alerts", "GET", f"{PATH}/deliveries", {"items": [delivery("failed")], "next": None}
    )
    again = f"{PATH}/deliveries/s1_7/replay"
    services.on("alerts", "POST", again, {"delivery_id": "s1_7", "status": "asked"})
    services.on("alerts", "DELETE", PATH, httpx.Response(204))
    listed = run(services, capsys, "subscriptions", "deliveries", "s1", "--status", "failed")
    replayed = run(services, capsys, "subscriptions", "replay", "s1", "s1_7")
    removed = run(services, capsys, "subscriptions", "remove", "s1")

    assert "500" in listed.out
    assert "asked" in replayed.out
    assert [0, 0, 0] == [one.exit_code for one in (listed, replayed, removed)]
