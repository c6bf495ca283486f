"""What people ask of intake: receipts, positions, entries, quarantine, jurisdictions."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from contracts.topics import SUBMISSIONS
from services.chassis.mongo import Mongo, Progress
from services.intake.domain.chain import Entry, Head
from services.intake.domain.decision import Row
from services.intake.domain.jurisdictions import Jurisdiction
from services.intake.domain.verdicts import Verdict
from services.intake.store import documents as docs
from services.intake.store.exporting import PROJECTION
from services.intake.store.ledger import copies_of

HEADS_PER_PAGE: Final = 500
DOCUMENTS_PER_FETCH: Final = 50
COUNTED_MAX: Final = 100_000
"""So many entries of the quarantine are counted; more are said to be so many."""


@dataclass(frozen=True)
class Request:
    """A request as it was taken: what its receipt needs beside the verdicts."""

    request_id: bytes
    fingerprint: bytes
    """Hash of its body: one Idempotency-Key stands for one body."""
    event_ids: list[str | None]
    """The events' ids, in order; null where none could be read."""
    spread: list[int]
    """Indexes of jurisdiction facts: accepted once every partition has them."""
    at: dt.datetime
    publisher: str = ""
    """Who sent it, and may see its receipt."""


@dataclass(frozen=True)
class Standing:
    """Where one partition's owner stands."""

    position: int
    copies: dict[int, int]
    """Home partition → position there of the last copy entered."""


class Reader(Protocol):
    """Reads for the HTTP API; writes only that a request was taken."""

    async def open_request(self, request: Request) -> Request | None:
        """Note that a request was taken; the earlier one if its id is known already."""

    async def request(self, request_id: bytes) -> Request | None:
        """Find a request that was taken."""

    async def verdicts(self, request_id: bytes) -> dict[int, tuple[int, Row]]:
        """Find what has been decided: index → partition and row."""

    async def standings(self) -> list[Standing]:
        """Read where every partition stands."""

    async def entries(self, stream: str, after: int, limit: int) -> tuple[int, list[Entry]]:
        """Read a stream's entries after a sequence; and the partition they are in."""

    async def quarantine(
        self, after: str | None, limit: int, scope: Mapping[str, Any]
    ) -> Sequence[Mapping[str, Any]]:
        """List refused events of a scope, the oldest first, without their bytes."""

    async def quarantine_counts(
        self, scope: Mapping[str, Any], marks_ms: Mapping[str, int]
    ) -> Sequence[Mapping[str, Any]]:
        """Count refused events of a scope by reason, and of each those before a moment."""

    async def quarantined(
        self, quarantine_id: str, scope: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Read one refused event, if it is in the scope."""

    async def lead(self, project: str) -> str | None:
        """Find the unit that leads a project, if any does."""

    async def problems(self, ids: Sequence[str]) -> dict[str, str]:
        """Read the problems (JSON) of refused events."""

    async def jurisdictions(self) -> list[Jurisdiction]:
        """List all jurisdictions as their home partitions know them, by code."""

    async def jurisdiction(self, code: str) -> Jurisdiction | None:
        """Find one jurisdiction."""

    def stored(self) -> AsyncIterator[tuple[dict[str, Head], AsyncIterator[Mapping[str, Any]]]]:
        """Walk the whole ledger: pages of heads with the entry documents of their range."""

    async def head(self, stream: str) -> Head | None:
        """Read one stream's head."""


class MongoReader:
    """The same, from MongoDB."""

    def __init__(self, mongo: Mongo, partitions: int) -> None:
        """`partitions` is the deployment's number."""
        self.mongo = mongo
        self.partitions = partitions
        self.progress = Progress(mongo, PROJECTION, SUBMISSIONS.name)

    async def open_request(self, request: Request) -> Request | None:
        """Insert it; the id is unique."""
        document = {
            "_id": request.request_id,
            "f": request.fingerprint,
            "ids": request.event_ids,
            "spread": request.spread,
            "at": request.at,
            "publisher": request.publisher,
        }
        try:
            await self.mongo.db[docs.REQUESTS].insert_one(document)
        except DuplicateKeyError:
            return await self.request(request.request_id)
        return None

    async def request(self, request_id: bytes) -> Request | None:
        """Find it by id."""
        found = await self.mongo.db[docs.REQUESTS].find_one({"_id": request_id})
        if found is None:
            return None
        return Request(
            found["_id"],
            found["f"],
            found["ids"],
            found["spread"],
            found["at"],
            found.get("publisher", ""),
        )

    async def verdicts(self, request_id: bytes) -> dict[int, tuple[int, Row]]:
        """Merge the partitions' rows; a request sent twice has its rows twice, all the same."""
        found = self.mongo.db[docs.VERDICTS].find({"r": request_id})
        return {row[0]: (item["p"], row) async for item in found for row in docs.rows_of(item)}

    async def standings(self) -> list[Standing]:
        """Read the owners' progress."""
        return [
            Standing(item["position"], copies_of(item["extra"])) if item else Standing(0, {})
            for item in await self.progress.read(self.partitions)
        ]

    async def entries(self, stream: str, after: int, limit: int) -> tuple[int, list[Entry]]:
        """Read the documents that may hold them, and cut."""
        chosen: list[Entry] = []
        partition = 0
        cursor = self.mongo.db[docs.ENTRIES].find(docs.whole_stream(stream, after)).sort("_id", 1)
        async for item in cursor.batch_size(DOCUMENTS_PER_FETCH):
            partition = item["p"]
            chosen.extend(entry for entry in docs.entries_of(item) if entry[0] > after)
            if len(chosen) >= limit:
                break
        return partition, chosen[:limit]

    async def quarantine(
        self, after: str | None, limit: int, scope: Mapping[str, Any]
    ) -> Sequence[Mapping[str, Any]]:
        """Page by first sight and id."""
        wanted: dict[str, Any] = {}
        last = None if after is None else await self.quarantined(after, scope)
        if last is not None:
            seen = last["first_seen"]
            wanted = {
                "$or": [
                    {"first_seen": {"$gt": seen}},
                    {"first_seen": seen, "_id": {"$gt": last["_id"]}},
                ]
            }
        cursor = self.mongo.db[docs.QUARANTINE].find({"$and": [wanted, scope]}, {"raw": 0})
        ordered = cursor.sort([("first_seen", ASCENDING), ("_id", ASCENDING)])
        return await ordered.limit(limit).to_list(limit)

    async def quarantine_counts(
        self, scope: Mapping[str, Any], marks_ms: Mapping[str, int]
    ) -> Sequence[Mapping[str, Any]]:
        """Group them, within a bound."""
        before = {
            name: {"$sum": {"$cond": [{"$lt": ["$first_seen", mark]}, 1, 0]}}
            for name, mark in marks_ms.items()
        }
        total = {"$sum": 1}
        group = {"_id": "$verdict", "entries": total, "oldest": {"$min": "$first_seen"}, **before}
        steps: list[dict[str, Any]] = [
            {"$match": dict(scope)},
            {"$limit": COUNTED_MAX},
            {"$project": {"verdict": 1, "first_seen": 1}},
            {"$group": group},
            {"$sort": {"_id": ASCENDING}},
        ]
        return await self.mongo.db[docs.QUARANTINE].aggregate(steps).to_list(len(Verdict))

    async def quarantined(
        self, quarantine_id: str, scope: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """Find it by id."""
        wanted = {"$and": [{"_id": quarantine_id}, scope]}
        return await self.mongo.db[docs.QUARANTINE].find_one(wanted)

    async def lead(self, project: str) -> str | None:
        """Find it by id."""
        found = await self.mongo.db[docs.LEADS].find_one({"_id": project})
        return None if found is None else found["u"]

    async def problems(self, ids: Sequence[str]) -> dict[str, str]:
        """Read only the problems."""
        found = self.mongo.db[docs.QUARANTINE].find({"_id": {"$in": list(ids)}}, {"problem": 1})
        return {item["_id"]: item["problem"] async for item in found}

    async def jurisdictions(self) -> list[Jurisdiction]:
        """Read the home copies."""
        found = self.mongo.db[docs.JURISDICTIONS].find({"home": True}).sort("code", ASCENDING)
        return [docs.jurisdiction_of(item) async for item in found]

    async def jurisdiction(self, code: str) -> Jurisdiction | None:
        """Read the home copy."""
        found = await self.mongo.db[docs.JURISDICTIONS].find_one({"code": code, "home": True})
        return None if found is None else docs.jurisdiction_of(found)

    async def stored(
        self,
    ) -> AsyncIterator[tuple[dict[str, Head], AsyncIterator[Mapping[str, Any]]]]:
        """Page by stream; ranges leave no gap, so entries without a head are met too."""
        low: str | None = None
        while True:
            chosen = {} if low is None else {"_id": {"$gt": low}}
            cursor = self.mongo.db[docs.STREAMS].find(chosen).sort("_id", ASCENDING)
            page = await cursor.limit(HEADS_PER_PAGE).to_list(HEADS_PER_PAGE)
            high = page[-1]["_id"] if len(page) == HEADS_PER_PAGE else None
            entries = self.mongo.db[docs.ENTRIES].find(docs.stream_range(low, high))
            heads = {item["_id"]: (item["n"], item["h"]) for item in page}
            yield heads, entries.sort("_id", ASCENDING).batch_size(DOCUMENTS_PER_FETCH)
            if high is None:
                return
            low = high

    async def head(self, stream: str) -> Head | None:
        """Find it by id."""
        found = await self.mongo.db[docs.STREAMS].find_one({"_id": stream})
        return None if found is None else (found["n"], found["h"])
