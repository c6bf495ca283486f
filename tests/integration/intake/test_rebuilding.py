"""Topic and store made from each other: destroyed, rebuilt, and equal to the last hash."""

import functools
import hashlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient

from contracts.codec import encode
from contracts.record import MARK_HEADER
from contracts.topics import LEDGER
from deploy.local.stack import Stack
from services.chassis.records import header
from services.chassis.settings import KafkaSettings
from services.intake.domain.checkpoints import partition_leaf, stream_leaf
from services.intake.domain.merkle import root_of
from tests.integration.intake.running import PARTITIONS, Intake, running
from tests.support import builders
from tests.support.eventually import eventually_async
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration
CODES = ("J735", "J736", "J737")
DATABASE = "dualwatch_intake"


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run a Kafka and a MongoDB that may be destroyed."""
    data = tmp_path_factory.mktemp("rebuilding") / "data"
    with Stack(data, ports_from=free_ports_from(), services=()) as stack:
        yield stack


@pytest.fixture
async def filled(own_stack: Stack) -> AsyncIterator[Intake]:
    """Run an intake with a ledger of several jurisdictions, their copies, and a few projects."""
    async with running(own_stack) as intake:
        await fill(intake)
        yield intake


@functools.cache
def facts(code: str) -> list[bytes]:
    """Write facts of one jurisdiction: its own, and those of two projects."""
    events = [builders.jurisdiction(code), builders.organisation("D1", code)]
    for number in (1, 2):
        project = f"{code}/P{number}"
        events.append(builders.project(project))
        events.append(builders.budget(project, "1000.00", "2026-01-05"))
        document = {"kind": "payment_certificate", "number": f"PV-{code}-{number}"}
        events.append(builders.expenditure(project, "10.00", "2026-02-01", document=document))
    return [encode(event) for event in events]


async def fill(intake: Intake) -> None:
    """Send facts until every partition has entries."""
    for code in CODES:
        first, *others = facts(code)
        for lines in ([first], others):
            found = await intake.send_lines(lines)
            assert found["counts"]["accepted"] + found["counts"]["duplicate"] == len(lines)
        await intake.open_day(code, "2026-03-02", jump=True)


def stored(stack: Stack) -> dict[str, Any]:
    """Read all that the store holds of the ledger; offsets and receipts are not of it."""
    with MongoClient[dict[str, Any]](stack.endpoints().mongo) as client:
        db = client[DATABASE]
        owners = db["progress"].find({"_id": {"$regex": "^ledger"}})
        progress = {item["_id"]: item for item in owners}
        positions = [item["position"] for _, item in sorted(progress.items())]
        heads = list(db["streams"].find().sort("_id", 1))
        leaves = [partition_leaf(number, at) for number, at in enumerate(positions)]
        leaves += [stream_leaf(item["_id"], item["p"], (item["n"], item["h"])) for item in heads]
        claims = sorted((item["_id"], item["v"][:16]) for item in db["claims"].find())
        states = sorted(db["jurisdictions"].find(), key=lambda item: str(item["_id"]))
        extra = {
            name: (sorted(item["extra"]["copies"].items()), item["extra"]["facts"])
            for name, item in progress.items()
        }
    return {
        "root": root_of(leaves).hex(),
        "positions": positions,
        "claims": hashlib.sha256(repr(claims).encode()).hexdigest(),
        "jurisdictions": states,
        "copies": extra,
    }


async def published(intake: Intake) -> dict[int, list[tuple[bytes, bytes, bytes | None]]]:
    """Read the topic: partition → key, value and mark in order.

    What request brought an entry stands on its record, and is not kept: it is no part of the fact.
    """
    return {
        partition: [(record.key, record.value, header(record, MARK_HEADER)) for record in records]
        for partition, records in (await intake.topic(LEDGER.name)).items()
    }


async def destroy_topic(stack: Stack) -> None:
    """Delete the topic `ledger`, and return once the broker has forgotten it."""
    settings = KafkaSettings(bootstrap_servers=stack.endpoints().kafka)
    admin = AIOKafkaAdminClient(**settings.client)
    await admin.start()
    try:
        await admin.delete_topics([LEDGER.name])
        await eventually_async(lambda: gone(admin))
    finally:
        await admin.close()


async def gone(admin: AIOKafkaAdminClient) -> bool:
    """Tell whether the topic is not there any more."""
    return LEDGER.name not in await admin.list_topics()


async def rebuild(intake: Intake, kind: str, **wanted: bool) -> None:
    """Ask for a rebuild and wait until every owner has done it."""
    answer = await intake.client.post(f"/v1/rebuilds/{kind}", json=wanted)
    assert answer.status_code == 202, answer.text

    async def done() -> bool:
        found = await intake.get(f"/v1/rebuilds/{kind}")
        return found["done"] == list(range(PARTITIONS))

    await eventually_async(done, deadline_seconds=60)


@pytest.mark.moves("dualwatch_intake_republished_total")
async def test_the_topic_is_published_again_from_the_store(
    filled: Intake, own_stack: Stack
) -> None:
    """Destroyed while intake runs; afterwards every record is the same, and all goes on."""
    before = await published(filled)
    await destroy_topic(own_stack)
    await rebuild(filled, "topic")

    assert before == await published(filled)
    payment = encode(builders.expenditure(f"{CODES[0]}/P1", "7.00", "2026-03-01"))
    assert (await filled.send_lines([payment]))["counts"]["accepted"] == 1
    await eventually_async(lambda: has_one_more(filled, before))


async def has_one_more(intake: Intake, before: dict[int, list[Any]]) -> bool:
    """Tell whether the topic has one record more than before."""
    after = await published(intake)
    return sum(map(len, after.values())) == sum(map(len, before.values())) + 1


async def test_all_can_be_published_once_more(filled: Intake) -> None:
    """Readers pass over what they have; positions still have no gap."""
    before = await filled.ledger_once()
    await rebuild(filled, "topic", everything=True)

    assert before == await filled.ledger_once()


async def test_the_store_is_filled_from_the_topic(own_stack: Stack) -> None:
    """An empty store enters nothing until it is restored: the same heads, claims and positions."""
    async with running(own_stack) as intake:
        await fill(intake)
        topic = await intake.ledger_once()
    before = stored(own_stack)
    with MongoClient[dict[str, Any]](own_stack.endpoints().mongo) as client:
        client.drop_database(DATABASE)

    async with running(own_stack, ready=False) as intake:
        await eventually_async(lambda: tells_of_it(intake), deadline_seconds=60)
        await rebuild(intake, "store")
        await eventually_async(lambda: is_ready(intake), deadline_seconds=60)

        assert before == stored(own_stack)
        assert [] == (await intake.get("/v1/ledger/verification"))["faults"]
        # Known ids stay known, and numbering goes on.
        again = await intake.send_lines(facts(CODES[1])[2:])
        assert again["counts"]["sent"] == again["counts"]["duplicate"]
        fresh = encode(builders.expenditure(f"{CODES[1]}/P1", "8.00", "2026-03-01"))
        assert (await intake.send_lines([fresh]))["counts"]["accepted"] == 1
        after = await intake.ledger_once()
        assert all(after[part].items() >= entries.items() for part, entries in topic.items())


async def tells_of_it(intake: Intake) -> bool:
    """Tell whether readiness names the command that helps."""
    found = (await intake.client.get("/readyz")).json()
    return "dualwatch ledger restore" in found.get("ledger", "")


async def is_ready(intake: Intake) -> bool:
    """Tell whether everything is there."""
    return (await intake.client.get("/readyz")).is_success
