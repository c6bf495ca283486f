"""Hostile files through the file door of a running intake: each is refused with words, or read."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from deploy.local.stack import Stack
from tests.integration.intake.running import running
from tests.integration.intake.test_files import Desk, export, voucher
from tests.support.hostile import registered
from tests.unit.intake_files.test_hostile_tables import TEXTS, WORKBOOKS

pytestmark = pytest.mark.integration

JURISDICTION = "J751"
TEXT_BYTES_MAX = 12 * 1024 * 1024
"""Longer ones are refused by their size alone, which one test shows."""
TOO_LARGE_BYTES = 17 * 1024 * 1024
NAMES = (
    "../../../etc/passwd",
    "a/b\\c.csv",
    "x\r\nSet-Cookie: a=b",
    "\u202excod.csv",
    "'; rm -rf /",
)
REFUSED = {400, 413, 415, 422}


@pytest.fixture(scope="module")
async def desk(shared_stack: Stack) -> AsyncIterator[Desk]:
    """An intake of this file's own: what kills it must not kill others' tests."""
    async with running(shared_stack) as intake:
        await intake.send(registered(JURISDICTION))
        yield Desk(intake.client, JURISDICTION)


def said(answer: httpx.Response) -> None:
    """Demand a problem in both languages that says what to do."""
    problem = answer.json()
    assert answer.status_code in REFUSED, answer.text
    assert "application/problem+json" == answer.headers["content-type"]
    for member in ("title", "title_zh", "detail", "hint"):
        assert problem[member], problem


@pytest.mark.parametrize("name", WORKBOOKS)
async def test_a_hostile_workbook_is_refused(desk: Desk, name: str) -> None:
    """And nothing of it is kept."""
    raw = await asyncio.to_thread(WORKBOOKS[name])
    before = (await desk.client.get("/v1/files")).json()

    said(await desk.upload(raw))
    assert before == (await desk.client.get("/v1/files")).json()


@pytest.mark.parametrize("name", TEXTS)
async def test_a_hostile_text_is_refused(desk: Desk, name: str) -> None:
    """By what it is, as far as it may be so long."""
    piece, times, head = TEXTS[name]

    said(await desk.upload((head + piece * times)[:TEXT_BYTES_MAX]))


async def test_a_file_that_is_too_large_is_refused_by_its_size(desk: Desk) -> None:
    """Its sender hears the limit."""
    answer = await desk.upload(b"a,b\n" * (TOO_LARGE_BYTES // 4))

    said(answer)
    assert 413 == answer.status_code


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_is_a_name(desk: Desk, name: str) -> None:
    """It is no place, no header and no command; it is told as it came, or refused."""
    params = {"preset": "payment-vouchers", "jurisdiction": JURISDICTION, "name": name}
    raw = export(voucher(len(name)))
    answer = await desk.client.post("/v1/files", params=params, content=raw)

    if answer.status_code in REFUSED:
        said(answer)
        return
    assert answer.status_code in {200, 201}, answer.text
    rejects = await desk.client.get(f"/v1/files/{answer.json()['id']}/rejects")
    assert 200 == rejects.status_code
    assert "set-cookie" not in rejects.headers


async def test_it_is_well_after_all_of_it(desk: Desk) -> None:
    """Alive, and a sound file is taken in."""
    live = await desk.client.get("/livez")
    done = await desk.take_in(export(voucher(990_001)))

    assert 200 == live.status_code
    assert 1 == done["counts"]["accepted"]
