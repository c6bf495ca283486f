"""The embedded stack for real: Kafka, MongoDB and dummy services as child processes."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import MongoClient

from deploy.local import kafka, learned
from deploy.local.errors import NotReadyError, PortTakenError, UsageError
from deploy.local.process import Command
from deploy.local.stack import KAFKA_VARIABLE, MONGO_VARIABLE, Service, Stack
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration
DUMMY = str(Path(__file__).with_name("dummy_service.py"))
TOPIC = "kept"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data directory for the module's one stack."""
    return tmp_path_factory.mktemp("stack") / "data"


@pytest.fixture(scope="module")
def stack(data_dir: Path) -> Iterator[Stack]:
    """Run a stack with two services."""
    services = [Service(name, (sys.executable, DUMMY, name)) for name in ("intake", "analysis")]
    with Stack(data_dir, ports_from=free_ports_from(), services=services) as running:
        yield running


def answers(url: str) -> bool:
    """Tell whether a service answers."""
    try:
        return httpx.get(url + "/readyz", timeout=0.5).is_success
    except httpx.TransportError:
        return False


def test_services_learn_where_everything_is(stack: Stack) -> None:
    """Each finds the stores, the other services, its own port and the key in its environment."""
    endpoints = stack.endpoints()

    told = httpx.get(endpoints.intake + "/environ").json()

    assert told[KAFKA_VARIABLE] == endpoints.kafka
    assert told[MONGO_VARIABLE] == endpoints.mongo
    assert told["DUALWATCH_INTAKE__PORT"] == endpoints.intake.rpartition(":")[2]
    assert told["DUALWATCH_REPORTING__URL"] == endpoints.reporting
    assert told["DUALWATCH_DATA_DIR"] == endpoints.data_dir
    assert told["DUALWATCH_KEY"] == endpoints.key
    assert told["DUALWATCH_LOG__FORMAT"] == "json"


@pytest.mark.parametrize("name", ["intake", "kafka", "mongo"])
def test_a_killed_part_is_started_again(stack: Stack, name: str) -> None:
    """Services and stores alike."""
    before = stack.pid(name)

    stack.kill(name)
    stack.wait_ready(name)

    assert stack.pid(name) not in {before, None}


def test_a_halted_part_stays_down_until_restarted(stack: Stack) -> None:
    """So a test can see what the others do meanwhile."""
    stack.halt("analysis")

    assert stack.pid("analysis") is None
    assert not answers(stack.endpoints().analysis)
    stack.restart("analysis")
    assert answers(stack.endpoints().analysis)


def test_a_paused_part_is_silent_and_goes_on(stack: Stack) -> None:
    """The process is the same before and after."""
    before = stack.pid("intake")

    stack.pause("intake")
    assert not answers(stack.endpoints().intake)
    stack.resume("intake")

    assert eventually(lambda: answers(stack.endpoints().intake))
    assert stack.pid("intake") == before


def test_a_broker_that_starts_later_starts_by_what_was_learned_beside(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it; who learned nothing before has it from the next start on."""
    file = tmp_path / "learned.aot"
    words = (sys.executable, "-c", f"open({str(file)!r}, 'w')")
    monkeypatch.setattr(kafka, "learned_file", lambda _: file)
    monkeypatch.setattr(learned, "aside", lambda log: Command("kafka-learns", words, log))
    option = f"-XX:AOTCache={file}"

    stack.learn()
    assert eventually(lambda: option in stack._child("kafka").command.argv)
    stack.kill("kafka")
    stack.wait_ready("kafka")

    assert option in psutil.Process(stack.pid("kafka")).cmdline()
    monkeypatch.setattr(learned, "aside", None)
    stack.learn()


def test_a_second_stack_on_the_same_data_is_refused(stack: Stack, data_dir: Path) -> None:
    """And does the first no harm."""
    with pytest.raises(UsageError, match="in use"):
        Stack(data_dir, ports_from=free_ports_from(), services=()).start()

    assert answers(stack.endpoints().intake)


def test_external_stores_are_used_and_not_started(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their addresses come from the environment."""
    monkeypatch.setenv(KAFKA_VARIABLE, stack.endpoints().kafka)
    monkeypatch.setenv(MONGO_VARIABLE, stack.endpoints().mongo)

    with Stack(tmp_path / "data", ports_from=free_ports_from(), services=()) as other:
        assert other.endpoints().kafka == stack.endpoints().kafka
        with pytest.raises(UsageError, match="no part named kafka"):
            other.kill("kafka")


@pytest.mark.long
async def test_data_outlives_a_restart_on_other_ports_beside_another_stack(
    stack: Stack, tmp_path: Path
) -> None:
    """Two stacks run side by side, and what Kafka and MongoDB were told is there afterwards."""
    assert stack.pid("kafka")
    with Stack(tmp_path / "data", ports_from=free_ports_from(), services=()) as first:
        key = first.endpoints().key
        await write(first)

    with Stack(tmp_path / "data", ports_from=free_ports_from(), services=()) as second:
        assert second.endpoints().key == key
        assert await read(second) == (b"event", {"_id": 1, "name": "kept"})


async def write(stack: Stack) -> None:
    """Write one record in a Kafka transaction and one document in a MongoDB transaction."""
    endpoints = stack.endpoints()
    admin = AIOKafkaAdminClient(bootstrap_servers=endpoints.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=endpoints.kafka, transactional_id="t")
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait(TOPIC, b"event")
    await producer.stop()
    mongo: MongoClient[dict[str, object]] = MongoClient(endpoints.mongo)
    with mongo as client, client.start_session() as session:
        session.with_transaction(
            lambda inside: client.test.things.insert_one({"_id": 1, "name": "kept"}, session=inside)
        )


async def read(stack: Stack) -> tuple[bytes | None, object]:
    """Read back what `write` wrote."""
    endpoints = stack.endpoints()
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=endpoints.kafka, group_id="g", auto_offset_reset="earliest"
    )
    await consumer.start()
    record = await consumer.getone()
    await consumer.stop()
    mongo: MongoClient[dict[str, object]] = MongoClient(endpoints.mongo)
    with mongo as client:
        return record.value, client.test.things.find_one()


def test_a_taken_port_is_named_before_anything_is_started(tmp_path: Path) -> None:
    """The reader learns which port, for what, and what to do."""
    first = free_ports_from()
    refusal = pytest.raises(PortTakenError, match=rf"{first + 2} \(mongo\).*--ports-from")
    with socket.create_server(("127.0.0.1", first + 2)), refusal:
        Stack(tmp_path, ports_from=first, services=()).start()

    assert not (tmp_path / "kafka").exists()


def test_a_service_that_keeps_dying_is_explained(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message ends with the end of its log, and nothing is left running."""
    monkeypatch.setenv(KAFKA_VARIABLE, stack.endpoints().kafka)
    monkeypatch.setenv(MONGO_VARIABLE, stack.endpoints().mongo)
    broken = Service("alerts", (sys.executable, "-c", "raise SystemExit('no such setting')"))
    failing = Stack(tmp_path / "data", ports_from=free_ports_from(), services=[broken])

    with pytest.raises(NotReadyError, match=r"(?s)alerts ended.*no such setting"):
        failing.start()

    with pytest.raises(UsageError, match="no part named alerts"):
        failing.pid("alerts")
