"""Three brokers and three mongods, a pair on each machine of a network that can be cut."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local import jars, kafka, mongo, mongo_admin
from deploy.local.ports import LOOPBACK, Ports
from deploy.local.probes import open_journal
from deploy.local.process import Child, Command, Warden
from deploy.local.topology import KAFKA, MONGO, Part, Topology
from tests.fault.drills.machines import Machines
from tests.support.eventually import eventually

READY_SECONDS: Final = 120.0
LOOK_MS: Final = 1_500
Client = MongoClient[dict[str, Any]]


@dataclass(frozen=True)
class Cluster:
    """The stores on their machines; the machine of a number has broker and mongod of it."""

    machines: Machines
    brokers: tuple[Part, ...]
    mongods: tuple[Part, ...]

    @property
    def kafka(self) -> str:
        """Give the bootstrap servers."""
        return ",".join(self.address(part) for part in self.brokers)

    @property
    def mongo(self) -> str:
        """Give the connection string."""
        return mongo.url([self.address(part) for part in self.mongods])

    def address(self, part: Part) -> str:
        """Give where a part listens."""
        return f"{self.machines.address(part.number)}:{part.port}"

    def primary(self) -> int:
        """Give the number of the member that leads with the highest term; 0: none says so."""
        leading = [
            (hello["electionId"], part.number)
            for part in self.mongods
            if (hello := self.hello(part.number)) and hello.get("isWritablePrimary")
        ]
        return max(leading)[1] if leading else 0

    def hello(self, number: int) -> dict[str, Any]:
        """Ask a member what it is; empty: it does not answer."""
        with contextlib.suppress(PyMongoError), self._direct(number) as client:
            return client.admin.command("hello")
        return {}

    def misses(self, number: int, other: int) -> bool:
        """Tell whether a member finds another one down."""
        with contextlib.suppress(PyMongoError), self._direct(number) as client:
            status = client.admin.command("replSetGetStatus")
            name = self.address(self.mongods[other - 1])
            return any(m["name"] == name and not m["health"] for m in status["members"])
        return False

    def term(self) -> int:
        """Give the highest election term that a member knows."""
        terms = [0]
        for part in self.mongods:
            with contextlib.suppress(PyMongoError), self._direct(part.number) as client:
                terms.append(int(client.admin.command("replSetGetStatus")["term"]))
        return max(terms)

    def found(self) -> None:
        """Make a replica set of the members."""
        with self._direct(1) as client:
            mongo_admin.initiate(client, [self.address(part) for part in self.mongods])

    def _direct(self, number: int) -> Client:
        return MongoClient(
            self.address(self.mongods[number - 1]),
            directConnection=True,
            serverSelectionTimeoutMS=LOOK_MS,
            connectTimeoutMS=LOOK_MS,
            socketTimeoutMS=2 * LOOK_MS,
        )


@contextlib.contextmanager
def cluster(machines: Machines, folder: Path, ports_from: int) -> Iterator[Cluster]:
    """Start the stores on their machines; they are gone afterwards."""
    ports = Ports.starting_at(ports_from)
    topology = Topology(brokers=machines.count, mongo_members=machines.count)
    found = Cluster(machines, topology.parts(KAFKA, ports), topology.parts(MONGO, ports))
    warden = Warden()
    folder.mkdir(parents=True)
    children: list[Child] = []
    with (folder / "stores.log").open("a", encoding="utf-8") as log:
        warden.open()
        try:
            for command in (*_brokers(found, ports, folder, warden), *_mongods(found, folder)):
                children.append(Child(command, warden, open_journal(log)))
                children[-1].start()
            _await(found)
            yield found
        finally:
            for child in reversed(children):
                child.halt()
            warden.close()


def _await(found: Cluster) -> None:
    for part in found.mongods:
        eventually(lambda part=part: found.hello(part.number), READY_SECONDS)  # type: ignore[misc]
    found.found()
    eventually(found.primary, READY_SECONDS)
    for part in found.brokers:
        address = found.address(part)
        eventually(lambda address=address: kafka.answers(address), READY_SECONDS)  # type: ignore[misc]


def _brokers(found: Cluster, ports: Ports, folder: Path, warden: Warden) -> Iterator[Command]:
    nodes = tuple(
        kafka.Node(part, ports.of("kafka_controller", part.number), folder / part.name)
        for part in found.brokers
    )
    made = kafka.Cluster(nodes, tuple(jars.jars(lambda _: None)))
    made.prepare(warden)
    for node in nodes:
        file = node.folder / "server.properties"
        text = file.read_text(encoding="utf-8")
        for other in nodes:
            for port in (other.part.port, other.controller_port):
                there = f"{found.machines.address(other.part.number)}:{port}"
                text = text.replace(f"{LOOPBACK}:{port}", there)
        file.write_text(text, encoding="utf-8")
        command = made.command(node, node.part.name, folder / f"{node.part.name}.log")
        yield _placed(found, node.part, command)


def _mongods(found: Cluster, folder: Path) -> Iterator[Command]:
    for part in found.mongods:
        command = mongo.command(
            part.name, part.port, folder / part.name, folder / f"{part.name}.log"
        )
        here = found.machines.address(part.number)
        argv = tuple(here if word == LOOPBACK else word for word in command.argv)
        yield _placed(found, part, replace(command, argv=argv))


def _placed(found: Cluster, part: Part, command: Command) -> Command:
    return replace(command, argv=found.machines.inside(part.number, command.argv))
