"""Where the ledger stage publishes, by hand: one partition of `ledger`."""

import asyncio
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from contracts.record import MARK_HEADER, Mark

Published = tuple[bytes, bytes, bytes]
"""Key, value and mark of a record of `ledger`."""


class Target:
    """One partition, written in order: one publication at a time is under way."""

    def __init__(
        self, kafka: str, producer: AIOKafkaProducer, tp: TopicPartition, group: asyncio.TaskGroup
    ) -> None:
        """A publication that fails ends the group, and with it the process."""
        self.tp = tp
        self._kafka = kafka
        self._producer = producer
        self._group = group
        self._sending: asyncio.Task[None] | None = None

    async def last_position(self) -> int:
        """Give the position of the last record, 0 if there is none."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka, group_id=None)
        await consumer.start()
        try:
            consumer.assign([self.tp])
            end = (await consumer.end_offsets([self.tp]))[self.tp]
            if end == 0:
                return 0
            consumer.seek(self.tp, end - 1)
            record = await consumer.getone(self.tp)
            return Mark.from_bytes(dict(record.headers)[MARK_HEADER]).position
        finally:
            await consumer.stop()

    async def publish(self, records: Sequence[Published]) -> None:
        """Wait for the former publication and begin this one: the next batch need not wait."""
        if self._sending:
            await self._sending
        self._sending = self._group.create_task(self._send(records))

    async def _send(self, records: Sequence[Published]) -> None:
        producer, sent, now = self._producer, [], time.time_ns() // 1_000_000
        topic, partition = self.tp
        batch = producer.create_batch()
        for record in records:
            if not _append(batch, record, now):
                sent.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                if not _append(batch, record, now):
                    message = f"a record of {len(record[1])} bytes is more than a batch may hold"
                    raise ValueError(message)
        if batch.record_count():
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*sent)


def _append(batch: BatchBuilder, record: Published, now: int) -> bool:
    key, value, mark = record
    headers = [(MARK_HEADER, mark)]
    return batch.append(timestamp=now, key=key, value=value, headers=headers) is not None
