"""What a deployment stands on, asked once a minute: copies, disks, time that runs out.

A lost broker or member of the replica set is felt by nobody until the next one is lost. One service
asks for all; what it could not ask for is told as well, by the age of its last look.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from aiokafka.errors import KafkaError
from pymongo.read_preferences import ReadPreference

from contracts.topics import PUBLISH_PREFIX, TOPICS
from services.chassis import certificates, clock, metrics
from services.chassis.kafka_requests import TOO_OLD, disks, metadata
from services.chassis.log import get_logger
from services.chassis.mongo import Mongo
from services.chassis.publisher import administrator
from services.chassis.settings import KafkaSettings
from services.chassis.settings_mongo import MongoPlace

EVERY_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 20.0
"""Longest one look may take."""
KEPT_SECONDS: Final = 180.0
"""How long what was seen last is told after looks that failed."""
ANSWER_MS: Final = 5_000
BROKERS_MAX: Final = 100
"""Brokers and members whose disks and certificates are asked for."""
IN_SYNC_MIN: Final = 2
"""Copies in sync below which nothing is written (min.insync.replicas), where there are enough."""
COPIES_MIN: Final = 3
"""Enough: of two copies a deployment may well let one be written alone."""
KAFKAS_OWN: Final = "__"
"""How topics begin that Kafka keeps for itself: groups and transactions stand on them."""
OURS: Final = frozenset(topic.name for topic in TOPICS)
VOTING_STATES: Final = frozenset({1, 2, 7})
"""Primary, secondary, arbiter."""
OPLOG_FULL: Final = 0.9
"""Share of the oplog that is used before it forgets: only then has it a window."""
MONGO_PORT: Final = 27_017

BROKERS: Final = metrics.gauge(
    "dualwatch_kafka_brokers",
    "Brokers that answer, and those that should hold copies of partitions and are away.",
    ("state",),
)
PARTITIONS: Final = metrics.gauge(
    "dualwatch_kafka_partitions",
    "Partitions whose copies are not all in sync (behind), with one of three or more in sync and "
    "so not writable (alone), without a leader (leaderless); of our topics and Kafka's own.",
    ("state",),
)
KAFKA_SIZE: Final = metrics.gauge(
    "dualwatch_kafka_disk_size_bytes", "Size of the fullest disk of all brokers; 0: not told."
)
KAFKA_USED: Final = metrics.gauge(
    "dualwatch_kafka_disk_used_bytes", "What of it is used, by whatever it is."
)
MEMBERS: Final = metrics.gauge(
    "dualwatch_mongo_members", "Members of the replica set that serve, or are away.", ("state",)
)
OPLOG: Final = metrics.gauge(
    "dualwatch_mongo_oplog_window_seconds",
    "Seconds that the full oplog reaches back: who is away longer starts anew; 0: not "
    "full yet, or the set has one member.",
)
LOOKED: Final = metrics.gauge(
    "dualwatch_stores_looked_seconds",
    "When this was last asked for with an answer, in seconds since 1970; 0: never.",
    ("kind",),
)

Look = Callable[[], Awaitable[None]]
log = get_logger(__name__)


class Redundancy:
    """The task."""

    def __init__(self, kafka: KafkaSettings, place: MongoPlace, mongo: Mongo) -> None:
        """Know of nothing yet."""
        self._kafka, self._place, self._mongo = kafka, place, mongo
        self._members: Sequence[str] = ()
        self._copies = 0
        self._looked: dict[str, float] = {}
        self._looks: dict[str, Look] = {
            "kafka": self.look_at_kafka,
            "kafka_disk": self.look_at_disks,
            "mongodb": self.look_at_members,
            "oplog": self.look_at_oplog,
            "certificates": self.look_at_certificates,
        }

    def add(self, kind: str, look: Look) -> None:
        """Add what else is asked for."""
        self._looks[kind] = look

    async def run(self) -> None:
        """Ask for ever; what is away is waited for."""
        for kind in self._looks:
            LOOKED.labels(kind).set(0)
        while True:
            await self.look()
            await asyncio.sleep(clock.jittered(EVERY_SECONDS))

    async def look(self) -> None:
        """Ask for everything once."""
        for kind, look in self._looks.items():
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await look()
            except Exception as error:  # noqa: BLE001 - whatever it is: its age says it
                log.warning("not_looked_at", kind=kind, reason=repr(error))
                if clock.monotonic() - self._looked.get(kind, 0.0) > KEPT_SECONDS:
                    forget(kind)
            else:
                LOOKED.labels(kind).set(clock.now_ms() / 1_000)
                self._looked[kind] = clock.monotonic()

    async def look_at_kafka(self) -> None:
        """Count brokers and partitions."""
        async with administrator(self._kafka) as admin:
            found = await metadata(admin._client, None)  # noqa: SLF001 - there is no public way
        tell_cluster(found)

    async def look_at_disks(self) -> None:
        """Measure the fullest disk of the brokers that answer."""
        async with administrator(self._kafka) as admin:
            client = admin._client  # noqa: SLF001 - there is no public way
            found: list[tuple[int, int]] = []
            answered, gone = 0, None
            for broker in list(client.cluster.brokers())[:BROKERS_MAX]:
                try:
                    found += await disks(client, broker.nodeId)
                except TOO_OLD:
                    log.debug("disks_not_told", broker=broker.nodeId)
                except KafkaError as error:
                    # One that went away just now is told of as away; its disk is not.
                    if not error.retriable:
                        raise
                    gone = error
                    continue
                answered += 1
        if gone and not answered:
            raise gone
        size, used = max(found, key=lambda disk: disk[1] / disk[0], default=(0, 0))
        KAFKA_SIZE.set(size)
        KAFKA_USED.set(used)

    async def look_at_members(self) -> None:
        """Count the members of the replica set."""
        # Without a primary, which is when most are away, whoever is left says so.
        status = await self._mongo.client.admin.command(
            "replSetGetStatus",
            read_preference=ReadPreference.PRIMARY_PREFERRED,
            maxTimeMS=ANSWER_MS,
        )
        members = status["members"]
        well = [each for each in members if each["state"] in VOTING_STATES and each["health"] == 1]
        self._members = [each["name"] for each in well]
        self._copies = len(members)
        MEMBERS.labels("serving").set(len(well))
        MEMBERS.labels("away").set(len(members) - len(well))

    async def look_at_oplog(self) -> None:
        """Measure how far the oplog reaches back, once it is full and others follow it."""
        admin, local = self._mongo.client.admin, self._mongo.client["local"]
        status = await admin.command("serverStatus", oplog=1, maxTimeMS=ANSWER_MS)
        stats = await local.command("collStats", "oplog.rs", maxTimeMS=ANSWER_MS)
        told = status["oplog"]
        window = told["latestOptime"].time - told["earliestOptime"].time
        full = stats["size"] / max(1, stats.get("maxSize") or 1)
        OPLOG.set(window if full >= OPLOG_FULL and self._copies > 1 else 0)

    async def look_at_certificates(self) -> None:
        """Look at what Kafka's bootstrap servers and MongoDB's members show; the first end is told.

        All are looked at, also where one is not trusted (SSLError).
        """
        refused: list[ssl.SSLError] = []
        if self._kafka.encrypted:
            context = self._kafka.client["ssl_context"]
            refused += await _tell_shown("kafka", self._kafka.servers, context)
        if self._place.ca_file:
            context = ssl.create_default_context(cafile=self._place.ca_file)
            if self._place.certificate_file:
                context.load_cert_chain(self._place.certificate_file)
            told = urlsplit(self._place.url).netloc.rpartition("@")[2].split(",")
            refused += await _tell_shown("mongodb", self._members or told, context)
        if refused:
            raise refused[0]


def forget(kind: str) -> None:
    """Tell nothing of what could not be asked for any more: another process may see it otherwise.

    What ends (certificates) and what was made (backups) stays true.
    """
    for gauge in {"kafka": (BROKERS, PARTITIONS), "mongodb": (MEMBERS,)}.get(kind, ()):
        gauge.clear()
    for gauge in {"kafka_disk": (KAFKA_SIZE, KAFKA_USED), "oplog": (OPLOG,)}.get(kind, ()):
        gauge.set(0)


def tell_cluster(found: Mapping[str, Any]) -> None:
    """Tell of brokers and partitions as Kafka's metadata say."""
    there = {broker["node_id"] for broker in found["brokers"]}
    # A cluster that is shared has other people's topics, and their troubles, too.
    topics = [topic for topic in found["topics"] if _concerns_us(topic["topic"])]
    partitions = [part for topic in topics for part in topic["partitions"]]
    wanted = {node for part in partitions for node in part["replicas"]}
    BROKERS.labels("answering").set(len(there))
    BROKERS.labels("away").set(len(wanted - there))
    behind = sum(len(part["isr"]) < len(part["replicas"]) for part in partitions)
    alone = sum(
        len(part["isr"]) < IN_SYNC_MIN for part in partitions if len(part["replicas"]) >= COPIES_MIN
    )
    PARTITIONS.labels("behind").set(behind)
    PARTITIONS.labels("alone").set(alone)
    PARTITIONS.labels("leaderless").set(sum(part["leader"] < 0 for part in partitions))


def _concerns_us(topic: str) -> bool:
    return topic in OURS or topic.startswith((PUBLISH_PREFIX, KAFKAS_OWN))


def place_of(name: str) -> tuple[str, int]:
    """Take host and port of a server's name apart; an address of IPv6 stands in brackets."""
    told = urlsplit(f"//{name.strip()}")
    return told.hostname or "", told.port or MONGO_PORT


async def _tell_shown(
    kind: str, places: Iterable[str], context: ssl.SSLContext
) -> list[ssl.SSLError]:
    """Tell when the first of the certificates ends; give what was said to those not trusted."""
    ends, refused = [], []
    for host, port in map(place_of, list(places)[:BROKERS_MAX]):
        # Who is away is another's matter; what is shown and not trusted is ours.
        try:
            ends.append(await certificates.shown_by(host, port, context))
        except ssl.SSLError as error:
            log.warning("certificate_not_trusted", kind=kind, host=host, reason=repr(error))
            refused.append(error)
        except (OSError, TimeoutError) as error:
            log.debug("certificate_not_shown", kind=kind, host=host, reason=repr(error))
    if ends:
        certificates.ENDS.labels(kind).set(min(ends))
    return refused
