"""Which folder of secrets belongs to whom, and under which names each part is known.

One folder for each container: it sees its own secrets and no other's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from deploy.local.errors import UsageError

OURS: Final = 10_001
"""User of our own image; also of the proxy."""
KAFKA: Final = 1_000
"""User of the image apache/kafka."""
MONGO: Final = 999
"""User of the image mongo."""
NOBODY: Final = 65_534
"""User of the image prom/prometheus."""
GRAFANA: Final = 472
"""User of the image grafana/grafana."""
ROOT: Final = 0

STORES: Final = ("intake", "analysis", "alerts", "reporting")
"""Services that speak to Kafka and MongoDB."""
SERVICES: Final = (*STORES, "console")
RELEASE: Final = "dualwatch"
"""What a release of the chart is called unless it is called otherwise."""
PARTS_MAX: Final = 9
ADDRESSES_MAX: Final = 100


@dataclass(frozen=True)
class Shape:
    """How many of each there are, and where the page is reached."""

    brokers: int = 3
    members: int = 3
    instances: int = 2
    site: str = "localhost"
    """Name by which people reach the page."""
    publishers: tuple[str, ...] = ()
    """Who has a Kafka user for the topic `publish.<name>`."""
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """More names and addresses of a part, by its own name: they stand in its certificate."""

    def __post_init__(self) -> None:
        """Refuse what cannot run."""
        for what, count in (
            ("--brokers", self.brokers),
            ("--mongo-members", self.members),
            ("--instances", self.instances),
        ):
            if not 1 <= count <= PARTS_MAX:
                message = f"{what} {count} is out of range 1 to {PARTS_MAX}"
                raise UsageError(message)
        if sum(map(len, self.addresses.values())) > ADDRESSES_MAX:
            message = f"more than {ADDRESSES_MAX} addresses"
            raise UsageError(message)

    def nodes(self, kind: str) -> tuple[str, ...]:
        """Name the nodes of a store, or the processes of a service."""
        count = {"kafka": self.brokers, "mongo": self.members}.get(kind, self.instances)
        return tuple(f"{kind}-{number}" for number in range(1, count + 1))

    def hosts(self, name: str) -> tuple[str, ...]:
        """Give all names that a part is reached by."""
        # On Kubernetes it is called after the release.
        each = (f"{RELEASE}-{name}", *self.nodes(name)) if name in SERVICES else ()
        site = (self.site,) if name == "proxy" else ()
        known = (name, *each, *site)
        return (*known, *(more for one in known for more in self.addresses.get(one, ())))
