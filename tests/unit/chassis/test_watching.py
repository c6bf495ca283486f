"""Watching Kafka without one: clients that do not come back are made anew."""

import asyncio
from collections.abc import Sequence

import pytest

from services.chassis import kafka
from services.chassis.health import Health
from services.chassis.kafka import SupervisedBroker
from services.chassis.records import Record
from services.chassis.settings import KafkaSettings
from services.chassis.subscription import StalledError, Subscription

PATIENCE_SECONDS = 20.0


class FakeHandler:
    """Has nothing to do."""

    async def assigned(self, _partition: int) -> int | None:
        """Begin anew."""
        return None

    async def handle(self, _partition: int, _records: Sequence[Record]) -> None:
        """Do nothing."""

    async def revoked(self, _partition: int) -> None:
        """Do nothing."""


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> SupervisedBroker:
    """One that watches all the time."""
    monkeypatch.setattr(kafka, "WATCH_SECONDS", 0.001)
    found = SupervisedBroker(KafkaSettings(), Health())
    found.subscribe("ledger", "folding.v1", FakeHandler())
    return found


async def test_a_consumer_that_is_left_behind_is_given_up(
    broker: SupervisedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that gets no offsets any more, though Kafka is there, once stood still for ever."""
    monkeypatch.setattr(kafka, "AWAY_SECONDS", 0.05)

    async def never(_self: Subscription, _health: Health) -> None:
        raise TimeoutError

    monkeypatch.setattr(Subscription, "watch", never)

    with pytest.raises(StalledError, match="do not come back"):
        await asyncio.wait_for(broker._watch(), PATIENCE_SECONDS)


async def test_a_consumer_that_comes_back_is_kept(
    broker: SupervisedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every answer begins the time anew, so short absences never add up."""
    rounds, enough = 0, asyncio.Event()

    async def now_and_then(_self: Subscription, _health: Health) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 200:
            enough.set()
        if rounds % 2:
            raise TimeoutError

    monkeypatch.setattr(kafka, "AWAY_SECONDS", 5.0)
    monkeypatch.setattr(Subscription, "watch", now_and_then)
    watching = asyncio.create_task(broker._watch())

    await asyncio.wait_for(enough.wait(), PATIENCE_SECONDS)

    assert not watching.done()
    watching.cancel()
