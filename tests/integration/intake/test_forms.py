"""Binary messages, gzip and preferences on the real parts; a publisher's topic that comes later."""

import gzip
from typing import Any
from urllib.parse import quote

import pytest
from aiokafka import AIOKafkaProducer

from tests.integration.intake.running import Intake, new_code
from tests.support.eventually import eventually_async
from tests.support.hostile import event, registered, wire

pytestmark = pytest.mark.integration

JSON = "application/json"
TOPIC_SECONDS = 30


def split(fact: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """Part an event's attributes from its data."""
    told = dict(fact)
    return told, wire(told.pop("data"))


async def post_binary(intake: Intake, fact: dict[str, Any]) -> dict[str, Any]:
    told, data = split(fact)
    headers = {f"ce-{name}": quote(value, safe="/:+") for name, value in told.items()}
    answer = await intake.post(data, JSON, **headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def send_binary(intake: Intake, topic: str, fact: dict[str, Any]) -> None:
    told, data = split(fact)
    headers = [(f"ce_{name}", value.encode()) for name, value in told.items()]
    producer = AIOKafkaProducer(bootstrap_servers=intake.kafka, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(
            topic, data, key=b"k", headers=[("content-type", JSON.encode()), *headers]
        )
    finally:
        await producer.stop()


async def test_a_binary_event_is_the_same_at_both_doors(intake: Intake) -> None:
    """Accepted once, a duplicate however it comes again; kept as a structured event."""
    code = new_code()
    await intake.send(registered(code))
    fact = event(f"{code}-支付 1%", f"{code}/P1", correlationid="批次-1")
    first = await post_binary(intake, fact)
    again = await post_binary(intake, fact)
    await send_binary(intake, "publish.demo", fact)
    await send_binary(intake, "publish.demo", event(f"{code}-2", f"{code}/P1"))

    async def behind() -> bool:
        return len(await intake.entries(f"{code}/P1")) == 2

    await eventually_async(behind)
    assert ("accepted", "duplicate") == (first["verdict"], again["verdict"])
    (kept, _) = await intake.entries(f"{code}/P1")
    assert fact | {"datacontenttype": JSON} == kept["event"]


async def test_a_topic_that_is_made_later_is_read(intake: Intake) -> None:
    """Who publishes is the topic's name; nothing is restarted."""
    code = new_code()
    publisher = f"later-{code.lower()}"
    await intake.send(registered(code))
    wanted = {"id": publisher, "name": code, "roles": ["publisher"], "jurisdictions": None}
    answer = await intake.client.post("/v1/principals", json=wanted)
    assert answer.status_code == 201, answer.text
    await send_binary(intake, f"publish.{publisher}", event(f"{code}-1", f"{code}/P1"))

    async def entered() -> list[dict[str, Any]]:
        found = await intake.client.get(f"/v1/ledger/{code}%2FP1")
        assert found.status_code == 200
        return found.json()["items"]

    (entry,) = await eventually_async(entered, deadline_seconds=TOPIC_SECONDS)
    assert publisher == entry["publisher"]


async def test_gzip_is_expanded_and_the_wait_is_confirmed(intake: Intake) -> None:
    """The same event, compressed or not, is the same bytes."""
    code = new_code()
    await intake.send(registered(code))
    raw = wire(event(f"{code}-1", f"{code}/P1"))
    packed = await intake.post(gzip.compress(raw), content_encoding="gzip", Prefer="wait=7")
    plain = await intake.post(raw, Prefer="respond-async")

    assert ("accepted", "wait=7") == (
        packed.json()["verdict"],
        packed.headers["preference-applied"],
    )
    assert "preference-applied" not in plain.headers
    receipt = await intake.get(f"/v1/receipts/{plain.json()['receipt']}")
    assert receipt["results"][0]["verdict"] in {"duplicate", "pending"}


async def test_an_unknown_coding_names_the_known_one(intake: Intake) -> None:
    """RFC 9110: with a 415 comes Accept-Encoding."""
    answer = await intake.post(wire(event()), content_encoding="br")

    assert (415, "gzip") == (answer.status_code, answer.headers["accept-encoding"])
    assert answer.json()["hint_zh"]
