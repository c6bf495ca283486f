"""Topics and a database of its own for each test, on the session's Kafka and MongoDB."""

import secrets
from collections.abc import AsyncIterator

import pytest

from deploy.local.stack import Stack
from services.chassis.mongo import Mongo
from services.chassis.publisher import Publisher
from services.chassis.settings import KafkaSettings, MongoSettings
from services.reporting.store.names import INDEXES
from tests.support.stack import shared_stack

__all__ = ["shared_stack"]


@pytest.fixture
def kafka(shared_stack: Stack) -> KafkaSettings:
    """The session's Kafka."""
    return KafkaSettings(bootstrap_servers=shared_stack.endpoints().kafka)


@pytest.fixture
async def mongo(shared_stack: Stack) -> AsyncIterator[Mongo]:
    """A database of the test's own, with reporting's indexes."""
    name = f"reporting_{secrets.token_hex(4)}"
    found = Mongo(MongoSettings(url=shared_stack.endpoints().mongo), name)
    await found.create(INDEXES)
    yield found
    await found.client.drop_database(name)
    found.close()


@pytest.fixture
async def publisher(kafka: KafkaSettings) -> AsyncIterator[Publisher]:
    """A publisher to the session's Kafka."""
    found = Publisher(kafka)
    yield found
    await found.close()
