"""Brokers that cannot be reached are tried again after a pause, as Kafka's own clients do it.

aiokafka knows no such pause (`reconnect.backoff.ms`; aiokafka #496): while brokers are away, each
client tries each of them as often as it is refused, dozens of times a second in each process, and
takes the processor that the brokers need to come back. Nor does it wait between two looks at the
metadata (`retry.backoff.ms`), so that a consumer whose partition has no leader yet asks for one
without a pause. Here it waits for both, and what one client of a process has found out of a broker
holds for all of them.
"""

from asyncio import sleep
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from aiokafka.client import AIOKafkaClient, ConnectionGroup

from services.chassis import clock

PAUSE_SECONDS: Final = (0.05, 0.5)
"""Between two attempts: the first, the longest. Kafka's own clients wait up to a second."""
PLACES_MAX: Final = 1_000
"""Most brokers that are known to be away; beyond that all are forgotten."""

Place = tuple[str, int]
"""Host and port of a broker."""


@dataclass(frozen=True, slots=True)
class Away:
    """A broker that could not be reached."""

    failures: int
    """Attempts in a row, however many clients made each at the same time."""
    told: float
    """When the last of them failed, monotonic seconds."""
    until: float
    """Until when nobody tries, monotonic seconds."""


class Reachable:
    """What the clients of a process know of the brokers that they cannot reach."""

    def __init__(self) -> None:
        """Know of none: each may be tried."""
        self._away: dict[Place, Away] = {}

    def may_try(self, place: Place) -> bool:
        """Whether to try a broker now; one that is away is tried by one client at a time."""
        away, present = self._away.get(place), clock.monotonic()
        if away is None:
            return True
        if present < away.until:
            return False
        self._wait(place, away.failures, away.told)
        return True

    def failed(self, place: Place, began: float) -> None:
        """An attempt that began then has failed: nobody tries again for a while."""
        away = self._away.get(place)
        if away is None:
            self._wait(place, 1, clock.monotonic())
        elif began > away.told:
            # One that began before the last was known says nothing new.
            self._wait(place, away.failures + 1, clock.monotonic())

    def reached(self, place: Place) -> None:
        """A broker is there: whoever wants to connects at once."""
        self._away.pop(place, None)

    def _wait(self, place: Place, failures: int, told: float) -> None:
        if place not in self._away and len(self._away) >= PLACES_MAX:
            self._away.clear()
        until = clock.monotonic() + clock.backoff(failures, *PAUSE_SECONDS)
        self._away[place] = Away(failures, told, until)


REACHABLE: Final = Reachable()
"""Of this process."""
_connect: Final = AIOKafkaClient._get_conn  # noqa: SLF001 - there is no public way
_look: Final = AIOKafkaClient._metadata_update  # noqa: SLF001 - the same
_looked: Final[WeakKeyDictionary[Any, float]] = WeakKeyDictionary()
"""When each client last had its look at the metadata, monotonic seconds."""


def install() -> None:
    """Let all clients of this process wait before they try again."""
    AIOKafkaClient._get_conn = connect  # noqa: SLF001 - there is no public way
    AIOKafkaClient._metadata_update = look  # noqa: SLF001 - the same


async def connect(
    client: Any, node_id: Any, *, group: Any = ConnectionGroup.DEFAULT, no_hint: bool = False
) -> Any:
    """Give a connection to a broker, or None: it cannot be reached, or was not just now."""
    held, broker = client._conns.get((node_id, group)), client.cluster.broker_metadata(node_id)  # noqa: SLF001 - aiokafka's own
    if broker is None or (held is not None and held.connected()):
        return await _connect(client, node_id, group=group, no_hint=no_hint)
    place, began = (broker.host, broker.port), clock.monotonic()
    if not REACHABLE.may_try(place):
        # As after an attempt that failed: another one may lead by now.
        client.force_metadata_update()
        return None
    found = await _connect(client, node_id, group=group, no_hint=no_hint)
    if found is None:
        REACHABLE.failed(place, began)
    else:
        REACHABLE.reached(place)
    return found


async def look(client: Any, cluster: Any, topics: Any) -> Any:
    """Ask for the metadata that a client works by, so long after the last time at the soonest."""
    if cluster is not client.cluster:
        return await _look(client, cluster, topics)
    rest = _looked.get(client, 0.0) + client._retry_backoff - clock.monotonic()  # noqa: SLF001 - aiokafka's own
    if rest > 0:
        await sleep(rest)
    try:
        return await _look(client, cluster, topics)
    finally:
        _looked[client] = clock.monotonic()
