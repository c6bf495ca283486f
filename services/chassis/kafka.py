"""Consuming: FastStream batch subscribers that hand raw records to lanes, supervised (ADR 8).

Kafka may be away at the start and at any time later: the supervisor tries again, the process
lives on, readiness says so.
"""

import asyncio
import logging
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from services.chassis import clock, metrics
from services.chassis.health import Health
from services.chassis.lane import BatchLimits, Lane, PartitionHandler, Record
from services.chassis.log import get_logger
from services.chassis.publisher import partitions_of
from services.chassis.settings import KafkaSettings
from services.chassis.whole import stopped, whole

log = get_logger(__name__)

POLL_RECORDS_MAX: Final = 10_000
SESSION_TIMEOUT_MS: Final = 10_000
HEARTBEAT_MS: Final = 2_000
REBALANCE_TIMEOUT_MS: Final = 60_000
POLL_INTERVAL_MS: Final = 300_000
FETCH_BYTES_MAX: Final = 50_000_000
PARTITION_FETCH_BYTES_MAX: Final = 8_000_000
REVOKE_GRACE_SECONDS: Final = 10.0
WATCH_SECONDS: Final = 2.0
STALL_SECONDS: Final = 60.0
"""A partition with lag that neither works nor retries for this long means a stuck consumer."""
RETRY_SECONDS: Final = (0.5, 5.0)


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """One topic read by one group, its partitions worked by lanes."""

    def __init__(
        self, topic: str, group: str, handler: PartitionHandler, limits: BatchLimits
    ) -> None:
        """Nothing is read before the broker starts."""
        self.topic = topic
        self.group = group
        self.handler = handler
        self.limits = limits
        self.lanes: dict[int, Lane] = {}
        self.subscriber: Any = None

    async def on_partitions_revoked(self, revoked: "list[TopicPartition]") -> None:
        """Finish or give up what is in hand; the stored progress decides what counted."""
        lanes = [self.lanes.pop(tp.partition) for tp in revoked if tp.partition in self.lanes]
        await asyncio.gather(*(lane.stop(REVOKE_GRACE_SECONDS) for lane in lanes))
        metrics.PARTITIONS_OWNED.labels(self.topic, self.group).set(len(self.lanes))

    async def on_partitions_assigned(self, assigned: "list[TopicPartition]") -> None:
        """Begin to take the partitions; records come once their progress is read."""
        for tp in assigned:
            lane = Lane(self.subscriber.consumer, tp, self.group, self.handler, self.limits)
            self.lanes[tp.partition] = lane
            lane.start()
        metrics.PARTITIONS_OWNED.labels(self.topic, self.group).set(len(self.lanes))
        log.info(
            "partitions_assigned",
            topic=self.topic,
            group=self.group,
            partitions=sorted(tp.partition for tp in assigned),
        )

    async def on_batch(self, records: Sequence[Record]) -> None:
        """Sort a fetch by partition; each lane takes its own over, in order."""
        for partition, found in groupby(records, key=lambda record: record.partition):
            lane = self.lanes.get(partition)
            if lane is not None:
                await lane.offer(list(found))

    async def stop(self, grace_seconds: float) -> None:
        """Give every partition up."""
        lanes = list(self.lanes.values())
        self.lanes.clear()
        await asyncio.gather(*(lane.stop(grace_seconds) for lane in lanes))


class SupervisedBroker:
    """A FastStream broker that is started until it runs, watched, and stopped within a bound."""

    def __init__(self, settings: KafkaSettings, health: Health) -> None:
        """Nothing is connected before `start`."""
        self.settings = settings
        self.health = health
        self.subscriptions: list[Subscription] = []
        self._broker: KafkaBroker | None = None
        self._task: asyncio.Task[None] | None = None
        self._running = asyncio.Event()
        self._loops: set[str] = set()
        health.check("kafka", self._ready)

    def subscribe(
        self,
        topic: str,
        group: str,
        handler: PartitionHandler,
        limits: BatchLimits | None = None,
    ) -> Subscription:
        """Add a subscription; before `start`."""
        subscription = Subscription(topic, group, handler, limits or BatchLimits())
        self.subscriptions.append(subscription)
        return subscription

    def start(self) -> None:
        """Start supervising."""
        self._task = asyncio.create_task(self._supervise(), name="broker")
        self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Finish what is in hand and stop, within a bound."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=REVOKE_GRACE_SECONDS)
        await self._stop_broker()

    async def wait_running(self) -> None:
        """Return once the subscriptions are started."""
        await self._running.wait()

    async def _ready(self) -> str | None:
        return None if self._running.is_set() else "Kafka or its topics are not there yet"

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("broker_supervisor_died", exc_info=task.exception())
            self.health.dead("broker", repr(task.exception()))

    async def _supervise(self) -> None:
        attempt = 0
        while not self._running.is_set():
            self.health.beat("broker")
            try:
                await self._start_broker()
            except (KafkaError, OSError) as error:
                attempt += 1
                least, most = RETRY_SECONDS
                log.warning("kafka_not_there", attempt=attempt, reason=str(error))
                await self._stop_broker()
                await asyncio.sleep(min(most, least * 2 ** min(attempt, 10)))
            else:
                self._running.set()
        while True:
            self.health.beat("broker")
            self._watch()
            await asyncio.sleep(WATCH_SECONDS)

    async def _start_broker(self) -> None:
        found = await partitions_of(self.settings, [s.topic for s in self.subscriptions])
        missing = [topic for topic, count in found.items() if not count]
        if missing:
            msg = f"topics are not there yet: {', '.join(missing)}"
            raise ConnectionError(msg)
        broker = KafkaBroker(
            self.settings.bootstrap_servers,
            apply_types=False,
            allow_auto_create_topics=False,
            graceful_timeout=REVOKE_GRACE_SECONDS,
            logger=logging.getLogger("faststream"),  # noqa: TID251 - FastStream's own logger
        )
        for subscription in self.subscriptions:
            _attach(broker, subscription)
        self._broker = broker
        await whole(broker.start())

    async def _stop_broker(self) -> None:
        self._running.clear()
        broker, self._broker = self._broker, None
        await asyncio.gather(*(s.stop(REVOKE_GRACE_SECONDS) for s in self.subscriptions))
        if broker is not None and not await whole(stopped(broker.stop())):
            log.warning("broker_stop_given_up")

    def _watch(self) -> None:
        loops = {f"{s.topic}-{p}" for s in self.subscriptions for p in s.lanes}
        for gone in self._loops - loops:
            self.health.rest(gone)
        self._loops = loops
        for subscription in self.subscriptions:
            for partition, lane in subscription.lanes.items():
                lag = lane.lag()
                metrics.LAG.labels(subscription.topic, subscription.group, str(partition)).set(lag)
                loop = f"{subscription.topic}-{partition}"
                working = lane.busy_since is not None and (
                    clock.monotonic() - lane.busy_since < STALL_SECONDS
                )
                if not lag or working or lane.failures:
                    self.health.beat(loop, STALL_SECONDS)


def _attach(broker: KafkaBroker, subscription: Subscription) -> None:
    async def parse(message: Any) -> KafkaMessage:
        # FastStream's own parser decodes every header of every record; a lane wants none of it.
        records = message if isinstance(message, tuple) else (message,)
        return KafkaMessage(
            body=b"",
            headers={},
            reply_to="",
            content_type=None,
            message_id=f"{records[0].offset}",
            correlation_id="",
            raw_message=message,
            path={},
            consumer=subscription.subscriber.consumer,
        )

    async def decode(message: Any) -> Any:
        return message.raw_message

    subscriber = broker.subscriber(
        subscription.topic,
        group_id=subscription.group,
        batch=True,
        max_records=POLL_RECORDS_MAX,
        batch_timeout_ms=subscription.limits.wait_ms,
        parser=parse,
        decoder=decode,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        listener=subscription,
        session_timeout_ms=SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
        max_poll_interval_ms=POLL_INTERVAL_MS,
        fetch_max_bytes=FETCH_BYTES_MAX,
        max_partition_fetch_bytes=PARTITION_FETCH_BYTES_MAX,
        fetch_max_wait_ms=250,
    )
    subscription.subscriber = subscriber

    # FastStream makes a pydantic model of the annotation even when it is not to apply it.
    @subscriber
    async def on_batch(records: Any) -> None:
        await subscription.on_batch(records)
