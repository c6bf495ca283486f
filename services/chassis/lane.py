"""One partition as its present owner works it: take, handle in order, and take again on failure.

States: *untaken* (nothing is accepted), *taken* (records are handled in order). Any failure leads
back to untaken: the handler reads its own stored progress again and the consumer seeks there, so
nothing is ever skipped and nothing depends on Kafka's committed offset.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from services.chassis import clock, distances, metrics, tracing
from services.chassis.log import get_logger, masked
from services.chassis.mongo import SupersededError
from services.chassis.records import (
    BatchLimits,
    GapError,
    PartitionHandler,
    Queue,
    Record,
    header,
)
from services.chassis.room import Room, weigh
from services.chassis.turns import Turns

__all__ = ["BatchLimits", "GapError", "Lane", "PartitionHandler", "Record", "header"]

log = get_logger(__name__)


RETRY_SECONDS: Final = (0.1, 5.0)
"""Pause after a failure: the first, the longest."""
SUPERSEDED_SECONDS: Final = 15.0
"""Longer than the group's session timeout: by then Kafka has said who the owner is."""
COMMIT_SECONDS: Final = 1.0
"""Offsets are committed to Kafka at most this often; they are a hint for lag."""
COMMIT_WAIT_SECONDS: Final = 1.0
"""Longest a partition that is given up waits for its last offset to be committed."""
CANCEL_SECONDS: Final = 1.0
"""Longest a cancelled batch is waited for; the progress decides whether it counted."""
BACKLOG_RECORDS: Final = 1_000
"""With so many records a batch is large enough: its lane works beside the others, not after them.

Then one reads and reckons while another's transaction is under way.
"""
REASON_LENGTH_MAX: Final = 500
HOLES_CHECKED_MAX: Final = 10
"""A partition with so many real holes in its offsets has them by nature: no more seeking back."""


class Lane:
    """The queue and worker of one owned partition."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        tp: TopicPartition,
        group: str,
        handler: PartitionHandler,
        limits: BatchLimits,
        room: Room | None = None,
        topic_id: Callable[[str], Awaitable[str | None]] | None = None,
        turns: Turns | None = None,
    ) -> None:
        """Begin untaken; `start` starts the worker. `room` and `turns` are shared with other lanes.

        `topic_id` asks Kafka for the id of a topic; without it nobody looks whether it changes.
        """
        self.consumer = consumer
        self.tp = tp
        self.group = group
        self.handler = handler
        self.failures = 0
        self.moved_at = clock.monotonic()
        """When this partition last got on: a batch done, or one begun."""
        self.reading_at = 0
        """Offset behind the last record that has arrived."""
        self.handled: int | None = None
        """Offset behind the last record handled; None before the partition is taken."""
        self._ask_id = topic_id
        self._topic_id: str | None = None
        self._queue = Queue(limits)
        self._rest_seconds = limits.rest_ms / 1_000
        self._seat = (room or Room()).seat(self._steer)
        self._turns = turns or Turns()
        self._lost = asyncio.Event()
        self._wake = asyncio.Event()
        self._taken = False
        self._reading: bool | None = None
        self._in_hand = 0
        self._oldest_ms: int | None = None
        self._suspect = False
        self._complaint: Exception | None = None
        self._holes = 0
        self._committed_at = 0.0
        self._committing: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the worker; the consumer delivers nothing for this partition until it is taken."""
        self._flow(on=False)
        self._worker = asyncio.create_task(self._work(), name=f"lane-{self.tp}")

    async def stop(self, grace_seconds: float) -> None:
        """Let the batch in hand finish within the grace, then give the partition up.

        A batch that is cancelled and does not end soon is left to itself: should its commit reach
        the store after another owner has taken the partition, it fails.
        """
        self._lost.set()
        self._wake.set()
        if self._worker is not None:
            _, late = await asyncio.wait([self._worker], timeout=grace_seconds)
            if late:
                self._worker.cancel()
                _, late = await asyncio.wait([self._worker], timeout=CANCEL_SECONDS)
            if late:
                log.warning("batch_left_behind", topic=self.tp.topic, partition=self.tp.partition)
        self._seat.leave()
        await self._last_commit()
        try:
            await self.handler.revoked(self.tp.partition)
        except Exception:
            log.exception("revoked_failed", topic=self.tp.topic, partition=self.tp.partition)

    def offer(self, records: Sequence[Record]) -> None:
        """Take records over for handling; reading stops while too many are waiting."""
        if not self._taken or self._lost.is_set() or not self._follows(records[0].offset):
            return
        self.reading_at = records[-1].offset + 1
        # Summed up but once: at thousands of records each time is felt.
        size = self._queue.put(records)
        self._seat.arrive(weigh(len(records), size))
        self._wake.set()

    def compare(self, topic_id: str | None) -> None:
        """Take the partition again if the topic is not the one it was taken of; None: not known."""
        if self._taken and self._topic_id is not None and topic_id not in {None, self._topic_id}:
            self._complaint = ValueError("the topic was made anew")
            self._untake()

    @property
    def pending(self) -> int:
        """Records that have arrived and are not handled yet."""
        return len(self._queue) + self._in_hand

    def oldest_ms(self) -> int | None:
        """Return Kafka's time of the oldest record that has come and is not handled, if any.

        A batch that failed counts until it, or what comes in its place, is done.
        """
        return self._queue.oldest_ms() if self._oldest_ms is None else self._oldest_ms

    def idle(self) -> bool:
        """Whether the lane waits for records: it reads, and nothing is pending or tried again."""
        return self._taken and bool(self._reading) and not self.pending

    def _steer(self) -> None:
        """Read on, or stop reading while too much is held."""
        if self._taken:
            self._flow(on=not (self._queue.is_full() or self._seat.is_full()))

    def _follows(self, first: int) -> bool:
        """Whether records that begin at this offset follow on what we have.

        Just after a seek records may arrive that were fetched before it: whatever does not begin
        where it should is read once more. A hole that is still there is real (retention, the
        markers of transactions) and is accepted.
        """
        if first == self.reading_at:
            self._suspect = self._holes < HOLES_CHECKED_MAX
            return True
        if self._suspect:
            self._suspect = False
            return self._seek(self.reading_at)
        if first < self.reading_at:
            # The topic is not the one we knew: progress is compared with it anew.
            self._complaint = ValueError(f"the consumer set itself back to offset {first}")
            self._untake()
            return False
        self._holes += 1
        self._suspect = self._holes < HOLES_CHECKED_MAX
        metrics.HOLES.labels(self.tp.topic, self.group).inc()
        log.warning("offsets_missing", topic=self.tp.topic, expected=self.reading_at, got=first)
        return True

    async def _work(self) -> None:
        while not self._lost.is_set():
            if self._complaint is not None:
                complaint, self._complaint = self._complaint, None
                await self._failed("offsets_set_back", complaint)
            elif not self._taken:
                await self._take()
            elif len(self._queue):
                await self._rest()
                await self._handle()
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _take(self) -> None:
        try:
            # Before the handler asks: what is made anew in between is noticed all the same.
            self._topic_id = None if self._ask_id is None else await self._ask_id(self.tp.topic)
            offset = await self.handler.assigned(self.tp.partition)
            start = await self._start_at(offset)
        except Exception as error:  # noqa: BLE001 - whatever it is: tell, wait, try again
            await self._failed("partition_not_taken", error)
            return
        if self._lost.is_set():
            return
        self.reading_at = self.handled = start
        self._suspect, self._taken = True, True
        self._seek(start)
        self._steer()

    async def _start_at(self, offset: int | None) -> int:
        """Return where to begin; an offset that the topic does not have means: from its first.

        Also where it is this very topic and it was cut off (an election that was not clean): what
        has been written since the cut cannot be told from what was handled before it.
        """
        first: int = (await self.consumer.beginning_offsets([self.tp]))[self.tp]
        if offset is None:
            return first
        end: int = (await self.consumer.end_offsets([self.tp]))[self.tp]
        if first <= offset <= end:
            return offset
        log.warning("offset_out_of_range", topic=self.tp.topic, stored=offset, first=first, end=end)
        return first

    async def _rest(self) -> None:
        rest = self.moved_at + self._rest_seconds - clock.monotonic()
        if rest > 0 and not self._has_backlog():
            await self._pause(rest)

    def _has_backlog(self) -> bool:
        """Whether a batch is as large as it should be; one that stops reading is."""
        return len(self._queue) >= BACKLOG_RECORDS or self._reading is False

    async def _handle(self) -> None:
        topic = self.tp.topic
        try:
            async with self._turns.one(waits=not self._has_backlog()):
                if not self._may_go_on():
                    return
                # Taken only now: what has come while others had their turn is part of it.
                batch, size = self._queue.get()
                count, end, began = len(batch), batch[-1].offset + 1, clock.monotonic()
                handling = self._begin(batch, size, began)
                # Only the handler holds the records now: once read, they go, and make room.
                del batch
                await handling
        except SupersededError as error:
            # Someone else owns it. If Kafka does not tell us so in time, it is still ours.
            self._untake()
            await self._failed("partition_superseded", error, SUPERSEDED_SECONDS)
        except GapError as error:
            metrics.GAPS.labels(topic, self.group).inc()
            self._untake()
            await self._failed("position_missing", error)
        except Exception as error:  # noqa: BLE001 - nothing is lost: the batch is read again
            metrics.HANDLER_FAILURES.labels(topic, self.group).inc()
            self._untake()
            await self._failed("batch_failed", error)
        else:
            self._got_on(count, end, began)
        finally:
            self._in_hand = 0
            self._seat.done()

    def _begin(self, batch: Sequence[Record], size: int, began: float) -> Awaitable[None]:
        """Have a batch in hand; give what is to be awaited for it."""
        self.moved_at, self._in_hand, self._oldest_ms = began, len(batch), batch[0].timestamp
        self._seat.take(weigh(len(batch), size))
        self._steer()
        traces = tracing.traces_of(batch) if tracing.is_on() else ()
        return self._traced(traces, self.handler.handle(self.tp.partition, batch))

    def _may_go_on(self) -> bool:
        """Whether there still is something to handle: waiting for a turn takes its time."""
        whole = self._taken and self._complaint is None and not self._lost.is_set()
        return whole and bool(self._queue)

    async def _traced(self, traces: Sequence[str], handling: Awaitable[None]) -> None:
        topic, group, partition = self.tp.topic, self.group, self.tp.partition
        with tracing.span(
            "batch", traces, kind=tracing.CONSUMER, topic=topic, group=group, partition=partition
        ):
            await handling

    def _got_on(self, count: int, end: int, began: float) -> None:
        self.failures, self.handled, self.moved_at = 0, end, clock.monotonic()
        of = (self.tp.topic, self.group)
        metrics.RECORDS.labels(*of).inc(count)
        metrics.BATCH_RECORDS.labels(*of).observe(count)
        metrics.BATCH_SECONDS.labels(*of).observe(self.moved_at - began)
        if self._oldest_ms is not None:
            distances.observe(metrics.RECORD_AGE.labels(*of), [(self._oldest_ms, None)])
            self._oldest_ms = None
        self._commit()

    def _untake(self) -> None:
        self._taken = False
        self._in_hand = 0
        self._queue.clear()
        self._seat.clear()
        self._flow(on=False)
        self._wake.set()

    def _seek(self, offset: int) -> bool:
        """Read on from an offset; gives False, for what was read until now is of no use."""
        try:
            self.consumer.seek(self.tp, offset)
        except IllegalStateError:
            # A rebalance has taken the partition; this lane is stopped in a moment.
            log.info("partition_gone", topic=self.tp.topic, partition=self.tp.partition)
        return False

    def _flow(self, *, on: bool) -> None:
        if on == self._reading or self._lost.is_set() or self.tp not in self.consumer.assignment():
            return
        self._reading = on
        (self.consumer.resume if on else self.consumer.pause)(self.tp)

    async def _failed(self, what: str, error: Exception, pause: float | None = None) -> None:
        self.failures += 1
        self.moved_at = clock.monotonic()
        delay = clock.backoff(self.failures, *RETRY_SECONDS) if pause is None else pause
        # Kafka's errors say what there is to say, and at a start they are ordinary.
        told = isinstance(error, GapError | SupersededError | KafkaError)
        log.warning(
            what,
            topic=self.tp.topic,
            partition=self.tp.partition,
            attempt=self.failures,
            retry_seconds=round(delay, 2),
            # Masked before it is cut: half a secret is known no more for what it is.
            reason=masked(repr(error))[:REASON_LENGTH_MAX],
            # The same error again and again: where it comes from was told the first time.
            exc_info=None if told or self.failures > 1 else error,
        )
        await self._pause(delay)

    async def _pause(self, seconds: float) -> None:
        """Wait, unless the partition is given up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._lost.wait()

    def _commit(self) -> None:
        present = clock.monotonic()
        idle = self._committing is None or self._committing.done()
        if idle and present - self._committed_at >= COMMIT_SECONDS:
            self._committed_at = present
            self._committing = asyncio.create_task(self._send_commit())

    async def _send_commit(self) -> None:
        try:
            await self.consumer.commit({self.tp: self.handled})
        except (KafkaError, IllegalStateError, ValueError) as error:
            metrics.COMMIT_FAILURES.labels(self.tp.topic, self.group).inc()
            log.debug("offset_not_committed", topic=self.tp.topic, reason=repr(error))

    async def _last_commit(self) -> None:
        if self._committing is None or self.handled is None:
            return
        self._committing.cancel()
        last = asyncio.create_task(self._send_commit())
        _, late = await asyncio.wait([last], timeout=COMMIT_WAIT_SECONDS)
        for task in late:
            task.cancel()
