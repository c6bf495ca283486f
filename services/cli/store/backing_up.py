"""A backup: every collection that no topic holds, as all of them were at one moment."""

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure, PyMongoError

from services.chassis import clock
from services.cli.errors import CliError, ExitCode
from services.cli.store.catalogues import CATALOGUES
from services.cli.store.client import (
    UNAUTHORIZED,
    Client,
    Document,
    in_words,
    raw,
    raw_in_snapshot,
)
from services.cli.store.parts import FORMAT, Manifest, Part, Written, write_manifest, write_part
from services.intake.store.operations import OPERATIONS, note_of

CHUNKS: Final = ".chunks"
FILES: Final = ".files"
FILES_AT_ONCE: Final = 200
"""Files of GridFS whose pieces are read by one query."""
BATCH: Final = 500
DEPLOYMENT: Final = ("dualwatch_intake", "deployment")
NOTED_IN: Final = "dualwatch_intake"
"""Database whose service tells of the last backup."""

Tell = Callable[[str, int, int], None]
"""Told of a part, its number and how many there are."""


@dataclass(frozen=True)
class Making:
    """What a backup says of itself."""

    id: str
    release: str
    made: str
    key: str
    restricted: bool = False


@dataclass(frozen=True)
class Made:
    """A backup that is there."""

    manifest: Manifest
    snapshot_seconds: float
    """How long the one moment was read that all of it shows."""


def make(client: Client, place: Path, making: Making, tell: Tell) -> Made:
    """Write a backup beside its place and put it there whole; nothing is there before."""
    if place.exists():
        message = f"{place} is there already; a backup is never written over"
        raise CliError(message, ExitCode.USAGE)
    try:
        return _make(client, place, making, tell)
    except OSError as error:
        message = f"{place} cannot be written: {error.strerror}; nothing is there"
        raise CliError(message, ExitCode.USAGE) from error


def note(client: Client, made: Made, moment: dt.datetime) -> str:
    """Note in MongoDB that a backup is there, for those who watch; empty, or why it is not.

    The backup is there and whole all the same.
    """
    kind = "referrals" if made.manifest.restricted else "deployment"
    noted = {
        "made": moment,
        "backup": made.manifest.id,
        "snapshot_seconds": made.snapshot_seconds,
    }
    try:
        client[NOTED_IN][OPERATIONS].replace_one({"_id": note_of(kind)}, noted, upsert=True)
    except PyMongoError as error:
        if isinstance(error, OperationFailure) and error.code == UNAUTHORIZED:
            return "this user may not write"
        return in_words(error)
    return ""


def _make(client: Client, place: Path, making: Making, tell: Tell) -> Made:
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    try:
        backup = _Backup(client, partial, making, tell)
        manifest = backup.run()
        write_manifest(partial, manifest)
        _sync(partial)
        partial.rename(place)
        _sync(place.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Made(manifest, backup.snapshot_seconds)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Backup:
    """One backup under way.

    All of it is read in one snapshot session, which shows every database at one moment of the
    cluster's clock. The bytes of GridFS files come afterwards: the snapshot says which files there
    are, and what a file holds never changes.
    """

    def __init__(self, client: Client, folder: Path, making: Making, tell: Tell) -> None:
        self._client = client
        self._folder = folder
        self._making = making
        self._tell = tell
        self.snapshot_seconds = 0.0

    def run(self) -> Manifest:
        """Write all parts, and give the list of them."""
        wanted = self._wanted()
        plain = [each for each in wanted if not each[1].endswith(CHUNKS)]
        chunks = [each for each in wanted if each[1].endswith(CHUNKS)]
        parts: list[Part] = []
        began = clock.monotonic()
        with self._client.start_session(snapshot=True) as session:
            for place in plain:
                self._tell(".".join(place), len(parts), len(wanted))
                parts.append(self._part(*place, self._plain(session, *place)))
            databases = sorted({database for database, _ in plain})
            positions = {each: self._positions(session, each) for each in databases}
            files = {each: self._files(session, *each) for each in chunks}
            moment = _moment(session)
        self.snapshot_seconds = clock.monotonic() - began
        for place, ids in files.items():
            self._tell(".".join(place), len(parts), len(wanted))
            parts.append(self._part(*place, pieces(self._client, *place, ids)))
        return Manifest(
            format=FORMAT,
            id=self._making.id,
            release=self._making.release,
            made=self._making.made,
            cluster_time=moment,
            restricted=self._making.restricted,
            positions=positions,
            parts=parts,
        ).signed(self._making.key)

    def _wanted(self) -> list[tuple[str, str]]:
        """Name what is there of what a backup holds; the list comes before the snapshot."""
        found = []
        for database, catalogue in CATALOGUES.items():
            if catalogue.restricted != self._making.restricted:
                continue
            there = set(self._client[database].list_collection_names())
            found += [(database, name) for name in catalogue.backed_up() if name in there]
        if not self._making.restricted and DEPLOYMENT not in found:
            message = "MongoDB holds no deployment of Dualwatch: there is nothing to back up"
            raise CliError(message, ExitCode.USAGE)
        return found

    def _plain(
        self, session: ClientSession, database: str, collection: str
    ) -> Iterator[RawBSONDocument]:
        source = raw_in_snapshot(self._client, database, collection)
        yield from source.find({}, session=session, batch_size=BATCH).sort("_id", ASCENDING)

    def _files(self, session: ClientSession, database: str, collection: str) -> list[Any]:
        files = self._client[database][collection.removesuffix(CHUNKS) + FILES]
        found = files.find({}, {"_id": 1}, session=session).sort("_id", ASCENDING)
        return [each["_id"] for each in found]

    def _positions(self, session: ClientSession, database: str) -> dict[str, int]:
        progress = self._client[database]["progress"]
        found = progress.find({}, {"position": 1}, session=session)
        return {each["_id"]: int(each.get("position") or 0) for each in found}

    def _part(self, database: str, collection: str, documents: Iterator[RawBSONDocument]) -> Part:
        file = self._folder / database / f"{collection}.bson.gz"
        written: Written = write_part(file, documents)
        options = _options(self._client, database, collection)
        return Part(
            database=database,
            collection=collection,
            documents=written.documents,
            plain_bytes=written.plain_bytes,
            sha256=written.sha256,
            content_sha256=written.content_sha256,
            clustered="clusteredIndex" in options,
            indexes=_indexes(self._client, database, collection),
        )


def pieces(
    client: Client, database: str, collection: str, ids: list[Any]
) -> Iterator[RawBSONDocument]:
    """Give the pieces of files, file by file, in order."""
    source = raw(client, database, collection)
    for first in range(0, len(ids), FILES_AT_ONCE):
        some = {"files_id": {"$in": ids[first : first + FILES_AT_ONCE]}}
        found = source.find(some, batch_size=BATCH)
        yield from found.sort([("files_id", ASCENDING), ("n", ASCENDING)])


def _moment(session: ClientSession) -> str:
    # pymongo keeps it for itself; it is what all reads of the session were asked for.
    at = getattr(session, "_snapshot_time", None)
    return f"{at.time}.{at.inc}" if at is not None else ""


def _options(client: Client, database: str, collection: str) -> Document:
    for found in client[database].list_collections(filter={"name": collection}):
        options: Document = found.get("options", {})
        return options
    return {}


def _indexes(client: Client, database: str, collection: str) -> list[Document]:
    """List indexes as plain JSON, without what only this server knows."""
    found = []
    for index in client[database][collection].list_indexes():
        if list(index["key"]) == ["_id"]:
            continue
        kept = {name: value for name, value in index.items() if name not in {"v", "ns"}}
        kept["key"] = [[field, order] for field, order in index["key"].items()]
        found.append(kept)
    return found
