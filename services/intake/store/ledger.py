"""The ledger as its owners write it: one transaction per batch, and what a new owner must know."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from msgspec import structs
from pymongo import ReplaceOne
from pymongo.errors import OperationFailure

from contracts.record import Mark
from contracts.topics import SUBMISSIONS, partition_of
from services.chassis.clustered import by_ids
from services.chassis.commands import insert, update
from services.chassis.mongo import Mongo, Move, Progress, Session, Taken
from services.chassis.publisher import Publisher
from services.chassis.rounds import Plainly, Rounds, Writes
from services.intake.domain import jurisdictions as tenants
from services.intake.domain.chain import Entry, Head
from services.intake.domain.decision import (
    COPY_MARK,
    Decision,
    Known,
    OutgoingCopy,
    Published,
)
from services.intake.domain.jurisdictions import Jurisdiction
from services.intake.domain.silence import PARAMETERS, says_how_long
from services.intake.domain.submissions import Copy
from services.intake.store import documents as docs
from services.intake.store.exporting import PROJECTION, window
from services.intake.store.principal_log import refusals
from services.intake.store.quarantine import QuarantineBook

IDS_PER_QUERY_MAX: Final = 20_000
PAGE_POSITIONS: Final = 5_000
"""Positions read at once when a tail is published again."""
TRANSACTIONS_MAX: Final = 2
"""Transactions at once: more of them fill mongod's cache with what is not committed yet."""
DUPLICATE_KEY: Final = 11_000

Decide = Callable[[Known], Decision]


class ClaimTakenError(Exception):
    """A claim of the batch is in the store already: decide again with what is known."""


@dataclass(frozen=True)
class Held:
    """A partition in the hands of its owner."""

    taken: Taken
    jurisdictions: dict[str, Jurisdiction]
    copies: dict[int, int]
    """Home partition → position there of the last copy entered here."""
    facts: int
    """Position of the last jurisdiction fact whose home is here."""

    @property
    def position(self) -> int:
        """Last position given out."""
        return self.taken.position


class LedgerStore(Protocol):
    """What the owner of a partition needs of the store."""

    async def take(self, partition: int) -> Held:
        """Become the owner; no former owner's commit succeeds any more."""

    async def heads(self, streams: Sequence[str]) -> dict[str, Head]:
        """Read the heads of streams; those that do not exist are left out."""

    async def leads(self, subjects: Sequence[str]) -> dict[str, str]:
        """Read which units lead projects; those that none leads are left out."""

    async def commit(
        self,
        held: Held,
        offset: int,
        decide: Decide,
        keys: Sequence[bytes] | None,
        recorded_ms: int,
    ) -> tuple[Held, Decision]:
        """Decide a batch and write all of it in one transaction.

        With `keys`, the claims among them are read first; without, none is expected to exist
        and ClaimTakenError says that one does.
        """

    async def tell(self, partition: int, decision: Decision | None) -> None:
        """Tell of the quarantine what a commit has left to tell; None: what a former owner has."""

    def tail(self, held: Held, above: int) -> AsyncIterator[list[Published]]:
        """Read committed entries above a position, in order, page by page."""

    async def copies_missing(self, held: Held) -> dict[int, list[OutgoingCopy]]:
        """Find jurisdiction facts at home here that other partitions have not entered."""


class MongoLedger:
    """The ledger in MongoDB."""

    def __init__(self, mongo: Mongo, partitions: int, publisher: Publisher | None = None) -> None:
        """`partitions` is the deployment's number, fixed for ever.

        `publisher` tells of the quarantine; without one nobody is told.
        """
        self.book = QuarantineBook(mongo, publisher)
        self.mongo = mongo
        self.partitions = partitions
        self.progress = Progress(mongo, PROJECTION, SUBMISSIONS.name)
        self._gate = asyncio.Semaphore(TRANSACTIONS_MAX)
        self.rounds = Rounds(self.progress, Plainly(mongo.db, self._gate))
        """In which lanes commit the small batches of several partitions together."""

    async def take(self, partition: int) -> Held:
        """Take the partition and load what its owner keeps in memory."""
        taken = await self.progress.take(partition)
        found = self.mongo.db[docs.JURISDICTIONS].find({"_id.p": partition})
        known = {item["code"]: await self._jurisdiction(item, partition) async for item in found}
        return Held(taken, known, copies_of(taken.extra), taken.extra.get("facts", 0))

    async def _jurisdiction(self, item: docs.Document, partition: int) -> Jurisdiction:
        """Read a jurisdiction's state; one of an earlier release is brought to what we know."""
        known = docs.jurisdiction_of(item)
        if docs.knows_silence(item):
            return known
        home = partition_of(known.code, self.partitions) == partition
        stream = known.code if home else f"{known.code}{COPY_MARK}{partition}"
        async for found in self.mongo.db[docs.ENTRIES].find(docs.whole_stream(stream)):
            for _, _, _, event_type, _, raw, _ in docs.entries_of(found):
                if event_type in PARAMETERS and says_how_long(tenants.read(raw, event_type)):
                    return structs.replace(known, hears=True)
        return known

    async def heads(self, streams: Sequence[str]) -> dict[str, Head]:
        """Read heads by id, in bounded queries."""
        heads: dict[str, Head] = {}
        for start in range(0, len(streams), IDS_PER_QUERY_MAX):
            ids = streams[start : start + IDS_PER_QUERY_MAX]
            cursor = self.mongo.db[docs.STREAMS].find({"_id": {"$in": ids}})
            for item in await cursor.to_list(None):
                heads[item["_id"]] = (item["n"], item["h"])
        return heads

    async def leads(self, subjects: Sequence[str]) -> dict[str, str]:
        """Read them by id, in bounded queries; only this partition's owner writes them."""
        leads: dict[str, str] = {}
        for start in range(0, len(subjects), IDS_PER_QUERY_MAX):
            ids = subjects[start : start + IDS_PER_QUERY_MAX]
            cursor = self.mongo.db[docs.LEADS].find({"_id": {"$in": ids}})
            leads.update({item["_id"]: item["u"] async for item in cursor})
        return leads

    async def commit(
        self,
        held: Held,
        offset: int,
        decide: Decide,
        keys: Sequence[bytes] | None,
        recorded_ms: int,
    ) -> tuple[Held, Decision]:
        """Write a batch; whatever fails leaves nothing behind."""
        if keys is not None:
            taken, decision = await self._commit(held, offset, decide, keys, recorded_ms)
            return _held_after(held, taken, decision), decision
        optimistic = decide(Known())

        async def alone() -> Taken:
            moved, _ = await self._commit(held, offset, lambda _: optimistic, None, recorded_ms)
            return moved

        if _is_common(optimistic):
            extra = _extra(optimistic, held.taken.extra.get("quarantine", 0))
            move = Move(held.taken, optimistic.position, offset, extra)
            partition = held.taken.partition
            taken = await self.rounds.commit(
                move, lambda: _writes(optimistic, partition, recorded_ms), alone
            )
        else:
            taken = await alone()
        return _held_after(held, taken, optimistic), optimistic

    async def _commit(
        self,
        held: Held,
        offset: int,
        decide: Decide,
        keys: Sequence[bytes] | None,
        recorded_ms: int,
    ) -> tuple[Taken, Decision]:
        """Write a batch in a transaction of its own."""
        optimistic = decide(Known()) if keys is None else None

        async def work(session: Session) -> tuple[Taken, Decision]:
            if optimistic is not None:
                decision = optimistic
            else:
                decision = decide(await self._known(keys or (), session))
            return await self._write(held, offset, decision, session, recorded_ms), decision

        try:
            async with self._gate:
                return await held.taken.transaction(work)
        except OperationFailure as error:
            if optimistic is None or error.code != DUPLICATE_KEY:
                raise
            raise ClaimTakenError from error

    async def tell(self, partition: int, decision: Decision | None) -> None:
        """Publish what the outbox has of it."""
        if decision is None:
            await self.book.flush(partition)
        elif decision.told:
            await self.book.publish(partition, decision.told)

    async def tail(self, held: Held, above: int) -> AsyncIterator[list[Published]]:
        """Read by windows of positions."""
        for first in range(above + 1, held.position + 1, PAGE_POSITIONS):
            last = min(first + PAGE_POSITIONS - 1, held.position)
            page = await window(self.mongo, held.taken.partition, first, last)
            yield [_published(entry, stream) for entry, stream in page]

    async def copies_missing(self, held: Held) -> dict[int, list[OutgoingCopy]]:
        """Compare what every other partition has entered with the streams at home here."""
        home = held.taken.partition
        entered = {
            partition: copies_of(item["extra"]).get(home, 0) if item else 0
            for partition, item in enumerate(await self.progress.read(self.partitions))
            if partition != home
        }
        least = min(entered.values(), default=held.facts)
        if least >= held.facts:
            return {}
        facts = await self._facts_at_home(held, least)
        return {
            partition: missing
            for partition, position in entered.items()
            if (missing := [fact for fact in facts if fact.copy.position > position])
        }

    async def _facts_at_home(self, held: Held, above: int) -> list[OutgoingCopy]:
        """Read the facts behind `above`, which is itself the position of one, or 0."""
        home = held.taken.partition
        facts = [
            (entry, code)
            for code in held.jurisdictions
            if partition_of(code, self.partitions) == home
            async for item in self.mongo.db[docs.ENTRIES].find(
                {**docs.whole_stream(code), "z": {"$gt": above}}
            )
            for entry in docs.entries_of(item)
            if entry[1] > above
        ]
        facts.sort(key=lambda found: found[0][1])
        before = [above, *(entry[1] for entry, _ in facts)]
        return [
            OutgoingCopy(code, entry[5], entry[4], Copy(home, entry[1], entry[0], previous))
            for (entry, code), previous in zip(facts, before, strict=False)
        ]

    async def _known(self, keys: Sequence[bytes], session: Session) -> Known:
        found: list[docs.Document] = []
        for start in range(0, len(keys), IDS_PER_QUERY_MAX):
            ids = keys[start : start + IDS_PER_QUERY_MAX]
            found += await by_ids(self.mongo.db, docs.CLAIMS, ids, session)
        return docs.known_of(found)

    async def _write(
        self, held: Held, offset: int, decision: Decision, session: Session, recorded_ms: int
    ) -> Taken:
        partition = held.taken.partition
        writes = _writes(decision, partition, recorded_ms)
        for name, documents in writes.inserts.items():
            await insert(self.mongo.db, name, documents, session)
        for name, changes in writes.updates.items():
            await update(self.mongo.db, name, changes, session)
        await self._write_rare(decision, partition, session, recorded_ms)
        known = {**held.jurisdictions, **decision.jurisdictions}
        told = held.taken.extra.get("quarantine", 0)
        decision.told = await self.book.write(
            decision, partition, session, known, recorded_ms, told
        )
        return await held.taken.advance(
            session,
            position=decision.position,
            offset=offset,
            extra=_extra(decision, told + len(decision.told)),
        )

    async def _write_rare(
        self, decision: Decision, partition: int, session: Session, recorded_ms: int
    ) -> None:
        if decision.quarantine:
            refused = refusals(decision.quarantine, recorded_ms)
            await insert(self.mongo.db, docs.PRINCIPAL_LOG, refused, session)
        if decision.leads:
            leads = [
                ReplaceOne({"_id": subject}, {"_id": subject, "u": unit}, upsert=True)
                for subject, unit in decision.leads.items()
            ]
            await self.mongo.db[docs.LEADS].bulk_write(leads, ordered=False, session=session)
        if decision.organisations:
            moves = [docs.organisation_update(found) for found in decision.organisations]
            await self.mongo.db[docs.ORGANISATIONS].bulk_write(moves, session=session)
        if decision.jurisdictions:
            states = (
                docs.jurisdiction_document(state, partition, self.partitions)
                for state in decision.jurisdictions.values()
            )
            await self.mongo.db[docs.JURISDICTIONS].bulk_write(
                [ReplaceOne(key, document, upsert=True) for key, document in states],
                session=session,
            )


def _is_common(decision: Decision) -> bool:
    """Whether a decision is all written by `_writes`: nothing is read before, and nothing told."""
    rare = (decision.quarantine, decision.orders, decision.leads, decision.organisations)
    return not (any(rare) or decision.jurisdictions)


def _writes(decision: Decision, partition: int, recorded_ms: int) -> Writes:
    """Write what every batch has."""
    return Writes(
        {
            docs.CLAIMS: docs.claim_documents(decision),
            docs.ENTRIES: docs.entry_documents(decision.entries, partition),
            docs.STREAMS: docs.new_heads(decision, partition),
            docs.VERDICTS: docs.verdict_documents(decision, partition, docs.moment(recorded_ms)),
        },
        {docs.STREAMS: docs.moved_heads(decision, partition)},
    )


def _extra(decision: Decision, told: int) -> docs.Document:
    """Write what the owner keeps with its progress; `told`: last number on `quarantine`."""
    return {
        "copies": {str(home): n for home, n in decision.entered_copies.items()},
        "facts": decision.facts,
        "quarantine": told,
    }


def _held_after(held: Held, taken: Taken, decision: Decision) -> Held:
    return replace(
        held,
        taken=taken,
        jurisdictions={**held.jurisdictions, **decision.jurisdictions},
        copies=dict(decision.entered_copies),
        facts=decision.facts,
    )


def copies_of(extra: Mapping[str, Any]) -> dict[int, int]:
    """Read which copies a partition has entered, from its progress."""
    return {int(home): position for home, position in extra.get("copies", {}).items()}


def _published(entry: Entry, stream: str) -> Published:
    sequence, position, recorded_ms, event_type, publisher, raw, _ = entry
    subject, _, _ = stream.partition(COPY_MARK)
    mark = Mark(position, sequence, recorded_ms, position, event_type, publisher)
    return subject.encode(), raw, mark.to_bytes()
