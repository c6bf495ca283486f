"""The topic `ledger` is lost while everything runs: made anew, its readers go on by themselves."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.topics import LEDGER
from deploy.local.stack import SERVICES, Stack
from services.cli import main
from services.cli.client import Client, Params
from services.cli.passing import wait_until_passed
from services.cli.places import Service, places_of
from services.cli.session import Session
from tests.support import builders
from tests.support.eventually import eventually_async
from tests.support.stack import free_ports_from

pytestmark = [pytest.mark.integration, pytest.mark.long]
JURISDICTION = "J739"
PROJECT = f"{JURISDICTION}/P1"
PROJECTS = 40


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Run all services that read what the topic says."""
    services = [service for service in SERVICES if service != "console"]
    with Stack(tmp_path / "data", ports_from=free_ports_from(), services=services) as running:
        yield running


def send(client: Client, *events: AnyEvent) -> None:
    """Send events and return when every service has passed them."""
    lines = b"\n".join(encode(event) for event in events)
    headers = {"content-type": "application/x-ndjson", "prefer": "wait=30"}
    answer = client.send(
        Service.INTAKE, "POST", "/v1/events", content=lines, headers=headers, wait_seconds=40
    )
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    assert answer.json()["counts"]["accepted"] == len(events)
    wait_until_passed(client, client.get(Service.INTAKE, "/v1/position")["position"], 120)


def spent(client: Client) -> str:
    """Ask what the project has spent."""
    asked: Params = {"fiscal_year": 2026, "as_of": "2026-12-31"}
    return str(client.get(Service.ANALYSIS, f"/v1/projects/{JURISDICTION}%2FP1", asked)["spent"])


async def destroy(kafka: str) -> None:
    """Delete the topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()

    async def gone() -> bool:
        return LEDGER.name not in await admin.list_topics()

    try:
        await admin.delete_topics([LEDGER.name])
        await eventually_async(gone)
    finally:
        await admin.close()


def test_readers_go_on_after_the_topic_was_made_anew(stack: Stack) -> None:
    """They know by the positions what they have, and take what comes after it."""
    places = places_of(stack.endpoints())
    with Client(places) as client:
        send(client, builders.jurisdiction(JURISDICTION))
        send(client, *(builders.project(f"{JURISDICTION}/P{n}") for n in range(PROJECTS)))
        payments = [builders.expenditure(PROJECT, "1.00", "2026-03-01") for _ in range(20)]
        send(client, builders.budget(PROJECT, "100.00", "2026-01-05"), *payments)
        assert spent(client) == "20.00"

        asyncio.run(destroy(stack.endpoints().kafka))
        with pytest.raises(SystemExit) as ended:
            main(["ledger", "republish", "--json"], Session(places))
        assert ended.value.code == 0

        send(client, builders.expenditure(PROJECT, "2.00", "2026-03-02"))
        assert spent(client) == "22.00"
        assert [] == client.get(Service.INTAKE, "/v1/ledger/verification")["faults"]
