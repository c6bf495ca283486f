"""A secured Kafka for real: who is let in, who may do what, and all services working on it."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from contracts.codec import encode
from deploy.local.certificates import Authority
from deploy.local.errors import UsageError
from deploy.local.secured import Security
from deploy.local.stack import SERVICES, Stack
from deploy.local.topology import Topology
from services.chassis.publisher import partitions_of
from services.chassis.settings import KafkaSettings, MongoSettings
from services.cli.client import Client, Params
from services.cli.passing import wait_until_passed
from services.cli.places import Service, places_of
from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from tests.support import builders
from tests.support.eventually import eventually, eventually_async
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration
PUBLISHERS = ("demo", "finance")
JURISDICTION = "J731"
PROJECT = f"{JURISDICTION}/P1"
LINES = "application/x-ndjson"
REFUSED_SECONDS = 8.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run everything on a Kafka with passwords, TLS and rules."""
    topology = Topology(secure=True, publishers=PUBLISHERS)
    services = [service for service in SERVICES if service != "console"]
    data = tmp_path_factory.mktemp("secured") / "data"
    with Stack(data, ports_from=free_ports_from(), services=services, topology=topology) as running:
        yield running


@pytest.fixture
def security(stack: Stack) -> Security:
    """Give the users."""
    assert stack.security is not None
    return stack.security


def client_of(stack: Stack, user: str) -> dict[str, Any]:
    """Give what a client of aiokafka is made with to be a user."""
    assert stack.security is not None
    return stack.security.client(user, stack.endpoints().kafka)


def settings_of(stack: Stack, user: str) -> KafkaSettings:
    """Give the settings that the stack tells a service."""
    prefix = "DUALWATCH_KAFKA__"
    told = {k.removeprefix(prefix).lower(): v for k, v in stack.environment(1, user).items()}
    names = KafkaSettings.model_fields.keys() & told.keys()
    return KafkaSettings.model_validate({name: told[name] for name in names})


async def put(client: dict[str, Any], topic: str, value: bytes = b"{}") -> None:
    """Put one record on a topic."""
    producer = AIOKafkaProducer(**client, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def take(client: dict[str, Any], topic: str) -> int:
    """Read whatever a topic's first partition has now; give how many records."""
    consumer = AIOKafkaConsumer(**client)
    await consumer.start()
    try:
        # aiokafka reads on in silence where it may not; the broker's answer is told only here.
        await consumer._client._wait_on_metadata(topic)
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        return sum(map(len, (await consumer.getmany(timeout_ms=1_000)).values()))
    finally:
        await consumer.stop()


async def begun(consumer: AIOKafkaConsumer) -> None:
    """Join a group and wait for a record."""
    await consumer.start()
    await consumer.getone()


async def is_refused(client: dict[str, Any]) -> bool:
    """Tell whether a client is not let in at all."""
    admin = AIOKafkaAdminClient(**client, request_timeout_ms=2_000)
    try:
        async with asyncio.timeout(REFUSED_SECONDS):
            await admin.start()
            await admin.list_topics()
    except (KafkaError, TimeoutError):
        return True
    else:
        return False
    finally:
        await admin.close()


def facts() -> list[bytes]:
    """Write a small year of one project."""
    return [
        encode(event)
        for event in (
            builders.jurisdiction(JURISDICTION),
            builders.project(PROJECT),
            builders.budget(PROJECT, "1000.00", "2026-01-05"),
            builders.expenditure(PROJECT, "400.00", "2026-03-01"),
        )
    ]


async def test_all_services_work_as_users_of_their_own(stack: Stack) -> None:
    """From the HTTP door and the Kafka door to reporting; no service is the super user."""
    with Client(places_of(stack.endpoints())) as client:
        wanted = {"content-type": LINES, "prefer": "wait=20"}
        body = b"\n".join(facts())
        answer = client.send(Service.INTAKE, "POST", "/v1/events", content=body, headers=wanted)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        assert answer.json()["counts"]["accepted"] == 4
        payment = encode(builders.expenditure(PROJECT, "100.00", "2026-03-02"))
        await put(client_of(stack, "publish.demo"), "publish.demo", payment)
        day = {"jurisdiction": JURISDICTION, "date": "2026-06-30", "jump": True}
        said = json.dumps(day).encode()
        client.send(Service.INTAKE, "POST", "/v1/days", content=said, headers={"prefer": "wait=20"})

        def spent() -> str | None:
            cut = client.get(Service.INTAKE, "/v1/position")["position"]
            wait_until_passed(client, cut)
            asked: Params = {"fiscal_year": 2026, "as_of": "2026-06-30"}
            project = f"/v1/projects/{JURISDICTION}%2FP1"
            found = client.get(Service.ANALYSIS, project, asked)
            return found["spent"] if found["spent"] == "500.00" else None

        assert eventually(spent, deadline_seconds=40) == "500.00"
    for service in ("analysis", "reporting"):
        environment = stack.environment(1, service)
        assert environment["DUALWATCH_KAFKA__USER"] == service
        assert environment["DUALWATCH_KAFKA__SECURITY_PROTOCOL"] == "SASL_SSL"


async def test_the_settings_the_services_get_open_the_door(stack: Stack) -> None:
    """Read as a service reads them; what may not be seen does not exist."""
    assert await partitions_of(settings_of(stack, "analysis"), ["ledger", "submissions"]) == {
        "ledger": 4,
        "submissions": 0,
    }


async def test_nobody_gets_in_in_the_clear_or_without_a_password(
    stack: Stack, security: Security, tmp_path: Path
) -> None:
    """Plain text, TLS without a user, a wrong password, another's password, a foreign broker."""
    good = client_of(stack, "analysis")
    servers = {"bootstrap_servers": good["bootstrap_servers"]}
    encrypted = {**servers, "security_protocol": "SSL", "ssl_context": security.context}
    foreign = Authority.of(tmp_path, security.now())
    other_trust = settings_of(stack, "analysis").model_copy(
        update={"ca_file": str(foreign.certificate_file)}
    )
    refused = {
        "plain text": {**servers, "security_protocol": "PLAINTEXT"},
        "password in plain text": {**good, "security_protocol": "SASL_PLAINTEXT"},
        "no user": encrypted,
        "wrong password": {**good, "sasl_plain_password": "wrong"},
        "another's password": {**good, "sasl_plain_username": "intake"},
        "unknown user": {**good, "sasl_plain_username": "nobody"},
        "a broker that proves nothing": other_trust.client,
    }
    found = await asyncio.gather(*map(is_refused, refused.values()))

    assert [] == [name for name, is_out in zip(refused, found, strict=True) if not is_out]
    assert not await is_refused(good)


async def test_what_keeps_us_out_is_told_in_plain_words(
    stack: Stack, security: Security, tmp_path: Path
) -> None:
    """What readiness and the log say; without the password."""
    settings = settings_of(stack, "analysis")
    foreign = Authority.of(tmp_path, security.now())
    told = {
        r"authentication failed: user 'analysis' or its password": {"password_file": __file__},
        r"certificate is not trusted \(.*\); see CA_FILE": {
            "ca_file": str(foreign.certificate_file)
        },
        r"another way\? \(SECURITY_PROTOCOL is SASL_PLAINTEXT\)": {
            "security_protocol": "SASL_PLAINTEXT"
        },
        "nobody listens there": {"bootstrap_servers": "127.0.0.1:1"},
    }
    for words, changes in told.items():
        with pytest.raises(KafkaError, match=words) as refused:
            await partitions_of(settings.model_copy(update=changes), ["ledger"])
        assert "A secured Kafka for real" not in str(refused.value)


async def test_a_service_that_is_not_let_in_says_so(stack: Stack) -> None:
    """It lives on, and its readiness tells the reason."""
    wrong = settings_of(stack, "intake").model_copy(update={"password_file": __file__})
    mongo = MongoSettings(url=stack.endpoints().mongo)
    service = create_app(IntakeSettings(kafka=wrong, mongo=mongo, key="a-key-for-tests-only"))

    async def told() -> str | None:
        found = (await service.health.readiness())["prepared"]
        return found if "user 'intake' or its password is not known" in found else None

    async with service.app.router.lifespan_context(service.app):
        assert await eventually_async(told)
        assert not service.health.is_dead()


async def test_a_publisher_writes_to_its_own_topic_only(stack: Stack) -> None:
    """Not to another publisher's, nor past the doors; and it reads nothing."""
    finance = client_of(stack, "publish.finance")
    for topic in ("publish.demo", "submissions", "ledger", "assessments"):
        with pytest.raises(TopicAuthorizationFailedError):
            await put(finance, topic)
    with pytest.raises(TopicAuthorizationFailedError):
        await take(finance, "ledger")
    with pytest.raises(TopicAuthorizationFailedError):
        await take(finance, "publish.demo")


async def test_services_read_and_write_what_the_registry_says(stack: Stack) -> None:
    """The ledger is for analysis; nobody writes what another produces."""
    assert await take(client_of(stack, "analysis"), "ledger") >= 0
    for user in ("alerts", "reporting"):
        with pytest.raises(TopicAuthorizationFailedError):
            await take(client_of(stack, user), "ledger")
    for user, topic in (("analysis", "ledger"), ("alerts", "assessments"), ("reporting", "alerts")):
        with pytest.raises(TopicAuthorizationFailedError):
            await put(client_of(stack, user), topic)


async def test_groups_belong_to_their_service(stack: Stack) -> None:
    """Nobody else moves a service's offsets."""
    consumer = AIOKafkaConsumer(
        "assessments", **client_of(stack, "reporting"), group_id="alerts.v1"
    )
    try:
        with pytest.raises(GroupAuthorizationFailedError):
            await begun(consumer)
    finally:
        await consumer.stop()


def test_secrets_lie_where_only_their_owner_reads(stack: Stack, security: Security) -> None:
    """In files of mode 600, in no log, and on no command line."""
    files = [file for file in security.folder.rglob("*") if file.is_file()]
    properties = stack.data.path / "kafka" / "1" / "server.properties"
    passwords = [security.password_file(user).read_text("utf-8").strip() for user in security.users]
    logs = [file.read_text("utf-8") for file in stack.data.logs.iterdir()]

    assert {0o600} == {file.stat().st_mode & 0o777 for file in (*files, properties)}
    assert not [log for log in logs if any(password in log for password in passwords)]
    assert not (properties.parent / "format.options").exists()


def test_a_kafka_stays_as_it_was_made(stack: Stack) -> None:
    """Opening or closing it later would lose its users, so it is refused before a start."""
    open_kafka = Stack(
        stack.data.path, ports_from=free_ports_from(), services=(), topology=Topology()
    )
    with pytest.raises(UsageError, match="made with --secure"):
        open_kafka._kafka.commands((), None, stack.data.logs)  # type: ignore[arg-type]


def test_brokers_listen_to_tls_alone(stack: Stack) -> None:
    """Whoever speaks plainly to a listener hears nothing sensible."""
    host, _, port = stack.endpoints().kafka.partition(":")
    with socket.create_connection((host, int(port)), timeout=2) as connection:
        connection.sendall(b"\x00\x00\x00\x0a\x00\x12\x00\x00\x00\x00\x00\x01\xff\xff")
        reply = connection.recv(64)

    assert reply == b"" or reply[:1] == b"\x15"  # a TLS alert
