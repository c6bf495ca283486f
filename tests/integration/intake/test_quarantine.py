"""What the data desk does with what was refused, on the real Kafka and MongoDB."""

import json
from typing import Any

import pytest

from contracts.topics import partition_of
from tests.integration.intake.running import PARTITIONS, Intake
from tests.support.eventually import eventually_async
from tests.support.hostile import event, registered, wire

pytestmark = pytest.mark.integration

CODE = "J771"
SUBJECT = f"{CODE}/P1"
PAYMENT = {"date": "2026-03-02", "fiscal_year": 2026, "amount": "12.50", "line": "L1"}
VOUCHER = {"kind": "payment_certificate", "number": "PV-1"}


@pytest.fixture(scope="module", autouse=True)
async def ledger(intake: Intake) -> None:
    """A jurisdiction whose ledger these tests fill."""
    await intake.send(registered(CODE))


async def refused(intake: Intake, document: Any, verdict: str) -> str:
    """Send what is refused; give its entry."""
    [result] = (await intake.send(document))["results"]
    assert verdict == result["verdict"], result
    return str(result["quarantine"])


async def order(
    intake: Intake, entry: str, act: str, status: int = 200, key: str | None = None, **form: Any
) -> Any:
    headers = {} if key is None else {"idempotency-key": key}
    answer = await intake.client.post(f"/v1/quarantine/{entry}/{act}", json=form, headers=headers)
    assert status == answer.status_code, answer.text
    return answer.json()


async def shown(intake: Intake, entry: str) -> Any:
    return await intake.get(f"/v1/quarantine/{entry}")


async def told(intake: Intake, entry: str) -> list[str]:
    """Read what the topic says of an entry, in order; gaps and repetitions fail."""
    found = []
    for records in (await intake.topic("quarantine")).values():
        numbers = [int(dict(record.headers)["entry"].split()[0]) for record in records]
        assert list(range(1, len(records) + 1)) == numbers
        said = [json.loads(record.value) for record in records]
        found += [each["type"].split(".")[2] for each in said if each["data"]["entry"] == entry]
    return found


async def test_what_is_fixed_is_released_under_its_own_id(intake: Intake) -> None:
    """With the original kept, and who did what."""
    entry = await refused(
        intake, event("q-1", SUBJECT, data={**PAYMENT, "amount": "12"}), "invalid"
    )
    again = await order(intake, entry, "release", 422)
    assert ("/data/amount", entry) == (again["pointer"], again["quarantine"])

    answer = await intake.client.put(
        f"/v1/quarantine/{entry}/event?note=两位小数",
        content=wire(event("q-1", SUBJECT, data={**PAYMENT, "amount": "12.00"})),
        headers={"content-type": "application/cloudevents+json"},
    )
    assert answer.status_code == 200, answer.text
    assert [{"pointer": "/data/amount", "before": '"12"', "after": '"12.00"'}] == answer.json()[
        "diff"
    ]
    released = await order(intake, entry, "release", note="经核对")

    assert "released" == released["state"]
    [stored] = [e for e in await intake.entries(SUBJECT) if e["event"]["id"] == "q-1"]
    assert "12.00" == stored["event"]["data"]["amount"]
    assert stored["sequence"] == released["entry"]["sequence"]
    did = [act["did"] for act in released["history"]]
    assert ["refused_again", "fixed", "release", "released"] == did
    assert {"deployment"} == {act["by"] for act in released["history"]}
    assert '"amount": "12"' in released["original"]


async def test_releasing_twice_is_one_submission(intake: Intake) -> None:
    """With a key or without, and whatever comes of it later."""
    before = event("q-2", SUBJECT, data={**PAYMENT, "amount": "7.00"})
    await intake.send(before)
    entry = await refused(
        intake, event("q-2", SUBJECT, data={**PAYMENT, "amount": "8.00"}), "conflict"
    )
    assert "override_needed" == (await order(intake, entry, "release", 409))["code"]
    first = await order(intake, entry, "release", override=True, key="once", note="两笔")
    second = await order(intake, entry, "release", override=True, key="once", note="两笔")
    third = await order(intake, entry, "release", override=True)

    assert first == second
    assert first["entry"] == third["entry"]
    [stored] = [
        e["event"] for e in await intake.entries(SUBJECT) if e["event"].get("originalid") == "q-2"
    ]
    assert f"quarantine:{entry}" == stored["id"]
    assert ("deployment", entry) == (stored["releasedby"], stored["releasedfrom"])
    assert ["entered", "released"] == await told(intake, entry)


async def test_a_key_stands_for_one_command(intake: Intake) -> None:
    """Another command under the same key is refused."""
    entry = await refused(intake, event("q-3", SUBJECT, "nonsense.happened"), "invalid")
    await order(intake, entry, "discard", reason="测试数据", key="one")
    answer = await order(intake, entry, "discard", 422, reason="其他", key="one")

    assert "idempotency_key_reused" == answer["code"]


async def test_a_repeated_document_is_entered_beside_the_first(intake: Intake) -> None:
    """With override; a third fact on the document is still refused."""
    one = event("q-4", SUBJECT, data={**PAYMENT, "document": VOUCHER})
    two = event("q-5", SUBJECT, data={**PAYMENT, "document": VOUCHER, "amount": "9.00"})
    await intake.send(one)
    entry = await refused(intake, two, "document_repeated")
    released = await order(intake, entry, "release", override=True, note="两笔付款")
    three = event("q-6", SUBJECT, data={**PAYMENT, "document": VOUCHER, "amount": "1.00"})
    await refused(intake, three, "document_repeated")

    assert "released" == released["state"]
    amounts = [
        e["event"]["data"]["amount"]
        for e in await intake.entries(SUBJECT)
        if e["event"]["data"].get("document") == VOUCHER
    ]
    assert ["12.50", "9.00"] == amounts


async def test_what_is_discarded_stays_to_be_read(intake: Intake) -> None:
    """And the same bytes again do not open it."""
    bad = event("q-7", SUBJECT, data={**PAYMENT, "amount": "-1"})
    entry = await refused(intake, bad, "invalid")
    await order(intake, entry, "discard", reason="录入错误")
    assert "entry_closed" == (await order(intake, entry, "release", 409))["code"]
    assert entry == await refused(intake, bad, "invalid")
    found = await shown(intake, entry)

    assert ("discarded", 2) == (found["state"], found["times"])
    assert "录入错误" == found["history"][-1]["note"]
    assert ["entered", "discarded"] == await told(intake, entry)


async def test_what_an_owner_refuses_again_says_why_and_stays_open(intake: Intake) -> None:
    """A fix that runs into another fact."""
    await intake.send(event("q-8", SUBJECT))
    entry = await refused(intake, event("q-9", SUBJECT, data={**PAYMENT, "line": 1}), "invalid")
    fixed = wire(event("q-8", SUBJECT, data={**PAYMENT, "amount": "3.00"}))
    headers = {"content-type": "application/cloudevents+json"}
    path = f"/v1/quarantine/{entry}/event"
    assert 200 == (await intake.client.put(path, content=fixed, headers=headers)).status_code
    answer = await order(intake, entry, "release", 409)
    found = await shown(intake, entry)

    assert "conflict" == answer["code"]
    assert ("open", "conflict") == (found["state"], found["reason"])
    assert ["entered", "entered"] == await told(intake, entry)


async def test_many_are_released_at_once(intake: Intake) -> None:
    """What waited for its jurisdiction, page by page; a dry run only counts."""
    code = "J772"
    events = [event(f"late-{number}", f"{code}/P{number}") for number in range(7)]
    await intake.send(*events)
    form = {"act": "release", "filters": {"reason": "unknown_jurisdiction", "jurisdiction": code}}
    counted = await intake.client.post("/v1/quarantine/bulk", json={**form, "limit": 5})
    await intake.send(registered(code))
    runs = [
        (
            await intake.client.post(
                "/v1/quarantine/bulk", json={**form, "limit": 5, "dry_run": False}
            )
        ).json()
        for _ in range(2)
    ]

    assert {"unknown_jurisdiction": 7} == counted.json()["codes"]
    assert [(5, 2), (2, 0)] == [(run["done"], run["left"]) for run in runs]
    for number in range(7):
        assert 1 == len(await intake.entries(f"{code}/P{number}"))


async def test_lists_are_filtered(intake: Intake) -> None:
    """By reason, code, subject, door, state."""
    entry = await refused(intake, event("q-10", f"{CODE}/F1", data={"date": 1}), "invalid")
    found = await intake.get("/v1/quarantine", subject=f"{CODE}/F1", state="open", door="http")
    none = await intake.get("/v1/quarantine", subject=f"{CODE}/F1", reason="conflict")
    wrong = await intake.client.get("/v1/quarantine", params={"state": "lost"})

    assert [entry] == [item["id"] for item in found["items"]]
    assert [] == none["items"]
    assert 422 == wrong.status_code


async def test_what_is_open_is_counted_by_reason_and_age(intake: Intake) -> None:
    """Within the same filters as the list; what is new is older than no day."""
    await refused(intake, event("q-count", SUBJECT, data={**PAYMENT, "amount": "1"}), "invalid")
    path = "/v1/quarantine/counts"
    chosen = {"reason": "invalid", "subject": SUBJECT}
    counted = await intake.get(path, **chosen)
    listed = await intake.get("/v1/quarantine", **chosen, state="open")

    [found] = counted["items"]
    assert len(listed["items"]) == found["entries"] == counted["total"]
    assert listed["items"][0]["first_seen"] == found["oldest"]
    assert [0, 0, 0] == [found[f"older_than_{age}"] for age in ("day", "week", "month")]
    assert {"items": [], "total": 0} == await intake.get(path, subject="none", state="released")


async def test_one_document_through_two_doors_on_two_partitions(intake: Intake) -> None:
    """Domain-rules 4: two owners race for one document, and one of them wins."""
    subjects = [f"{CODE}/R{number}" for number in range(40)]
    here = subjects[0]
    there = next(s for s in subjects if _home(s) != _home(here))
    for number in range(10):
        paper = {"kind": "payment_certificate", "number": f"RACE-{number}"}
        data = {**PAYMENT, "document": paper}
        await intake.published("publish.demo", (b"k", wire(event(f"k-{number}", there, data=data))))
        await intake.send(event(f"h-{number}", here, data=data))

    async def all_told() -> bool:
        entries = [len(await _entries(intake, subject)) for subject in (here, there)]
        kept = await intake.get("/v1/quarantine", reason="document_repeated", limit=1000)
        mine = [item for item in kept["items"] if item["subject"] in {here, there}]
        return sum(entries) == len(mine) == 10

    await eventually_async(all_told)


async def test_states_of_one_paper_and_its_lines(intake: Intake) -> None:
    """One key is one document; lines of it are payments of their own; a reversal names it."""
    subject = f"{CODE}/D1"
    paper = {"kind": "payment_certificate", "number": "PV-77"}
    lines = [{**paper, "line": "1"}, {**paper, "line": "2"}]
    first = [event(f"d-{n}", subject, data={**PAYMENT, "document": p}) for n, p in enumerate(lines)]
    paid = await intake.send(*first)
    again = event("d-0-later-state", subject, data={**PAYMENT, "document": lines[0]})
    await refused(intake, again, "document_repeated")
    back = {"date": "2026-03-09", "fiscal_year": 2026, "amount": "12.50", "line": "L1"}
    returned = await intake.send(
        event(
            "d-0-back",
            subject,
            "expenditure.reversed",
            {**back, "reason": "退票", "original": lines[0]},
        )
    )

    assert 2 == paid["counts"]["accepted"]
    assert 1 == returned["counts"]["accepted"], returned


def _home(subject: str) -> int:
    return partition_of(subject, PARTITIONS)


async def _entries(intake: Intake, stream: str) -> list[dict[str, Any]]:
    answer = await intake.client.get(f"/v1/ledger/{stream.replace('/', '%2F')}")
    assert answer.status_code in {200, 404}
    return answer.json().get("items", [])
