"""Making checkpoints: one snapshot of all heads and positions, signed, kept in two places.

The directory is what a change of the database cannot reach; the collection gives each number once,
so that two processes cannot both make the same one, and answers people in any process.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec
from pymongo.errors import DuplicateKeyError

from contracts.record import format_cut
from contracts.topics import SUBMISSIONS
from services.chassis import clock, metrics
from services.chassis.mongo import Mongo, Progress, Session
from services.intake.domain.checkpoints import FIRST, Checkpoint, partition_leaf, stream_leaf
from services.intake.store import documents as docs
from services.intake.store.archive import Archive, BrokenArchiveError, Heads
from services.intake.store.exporting import PROJECTION
from services.intake.store.lease import LEASES
from services.intake.store.signing import Signer

CHECKPOINTS: Final = "checkpoints"
HEADS_AT_ONCE: Final = 1_000
"""Heads turned into leaves before other work of the process gets its turn."""


MADE = metrics.counter("dualwatch_intake_checkpoints_total", "Checkpoints of the ledger made.")
LATEST = metrics.gauge(
    "dualwatch_intake_checkpoint_made_seconds",
    "When the checkpoint that this process last made, or found to hold still, was made, in seconds "
    "since 1970.",
)
CHECKED = metrics.gauge(
    "dualwatch_intake_checkpoint_checked_seconds",
    "When this process last found a checkpoint to cover the ledger, in seconds since 1970; 0: not "
    "yet.",
)


class OvertakenError(Exception):
    """Another process made this number at the same time."""


class ForkedError(Exception):
    """Directory and database hold different checkpoints of one number."""


class Checkpoints:
    """The checkpoints of one deployment, as one process makes and reads them."""

    def __init__(self, mongo: Mongo, partitions: int, archive: Archive, signer: Signer) -> None:
        """Nothing is touched yet."""
        self.mongo = mongo
        self.collection = mongo.db[CHECKPOINTS]
        self.leases = mongo.db[LEASES]
        self.partitions = partitions
        self.archive = archive
        self.signer = signer
        self.progress = Progress(mongo, PROJECTION, SUBMISSIONS.name)
        self._one = asyncio.Lock()

    async def prepare(self) -> None:
        """Make the directory."""
        await asyncio.to_thread(self.archive.prepare, self.signer)

    async def page(self, after: int, limit: int) -> list[Checkpoint]:
        """List checkpoints, the oldest first."""
        found = self.collection.find({"_id": {"$gt": after}}).sort("_id", 1).limit(limit)
        return [checkpoint_of(item) async for item in found]

    async def latest(self, before: int, limit: int) -> list[Checkpoint]:
        """List the checkpoints below a number, the newest first."""
        found = self.collection.find({"_id": {"$lt": before}}).sort("_id", -1).limit(limit)
        return [checkpoint_of(item) async for item in found]

    async def stored(self, numbers: Sequence[int]) -> dict[int, Checkpoint | None]:
        """Read checkpoints of the database; null where one cannot be read."""
        found: dict[int, Checkpoint | None] = {}
        async for item in self.collection.find({"_id": {"$in": list(numbers)}}):
            try:
                found[item["_id"]] = checkpoint_of(item)
            except BrokenArchiveError:
                found[item["_id"]] = None
        return found

    async def checked(self) -> dt.datetime | None:
        """Say when a process, whichever it was, last found the ledger covered; None: never."""
        found = await self.leases.find_one({"_id": CHECKPOINTS})
        at: dt.datetime | None = (found or {}).get("checked")
        return at

    async def make(self) -> Checkpoint:
        """Make the next one; the last one again if the ledger has not grown since.

        Either way the ledger is then covered, which is noted for all processes: a checkpoint of an
        hour in which nothing happened is as old as what happened last.
        """
        made = await self._make()
        # Beside the lease: a signed checkpoint is never written in again.
        at = clock.now()
        await self.leases.update_one({"_id": CHECKPOINTS}, {"$max": {"checked": at}}, upsert=True)
        CHECKED.set(at.timestamp())
        return made

    async def _make(self) -> Checkpoint:
        async with self._one:
            last = await self._agreed()
            with Heads(self.archive.folder) as heads:
                positions = await self._snapshot(heads)
                root = heads.tree.root().hex()
                if last is not None and last.root == root:
                    LATEST.set(_made_at(last))
                    return last
                made = self._signed(last, positions, heads.tree.size, root)
                await asyncio.to_thread(heads.close)
                await self._claim(made)
                await asyncio.to_thread(self.archive.keep, made, heads)
            MADE.inc()
            LATEST.set(_made_at(made))
            return made

    async def _snapshot(self, heads: Heads) -> list[int]:
        """Write all leaves as of one moment; give the positions."""
        async with self.mongo.snapshot() as session:
            positions = await self._positions(session)
            heads.add([partition_leaf(number, at) for number, at in enumerate(positions)])
            async for leaves in self._leaves(session):
                await asyncio.to_thread(heads.add, leaves)
        return positions

    async def _positions(self, session: Session) -> list[int]:
        ids = [self.progress.id_of(partition) for partition in range(self.partitions)]
        cursor = self.progress.collection.find({"_id": {"$in": ids}}, session=session)
        found = {item["_id"]: item["position"] async for item in cursor}
        return [found.get(each, 0) for each in ids]

    async def _leaves(self, session: Session) -> AsyncIterator[list[bytes]]:
        cursor = self.mongo.db[docs.STREAMS].find({}, session=session).sort("_id", 1)
        leaves: list[bytes] = []
        async for item in cursor.batch_size(HEADS_AT_ONCE):
            leaves.append(stream_leaf(item["_id"], item["p"], (item["n"], item["h"])))
            if len(leaves) == HEADS_AT_ONCE:
                yield leaves
                leaves = []
        yield leaves

    def _signed(
        self, last: Checkpoint | None, positions: list[int], leaves: int, root: str
    ) -> Checkpoint:
        unsigned = Checkpoint(
            number=1 if last is None else last.number + 1,
            previous=FIRST if last is None else last.link,
            made=clock.now().isoformat(timespec="milliseconds"),
            positions=format_cut(positions),
            leaves=leaves,
            root=root,
            key=self.signer.key_id,
        )
        return msgspec.structs.replace(unsigned, signature=self.signer.sign(unsigned.text))

    async def _claim(self, made: Checkpoint) -> None:
        try:
            await self.collection.insert_one(document_of(made))
        except DuplicateKeyError as error:
            msg = f"checkpoint {made.number} was made by another process at the same time"
            raise OvertakenError(msg) from error

    async def _agreed(self) -> Checkpoint | None:
        """Give the last checkpoint, once directory and database both have it."""
        kept = await asyncio.to_thread(self.archive.latest)
        stored = await self.collection.find_one(sort=[("_id", -1)])
        at, to = (kept.number if kept else 0), (stored["_id"] if stored else 0)
        if kept is not None:
            await self._require_same(kept, to)
        if to < at:
            lacking = [self.archive.read(number) for number in range(to + 1, at + 1)]
            await self.collection.insert_many([document_of(each) for each in lacking])
        elif at < to:
            kept = await self._take_over(kept, to)
        return kept

    async def _require_same(self, kept: Checkpoint, to: int) -> None:
        common = min(kept.number, to)
        if not common:
            return
        ours = kept if common == kept.number else await asyncio.to_thread(self.archive.read, common)
        theirs = await self.collection.find_one({"_id": common})
        if theirs is None or checkpoint_of(theirs) != ours:
            msg = f"directory and database hold different checkpoints {common}"
            raise ForkedError(msg)

    async def _take_over(self, last: Checkpoint | None, to: int) -> Checkpoint | None:
        """Keep here what another process has made; only what is signed and follows."""
        verify = self.archive.verify()
        at = last.number if last else 0
        async for item in self.collection.find({"_id": {"$gt": at, "$lte": to}}).sort("_id", 1):
            found = checkpoint_of(item)
            follows = found.previous == (FIRST if last is None else last.link)
            if not follows or not found.is_signed(verify):
                msg = f"checkpoint {found.number} of the database is not signed, or follows nothing"
                raise ForkedError(msg)
            await asyncio.to_thread(self.archive.keep, found)
            last = found
        return last


def document_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """Write a checkpoint as a document; its number is the id."""
    fields: dict[str, Any] = msgspec.to_builtins(checkpoint)
    return {"_id": checkpoint.number, **fields}


def checkpoint_of(document: dict[str, Any]) -> Checkpoint:
    """Read a checkpoint; BrokenArchiveError if somebody has written in it."""
    fields = {name: value for name, value in document.items() if name != "_id"}
    try:
        return msgspec.convert(fields, Checkpoint)
    except msgspec.ValidationError as error:
        msg = f"checkpoint {document['_id']} of the database cannot be read: {error}"
        raise BrokenArchiveError(msg) from error


def _made_at(known: Checkpoint) -> float:
    return dt.datetime.fromisoformat(known.made).timestamp()
