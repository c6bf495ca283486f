"""A subscription without a Kafka: what liveness says as partitions come and go."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IncompatibleBrokerVersion, NodeNotReadyError

from services.chassis import kafka_requests
from services.chassis.health import Health
from services.chassis.records import BatchLimits, Record
from services.chassis.subscription import Subscription

FIRST, SECOND = (TopicPartition("ledger", number) for number in (0, 1))


class FakeClient:
    """Says that every topic is the one it was."""

    def get_random_node(self) -> int:
        """Name the one broker."""
        return 1

    async def send(self, _node: int, request: Any) -> Any:
        """Answer a question for ids."""
        topics = [
            {"error_code": 0, "topic": name, "id_high": 1, "id_low": -1} for name in request.topics
        ]
        return SimpleNamespace(to_object=lambda: {"topics": topics})


class FakeConsumer:
    """An empty topic of two partitions."""

    def __init__(self) -> None:
        self._coordinator = SimpleNamespace(check_errors=lambda: None)
        self._client = FakeClient()

    def assignment(self) -> set[TopicPartition]:
        """Own both."""
        return {FIRST, SECOND}

    def pause(self, _tp: TopicPartition) -> None:
        """Do nothing."""

    def resume(self, _tp: TopicPartition) -> None:
        """Do nothing."""

    def seek(self, _tp: TopicPartition, _offset: int) -> None:
        """Do nothing."""

    async def topics(self) -> set[str]:
        """Answer."""
        return {"ledger"}

    async def position(self, _tp: TopicPartition) -> int:
        """Stand at the start."""
        return 0

    async def beginning_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Begin at 0."""
        return dict.fromkeys(tps, 0)

    end_offsets = beginning_offsets


class FakeHandler:
    """Has nothing to do."""

    async def assigned(self, _partition: int) -> int | None:
        """Begin anew."""
        return None

    async def handle(self, _partition: int, _records: Sequence[Record]) -> None:
        """Do nothing."""

    async def revoked(self, _partition: int) -> None:
        """Do nothing."""


async def test_a_partition_that_went_to_another_process_is_no_dead_loop() -> None:
    """Else every rebalance would leave a process that says for ever that it is not live."""
    consumer: Any = FakeConsumer()
    subscription = Subscription("ledger", "folding.v1", lambda _: FakeHandler(), BatchLimits())
    subscription.open(SimpleNamespace(consumer=consumer))
    health = Health()
    await subscription.on_partitions_assigned([FIRST, SECOND])
    await asyncio.sleep(0)
    await subscription.watch(health)
    assert set(health.liveness()) == {"folding.v1:ledger-0", "folding.v1:ledger-1"}

    await subscription.on_partitions_revoked([FIRST, SECOND])
    await subscription.on_partitions_assigned([SECOND])
    await subscription.watch(health)

    assert set(health.liveness()) == {"folding.v1:ledger-1"}

    await subscription.on_partitions_revoked([SECOND])
    await subscription.watch(health)

    assert health.liveness() == {}


async def test_a_broker_that_gives_no_ids_is_not_asked_further() -> None:
    """Older than Kafka 2.8, or another's: offsets are then believed as far as topics reach."""

    class Older(FakeClient):
        async def send(self, _node: int, request: Any) -> Any:
            raise IncompatibleBrokerVersion(str(request))

    assert await kafka_requests.topic_id(Older(), "ledger") is None
    assert {} == await kafka_requests.topic_ids(Older(), ["ledger"])


async def test_a_topic_of_a_cluster_without_ids_has_none() -> None:
    """Zero would be the same for all of them, before and after they were made anew."""

    class Zero(FakeClient):
        async def send(self, _node: int, request: Any) -> Any:
            topics = [
                {"error_code": 0, "topic": name, "id_high": 0, "id_low": 0}
                for name in request.topics
            ]
            return SimpleNamespace(to_object=lambda: {"topics": topics})

    assert await kafka_requests.topic_id(Zero(), "ledger") is None
    assert {} == await kafka_requests.topic_ids(Zero(), ["ledger"])
    assert await kafka_requests.topic_id(FakeClient(), "ledger") == f"{1:016x}{'f' * 16}"


async def test_a_broker_that_does_not_say_ids_keeps_nobody_from_being_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be one that has just died and that nothing else here is asked of."""

    class Silent(FakeClient):
        async def send(self, _node: int, _request: Any) -> Any:
            raise NodeNotReadyError

    consumer: Any = FakeConsumer()
    consumer._client = Silent()
    subscription = Subscription("ledger", "folding.v1", lambda _: FakeHandler(), BatchLimits())
    subscription.open(SimpleNamespace(consumer=consumer))
    # Taking a partition does ask for it; here somebody has.
    monkeypatch.setattr(subscription, "topic_id", _told)
    health = Health()
    await subscription.on_partitions_assigned([FIRST])
    await asyncio.sleep(0)

    await subscription.watch(health)

    assert set(health.liveness()) == {"folding.v1:ledger-0"}


async def _told(_topic: str) -> str | None:
    return "id"
