"""A lane without a Kafka: what it accepts after a seek, what it does about holes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.chassis.lane import HOLES_CHECKED_MAX, Lane
from services.chassis.records import BatchLimits, GapError, Record
from tests.support.eventually import eventually_async

TP = TopicPartition("ledger", 0)


@dataclass
class Fake:
    """A record without a Kafka."""

    offset: int
    value: bytes | None = b"v"
    topic: str = "ledger"
    partition: int = 0
    timestamp: int = 0
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass
class FakeConsumer:
    """What a lane does with its consumer."""

    begin: int = 0
    end: int = 1_000
    sought: list[int] = field(default_factory=list)
    paused: bool = False
    committed: list[int] = field(default_factory=list)

    def assignment(self) -> set[TopicPartition]:
        """Own the partition."""
        return {TP}

    def pause(self, _tp: TopicPartition) -> None:
        """Note it."""
        self.paused = True

    def resume(self, _tp: TopicPartition) -> None:
        """Note it."""
        self.paused = False

    def seek(self, _tp: TopicPartition, offset: int) -> None:
        """Note it."""
        self.sought.append(offset)

    async def beginning_offsets(self, _tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Give the first offset."""
        return {TP: self.begin}

    async def end_offsets(self, _tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Give the end."""
        return {TP: self.end}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Note it."""
        self.committed.append(offsets[TP])


@dataclass
class FakeHandler:
    """Keeps what it is given; its progress is the offset behind it."""

    offset: int | None = None
    got: list[int] = field(default_factory=list)
    takes: int = 0
    fail: Exception | None = None
    go_on: asyncio.Event | None = None
    revoked_calls: int = 0

    async def assigned(self, partition: int) -> int | None:
        """Count takes."""
        assert partition == 0
        self.takes += 1
        return self.offset

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Keep offsets, or fail once."""
        assert partition == 0
        if self.go_on is not None:
            await self.go_on.wait()
        if self.fail is not None:
            failure, self.fail = self.fail, None
            raise failure
        self.got.extend(record.offset for record in records)
        self.offset = records[-1].offset + 1

    async def revoked(self, partition: int) -> None:
        """Count."""
        assert partition == 0
        self.revoked_calls += 1


def records(first: int, end: int) -> list[Record]:
    """Make records with consecutive offsets."""
    return [Fake(offset) for offset in range(first, end)]


@dataclass
class Parts:
    """A lane with its surroundings."""

    lane: Lane
    consumer: FakeConsumer
    handler: FakeHandler

    async def taken(self, takes: int = 1) -> None:
        """Wait until it has taken the partition so often."""
        await eventually_async(lambda: len(self.consumer.sought) >= takes and self.lane.idle())


@pytest.fixture
async def parts() -> AsyncIterator[Parts]:
    """Give a lane that is stopped at the end."""
    consumer, handler = FakeConsumer(), FakeHandler()
    lane = Lane(consumer, TP, "group", handler, BatchLimits(records_max=10))
    yield Parts(lane, consumer, handler)
    await lane.stop(1)


async def test_begins_at_the_first_record_without_progress(parts: Parts) -> None:
    """As the topic has it, whatever Kafka has committed."""
    parts.consumer.begin = 7
    parts.lane.start()
    assert parts.consumer.paused
    await parts.taken()

    assert parts.consumer.sought == [7]
    assert not parts.consumer.paused


@pytest.mark.parametrize(
    ("stored", "start"), [(5, 5), (0, 3), (2, 3), (3, 3), (1_000, 1_000), (1_001, 3)]
)
async def test_an_offset_the_topic_does_not_have_means_its_first(
    parts: Parts, stored: int, start: int
) -> None:
    """Positions in the records tell what is new; skipping would lose."""
    parts.consumer.begin = 3
    parts.handler.offset = stored
    parts.lane.start()
    await parts.taken()

    assert parts.consumer.sought == [start]


async def test_records_fetched_before_the_seek_are_dropped(parts: Parts) -> None:
    """They come again in order."""
    parts.handler.offset = 5
    parts.lane.start()
    parts.lane.offer(records(5, 8))
    await parts.taken()
    parts.lane.offer(records(8, 10))
    assert parts.consumer.sought == [5, 5]
    parts.lane.offer(records(5, 10))
    await eventually_async(lambda: parts.handler.got)

    assert parts.handler.got == [5, 6, 7, 8, 9]


@pytest.mark.moves("dualwatch_offset_holes_total")
async def test_a_hole_is_looked_at_twice_and_then_accepted(parts: Parts) -> None:
    """Retention and the markers of transactions make real ones."""
    parts.lane.start()
    await parts.taken()
    parts.lane.offer(records(0, 2))
    parts.lane.offer(records(3, 5))
    assert parts.consumer.sought == [0, 2]
    parts.lane.offer(records(3, 5))
    await eventually_async(lambda: len(parts.handler.got) == 4)

    assert parts.handler.got == [0, 1, 3, 4]


async def test_many_holes_are_not_looked_at_for_ever(parts: Parts) -> None:
    """A publisher with transactions must not cost a seek for each."""
    parts.lane.start()
    await parts.taken()
    for hole in range(HOLES_CHECKED_MAX):
        parts.lane.offer([Fake(2 * hole + 1)])
        parts.lane.offer([Fake(2 * hole + 1)])
    before = len(parts.consumer.sought)
    parts.lane.offer([Fake(101)])

    assert len(parts.consumer.sought) == before == HOLES_CHECKED_MAX + 1
    # After another seek the first records are looked at all the same.
    parts.handler.fail = ValueError()
    parts.lane.offer([Fake(102)])
    await eventually_async(lambda: parts.handler.takes == 2 and parts.lane.idle())
    parts.lane.offer([Fake(900)])
    assert len(parts.consumer.sought) == before + 2
    assert parts.lane.idle()


async def test_a_consumer_that_set_itself_back_means_taking_again(parts: Parts) -> None:
    """The topic is not the one we knew: progress is compared with it anew."""
    parts.handler.offset = 50
    parts.lane.start()
    await parts.taken()
    parts.lane.offer(records(0, 3))
    parts.lane.offer(records(0, 3))
    await eventually_async(lambda: parts.handler.takes == 2)

    assert parts.handler.got == []


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(ValueError(), marks=pytest.mark.moves("dualwatch_handler_failures_total")),
        pytest.param(GapError(), marks=pytest.mark.moves("dualwatch_position_gaps_total")),
        KeyError(),
    ],
)
async def test_after_a_failure_the_partition_is_taken_again(
    parts: Parts, failure: Exception
) -> None:
    """What was waiting is forgotten: it comes again."""
    parts.lane.start()
    await parts.taken()
    parts.handler.fail = failure
    parts.lane.offer(records(0, 25))
    await eventually_async(lambda: parts.handler.takes == 2 and parts.lane.idle())
    assert parts.handler.got == []
    parts.lane.offer(records(0, 25))
    await eventually_async(lambda: len(parts.handler.got) == 25)

    assert parts.handler.got == list(range(25))
    assert parts.lane.failures == 0


@pytest.mark.moves("dualwatch_offset_commit_failures_total", "dualwatch_record_age_seconds")
async def test_a_commit_that_fails_is_counted_and_stops_nothing(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a hint only: progress is in the store."""
    failed = asyncio.Event()

    async def refuse(_offsets: Any) -> None:
        failed.set()
        raise KafkaError

    monkeypatch.setattr(parts.consumer, "commit", refuse)
    parts.lane.start()
    await parts.taken()
    parts.lane.offer(records(0, 3))
    await asyncio.wait_for(failed.wait(), 10)
    parts.lane.offer(records(3, 5))
    await eventually_async(lambda: len(parts.handler.got) == 5)

    assert parts.lane.oldest_ms() is None


async def test_a_full_lane_stops_reading_until_it_has_room(parts: Parts) -> None:
    """Others read on meanwhile."""
    parts.handler.go_on = asyncio.Event()
    parts.lane.start()
    await parts.taken()
    parts.lane.offer(records(0, 15))
    before = parts.consumer.paused
    parts.lane.offer(records(15, 40))
    assert (before, parts.consumer.paused) == (False, True)
    assert parts.lane.pending == 40
    parts.handler.go_on.set()
    await eventually_async(lambda: len(parts.handler.got) == 40)

    assert not parts.consumer.paused
    assert parts.lane.idle()


async def test_a_stopped_lane_finishes_its_batch_and_commits(parts: Parts) -> None:
    """Then it takes nothing more, and the handler forgets the partition."""
    parts.lane.start()
    await parts.taken()
    parts.lane.offer(records(0, 5))
    await eventually_async(lambda: parts.handler.got)
    await parts.lane.stop(1)
    parts.lane.offer(records(5, 8))

    assert parts.handler.got == [0, 1, 2, 3, 4]
    assert parts.handler.revoked_calls == 1
    assert parts.consumer.committed[-1] == 5


async def test_a_batch_without_an_end_is_cancelled(parts: Parts) -> None:
    """A rebalance does not wait for ever."""
    parts.handler.go_on = asyncio.Event()
    parts.lane.start()
    await parts.taken()
    parts.lane.offer(records(0, 5))
    await eventually_async(lambda: parts.lane.pending == 5)
    await parts.lane.stop(0.05)

    assert parts.handler.got == []
    assert parts.handler.revoked_calls == 1


@pytest.mark.parametrize(
    ("stored", "begins"),
    [(50, 0), (20, 20), (7, 7), (None, 0)],
)
async def test_an_offset_beyond_the_end(stored: int | None, begins: int, parts: Parts) -> None:
    """From its first: another topic, or one that was cut off and has got new records since."""
    parts.consumer.end, parts.handler.offset = 20, stored
    parts.lane.start()
    await parts.taken()

    assert [begins] == parts.consumer.sought


async def test_a_topic_that_is_another_is_taken_again() -> None:
    """One that is not known just now is not another."""
    ids = ["first", "second"]

    async def topic_id(_topic: str) -> str:
        return ids.pop(0)

    consumer, handler = FakeConsumer(), FakeHandler()
    lane = Lane(consumer, TP, "group", handler, BatchLimits(), None, topic_id)
    parts = Parts(lane, consumer, handler)
    lane.start()
    await parts.taken()
    lane.compare(None)
    lane.compare("first")
    assert lane.idle()
    lane.compare("second")
    await parts.taken(2)
    lane.compare("second")

    assert lane.idle()
    assert 2 == handler.takes
    await lane.stop(1)
