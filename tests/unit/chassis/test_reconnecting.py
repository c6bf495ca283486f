"""Brokers that are away are tried again after a pause, by one client of the process at a time."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

import pytest
from aiokafka import client as aiokafkas
from aiokafka.client import AIOKafkaClient

from services.chassis import clock, reconnecting
from services.chassis.health import Health
from services.chassis.kafka import SupervisedBroker
from services.chassis.publisher import Publisher
from services.chassis.reconnecting import PAUSE_SECONDS, PLACES_MAX, Reachable
from services.chassis.settings import KafkaSettings

PLACE: Final = ("broker", 9092)
NODE: Final = 1
FIRST, LONGEST = PAUSE_SECONDS
BACKOFF_SECONDS: Final = 0.1
"""aiokafka's own, between two looks at the metadata."""


@dataclass
class Time:
    """A clock that stands until it is moved, and how long somebody slept."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Pass the time."""
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Give a clock whose pauses are the longest that they may be."""
    time = Time()
    monkeypatch.setattr(clock, "monotonic", lambda: time.now)
    monkeypatch.setattr(clock, "jittered", lambda seconds: seconds)
    monkeypatch.setattr(reconnecting, "sleep", time.sleep)
    return time


@dataclass
class Wire:
    """What a connection attempt meets."""

    refuses: bool = True
    attempts: int = 0

    async def connect(self, *_: Any, **__: Any) -> Any:
        """Connect, or refuse."""
        self.attempts += 1
        if self.refuses:
            raise ConnectionRefusedError
        return SimpleNamespace(connected=lambda: True, close=lambda **_: None)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Let aiokafka's clients connect to nothing, as the services' do."""
    wire = Wire()
    monkeypatch.setattr(aiokafkas, "create_conn", wire.connect)
    monkeypatch.setattr(reconnecting, "REACHABLE", Reachable())
    monkeypatch.setattr(AIOKafkaClient, "_get_conn", reconnecting.connect)
    monkeypatch.setattr(AIOKafkaClient, "_metadata_update", reconnecting.look)
    return wire


def client_of_one() -> Any:
    """Give a client that knows of one broker; inside a running loop."""
    client = AIOKafkaClient(bootstrap_servers="elsewhere:1")
    metadata = SimpleNamespace(
        API_VERSION=1, brokers=[(NODE, *PLACE, None)], controller_id=NODE, topics=[]
    )
    client.cluster.update_metadata(metadata)
    return client


def test_a_broker_that_is_not_known_to_be_away_may_be_tried() -> None:
    """By all at once."""
    reachable = Reachable()

    assert all(reachable.may_try(PLACE) for _ in range(3))


def test_the_pause_doubles_up_to_the_longest(time: Time) -> None:
    """From one failed attempt to the next."""
    reachable, pauses = Reachable(), []
    for _ in range(6):
        began = time.now
        time.now += 0.001
        reachable.failed(PLACE, began)
        told = time.now
        while not reachable.may_try(PLACE):
            time.now += 0.001
        pauses.append(round(time.now - told, 2))
        time.now += 0.001

    assert pauses == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST, LONGEST, LONGEST]


def test_one_client_tries_for_all(time: Time) -> None:
    """Once the pause is over; the others wait as long again for what it finds."""
    reachable = Reachable()
    reachable.failed(PLACE, time.now)
    time.now += FIRST
    tries = [reachable.may_try(PLACE) for _ in range(5)]

    assert tries == [True, False, False, False, False]
    time.now += FIRST
    assert reachable.may_try(PLACE)


def test_attempts_side_by_side_are_one_failure(time: Time) -> None:
    """Several clients lost their connections at the same time, and all tried."""
    reachable, began = Reachable(), time.now
    time.now += 0.001
    for _ in range(10):
        reachable.failed(PLACE, began)
    time.now += FIRST

    assert reachable.may_try(PLACE)


def test_a_broker_that_was_reached_may_be_tried_by_all(time: Time) -> None:
    """And what was before is forgotten."""
    reachable = Reachable()
    for _ in range(5):
        reachable.failed(PLACE, time.now)
        time.now += 1
    reachable.reached(PLACE)

    assert all(reachable.may_try(PLACE) for _ in range(3))
    reachable.failed(PLACE, time.now)
    time.now += FIRST
    assert reachable.may_try(PLACE)


def test_no_more_brokers_are_remembered_than_may_be(time: Time) -> None:
    """Beyond the limit the memory begins anew."""
    reachable = Reachable()
    for port in range(PLACES_MAX + 1):
        reachable.failed(("broker", port), time.now)

    assert reachable.may_try(("broker", 0))
    assert not reachable.may_try(("broker", PLACES_MAX))


def test_clients_of_a_process_do_not_hammer(time: Time, wire: Wire) -> None:
    """Whoever asks within the pause gets none at once, and new metadata are wanted."""

    async def scene() -> list[Any]:
        clients = [client_of_one() for _ in range(3)]
        found = [await client._get_conn(NODE) for client in clients for _ in range(4)]
        assert all(client._md_update_fut is not None for client in clients)
        return found

    assert asyncio.run(scene()) == [None] * 12
    assert 1 == wire.attempts
    assert not time.slept


def test_a_broker_that_is_back_is_connected_to(time: Time, wire: Wire) -> None:
    """By the one that tries, and then by each other without a pause."""

    async def scene() -> None:
        first, second = client_of_one(), client_of_one()
        assert await first._get_conn(NODE) is None
        wire.refuses = False
        assert await first._get_conn(NODE) is None
        time.now += FIRST
        held = await first._get_conn(NODE)
        assert held is not None
        assert held is await first._get_conn(NODE)
        assert await second._get_conn(NODE) is not None

    asyncio.run(scene())
    assert 3 == wire.attempts


def test_a_connection_that_is_there_is_used_whatever_others_met(time: Time, wire: Wire) -> None:
    """A refused connection says nothing of one that is open."""
    wire.refuses = False

    async def scene() -> None:
        client = client_of_one()
        held = await client._get_conn(NODE)
        reconnecting.REACHABLE.failed(PLACE, time.now)
        assert held is await client._get_conn(NODE)

    asyncio.run(scene())


def test_metadata_are_looked_at_no_more_often_than_aiokafka_tries_again(
    time: Time, wire: Wire
) -> None:
    """Else a consumer whose partition has no leader asks without end."""

    async def scene() -> None:
        client = client_of_one()
        for _ in range(3):
            await client._metadata_update(client.cluster, [])

    asyncio.run(scene())
    assert wire.attempts
    assert [round(seconds, 3) for seconds in time.slept] == [BACKOFF_SECONDS] * 2


def test_whatever_speaks_to_kafka_in_a_service_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers and publishers."""
    for make in (
        lambda: SupervisedBroker(KafkaSettings(), Health()),
        lambda: Publisher(KafkaSettings()),
    ):
        monkeypatch.setattr(AIOKafkaClient, "_get_conn", None)
        monkeypatch.setattr(AIOKafkaClient, "_metadata_update", None)
        make()

        assert AIOKafkaClient._get_conn is reconnecting.connect
        assert AIOKafkaClient._metadata_update is reconnecting.look
