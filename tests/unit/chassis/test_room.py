"""The bound on what the lanes of a subscription hold: shares, and a backlog without an end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition

from services.chassis.health import Health
from services.chassis.kafka import SupervisedBroker
from services.chassis.lane import Lane
from services.chassis.records import BatchLimits, Queue, Record
from services.chassis.room import READ_AHEAD_BYTES, RECORD_BYTES, Room, Seat, weigh
from services.chassis.settings import KafkaSettings
from tests.support.eventually import eventually_async

LANES = [TopicPartition("submissions", number) for number in range(4)]
POLL = 25
FAILING = 1
"""Partition whose first batch fails."""
"""Records that a poll gives one lane."""
EACH = RECORD_BYTES + 500


@dataclass
class Fake:
    """A record without a Kafka."""

    offset: int
    value: bytes | None = bytes(500)
    topic: str = "submissions"
    partition: int = 0
    timestamp: int = 0
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass
class FakeConsumer:
    """Four partitions with a backlog that has no end."""

    paused: set[TopicPartition] = field(default_factory=set)

    def assignment(self) -> set[TopicPartition]:
        """Own all."""
        return set(LANES)

    def pause(self, tp: TopicPartition) -> None:
        """Note it."""
        self.paused.add(tp)

    def resume(self, tp: TopicPartition) -> None:
        """Note it."""
        self.paused.discard(tp)

    def seek(self, _tp: TopicPartition, _offset: int) -> None:
        """Begin at 0."""

    async def beginning_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Begin at 0."""
        return dict.fromkeys(tps, 0)

    async def commit(self, _offsets: dict[TopicPartition, int]) -> None:
        """Do nothing."""


@dataclass
class SlowHandler:
    """Needs a while for a batch, and fails now and then."""

    room: Room
    most: int = 0
    handled: dict[int, int] = field(default_factory=dict)
    failed: bool = False

    async def assigned(self, partition: int) -> int | None:
        """Go on behind what was handled."""
        return self.handled.get(partition)

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Look what is held; each partition's records come in order."""
        assert records[0].offset == self.handled.get(partition, 0)
        self.most = max(self.most, self.room.held)
        for _ in range(5 + partition):
            await asyncio.sleep(0)
        if partition == FAILING and not self.failed:
            self.failed = True
            raise ValueError
        self.handled[partition] = records[-1].offset + 1

    async def revoked(self, partition: int) -> None:
        """Do nothing."""


def records(count: int, first: int = 0, partition: int = 0) -> list[Record]:
    """Make records of EACH bytes."""
    return [Fake(offset, partition=partition) for offset in range(first, first + count)]


def seats(room: Room, count: int) -> list[Seat]:
    """Let lanes in."""
    return [room.seat(lambda: None) for _ in range(count)]


def test_a_record_weighs_more_than_its_value() -> None:
    """Small ones and tombstones take memory as well."""
    queue = Queue(BatchLimits())
    size = queue.put([Fake(0), Fake(1, None)])

    assert weigh(2, size) == EACH + RECORD_BYTES


def test_lanes_share_and_leave_a_share_for_the_next() -> None:
    """A long backlog of one partition does not keep the others waiting."""
    first, second, third = seats(Room(6 * EACH), 3)
    first.arrive(2 * EACH)
    assert not first.is_full()
    first.arrive(1 * EACH)
    assert first.is_full()
    assert not second.is_full()
    second.arrive(2 * EACH)
    assert second.is_full()
    assert not third.is_full()
    third.arrive(1 * EACH)
    assert third.is_full()


def test_all_share_alike_once_all_hold_something() -> None:
    """Nobody is waited for then."""
    both = seats(Room(6 * EACH), 2)
    for seat in both:
        seat.arrive(2 * EACH)
    assert [seat.is_full() for seat in both] == [False, False]
    both[0].arrive(2 * EACH)
    assert [seat.is_full() for seat in both] == [True, True]


def test_what_is_in_hand_is_held_until_it_is_done() -> None:
    """Then everybody hears that there is room."""
    room = Room(4 * EACH)
    heard: list[int] = []
    seat = room.seat(lambda: heard.append(room.held))
    seat.arrive(4 * EACH)
    seat.take(3 * EACH)
    assert seat.is_full()
    seat.done()

    assert heard == [4 * EACH, EACH]
    assert not seat.is_full()


def test_a_lane_that_leaves_gives_everything_back() -> None:
    """Also what comes back late from a batch that was left behind."""
    room = Room(4 * EACH)
    gone, other = seats(room, 2)
    gone.arrive(4 * EACH)
    assert other.is_full()
    gone.leave()
    gone.arrive(1 * EACH)
    gone.done()

    assert (room.held, room.busy, other.is_full()) == (0, 0, False)


@pytest.mark.parametrize("backlog", [2_000, 20_000])
async def test_what_is_held_does_not_follow_the_backlog(backlog: int) -> None:
    """At most the bound and what one poll brings; everything is handled all the same."""
    room, consumer = Room(200 * EACH), FakeConsumer()
    handler = SlowHandler(room)
    lanes = {tp: Lane(consumer, tp, "group", handler, BatchLimits(80), room) for tp in LANES}
    for lane in lanes.values():
        lane.start()
    await eventually_async(lambda: not consumer.paused)
    reached = 0
    while sum(handler.handled.values()) < backlog:
        for tp in [tp for tp in LANES if tp not in consumer.paused]:
            # A poll comes from one partition: what was fetched for those paused by then is lost.
            if tp not in consumer.paused:
                lane = lanes[tp]
                lane.offer(records(POLL, lane.reading_at, tp.partition))
                reached = max(reached, room.held)
        await asyncio.sleep(0)
    for lane in lanes.values():
        await lane.stop(1)

    assert 150 * EACH < reached <= (200 + POLL) * EACH
    assert handler.failed
    # None starves; how even it is depends on whose turn the loop gives. The one that failed rests
    # by the clock, and all may be done before it is back.
    going_on = [count for partition, count in handler.handled.items() if partition != FAILING]
    assert min(going_on) > backlog / 40
    assert room.held == 0


def test_each_subscription_has_a_room_of_its_own() -> None:
    """What one waits for may be in another's hands."""
    broker = SupervisedBroker(KafkaSettings(), Health())
    handler = SlowHandler(Room())
    one = broker.subscribe("submissions", "ledger", handler, read_ahead_bytes=5_000_000)
    two = broker.subscribe_pattern(
        "publish.*", "door", lambda _: handler, read_ahead_bytes=6_000_000
    )

    assert [one.room.bytes_max, two.room.bytes_max] == [5_000_000, 6_000_000]
    assert one.room is not two.room


def test_a_service_that_names_no_bound_has_one() -> None:
    """Nothing is without."""
    broker = SupervisedBroker(KafkaSettings(), Health())

    found = broker.subscribe("ledger", "folding", SlowHandler(Room()))
    assert found.room.bytes_max == READ_AHEAD_BYTES
