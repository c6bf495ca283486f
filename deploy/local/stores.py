"""Kafka and MongoDB as the stack starts them: their commands, their addresses, who is ready."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local import kafka, mongo
from deploy.local.errors import NotReadyError, UsageError
from deploy.local.mongo_secured import MongoSecurity
from deploy.local.ports import Ports
from deploy.local.process import Command, Warden
from deploy.local.secured import Security
from deploy.local.topology import KAFKA, MONGO, Part, Topology
from deploy.local.waiting import wait_until

EXTERNAL_READY_SECONDS = 15.0


class KafkaStore:
    """One broker or several that form one Kafka."""

    def __init__(self, topology: Topology, ports: Ports, data_dir: Path) -> None:
        """Nothing is touched yet."""
        self.parts = topology.parts(KAFKA, ports)
        self.folder = data_dir / KAFKA
        self._nodes = tuple(
            kafka.Node(
                part,
                ports.of("kafka_controller", part.number),
                self.folder / str(part.number),
            )
            for part in self.parts
        )
        self.security = Security(data_dir, topology.publishers) if topology.secure else None
        self.cluster: kafka.Cluster | None = None
        """The nodes as they were prepared, and what they run; None before."""

    @property
    def address(self) -> str:
        """Give the bootstrap servers."""
        return ",".join(part.address for part in self.parts)

    @property
    def ports(self) -> dict[str, int]:
        """Give all ports that are listened on, by what for."""
        own = {part.name: part.port for part in self.parts}
        controllers = [f"kafka_controller{part.name.removeprefix(KAFKA)}" for part in self.parts]
        return own | {
            name: node.controller_port for name, node in zip(controllers, self._nodes, strict=True)
        }

    def commands(
        self,
        jars: Sequence[Path],
        warden: Warden,
        logs: Path,
        cancel: threading.Event | None = None,
    ) -> list[Command]:
        """Format what is new and give one command for each node."""
        _require_count(self.folder, len(self.parts), "--brokers")
        _require_secured(self._nodes, secure=self.security is not None)
        guard = self.security.guard() if self.security else kafka.Guard()
        self.cluster = kafka.Cluster(self._nodes, tuple(jars), guard)
        self.cluster.prepare(warden, cancel)
        return self.commands_now(logs)

    def commands_now(self, logs: Path) -> list[Command]:
        """Give them again, by what the JVM has learned meanwhile; none before `commands`."""
        if self.cluster is None:
            return []
        return [
            self.cluster.command(node, part.name, logs / f"{part.name}.log")
            for node, part in zip(self._nodes, self.parts, strict=True)
        ]

    @property
    def has_learned(self) -> bool:
        """Tell whether the JVM knows already how these nodes start, or runs none of them."""
        return self.cluster is None or kafka.learned_file(self.cluster.jars).is_file()

    def is_ready(self, part: Part) -> bool:
        """Tell whether a broker answers."""
        context = self.security.context if self.security else None
        return kafka.answers(part.own_address, context)

    def admit(self) -> None:
        """Make the users and their rights, once all brokers answer."""
        if self.security:
            self.security.grant(self.address)

    def environment(self, user: str) -> dict[str, str]:
        """Give what a service is told to be let in."""
        return self.security.environment(user) if self.security else {}


class MongoStore:
    """The members of one replica set."""

    def __init__(self, topology: Topology, ports: Ports, data_dir: Path) -> None:
        """Nothing is touched yet."""
        self.parts = topology.parts(MONGO, ports)
        self.folder = data_dir / MONGO
        self.security = MongoSecurity(data_dir) if topology.secure else None

    @property
    def address(self) -> str:
        """Give the connection string."""
        return mongo.url([part.address for part in self.parts])

    @property
    def ports(self) -> dict[str, int]:
        """Give all ports that are listened on, by what for."""
        return {part.name: part.port for part in self.parts}

    def commands(self, logs: Path) -> list[Command]:
        """Give one command for each member."""
        _require_count(self.folder, len(self.parts), "--mongo-members")
        secured = self.security.arguments() if self.security else ()
        return [
            mongo.command(
                part.name,
                part.port,
                self.folder / str(part.number),
                logs / f"{part.name}.log",
                secured,
            )
            for part in self.parts
        ]

    def is_ready(self, part: Part) -> bool:
        """Tell whether a member serves in a set that has a primary; the first founds the set."""
        hosts = [each.address for each in self.parts]
        founds = part.number == 1
        return mongo.make_ready(part.port, hosts, founds=founds, security=self.security)

    def admit(self) -> None:
        """Make the users and their rights, once all members serve."""
        if self.security:
            self.security.grant(self.address)

    def environment(self, user: str) -> dict[str, str]:
        """Give what a service is told to be let in."""
        return self.security.environment(user) if self.security else {}


def require_external(
    variable: str, address: str, ready: Callable[[str], bool], cancel: threading.Event
) -> None:
    """Return once a store that is not ours answers; the message says which variable names it."""
    try:
        wait_until(
            lambda: ready(address),
            deadline_seconds=EXTERNAL_READY_SECONDS,
            what=f"{address} (from {variable})",
            cancel=cancel,
        )
    except NotReadyError as error:
        message = f"{error}. Start it, or unset {variable} to use the built-in one."
        raise NotReadyError(message) from error


def _require_count(folder: Path, count: int, option: str) -> None:
    """Data that was written by one number of nodes is not read by another."""
    found = len([entry for entry in folder.glob("[0-9]") if entry.is_dir()])
    if found not in {0, count}:
        message = (
            f"{folder} was made with {option} {found}, not {count}. "
            "Start with that number, take another --data-dir, or begin anew with --reset."
        )
        raise UsageError(message)


def _require_secured(nodes: Sequence[kafka.Node], *, secure: bool) -> None:
    """A Kafka that was made the other way lacks its users, or lets nobody in without one."""
    for node in nodes:
        if node.cluster_id and node.secured != secure:
            made = "with" if node.secured else "without"
            message = (
                f"{node.folder.parent} was made {made} --secure. Start it that way, "
                "take another --data-dir, or begin anew with --reset."
            )
            raise UsageError(message)
