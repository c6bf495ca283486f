"""One partition as its present owner works it: take, handle in order, and take again on failure.

States: *untaken* (nothing is accepted), *taken* (records are handled in order). Any failure leads
back to untaken: the handler reads its own stored progress again and the consumer seeks there, so
nothing is ever skipped and nothing depends on Kafka's committed offset.
"""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.mongo import SupersededError

log = get_logger(__name__)


class Record(Protocol):
    """One record as aiokafka gives it (its ConsumerRecord has no types of its own)."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


RETRY_SECONDS: Final = (0.1, 5.0)
WAITING_RECORDS_MAX: Final = 40_000
"""Records held per partition before reading stops."""
COMMIT_SECONDS: Final = 1.0
"""Offsets are committed to Kafka at most this often; they are a hint for lag."""


class GapError(Exception):
    """A position is missing: the partition waits until its owner publishes it again."""


@dataclass(frozen=True)
class BatchLimits:
    """How much one call of the handler may be given."""

    records_max: int = 20_000
    """Records; batches grow to this with the backlog."""
    bytes_max: int = 32_000_000
    """Bytes of values."""
    wait_ms: int = 10
    """Longest a fetch waits for the first record."""


class PartitionHandler(Protocol):
    """What a service does with the partitions it is given."""

    async def assigned(self, partition: int) -> int | None:
        """Become the owner: read stored progress; give the offset to read from (None: first).

        Also called after every failure of `handle`.
        """

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Handle records of one partition, in order; raise and they come again."""

    async def revoked(self, partition: int) -> None:
        """Forget a partition that has another owner now."""


def header(record: Record, name: str) -> bytes | None:
    """Return a header of a record without looking at the others' values."""
    for key, value in record.headers:
        if key == name:
            return value
    return None


class Lane:
    """The queue and worker of one owned partition."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        tp: TopicPartition,
        group: str,
        handler: PartitionHandler,
        limits: BatchLimits,
    ) -> None:
        """Begin untaken; `start` starts the worker."""
        self.consumer = consumer
        self.tp = tp
        self.group = group
        self.handler = handler
        self.limits = limits
        self.lost = False
        self.failures = 0
        self.busy_since: float | None = None
        self._taken = False
        self._expected: int | None = None
        self._sought_again: int | None = None
        self._waiting: list[Record] = []
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._committed_at = 0.0
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the worker; the consumer delivers nothing for this partition until it is taken."""
        self.consumer.pause(self.tp)
        self._worker = asyncio.create_task(self._work(), name=f"lane-{self.tp}")

    async def stop(self, grace_seconds: float) -> None:
        """Let the batch in hand finish within the grace, then give the partition up."""
        self.lost = True
        self._wake.set()
        self._room.set()
        if self._worker is not None:
            _, late = await asyncio.wait([self._worker], timeout=grace_seconds)
            for worker in late:
                worker.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await worker
        await self.handler.revoked(self.tp.partition)

    async def offer(self, records: Sequence[Record]) -> None:
        """Take records over for handling; waits while too many are waiting."""
        if not self._accepts(records[0].offset):
            return
        self._expected = records[-1].offset + 1
        self._waiting.extend(records)
        self._wake.set()
        if len(self._waiting) >= WAITING_RECORDS_MAX:
            self._room.clear()
            await self._room.wait()

    def lag(self) -> int:
        """Return how many records of the partition are not handled yet, as far as known."""
        end: int | None = self.consumer.highwater(self.tp)
        if end is None or self._expected is None:
            return len(self._waiting)
        return max(0, end - self._expected) + len(self._waiting)

    def _accepts(self, first: int) -> bool:
        """Whether records that begin at this offset follow on what we have.

        Records that were fetched before a seek may still arrive after it: they are dropped, as
        they come again in order. A real hole (retention) is accepted once the seek was repeated.
        """
        if not self._taken or self.lost:
            return False
        if self._expected is None or first == self._expected:
            return True
        if first < self._expected:
            self.consumer.seek(self.tp, self._expected)
            return False
        if self._sought_again == self._expected:
            log.warning("offsets_missing", topic=self.tp.topic, expected=self._expected, got=first)
            return True
        self._sought_again = self._expected
        self.consumer.seek(self.tp, self._expected)
        return False

    async def _work(self) -> None:
        while not self.lost:
            if not self._taken:
                await self._take()
                continue
            await self._wake.wait()
            self._wake.clear()
            while self._waiting and self._taken and not self.lost:  # type: ignore[redundant-expr]
                await self._handle(self._next_batch())

    def _next_batch(self) -> list[Record]:
        count = size = 0
        for record in self._waiting[: self.limits.records_max]:
            size += len(record.value or b"")
            if count and size > self.limits.bytes_max:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        if len(self._waiting) < WAITING_RECORDS_MAX:
            self._room.set()
        return batch

    async def _take(self) -> None:
        try:
            offset = await self.handler.assigned(self.tp.partition)
        except Exception as error:  # noqa: BLE001 - whatever it is: tell, wait, try again
            await self._failed("partition_not_taken", error)
            return
        if self.lost:
            return
        try:
            if offset is None:
                await self.consumer.seek_to_beginning(self.tp)
            else:
                self.consumer.seek(self.tp, offset)
            self._expected, self._sought_again = offset, None
            self._taken = True
            self.consumer.resume(self.tp)
        except Exception as error:  # noqa: BLE001 - a rebalance may have taken it meanwhile
            self._taken = False
            await self._failed("partition_not_sought", error)

    async def _handle(self, batch: list[Record]) -> None:
        topic, began = self.tp.topic, clock.monotonic()
        self.busy_since = began
        try:
            await self.handler.handle(self.tp.partition, batch)
        except SupersededError:
            # Someone else owns it: whatever Kafka says next (a rebalance, or it is ours
            # again) we read progress before we go on.
            log.warning("partition_superseded", topic=topic, partition=self.tp.partition)
            await self._untake()
        except GapError as error:
            metrics.GAPS.labels(topic, self.group).inc()
            await self._untake()
            await self._failed("position_missing", error)
        except Exception as error:  # noqa: BLE001 - nothing is lost: the batch is read again
            metrics.HANDLER_FAILURES.labels(topic, self.group).inc()
            await self._untake()
            await self._failed("batch_failed", error)
        else:
            self.failures = 0
            metrics.RECORDS.labels(topic, self.group).inc(len(batch))
            metrics.BATCH_RECORDS.labels(topic, self.group).observe(len(batch))
            metrics.BATCH_SECONDS.labels(topic, self.group).observe(clock.monotonic() - began)
            self._commit(batch[-1].offset + 1)
        finally:
            self.busy_since = None

    async def _untake(self) -> None:
        self._taken = False
        self._waiting.clear()
        self._room.set()
        if not self.lost and self.tp in self.consumer.assignment():
            self.consumer.pause(self.tp)

    async def _failed(self, what: str, error: Exception) -> None:
        self.failures += 1
        least, most = RETRY_SECONDS
        delay = min(most, least * 2 ** min(self.failures - 1, 10))
        delay *= random.uniform(0.5, 1.0)  # noqa: S311 - jitter, nothing secret
        log.warning(
            what,
            topic=self.tp.topic,
            partition=self.tp.partition,
            attempt=self.failures,
            retry_seconds=round(delay, 2),
            exc_info=error if not isinstance(error, GapError) else None,
            reason=str(error),
        )
        await asyncio.sleep(delay)

    def _commit(self, offset: int) -> None:
        present = clock.monotonic()
        if present - self._committed_at < COMMIT_SECONDS:
            return
        self._committed_at = present
        task = asyncio.create_task(self.consumer.commit({self.tp: offset}))
        task.add_done_callback(self._committed)

    def _committed(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and isinstance(task.exception(), KafkaError | RuntimeError):
            metrics.COMMIT_FAILURES.labels(self.tp.topic, self.group).inc()
