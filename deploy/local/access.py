"""Who may do what on a secured Kafka: each service what the registry of topics says, no more.

A publisher's user is called like its topic, `publish.<name>`: no service has such a name.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from contracts.topics import PUBLISH_PREFIX, TOPICS, Service, Topic
from deploy.local.errors import UsageError

SERVICES = (Service.INTAKE, Service.ANALYSIS, Service.ALERTS, Service.REPORTING)
"""Those that speak to Kafka."""
OPERATOR = "operator"
"""The user of doctor, backup and restore: it reads, and changes nothing."""
PUBLISHERS_MAX = 100
CLUSTER_NAME = "kafka-cluster"
"""What Kafka itself is called in a rule."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Resource(IntEnum):
    """What is guarded, by Kafka's number."""

    TOPIC = 2
    GROUP = 3
    CLUSTER = 4


class Pattern(IntEnum):
    """How a rule names it."""

    LITERAL = 3
    PREFIXED = 4


class Operation(IntEnum):
    """What may be done; reading and writing let one describe as well."""

    READ = 3
    WRITE = 4
    CREATE = 5
    DESCRIBE = 8
    DESCRIBE_CONFIGS = 10


@dataclass(frozen=True, order=True)
class Rule:
    """One thing that one user may do; what no rule allows is refused."""

    user: str
    resource: Resource
    name: str
    operation: Operation
    pattern: Pattern = Pattern.LITERAL


def user_of(publisher: str) -> str:
    """Name the Kafka user of a publisher."""
    if not _NAME.fullmatch(publisher):
        message = f"--publisher {publisher!r}: a name is made of a-z, 0-9, '.', '_' and '-'"
        raise UsageError(message)
    return PUBLISH_PREFIX + publisher


def users(publishers: Sequence[str]) -> list[str]:
    """Name all users: the services', the operator's and the publishers'."""
    if len(publishers) > PUBLISHERS_MAX:
        message = f"more than {PUBLISHERS_MAX} publishers"
        raise UsageError(message)
    services = [service.value for service in SERVICES]
    return [*services, OPERATOR, *sorted({*map(user_of, publishers)})]


def rules(publishers: Iterable[str]) -> list[Rule]:
    """Make the rules of everybody."""
    found: set[Rule] = set()
    for topic in TOPICS:
        found |= _rules_of(topic)
    for service in SERVICES:
        # Groups are called after their service: analysis.v1, intake.ledger.
        prefix = f"{service.value}."
        found.add(Rule(service, Resource.GROUP, prefix, Operation.READ, Pattern.PREFIXED))
    for operation in (Operation.READ, Operation.CREATE):
        # The Kafka door reads every publisher's topic, and makes that of a new one.
        door = Rule(Service.INTAKE, Resource.TOPIC, PUBLISH_PREFIX, operation, Pattern.PREFIXED)
        found.add(door)
    # It tells how full the brokers' disks are.
    found.add(Rule(Service.INTAKE, Resource.CLUSTER, CLUSTER_NAME, Operation.DESCRIBE))
    found |= _rules_of_operator()
    for user in map(user_of, publishers):
        found.add(Rule(user, Resource.TOPIC, user, Operation.WRITE))
    return sorted(found)


def _rules_of_operator() -> set[Rule]:
    # The doctor looks how topics are kept; restore reads which numbers were told last.
    looks = (Operation.READ, Operation.DESCRIBE_CONFIGS)
    found = {Rule(OPERATOR, Resource.TOPIC, topic.name, look) for topic in TOPICS for look in looks}
    found |= {
        Rule(OPERATOR, Resource.TOPIC, PUBLISH_PREFIX, look, Pattern.PREFIXED) for look in looks
    }
    return found | {Rule(OPERATOR, Resource.CLUSTER, CLUSTER_NAME, Operation.DESCRIBE)}


def _rules_of(topic: Topic) -> set[Rule]:
    # intake makes the topics, and looks at each start whether they have kept their partitions.
    found = {
        Rule(Service.INTAKE, Resource.TOPIC, topic.name, operation)
        for operation in (Operation.CREATE, Operation.DESCRIBE)
    }
    if topic.producer in SERVICES:
        found.add(Rule(topic.producer, Resource.TOPIC, topic.name, Operation.WRITE))
        if topic.position:
            # Who numbers records looks which was its last.
            found.add(Rule(topic.producer, Resource.TOPIC, topic.name, Operation.READ))
    readers = [reader for reader in topic.consumers if reader in SERVICES]
    found |= {Rule(reader, Resource.TOPIC, topic.name, Operation.READ) for reader in readers}
    return found - _COVERED


# The door's prefix says it already.
_COVERED = {
    Rule(Service.INTAKE, Resource.TOPIC, topic.name, operation)
    for topic in TOPICS
    if topic.name.startswith(PUBLISH_PREFIX)
    for operation in (Operation.READ, Operation.CREATE, Operation.DESCRIBE)
}
