"""A secured Kafka of three nodes, its losses, and users that come later: minutes, not seconds."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.codec import encode
from deploy.local.stack import Stack
from deploy.local.topology import Topology
from services.cli.client import Client
from services.cli.errors import CliError
from services.cli.places import Service, places_of
from tests.support import builders
from tests.support.command import command
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = [pytest.mark.integration, pytest.mark.long]
BROKERS = 3
JURISDICTION = "J738"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Give a data directory."""
    return tmp_path / "data"


def secured(data: Path, **changes: Any) -> Stack:
    """Make a stack with intake on a secured Kafka."""
    topology = Topology(**{"secure": True, **changes})
    ports = free_ports_from(max(topology.brokers, topology.instances))
    return Stack(data, ports_from=ports, services=("intake",), topology=topology)


@pytest.fixture
def three(data: Path) -> Iterator[Stack]:
    """Run three brokers and two processes of intake."""
    with secured(data, brokers=BROKERS, instances=2) as stack:
        yield stack


def accepted(stack: Stack, *events: Any) -> int:
    """Send events and count those that were entered."""
    lines = b"\n".join(encode(event) for event in events)
    headers = {"content-type": "application/x-ndjson", "prefer": "wait=30"}
    with Client(places_of(stack.endpoints())) as client:
        try:
            answer = client.send(
                *(Service.INTAKE, "POST", "/v1/events"),
                content=lines,
                headers=headers,
                wait_seconds=40,
            )
        except CliError:
            # While a broker is lost, intake may say for a while that it cannot.
            return 0
    counts = answer.json()["counts"]
    return int(counts["accepted"] + counts["duplicate"])


def test_a_lost_broker_costs_nothing(three: Stack) -> None:
    """Brokers let each other in by their certificate, also one that comes back."""
    first = [builders.jurisdiction(JURISDICTION), builders.project(f"{JURISDICTION}/P1")]
    assert accepted(three, *first) == 2
    for number in range(1, BROKERS + 1):
        name = f"kafka-{number}"
        three.halt(name)
        payment = builders.expenditure(f"{JURISDICTION}/P1", f"{number}.00", "2026-03-01")
        eventually(partial(accepted, three, payment), deadline_seconds=90)
        three.restart(name)
    with Client(places_of(three.endpoints())) as client:
        found = client.get(Service.INTAKE, "/v1/ledger/verification")

    assert [] == found["faults"]


async def test_publishers_may_come_later(data: Path) -> None:
    """Started again with another name: its user is made, the others stay as they were."""
    with secured(data) as stack:
        assert stack.security is not None
        before = stack.security.password_file("intake").read_text("utf-8")
        demo = stack.security.client("publish.demo", stack.endpoints().kafka)
        await write(demo, "publish.demo")
    with secured(data, publishers=("demo", "finance")) as stack:
        assert stack.security is not None
        kafka = stack.endpoints().kafka
        finance = stack.security.client("publish.finance", kafka)
        await write(stack.security.client("publish.demo", kafka), "publish.demo")
        with pytest.raises(KafkaError):
            await write(finance, "publish.demo")

        assert before == stack.security.password_file("intake").read_text("utf-8")


async def write(client: dict[str, Any], topic: str) -> None:
    """Put one record on a topic."""
    producer = AIOKafkaProducer(**client, acks="all", request_timeout_ms=10_000)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"{}")
    finally:
        await producer.stop()


def test_an_operator_restores_as_himself(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Kafka's user `operator` and MongoDB's: what was lost is back, and the ledger holds."""
    place = tmp_path / "backup"
    with secured(data) as stack:
        monkeypatch.setenv("DUALWATCH_DATA_DIR", str(stack.data.path))
        assert accepted(stack, builders.jurisdiction(JURISDICTION)) == 1
        command(stack, "backup", str(place))
        stack.halt("intake")
        command(stack, "restore", str(place), "--replace")
        stack.restart("intake")
        command(stack, "ledger", "restore")

        assert command(stack, "ledger", "verify")
        assert accepted(stack, builders.project(f"{JURISDICTION}/P1")) == 1
