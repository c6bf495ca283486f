"""No person's number lies anywhere behind the doors: seeded in every form, then looked for."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import bson
import pytest
from pydantic import SecretStr

from contracts.topics import TOPICS
from deploy.local.stack import Stack
from services.intake.domain.people import fold
from services.intake.store import documents as docs
from tests.integration.intake.running import Intake, running
from tests.support.eventually import eventually_async
from tests.support.hostile import event, registered, wire

pytestmark = pytest.mark.integration

CODE = "J774"
SUBJECT = f"{CODE}/P1"
CARD = "6222021234567890123"
CORPORATE = "37001210901440055"
IDENTITY = "610103199001011234"
NAME = "欧阳震华"
PAYMENT = {"date": "2026-03-02", "fiscal_year": 2026, "amount": "12.50", "line": "L1"}
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.fixture(scope="module")
async def intake(shared_stack: Stack) -> AsyncIterator[Intake]:
    """An intake with a key for people."""
    async with running(shared_stack, people_key=SecretStr("a-key-for-people")) as started:
        await started.send(registered(CODE))
        yield started


def paid(number: str, **data: Any) -> dict[str, Any]:
    return event(f"people-{number}", SUBJECT, data={**PAYMENT, **data})


def seeds() -> list[bytes]:
    """Raw numbers wherever a publisher may put them."""
    person = {"name": NAME, "account": CARD, "natural_person": True}
    return [
        wire(paid("1", payee=person, purpose=f"付{NAME} {CARD}")),
        wire(paid("2", payee={"name": "甲公司", "account": CORPORATE})),
        wire(paid("3", purpose=f"卡 {' '.join(CARD)} 身份证 {IDENTITY}")),
        wire(paid("4", purpose=CARD.translate(WIDE))),
        wire(paid("5", purpose="X")).replace(b'"X"', b'"\\u0036' + CARD[1:].encode() + b'"'),
        wire(paid("6", payee={"name": "乙", "bank": {"no": {"of": CARD}}})),
        wire(paid("7", payee={"name": "乙", "account_no": CORPORATE})),
        wire(paid("8", account=CARD)),
        wire(paid("9", payee=person, amount="12")),
        wire(paid("10", payee=person)).replace(b'"12.50"', b"12.50.1"),
        wire(paid("11", **{CARD: "x"})),
        wire(paid("12", note=json.dumps({"account": CARD}))),
        wire({**paid("13"), "data_base64": base64.b64encode(f"卡 {CARD}".encode()).decode()}),
        wire(event("people-14", f"{CODE}-nobody/P1", data={**PAYMENT, "payee": person})),
        wire(paid("15", document={"kind": "invoice", "number": "N1", "line": CARD})),
    ]


async def everything(intake: Intake) -> list[str]:
    """Read all collections and all topics but the publishers' own."""
    found: list[str] = []
    db = intake.service.mongo.db
    for name in await db.list_collection_names():
        async for item in db[name].find({}):
            if name == docs.ENTRIES:
                found += [entry[5].decode("utf-8", "replace") for entry in docs.entries_of(item)]
            found.append(bson.encode(item).decode("utf-8", "replace"))
    for topic in TOPICS:
        if topic.name.startswith("publish."):
            continue
        for records in (await intake.topic(topic.name)).values():
            for record in records:
                parts = [record.key or b"", record.value or b"", *(v for _, v in record.headers)]
                found += [part.decode("utf-8", "replace") for part in parts]
    return found


async def test_no_number_lies_behind_the_doors(
    intake: Intake, capfd: pytest.CaptureFixture[str]
) -> None:
    """Single, batch, broken and by Kafka; in stores, topics, answers and logs."""
    answers = [(await intake.post(seed)).text for seed in seeds()]
    answers.append(json.dumps(await intake.send_lines(seeds())))
    bare = {"ce-" + name: str(value) for name, value in paid("bin").items() if name != "data"}
    body = wire({**PAYMENT, "payee": {"name": NAME, "account": CARD, "natural_person": True}})
    answers.append((await intake.post(body, "application/json", **bare)).text)
    await intake.published(
        "publish.demo",
        *((b"k", seed.replace(b"people-", b"by-kafka-")) for seed in seeds()),
        (b"k", f"账号:{CARD.translate(WIDE)}".encode("gbk")),
    )

    async def all_kept() -> bool:
        kept = await intake.get("/v1/quarantine", door="kafka", limit=1_000)
        return len(kept["items"]) >= 11

    await eventually_async(all_kept)
    listed = await intake.get("/v1/quarantine", limit=1_000)
    answers += [
        json.dumps(await intake.get(f"/v1/quarantine/{item['id']}")) for item in listed["items"]
    ]
    said = capfd.readouterr()
    texts = [*await everything(intake), *answers, said.out, said.err]

    for text in texts:
        digits = "".join(sign for sign in fold(text) if sign.isdigit())
        for number in (CARD, CORPORATE, IDENTITY):
            assert number not in digits, text[:2_000]
        assert NAME not in text
        assert base64.b64encode(f"卡 {CARD}".encode()).decode() not in text


async def test_what_was_sent_twice_is_a_duplicate(intake: Intake) -> None:
    """Through both doors; the account tells payees apart by its hash alone."""
    twice = paid("twice", payee={"name": "丙公司", "account": CORPORATE})
    first = await intake.send(twice)
    second = await intake.send(twice)
    spaced = paid("spaced", payee={"name": "丙公司", "account": "3700 1210 9014 4005 5"})
    await intake.send(spaced)
    entries = [entry["event"] for entry in await intake.entries(SUBJECT)]
    hashes = {
        entry["id"]: entry["data"]["payee"]["account_hash"]
        for entry in entries
        if entry["id"] in {"people-twice", "people-spaced"}
    }

    assert ("accepted", "duplicate") == (
        first["results"][0]["verdict"],
        second["results"][0]["verdict"],
    )
    assert 1 == len(set(hashes.values()))
    assert 2 == len(hashes)
