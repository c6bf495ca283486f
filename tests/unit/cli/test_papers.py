"""`dualwatch papers`: every step is one request under one key."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from services.cli.errors import ExitCode
from tests.unit.cli.fake_services import FakeServices, run

PAPER: Final = "J1/mid/form/P1"
PATH: Final = "/v1/papers/J1%2Fmid%2Fform%2FP1"
SHA: Final = "0" * 64
FILE: Final = {"sha256": SHA, "name": "a.pdf", "media_type": "application/pdf", "bytes": 9}
FOUND: Final[dict[str, Any]] = {
    "id": PAPER,
    "campaign_name": "年中监控",
    "jurisdiction": "J1",
    "project": "J1/P1",
    "project_name": "堤防",
    "unit": "U1",
    "department": "D1",
    "state": "filling",
    "version": 3,
    "edition": 1,
    "due": "2026-07-20",
    "late": False,
    "overdue": False,
    "light": "red",
    "assignee": None,
    "submitted_by": None,
    "submitted_on": None,
    "waits_for": ["unit_filler"],
    "yours": ["draft"],
    "draft": {"/remarks": {"value": "一", "version": 2, "by": "li", "at": "2026-07-01T00:00:00Z"}},
    "gaps": [
        {"pointer": "/carryover", "code": "carryover_missing", "text": "Say", "text_zh": "填"}
    ],
    "withdrawals": [
        {"pointer": "/indicators/K2/result", "text": "cleared; taken back", "text_zh": "已清空"}
    ],
    "differences": [],
    "returned": [{"field": "/remarks", "reason": "不清楚"}],
    "disputes": [],
}


@pytest.fixture
def services() -> FakeServices:
    """Reporting with one paper."""
    found = FakeServices()
    found.on("reporting", "GET", PATH, FOUND)
    return found


def body_of(services: FakeServices) -> dict[str, Any]:
    """Read what was sent last."""
    found: dict[str, Any] = json.loads(services.requests[-1].content)
    return found


def test_fields_are_saved_in_the_versions_they_have(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Words and amounts as text, all else as JSON; or an object in a file."""
    services.on("reporting", "PATCH", f"{PATH}/draft", FOUND)
    file = tmp_path / "more.json"
    file.write_text('{"/contact/phone": "029"}', "utf-8")
    given = ("/remarks=二", "/carryover=1.00", '/execution/areas=["other"]', "/surplus=null")

    outcome = run(services, capsys, "papers", "fill", PAPER, *given, str(file))

    assert outcome.exit_code == ExitCode.OK
    assert "1 missing" in outcome.out + outcome.err
    assert body_of(services)["fields"] == [
        {"field": "/remarks", "value": "二", "version": 2},
        {"field": "/carryover", "value": "1.00", "version": 0},
        {"field": "/execution/areas", "value": ["other"], "version": 0},
        {"field": "/surplus", "value": None, "version": 0},
        {"field": "/contact/phone", "value": "029", "version": 0},
    ]


@pytest.mark.parametrize("given", ["remarks", "[]"])
def test_what_is_neither_field_nor_file_is_wrong_usage(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path, given: str
) -> None:
    """Nothing is sent."""
    file = tmp_path / "list.json"
    file.write_text(given, "utf-8")
    for words in ((given,), (str(file),)):
        assert run(services, capsys, "papers", "fill", PAPER, *words).exit_code == ExitCode.USAGE
    assert services.requests == []


@pytest.mark.parametrize(
    ("step", "words", "body"),
    [
        ("submit", ("--note", "请审核"), {"note": "请审核"}),
        ("approve", (), {"note": ""}),
        ("withdraw", (), {"note": ""}),
        ("reopen", ("--note", "更正"), {"note": "更正"}),
        ("delegate", ("--to", "nobody"), {"to": None}),
        ("delegate", ("--to", "wang"), {"to": "wang"}),
        ("refresh", (), {}),
        (
            "return",
            ("--reason", "/remarks=不清楚"),
            {"reasons": [{"field": "/remarks", "reason": "不清楚"}], "note": ""},
        ),
        (
            "dispute",
            ("--field", "/funding/total/spent", "--reason", "少计"),
            {"field": "/funding/total/spent", "reason": "少计"},
        ),
        (
            "settle",
            ("--field", "/funding/total/spent", "--answer", "已更正", "--corrected"),
            {"field": "/funding/total/spent", "answer": "已更正", "corrected": True},
        ),
        ("seal", ("--scan", SHA), {"edition": 1, "scan": FILE}),
        ("enter", ("--scan", SHA), {"scan": FILE, "received_on": None, "note": ""}),
        (
            "enter",
            ("--scan", SHA, "--received-on", "2026-07-20"),
            {"scan": FILE, "received_on": "2026-07-20", "note": ""},
        ),
    ],
)
def test_every_step_sends_its_form(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    step: str,
    words: tuple[str, ...],
    body: dict[str, Any],
) -> None:
    """Under an Idempotency-Key of its own."""
    services.on("reporting", "POST", f"{PATH}/{step}", FOUND)
    services.on("intake", "GET", "/v1/evidence", {"items": [FILE]})

    outcome = run(services, capsys, "papers", step, PAPER, *words, "--key", "k1")

    assert outcome.exit_code == ExitCode.OK, outcome.err
    assert body_of(services) == body
    assert services.requests[-1].headers["idempotency-key"] == "k1"


def test_a_version_is_sent_with_one_paper_alone(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several have several versions."""
    services.on("reporting", "POST", f"{PATH}/approve", FOUND)
    one = run(services, capsys, "papers", "approve", PAPER, "--if-version", "3")
    sent = services.requests[-1].headers["if-match"]
    two = run(services, capsys, "papers", "approve", PAPER, "J1/x", "--if-version", "3")

    assert (one.exit_code, sent, two.exit_code) == (ExitCode.OK, '"3"', ExitCode.USAGE)


def test_several_papers_answer_each_for_itself(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was refused makes the command fail."""
    items = [
        {"paper": PAPER, "status": 200, "version": 4},
        {"paper": "J1/x", "status": 404, "problem": {"title": "Not found"}},
    ]
    services.on("reporting", "POST", "/v1/papers/bulk", {"items": items})

    outcome = run(services, capsys, "papers", "approve", PAPER, "J1/x")

    assert outcome.exit_code == ExitCode.REFUSED
    assert body_of(services) == {"step": "approve", "papers": [PAPER, "J1/x"], "note": ""}


def test_a_reason_names_its_field(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is sent for one that does not."""
    outcome = run(services, capsys, "papers", "return", PAPER, "--reason", "不清楚")

    assert (outcome.exit_code, services.requests) == (ExitCode.USAGE, [])


@pytest.mark.parametrize(
    ("words", "path", "found"),
    [
        (("list", "--mine", "--overdue", "--disputed"), "/v1/papers", {"items": [FOUND]}),
        (("show", PAPER), PATH, FOUND),
        (("history", PAPER), f"{PATH}/history", {"items": [], "next": None}),
        (("editions", PAPER), f"{PATH}/editions", {"items": []}),
        (("changes", PAPER, "--from", "1"), f"{PATH}/changes", {"items": []}),
    ],
)
def test_what_is_read_is_printed(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    path: str,
    found: dict[str, Any],
) -> None:
    """For people, and as JSON."""
    services.on("reporting", "GET", path, {"next": None, **found})

    plain = run(services, capsys, "papers", *words)
    as_json = run(services, capsys, "papers", *words, "--json")

    assert (plain.exit_code, as_json.exit_code) == (ExitCode.OK, ExitCode.OK)
    assert json.loads(as_json.out) is not None


def test_what_will_be_taken_back_is_printed(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside what is missing, before the form is handed in."""
    outcome = run(services, capsys, "papers", "show", PAPER)

    assert "/indicators/K2/result" in outcome.out
    assert "已清空" in outcome.out
