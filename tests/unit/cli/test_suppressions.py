"""`dualwatch suppressions`: what is asked, what is printed, how it ends."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.fake_services import FakeServices, run

PATH = "/v1/suppressions"
ONE: dict[str, Any] = {
    "suppression_id": "s1",
    "jurisdiction": "340700",
    "matcher": {"rule": "over_budget"},
    "reason": "audit",
    "author": "li",
    "from": "2026-06-01",
    "until": "2026-06-30",
    "state": "active",
    "ended_on": None,
    "ended_by": None,
}


@pytest.fixture
def services() -> FakeServices:
    """Services that know nothing yet."""
    return FakeServices()


def test_a_suppression_is_made_of_its_options(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its reason and its last day; each time under a key of its own."""
    services.on("alerts", "POST", PATH, ONE)
    options = ("--rule", "over_budget", "--aspect", "compliance", "--organisation", "U-1")
    words = ("--reason", "audit", "--until", "2026-06-30")
    made = run(services, capsys, "suppressions", "add", "340700", *options, *words)
    run(services, capsys, "suppressions", "add", "340700", *options, *words)
    first, second = services.asked(PATH)

    assert "s1" in made.out
    assert {
        "jurisdiction": "340700",
        "matcher": {
            "rule": "over_budget",
            "aspect": "compliance",
            "organisation": "U-1",
            "severity_at_most": "red",
        },
        "reason": "audit",
        "until": "2026-06-30",
        "note": "",
    } == json.loads(first.content)
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


def test_a_preview_counts_and_lists(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alerts on stdout, their number on stderr."""
    hit = {"alert_id": "a1", "severity": "red", "rule_id": "over_budget", "project_id": "340700/P"}
    found = {"total": 1, "by_severity": {"info": 0, "yellow": 0, "red": 1}, "items": [hit]}
    services.on("alerts", "POST", f"{PATH}/preview", found)
    shown = run(services, capsys, "suppressions", "preview", "340700", "--rule", "over_budget")
    as_json = run(
        services, capsys, "suppressions", "preview", "340700", "--scope", "line", "--json"
    )

    assert "a1" in shown.out
    assert "1 open alerts: 0 info, 0 yellow, 1 red" in shown.err
    assert 1 == json.loads(as_json.out)["total"]


def test_lists_and_ends(services: FakeServices, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal is said, with its exit code."""
    services.on("alerts", "GET", PATH, {"items": [ONE], "next": None})
    services.on("alerts", "DELETE", f"{PATH}/s1", {**ONE, "state": "ended"})
    gone = {"code": "unknown_suppression", "title": "Not found", "detail": "There is none."}
    services.on("alerts", "DELETE", f"{PATH}/s2", httpx.Response(404, json=gone))
    listed = run(services, capsys, "suppressions", "list", "--state", "all", "--json")
    ended = run(services, capsys, "suppressions", "end", "s1")
    refused = run(services, capsys, "suppressions", "end", "s2")

    assert ["s1"] == [item["suppression_id"] for item in json.loads(listed.out)]
    assert (0, True) == (ended.exit_code, "ended" in ended.out)
    assert (False, True) == (refused.exit_code == 0, "There is none" in refused.err)
