"""What both hand-written loops need of MongoDB: to own a partition and to commit a batch."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cramjam
from bson.binary import UUID_SUBTYPE, Binary
from pymongo import AsyncMongoClient, IndexModel, ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

ATTEMPTS_MAX: Final = 50
"""Runs of one transaction that fails for a passing reason."""
BACKOFF_SECONDS: Final = 0.02
NAMESPACE_EXISTS: Final = 48
TRANSACTIONS_MAX: Final = 2
"""At once; more fill a small cache with what is not committed, and mongod rolls them back."""
CLUSTERED: Final[dict[str, Any]] = {
    "clusteredIndex": {"key": {"_id": 1}, "unique": True},
    "storageEngine": {"wiredTiger": {"configString": "leaf_page_max=8KB,allocation_size=512B"}},
}
WRITE: Final = WriteConcern(w="majority", j=True)
MAJORITY: Final = ReadConcern("majority")
"""What is read outside of transactions is never rolled back."""
SNAPSHOT: Final = ReadConcern("snapshot")

Document = dict[str, Any]
Session = AsyncClientSession
Database = AsyncDatabase[Document]
Indexes = Mapping[str, Sequence[IndexModel]]
"""Collections by name, with their indexes beside the one of `_id`."""


@dataclass
class Place:
    """How far one partition has come, as its present owner knows it."""

    key: str
    session: Session
    epoch: int
    position: int
    offset: int


class SupersededError(Exception):
    """Another process owns the partition."""


def squeeze(packed: bytes) -> bytes:
    """Compress what is only kept: a microsecond here saves mongod several, three times over."""
    return bytes(cramjam.lz4.compress_block(packed))


def expand(squeezed: bytes) -> bytes:
    """Give back what `squeeze` was given."""
    return bytes(cramjam.lz4.decompress_block(squeezed))


def inserts(collection: str, documents: list[Document]) -> list[Document]:
    """Give the command that inserts the documents; a first failure ends it."""
    return [{"insert": collection, "documents": documents}] if documents else []


def updates(collection: str, changes: list[Document]) -> list[Document]:
    """Give the command that makes the changes."""
    return [{"update": collection, "updates": changes}] if changes else []


class Store:
    """One database, and the three calls the loops make."""

    def __init__(self, url: str, name: str) -> None:
        """Connect on first use."""
        self.client: AsyncMongoClient[Document] = AsyncMongoClient(url)
        self.gate = asyncio.Semaphore(TRANSACTIONS_MAX)
        self.db: Database = self.client.get_database(name, None, None, WRITE, MAJORITY)

    async def create(self, collections: Indexes) -> None:
        """Make the collections that are missing, each one B-tree in the order of its ids."""
        known = await self.db.list_collection_names()
        for name, indexes in collections.items():
            if name not in known:
                await self._create(name)
            if indexes:
                await self.db[name].create_indexes(list(indexes))

    async def _create(self, name: str) -> None:
        try:
            # Asked first whether it is there, pymongo would raise an error of its own.
            await self.db.create_collection(name, check_exists=False, **CLUSTERED)
        except OperationFailure as error:
            # The links of a chain start at once.
            if error.code != NAMESPACE_EXISTS:
                raise

    async def take(self, topic: str, partition: int, offset: int) -> Place:
        """Become the owner; end the former owner's session, whose locks would last a minute."""
        session = self.client.start_session()
        key = {"_id": f"limit:{topic}:{partition}"}
        former = await self.db.progress.find_one(key)
        if former is not None:
            await self.client.admin.command("killSessions", [{"id": former["session"]}])
        found: Any = await self.db.progress.find_one_and_update(
            key,
            {
                "$inc": {"epoch": 1},
                "$set": {"session": Binary(session.session_id["id"], UUID_SUBTYPE)},
                "$setOnInsert": {"position": 0, "offset": offset},
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return Place(key["_id"], session, found["epoch"], found["position"], found["offset"])

    async def commit(
        self, place: Place, commands: Sequence[Document], position: int, offset: int
    ) -> None:
        """Write all and move progress, in one transaction; passing failures run it again.

        A commit whose end stays unknown, after the driver's own retry, ends the process; its next
        start is exact.
        """
        for attempt in range(ATTEMPTS_MAX):
            try:
                async with self.gate:
                    await self._commit(place, commands, position, offset)
            except PyMongoError as error:
                if not error.has_error_label("TransientTransactionError"):
                    raise
                await asyncio.sleep(BACKOFF_SECONDS * attempt)
            else:
                place.position, place.offset = position, offset
                return
        message = f"{place.key}: {ATTEMPTS_MAX} attempts were not enough"
        raise TimeoutError(message)

    async def _commit(
        self, place: Place, commands: Sequence[Document], position: int, offset: int
    ) -> None:
        session = place.session
        async with await session.start_transaction(SNAPSHOT, WRITE):
            for command in commands:
                await self._write(command, session)
            held = {"_id": place.key, "epoch": place.epoch, "position": place.position}
            moved = {"$set": {"position": position, "offset": offset}}
            result = await self.db.progress.update_one(held, moved, session=session)
            if result.matched_count != 1:
                raise SupersededError(place.key)

    async def _write(self, command: Document, session: Session) -> None:
        # A plain command: the driver's bulk classes cost more than the encoding of the documents.
        answer = await self.db.command(command, session=session)
        if errors := answer.get("writeErrors"):
            raise OperationFailure(errors[0]["errmsg"], errors[0]["code"], answer)
