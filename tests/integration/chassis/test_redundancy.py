"""A real Kafka and MongoDB are asked what the deployment stands on."""

import contextlib

import pytest
from aiokafka.errors import UnknownTopicOrPartitionError

from services.chassis import metrics
from services.chassis.kafka_requests import topic_id
from services.chassis.mongo import Mongo
from services.chassis.publisher import administrator
from services.chassis.redundancy import Redundancy
from tests.integration.chassis.folding import PARTITIONS, Place
from tests.support.eventually import eventually_async

pytestmark = pytest.mark.integration
KINDS = ("kafka", "kafka_disk", "mongodb", "oplog", "certificates")


@pytest.mark.moves("dualwatch_kafka_disk_size_bytes", "dualwatch_kafka_disk_used_bytes")
async def test_all_is_asked_and_answered(place: Place, mongo: Mongo) -> None:
    """One broker and one member, and nothing is missing."""
    await place.create()
    await Redundancy(place.kafka, place.mongo, mongo).look()
    value = metrics.REGISTRY.get_sample_value

    for kind in KINDS:
        assert value("dualwatch_stores_looked_seconds", {"kind": kind}), kind
    assert 1 == value("dualwatch_kafka_brokers", {"state": "answering"})
    assert 0 == value("dualwatch_kafka_brokers", {"state": "away"})
    assert 1 == value("dualwatch_mongo_members", {"state": "serving"})
    assert 0 == value("dualwatch_mongo_members", {"state": "away"})
    size, used = (value(f"dualwatch_kafka_disk_{what}_bytes") for what in ("size", "used"))
    assert 0 < (used or 0) < (size or 0)


async def test_a_topic_made_anew_has_another_id(place: Place) -> None:
    """It is called as before, and is not the same."""
    await place.create()
    async with administrator(place.kafka) as admin:
        first = await topic_id(admin._client, place.topic)
        again = await topic_id(admin._client, place.topic)
        await place.remake(PARTITIONS)

        async def remade() -> str | None:
            # A broker may know a moment later than another what was made.
            with contextlib.suppress(UnknownTopicOrPartitionError):
                return await topic_id(admin._client, place.topic)
            return None

        other = await eventually_async(remade)

    assert first == again
    assert first != other
    assert {32} == {len(each or "") for each in (first, other)}
