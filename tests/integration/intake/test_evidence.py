"""Evidence files in the real store."""

import hashlib

import pytest

from tests.integration.intake.running import Intake
from tests.support.hostile import event, registered
from tests.support.papers import PDF, office

pytestmark = pytest.mark.integration

SUBJECT = "J773/P1"
LARGE = PDF[:9] + bytes(3_000_000) + PDF[9:]


async def put(intake: Intake, content: bytes, name: str = "a.pdf", status: int = 201) -> dict:
    answer = await intake.client.post(
        "/v1/evidence",
        params={"subject": SUBJECT, "name": name},
        content=content,
        headers={"content-type": "application/octet-stream"},
    )
    assert status == answer.status_code, answer.text
    return answer.json()


async def test_a_file_comes_back_as_it_was(intake: Intake) -> None:
    """In pieces, named by its content, always as an attachment."""
    stored = await put(intake, LARGE, "../验收 报告.pdf")
    path = f"/v1/evidence/{stored['sha256']}"
    whole = await intake.client.get(path)
    part = await intake.client.get(path, headers={"range": "bytes=3-11"})
    tail = await intake.client.get(path, headers={"range": "bytes=-7"})
    same = await intake.client.get(path, headers={"if-none-match": whole.headers["etag"]})
    beyond = await intake.client.get(path, headers={"range": f"bytes={len(LARGE)}-"})

    assert hashlib.sha256(LARGE).hexdigest() == stored["sha256"]
    assert LARGE == whole.content
    assert (206, LARGE[3:12]) == (part.status_code, part.content)
    assert LARGE[-7:] == tail.content
    assert (304, 416) == (same.status_code, beyond.status_code)
    assert "nosniff" == whole.headers["x-content-type-options"]
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert "application/pdf" == whole.headers["content-type"]


async def test_a_file_is_kept_once(intake: Intake) -> None:
    """However often it is sent, and under whichever name."""
    content = PDF + b"\n"
    first = await put(intake, content)
    second = await put(intake, content, "b.pdf", 200)
    listed = await intake.get("/v1/evidence", subject=SUBJECT)
    files = intake.service.mongo.db["evidence.files"]

    assert first["sha256"] == second["sha256"]
    assert 1 == [item["sha256"] for item in listed["items"]].count(first["sha256"])
    assert await files.count_documents({}) == len({item["sha256"] for item in listed["items"]})


async def test_what_is_not_taken_leaves_nothing(intake: Intake) -> None:
    """Wrong types, too large, empty."""
    db = intake.service.mongo.db
    before = await db["evidence.chunks"].count_documents({})
    wrong = await put(intake, b"MZ" + bytes(600_000), status=415)
    macro = await put(intake, office("xl/workbook.xml", "xl/vbaProject.bin"), "a.xlsx", 415)
    empty = await put(intake, b"", status=415)
    large = await put(intake, PDF + bytes(20 * 1024 * 1024), status=413)

    codes = [each["code"] for each in (wrong, macro, empty, large)]
    assert [
        "evidence_unknown_type",
        "evidence_macros",
        "evidence_empty",
        "evidence_too_large",
    ] == codes
    assert before == await db["evidence.chunks"].count_documents({})


async def test_a_fact_may_name_a_file_that_comes_later(intake: Intake) -> None:
    """Facts and files come through different doors, in any order."""
    await intake.send(registered("J773"))
    named = {
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "name": "验收.pdf",
        "media_type": "application/pdf",
        "bytes": len(PDF),
    }
    data = {
        "date": "2026-03-02",
        "fiscal_year": 2026,
        "milestone": "M1",
        "name": "竣工验收",
        "state": "met",
        "met_on": "2026-03-01",
        "evidence": [named],
    }
    sent = await intake.send(event("ev-1", SUBJECT, "milestone.reported", data))
    missing = await intake.client.get(f"/v1/evidence/{named['sha256']}")

    assert 1 == sent["counts"]["accepted"], sent
    assert 404 == missing.status_code
