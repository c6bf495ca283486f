"""Uploaded files: what a file became, chunk by chunk, and how far it has been taken in.

The file itself is not kept: it holds account numbers. Kept are its events as the door redacted
them, and the rows that were rejected, sealed, so that who sent them can mend them (people's data:
domain-rules 7). All of it goes after FILES_KEPT.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.chassis.mongo import Mongo
from services.intake.store.sealing import Seal

FILES: Final = "files"
CHUNKS: Final = "file_chunks"
REJECTS: Final = "file_rejects"
FILES_KEPT: Final = dt.timedelta(days=14)
"""How long a file's outcome is kept after it was sent."""
LEASE_SECONDS: Final = 5
"""So long a process may be silent before another goes on with its file."""
LISTED_MAX: Final = 200
COUNTED: Final = ("accepted", "duplicate", "quarantined")

_EXPIRES: Final = IndexModel("at", expireAfterSeconds=int(FILES_KEPT.total_seconds()))
INDEXES: Final = {
    FILES: [
        IndexModel([("publisher", ASCENDING), ("at", DESCENDING)]),
        IndexModel([("state", ASCENDING), ("until", ASCENDING)]),
        _EXPIRES,
    ],
    CHUNKS: [_EXPIRES],
    REJECTS: [_EXPIRES],
}
REFUSED_SHOWN_MAX: Final = 200
"""Most of its refused events that a file names with their lines."""
Document = dict[str, Any]

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack_events: Final = msgspec.msgpack.Decoder(list[tuple[int, bytes]]).decode
_unpack_rejects: Final = msgspec.msgpack.Decoder(list[list[Any]]).decode


class State(StrEnum):
    """Where a file stands."""

    READING = "reading"
    """It is being uploaded and mapped; nothing can be started yet."""
    READY = "ready"
    """It was read: look at the preview, then start it."""
    RUNNING = "running"
    """It is being taken in."""
    DONE = "done"
    """Every event has its verdict."""


@dataclass(frozen=True)
class UploadedFile:
    """One file as it is kept."""

    file_id: str
    publisher: str
    name: str
    sha256: str
    size_bytes: int
    preset: str
    jurisdiction: str
    state: State
    at: dt.datetime
    events: int = 0
    """Events it became."""
    rejected: int = 0
    passed: int = 0
    chunks: int = 0
    next_chunk: int = 0
    """Chunk to take in next."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What became of its events: accepted, duplicate, quarantined."""
    preview: Mapping[str, Any] = field(default_factory=dict)
    refused: Sequence[Mapping[str, Any]] = ()
    """The first events that the ledger refused: line, verdict, quarantine entry."""
    position: str | None = None
    """The ledger's cut once all was decided."""

    @property
    def sent(self) -> int:
        """Events that are decided: accepted + duplicate + quarantined."""
        return sum(self.counts.get(name, 0) for name in COUNTED)


class Files:
    """The store of uploaded files."""

    def __init__(self, mongo: Mongo, seal: Seal) -> None:
        """`seal` closes what people's numbers may stand in."""
        self.mongo = mongo
        self.seal = seal
        self.files = mongo.db[FILES]
        self.chunks = mongo.db[CHUNKS]
        self.rejects = mongo.db[REJECTS]

    async def prepare(self) -> None:
        """Create the collections."""
        await self.mongo.create(INDEXES)

    async def open(self, file: UploadedFile) -> UploadedFile | None:
        """Begin with a file; the earlier one if the same file was read already.

        One whose reading was cut off begins again.
        """
        document = {
            "_id": file.file_id,
            **{
                name: getattr(file, name)
                for name in ("publisher", "name", "sha256", "preset", "jurisdiction", "at")
            },
            "size": file.size_bytes,
            "state": State.READING.value,
        }
        try:
            await self.files.insert_one(document)
        except DuplicateKeyError:
            known = await self.find(file.file_id)
            if known is not None and known.state is not State.READING:
                return known
            await self._forget_parts(file.file_id)
            await self.files.replace_one({"_id": file.file_id}, document, upsert=True)
        return None

    async def add(
        self,
        file: UploadedFile,
        number: int,
        events: Sequence[tuple[int, bytes]],
        rejects: Sequence[Sequence[Any]],
    ) -> None:
        """Keep a chunk: its events by line, redacted, and its rejected rows, sealed."""
        key = {"f": file.file_id, "n": number}
        if events:
            await self.chunks.insert_one({"_id": key, "e": _pack(list(events)), "at": file.at})
        if rejects:
            sealed = self.seal.close(_pack(list(rejects)), file.file_id)
            await self.rejects.insert_one({"_id": key, "r": sealed, "at": file.at})

    async def ready(self, file_id: str, figures: Mapping[str, Any]) -> None:
        """Note that a file was read to its end; `figures` are its counts and preview."""
        change = {**figures, "state": State.READY.value, "next": 0, "counts": {}}
        await self.files.update_one({"_id": file_id}, {"$set": change})

    async def forget(self, file_id: str) -> None:
        """Remove a file with all its parts."""
        await self.files.delete_one({"_id": file_id})
        await self._forget_parts(file_id)

    async def _forget_parts(self, file_id: str) -> None:
        whole = {"_id": {"$gte": {"f": file_id, "n": 0}, "$lt": {"f": file_id, "n": 2**31 - 1}}}
        await self.chunks.delete_many(whole)
        await self.rejects.delete_many(whole)

    async def find(self, file_id: str) -> UploadedFile | None:
        """Find a file by id."""
        found = await self.files.find_one({"_id": file_id})
        return None if found is None else _file_of(found)

    async def list(self, publisher: str) -> Sequence[UploadedFile]:
        """List a publisher's files, the newest first."""
        found = self.files.find({"publisher": publisher}).sort("at", DESCENDING)
        return [_file_of(item) for item in await found.limit(LISTED_MAX).to_list(LISTED_MAX)]

    async def unfinished(self, publisher: str, state: State) -> int:
        """Count a publisher's files in a state."""
        wanted = {"publisher": publisher, "state": state.value}
        return await self.files.count_documents(wanted, limit=LISTED_MAX)

    async def rejected_rows(self, file_id: str, number: int) -> Sequence[Sequence[Any]] | None:
        """Read the rejected rows of a chunk; None if it has none."""
        found = await self.rejects.find_one({"_id": {"f": file_id, "n": number}})
        return None if found is None else _unpack_rejects(self.seal.open(found["r"], file_id))

    async def start(self, file_id: str) -> None:
        """Let a file that was read be taken in; one that runs or is done stays as it is."""
        wanted = {"_id": file_id, "state": State.READY.value}
        change = {"state": State.RUNNING.value, "holder": None, "until": dt.datetime(1970, 1, 1)}  # noqa: DTZ001 - long ago
        await self.files.update_one(wanted, {"$set": change})

    async def take(self, holder: bytes) -> UploadedFile | None:
        """Take the file that has waited longest, for LEASE_SECONDS; None if there is none."""
        found: Document | None = await self.files.find_one_and_update(
            {"state": State.RUNNING.value, "$expr": {"$lt": ["$until", "$$NOW"]}},
            [{"$set": {"holder": holder, "until": _UNTIL}}],
            sort=[("until", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else _file_of(found)

    async def release(self, file_id: str, holder: bytes) -> None:
        """Let a file go, so that the next turn need not wait."""
        await self.files.update_one(
            {"_id": file_id, "holder": holder}, [{"$set": {"holder": None, "until": "$$NOW"}}]
        )

    async def events(self, file_id: str, number: int) -> Sequence[tuple[int, bytes]]:
        """Read a chunk's events with their lines; a chunk may have none."""
        found = await self.chunks.find_one({"_id": {"f": file_id, "n": number}})
        return [] if found is None else _unpack_events(found["e"])

    async def advance(
        self,
        file: UploadedFile,
        holder: bytes,
        counts: Mapping[str, int],
        refused: Sequence[Mapping[str, Any]],
    ) -> UploadedFile | None:
        """Count a chunk as taken in, once; None if somebody else has gone on with the file."""
        found: Document | None = await self.files.find_one_and_update(
            {"_id": file.file_id, "holder": holder, "next": file.next_chunk},
            [
                {
                    "$set": {
                        "next": file.next_chunk + 1,
                        "until": _UNTIL,
                        "refused": {
                            "$slice": [
                                {
                                    "$concatArrays": [
                                        {"$ifNull": ["$refused", []]},
                                        {"$literal": list(refused)},
                                    ]
                                },
                                REFUSED_SHOWN_MAX,
                            ]
                        },
                        **{
                            f"counts.{name}": {
                                "$add": [{"$ifNull": [f"$counts.{name}", 0]}, counts[name]]
                            }
                            for name in COUNTED
                        },
                    }
                }
            ],
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else _file_of(found)

    async def finish(self, file: UploadedFile, holder: bytes, position: str) -> None:
        """Note that every event has its verdict; the events themselves are in the ledger now."""
        await self.files.update_one(
            {"_id": file.file_id, "holder": holder, "state": State.RUNNING.value},
            {"$set": {"state": State.DONE.value, "position": position}},
        )


_UNTIL: Final = {"$dateAdd": {"startDate": "$$NOW", "unit": "second", "amount": LEASE_SECONDS}}


def _file_of(found: Mapping[str, Any]) -> UploadedFile:
    return UploadedFile(
        found["_id"],
        found["publisher"],
        found["name"],
        found["sha256"],
        found["size"],
        found["preset"],
        found["jurisdiction"],
        State(found["state"]),
        found["at"],
        found.get("events", 0),
        found.get("rejected", 0),
        found.get("passed", 0),
        found.get("chunks", 0),
        found.get("next", 0),
        found.get("counts", {}),
        found.get("preview", {}),
        found.get("refused", ()),
        found.get("position"),
    )
