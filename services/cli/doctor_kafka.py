"""What the doctor asks of Kafka: who is there, and whether topics are as the registry says."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError

from contracts.topics import ARRIVAL, PUBLISH_PREFIX, TOPICS, Topic
from services.chassis.publisher import REPLICAS, REQUEST_TIMEOUT_MS, START_SECONDS
from services.chassis.reasons import ASK_MS, why_not
from services.chassis.settings import KafkaSettings
from services.chassis.whole import started, stopped, whole
from services.cli.findings import Finding, fault, ok, unknown, warning

LIST_TRANSACTIONS: Final = 66
"""A request that brokers know since Kafka 3.0, the oldest that is tried."""
ANSWER_SECONDS: Final = 30.0
ASKED_MAX: Final = 10
"""Brokers that are asked, each for a few seconds, until one says which requests it knows."""
IN_SYNC_MIN: Final = 2
MISSING: Final = "restart intake: it creates topics that are missing (`ledger`: ledger republish)"


@dataclass
class Cluster:
    """What Kafka says of itself."""

    brokers: int = 0
    knows_transactions: bool | None = True
    """None: none of the brokers that are named said so."""
    topics: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By topic: its partitions, as described."""
    configs: dict[str, dict[str, str]] = field(default_factory=dict)


async def examine(settings: KafkaSettings, partitions: int | None) -> list[Finding]:
    """Look at brokers and topics; `partitions` is the deployment's number, if it is known."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            cluster = await _look(settings)
        cluster.knows_transactions = await knows(settings, LIST_TRANSACTIONS)
    except (KafkaError, OSError, TimeoutError) as error:
        words = str(error) or await why_not(settings)
        do = "start it; are DUALWATCH_KAFKA__… right (`dualwatch config show`)?"
        return [fault("connection", "kafka", words, do, "dualwatchnotready")]
    return [
        *_brokers(settings, cluster),
        *(each for topic in TOPICS for each in topic_findings(topic, cluster, partitions)),
        *_publishers(cluster, partitions),
    ]


async def _look(settings: KafkaSettings) -> Cluster:
    admin = AIOKafkaAdminClient(**settings.client, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await started(admin.start(), admin.close, START_SECONDS)
    except KafkaError as error:
        raise KafkaError(await why_not(settings)) from error
    try:
        found = Cluster(brokers=len((await admin.describe_cluster())["brokers"]))
        known = set(await admin.list_topics())
        ours = {topic.name for topic in TOPICS}
        wanted = [each for each in known if each in ours or each.startswith(PUBLISH_PREFIX)]
        if wanted:
            described = await admin.describe_topics(wanted)
            found.topics = {each["topic"]: each["partitions"] for each in described}
            found.configs = await _configs(admin, wanted)
    finally:
        await whole(stopped(admin.close()))
    return found


async def _configs(admin: AIOKafkaAdminClient, topics: list[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(resources):
        for _code, _words, _kind, name, entries in answer.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


async def knows(settings: KafkaSettings, request: int) -> bool | None:
    """Ask the brokers that are named one after another; None: none of them says."""
    told = {name: value for name, value in settings.client.items() if name != "bootstrap_servers"}
    for server in settings.servers[:ASKED_MAX]:
        host, _, port = server.rpartition(":")
        try:
            connection = await create_conn(host, int(port), request_timeout_ms=ASK_MS, **told)
        except (KafkaError, OSError, TimeoutError):
            # One lost broker is no lost cluster: another one knows it as well.
            continue
        try:
            return request in connection._versions  # noqa: SLF001 - there is no public way
        finally:
            connection.close()
    return None


def _brokers(settings: KafkaSettings, cluster: Cluster) -> Iterator[Finding]:
    how = settings.security_protocol
    yield ok("connection", "kafka", f"{cluster.brokers} brokers answer ({how})")
    if cluster.knows_transactions is None:
        words = "none of DUALWATCH_KAFKA__BOOTSTRAP_SERVERS says which requests it knows"
        yield unknown("versions", "kafka", words, "name brokers that can be reached")
    elif not cluster.knows_transactions:
        do = "update the brokers"
        yield fault("versions", "kafka", "the brokers are older than Kafka 3.0", do)
    if cluster.brokers < REPLICAS:
        words = f"{cluster.brokers} brokers: a lost one takes its partitions with it"
        if any(host in settings.bootstrap_servers for host in ("127.0.0.1", "localhost")):
            yield ok("brokers", "kafka", f"{words} (on one machine it is meant so)")
        else:
            do = "run three brokers, then raise the topics' replication"
            yield warning("brokers", "kafka", words, do)


def topic_findings(topic: Topic, cluster: Cluster, partitions: int | None) -> list[Finding]:
    """Hold a topic against the registry."""
    described = cluster.topics.get(topic.name)
    if described is None:
        return [fault("topics", topic.name, "there is no such topic", MISSING)]
    wrong = [
        *_partitions(topic.name, described, partitions),
        *_replicas(topic.name, described, cluster),
        *_kept(topic, cluster.configs.get(topic.name, {})),
    ]
    return wrong or [ok("topics", topic.name, f"{len(described)} partitions, as it should be")]


def _partitions(
    name: str, described: list[dict[str, Any]], partitions: int | None
) -> Iterator[Finding]:
    if partitions is not None and len(described) != partitions:
        words = f"it has {len(described)} partitions, the deployment {partitions}"
        do = "a number that differs loses the order of projects: see docs/operations.md"
        yield fault("topics", name, words, do)
    if any(part["leader"] < 0 for part in described):
        words = "partitions without a leader: nothing can be read or written there"
        yield fault("topics", name, words, "bring the brokers back", "dualwatchnotready")


def _replicas(name: str, described: list[dict[str, Any]], cluster: Cluster) -> Iterator[Finding]:
    behind = sum(len(part["isr"]) < len(part["replicas"]) for part in described)
    if behind:
        words = f"{behind} partitions have copies that are not in sync"
        yield warning("topics", name, words, "is a broker away, or slow? see its log")
    fewest = min((len(part["replicas"]) for part in described), default=0)
    if fewest < min(REPLICAS, cluster.brokers):
        words = f"{fewest} copies of a partition, {cluster.brokers} brokers could hold {REPLICAS}"
        yield warning("topics", name, words, "kafka-reassign-partitions.sh: add replicas")
    least = cluster.configs.get(name, {}).get("min.insync.replicas")
    if fewest >= REPLICAS and least is not None and int(least) < IN_SYNC_MIN:
        words = "min.insync.replicas=1: what one broker alone has is acknowledged"
        do = f"kafka-configs.sh --alter --topic {name} --add-config min.insync.replicas=2"
        yield warning("topics", name, words, do)


def _kept(topic: Topic, configs: dict[str, str]) -> Iterator[Finding]:
    if not configs:
        do = "let this user describe topics' configurations"
        yield unknown("topics", topic.name, "how long it is kept is not told", do)
        return
    wanted = "compact" if topic.compacted else "delete"
    if configs.get("cleanup.policy") != wanted:
        words = f"cleanup.policy is {configs.get('cleanup.policy')}, it must be {wanted}"
        yield fault("topics", topic.name, words, _alter(topic.name, f"cleanup.policy={wanted}"))
    kept = int(configs.get("retention.ms") or 0)
    least = -1 if topic.kept is None else int(topic.kept.total_seconds() * 1_000)
    do = _alter(topic.name, f"retention.ms={least}")
    if topic.compacted or kept in {least, -1}:
        pass
    elif least < 0:
        yield fault("topics", topic.name, f"it forgets after {kept} ms; it must keep all", do)
    elif kept < least:
        yield warning("topics", topic.name, f"it keeps {kept} ms, fewer than {least}", do)
    yield from _times(topic.name, configs)
    size = int(configs.get("retention.bytes") or -1)
    if size >= 0 and not topic.compacted:
        words = f"it forgets what is over {size:,} bytes"
        yield fault("topics", topic.name, words, _alter(topic.name, "retention.bytes=-1"))


def _times(name: str, configs: dict[str, str]) -> Iterator[Finding]:
    """Say whether a publisher may stamp his records with any time he likes."""
    kind = configs.get("message.timestamp.type", ARRIVAL)
    if name.startswith(PUBLISH_PREFIX) and kind != ARRIVAL:
        words = f"its records have the times that senders say ({kind}): ages may be anything"
        yield warning("topics", name, words, _alter(name, f"message.timestamp.type={ARRIVAL}"))


def _alter(topic: str, config: str) -> str:
    return f"kafka-configs.sh --alter --topic {topic} --add-config {config}"


def _publishers(cluster: Cluster, partitions: int | None) -> Iterator[Finding]:
    known = {topic.name for topic in TOPICS}
    for name, described in cluster.topics.items():
        if name not in known:
            yield from _partitions(name, described, partitions)
            yield from _times(name, cluster.configs.get(name, {}))
