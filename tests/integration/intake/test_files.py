"""The file door on the real Kafka and MongoDB: upload, look, start, die, go on, be exact."""

import asyncio
import contextlib
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from services.intake.files.presets import preset, preset_names
from tests.integration.intake.running import KEY, PARTITIONS, Intake
from tests.support.eventually import eventually_async
from tests.support.hostile import registered, wire
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration

HEADING = (
    "支付凭证号,状态,预算年度,项目编码,指标ID,单位编码,实际支付金额(万元),支付日期,资金性质,"
    "收款人名称,收款人账号,收款人类型"
)
DONE_SECONDS = 60


def voucher(number: int, state: str = "已支付", **changes: str) -> str:
    """Write a row of a synthetic voucher export."""
    cells = {
        "number": f"ZF{number:06d}",
        "state": state,
        "year": "2026",
        "project": f"P{number % 7}",
        "line": "B1",
        "unit": "101001",
        "amount": '"1,234.56"',
        "day": "2026/3/5",
        "fund": "111",
        "payee": "示例公司",
        "account": "6222020200011122233",
        "kind": "对公",
        **changes,
    }
    return ",".join(cells.values())


def export(*rows: str) -> bytes:
    """Write an export as a finance office's Excel saves it: title row, GB 18030, total row."""
    lines = ["某市财政局支付凭证明细表(合成数据)", HEADING, *rows, "合计,,,,,,999,,,,,"]
    return "\r\n".join(lines).encode("gb18030")


class Desk:
    """A client of the file door."""

    def __init__(self, client: httpx.AsyncClient, jurisdiction: str) -> None:
        self.client = client
        self.jurisdiction = jurisdiction

    async def upload(self, body: bytes, chosen: str = "payment-vouchers") -> httpx.Response:
        """Send a file."""
        params = {"preset": chosen, "jurisdiction": self.jurisdiction, "name": "支付凭证.csv"}
        return await self.client.post("/v1/files", params=params, content=body)

    async def take_in(self, body: bytes, chosen: str = "payment-vouchers") -> dict[str, Any]:
        """Send a file, start it and wait for its end."""
        answer = await self.upload(body, chosen)
        assert answer.status_code in {200, 201}, answer.text
        file_id = answer.json()["id"]
        started = await self.client.post(f"/v1/files/{file_id}/start")
        assert started.status_code == 202, started.text
        return await self.done(file_id)

    async def done(self, file_id: str) -> dict[str, Any]:
        """Wait until a file is done."""

        async def is_done() -> dict[str, Any] | None:
            found = (await self.client.get(f"/v1/files/{file_id}")).json()
            return found if found["state"] == "done" else None

        found: dict[str, Any] = await eventually_async(is_done, DONE_SECONDS)
        return found


@pytest.fixture
async def desk(intake: Intake) -> Desk:
    """A client whose jurisdiction is registered."""
    code = "J750"
    await intake.send(registered(code))
    return Desk(intake.client, code)


async def test_a_file_is_looked_at_then_taken_in(intake: Intake, desk: Desk) -> None:
    """The preview says what the rows become; nothing enters the ledger before the start."""
    body = export(
        voucher(1), voucher(2, "待审", day=""), voucher(3, "转圈"), voucher(4, amount="1.2345678")
    )
    answer = await desk.upload(body)
    found = answer.json()

    assert 201 == answer.status_code
    assert {"events": 1, "rejected": 3, "passed": 1} == found["rows"]
    assert ["ready", 1] == [found["state"], found["counts"]["pending"]]
    assert ["missing_field", "no_rule", "finer_than_fen"] == [
        one["code"] for one in found["preview"]["rejects"]
    ]
    assert b"6222020200011122233" not in answer.content
    done = await desk.take_in(body)
    assert {"sent": 1, "accepted": 1, "duplicate": 0, "quarantined": 0, "pending": 0} == done[
        "counts"
    ]
    entries = await intake.entries("J750/P1")
    assert ["12345600.00"] == [entry["event"]["data"]["amount"] for entry in entries]


async def test_the_same_rows_in_another_file_are_duplicates(desk: Desk) -> None:
    """Ids follow from content: a later export counts only what is new."""
    await desk.take_in(export(voucher(11), voucher(12)))
    done = await desk.take_in(export(voucher(11), voucher(12), voucher(13)))

    assert {"sent": 3, "accepted": 1, "duplicate": 2, "quarantined": 0, "pending": 0} == done[
        "counts"
    ]


async def test_a_changed_voucher_is_a_conflict_with_its_line(desk: Desk) -> None:
    """The same number with another amount is kept apart and named by its line in the file."""
    await desk.take_in(export(voucher(21)))
    done = await desk.take_in(export(voucher(21, amount="5")))

    assert 1 == done["counts"]["quarantined"]
    assert [(3, "conflict")] == [(one["line"], one["verdict"]) for one in done["refused"]]


async def test_rejected_rows_are_mended_and_sent_again(desk: Desk) -> None:
    """The rejects file is a file of the same preset: with the unit and all cells."""
    first = await desk.take_in(export(voucher(31), voucher(32, "转圈")))
    answer = await desk.client.get(f"/v1/files/{first['id']}/rejects")
    assert "转圈" in answer.text
    assert "6222020200011122233" in answer.text
    done = await desk.take_in(answer.text.replace("转圈", "已支付").encode())

    assert 1 == done["counts"]["accepted"]


@pytest.mark.parametrize("name", preset_names())
async def test_the_example_of_every_template_is_accepted(
    intake: Intake, desk: Desk, name: str
) -> None:
    """Fetched over HTTP, sent back as it is: no rejects, nothing in quarantine."""
    found = await intake.client.get(f"/v1/files/templates/{name}")
    done = await desk.take_in(found.content, name)

    assert 0 == done["rows"]["rejected"]
    assert done["counts"]["sent"] == done["counts"]["accepted"] + done["counts"]["duplicate"] > 0


async def test_what_is_no_table_is_a_problem(desk: Desk) -> None:
    """Wrong type, unknown preset, unknown jurisdiction, nothing at all; nothing is left behind."""
    zip_bomb = io.BytesIO(preset("projects").template()[:300]).getvalue()
    answers = [
        await desk.upload(b"%PDF-1.7 \x00\x01\x02" * 50),
        await desk.upload(zip_bomb),
        await desk.upload(b"a,b\n1,2\n"),
        await desk.upload(b""),
        await desk.upload(export(voucher(1)), "no-such-preset"),
        await Desk(desk.client, "nowhere").upload(export(voucher(1))),
    ]

    assert [415, 415, 422, 400, 404, 422] == [answer.status_code for answer in answers]
    assert all(answer.json()["title_zh"] for answer in answers)
    listed = (await desk.client.get("/v1/files")).json()["items"]
    assert not [one for one in listed if one["state"] == "reading"]


@contextlib.asynccontextmanager
async def process(stack: Stack, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run intake as a process of its own, and end it."""
    places = stack.endpoints()
    environment = {
        **os.environ,
        "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS": places.kafka,
        "DUALWATCH_MONGO__URL": places.mongo,
        "DUALWATCH_KEY": KEY,
        "DUALWATCH_INTAKE__PORT": str(port),
        "DUALWATCH_INTAKE__PARTITIONS": str(PARTITIONS),
    }
    made = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.intake",
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            made.kill()
        await made.wait()


@pytest.mark.long
async def test_a_started_file_survives_the_death_of_intake(shared_stack: Stack) -> None:
    """Killed in the middle, it goes on where it was: every event once, counted once."""
    rows = 6_000
    port = free_ports_from()
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        headers={"authorization": f"Bearer {KEY}"},
        timeout=60,
    ) as client:
        desk = Desk(client, "J751")

        async def is_ready() -> bool:
            try:
                return (await client.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        async with process(shared_stack, port) as first:
            await eventually_async(is_ready, DONE_SECONDS)
            await client.post(
                "/v1/events",
                content=wire(registered("J751")),
                headers={"content-type": "application/cloudevents+json", "prefer": "wait=20"},
            )
            body = export(*(voucher(number) for number in range(rows)))
            file_id = (await desk.upload(body)).json()["id"]
            await client.post(f"/v1/files/{file_id}/start")

            async def has_begun() -> bool:
                found = (await client.get(f"/v1/files/{file_id}")).json()
                assert found["state"] == "running", "it was too fast to be killed in the middle"
                return 0 < found["counts"]["sent"] < rows

            await eventually_async(has_begun, DONE_SECONDS)
            first.send_signal(signal.SIGKILL)
            await first.wait()
        async with process(shared_stack, port):
            await eventually_async(is_ready, DONE_SECONDS)
            done = await desk.done(file_id)
            positions = [
                (await client.get(f"/v1/ledger/J751%2FP{number}?limit=1000")).json()["items"]
                for number in range(7)
            ]

    assert {
        "sent": rows,
        "accepted": rows,
        "duplicate": 0,
        "quarantined": 0,
        "pending": 0,
    } == done["counts"]
    numbers = [
        entry["event"]["data"]["document"]["number"] for items in positions for entry in items
    ]
    assert rows == len(numbers) == len(set(numbers))
