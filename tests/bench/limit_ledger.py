"""The ledger stage by hand: admitted submissions in, numbered and chained entries out.

Left out, beside the product: whether jurisdiction and currency are known, all but the event's own
bytes in the chain, the hash kept with each entry, and the id of its quarantine in a verdict.
"""

import datetime as dt
from collections.abc import Sequence
from struct import Struct as Packing
from typing import Any, Final

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from contracts.record import Mark
from tests.bench.limit_batch import (
    Batch,
    Before,
    Event,
    Head,
    Keys,
    Stream,
    decide,
    keys_of,
    pack,
    parse,
    unpack,
)
from tests.bench.limit_store import (
    Document,
    Indexes,
    Place,
    Store,
    expand,
    inserts,
    squeeze,
    updates,
)
from tests.bench.limit_target import Target

DUPLICATE_KEY: Final = 11000
RUNS_MAX: Final = 5
"""Runs of one batch whose claims others make at the same time."""
HEADS_MAX: Final = 500_000
"""Stream heads kept in memory; the store has them all."""
VERDICTS_KEPT_SECONDS: Final = 30 * 86_400
COLLECTIONS: Final[Indexes] = {
    "progress": [],
    "claims": [],
    "entries": [IndexModel([("p", 1), ("z", 1)])],
    "heads": [],
    "refused": [],
    "verdicts": [IndexModel("d", expireAfterSeconds=VERDICTS_KEPT_SECONDS)],
}
BATCH_LAYOUT: Final = Packing(">BQ")
"""Partition and first offset: what tells the verdicts of one request apart."""


class LedgerStage:
    """One partition of `submissions`."""

    def __init__(self, store: Store, place: Place, target: Target) -> None:
        """Own the partition, and the one of `ledger` with its number."""
        self.store = store
        self.place = place
        self.target = target
        self.partition: int = target.tp.partition
        self.heads: dict[str, Head] = {}

    async def resume(self) -> None:
        """Publish what a killed predecessor committed and did not publish."""
        after = await self.target.last_position()
        records = []
        missing = {"p": self.partition, "z": {"$gt": after}}
        async for entry in self.store.db["entries"].find(missing):
            subject, first = entry["_id"]["s"], entry["_id"]["n"]
            for sequence, (position, _, value) in enumerate(unpack(expand(entry["e"])), first):
                if position > after:
                    mark = Mark(position, sequence, entry["r"], position, parse(value).type)
                    records.append((position, (subject.encode(), value, mark.to_bytes())))
        await self.target.publish([record for _, record in sorted(records)])

    async def handle(self, records: Sequence[Any]) -> None:
        """Enter a batch into the ledger, then publish what was entered."""
        events = [parse(record.value) for record in records]
        keys = [keys_of(event) for event in events]
        await self._load_heads({event.subject for event in events})
        batch = await self._enter(records, events, keys)
        for subject, stream in batch.streams.items():
            self.heads[subject] = stream.head
        await self.target.publish(batch.published)

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
        streams = batch.streams.items()
        request_end = BATCH_LAYOUT.pack(partition, batch.offset)
        entries = [
            {
                "_id": {"s": subject, "n": stream.first},
                "p": partition,
                "z": stream.entries[-1][0],
                "r": now,
                "e": squeeze(pack(stream.entries)),
            }
            for subject, stream in streams
        ]
        new = [_head(subject, stream) for subject, stream in streams if stream.first == 1]
        moved = [
            {"q": {"_id": subject}, "u": _head(subject, stream)}
            for subject, stream in streams
            if stream.first > 1
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
            *inserts("heads", new),
            *updates("heads", moved),
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
        # The session has seen the claims of others that were in the way: so does this look.
        found = self.store.db["claims"].find({"_id": {"$in": wanted}}, session=self.place.session)
        return {claim["_id"]: claim["v"] async for claim in found}


def _head(subject: str, stream: Stream) -> Document:
    return {"_id": subject, "n": stream.head.sequence, "h": stream.head.hash}
