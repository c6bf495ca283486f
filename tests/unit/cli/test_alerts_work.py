"""`dualwatch alerts` as people work: what is sent, what is shown, what ends badly."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.fake_services import FakeServices, Outcome, problem, run

PDF = b"%PDF-1.4\n"
SHA = "a" * 64
FILE = {"sha256": SHA, "name": "a.pdf", "media_type": "application/pdf", "bytes": 9}
WORK = {
    "level": "unit", "acknowledged_by": "li", "assignee": "li", "comments": 2,
    "explanation": {"reason": "other", "text": "[bold]why", "evidence": [FILE], "areas": ["other"]},
    "measures": [
        {"plan": {"measure": "1", "text": "二次招标", "owner": "U", "due": "2026-07-15"},
         "taken": {"measure": "1", "taken_on": "2026-07-01"}},
        {"plan": {"measure": "2", "text": "x", "owner": "U", "due": "2026-07-15"}, "taken": None},
    ],
}  # fmt: skip
ALERT: dict[str, Any] = {
    "alert_id": "x", "rule_id": "over_budget", "article": "10", "severity": "red",
    "state": "open", "title_zh": "超预算开支", "title_en": "Over budget", "project_id": "J/P-1",
    "facts": [{"name": "finding.amount", "value": "1000.00"}], "version": 4, "work": WORK,
}  # fmt: skip
HISTORY = [
    {"version": 1, "kind": "raised", "by": None, "detail": None},
    {"version": 2, "kind": "commented", "by": "li", "detail": {"note": "[red]seen"}},
]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    """Services behind a client whose pauses pass at once."""
    pauses: list[float] = []
    monkeypatch.setattr("services.cli.client._pause", pauses.append)
    monkeypatch.setattr("services.cli.client._monotonic", lambda: sum(pauses))
    found = FakeServices()
    found.on("alerts", "GET", "/v1/alerts/x", ALERT)
    found.on("alerts", "GET", "/v1/alerts/x/history", {"items": HISTORY, "next": None})
    return found


def send(
    services: FakeServices, capsys: pytest.CaptureFixture[str], step: str, *words: str
) -> tuple[dict[str, Any], httpx.Request, Outcome]:
    """Send a step of alert x; give the body that was sent."""
    services.on("alerts", "POST", f"/v1/alerts/x/{step}", ALERT)
    outcome = run(services, capsys, "alerts", step, "x", *words)
    assert 0 == outcome.exit_code, outcome.err
    request = services.requests[-1]
    return json.loads(request.content), request, outcome


@pytest.mark.parametrize(
    ("step", "words", "body"),
    [
        ("acknowledge", (), {"note": ""}),
        ("assign", ("--to", "wang"), {"assignee": "wang", "note": ""}),
        ("assign", ("--to", "nobody", "--note", "n"), {"assignee": None, "note": "n"}),
        ("comment", ("看过",), {"note": "看过"}),
        (
            "explain",
            ("--reason", "policy_change", "--objective", "--text", "t", "--area", "funding"),
            {"areas": ["funding"], "reason": "policy_change", "objective": True, "text": "t"},
        ),
        (
            "plan",
            ("--measure", "1", "--text", "t", "--owner", "U", "--due", "2026-07-15"),
            {"measure": "1", "text": "t", "owner": "U", "due": "2026-07-15"},
        ),
        (
            "take",
            ("--measure", "1", "--on", "2026-07-01"),
            {"measure": "1", "taken_on": "2026-07-01", "note": ""},
        ),
        ("urge", ("--note", "n"), {"note": "n"}),
        ("review", ("--outcome", "returned", "--note", "n"), {"outcome": "returned", "note": "n"}),
        ("close", ("--ground", "corrected", "--note", "n"), {"ground": "corrected", "note": "n"}),
    ],
)
def test_each_step_sends_its_form(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    step: str,
    words: tuple[str, ...],
    body: dict[str, Any],
) -> None:
    """With a key of its own, and a version only if one is named."""
    sent, request, outcome = send(services, capsys, step, *words, "--json")
    _, second, _ = send(services, capsys, step, *words, "--if-version", "4", "--key", "k")

    assert (body, ALERT) == (sent, outcome.json)
    assert "if-match" not in request.headers
    assert ('"4"', "k") == (second.headers["if-match"], second.headers["idempotency-key"])
    assert request.headers["idempotency-key"] not in {"", "k"}


def test_a_command_is_repeated_under_its_key_while_the_service_is_away(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that it is carried out once."""
    away, busy = httpx.ConnectError("refused"), problem(503, "alert_busy")
    services.on("alerts", "POST", "/v1/alerts/x/acknowledge", away, busy, ALERT)
    outcome = run(services, capsys, "alerts", "acknowledge", "x")

    assert (0, "acknowledge: done, version 4") == (
        outcome.exit_code,
        outcome.err.strip().splitlines()[-1],
    )
    assert 3 == len(services.requests)
    assert 1 == len({request.headers["idempotency-key"] for request in services.requests})


def test_evidence_is_uploaded_or_looked_up(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file becomes its hash; a hash must be one of the project's."""
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    services.on("intake", "POST", "/v1/evidence", {**FILE, "sha256": "b" * 64})
    services.on("intake", "GET", "/v1/evidence", {"items": [{**FILE, "by": "li", "at": "now"}]})
    words = ("--reason", "other", "--not-objective", "--text", "t")
    sent, _, _ = send(
        services, capsys, "explain", *words, "--evidence", str(path), "--evidence", SHA
    )
    unknown = run(services, capsys, "alerts", "explain", "x", *words, "--evidence", "c" * 64)
    missing = run(services, capsys, "alerts", "explain", "x", *words, "--evidence", "/no/file")

    assert [{**FILE, "sha256": "b" * 64}, FILE] == sent["evidence"]
    assert (3, 2) == (unknown.exit_code, missing.exit_code)
    assert "no evidence cccc" in unknown.err


def test_several_alerts_are_sent_at_once(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was refused is told beside the rest, and fails the command."""
    refused = {"alert_id": "y", "status": 409, "problem": {"title": "The alert has ended"}}
    items = [{"alert_id": "x", "status": 200, "version": 2}, refused]
    services.on("alerts", "POST", "/v1/alerts/bulk", {"items": items})
    outcome = run(services, capsys, "alerts", "assign", "x", "y", "--to", "me")
    sent = json.loads(services.requests[-1].content)
    wrong = run(services, capsys, "alerts", "assign", "x", "y", "--to", "me", "--if-version", "1")

    assert {"step": "assign", "alerts": ["x", "y"], "assignee": "me", "note": ""} == sent
    assert 3 == outcome.exit_code
    assert "The alert has ended" in outcome.out
    assert "1 of 2 alerts were refused" in outcome.err
    assert 2 == wrong.exit_code


def test_people_see_figures_rule_work_and_history(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """What somebody wrote is data, never markup."""
    shown = run(services, capsys, "alerts", "show", "x").out
    told = run(services, capsys, "alerts", "history", "x").out

    for said in ("超预算开支", "over_budget", "finding.amount", "二次招标", "2026-07-01", "a.pdf"):
        assert said in shown
    assert "[bold]why" in shown
    for text in (shown, told):
        assert "[red]seen" in text
    assert HISTORY == run(services, capsys, "alerts", "history", "x", "--json").json


def test_tasks_are_counted_and_listed(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counts on stderr for people, all of it for scripts."""
    page = {
        "counts": {"assigned": 0, "to_explain": 1},
        "items": [{"task": "to_explain", "alert": ALERT}],
        "next": None,
    }
    services.on("alerts", "GET", "/v1/tasks", page)
    outcome = run(services, capsys, "alerts", "tasks", "--jurisdiction", "J")
    found = run(services, capsys, "alerts", "tasks", "--json").json

    assert "0 assigned, 1 to explain" in outcome.err
    assert "to_explain" in outcome.out
    assert {name: page[name] for name in ("counts", "items")} == found
    assert "J" == services.asked("/v1/tasks")[0].url.params["jurisdiction"]


def test_a_refusal_is_told_in_words(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """With where and what to do."""
    refusal = problem(409, "urged_today", "once a day", hint="Urge again tomorrow.")
    services.on("alerts", "POST", "/v1/alerts/x/urge", refusal)
    outcome = run(services, capsys, "alerts", "urge", "x")

    assert 3 == outcome.exit_code
    assert "once a day" in outcome.err
    assert "Urge again tomorrow." in outcome.err
