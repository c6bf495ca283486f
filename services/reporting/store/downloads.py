"""Bundles of files: what is to be put in, how far one has come, the parts in GridFS.

A part and the progress beyond it are one transaction, compared-and-set on the progress: whoever
goes on after a kill makes no part twice and leaves none out.
"""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from bson import ObjectId
from bson.binary import Binary
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.chassis import clock
from services.chassis.mongo import Document, Mongo, Session
from services.reporting.store.commanding import ConflictError

COLLECTION: Final = "downloads"
PARTS: Final = "download_parts"
BUCKET: Final = "bundles"
INDEXES: Final = {
    COLLECTION: [
        IndexModel([("open", 1), ("until_ms", 1)]),
        IndexModel([("by", 1), ("open", 1)]),
        IndexModel([("at", 1)]),
    ],
    PARTS: [IndexModel([("download", 1), ("part", 1)], unique=True)],
    f"{BUCKET}.files": [IndexModel([("metadata.download", 1)])],
    f"{BUCKET}.chunks": [],
}
KEPT: Final = dt.timedelta(days=7)
"""How long a bundle can be fetched."""
LEASE_MS: Final = 15_000
PARTS_MAX: Final = 10_000
SWEPT_MAX: Final = 20
READ_BYTES: Final = 255 * 1024
SKIPPED_MAX: Final = 100


class DownloadState(StrEnum):
    """How far a bundle is."""

    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Download:
    """A bundle."""

    id: str
    by: str
    """Principal who asked for it; nobody else gets it."""
    campaign: str
    """Key of the campaign."""
    format: str
    layout: str | None
    mark: str
    """What was asked for, in short: the key stands for this alone."""
    version: int = 1
    state: DownloadState = DownloadState.WAITING
    done: int = 0
    total: int = 0
    parts: int = 0
    entries: int = 0
    size: int = 0
    """Bytes so far."""
    skipped: tuple[dict[str, str], ...] = ()
    """Papers of which there is no such file, with the reason."""
    reason: str | None = None
    """Why it failed."""
    at: dt.datetime = field(default_factory=clock.now)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bundle as it is kept."""

    number: int
    content: bytes
    directory: bytes


class DownloadStore:
    """The store."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collections before the first use."""
        self._mongo = mongo
        self._downloads = mongo.db[COLLECTION]
        self._parts = mongo.db[PARTS]
        self._bucket = mongo.bucket(BUCKET)

    async def begin(self, download: Download, papers: Sequence[str]) -> Download:
        """Keep a new bundle; one of that id that is there already is given instead."""
        document = {**_document(download), "papers": list(papers)}
        try:
            await self._downloads.insert_one(document)
        except DuplicateKeyError:
            return await self.found(download.id) or download
        return download

    async def found(self, download: str) -> Download | None:
        """Find a bundle."""
        document = await self._downloads.find_one({"_id": download}, {"papers": 0})
        return None if document is None else _download(document)

    async def unfinished(self, by: str) -> int:
        """Count bundles of somebody that are still to be made."""
        return int(await self._downloads.count_documents({"by": by, "open": True}))

    async def claim(self, now_ms: int) -> Download | None:
        """Go on with a bundle that nobody is at; null if there is none."""
        found: Document | None = await self._downloads.find_one_and_update(
            {"open": True, "until_ms": {"$lt": now_ms}},
            {
                "$set": {"until_ms": now_ms + LEASE_MS, "state": DownloadState.MAKING.value},
                "$inc": {"version": 1},
            },
            sort=[("until_ms", 1), ("_id", 1)],
            projection={"papers": 0},
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else _download(found)

    async def papers(self, download: Download, count: int) -> list[str]:
        """Give the next papers that are to be put in."""
        found = await self._downloads.find_one(
            {"_id": download.id}, {"papers": {"$slice": [download.done, count]}}
        )
        return [] if found is None else list(found["papers"])

    async def advance(self, before: Download, after: Download, part: Part, now_ms: int) -> None:
        """Keep a part and the progress beyond it; ConflictError if another is at it."""
        number = ObjectId()
        told = {"download": before.id}
        await self._bucket.upload_from_stream_with_id(
            number, before.id, part.content, metadata=told
        )

        async def work(session: Session) -> None:
            is_open = after.state is DownloadState.MAKING
            result = await self._downloads.update_one(
                {"_id": before.id, "version": before.version},
                {"$set": {**_changing(after), "open": is_open, "until_ms": now_ms + LEASE_MS}},
                session=session,
            )
            if result.matched_count != 1:
                raise ConflictError
            document = {
                "download": before.id,
                "part": part.number,
                "file": number,
                "offset": before.size,
                "size": len(part.content),
                "directory": Binary(part.directory),
            }
            await self._parts.insert_one(document, session=session)

        try:
            await self._mongo.transaction(work)
        except ConflictError:
            await self._drop_files({"_id": number})
            raise

    async def fail(self, download: Download, reason: str) -> None:
        """Say why it cannot be made."""
        await self._downloads.update_one(
            {"_id": download.id, "version": download.version},
            {"$set": {"state": DownloadState.FAILED.value, "open": False, "reason": reason}},
        )

    async def hinder(self, download: Download, reason: str) -> None:
        """Say what it waits for; it is gone on with, and the next part takes the words away."""
        await self._downloads.update_one(
            {"_id": download.id, "version": download.version}, {"$set": {"reason": reason}}
        )

    async def directories(self, download: str) -> list[bytes]:
        """Give what the directory says of each part."""
        found = self._parts.find({"download": download}, {"directory": 1}).sort("part", 1)
        return [bytes(each["directory"]) async for each in found.limit(PARTS_MAX)]

    async def read(self, download: Download, start: int, end: int) -> AsyncIterator[bytes]:
        """Read bytes from `start` up to, not including, `end`, piece by piece."""
        query = {"download": download.id, "offset": {"$lt": end}}
        found = self._parts.find(query, {"directory": 0}).sort("part", 1).limit(PARTS_MAX)
        async for part in found:
            first = max(start - part["offset"], 0)
            last = min(end - part["offset"], part["size"])
            if first >= last:
                continue
            source: Any = await self._bucket.open_download_stream(part["file"])
            source.seek(first)
            left = last - first
            while left > 0:
                chunk: bytes = await source.read(min(READ_BYTES, left))
                if not chunk:
                    return
                left -= len(chunk)
                yield chunk

    async def sweep(self) -> int:
        """Delete bundles whose time is over, with their parts."""
        late = self._downloads.find({"at": {"$lt": clock.now() - KEPT}}, {"_id": 1})
        swept = 0
        for document in await late.limit(SWEPT_MAX).to_list(SWEPT_MAX):
            await self._drop_files({"metadata.download": document["_id"]})
            await self._parts.delete_many({"download": document["_id"]})
            await self._downloads.delete_one({"_id": document["_id"]})
            swept += 1
        return swept

    async def tidy(self, download: str) -> None:
        """Delete what killed processes had written of a bundle that belongs to no part."""
        kept = [each["file"] async for each in self._parts.find({"download": download})]
        await self._drop_files({"metadata.download": download, "_id": {"$nin": kept}})

    async def _drop_files(self, query: Document) -> None:
        files = self._mongo.db[f"{BUCKET}.files"]
        found = await files.find(query, {"_id": 1}).limit(PARTS_MAX).to_list(PARTS_MAX)
        ids = {"$in": [each["_id"] for each in found]}
        # Two may sweep at a time: what is gone already is no error here, as it would be to GridFS.
        await self._mongo.db[f"{BUCKET}.chunks"].delete_many({"files_id": ids})
        await files.delete_many({"_id": ids})


def _document(download: Download) -> Document:
    told = asdict(download)
    del told["id"]
    return {
        "_id": download.id,
        **told,
        "state": download.state.value,
        "skipped": list(download.skipped),
        "open": True,
        "until_ms": 0,
    }


def _changing(download: Download) -> Document:
    names = ("version", "state", "done", "parts", "entries", "size", "skipped", "reason")
    document = _document(download)
    return {name: document[name] for name in names}


def _download(document: Document) -> Download:
    names = {each.name for each in fields(Download)}
    told = {name: value for name, value in document.items() if name in names}
    return Download(
        **{
            **told,
            "id": document["_id"],
            "state": DownloadState(document["state"]),
            "skipped": tuple(document["skipped"]),
        }
    )
