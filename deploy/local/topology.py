"""How many of each part a stack has, what they are called, and where each is seen by others."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.local.errors import UsageError
from deploy.local.ports import LOOPBACK, Ports

KAFKA = "kafka"
MONGO = "mongo"
PARTS_MAX = 9
"""Most parts of one kind on one machine."""


@dataclass(frozen=True)
class Part:
    """One process of the stack."""

    name: str
    """`kafka` where there is one of its kind, else `kafka-1`, `kafka-2`, …"""
    kind: str
    number: int
    """From 1."""
    port: int
    seen_port: int
    """Where others find it: its own port, or that of a proxy before it."""

    @property
    def address(self) -> str:
        """Give host and port for others."""
        return f"{LOOPBACK}:{self.seen_port}"

    @property
    def own_address(self) -> str:
        """Give host and port that it listens on."""
        return f"{LOOPBACK}:{self.port}"


@dataclass(frozen=True)
class Topology:
    """The shape of a stack; the default is one of everything."""

    brokers: int = 1
    mongo_members: int = 1
    instances: int = 1
    """Processes of each service; they share its consumer groups."""
    seen_ports: Mapping[str, int] = field(default_factory=dict)
    """By a store's name: the port that everybody is told, where a proxy stands before it."""
    secure: bool = False
    """Whether Kafka asks who is there (SASL), encrypts (TLS) and refuses what no rule allows."""
    publishers: tuple[str, ...] = ("demo",)
    """Where it is secure: who has a user for the topic `publish.<name>`."""

    def __post_init__(self) -> None:
        """Refuse what cannot run."""
        odd = {"--brokers": self.brokers, "--mongo-members": self.mongo_members}
        for option, count in {**odd, "--instances": self.instances}.items():
            if not 1 <= count <= PARTS_MAX:
                message = f"{option} {count} is out of range 1 to {PARTS_MAX}"
                raise UsageError(message)
        for option, count in odd.items():
            if count % 2 == 0:
                message = f"{option} {count}: an even number survives no more than one less"
                raise UsageError(message)

    def parts(self, kind: str, ports: Ports) -> tuple[Part, ...]:
        """Give all parts of a kind (`kafka`, `mongo` or a service's name)."""
        count = {KAFKA: self.brokers, MONGO: self.mongo_members}.get(kind, self.instances)
        return tuple(self._part(kind, number, count, ports) for number in range(1, count + 1))

    def _part(self, kind: str, number: int, count: int, ports: Ports) -> Part:
        name = kind if count == 1 else f"{kind}-{number}"
        port = ports.of(kind, number)
        return Part(name, kind, number, port, self.seen_ports.get(name, port))
