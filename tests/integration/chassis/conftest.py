"""A topic and a database of its own for each test, on the session's Kafka and MongoDB."""

import secrets
from collections.abc import AsyncIterator

import pytest

from deploy.local.stack import Stack
from services.chassis.mongo import Mongo
from services.chassis.publisher import Publisher
from services.chassis.settings import KafkaSettings, MongoSettings
from tests.integration.chassis.folding import Place
from tests.support.stack import shared_stack

__all__ = ["shared_stack"]


@pytest.fixture
def place(shared_stack: Stack) -> Place:
    """Name a topic and a database that nobody else uses."""
    where = shared_stack.endpoints()
    return Place(
        KafkaSettings(bootstrap_servers=where.kafka),
        MongoSettings(url=where.mongo),
        secrets.token_hex(4),
    )


@pytest.fixture
async def mongo(place: Place) -> AsyncIterator[Mongo]:
    """Connect to the test's database."""
    found = Mongo(place.mongo, place.database)
    yield found
    await found.client.drop_database(place.database)
    found.close()


@pytest.fixture
async def publisher(place: Place) -> AsyncIterator[Publisher]:
    """Publish to the test's Kafka."""
    found = Publisher(place.kafka)
    yield found
    await found.close()
