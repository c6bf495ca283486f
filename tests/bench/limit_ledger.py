"""The ledger stage by hand: admitted submissions in, numbered and chained entries out."""

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from struct import Struct as Packing
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pymongo.errors import OperationFailure

from contracts.record import MARK_HEADER, Mark
from tests.bench.limit_batch import (
    Batch,
    Before,
    Event,
    Head,
    Keys,
    Published,
    decide,
    keys_of,
    pack,
    parse,
    unpack,
)
from tests.bench.limit_store import Document, Place, Store, expand, inserts, squeeze, updates

DUPLICATE_KEY: Final = 11000
RUNS_MAX: Final = 5
"""Runs of one batch whose claims others make at the same time."""
HEADS_MAX: Final = 500_000
"""Stream heads kept in memory; the store has them all."""
VERDICTS_KEPT_SECONDS: Final = 30 * 86_400
BATCH_LAYOUT: Final = Packing(">BQ")
"""Partition and first offset: what tells the verdicts of one request apart."""


class LedgerStage:
    """One partition of `submissions`."""

    def __init__(
        self, store: Store, place: Place, partition: int, producer: AIOKafkaProducer, options: Any
    ) -> None:
        """Own the partition."""
        self.kafka: str = options.kafka
        self.target: str = options.target
        self.store = store
        self.place = place
        self.partition = partition
        self.producer = producer
        self.heads: dict[str, Head] = {}

    async def resume(self) -> None:
        """Publish what a killed predecessor committed and did not publish."""
        entries = self.store.db["entries"]
        await entries.create_index([("p", 1), ("z", 1)])
        await self.store.db["verdicts"].create_index("d", expireAfterSeconds=VERDICTS_KEPT_SECONDS)
        after = await self._last_published()
        records = []
        async for entry in entries.find({"p": self.partition, "z": {"$gt": after}}):
            subject, first = entry["_id"]["s"], entry["_id"]["n"]
            for sequence, (position, _, value) in enumerate(unpack(expand(entry["e"])), first):
                if position > after:
                    mark = Mark(position, sequence, entry["r"], position, parse(value).type)
                    records.append((position, (subject.encode(), value, mark.to_bytes())))
        await self._publish([record for _, record in sorted(records)])

    async def handle(self, records: Sequence[Any]) -> None:
        """Enter a batch into the ledger, then publish what was entered."""
        events = [parse(record.value) for record in records]
        keys = [keys_of(event) for event in events]
        await self._load_heads({event.subject for event in events})
        batch = await self._enter(records, events, keys)
        for subject, stream in batch.streams.items():
            self.heads[subject] = stream.head
        await self._publish(batch.published)

    async def _enter(
        self, records: Sequence[Any], events: Sequence[Event], keys: Sequence[Keys]
    ) -> Batch:
        before = Before(self.partition, self.place.position, self.heads)
        known: dict[bytes, bytes] = {}
        for _ in range(RUNS_MAX):
            batch = decide(records, events, keys, known, before)
            try:
                await self._commit(batch, records[-1].offset + 1)
            except OperationFailure as error:
                if error.code != DUPLICATE_KEY:
                    raise
                # Only a batch that meets an older claim pays for looking claims up.
                known = await self._known(keys)
            else:
                return batch
        message = f"{self.place.key}: others claim the same again and again"
        raise TimeoutError(message)

    async def _commit(self, batch: Batch, offset: int) -> None:
        await self.store.commit(self.place, self._writes(batch), batch.position, offset)

    def _writes(self, batch: Batch) -> list[Document]:
        now, partition = batch.recorded_ms, self.partition
        date = dt.datetime.fromtimestamp(now / 1000, dt.UTC)
        request_end = BATCH_LAYOUT.pack(partition, batch.offset)
        entries = [
            {
                "_id": {"s": subject, "n": stream.first},
                "p": partition,
                "z": stream.entries[-1][0],
                "r": now,
                "e": squeeze(pack(stream.entries)),
            }
            for subject, stream in batch.streams.items()
        ]
        heads = [
            {
                "q": {"_id": subject},
                "u": {"_id": subject, "n": stream.head.sequence, "h": stream.head.hash},
                "upsert": True,
            }
            for subject, stream in batch.streams.items()
        ]
        # In the order of the tree: half the work for mongod.
        claims = [{"_id": key, "v": claim} for key, claim in sorted(batch.claims.items())]
        verdicts = [
            {"_id": request + request_end, "d": date, "v": b"".join(found)}
            for request, found in batch.verdicts.items()
        ]
        return [
            *inserts("claims", claims),
            *inserts("entries", entries),
            *inserts("verdicts", verdicts),
            *updates("heads", heads),
            *updates("refused", batch.refused),
        ]

    async def _load_heads(self, subjects: set[str]) -> None:
        if len(self.heads) > HEADS_MAX:
            self.heads.clear()
        missing = list(subjects - self.heads.keys())
        if missing:
            async for found in self.store.db["heads"].find({"_id": {"$in": missing}}):
                self.heads[found["_id"]] = Head(found["n"], found["h"])

    async def _known(self, keys: Sequence[Keys]) -> dict[bytes, bytes]:
        wanted = [key for pair in keys for key in pair if key is not None]
        found = self.store.db["claims"].find({"_id": {"$in": wanted}})
        return {claim["_id"]: claim["v"] async for claim in found}

    async def _last_published(self) -> int:
        tp = TopicPartition(self.target, self.partition)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, group_id=None)
        await consumer.start()
        try:
            consumer.assign([tp])
            end = (await consumer.end_offsets([tp]))[tp]
            if end == 0:
                return 0
            consumer.seek(tp, end - 1)
            record = await consumer.getone(tp)
            return Mark.from_bytes(dict(record.headers)[MARK_HEADER]).position
        finally:
            await consumer.stop()

    async def _publish(self, records: Sequence[Published]) -> None:
        producer, sent, now = self.producer, [], time.time_ns() // 1_000_000
        batch = producer.create_batch()
        for key, value, mark in records:
            headers = [(MARK_HEADER, mark)]
            if batch.append(timestamp=now, key=key, value=value, headers=headers) is None:
                sent.append(await producer.send_batch(batch, self.target, partition=self.partition))
                batch = producer.create_batch()
                batch.append(timestamp=now, key=key, value=value, headers=headers)
        if batch.record_count():
            sent.append(await producer.send_batch(batch, self.target, partition=self.partition))
        await asyncio.gather(*sent)
