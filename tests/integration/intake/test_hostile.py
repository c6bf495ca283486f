import base64
from functools import partial
from typing import Any

import pytest

from services.intake.domain.decision import quarantine_id
from services.intake.domain.forms import Arrival
from services.intake.domain.redaction import Redactor
from services.intake.domain.strict import EVENT_BYTES_MAX
from tests.integration.intake.running import Intake, new_code
from tests.support.eventually import eventually_async
from tests.support.hostile import (
    EVENTS,
    REQUESTS,
    Hostile,
    Unreadable,
    event,
    registered,
    wire,
)

pytestmark = pytest.mark.integration


async def _kept(intake: Intake, kept_as: str) -> dict:
    answer = await intake.client.get(f"/v1/quarantine/{kept_as}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("hostile", EVENTS, ids=str)
async def test_a_hostile_event_is_a_problem_and_is_kept(intake: Intake, hostile: Hostile) -> None:
    """A 4xx that names the field and the quarantine entry; never a 5xx."""
    answer = await intake.post(hostile.body)
    problem = answer.json()

    assert (hostile.status, hostile.code, hostile.pointer) == (
        answer.status_code,
        problem["code"],
        problem.get("pointer"),
    )
    kept = await eventually_async(lambda: _kept(intake, problem["quarantine"]))
    body, original = hostile.body.strip(), base64.b64decode(kept["original_base64"])
    # Of one that no door takes, its beginning.
    assert body.startswith(original) if kept["cut"] else body == original
    assert kept["cut"] is (len(body) > EVENT_BYTES_MAX)
    assert hostile.code == kept["code"]


@pytest.mark.parametrize("unreadable", REQUESTS, ids=str)
async def test_an_unreadable_request_is_a_problem_and_leaves_nothing(
    intake: Intake, unreadable: Unreadable
) -> None:
    """It sent nothing, so nothing is kept and nothing is counted."""
    kept = intake.service.mongo.db["quarantine"]
    before = await kept.estimated_document_count()
    answer = await intake.post(unreadable.body, unreadable.media_type)

    assert (unreadable.status, unreadable.code) == (answer.status_code, answer.json()["code"])
    assert "quarantine" not in answer.json()
    assert before == await kept.estimated_document_count()


async def test_the_whole_corpus_in_one_request_does_not_stop_a_sound_event(
    intake: Intake,
) -> None:
    """Sent = accepted + duplicate + quarantined."""
    code = new_code()
    bodies = [hostile.body.replace(b"\n", b" ") for hostile in EVENTS]
    answer = await intake.send_lines(
        [wire(registered(code)), *bodies, wire(event(f"{code}-1", f"{code}/P1"))]
    )

    assert {"accepted": 2, "quarantined": len(EVENTS), "sent": len(EVENTS) + 2} == {
        name: number for name, number in answer["counts"].items() if number
    }


async def test_a_very_large_event_in_a_batch_is_kept_in_part(intake: Intake) -> None:
    """Its neighbour is taken; the entry says that it is cut."""
    code = new_code()
    large = wire(event(f"{code}-1", f"{code}/P1", data={"purpose": "x" * 900_000}))
    answer = await intake.send_lines([wire(registered(code)), large])
    kept = await _kept(intake, answer["results"][1]["quarantine"])

    assert {"sent": 2, "accepted": 1, "quarantined": 1} == {
        name: number for name, number in answer["counts"].items() if number
    }
    assert (True, len(large), "event_too_large") == (kept["cut"], kept["size"], kept["code"])
    assert large.startswith(base64.b64decode(kept["original_base64"]))


@pytest.mark.long
async def test_the_corpus_at_the_kafka_door_does_not_stop_a_sound_event(intake: Intake) -> None:
    """Everything before it on its partition was handled: kept in quarantine."""
    code = new_code()
    subject = f"{code}/P1"
    await intake.send(registered(code))
    key = subject.encode()
    records = [(key, hostile.body) for hostile in EVENTS]
    await intake.published(
        "publish.demo",
        *records,
        (key, None),
        (None, b"\xff"),
        (key, wire(event(f"{code}-1", subject))),
    )

    async def entered() -> list[dict]:
        answer = await intake.client.get(f"/v1/ledger/{code}%2FP1")
        assert answer.status_code == 200
        return answer.json()["items"]

    (entry,) = await eventually_async(entered)
    assert f"{code}-1" == entry["event"]["id"]
    for _, body in [*records, (None, b""), (None, b"\xff")]:
        kept_bytes = Redactor(None).judge(Arrival(body)).raw
        found: Any = partial(_kept, intake, quarantine_id("demo", kept_bytes))
        kept = await eventually_async(found)
        assert kept["times"] >= 1


async def test_garbage_on_our_own_topic_does_not_stop_a_sound_event(intake: Intake) -> None:
    """Nobody but us writes there; if somebody does, the partition goes on."""
    code = new_code()
    await intake.published(
        "submissions",
        (None, b"garbage"),
        (b"x", None),
        (b"y", wire(registered(code) | {"data": {}})),
    )
    answer = await intake.send(
        registered(code), *(event(f"{code}-{n}", f"{code}/P{n}") for n in range(8))
    )

    assert 9 == answer["counts"]["accepted"]
