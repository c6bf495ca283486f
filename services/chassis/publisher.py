"""Publishing: many records a call, in order, idempotent, acknowledged by all replicas (ADR 8)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.producer.message_accumulator import BatchBuilder

from services.chassis import clock, metrics, reconnecting, tracing
from services.chassis.log import get_logger
from services.chassis.reasons import why_not
from services.chassis.records import Record
from services.chassis.settings import KafkaSettings
from services.chassis.whole import started, stopped, whole

log = get_logger(__name__)

Headers = Sequence[tuple[str, bytes]]
OutRecord = tuple[bytes | None, bytes | None, Headers]
"""Key, value, headers."""

BATCH_BYTES_MAX: Final = 1_000_000
REQUEST_TIMEOUT_MS: Final = 15_000
START_SECONDS: Final = 20.0
SEND_TIMEOUT_SECONDS: Final = 30.0
READ_TIMEOUT_MS: Final = 3_000
REPLICAS: Final = 3
"""Copies of each topic's partitions, or as many as there are brokers when it is created."""


class PublishError(Exception):
    """The broker does not (surely) have the records; publish them again."""


class Publisher:
    """One idempotent producer, made on first use and made anew after any failure."""

    def __init__(self, settings: KafkaSettings) -> None:
        """Nothing is connected before the first use."""
        reconnecting.install()
        self.settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._making = asyncio.Lock()

    async def publish(self, topic: str, partition: int, records: Sequence[OutRecord]) -> None:
        """Publish to one partition, in order; returns when the broker has all.

        Raises PublishError: some, all or none may be there.
        """
        if not records:
            return
        with tracing.span(
            "publish", kind=tracing.PRODUCER, topic=topic, partition=partition, records=len(records)
        ):
            await self._publish(topic, partition, records)

    async def _publish(self, topic: str, partition: int, records: Sequence[OutRecord]) -> None:
        began = clock.monotonic()
        producer = await self._ready(topic)
        try:
            if len(records) == 1:
                await _send_one(producer, topic, partition, records[0])
            else:
                await _send(producer, topic, partition, records)
        except (KafkaError, TimeoutError) as error:
            metrics.PUBLISH_FAILURES.labels(topic).inc()
            await self._discard(producer)
            msg = f"{topic}-{partition}: {error!r}"
            raise PublishError(msg) from error
        metrics.PUBLISHED.labels(topic).inc(len(records))
        metrics.PUBLISH_SECONDS.labels(topic).observe(clock.monotonic() - began)

    async def close(self) -> None:
        """Stop the producer, within a bound."""
        if self._producer is not None:
            await self._discard(self._producer)

    async def _ready(self, topic: str) -> AIOKafkaProducer:
        async with self._making:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self.settings.client,
                    acks="all",
                    enable_idempotence=True,
                    compression_type="lz4",
                    max_batch_size=BATCH_BYTES_MAX,
                    max_request_size=4 * BATCH_BYTES_MAX,
                    request_timeout_ms=REQUEST_TIMEOUT_MS,
                    linger_ms=0,
                )
                try:
                    await started(_start(producer), producer.stop, START_SECONDS)
                except (KafkaError, TimeoutError) as error:
                    metrics.PUBLISH_FAILURES.labels(topic).inc()
                    msg = f"Kafka does not answer: {error!r}"
                    raise PublishError(msg) from error
                self._producer = producer
            return self._producer

    async def _discard(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
        if not await whole(stopped(producer.stop())):
            log.warning("producer_stop_given_up")


async def _start(producer: AIOKafkaProducer) -> None:
    await producer.start()
    # Its background task connects once more for this; a stop meanwhile would forget the connection.
    await producer._txn_manager.wait_for_pid()  # noqa: SLF001 - there is no public way


async def _send_one(
    producer: AIOKafkaProducer, topic: str, partition: int, record: OutRecord
) -> None:
    """Send one record: what many callers send at once then travels together."""
    key, value, headers = record
    async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
        delivered = await producer.send(
            topic, value, key=key, partition=partition, headers=list(headers)
        )
        await delivered


async def _send(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[OutRecord]
) -> None:
    """Send one batch after the other, so that none can arrive without those before it."""
    batch = producer.create_batch()
    for key, value, headers in records:
        # aiokafka's compiled builder takes lists only.
        headers = headers if isinstance(headers, list) else list(headers)  # noqa: PLW2901
        if batch.append(key=key, value=value, timestamp=None, headers=headers) is not None:
            continue
        await _deliver(producer, topic, partition, batch)
        batch = producer.create_batch()
        if batch.append(key=key, value=value, timestamp=None, headers=headers) is None:
            msg = f"a record of {len(value or b'')} bytes is larger than a batch may be"
            raise ValueError(msg)
    await _deliver(producer, topic, partition, batch)


async def _deliver(
    producer: AIOKafkaProducer, topic: str, partition: int, batch: BatchBuilder
) -> None:
    batch.close()
    if batch.record_count():
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
            delivered = await producer.send_batch(batch, topic, partition=partition)
            await delivered


async def ensure_topics(
    settings: KafkaSettings, topics: Mapping[str, Mapping[str, str]], partitions: int
) -> None:
    """Create the topics that are missing, each with its configuration (retention and so on)."""
    async with administrator(settings) as admin:
        known = set(await admin.list_topics())
        copies = min(REPLICAS, len((await admin.describe_cluster())["brokers"]))
        missing = [
            NewTopic(name, partitions, copies, topic_configs=dict(config))
            for name, config in topics.items()
            if name not in known
        ]
        if not missing:
            return
        answer = await admin.create_topics(missing)
        for name, code, *told in answer.topic_errors:
            kind = for_code(code)
            if code and kind is not TopicAlreadyExistsError:
                msg = f"topic {name} was not created: {told}"
                raise kind(msg)


async def partitions_of(settings: KafkaSettings, topics: Sequence[str]) -> dict[str, int]:
    """Return how many partitions each topic has; 0 where it does not exist."""
    async with administrator(settings) as admin:
        known = set(await admin.list_topics())
        wanted = [topic for topic in topics if topic in known]
        described = await admin.describe_topics(wanted) if wanted else []
        found = {entry["topic"]: len(entry["partitions"]) for entry in described}
        return {topic: found.get(topic, 0) for topic in topics}


async def last_record(settings: KafkaSettings, topic: str, partition: int) -> Record | None:
    """Read the last record of a partition; None if it is empty."""
    return (await last_records(settings, [(topic, partition)]))[topic, partition]


async def last_records(
    settings: KafkaSettings, places: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Record | None]:
    """Read the last record of each partition, one after the other, with one login for all."""
    consumer = AIOKafkaConsumer(
        **settings.client,
        enable_auto_commit=False,
        group_id=None,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    await started(consumer.start(), consumer.stop, START_SECONDS)
    try:
        return {place: await _last_record(consumer, TopicPartition(*place)) for place in places}
    finally:
        await whole(stopped(consumer.stop()))


async def _last_record(consumer: AIOKafkaConsumer, tp: TopicPartition) -> Record | None:
    consumer.assign([tp])
    first: int = (await consumer.beginning_offsets([tp]))[tp]
    end: int = (await consumer.end_offsets([tp]))[tp]
    if end == first:
        return None
    consumer.seek(tp, end - 1)
    found = await consumer.getmany(tp, timeout_ms=READ_TIMEOUT_MS, max_records=1)
    if tp not in found:
        if (await consumer.beginning_offsets([tp]))[tp] >= end:
            # It was there, and its time was over before it was read.
            return None
        msg = f"{tp}: the last record, at {end - 1}, could not be read"
        raise PublishError(msg)
    record: Record = found[tp][0]
    return record


@contextlib.asynccontextmanager
async def administrator(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give a client that asks about brokers and topics; closed within a bound."""
    admin = AIOKafkaAdminClient(**settings.client, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await started(admin.start(), admin.close, START_SECONDS)
    except KafkaConnectionError as error:
        raise KafkaConnectionError(await why_not(settings)) from error
    try:
        yield admin
    finally:
        await whole(stopped(admin.close()))
