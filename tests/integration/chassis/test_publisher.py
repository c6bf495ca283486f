"""The publisher and topics on a real Kafka."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.stack import Stack
from services.chassis.publisher import (
    BATCH_BYTES_MAX,
    Publisher,
    PublishError,
    ensure_topics,
    last_record,
    partitions_of,
)
from services.chassis.settings import KafkaSettings
from tests.integration.chassis.folding import Place, halted

pytestmark = pytest.mark.integration


async def values(place: Place) -> list[bytes]:
    """Read everything on partition 0."""
    consumer = AIOKafkaConsumer(bootstrap_servers=place.kafka.bootstrap_servers)
    tp = TopicPartition(place.topic, 0)
    found: list[bytes] = []
    await consumer.start()
    try:
        consumer.assign([tp])
        await consumer.seek_to_beginning(tp)
        end = (await consumer.end_offsets([tp]))[tp]
        while len(found) < end:
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                found.extend(record.value for record in records)
    finally:
        await consumer.stop()
    return found


async def test_many_batches_arrive_whole_and_in_order(place: Place, publisher: Publisher) -> None:
    """More than one batch of the wire format; keys and headers come along."""
    await place.create(1)
    padding = b"x" * 1_000
    sent = [b"%d %s" % (n, padding) for n in range(3 * BATCH_BYTES_MAX // len(padding))]

    await publisher.publish(place.topic, 0, [(b"k", value, [("h", b"v")]) for value in sent])
    last = await last_record(place.kafka, place.topic, 0)

    assert await values(place) == sent
    assert last is not None
    assert (last.key, last.value, tuple(last.headers)) == (b"k", sent[-1], (("h", b"v"),))


async def test_calls_at_once_do_not_mix_up_their_order(place: Place, publisher: Publisher) -> None:
    """Each call's records keep theirs."""
    await place.create(1)
    calls = [[b"%d:%03d" % (call, n) for n in range(200)] for call in range(5)]

    await asyncio.gather(
        *(publisher.publish(place.topic, 0, [(None, v, ()) for v in call]) for call in calls)
    )

    found = await values(place)
    assert [[v for v in found if v.startswith(b"%d:" % n)] for n in range(5)] == calls


async def test_single_records_travel_together(place: Place, publisher: Publisher) -> None:
    """Many callers with one record each: all arrive, with key and headers."""
    await place.create(1)
    sent = [b"%03d" % n for n in range(300)]

    await asyncio.gather(
        *(publisher.publish(place.topic, 0, [(b"k", value, (("h", b"v"),))]) for value in sent)
    )
    last = await last_record(place.kafka, place.topic, 0)

    assert sorted(await values(place)) == sent
    assert last is not None
    assert (last.key, tuple(last.headers)) == (b"k", (("h", b"v"),))


async def test_nothing_to_publish(place: Place, publisher: Publisher) -> None:
    """No records: no request, and the topic need not exist."""
    await publisher.publish(place.topic, 0, [])

    assert await partitions_of(place.kafka, [place.topic]) == {place.topic: 0}


async def test_topics_are_created_once_with_their_configuration(place: Place) -> None:
    """Two processes may try at once; a topic that exists is left alone."""
    wanted = {place.topic: {"retention.ms": "1000000"}}
    await asyncio.gather(*(ensure_topics(place.kafka, wanted, 3) for _ in range(2)))
    await ensure_topics(place.kafka, wanted, 5)

    assert await partitions_of(place.kafka, [place.topic, "none"]) == {place.topic: 3, "none": 0}


async def test_an_empty_partition_has_no_last_record(place: Place) -> None:
    """None, as for a topic that was just created."""
    await place.create(1)

    assert await last_record(place.kafka, place.topic, 0) is None


async def test_goes_on_after_a_restart_of_kafka(
    place: Place, publisher: Publisher, shared_stack: Stack
) -> None:
    """What fails is told; the same publisher publishes again as soon as Kafka is back."""
    await place.create(1)
    await publisher.publish(place.topic, 0, [(None, b"before", ())])
    with halted(shared_stack, "kafka") as restart:
        fresh = Publisher(place.kafka)
        with pytest.raises(PublishError):
            await fresh.publish(place.topic, 0, [(None, b"lost", ())])
        await asyncio.to_thread(restart)

    await publisher.publish(place.topic, 0, [(None, b"after", ())])

    assert await values(place) == [b"before", b"after"]


async def test_a_cancelled_start_leaves_nothing_open(place: Place) -> None:
    """Cancelled at any moment: an open socket would be a ResourceWarning, which is an error."""
    await place.create(1)
    for step in range(12):
        publisher = Publisher(place.kafka)
        task = asyncio.create_task(publisher.publish(place.topic, 0, [(None, b"v", ())]))
        for _ in range(step):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await publisher.close()


@pytest.mark.moves("dualwatch_publish_failures_total")
async def test_nobody_there() -> None:
    """A wrong address is a PublishError, not a leak."""
    publisher = Publisher(KafkaSettings(bootstrap_servers="127.0.0.1:1"))

    with pytest.raises(PublishError):
        await publisher.publish("topic", 0, [(None, b"v", ())])
    await publisher.close()
