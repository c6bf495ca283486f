"""`dualwatch quarantine` and `dualwatch evidence`: what is asked, what is printed, how it ends."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.fake_services import FakeServices, run

ENTRY: dict[str, Any] = {
    "id": "q",
    "state": "open",
    "reason": "conflict",
    "problem": {"pointer": "/id", "detail": "taken"},
    "original_base64": base64.b64encode(b'{"id":1}').decode(),
    "edited": None,
    "diff": [],
}


@pytest.fixture
def services() -> FakeServices:
    """Services that know nothing yet."""
    return FakeServices()


def test_a_list_is_filtered_and_shows_what_is_open(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """All filters go to the service; an age becomes a moment."""
    services.on("intake", "GET", "/v1/quarantine", {"items": [ENTRY], "next": None})
    run(services, capsys, "quarantine", "list", "--reason", "conflict", "--older-than", "7d")
    run(services, capsys, "quarantine", "list", "--state", "all")
    filtered, everything = services.asked("/v1/quarantine")

    assert {"reason": "conflict", "state": "open"}.items() <= dict(filtered.url.params).items()
    assert "T" in filtered.url.params["before"]
    assert "state" not in everything.url.params


def test_an_event_is_printed_to_be_edited_and_sent_back(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The bytes alone; the fix is shown field by field."""
    change = {"pointer": "/data/amount", "before": '"1"', "after": '"1.00"'}
    services.on("intake", "GET", "/v1/quarantine/q", ENTRY)
    services.on("intake", "PUT", "/v1/quarantine/q/event", {**ENTRY, "diff": [change]})
    file = tmp_path / "event.json"
    file.write_bytes(b'{"id":2}')

    assert '{"id":1}\n' == run(services, capsys, "quarantine", "show", "q", "--event").out
    assert "/data/amount" in run(services, capsys, "quarantine", "fix", "q", str(file)).out
    [sent] = services.asked("/v1/quarantine/q/event")
    assert b'{"id":2}' == sent.content
    assert 2 == run(services, capsys, "quarantine", "fix", "q", str(tmp_path / "no")).exit_code


def test_entries_are_released_and_discarded(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refusal ends the command and says why."""
    problem = {"code": "override_needed", "title": "The ledger would refuse it again"}
    services.on("intake", "POST", "/v1/quarantine/q/release", httpx.Response(409, json=problem))
    services.on("intake", "POST", "/v1/quarantine/q/discard", {**ENTRY, "state": "discarded"})
    refused = run(services, capsys, "quarantine", "release", "q", "--override", "--note", "x")
    done = run(services, capsys, "quarantine", "discard", "q", "--note", "twice", "--json")
    [release] = services.asked("/v1/quarantine/q/release")
    [discard] = services.asked("/v1/quarantine/q/discard")

    assert (3, True) == (refused.exit_code, "would refuse it again" in refused.err)
    assert {"override": True, "note": "x"} == json.loads(release.content)
    assert {"reason": "twice"} == json.loads(discard.content)
    assert "discarded" == done.json[0]["state"]
    assert 2 == run(services, capsys, "quarantine", "discard", "q").exit_code


def _page(done: int, left: int, refused: int = 0) -> dict[str, Any]:
    return {"done": done, "left": left, "refused": refused, "pending": 0, "refusals": []}


def test_many_go_page_by_page_until_nothing_moves(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counted first; what stays open is exit code 1."""
    counted = {"matched": 7, "codes": {"unknown_jurisdiction": 7}, "dry_run": True}
    services.on(
        "intake", "POST", "/v1/quarantine/bulk", counted, _page(5, 2), _page(1, 1), _page(0, 1, 1)
    )
    words = ("quarantine", "bulk", "release", "--jurisdiction", "610100")
    dry = run(services, capsys, *words)
    wet = run(services, capsys, *words, "--yes", "--json")
    bodies = [json.loads(asked.content) for asked in services.asked("/v1/quarantine/bulk")]

    assert "unknown_jurisdiction" in dry.out
    assert [True, False, False, False] == [body["dry_run"] for body in bodies]
    assert {"jurisdiction": "610100"} == bodies[0]["filters"]
    assert (1, 6) == (wet.exit_code, wet.json["done"])


def test_a_file_goes_up_and_comes_back_checked(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What comes back must be what it is called."""
    file = tmp_path / "验收.pdf"
    file.write_bytes(b"%PDF-")
    name = hashlib.sha256(b"%PDF-").hexdigest()
    stored = {"sha256": name, "name": "验收.pdf", "media_type": "application/pdf", "bytes": 5}
    services.on("intake", "POST", "/v1/evidence", stored)
    right, wrong = httpx.Response(200, content=b"%PDF-"), httpx.Response(200, content=b"else")
    services.on("intake", "GET", f"/v1/evidence/{name}", right, wrong)
    out = tmp_path / "out.pdf"
    put = run(services, capsys, "evidence", "put", "610100/P1", str(file), "--json")
    got = run(services, capsys, "evidence", "get", name, "-o", str(out))
    other = run(services, capsys, "evidence", "get", name, "-o", str(tmp_path / "other.pdf"))
    [sent] = services.asked("/v1/evidence")

    assert stored == put.json
    assert ("610100/P1", "验收.pdf") == (sent.url.params["subject"], sent.url.params["name"])
    assert "application/pdf" == sent.headers["content-type"]
    assert (0, b"%PDF-") == (got.exit_code, out.read_bytes())
    assert (1, False) == (other.exit_code, (tmp_path / "other.pdf").exists())
