"""The files of a backup: a list of parts, and each part as `mongodump --gzip` would write it.

A part is read twice when it is restored: once to be judged whole, then to be written. What comes
from a disk is trusted in nothing before its hash, its documents and their number are right.
"""

import gzip
import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.cli.errors import CliError, ExitCode
from services.cli.store.catalogues import CATALOGUES

FORMAT: Final = 1
"""Version of all this; a release reads its own and those before it."""
MANIFEST: Final = "manifest.json"
MANIFEST_BYTES_MAX: Final = 16 * 1024 * 1024
PARTS_MAX: Final = 1_000
DOCUMENT_BYTES_MIN: Final = 5
DOCUMENT_BYTES_MAX: Final = 16 * 1024 * 1024 + 16 * 1024
"""What MongoDB allows, and a little for what it adds itself."""
COMPRESSION: Final = 3
"""Of gzip's nine levels: half the time of the default for a tenth more bytes."""
PIECE_BYTES: Final = 1024 * 1024
PRIVATE: Final = 0o600
_SHA256: Final = r"^[0-9a-f]{64}$"


class Part(BaseModel):
    """One collection in the backup."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    database: str
    collection: str
    documents: int = Field(ge=0)
    plain_bytes: int = Field(ge=0)
    """Bytes of its documents before they were compressed."""
    sha256: str = Field(pattern=_SHA256)
    """Hash of the file."""
    content_sha256: str = Field(pattern=_SHA256)
    """Hash of its documents in their order, which a collection that is equal has too."""
    clustered: bool = False
    indexes: list[dict[str, Any]] = []
    """As `listIndexes` gave them, without the one of the id."""

    @property
    def file(self) -> str:
        """Its place below the backup's folder."""
        return f"{self.database}/{self.collection}.bson.gz"

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.database}.{self.collection}"


class Manifest(BaseModel):
    """What a backup is made of, and of which moment it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: int
    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    release: str
    made: str
    """When, by the clock of whoever made it, in UTC."""
    cluster_time: str
    """The moment of MongoDB's clock that all parts show: seconds since 1970, and a count."""
    restricted: bool
    """Whether it holds referrals, and nothing else."""
    positions: dict[str, dict[str, int]]
    """By database and reader: the last position of each partition that is in it."""
    parts: list[Part] = Field(max_length=PARTS_MAX)
    mac: str = ""
    """HMAC-SHA256 of all this under the deployment's key: nobody else could have written it."""

    def signed(self, key: str) -> "Manifest":
        """Give the same with its MAC."""
        return self.model_copy(update={"mac": self._mac(key)})

    def is_signed_with(self, key: str) -> bool:
        """Whether the deployment with this key made it, and nobody changed it."""
        return hmac.compare_digest(self.mac, self._mac(key))

    def _mac(self, key: str) -> str:
        plain = json.dumps(self.model_dump(exclude={"mac"}), sort_keys=True, ensure_ascii=True)
        secret = hashlib.blake2b(key.encode(), digest_size=32, person=b"backup").digest()
        return hmac.new(secret, plain.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Written:
    """What was written of a part."""

    documents: int
    plain_bytes: int
    sha256: str
    content_sha256: str


class DamagedError(CliError):
    """A backup is not what was made."""

    def __init__(self, words: str) -> None:
        """Say what is wrong; nothing was changed by then."""
        super().__init__(f"the backup cannot be used: {words}; nothing was changed", ExitCode.USAGE)


class _Hashing:
    """A file that hashes what is written to it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return int(self._file.write(content))

    def flush(self) -> None:
        self._file.flush()


def write_part(file: Path, documents: Iterable[RawBSONDocument]) -> Written:
    """Write documents as they come; no more of them is held than one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content, count, size = hashlib.sha256(), 0, 0
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as plain:
        hashing = _Hashing(plain)
        # No name and no time within: the same documents make the same bytes.
        with gzip.GzipFile("", "wb", COMPRESSION, hashing, mtime=0) as packed:
            for document in documents:
                packed.write(document.raw)
                content.update(document.raw)
                count, size = count + 1, size + len(document.raw)
        plain.flush()
        os.fsync(plain.fileno())
    return Written(count, size, hashing.sha256.hexdigest(), content.hexdigest())


def content_of(documents: Iterable[RawBSONDocument]) -> tuple[int, str]:
    """Count and hash documents as a part does."""
    content, count = hashlib.sha256(), 0
    for document in documents:
        content.update(document.raw)
        count += 1
    return count, content.hexdigest()


def read_part(folder: Path, part: Part) -> Iterator[RawBSONDocument]:
    """Give a part's documents one by one; DamagedError where they stop being documents."""
    left = part.plain_bytes
    try:
        with gzip.open(folder / part.file, "rb") as packed:
            while head := packed.read(4):
                size = int.from_bytes(head, "little", signed=True)
                if not DOCUMENT_BYTES_MIN <= size <= min(DOCUMENT_BYTES_MAX, left):
                    msg = f"{part.file} holds what is no document"
                    raise DamagedError(msg)
                raw = head + packed.read(size - 4)
                if len(raw) != size:
                    msg = f"{part.file} ends within a document"
                    raise DamagedError(msg)
                left -= size
                yield _document(part, raw)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"{part.file} cannot be read ({error})"
        raise DamagedError(msg) from error


def _document(part: Part, raw: bytes) -> RawBSONDocument:
    try:
        document = RawBSONDocument(raw)
        # Only now it is looked into: a document that cannot be read shows here.
        if "_id" in document:
            return document
    except BSONError as error:
        msg = f"{part.file} holds what is no document ({error})"
        raise DamagedError(msg) from error
    msg = f"{part.file} holds a document without an id"
    raise DamagedError(msg)


def check_part(folder: Path, part: Part) -> None:
    """Judge a part whole: its file's hash, then its documents."""
    file = folder / part.file
    if file.is_symlink() or not file.is_file():
        msg = f"{part.file} is missing"
        raise DamagedError(msg)
    with file.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != part.sha256:
            msg = f"{part.file} was changed or cut off: its hash is another"
            raise DamagedError(msg)
    count, content = content_of(read_part(folder, part))
    if (count, content) != (part.documents, part.content_sha256):
        msg = f"{part.file} holds {count} documents that are not those of the list"
        raise DamagedError(msg)


def read_manifest(folder: Path) -> Manifest:
    """Read the list of a backup; what a newer release has made is told as such."""
    file = folder / MANIFEST
    try:
        with file.open("rb") as stream:
            raw = stream.read(MANIFEST_BYTES_MAX + 1)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    if len(raw) > MANIFEST_BYTES_MAX:
        msg = f"{MANIFEST} is larger than {MANIFEST_BYTES_MAX:,} bytes"
        raise DamagedError(msg)
    try:
        found = json.loads(raw)
        version = found["format"] if isinstance(found, dict) else None
    except (ValueError, KeyError, RecursionError) as error:
        msg = f"{MANIFEST} is no list of a backup"
        raise DamagedError(msg) from error
    if isinstance(version, int) and version > FORMAT:
        msg = (
            f"it has format {version}, made by release {found.get('release')!r}; "
            f"this release reads up to {FORMAT}: restore with that release"
        )
        raise DamagedError(msg)
    try:
        manifest = Manifest.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        msg = f"{MANIFEST}: {where}: {first['msg']}"
        raise DamagedError(msg) from error
    _require_known(manifest)
    return manifest


def _require_known(manifest: Manifest) -> None:
    """Refuse parts that no backup of ours has: they would be written where nothing is ours."""
    seen: set[str] = set()
    for part in manifest.parts:
        catalogue = CATALOGUES.get(part.database)
        known = catalogue is not None and part.collection in catalogue.backed_up()
        if catalogue is None or not known or part.name in seen:
            msg = f"{MANIFEST} names {part.name!r}, which no backup has"
            raise DamagedError(msg)
        if catalogue.restricted != manifest.restricted:
            msg = f"{MANIFEST} mixes referrals with what is not restricted"
            raise DamagedError(msg)
        seen.add(part.name)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the list, last of all."""
    descriptor = os.open(folder / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(manifest.model_dump_json(indent=1) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
