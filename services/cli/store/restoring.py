"""A restore: all parts judged first, then written into empty databases, then compared."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING

from services.chassis.catalogue import CLUSTERED, Kept
from services.cli.errors import CliError, ExitCode
from services.cli.store.backing_up import CHUNKS, Tell
from services.cli.store.catalogues import CATALOGUES
from services.cli.store.client import Client, Document, raw
from services.cli.store.numbering import ANALYSIS, INTAKE, MOVED, Numbers, go_on
from services.cli.store.parts import Manifest, Part, check_part, content_of, read_part

MARKER: Final = "restoring"
"""Collection of a database that is being restored: which backup, and what of it is there."""
INSERTED: Final = 500
INSERTED_BYTES: Final = 8 * 1024 * 1024
EXPIRING: Final = "expireAfterSeconds"


class OccupiedError(CliError):
    """There is something already."""

    def __init__(self, places: list[str]) -> None:
        """Name it."""
        named = ", ".join(places)
        super().__init__(
            f"{named} is not empty: a backup is restored into empty databases. With --replace what "
            "is there is dropped first; `dualwatch backup` it before",
            ExitCode.USAGE,
        )


@dataclass(frozen=True)
class Compared:
    """One part beside what is in MongoDB."""

    part: Part
    documents: int
    equal: bool

    def told(self) -> dict[str, Any]:
        """Give it as the command tells it."""
        moves = self.part.collection in MOVED
        said = "equal" if self.equal else "goes on" if moves else "DIFFERENT"
        return {
            "collection": self.part.name,
            "backup": self.part.documents,
            "store": self.documents,
            "compared": said,
        }


def verify(folder: Path, manifest: Manifest, tell: Tell) -> None:
    """Judge every part; DamagedError names the first that is not what was made."""
    for number, part in enumerate(manifest.parts):
        tell(f"checking {part.name}", number, len(manifest.parts))
        check_part(folder, part)


def compare(client: Client, manifest: Manifest, tell: Tell) -> list[Compared]:
    """Hold what is in MongoDB against the backup."""
    return [_compared(client, part, tell, manifest) for part in manifest.parts]


def _compared(client: Client, part: Part, tell: Tell, manifest: Manifest) -> Compared:
    tell(f"comparing {part.name}", manifest.parts.index(part), len(manifest.parts))
    count, content = content_of(_stored(client, part))
    return Compared(part, count, content == part.content_sha256)


def _stored(client: Client, part: Part) -> Iterator[RawBSONDocument]:
    order = ["files_id", "n"] if part.collection.endswith(CHUNKS) else ["_id"]
    found = raw(client, part.database, part.collection).find({}, allow_disk_use=True)
    yield from found.sort([(name, ASCENDING) for name in order])


def is_begun(client: Client, manifest: Manifest) -> bool:
    """Whether this backup's restore was broken off here: then it is gone on with."""
    wanted = {"_id": manifest.id}
    databases = {part.database for part in manifest.parts}
    return any(client[each][MARKER].find_one(wanted) is not None for each in databases)


def require_room(client: Client, manifest: Manifest) -> None:
    """Raise OccupiedError unless the databases are empty, or hold a part of this very restore."""
    if found := occupied(client, manifest):
        raise OccupiedError(found)


def occupied(client: Client, manifest: Manifest) -> list[str]:
    """Name the databases that hold something else than a part of this very restore."""
    found: list[str] = []
    for database in sorted({part.database for part in manifest.parts}):
        begun = client[database][MARKER].find_one({})
        if begun is not None and begun["_id"] != manifest.id:
            found.append(f"{database} (half of backup {begun['_id']})")
        elif begun is None and not is_empty(client, database):
            found.append(database)
    return found


def make_room(client: Client, manifest: Manifest) -> None:
    """Drop what is there, unless it is a part of this very restore: that is gone on with."""
    # A restore that was broken off at its very end has let go of some databases and not of others.
    if not is_begun(client, manifest) or occupied(client, manifest):
        drop(client, manifest)


def is_empty(client: Client, database: str) -> bool:
    """Whether a database holds nothing that would be missed."""
    catalogue = CATALOGUES[database]
    for name in client[database].list_collection_names():
        known = catalogue.find(name)
        missed = known is None or known.kept is not Kept.AWAY
        if missed and client[database][name].find_one({}, {"_id": 1}) is not None:
            return False
    return True


def drop(client: Client, manifest: Manifest) -> None:
    """Drop all in the databases that the backup holds parts of; the projection with the ledger.

    Collection by collection: an operator has no right to drop a database.
    """
    databases = {part.database for part in manifest.parts}
    for database in sorted(databases | ({ANALYSIS} if INTAKE in databases else set())):
        for name in client[database].list_collection_names():
            client[database].drop_collection(name)


def restore(
    client: Client,
    folder: Path,
    manifest: Manifest,
    numbers: Callable[[], Numbers],
    tell: Tell,
) -> tuple[list[Compared], list[str]]:
    """Write what was judged; broken off, it is gone on with when it is called again.

    Gives what was compared, and what was said of the numbers.
    """
    databases = {part.database for part in manifest.parts}
    done = {database: _begin(client, database, manifest) for database in databases}
    for number, part in enumerate(manifest.parts):
        tell(f"writing {part.name}", number, len(manifest.parts))
        if part.collection not in done[part.database]:
            _write(client, folder, part)
            note = {"$addToSet": {"done": part.collection}}
            client[part.database][MARKER].update_one({"_id": manifest.id}, note)
    compared = [
        _compared(client, part, tell, manifest)
        for part in manifest.parts
        if part.collection not in MOVED or part.collection not in done[part.database]
    ]
    wrong = [each.part.name for each in compared if not each.equal]
    if wrong:
        message = f"{', '.join(wrong)} differ from the backup after they were written"
        raise CliError(message, ExitCode.FAILED_CHECK)
    said = go_on(client, databases, numbers())
    for part in manifest.parts:
        _index(client, part, expiring=True)
    for database in databases:
        client[database].drop_collection(MARKER)
    return compared, said


def _begin(client: Client, database: str, manifest: Manifest) -> set[str]:
    marker = client[database][MARKER]
    first: Document = {"$setOnInsert": {"release": manifest.release, "done": []}}
    marker.update_one({"_id": manifest.id}, first, upsert=True)
    found = marker.find_one({"_id": manifest.id}) or {}
    return set(found.get("done", ()))


def _write(client: Client, folder: Path, part: Part) -> None:
    """Write one collection from its beginning."""
    database = client[part.database]
    database.drop_collection(part.collection)
    database.create_collection(part.collection, **(CLUSTERED if part.clustered else {}))
    _index(client, part, expiring=False)
    target = raw(client, part.database, part.collection)
    for batch in _batches(read_part(folder, part)):
        target.insert_many(batch, ordered=True)


def _batches(documents: Iterable[RawBSONDocument]) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.raw)
        if len(batch) >= INSERTED or size >= INSERTED_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _index(client: Client, part: Part, *, expiring: bool) -> None:
    """Make its indexes: those by which documents expire last of all, once all was compared."""
    wanted = [
        {**index, "key": dict(index["key"])}
        for index in islice(part.indexes, INSERTED)
        if (EXPIRING in index) is expiring
    ]
    if wanted:
        client[part.database].command("createIndexes", part.collection, indexes=wanted)
