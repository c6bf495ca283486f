"""A secured stack for real: who is let in, who may do what, and all services working on it."""

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from contracts.codec import encode
from deploy.local.certificates import Authority
from deploy.local.errors import UsageError
from deploy.local.mongo_access import DATABASES
from deploy.local.secured import Security
from deploy.local.stack import SERVICES, Stack
from deploy.local.topology import Topology
from services.chassis.mongo import Mongo
from services.chassis.publisher import partitions_of
from services.chassis.settings import MongoSettings
from services.cli.client import Client, Params
from services.cli.passing import wait_until_passed
from services.cli.places import Service, places_of
from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from tests.integration.deploy.admitted import (
    begun,
    client_of,
    is_refused,
    mongo_of,
    put,
    settings_of,
    take,
)
from tests.support import builders
from tests.support.command import command
from tests.support.eventually import eventually, eventually_async
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration
PUBLISHERS = ("demo", "finance")
JURISDICTION = "J731"
PROJECT = f"{JURISDICTION}/P1"
LINES = "application/x-ndjson"


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
    wrong = tmp_path / "wrong"
    wrong.write_text("another password")
    told = {
        r"authentication failed: user 'analysis' or its password": {"password_file": str(wrong)},
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
        assert "another password" not in str(refused.value)


async def test_a_service_that_is_not_let_in_says_so(stack: Stack, tmp_path: Path) -> None:
    """It lives on, and its readiness tells the reason."""
    password = tmp_path / "wrong"
    password.write_text("another password")
    wrong = settings_of(stack, "intake").model_copy(update={"password_file": str(password)})
    service = create_app(
        IntakeSettings(kafka=wrong, mongo=mongo_of(stack, "intake"), key="a-key-for-tests-only")
    )

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


@pytest.mark.parametrize("service", DATABASES)
def test_a_service_reads_its_own_databases_alone(stack: Stack, service: str) -> None:
    """Nor does it see users, or write elsewhere; indexes and figures of its own it may."""
    client: MongoClient[dict[str, Any]]
    with MongoClient(**mongo_of(stack, service).client) as client:
        for name in DATABASES[service]:
            client[name]["mine"].insert_one({"_id": 1})
            client[name]["mine"].create_index("field")
            client[name].command("dbStats")
            client[name].drop_collection("mine")
        others = {name for names in DATABASES.values() for name in names} - {*DATABASES[service]}
        for name in (*others, "admin", "local", "config"):
            with pytest.raises(OperationFailure, match="not authorized"):
                client[name]["anything"].find_one()
            with pytest.raises(OperationFailure, match="not authorized"):
                client[name]["anything"].insert_one({})
        with pytest.raises(OperationFailure, match="not authorized"):
            client.admin.command("usersInfo", 1)


def test_a_service_ends_its_own_sessions_alone(stack: Stack) -> None:
    """What a dead process left open is ended by its heir; another's stays."""
    intake: MongoClient[dict[str, Any]]
    alerts: MongoClient[dict[str, Any]]
    with (
        MongoClient(**mongo_of(stack, "intake").client) as intake,
        MongoClient(**mongo_of(stack, "alerts").client) as alerts,
        intake.start_session() as dead,
    ):
        named = {"killSessions": [{"id": dead.session_id["id"]}]}
        mine = intake["dualwatch_intake"]["killed"]
        dead.start_transaction()
        mine.insert_one({"_id": 1}, session=dead)
        alerts.admin.command(named)
        mine.insert_one({"_id": 2}, session=dead)
        intake.admin.command(named)
        with pytest.raises(OperationFailure):
            dead.commit_transaction()

        assert mine.count_documents({}) == 0


def test_the_operator_may_back_up_all_and_make_nobody(stack: Stack) -> None:
    """Every database of ours, how the set is, and no user."""
    client: MongoClient[dict[str, Any]]
    with MongoClient(**mongo_of(stack, "operator").client) as client:
        for names in DATABASES.values():
            for name in names:
                client[name]["anything"].find_one()
        assert client.admin.command("replSetGetStatus")["ok"]
        with pytest.raises(OperationFailure, match="not authorized"):
            client.admin.command("createUser", "me", pwd="x", roles=[])


async def test_what_keeps_us_out_of_mongodb_is_told(stack: Stack, tmp_path: Path) -> None:
    """In the clear, without a password, with a wrong one, with a stranger's certificate."""
    foreign = Authority.of(tmp_path / "tls", Security.now()).certificate_file
    wrong = tmp_path / "wrong"
    wrong.write_text("not-the-password", "utf-8")
    plain = MongoSettings(url=stack.endpoints().mongo)
    cases = {
        "does it want TLS": plain,
        "authentication failed": mongo_of(stack, "alerts", password_file=str(wrong)),
        "not trusted; see CA_FILE": mongo_of(stack, "alerts", ca_file=str(foreign)),
    }
    for words, settings in cases.items():
        mongo = Mongo(settings, "dualwatch_alerts")
        try:
            found = await mongo.ready()
            with pytest.raises(PyMongoError):
                await mongo.db["alerts"].find_one()
        finally:
            mongo.close()
        assert found is not None
        assert words in found
        assert "not-the-password" not in found


async def test_a_service_without_a_right_to_mongodb_says_so(stack: Stack, tmp_path: Path) -> None:
    """It lives on, and its readiness tells the reason without the password."""
    wrong = tmp_path / "wrong"
    wrong.write_text("not-the-password", "utf-8")
    mongo = mongo_of(stack, "intake", password_file=str(wrong))
    settings = IntakeSettings(
        kafka=settings_of(stack, "intake"), mongo=mongo, key="a-key-for-tests-only"
    )
    service = create_app(settings)

    async def told() -> str | None:
        found = await service.health.readiness()
        well = "authentication failed" in found["mongodb"] and "uthentication" in found["prepared"]
        return str(found) if well else None

    async with service.app.router.lifespan_context(service.app):
        found = await eventually_async(told)
        assert "not-the-password" not in found
        assert not service.health.is_dead()


def test_secrets_lie_where_only_their_owner_reads(stack: Stack, security: Security) -> None:
    """In files of mode 600, in no log, and on no command line."""
    files = [file for file in security.folder.rglob("*") if file.is_file()]
    properties = stack.data.path / "kafka" / "1" / "server.properties"
    passwords = [security.password_file(user).read_text("utf-8").strip() for user in security.users]
    assert stack.mongo_security is not None
    mongo = stack.mongo_security
    passwords += [mongo.password_file(user).read_text("utf-8").strip() for user in mongo.users]
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


LOOKED = "dualwatch_stores_looked_seconds"
KINDS = {"kafka", "kafka_disk", "mongodb", "oplog", "certificates", "backup"}


async def test_intake_may_ask_what_all_stands_on(stack: Stack) -> None:
    """With the rights of a service: brokers, their disks, members, the oplog, certificates."""

    def kinds(metric: str) -> set[str]:
        text = httpx.get(f"{stack.endpoints().intake}/metrics").text
        found = re.findall(rf'^{metric}{{kind="(\w+)"}} (\S+)', text, re.MULTILINE)
        return {kind for kind, value in found if float(value) > 0}

    await eventually_async(lambda: kinds(LOOKED) == KINDS, 30)
    assert {"trusted", "kafka", "mongodb"} <= kinds("dualwatch_certificate_ends_seconds")


async def test_an_operator_looks_and_backs_up_as_himself(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka's user `operator` and MongoDB's: there is nothing that they may not see."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(stack.data.path))
    place = tmp_path / "backup"
    made = await asyncio.to_thread(command, stack, "backup", str(place))
    # There is no console here.
    found = await asyncio.to_thread(partial(command, stack, "doctor", exit_code=1))

    assert made["noted"]
    assert "unknown" not in {each["state"] for each in found}
    # Services may have begun just now; of the stores everything is told, and well.
    assert set(SERVICES) >= {each["part"] for each in found if each["state"] == "fault"}
    (backup,) = (each for each in found if each["check"] == "backup")
    assert backup["state"] == "ok"
    with pytest.raises(TopicAuthorizationFailedError):
        await put(client_of(stack, "operator"), "ledger")
