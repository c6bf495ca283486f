"""Lanes of one subscription: small batches one after the other, and never held up for long."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition

from services.chassis import lane as lanes
from services.chassis import turns
from services.chassis.lane import Lane
from services.chassis.records import BatchLimits, Record
from services.chassis.turns import Turns
from tests.support.eventually import eventually_async
from tests.unit.chassis.test_lane import Fake, FakeConsumer

FIRST, SECOND = TopicPartition("ledger", 0), TopicPartition("ledger", 1)


class Both(FakeConsumer):
    """A consumer of two partitions."""

    def assignment(self) -> set[TopicPartition]:
        """Own both."""
        return {FIRST, SECOND}

    async def beginning_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Give the first offset of each."""
        return dict.fromkeys(tps, self.begin)

    async def end_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Give the end of each."""
        return dict.fromkeys(tps, self.end)

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Note them."""
        self.committed += offsets.values()


@dataclass
class Gated:
    """Says which batches it has in hand; each partition's gate lets them end."""

    gates: dict[int, asyncio.Event] = field(
        default_factory=lambda: {0: asyncio.Event(), 1: asyncio.Event()}
    )
    begun: list[tuple[int, list[int]]] = field(default_factory=list)
    fail: Exception | None = None

    async def assigned(self, partition: int) -> int | None:
        """Begin anew after what was handled."""
        assert partition in self.gates
        return 0

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Note the batch; wait for the gate."""
        self.begun.append((partition, [record.offset for record in records]))
        await self.gates[partition].wait()
        if self.fail is not None:
            raise self.fail

    async def revoked(self, partition: int) -> None:
        """Keep nothing."""
        self.gates[partition].set()


@dataclass
class Pair:
    """Two lanes that share their turns."""

    first: Lane
    second: Lane
    handler: Gated


def offered(tp: TopicPartition, first: int, end: int) -> list[Record]:
    """Make records of a partition."""
    return [Fake(offset, partition=tp.partition) for offset in range(first, end)]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    """Give two lanes that wait for records."""
    consumer, handler, shared = Both(), Gated(), Turns()
    first, second = (
        Lane(consumer, tp, "group", handler, BatchLimits(), turns=shared) for tp in (FIRST, SECOND)
    )
    async with AsyncExitStack() as stack:
        for lane in (first, second):
            stack.push_async_callback(lane.stop, 1)
            lane.start()
        await eventually_async(lambda: first.idle() and second.idle())
        yield Pair(first, second, handler)
        for gate in handler.gates.values():
            gate.set()


async def test_a_batch_takes_all_that_has_come_until_its_turn(pair: Pair) -> None:
    """As many transactions, and no record waits for two of its own lane."""
    pair.first.offer(offered(FIRST, 0, 1))
    await eventually_async(lambda: pair.handler.begun)
    pair.second.offer(offered(SECOND, 0, 1))
    pair.second.offer(offered(SECOND, 1, 3))
    pair.handler.gates[0].set()
    await eventually_async(lambda: len(pair.handler.begun) == 2)

    assert pair.handler.begun == [(0, [0]), (1, [0, 1, 2])]


async def test_one_that_works_for_long_holds_nobody_up(pair: Pair) -> None:
    """A day that opens takes minutes; the other partitions' records come through."""
    pair.first.offer(offered(FIRST, 0, 1))
    await eventually_async(lambda: pair.handler.begun)
    pair.handler.gates[1].set()
    pair.second.offer(offered(SECOND, 0, 1))
    await eventually_async(lambda: pair.second.handled == 1)

    assert pair.first.pending == 1


async def test_a_long_batch_waits_for_nobody(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """One reads and reckons while another's transaction is under way."""
    monkeypatch.setattr(turns, "TURN_SECONDS", 60.0)
    monkeypatch.setattr(lanes, "BACKLOG_RECORDS", 10)
    pair.first.offer(offered(FIRST, 0, 1))
    await eventually_async(lambda: pair.handler.begun)
    pair.second.offer(offered(SECOND, 0, 10))
    await eventually_async(lambda: len(pair.handler.begun) == 2)

    assert pair.first.pending == 1


async def test_a_batch_that_failed_gives_its_turn_back(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it waits to be tried again, others have theirs."""
    monkeypatch.setattr(turns, "TURN_SECONDS", 60.0)
    monkeypatch.setattr(lanes, "RETRY_SECONDS", (60.0, 60.0))
    pair.handler.fail = ValueError("not now")
    pair.first.offer(offered(FIRST, 0, 1))
    pair.handler.gates[0].set()
    await eventually_async(lambda: pair.first.failures == 1)
    pair.handler.fail = None
    pair.handler.gates[1].set()
    pair.second.offer(offered(SECOND, 0, 1))
    await eventually_async(lambda: pair.second.handled == 1)


async def test_a_lane_that_is_stopped_while_it_waits_takes_nothing(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its partition is another's by then."""
    monkeypatch.setattr(turns, "TURN_SECONDS", 60.0)
    pair.first.offer(offered(FIRST, 0, 1))
    await eventually_async(lambda: pair.handler.begun)
    pair.second.offer(offered(SECOND, 0, 1))
    stopped = asyncio.create_task(pair.second.stop(60))
    await asyncio.sleep(0)
    pair.handler.gates[0].set()
    await stopped

    assert pair.handler.begun == [(0, [0])]


async def test_a_lane_rests_where_nobody_waits_for_each_record() -> None:
    """What comes meanwhile is one batch."""
    consumer, handler = Both(), Gated()
    handler.gates[0].set()
    lane = Lane(consumer, FIRST, "group", handler, BatchLimits(rest_ms=200))
    lane.start()
    await eventually_async(lane.idle)
    lane.offer(offered(FIRST, 0, 1))
    await eventually_async(lambda: lane.handled == 1)
    for offset in (1, 2, 3):
        lane.offer(offered(FIRST, offset, offset + 1))
        # Turns enough to take each by itself.
        for _ in range(10):
            await asyncio.sleep(0)
    await eventually_async(lambda: lane.handled == 4)
    await lane.stop(1)

    assert handler.begun == [(0, [0]), (0, [1, 2, 3])]


async def test_being_given_up_ends_the_rest() -> None:
    """The partition's next owner does not wait for it."""
    consumer, handler = Both(), Gated()
    handler.gates[0].set()
    lane = Lane(consumer, FIRST, "group", handler, BatchLimits(rest_ms=60_000))
    lane.start()
    await eventually_async(lane.idle)
    lane.offer(offered(FIRST, 0, 1))
    # Far within the grace, at whose end the lane would be cancelled.
    async with asyncio.timeout(10):
        await lane.stop(60)

    assert handler.begun == []


@pytest.mark.parametrize(("backlog", "limit"), [(10, 10), (1_000, 4)])
async def test_a_backlog_begins_no_rest(
    monkeypatch: pytest.MonkeyPatch, backlog: int, limit: int
) -> None:
    """It is worked off without a pause: enough for a batch, or all that the lane may hold."""
    monkeypatch.setattr(lanes, "BACKLOG_RECORDS", backlog)
    consumer, handler = Both(), Gated()
    handler.gates[0].set()
    lane = Lane(consumer, FIRST, "group", handler, BatchLimits(limit, rest_ms=60_000))
    lane.start()
    await eventually_async(lane.idle)
    lane.offer(offered(FIRST, 0, 20))
    await eventually_async(lambda: (lane.handled or 0) >= 20 - limit)
    await lane.stop(10)
