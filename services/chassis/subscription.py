"""Topics read by one group: their lanes, as partitions and topics come and go."""

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from services.chassis import clock, kafka_requests, metrics
from services.chassis.health import Health
from services.chassis.lane import Lane
from services.chassis.log import get_logger
from services.chassis.records import BatchLimits, PartitionHandler, Record
from services.chassis.room import Room
from services.chassis.turns import Turns

log = get_logger(__name__)

REVOKE_GRACE_SECONDS: Final = 10.0
"""Longest a rebalance waits for a batch in hand, well below the group's rebalance timeout."""
BUSY_SECONDS: Final = 60.0
"""A batch that is in hand for so long without an end counts as stuck."""
BEAT_LIMIT_SECONDS: Final = 20.0
IDS_SECONDS: Final = 1.0
"""Longest a look at the topics' ids takes: what is measured, and readiness, do not wait for it."""
STALL_SECONDS: Final = 30.0
"""Records that the topic has and that do not arrive for so long mean a stuck consumer."""


class StalledError(Exception):
    """The topic has records, the lane is idle, and yet nothing arrives (aiokafka #1037)."""


HandlerOf = Callable[[str], PartitionHandler]
"""Gives the handler of a topic; asked once for each."""


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """The partitions of a topic, or of all that match, that this process owns for one group."""

    def __init__(
        self,
        topic: str,
        group: str,
        handler_of: HandlerOf,
        limits: BatchLimits,
        room: Room | None = None,
        *,
        is_pattern: bool = False,
        turns: Turns | None = None,
    ) -> None:
        """Nothing is read before the broker starts; `room` bounds what all lanes hold together.

        A pattern is a regular expression: all topics it matches are read, also those to come.
        `turns` says which lanes work at the same time; None: small batches come one by one.
        """
        self.topic = topic
        self.is_pattern = is_pattern
        self.group = group
        self.limits = limits
        self.room = room or Room()
        self._turns = turns or Turns()
        self._handler_of = handler_of
        self._handlers: dict[str, PartitionHandler] = {}
        self.lanes: dict[TopicPartition, Lane] = {}
        self.subscriber: Any = None
        self._open = False
        self._watched: set[TopicPartition] = set()
        self._idle_since: dict[TopicPartition, tuple[int, float]] = {}
        self._unread_since: dict[TopicPartition, int] = {}

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The consumer under the subscriber, once there is one."""
        return None if self.subscriber is None else self.subscriber.consumer

    def open(self, subscriber: Any) -> None:
        """Go on with a new subscriber; from now on partitions are accepted."""
        self.subscriber = subscriber
        self._open = True

    async def close(self, grace_seconds: float) -> None:
        """Give every partition up and accept no more."""
        self._open = False
        await self._stop(list(self.lanes), grace_seconds)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Finish or give up what is in hand; the stored progress decides what counted."""
        await self._stop(revoked, REVOKE_GRACE_SECONDS)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Begin to take the partitions; records come once their progress is read."""
        if not self._open:
            return
        for tp in assigned:
            handler = self._handler(tp.topic)
            lane = Lane(
                self.consumer,
                tp,
                self.group,
                handler,
                self.limits,
                self.room,
                self.topic_id,
                self._turns,
            )
            self.lanes[tp] = lane
            lane.start()
        self._count()
        log.info(
            "partitions_assigned",
            topic=self.topic,
            group=self.group,
            partitions=sorted(tp.partition for tp in assigned),
        )

    async def topic_id(self, topic: str) -> str | None:
        """Return the id of the topic that is called so now; raises KafkaError."""
        client: Any = self.consumer
        # There is no public way to a consumer's client.
        return await kafka_requests.topic_id(client._client, topic)  # noqa: SLF001

    def on_batch(self, records: Sequence[Record]) -> None:
        """Sort a fetch by partition; each lane takes its own over, in order."""
        for tp, found in _by_partition(records):
            lane = self.lanes.get(tp)
            if lane is not None:
                lane.offer(found)

    async def watch(self, health: Health) -> None:
        """Compare with the end of the topic: lag, beats; StalledError if nothing arrives."""
        consumer = self.consumer
        if consumer is None:
            return
        _check_coordinator(consumer)
        lanes = dict(self.lanes)
        # A partition that has gone to another process since the last look is no loop of ours.
        for tp in self._watched - lanes.keys():
            health.rest(self._loop(tp))
        self._watched = set(lanes)
        if not lanes:
            await consumer.topics()
            return
        await self._compare(consumer, lanes)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(list(lanes))
        shown = _Shown(self.group, clock.now_ms())
        for tp, lane in lanes.items():
            # An idle lane's consumer may stand behind its last record: markers are no records.
            done = await consumer.position(tp) if lane.idle() else lane.handled
            unread = 0 if done is None else max(0, ends[tp] - done)
            shown.add(tp, unread, self._waits_since(tp, lane, unread))
            if not lane.pending or clock.monotonic() - lane.moved_at < BUSY_SECONDS:
                health.beat(self._loop(tp), BEAT_LIMIT_SECONDS)
            self._check_stall(tp, lane, unread)
        shown.tell()
        for tp in lanes.keys() - self.lanes.keys():
            self._forget(tp)
            health.rest(self._loop(tp))

    async def _compare(
        self, consumer: AIOKafkaConsumer, lanes: Mapping[TopicPartition, Lane]
    ) -> None:
        """Have partitions taken again whose topic was made anew under them.

        Any broker may be asked, also one that has just died: nothing waits for its answer, and
        nothing is lost by looking at the next watch.
        """
        topics = {tp.topic for tp in lanes}
        try:
            async with asyncio.timeout(IDS_SECONDS):
                found = await kafka_requests.topic_ids(consumer._client, topics)  # noqa: SLF001
        except (KafkaError, OSError, TimeoutError) as error:
            log.debug("topic_ids_unknown", group=self.group, reason=repr(error))
            return
        for tp, lane in lanes.items():
            lane.compare(found.get(tp.topic))

    def _waits_since(self, tp: TopicPartition, lane: Lane, unread: int) -> int | None:
        """Return since when the oldest unread record waits, in ms since 1970; None: none does."""
        if not unread:
            self._unread_since.pop(tp, None)
            return None
        # What has not even come yet is as old as we know of it.
        noticed = self._unread_since.setdefault(tp, clock.now_ms())
        arrived = lane.oldest_ms()
        return noticed if arrived is None else min(noticed, arrived)

    def rest(self, health: Health) -> None:
        """Nothing is read for now, on purpose or because Kafka is away."""
        self._idle_since.clear()
        for tp in self._watched | self.lanes.keys():
            health.rest(self._loop(tp))
        self._watched.clear()

    def _check_stall(self, tp: TopicPartition, lane: Lane, unread: int) -> None:
        if not unread or not lane.idle():
            self._idle_since.pop(tp, None)
            return
        present = clock.monotonic()
        reading_at, since = self._idle_since.setdefault(tp, (lane.reading_at, present))
        if reading_at != lane.reading_at:
            self._idle_since[tp] = (lane.reading_at, present)
        elif present - since >= STALL_SECONDS:
            msg = f"{tp}: {unread} records do not arrive"
            raise StalledError(msg)

    async def _stop(self, tps: Collection[TopicPartition], grace_seconds: float) -> None:
        lanes = [lane for tp in tps if (lane := self.lanes.pop(tp, None)) is not None]
        await asyncio.gather(*(lane.stop(grace_seconds) for lane in lanes))
        for tp in tps:
            self._forget(tp)
        self._count()

    def _forget(self, tp: TopicPartition) -> None:
        self._idle_since.pop(tp, None)
        self._unread_since.pop(tp, None)
        for shown in (metrics.LAG, metrics.OLDEST_UNHANDLED):
            shown.remove(tp.topic, self.group, str(tp.partition))

    def _handler(self, topic: str) -> PartitionHandler:
        if topic not in self._handlers:
            self._handlers[topic] = self._handler_of(topic)
        return self._handlers[topic]

    def _count(self) -> None:
        metrics.PARTITIONS_OWNED.labels(self.topic, self.group).set(len(self.lanes))

    def _loop(self, tp: TopicPartition) -> str:
        return f"{self.group}:{tp.topic}-{tp.partition}"


class _Shown:
    """What one look found, for the metrics: topics that share a label are added up."""

    def __init__(self, group: str, now_ms: int) -> None:
        self._group = group
        self._unread: dict[Gauge, int] = {}
        self._oldest: dict[Gauge, float] = {}
        self._now_ms = now_ms

    def add(self, tp: TopicPartition, unread: int, since_ms: int | None) -> None:
        of = (tp.topic, self._group, str(tp.partition))
        age = 0.0 if since_ms is None else max(0, self._now_ms - since_ms) / 1_000
        lag, oldest = metrics.LAG.labels(*of), metrics.OLDEST_UNHANDLED.labels(*of)
        self._unread[lag] = self._unread.get(lag, 0) + unread
        self._oldest[oldest] = max(self._oldest.get(oldest, 0.0), age)

    def tell(self) -> None:
        for lag, unread in self._unread.items():
            lag.set(unread)
        for oldest, age in self._oldest.items():
            oldest.set(age)


def _by_partition(
    records: Sequence[Record],
) -> Iterator[tuple[TopicPartition, Sequence[Record]]]:
    """Cut a fetch: it has the records of each partition in one piece."""
    first = 0
    while first < len(records):
        tp = TopicPartition(records[first].topic, records[first].partition)

        def is_beyond(record: Record, tp: TopicPartition = tp) -> bool:
            return bool((record.topic, record.partition) != tp)

        end = bisect_left(records, True, lo=first, key=is_beyond)  # noqa: FBT003 - what is sought
        yield tp, records[first:end]
        first = end


def _check_coordinator(consumer: AIOKafkaConsumer) -> None:
    try:
        # aiokafka tells of a dead coordinator only to `getmany`, whose errors FastStream keeps.
        consumer._coordinator.check_errors()  # noqa: SLF001 - there is no public way
    except Exception as error:
        msg = f"the consumer's coordinator has failed: {error!r}"
        raise StalledError(msg) from error
