"""Rights on a secured Kafka: what the registry of topics says, and nothing else."""

import importlib

import pytest

from contracts.topics import LEDGER, TOPICS, Service
from deploy.local.access import SERVICES, Operation, Pattern, Resource, Rule, rules, user_of, users
from deploy.local.errors import UsageError
from services.analysis.store.generations import Generation
from services.cli.settings_list import settings_classes


def may(user: str, operation: Operation, name: str, resource: Resource = Resource.TOPIC) -> bool:
    """Ask the rules as Kafka does."""
    return any(
        rule.user == user and rule.operation == operation and rule.resource == resource
        for rule in rules(["demo", "finance"])
        if (name.startswith(rule.name) if rule.pattern is Pattern.PREFIXED else name == rule.name)
    )


def test_every_topic_is_written_by_its_producer_alone() -> None:
    """And read by its consumers; who numbers records also looks at its own last one."""
    for topic in TOPICS:
        if topic.producer is Service.PUBLISHERS:
            continue
        writers = {user for user in users(["demo"]) if may(user, Operation.WRITE, topic.name)}
        readers = {user for user in users(["demo"]) if may(user, Operation.READ, topic.name)}
        readers.remove("operator")
        own = {topic.producer} if topic.position else set()

        assert {topic.producer} == writers
        assert own | ({*topic.consumers} - {Service.OUTSIDE}) == readers


def test_a_publisher_writes_to_its_own_topic_and_does_nothing_else() -> None:
    """Its one rule."""
    found = [rule for rule in rules(["demo", "finance"]) if rule.user == "publish.finance"]

    assert [Rule("publish.finance", Resource.TOPIC, "publish.finance", Operation.WRITE)] == found


def test_the_door_reads_and_makes_every_publishers_topic() -> None:
    """Also of one that is not known yet."""
    assert may("intake", Operation.READ, "publish.new")
    assert may("intake", Operation.CREATE, "publish.new")
    assert not may("intake", Operation.WRITE, "publish.new")
    assert not may("analysis", Operation.READ, "publish.new")


def test_groups_belong_to_their_service() -> None:
    """Nobody moves another's offsets."""
    assert may("analysis", Operation.READ, "analysis.v1", Resource.GROUP)
    assert not may("reporting", Operation.READ, "analysis.v1", Resource.GROUP)


def test_only_who_tells_of_disks_may_ask_for_them() -> None:
    """And change nothing of the cluster."""
    of_cluster = [rule for rule in rules(["demo"]) if rule.resource is Resource.CLUSTER]

    assert [
        Rule(user, Resource.CLUSTER, "kafka-cluster", Operation.DESCRIBE)
        for user in ("intake", "operator")
    ] == of_cluster


def test_an_operator_reads_and_changes_nothing() -> None:
    """What the doctor asks and what a restore counts on."""
    found = {rule.operation for rule in rules(["demo"]) if rule.user == "operator"}

    assert {Operation.READ, Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS} == found
    for topic in (*(topic.name for topic in TOPICS), "publish.finance"):
        assert may("operator", Operation.READ, topic)
        assert may("operator", Operation.DESCRIBE_CONFIGS, topic)


@pytest.mark.parametrize("service", SERVICES)
def test_services_read_in_groups_of_their_own(service: str) -> None:
    """What the rules let them do is what they are wired to do."""
    app = importlib.import_module(f"services.{service}.app")
    settings = settings_classes()[service]
    made = app.create_app(settings(key="a-key-for-tests-only"))

    assert made.broker.subscriptions or service == "analysis"
    for subscription in made.broker.subscriptions:
        assert may(service, Operation.READ, subscription.group, Resource.GROUP)
        if not subscription.is_pattern:
            assert may(service, Operation.READ, subscription.topic)


@pytest.mark.parametrize("number", [1, 2, 12])
def test_analysis_reads_in_the_group_of_whichever_generation_is_live(number: int) -> None:
    """It subscribes once it has read which one that is."""
    assert may("analysis", Operation.READ, Generation(number).projection, Resource.GROUP)
    assert may("analysis", Operation.READ, LEDGER.name)


def test_names_that_could_mean_something_else_are_refused() -> None:
    """A name becomes a topic, a user and a file."""
    assert user_of("finance-1") == "publish.finance-1"
    for name in ("", "../x", "A", "a b", "a" * 65, 'a"b', "-a"):
        with pytest.raises(UsageError):
            user_of(name)
