"""Every fact goes in at the door, into the ledger and past analysis; none stops anything."""

import asyncio
import json
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts import generate
from contracts.codec import JURISDICTION_TYPES
from contracts.handbook import PUBLISHABLE
from contracts.record import MARK_HEADER, Mark
from deploy.local.stack import Stack
from services.chassis.records import header
from tests.integration.publishers.client import Client
from tests.support.eventually import eventually_async

pytestmark = [pytest.mark.integration, pytest.mark.long]

JURISDICTION: Final = "J7101"
PROJECT: Final = f"{JURISDICTION}/{JURISDICTION}26T17507006X003"
NATIONAL_DAY: Final = "2026-10-01"
WORKED_SATURDAY: Final = "2026-10-10"


def _examples() -> list[bytes]:
    """All examples of what may be published, of one jurisdiction with a manual clock."""
    found = []
    for path in sorted((generate.ROOT / "examples").rglob("*.json")):
        text = path.read_text(encoding="utf-8").replace("610100", JURISDICTION)
        event = json.loads(text)
        others = event["subject"].partition("/")[0] != JURISDICTION
        if event["type"] not in PUBLISHABLE or others:
            continue
        event["id"] = "-".join((*path.parts[-3:-1], path.stem))
        event["data"] |= {"clock": "manual"} if "clock" in event["data"] else {}
        # Examples name entries of a longer stream than theirs is here.
        event["data"] |= {"entry": 1} if "entry" in event["data"] else {}
        event["data"] |= {"entries": [1]} if "entries" in event["data"] else {}
        found.append(event)
    found.sort(key=lambda event: "jurisdiction.registered" not in event["type"])
    return [json.dumps(event, ensure_ascii=False).encode() for event in found]


def _once_more(examples: list[bytes], event_type: str) -> bytes:
    """Take an example of a type as another event."""
    events = [json.loads(raw) for raw in examples]
    event = next(one for one in events if one["type"] == event_type)
    return json.dumps({**event, "id": f"{event['id']}-again"}, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def cut(client: Client) -> str:
    """Send every example; open a holiday and a Saturday that is worked."""
    examples = _examples()
    assert {json.loads(raw)["type"] for raw in examples} == PUBLISHABLE
    client.send(examples)
    client.open_day(JURISDICTION, NATIONAL_DAY)
    # On a day that is open: then it is a fact, too, that its publisher was heard.
    client.send([_once_more(examples, "dualwatch.milestone.reported.v1")])
    return client.open_day(JURISDICTION, WORKED_SATURDAY)


def test_every_fact_is_an_entry_and_analysis_goes_on(client: Client, cut: str) -> None:
    """It comes to the cut, no entry is parked, and figures are there."""
    found = client.project(PROJECT, cut, fiscal_year=2026, as_of=WORKED_SATURDAY)
    kinds = {entry["type"] for entry in client.entries(PROJECT)}

    assert not found.get("incomplete")
    assert found["assessment"]["stream_sequence"] == len(client.entries(PROJECT))
    assert {"dualwatch.disposition.decided.v1", "dualwatch.fact.corrected.v1"} < kinds
    assert kinds.isdisjoint(JURISDICTION_TYPES)


def test_recovered_and_returned_money_counts(client: Client, cut: str) -> None:
    """As components of the figures of the examples' project."""
    found = client.project(PROJECT, cut, fiscal_year=2026, as_of="2026-12-31")
    components = found["assessment"]["execution"]["money"]["components"]

    assert components["recovered"] == "92500.00"


def test_a_calendar_decides_the_working_days(client: Client, cut: str) -> None:
    """National Day is none, the Saturday after it is one."""
    assert cut
    days = {
        entry["event"]["data"]["date"]: entry["event"]["data"]["working_day"]
        for entry in client.entries(JURISDICTION)
        if entry["type"] == "dualwatch.day.opened.v1"
    }

    assert {NATIONAL_DAY: False, WORKED_SATURDAY: True} == days


async def test_every_jurisdiction_fact_is_on_every_partition(
    publishing: Stack, client: Client, cut: str
) -> None:
    """Sequenced once, copied to all, and passed on to those who read assessments."""
    own = client.entries(JURISDICTION)
    expected = sorted((entry["sequence"], entry["type"]) for entry in own)

    async def everywhere() -> bool:
        for topic in ("ledger", "assessments"):
            found = await _read(publishing, topic, partitions=len(cut.split("-")))
            assert dict.fromkeys(found, expected) == {
                number: sorted(marks) for number, marks in found.items()
            }
        return True

    assert {event_type for _, event_type in expected} >= JURISDICTION_TYPES
    await eventually_async(everywhere)


async def _read(stack: Stack, topic: str, partitions: int) -> dict[int, list[tuple[int, str]]]:
    """Read the jurisdiction's own facts of a topic: partition → sequence and type."""
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=stack.endpoints().kafka, enable_auto_commit=False
    )
    await consumer.start()
    try:
        parts = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        for part in parts:
            consumer.seek(part, 0)
        found: dict[int, list[tuple[int, str]]] = {part.partition: [] for part in parts}
        async with asyncio.timeout(30):
            while any([await consumer.position(part) < ends[part] for part in parts]):
                for part, records in (await consumer.getmany(timeout_ms=500)).items():
                    marks = [
                        Mark.from_bytes(header(record, MARK_HEADER) or b"")
                        for record in records
                        if record.key == JURISDICTION.encode()
                    ]
                    found[part.partition] += [(mark.sequence, mark.event_type) for mark in marks]
    finally:
        await consumer.stop()
    return {
        number: [(sequence, name) for sequence, name in marks if name in JURISDICTION_TYPES]
        for number, marks in found.items()
    }
