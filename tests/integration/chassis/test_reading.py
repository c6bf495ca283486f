"""Lanes on real Kafka and MongoDB: nothing is lost or skipped, whatever is away or fails."""

import asyncio
import contextlib
from collections.abc import Sequence

import pytest

from deploy.local.stack import Stack
from services.chassis.mongo import Mongo, Progress, SupersededError
from services.chassis.publisher import Publisher
from services.chassis.records import BatchLimits, GapError, Record
from tests.integration.chassis.folding import (
    PARTITIONS,
    PROJECTION,
    Place,
    Reader,
    halted,
    reading,
)
from tests.support.eventually import eventually_async

pytestmark = pytest.mark.integration
FEW = range(200)
MANY = range(4_000)
RESTART_SECONDS = 60


async def test_reads_what_is_there_and_what_comes(
    place: Place, mongo: Mongo, publisher: Publisher
) -> None:
    """Each record once, in the order of its partition."""
    await place.create()
    await place.publish(publisher, FEW[:100])
    async with reading(place, mongo) as reader:
        await eventually_async(lambda: reader.has(FEW[:100]))
        await place.publish(publisher, FEW[100:])

        await eventually_async(lambda: reader.has(FEW))
        assert reader.folder.takes == PARTITIONS


@pytest.mark.moves("dualwatch_broker_restarts_total")
async def test_waits_for_its_topic(place: Place, mongo: Mongo, publisher: Publisher) -> None:
    """A topic that does not exist yet is waited for, and readiness says so."""
    async with reading(place, mongo) as reader:
        await eventually_async(lambda: _says(reader.health.readiness(), "not there yet"))
        await place.create()
        await place.publish(publisher, FEW)

        await eventually_async(lambda: reader.has(FEW))
        await eventually_async(lambda: _says(reader.health.readiness(), "ok"))


async def test_a_handler_that_fails_gets_its_records_again(
    place: Place, mongo: Mongo, publisher: Publisher
) -> None:
    """Whatever is raised, nothing is lost or skipped, and what follows waits."""
    failures = [ValueError("once"), GapError("missing"), KeyError("twice")]

    def before(partition: int, records: Sequence[Record]) -> None:
        if partition == 0 and records[0].offset >= 20 and failures:
            raise failures.pop()

    await place.create()
    await place.publish(publisher, FEW)
    async with reading(place, mongo, BatchLimits(records_max=10), before) as reader:
        await eventually_async(lambda: reader.has(FEW))

        assert reader.folder.takes == PARTITIONS + 3


async def test_batches_grow_with_the_backlog(
    place: Place, mongo: Mongo, publisher: Publisher
) -> None:
    """They are bounded all the same, and reading stops while enough is waiting."""
    await place.create()
    await place.publish(publisher, MANY)
    async with reading(place, mongo, BatchLimits(records_max=300)) as reader:
        await eventually_async(lambda: reader.has(MANY))

        assert max(reader.folder.batches) == 300
        assert reader.folder.takes == PARTITIONS


async def test_two_members_share_and_take_over(
    place: Place, mongo: Mongo, publisher: Publisher
) -> None:
    """A rebalance in the middle of things seeks to the stored progress, there and back."""
    await place.create()
    await place.publish(publisher, MANY[:1_000])
    async with reading(place, mongo, BatchLimits(records_max=50)) as first:
        await eventually_async(lambda: first.folder.batches)
        async with reading(place, mongo, BatchLimits(records_max=50)) as second:
            await eventually_async(lambda: len(second.folder.taken) == 1)
            await place.publish(publisher, MANY[1_000:2_000])
            await eventually_async(lambda: first.has(MANY[:2_000]))
            assert second.folder.batches
        await place.publish(publisher, MANY[2_000:])

        await eventually_async(lambda: first.has(MANY))
        assert len(first.folder.taken) == PARTITIONS


async def test_a_superseded_owner_stops_and_comes_back(
    place: Place, mongo: Mongo, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took the partition and vanished does not hold it for ever."""
    monkeypatch.setattr("services.chassis.lane.SUPERSEDED_SECONDS", 0.5)
    await place.create()
    await place.publish(publisher, FEW[:100])
    async with reading(place, mongo) as reader:
        await eventually_async(lambda: reader.has(FEW[:100]))
        progress = Progress(mongo, PROJECTION, place.topic)
        await progress.take(0)
        await place.publish(publisher, FEW[100:])

        await eventually_async(lambda: reader.has(FEW))
        assert [type(failure) for failure in reader.folder.failures] == [SupersededError]


async def test_a_start_that_is_given_up_leaves_nothing_open(place: Place, mongo: Mongo) -> None:
    """At whatever moment: an open connection would be a ResourceWarning, which is an error."""
    await place.create()
    for moment in range(8):
        async with reading(place, mongo) as reader:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.broker.wait_running(), moment / 50)
    async with reading(place, mongo) as reader:
        await reader.broker.wait_running()


async def has_all(reader: Reader, values: Sequence[int]) -> bool:
    """Whether these numbers are kept; offsets of two topics have no order."""
    return sorted(await reader.folder.kept()) == list(values)


async def test_a_topic_made_anew_is_read_from_its_beginning(
    place: Place, mongo: Mongo, publisher: Publisher
) -> None:
    """Also where it has more records already than were read of the former one."""
    await place.create()
    await place.publish(publisher, FEW[:40])
    async with reading(place, mongo) as reader:
        await eventually_async(lambda: has_all(reader, FEW[:40]))
    await place.remake()
    await publisher.close()
    await place.publish(publisher, FEW[40:])

    async with reading(place, mongo) as reader:
        await eventually_async(lambda: has_all(reader, FEW))


async def test_a_topic_made_anew_under_its_reader_is_noticed(
    place: Place, mongo: Mongo, publisher: Publisher
) -> None:
    """Whatever the consumer itself makes of it."""
    await place.create()
    await place.publish(publisher, FEW[:40])
    async with reading(place, mongo) as reader:
        await eventually_async(lambda: has_all(reader, FEW[:40]))
        await place.remake()
        await publisher.close()
        await place.publish(publisher, FEW[40:])

        await eventually_async(lambda: has_all(reader, FEW), RESTART_SECONDS)


@pytest.mark.long
async def test_kafka_restarts(
    place: Place, mongo: Mongo, publisher: Publisher, shared_stack: Stack
) -> None:
    """Reader and publisher go on as if nothing had been; readiness tells of the pause."""
    await place.create()
    await place.publish(publisher, FEW[:100])
    async with reading(place, mongo) as reader:
        await eventually_async(lambda: reader.has(FEW[:100]))
        with halted(shared_stack, "kafka") as restart:
            await eventually_async(
                lambda: _says(reader.health.readiness(), "does not answer"), RESTART_SECONDS
            )
            await asyncio.to_thread(restart)
        await place.publish(publisher, FEW[100:])

        await eventually_async(lambda: reader.has(FEW), RESTART_SECONDS)
        await eventually_async(lambda: _says(reader.health.readiness(), "ok"), RESTART_SECONDS)
        assert all(state == "ok" for state in reader.health.liveness().values())


async def test_kafka_is_away_at_the_start(
    place: Place, mongo: Mongo, publisher: Publisher, shared_stack: Stack
) -> None:
    """The process lives, is not ready, and begins when Kafka is there."""
    await place.create()
    await place.publish(publisher, FEW)
    with halted(shared_stack, "kafka") as restart:
        async with reading(place, mongo) as reader:
            await eventually_async(lambda: _says(reader.health.readiness(), "Error"))
            assert all(state == "ok" for state in reader.health.liveness().values())
            await asyncio.to_thread(restart)

            await eventually_async(lambda: reader.has(FEW), RESTART_SECONDS)


async def test_mongodb_restarts(
    place: Place, mongo: Mongo, publisher: Publisher, shared_stack: Stack
) -> None:
    """Batches fail while it is away and come again."""
    await place.create()
    await place.publish(publisher, FEW[:100])
    async with reading(place, mongo) as reader:
        await eventually_async(lambda: reader.has(FEW[:100]))
        with halted(shared_stack, "mongo") as restart:
            await place.publish(publisher, FEW[100:])
            await asyncio.to_thread(restart)

        await eventually_async(lambda: reader.has(FEW), RESTART_SECONDS)


async def _says(answer: object, words: str) -> bool:
    found = await answer  # type: ignore[misc]
    return words in found["kafka"]
