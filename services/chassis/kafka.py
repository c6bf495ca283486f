"""Reading: FastStream's batch subscribers, started until they run, watched, stopped (ADR 8).

Kafka may be away at the start and at any time later: the supervisor tries again, the process
lives on, readiness says so.
"""

import asyncio
import contextlib
from typing import Any, Final

from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from services.chassis import clock, fetched, metrics, reconnecting
from services.chassis.health import Health
from services.chassis.log import get_logger
from services.chassis.publisher import partitions_of
from services.chassis.records import BatchLimits, PartitionHandler
from services.chassis.room import READ_AHEAD_BYTES, Room
from services.chassis.settings import KafkaSettings
from services.chassis.subscription import HandlerOf, StalledError, Subscription
from services.chassis.turns import Turns
from services.chassis.whole import started, stopped, whole

log = get_logger(__name__)

LOOP: Final = "kafka"
POLL_RECORDS_MAX: Final = 5_000
"""Records parsed at once: 15 ms in which nothing else gets its turn."""
SESSION_TIMEOUT_MS: Final = 10_000
HEARTBEAT_MS: Final = 2_000
REBALANCE_TIMEOUT_MS: Final = 30_000
REQUEST_TIMEOUT_MS: Final = 35_000
"""Above the rebalance timeout: joining a group waits for its slowest member."""
POLL_INTERVAL_MS: Final = 300_000
FETCH_BYTES_MAX: Final = 32_000_000
PARTITION_FETCH_BYTES_MAX: Final = 2_000_000
"""As compressed: ten thousands of records. What is fetched for a lane that is full is lost."""
FETCH_WAIT_MS: Final = 250
"""An idle broker answers at least so often; a resumed partition waits no longer for its turn."""
METADATA_MS: Final = 5_000
"""How old what a consumer knows of the topics may be: a new one is noticed by then."""
WATCH_SECONDS: Final = 2.0
WATCH_LIMIT_SECONDS: Final = 5.0
"""Longest Kafka may take to tell where a topic ends; after that it counts as away."""
AWAY_SECONDS: Final = 30.0
"""Longest Kafka may be away for the clients we have; after that they are made anew."""
RETRY_SECONDS: Final = (0.25, 5.0)
STOP_GRACE_SECONDS: Final = 2.0
"""Longest a stopping process waits for batches in hand."""
SUPERVISOR_STOP_SECONDS: Final = 10.0
BEAT_LIMIT_SECONDS: Final = 120.0


class SupervisedBroker:
    """A FastStream broker that is started until it runs, watched, and stopped within a bound."""

    def __init__(self, settings: KafkaSettings, health: Health) -> None:
        """Nothing is connected before `start`."""
        fetched.install()
        reconnecting.install()
        self.settings = settings
        self.health = health
        self.subscriptions: list[Subscription] = []
        self._broker: KafkaBroker | None = None
        self._task: asyncio.Task[None] | None = None
        self._running = asyncio.Event()
        self._away: str | None = "not connected yet"
        self._leaving: list[Subscription] = []
        self._renewed = asyncio.Event()
        health.check("kafka", self._ready)

    def subscribe(
        self,
        topic: str,
        group: str,
        handler: PartitionHandler,
        limits: BatchLimits | None = None,
        read_ahead_bytes: int = READ_AHEAD_BYTES,
        turns: Turns | None = None,
    ) -> Subscription:
        """Add a subscription; before `start`, or before `renew`.

        Its lanes hold at most `read_ahead_bytes` of records together. Each subscription has a room
        of its own: what one waits for may be in another's hands. `turns`: as its handler commits,
        one partition after the other (None) or all together (`rounds.py`).
        """
        limits, room = limits or BatchLimits(), Room(read_ahead_bytes)
        return self._add(Subscription(topic, group, lambda _: handler, limits, room, turns=turns))

    def subscribe_pattern(
        self,
        pattern: str,
        group: str,
        handler_of: HandlerOf,
        limits: BatchLimits | None = None,
        read_ahead_bytes: int = READ_AHEAD_BYTES,
    ) -> Subscription:
        """Add a subscription to all topics that match, also to those that are made later.

        They are read at the latest `METADATA_MS` and a rebalance after they were made.
        """
        limits, room = limits or BatchLimits(), Room(read_ahead_bytes)
        return self._add(Subscription(pattern, group, handler_of, limits, room, is_pattern=True))

    def _add(self, subscription: Subscription) -> Subscription:
        self.subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Give a subscription up at the next `renew`."""
        self._leaving.append(subscription)

    def renew(self) -> None:
        """Go on with the subscriptions as they are now: all clients are made anew."""
        self._renewed.set()

    async def topic_id(self, topic: str) -> str | None:
        """Return the id of the topic that is called so now; raises KafkaError or OSError."""
        for subscription in self.subscriptions:
            if subscription.consumer is not None:
                return await subscription.topic_id(topic)
        msg = "no consumer runs that could ask"
        raise ConnectionError(msg)

    def start(self) -> None:
        """Start supervising."""
        self._task = asyncio.create_task(self._supervise(), name="broker")

    async def stop(self) -> None:
        """Finish what is in hand and stop, within a bound."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=SUPERVISOR_STOP_SECONDS)
        self.health.rest(LOOP)

    async def wait_running(self) -> None:
        """Return once the subscriptions are started."""
        await self._running.wait()

    async def _ready(self) -> str | None:
        return self._away

    async def _supervise(self) -> None:
        attempt = 0
        while True:
            self.health.beat(LOOP, BEAT_LIMIT_SECONDS)
            try:
                await self._start_broker()
                attempt = 0
                await self._watch()
            except Exception as error:  # whatever it is: tell, and begin anew
                attempt += 1
                self._away = f"{type(error).__name__}: {error}"
                expected = isinstance(error, KafkaError | OSError)
                log.warning(
                    "kafka_not_there",
                    attempt=attempt,
                    reason=self._away,
                    exc_info=None if expected else error,
                )
                metrics.BROKER_RESTARTS.inc()
            finally:
                self._running.clear()
                await whole(self._stop_broker())
            await asyncio.sleep(clock.backoff(attempt, *RETRY_SECONDS))

    async def _start_broker(self) -> None:
        self._renewed.clear()
        self.subscriptions = [s for s in self.subscriptions if s not in self._leaving]
        self._leaving.clear()
        named = [s.topic for s in self.subscriptions if not s.is_pattern]
        found = await partitions_of(self.settings, named)
        missing = [topic for topic, count in found.items() if not count]
        if missing:
            msg = f"topics are not there yet: {', '.join(missing)}"
            raise ConnectionError(msg)
        self._broker = broker = KafkaBroker(
            self.settings.servers,
            security=self.settings.security,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            apply_types=False,
            allow_auto_create_topics=False,
            consumer_only=True,
            metadata_max_age_ms=METADATA_MS,
            graceful_timeout=1.0,
            # Its own lines say nothing that ours do not; and a logger makes it keep timers.
            logger=None,
        )
        for subscription in self.subscriptions:
            _attach(broker, subscription)
        # Lanes begin before `start` returns: they have to end before their consumer does.
        await started(broker.start(), self._stop_broker, stop_seconds=SUPERVISOR_STOP_SECONDS)
        self._running.set()

    async def _stop_broker(self) -> None:
        broker, self._broker = self._broker, None
        await asyncio.gather(*(s.close(STOP_GRACE_SECONDS) for s in self.subscriptions))
        for subscription in self.subscriptions:
            subscription.rest(self.health)
        if broker is not None and not await stopped(broker.stop()):
            log.warning("broker_stop_given_up")

    async def _watch(self) -> None:
        """Look after what runs until it is to be made anew."""
        away_since: float | None = None
        while True:
            self.health.beat(LOOP, BEAT_LIMIT_SECONDS)
            try:
                async with asyncio.timeout(WATCH_LIMIT_SECONDS):
                    for subscription in self.subscriptions:
                        await subscription.watch(self.health)
            except (KafkaError, TimeoutError) as error:
                # The clients mostly come back by themselves, and only readiness has to know; but
                # a consumer can be left behind for ever when a broker dies under it.
                self._away = f"Kafka does not answer: {type(error).__name__}"
                for subscription in self.subscriptions:
                    subscription.rest(self.health)
                away_since = away_since or clock.monotonic()
                if clock.monotonic() - away_since >= AWAY_SECONDS:
                    msg = f"the clients do not come back: {self._away}"
                    raise StalledError(msg) from error
            else:
                self._away, away_since = None, None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._renewed.wait()
                    return


def _attach(broker: KafkaBroker, subscription: Subscription) -> None:
    async def parse(message: Any) -> KafkaMessage:
        # FastStream's own parser decodes every header of every record; a lane wants none of it.
        return KafkaMessage(
            body=b"",
            headers={},
            reply_to="",
            content_type=None,
            message_id="",
            correlation_id="",
            raw_message=message,
            path={},
            consumer=subscription.subscriber.consumer,
        )

    async def decode(message: Any) -> Any:
        return message.raw_message

    subscriber = broker.subscriber(
        *([] if subscription.is_pattern else [subscription.topic]),
        pattern=subscription.topic if subscription.is_pattern else None,
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
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    subscription.open(subscriber)

    # FastStream makes a pydantic model of the annotation even when it is not to apply it.
    @subscriber
    async def on_batch(records: Any) -> None:
        subscription.on_batch(records)
