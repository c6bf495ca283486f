"""Papers as files on the command line: made again, checked, bundled with resume, filled in."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.report_bundles import PIECE_BYTES
from services.reporting.outputs.form_template import own_id, shipped
from tests.unit.cli.fake_services import FakeServices, problem, run


@pytest.fixture
def services() -> FakeServices:
    """Services that answer from memory."""
    return FakeServices()


PAPER = "/v1/papers/C%2Fmid%2Fform%2FP1/file"
BUNDLE = "/v1/downloads/" + "a" * 32


def _ready(size: int, **more: Any) -> dict[str, Any]:
    return {
        "download_id": "a" * 32,
        "state": "ready",
        "done": 3,
        "total": 3,
        "bytes": size,
        "skipped": [],
        "reason": None,
        **more,
    }


def test_a_paper_is_made_again(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """By its edition, into a file; with --at a project's form."""
    file = tmp_path / "one.pdf"
    made = httpx.Response(200, content=b"%PDF", headers={"x-verification-code": "ab12"})
    services.on("reporting", "GET", PAPER, made)
    services.on("reporting", "GET", "/v1/forms/C%2FP1", made)
    outcome = run(
        services,
        capsys,
        *("report", "make", "C/mid/form/P1", "--format", "pdf", "--edition", "2", "-o", str(file)),
    )
    ad_hoc = ("report", "make", "C/P1", "--at", "1-2", "--as-of", "2026-06-30", "-o", str(file))
    other = run(services, capsys, *ad_hoc)

    assert (outcome.exit_code, other.exit_code, file.read_bytes()) == (0, 0, b"%PDF")
    assert "校验码 ab12" in outcome.err
    (asked,) = services.asked("/v1/papers/C/mid/form/P1/file")
    assert dict(asked.url.params) == {"format": "pdf", "edition": "2"}
    (asked,) = services.asked("/v1/forms/C/P1")
    assert asked.url.params["at"] == "1-2"
    both = run(services, capsys, *ad_hoc, "--edition", "1")
    assert both.exit_code == 2


@pytest.mark.parametrize(
    ("file", "asked"),
    [("one.PDF", "pdf"), ("one.xlsx", "xlsx"), ("one", "json"), ("one.docx", None), ("a.", "json")],
)
def test_a_form_is_of_the_kind_that_its_file_s_name_says(
    file: str,
    asked: str | None,
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Of no other: a Word file that holds JSON is one that Word calls damaged."""
    services.on("reporting", "GET", "/v1/forms/C%2FP1", httpx.Response(200, content=b"form"))
    outcome = run(services, capsys, "report", "form", "C/P1", "-o", str(tmp_path / file))

    sent = [call.url.params["format"] for call in services.asked("/v1/forms/C/P1")]
    assert sent == ([asked] if asked else [])
    assert (outcome.exit_code, (tmp_path / file).exists()) == ((0, True) if asked else (2, False))
    assert asked or "json, xlsx, pdf" in outcome.err


@pytest.mark.parametrize(("verdict", "exit_code"), [("genuine", 0), ("altered", 1), ("unknown", 1)])
def test_only_a_genuine_file_ends_well(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    verdict: str,
    exit_code: int,
) -> None:
    """So that a script notices what somebody changed."""
    file = tmp_path / "one.xlsx"
    file.write_bytes(b"PK")
    cells = [{"cell": "监控表!D6", "expected": "100", "found": "1"}] if verdict == "altered" else []
    found = {
        "verdict": verdict,
        "reason": "why",
        "reason_zh": "原因",
        "provenance": {"cut": "1-2"},
        "differences": cells,
    }
    services.on("reporting", "POST", "/v1/verify", found)
    outcome = run(services, capsys, "report", "verify", str(file))

    assert outcome.exit_code == exit_code
    assert verdict in outcome.err
    assert ("监控表!D6" in outcome.out) == bool(cells)
    assert json.loads(run(services, capsys, "report", "verify", str(file), "--json").out) == found


def test_a_bundle_is_fetched_from_where_it_broke_off(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What is there already is not fetched again."""
    whole = bytes(range(256)) * (PIECE_BYTES // 256) + b"rest"
    target = tmp_path / "all.zip"
    (tmp_path / "all.zip.aaaaaaaa.part").write_bytes(whole[:1000])

    def piece(request: httpx.Request) -> httpx.Response:
        first, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        return httpx.Response(206, content=whole[int(first) : int(last) + 1])

    services.on("reporting", "GET", BUNDLE, _ready(len(whole)))
    services.on("reporting", "GET", f"{BUNDLE}/file", piece)
    outcome = run(
        services, capsys, "report", "bundle", "C/mid", "-o", str(target), "--resume", "a" * 32
    )

    assert outcome.exit_code == 0, outcome.err
    assert target.read_bytes() == whole
    ranges = [request.headers["range"] for request in services.asked(f"{BUNDLE}/file")]
    assert ranges[0].startswith("bytes=1000-")
    assert not list(tmp_path.glob("*.part"))


def test_a_bundle_that_failed_says_why(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing is written."""
    begun = {"download_id": "a" * 32}
    services.on("reporting", "POST", "/v1/campaigns/C%2Fmid/downloads", begun)
    services.on("reporting", "GET", BUNDLE, _ready(0, state="failed", reason="no fonts"))
    target = tmp_path / "all.zip"
    outcome = run(services, capsys, "report", "bundle", "C/mid", "-o", str(target), "--unit", "A")

    assert outcome.exit_code != 0
    assert "no fonts" in outcome.err
    assert not target.exists()
    (asked,) = services.asked("/v1/campaigns/C/mid/downloads")
    assert json.loads(asked.content) == {
        "format": "xlsx",
        "kind": "form",
        "filter": {"unit": "A"},
    }


def test_a_workbook_goes_down_and_up(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Faults are shown cell by cell."""
    file = tmp_path / "unit.xlsx"
    path = "/v1/campaigns/C%2Fmid/workbook"
    services.on("reporting", "GET", path, httpx.Response(200, content=b"PK"))
    cells = [{"cell": "001 甲!F9", "code": "no_amount", "text": "a number", "text_zh": "数字"}]
    services.on(
        "reporting",
        "POST",
        path,
        problem(422, "cells_at_fault", cells=cells),
        {"papers": ["C/mid/form/P1"], "fields": 2},
    )
    got = run(services, capsys, "report", "workbook", "get", "C/mid", "A", "-o", str(file))
    faulty = run(services, capsys, "report", "workbook", "put", "C/mid", str(file))
    saved = run(services, capsys, "report", "workbook", "put", "C/mid", str(file))

    assert (got.exit_code, file.read_bytes()) == (0, b"PK")
    assert "001 甲!F9" in faulty.out
    assert faulty.exit_code != 0
    assert (saved.exit_code, "2 fields of 1 forms" in saved.err) == (0, True)


def test_templates_are_checked(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Those shipped are whole; a fault of one's own is told before a form is printed with it."""
    assert run(services, capsys, "report", "templates", "check").exit_code == 0
    own = tmp_path / "annex1-own.yaml"
    name = next(iter(dict(shipped())))
    shown = run(services, capsys, "report", "templates", "show", name, "-o", str(own))
    assert shown.exit_code == 0
    whole = run(services, capsys, "report", "templates", "check", str(own), "--json")
    (row,) = json.loads(whole.out)["templates"]
    # As a campaign names it: what it holds is part of the id.
    assert row["template"] == own_id(name.removesuffix(".yaml"), own.read_bytes())
    own.write_text(own.read_text("utf-8").replace("{period}", "{perod}"), "utf-8")
    faulty = run(services, capsys, "report", "templates", "check", str(own), "--json")

    assert faulty.exit_code == 1
    assert json.loads(faulty.out)["faults"] >= 1
    assert run(services, capsys, "report", "templates", "show", "x", "-o", str(own)).exit_code == 2
