"""Which entries are recorded on the document of a number: an index beside the ledger.

It is made up behind the ledger, a little at a time, so that taking facts never waits for it; what
it has not come to yet is told as `behind`. Everything in it can be made anew from the ledger.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec
from bson import MaxKey, MinKey
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from contracts.topics import SUBMISSIONS
from services.chassis.identity import Principal
from services.chassis.mongo import Mongo, Progress
from services.intake.domain.chain import Entry
from services.intake.domain.decision import COPY_MARK
from services.intake.store.documents import ENTRIES as LEDGER_ENTRIES
from services.intake.store.documents import LEADS, entries_of, whole_stream
from services.intake.store.exporting import PROJECTION, window

NUMBERS: Final = "document_numbers"
"""`_id` is all: jurisdiction, number, stream, sequence; read in its order."""
REACHED: Final = "document_numbers_reached"
"""Partition → position up to which entries are indexed."""
STEP_POSITIONS: Final = 2_000
"""Positions of one partition that are indexed at once."""
LOOKED_MAX: Final = 2_000
"""Index entries of a number that are looked through for those in somebody's scope."""
DUPLICATE_KEY: Final = 11_000
LAST: Final = "\U0010ffff"


class _Document(msgspec.Struct, gc=False):
    number: str


class _Data(msgspec.Struct, gc=False):
    document: _Document | None = None


class _Slim(msgspec.Struct, gc=False):
    data: _Data


_read = msgspec.json.Decoder(_Slim).decode


class Recorded(NamedTuple):
    """An entry that is recorded on a document."""

    number: str
    stream: str
    entry: Entry


class Found(NamedTuple):
    """What was found of a number."""

    recorded: list[Recorded]
    more: bool
    """Whether there are more in somebody's scope than were asked for."""


class Numbers:
    """The index, and what is read through it."""

    def __init__(self, mongo: Mongo, partitions: int) -> None:
        """`partitions` is the deployment's number."""
        self._mongo = mongo
        self._partitions = partitions
        self._progress = Progress(mongo, PROJECTION, SUBMISSIONS.name)

    async def prepare(self) -> None:
        """Create the collections."""
        await self._mongo.create({NUMBERS: [], REACHED: []}, (NUMBERS,))

    async def behind(self) -> int:
        """Tell how many positions of the ledger are not indexed yet."""
        ends, reached = await self._standing()
        return sum(max(0, end - at) for end, at in zip(ends, reached, strict=True))

    async def advance(self) -> int:
        """Index a little more of every partition; tell how much is left."""
        ends, reached = await self._standing()
        left = 0
        for partition, (end, at) in enumerate(zip(ends, reached, strict=True)):
            # A ledger that was made anew may be shorter than it was: then from its beginning.
            first = at if at <= end else 0
            last = min(first + STEP_POSITIONS, end)
            if last > first:
                await self._index(partition, first + 1, last)
            left += end - last
        return left

    async def find(self, asking: Principal, jurisdiction: str, number: str, limit: int) -> Found:
        """Find entries whose document's number begins so, of what somebody may see."""
        low = {"j": jurisdiction, "n": number, "s": MinKey(), "q": MinKey()}
        high = {"j": jurisdiction, "n": number + LAST, "s": MaxKey(), "q": MaxKey()}
        wanted = {"_id": {"$gte": low, "$lte": high}}
        cursor = self._mongo.db[NUMBERS].find(wanted).sort("_id", 1).limit(LOOKED_MAX)
        keys = [item["_id"] for item in await cursor.to_list(LOOKED_MAX)]
        leads = await self._leads({key["s"] for key in keys}) if asking.narrow else {}
        seen = [
            key
            for key in keys
            if not asking.narrow or asking.sees(key["s"], leads.get(key["s"]), None)
        ]
        found = [
            Recorded(key["n"], key["s"], entry)
            for key in seen[:limit]
            if (entry := await self._entry(key["s"], key["q"])) is not None
        ]
        return Found(found, len(seen) > limit or len(keys) == LOOKED_MAX)

    async def _standing(self) -> tuple[list[int], list[int]]:
        ends = await self._progress.positions(self._partitions)
        kept = {item["_id"]: item["n"] async for item in self._mongo.db[REACHED].find()}
        return ends, [kept.get(partition, 0) for partition in range(self._partitions)]

    async def _index(self, partition: int, first: int, last: int) -> None:
        entries = await window(self._mongo, partition, first, last)
        keys = list(keys_of(entries))
        if keys:
            try:
                await self._mongo.db[NUMBERS].insert_many(keys, ordered=False)
            except BulkWriteError as error:
                wrong = error.details.get("writeErrors", ())
                if any(one["code"] != DUPLICATE_KEY for one in wrong):
                    raise
        moved = UpdateOne({"_id": partition}, {"$set": {"n": last}}, upsert=True)
        await self._mongo.db[REACHED].bulk_write([moved])

    async def _leads(self, streams: set[str]) -> dict[str, str]:
        found = self._mongo.db[LEADS].find({"_id": {"$in": sorted(streams)}})
        return {item["_id"]: item["u"] async for item in found}

    async def _entry(self, stream: str, sequence: int) -> Entry | None:
        """Read one entry; none if the index speaks of what the ledger does not have."""
        cursor = self._mongo.db[LEDGER_ENTRIES].find(whole_stream(stream, sequence - 1))
        async for item in cursor.sort("_id", 1):
            for entry in entries_of(item):
                if entry[0] == sequence:
                    return entry
                if entry[0] > sequence:
                    return None
        return None


def keys_of(entries: Sequence[tuple[Entry, str]]) -> Iterable[dict[str, dict[str, object]]]:
    """Write index entries of what is recorded on a document."""
    for entry, stream in entries:
        if COPY_MARK in stream or "/" not in stream:
            continue
        try:
            document = _read(entry[5]).data.document
        except msgspec.MsgspecError:
            # What the ledger holds was admitted; what is no event all the same has no number.
            continue
        if document is not None:
            jurisdiction = stream.partition("/")[0]
            yield {"_id": {"j": jurisdiction, "n": document.number, "s": stream, "q": entry[0]}}
