import base64

import pytest

from tests.integration.intake.running import Intake, new_code
from tests.support.eventually import eventually_async
from tests.support.hostile import BATCH, event, organisation, registered, wire

pytestmark = pytest.mark.integration


def payments(code: str, number: int, projects: int = 7) -> list[dict]:
    return [event(f"{code}-{n}", f"{code}/P{n % projects}") for n in range(number)]


async def test_the_same_file_twice_is_all_duplicates(intake: Intake) -> None:
    """Sent = accepted + duplicate + quarantined, both times."""
    code = new_code()
    file = [registered(code), organisation(code), *payments(code, 50)]
    first, second = await intake.send(*file), await intake.send(*file)

    nothing = {"sent": 52, "accepted": 0, "duplicate": 0, "quarantined": 0, "pending": 0}
    assert nothing | {"accepted": 52} == first["counts"]
    assert nothing | {"duplicate": 52} == second["counts"]
    assert [(found["sequence"], found["position"]) for found in first["results"]] == [
        (found["sequence"], found["position"]) for found in second["results"]
    ]


async def test_one_bad_event_never_rejects_its_batch(intake: Intake) -> None:
    """Each is answered for itself; refused ones name their quarantine."""
    code = new_code()
    document = {"kind": "payment_certificate", "number": f"{code}-1"}
    paid = event()["data"]
    answer = await intake.send(
        registered(code),
        event(f"{code}-1", f"{code}/P1", data={**paid, "document": document}),
        event(f"{code}-1", f"{code}/P1", data={**paid, "amount": "1.00"}),
        event(f"{code}-2", f"{code}/P1", data={**paid, "document": document}),
        event(f"{code}-3", "nobody/P1"),
        event(f"{code}-4", f"{code}/P1", data={**paid, "amount": "-1.00"}),
        event(f"{code}-5", f"{code}/P1", data={**paid, "currency": "USD"}),
        event(f"{code}-1", f"{code}/P1", data={**paid, "document": document}),
    )

    verdicts = [found["verdict"] for found in answer["results"]]
    assert [
        "accepted",
        "accepted",
        "conflict",
        "document_repeated",
        "unknown_jurisdiction",
        "invalid",
        "invalid",
        "duplicate",
    ] == verdicts
    assert {"sent": 8, "accepted": 2, "duplicate": 1, "quarantined": 5, "pending": 0} == (
        answer["counts"]
    )
    refused = [found for found in answer["results"] if found["quarantine"]]
    assert [2, 3, 4, 5, 6] == [found["index"] for found in refused]
    assert ["/id", "/data/document", "/subject", "/data/amount", "/data/currency"] == [
        found["problem"]["pointer"] for found in refused
    ]


async def test_a_file_that_registers_what_it_uses_works_in_its_order(intake: Intake) -> None:
    """Though the jurisdiction reaches the projects' partitions only as a copy."""
    codes = [new_code() for _ in range(4)]
    lines = [
        wire(line)
        for code in codes
        for line in (
            registered(code),
            *payments(code, 20),
            organisation(code),
            event(f"{code}-x", f"{code}/Q"),
        )
    ]
    answer = await intake.send_lines(lines)

    assert {"sent": 92, "accepted": 92} == {k: v for k, v in answer["counts"].items() if v}


async def test_a_single_event_is_answered_with_its_verdict(intake: Intake) -> None:
    """At once as pending, or decided if the client waits."""
    code = new_code()
    await intake.send(registered(code))
    raw = wire(event(f"{code}-1", f"{code}/P1"))
    at_once = await intake.post(raw, Prefer="respond-async")
    decided = await intake.post(raw)

    assert (202, "pending", "pending") == (
        at_once.status_code,
        at_once.json()["status"],
        at_once.json()["verdict"],
    )
    assert (202, "decided") == (decided.status_code, decided.json()["status"])
    assert (1, "duplicate") == (decided.json()["sequence"], decided.json()["verdict"])


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"data": {"date": "2026-01-01", "fiscal_year": 2026}}, 422, "missing_field"),
        ({"subject": "nobody/P1"}, 422, "unknown_jurisdiction"),
    ],
)
async def test_a_single_event_that_is_refused_is_a_problem(
    intake: Intake, changes: dict, status: int, code: str
) -> None:
    """Whether the door or the owner refused it; the problem names where it is kept."""
    raw = wire(event("refused") | changes)
    answer = await intake.post(raw)
    problem = answer.json()

    assert (status, code) == (answer.status_code, problem["code"])
    assert "application/problem+json" == answer.headers["content-type"]
    assert problem["detail_zh"]
    kept = await eventually_async(lambda: _kept(intake, problem["quarantine"]))
    assert raw == base64.b64decode(kept["original_base64"])


async def _kept(intake: Intake, quarantine_id: str) -> dict:
    answer = await intake.client.get(f"/v1/quarantine/{quarantine_id}")
    assert answer.status_code == 200
    return answer.json()


async def test_refused_bytes_are_kept_once_and_counted(intake: Intake) -> None:
    """Under an id that derives from them; the list names them."""
    code = new_code()
    raw = wire(event(f"{code}-1", f"{code}/P1", data={"date": code}))
    first, second = (await intake.post(raw)).json(), (await intake.post(raw)).json()

    assert first["quarantine"] == second["quarantine"]

    async def twice() -> bool:
        return (await _kept(intake, first["quarantine"]))["times"] == 2

    await eventually_async(twice)
    listed = await _all(intake, "/v1/quarantine")
    (found,) = [item for item in listed if item["id"] == first["quarantine"]]
    assert ("invalid", "demo", len(raw)) == (found["reason"], found["publisher"], found["size"])


async def _all(intake: Intake, path: str, limit: int = 50) -> list[dict]:
    items: list[dict] = []
    after: dict = {}
    while True:
        page = await intake.get(path, limit=limit, **after)
        items += page["items"]
        if page["next"] is None:
            return items
        after = {"after": page["next"]}


async def test_a_repeated_idempotency_key_gets_the_same_verdicts(intake: Intake) -> None:
    """Accepted stays accepted, and what was quarantined is not counted again."""
    code = new_code()
    events = [registered(code), *payments(code, 5), event(f"{code}-nobody", "nobody/P")]
    key = {"Idempotency-Key": f'"{code}"'}
    first = await intake.send(*events, **key)
    again = await intake.send(*events, **key)

    assert first == again
    assert {"sent": 7, "accepted": 6, "quarantined": 1} == {
        name: number for name, number in again["counts"].items() if number
    }
    kept = await _kept(intake, first["results"][6]["quarantine"])
    assert 1 == kept["times"]


async def test_a_request_is_decided_once_though_its_receipt_was_lost(intake: Intake) -> None:
    """As when the process was killed before it answered: submitted again, the same verdicts."""
    code = new_code()
    events = [registered(code), *payments(code, 5), event(f"{code}-nobody", "nobody/P")]
    key = {"Idempotency-Key": code}
    first = await intake.send(*events, **key)
    await intake.service.mongo.db["verdicts"].delete_many({"r": bytes.fromhex(first["receipt"])})
    again = await intake.send(*events, **key)

    assert first["results"] == again["results"]
    assert 1 == (await _kept(intake, first["results"][6]["quarantine"]))["times"]


async def test_an_idempotency_key_stands_for_one_body(intake: Intake) -> None:
    """Another body with it is a mistake of the publisher."""
    code = new_code()
    await intake.send(registered(code), Idempotency_Key=code)
    answer = await intake.post(wire([organisation(code)]), BATCH, Idempotency_Key=code)

    assert (422, "idempotency_key_reused") == (answer.status_code, answer.json()["code"])


async def test_a_receipt_tells_later_what_became_of_a_request(intake: Intake) -> None:
    """The same as the answer of who waited."""
    code = new_code()
    answer = await intake.send(registered(code), *payments(code, 3))
    receipt = await intake.get(f"/v1/receipts/{answer['receipt']}")

    assert (answer["results"], answer["counts"]) == (receipt["results"], receipt["counts"])


@pytest.mark.parametrize("receipt", ["00" * 16, "no-hex", "00"])
async def test_an_unknown_receipt_is_not_found(intake: Intake, receipt: str) -> None:
    """Whatever it looks like."""
    answer = await intake.client.get(f"/v1/receipts/{receipt}")

    assert (404, "unknown_receipt") == (answer.status_code, answer.json()["code"])


async def test_nobody_publishes_without_the_key(intake: Intake) -> None:
    """401, and nothing is counted as sent."""
    answer = await intake.post(wire(event()), authorization="Bearer wrong")

    assert (401, "unauthorised") == (answer.status_code, answer.json()["code"])
    assert answer.headers["www-authenticate"]


async def test_a_batch_that_the_door_refuses_whole_says_so(intake: Intake) -> None:
    """422 with the same members as any batch."""
    answer = await intake.post(wire([event(time="x"), {}]), BATCH)

    assert (422, "all_refused") == (answer.status_code, answer.json()["code"])
    assert 2 == answer.json()["counts"]["quarantined"]
    assert ["/time", "/type"] == [found["problem"]["pointer"] for found in answer.json()["results"]]
