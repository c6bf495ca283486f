"""Clients of a secured stack, as its users are."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.stack import Stack
from services.chassis.settings import KafkaSettings, MongoSettings

REFUSED_SECONDS = 8.0


def client_of(stack: Stack, user: str) -> dict[str, Any]:
    """Give what a client of aiokafka is made with to be a user."""
    assert stack.security is not None
    return stack.security.client(user, stack.endpoints().kafka)


def settings_of(stack: Stack, user: str) -> KafkaSettings:
    """Give the settings that the stack tells a service."""
    prefix = "DUALWATCH_KAFKA__"
    told = {k.removeprefix(prefix).lower(): v for k, v in stack.environment(1, user).items()}
    names = KafkaSettings.model_fields.keys() & told.keys()
    return KafkaSettings.model_validate({name: told[name] for name in names})


def mongo_of(stack: Stack, user: str, **changes: Any) -> MongoSettings:
    """Give the settings of MongoDB that the stack tells a service."""
    prefix = "DUALWATCH_MONGO__"
    told = {k: v for k, v in stack.environment(1, user).items() if k.startswith(prefix)}
    given = {name.removeprefix(prefix).lower(): value for name, value in told.items()}
    return MongoSettings(**{**given, **changes})


async def put(client: dict[str, Any], topic: str, value: bytes = b"{}") -> None:
    """Put one record on a topic."""
    producer = AIOKafkaProducer(**client, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def take(client: dict[str, Any], topic: str) -> int:
    """Read whatever a topic's first partition has now; give how many records."""
    consumer = AIOKafkaConsumer(**client)
    await consumer.start()
    try:
        # aiokafka reads on in silence where it may not; the broker's answer is told only here.
        await consumer._client._wait_on_metadata(topic)
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        return sum(map(len, (await consumer.getmany(timeout_ms=1_000)).values()))
    finally:
        await consumer.stop()


async def begun(consumer: AIOKafkaConsumer) -> None:
    """Join a group and wait for a record."""
    await consumer.start()
    await consumer.getone()


async def is_refused(client: dict[str, Any]) -> bool:
    """Tell whether a client is not let in at all."""
    admin = AIOKafkaAdminClient(**client, request_timeout_ms=2_000)
    try:
        async with asyncio.timeout(REFUSED_SECONDS):
            await admin.start()
            await admin.list_topics()
    except (KafkaError, TimeoutError):
        return True
    else:
        return False
    finally:
        await admin.close()
