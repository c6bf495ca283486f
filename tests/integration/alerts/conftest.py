"""alerts on the real Kafka and MongoDB, fed as analysis feeds it."""

from collections.abc import AsyncIterator

import pytest

from contracts.topics import TOPICS
from deploy.local.stack import Stack
from services.chassis.publisher import ensure_topics
from tests.integration.alerts.running import PARTITIONS, STANDING, Analysis, settings_of
from tests.support.stack import shared_stack

__all__ = ["shared_stack"]


@pytest.fixture(scope="package")
async def analysis(shared_stack: Stack) -> AsyncIterator[Analysis]:
    """Create the topics and stand in for analysis: its positions run through the folder."""
    settings = settings_of(shared_stack)
    await ensure_topics(settings.kafka, {topic.name: {} for topic in TOPICS}, PARTITIONS)
    writer = Analysis(settings.kafka)
    yield writer
    await STANDING.end()
    await writer.close()
