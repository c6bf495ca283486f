"""The topology of compose.yaml, and the chart's services, as processes with the same settings."""

import json
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from contracts.codec import encode
from deploy.local.process import Child, Warden
from services.cli.client import Client, Params
from services.cli.passing import wait_until_passed
from services.cli.places import Places, Service
from tests.support import builders
from tests.support.chart import RELEASE, environment, pods, render
from tests.support.containers import Container, Town, compose
from tests.support.eventually import eventually

pytestmark = [pytest.mark.integration, pytest.mark.long]
STORES: Final = ("kafka-1", "kafka-2", "kafka-3", "mongo-1", "mongo-2", "mongo-3")
JURISDICTION: Final = "J739"
PROJECT: Final = f"{JURISDICTION}/P1"
PORTS: Final = {"intake": 8101, "analysis": 8102, "alerts": 8103, "reporting": 8104}
ALIVE: Final = ("python", "-I", "-m", "deploy.image.alive")
ENV: Final = {
    "DUALWATCH_INTAKE__PARTITIONS": "4",
    "DUALWATCH_SECRETS": "secrets",
    "DUALWATCH_CLUSTER_ID": "VGhlQ2x1c3Rlck9mVGVzdA",
}


class Journal:
    """Where comings and goings are not written."""

    def info(self, event: str, /, **details: object) -> None:
        """Write nothing."""


@dataclass
class Running:
    """The topology, and what runs of it."""

    town: Town
    containers: Mapping[str, Container]
    children: dict[str, Child]

    def start(self, *containers: Container) -> None:
        """Start containers side by side, and wait until all are healthy."""
        for container in containers:
            child = Child(self.town.command(container), self.town.warden, Journal())
            self.children[container.name] = child
            child.start()
        for container in containers:
            self.town.wait_healthy(container)

    @property
    def secrets(self) -> Path:
        """Give the folder of secrets."""
        return self.town.folder / "secrets"

    @property
    def key(self) -> str:
        """Give the deployment's key."""
        return (self.secrets / "operator" / "key").read_text("utf-8").strip()

    def client(self, number: int = 1) -> Client:
        """Ask the services as a command does."""
        urls = {
            name: f"https://{self.town.address(name, number)}:{port}"
            for name, port in PORTS.items()
        }
        return Client(Places(urls, self.key))

    def ready(self, container: Container, port: int) -> dict[str, Any]:
        """Read a service's readiness."""
        context = ssl.create_default_context(cafile=self.secrets / "operator" / "ca.pem")
        where = f"https://{self.town.residents[container.name]}:{port}/readyz"
        found: dict[str, Any] = httpx.get(where, verify=context, trust_env=False).json()
        return found


def charted() -> dict[str, Container]:
    """Read the chart's pods as containers, with the folders of secrets that compose has.

    Not the operator's, which only waits for commands.
    """
    found = {}
    for name, pod in pods(render({"partitions": 4})).items():
        (container,) = pod["spec"]["containers"]
        kind = container["name"]
        if kind == "operator":
            continue
        found[name] = Container(
            name,
            "dualwatch:chart",
            tuple(container["args"]),
            environment(pod),
            {"/run/dualwatch": f"./secrets/{kind}"},
            () if kind == "setup" else ALIVE,
        )
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run everything in the order of `depends_on`."""
    del tmp_path_factory  # its folders are too deep for nothing that we start, but stay behind
    containers = {
        name: found
        for name, found in compose(ENV).items()
        if found.image.startswith(("dualwatch", "apache/kafka", "mongo", "caddy"))
    }
    warden = Warden()
    with tempfile.TemporaryDirectory(prefix="dualwatch-compose-") as folder:
        town = Town(Path(folder), warden)
        town.settle([*containers.values(), *charted().values()])
        warden.open()
        found = Running(town, containers, {})
        try:
            _set_up(found)
            yield found
        finally:
            for child in reversed(list(found.children.values())):
                child.stop()
            warden.close()


def _set_up(running: Running) -> None:
    town, containers = running.town, running.containers
    names = [
        word
        for name, address in town.residents.items()
        # Of the chart's pods the certificates speak for the service that they are.
        for word in ("--address", f"{name.removeprefix(f'{RELEASE}-dualwatch-')}={address}")
    ]
    assert town.job(containers["secrets"], names) == 0, town.log("secrets").read_text("utf-8")
    running.start(*(containers[name] for name in STORES))
    for job in ("setup-kafka", "setup-mongo"):
        assert town.job(containers[job]) == 0, town.log(job).read_text("utf-8")[-3_000:]
    others = {*STORES, "proxy"}
    services = [one for one in containers.values() if one.healthcheck and one.name not in others]
    running.start(*services)


@pytest.fixture(autouse=True)
def _trusting(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands trust the deployment's authority."""
    monkeypatch.setenv("DUALWATCH_TLS__CA_FILE", str(running.secrets / "operator" / "ca.pem"))


def spent(client: Client) -> str:
    """Wait until all have passed what is there, and read what the project has spent."""
    wait_until_passed(client, client.get(Service.INTAKE, "/v1/position")["position"])
    asked: Params = {"fiscal_year": 2026, "as_of": "2026-06-30"}
    found = client.get(Service.ANALYSIS, f"/v1/projects/{JURISDICTION}%2FP1", asked)
    return str(found["spent"])


def publish(client: Client, *events: Any) -> None:
    """Send events to intake's door; each is entered, by this request or by one before."""
    wanted = {"content-type": "application/x-ndjson", "prefer": "wait=30"}
    body = b"\n".join(encode(event) for event in events)
    answer = client.send(
        Service.INTAKE, "POST", "/v1/events", content=body, headers=wanted, wait_seconds=60
    )

    counts = answer.json().get("counts", {"accepted": 0, "duplicate": 0})
    assert counts["accepted"] + counts["duplicate"] == len(events), answer.text


def test_a_payment_is_taken_in_and_measured(running: Running) -> None:
    """Three brokers, three members, two processes of each service, all secured."""
    with running.client() as client:
        publish(
            client,
            builders.jurisdiction(JURISDICTION),
            builders.project(PROJECT),
            builders.budget(PROJECT, "1000.00", "2026-01-05"),
            builders.expenditure(PROJECT, "400.00", "2026-03-01"),
        )
        day = {"jurisdiction": JURISDICTION, "date": "2026-06-30", "jump": True}
        said = json.dumps(day).encode()
        client.send(Service.INTAKE, "POST", "/v1/days", content=said, headers={"prefer": "wait=30"})
        assert eventually(lambda: spent(client) == "400.00", 90)
    with running.client(2) as second:
        assert spent(second) == "400.00"


def test_every_container_is_ready(running: Running) -> None:
    """Each service finds Kafka, MongoDB and the others; the page too."""
    ports = {**PORTS, "console": 8100}
    for container in running.containers.values():
        kind = container.name.rpartition("-")[0]
        if kind in ports and container.name in running.children:

            def well(one: Container = container, port: int = ports[kind]) -> bool:
                return set(running.ready(one, port).values()) == {"ok"}

            assert eventually(well, 60, container.name)


def test_setting_up_again_changes_nothing(running: Running) -> None:
    """An upgrade runs the jobs once more."""
    before = {file: file.read_bytes() for file in running.secrets.rglob("*") if file.is_file()}
    for job in ("secrets", "setup-kafka", "setup-mongo"):
        assert running.town.job(running.containers[job]) == 0

    assert before == {file: file.read_bytes() for file in before}


def test_a_service_sees_its_own_database_alone(running: Running) -> None:
    """With the very user, password and certificate that the container has."""
    analysis = running.secrets / "analysis"
    client: MongoClient[dict[str, Any]] = MongoClient(
        running.town.residents["mongo-1"],
        27017,
        replicaSet="rs0",
        username="analysis",
        password=(analysis / "mongo-password").read_text("utf-8").strip(),
        tls=True,
        tlsCAFile=str(analysis / "ca.pem"),
    )
    with client:
        assert client["dualwatch_analysis"].list_collection_names()
        with pytest.raises(OperationFailure, match="not authorized"):
            client["dualwatch_intake"].list_collection_names()


def test_people_come_in_by_https(running: Running) -> None:
    """Through the proxy, which trusts the services and whom the people trust."""
    town, proxy = running.town, running.containers["proxy"]
    child = Child(town.command(proxy), town.warden, Journal())
    running.children["proxy"] = child
    child.start()
    context = ssl.create_default_context(cafile=running.secrets / "operator" / "ca.pem")
    where = town.residents["proxy"]
    with httpx.Client(verify=context, trust_env=False) as client:

        def page() -> httpx.Response | None:
            try:
                found = client.get(f"https://{where}:8443/sign-in")
            except httpx.TransportError:
                return None
            return found if found.status_code == httpx.codes.OK else None

        found = eventually(page, 60, "the page")
        assert found is not None
        assert "max-age" in found.headers["strict-transport-security"]
        door = client.get(
            f"https://{where}:8101/v1/position", headers={"Authorization": "Bearer x"}
        )
        assert door.status_code == httpx.codes.UNAUTHORIZED
        assert client.get(f"http://{where}:8443/sign-in").is_error
        for port in (8443, *PORTS.values()):
            figures = client.get(f"https://{where}:{port}/metrics")
            assert httpx.codes.NOT_FOUND == figures.status_code, port


def test_an_operator_looks_at_all_of_it(running: Running) -> None:
    """`docker compose run --rm operator doctor`, with the operator's users alone: all is well.

    But for how full this machine's disk is, which is not the topology's.
    """
    code = running.town.job(running.containers["operator"], ["--json"])
    said = running.town.log("operator").read_text("utf-8")
    found = json.loads(next(line for line in said.splitlines() if line.startswith("[")))
    faults = [each for each in found if each["state"] == "fault"]
    well = {(each["check"], each["part"]): each["words"] for each in found if each["state"] == "ok"}
    shown = {each["part"].partition(" ")[2] for each in found if each["check"] == "certificate"}

    assert [] == [each for each in faults if each["check"] != "disk"]
    assert [] == [each for each in found if each["state"] == "unknown"]
    assert code == bool(faults), said
    assert {("service", name) for name in (*PORTS, "console")} <= well.keys()
    assert well["connection", "kafka"] == "3 brokers answer (SASL_SSL)"
    assert well["replica set", "mongodb"] == "3 of 3 members serve"
    stores = {"kafka": 9092, "mongo": 27017}
    assert shown >= {
        f"{running.town.residents[name]}:{stores[name.partition('-')[0]]}" for name in STORES
    }
    assert "traceback" not in said.lower(), said


def test_services_with_the_charts_settings_stand_beside_them(running: Running) -> None:
    """The job that makes topics, and a third process of each service."""
    containers = charted()
    job = containers.pop(f"{RELEASE}-dualwatch-setup-kafka")
    assert running.town.job(job) == 0, running.town.log(job.name).read_text("utf-8")
    running.start(*containers.values())
    for name, container in containers.items():
        port = {**PORTS, "console": 8100}[name.rpartition("-")[2]]

        def well(one: Container = container, port: int = port) -> bool:
            return set(running.ready(one, port).values()) == {"ok"}

        assert eventually(well, 90, name)
    for name in containers:
        running.children.pop(name).stop()


def test_a_lost_broker_and_a_lost_member_are_borne(running: Running) -> None:
    """One of three of each: payments go on being taken in and measured."""
    for name in ("kafka-2", "mongo-2"):
        running.children[name].halt()
    # The same payment however often it is sent: what was taken in late counts once.
    payment = builders.expenditure(PROJECT, "100.00", "2026-03-02")
    with running.client() as client:

        def taken() -> bool:
            publish(client, payment)
            return True

        assert eventually(taken, 60)
        assert eventually(lambda: spent(client) == "500.00", 90)
    for name in ("kafka-2", "mongo-2"):
        running.children[name].start()
        running.town.wait_healthy(running.containers[name])
