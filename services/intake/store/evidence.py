"""Evidence files in GridFS, named by their content; who attached them to which project."""

import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.chassis import clock
from services.chassis.mongo import Mongo
from services.intake.domain.evidence import HEAD_BYTES, TAIL_BYTES, Edges
from services.intake.store.documents import Document

BUCKET: Final = "evidence"
FILES: Final = "evidence_known"
USES: Final = "evidence_uses"
USES_MAX: Final = 1_000
"""Projects of one file that are looked at for somebody's scope."""
LEFT_BEHIND: Final = dt.timedelta(hours=6)
"""An upload that nobody has finished for so long is deleted."""
LEFT_BEHIND_MAX: Final = 100
READ_BYTES: Final = 255 * 1024
INDEXES: Final = {
    FILES: [],
    USES: [
        IndexModel([("sha256", ASCENDING)]),
        IndexModel([("subject", ASCENDING), ("at", ASCENDING)]),
    ],
    f"{BUCKET}.files": [IndexModel([("metadata.pending", ASCENDING), ("uploadDate", ASCENDING)])],
    f"{BUCKET}.chunks": [],
}


@dataclass(frozen=True)
class Stored:
    """A file that is in the store."""

    sha256: str
    size: int
    media_type: str
    new: bool


class Upload:
    """A file on its way in: written as it comes, of which only the edges are kept here."""

    def __init__(self, sink: Any, file_id: ObjectId) -> None:
        """`sink` is GridFS's."""
        self._sink = sink
        self.file_id = file_id
        """Its number in GridFS."""
        self._hash = hashlib.sha256()
        self._head = b""
        self._tail = b""
        self.size = 0

    async def write(self, chunk: bytes) -> None:
        """Take a piece."""
        self.size += len(chunk)
        self._hash.update(chunk)
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        self._tail = (self._tail + chunk)[-TAIL_BYTES:]
        await self._sink.write(chunk)

    @property
    def edges(self) -> Edges:
        """What tells the file's type."""
        return Edges(self._head, self._tail, self.size)

    @property
    def sha256(self) -> str:
        """Hash of what has come so far."""
        return self._hash.hexdigest()

    async def close(self) -> None:
        """Keep it."""
        await self._sink.close()

    async def abort(self) -> None:
        """Delete what was written."""
        await self._sink.abort()


class MongoEvidence:
    """The store."""

    def __init__(self, mongo: Mongo) -> None:
        """`prepare` comes before the first use."""
        self.mongo = mongo
        self.bucket = mongo.bucket(BUCKET)
        self.known = mongo.db[FILES]
        self.uses = mongo.db[USES]

    async def prepare(self) -> None:
        """Create the collections."""
        await self.mongo.create(INDEXES)

    def upload(self) -> Upload:
        """Begin a file."""
        number = ObjectId()
        pending = {"pending": True}
        sink = self.bucket.open_upload_stream_with_id(number, BUCKET, metadata=pending)
        return Upload(sink, number)

    async def keep(
        self, upload: Upload, media_type: str, subject: str, name: str, by: str
    ) -> Stored:
        """Keep a file under its content's name; one that is there already is kept once."""
        await upload.close()
        document = {
            "_id": upload.sha256,
            "file": upload.file_id,
            "bytes": upload.size,
            "media_type": media_type,
            "at": clock.now(),
        }
        new = True
        try:
            await self.known.insert_one(document)
        except DuplicateKeyError:
            new = False
            await self.bucket.delete(upload.file_id)
        else:
            await self.mongo.db[f"{BUCKET}.files"].update_one(
                {"_id": upload.file_id}, {"$set": {"metadata.pending": False}}
            )
        await self._use(upload.sha256, subject, name, by)
        return Stored(upload.sha256, upload.size, media_type, new)

    async def _use(self, sha256: str, subject: str, name: str, by: str) -> None:
        first = {"sha256": sha256, "subject": subject, "name": name, "by": by, "at": clock.now()}
        key = f"{sha256}:{subject}"
        await self.uses.update_one({"_id": key}, {"$setOnInsert": first}, upsert=True)

    async def file(self, sha256: str) -> Document | None:
        """Find a file."""
        return await self.known.find_one({"_id": sha256})

    async def uses_of(self, sha256: str) -> list[Document]:
        """List where a file is attached."""
        return await self.uses.find({"sha256": sha256}).limit(USES_MAX).to_list(USES_MAX)

    async def attached(self, subject: str, limit: int) -> list[Document]:
        """List the files of a project, the oldest first."""
        cursor = self.uses.find({"subject": subject}).sort("at", ASCENDING).limit(limit)
        found = await cursor.to_list(limit)
        ids = [use["sha256"] for use in found]
        files = {each["_id"]: each async for each in self.known.find({"_id": {"$in": ids}})}
        return [{**files[use["sha256"]], **use} for use in found if use["sha256"] in files]

    async def read(self, file: ObjectId, start: int, end: int) -> AsyncIterator[bytes]:
        """Read bytes from `start` up to, not including, `end`, piece by piece."""
        source: Any = await self.bucket.open_download_stream(file)
        source.seek(start)
        left = end - start
        while left > 0:
            chunk: bytes = await source.read(min(READ_BYTES, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk

    async def sweep(self) -> int:
        """Delete uploads that nobody has finished."""
        late = clock.now() - LEFT_BEHIND
        wanted = {"metadata.pending": True, "uploadDate": {"$lt": late}}
        files = self.mongo.db[f"{BUCKET}.files"].find(wanted, {"_id": 1}).limit(LEFT_BEHIND_MAX)
        swept = 0
        for found in await files.to_list(LEFT_BEHIND_MAX):
            # Known by a process that was stopped before it had said so: that one stays.
            if await self.known.find_one({"file": found["_id"]}):
                continue
            await self.bucket.delete(found["_id"])
            swept += 1
        return swept
