"""Published packs, as each partition was told of them, in the order it was."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from pymongo import IndexModel, UpdateOne
from pymongo.errors import DuplicateKeyError, PyMongoError

from contracts.envelope import AnyEvent
from contracts.events.intake import JurisdictionRegistered, RulePackPublished
from services.alerts.domain.layers import LayerKey, StoredPack
from services.alerts.store.documents import Document
from services.alerts.store.renewing import Renewing
from services.chassis.log import get_logger
from services.chassis.mongo import Mongo, Session
from services.chassis.statements import Statements

log = get_logger(__name__)

INDEXES: Final = {
    "rule_packs": [
        IndexModel([("partition", 1), ("jurisdiction", 1)]),
        IndexModel([("jurisdiction", 1), ("pack", 1), ("version", 1)]),
    ],
    "rule_parents": [IndexModel([("partition", 1)])],
}
PACKS_MAX: Final = 10_000
"""Most published packs of one partition that are read."""
PUBLISHED: Final = RulePackPublished.event_type()
REGISTERED: Final = JurisdictionRegistered.event_type()

PackNames = tuple[tuple[str | None, ...], ...]
"""What names the packs of a partition, and who inherits from whom; compared alone."""


def stored_of(event: AnyEvent) -> StoredPack:
    """Take a pack from the fact that publishes it."""
    told = event.data
    return StoredPack(
        LayerKey(event.subject, told.organisation or "", told.pack, told.version),
        told.effective_from or told.date,
        told.effective_to,
        told.sha256,
        told.content,
        told.date,
    )


class PackStatements:
    """States a pack to intake: only the ledger's copy of it judges."""

    def __init__(self, mongo: Mongo, statements: Statements) -> None:
        """`statements` publishes what is committed."""
        self._mongo = mongo
        self._statements = statements

    async def state(self, event: AnyEvent) -> None:
        """Keep the fact until it is published; the same fact again is the same."""
        try:
            await self._mongo.transaction(lambda session: self._statements.add(session, event))
        except DuplicateKeyError:
            log.info("pack_stated_already", id=event.id)
        self._statements.nudge()


class PackStore:
    """Keeps what was published, with the batch that brought it."""

    def __init__(self, mongo: Mongo) -> None:
        """`open` comes before the first use."""
        self._mongo = mongo
        self._packs = mongo.db["rule_packs"]
        self._parents = mongo.db["rule_parents"]
        self._jurisdictions = mongo.db["jurisdictions"]
        self._renewing = Renewing(mongo)

    async def open(self) -> None:
        """Create the collections."""
        await self._mongo.create(INDEXES)

    async def keep(self, session: Session, partition: int, facts: Sequence[AnyEvent]) -> None:
        """Write the packs and parents among a batch's facts; wake what other terms are about."""
        packs = [_pack_write(partition, event) for event in facts if event.type == PUBLISHED]
        if packs:
            await self._packs.bulk_write(packs, session=session)
        parents = [_parent_write(partition, event) for event in facts if event.type == REGISTERED]
        if parents:
            await self._parents.bulk_write(parents, session=session)
        await self._renewing.keep(session, partition, facts)

    async def packs(self, partition: int) -> AsyncIterator[StoredPack]:
        """Yield every version of every pack that the partition was told of."""
        cursor = self._packs.find({"partition": partition}).sort("_id", 1).limit(PACKS_MAX)
        async for document in cursor:
            yield pack_of(document)

    async def names(self, partition: int) -> PackNames:
        """Name what the partition was told of, without its words: equal names are equal books."""
        shown = ("_id", "sha256", "effective_from", "effective_to")
        cursor = self._packs.find({"partition": partition}, dict.fromkeys(shown, 1))
        documents = await cursor.sort("_id", 1).limit(PACKS_MAX).to_list(PACKS_MAX)
        packs = [tuple([document[name] for name in shown]) for document in documents]
        return (*packs, *sorted((await self.parents(partition)).items()))

    async def told(self, partition: int) -> tuple[list[StoredPack], dict[str, str]] | None:
        """Return packs and parents of a partition; None while MongoDB is away."""
        try:
            return [pack async for pack in self.packs(partition)], await self.parents(partition)
        except PyMongoError as error:
            log.warning("packs_not_read", why=str(error))
            return None

    async def pack(self, key: LayerKey) -> StoredPack | None:
        """Return a published version as any partition was told of it."""
        wanted = {
            "jurisdiction": key.jurisdiction,
            "organisation": key.organisation,
            "pack": key.pack,
            "version": key.version,
        }
        document = await self._packs.find_one(wanted)
        return pack_of(document) if document else None

    async def today(self, jurisdiction: str) -> dt.date | None:
        """Return the last day that was opened in a jurisdiction; None: none is known."""
        found = await self._jurisdictions.find_one({"_id": jurisdiction}, {"day": 1})
        day = found.get("day") if found else None
        return dt.date.fromisoformat(day) if day else None

    async def parents(self, partition: int) -> dict[str, str]:
        """Return who inherits from whom."""
        return {
            document["jurisdiction"]: document["parent"]
            async for document in self._parents.find({"partition": partition})
            if document["parent"] is not None
        }


def _pack_write(partition: int, event: AnyEvent) -> UpdateOne:
    pack = stored_of(event)
    key = pack.key
    name = "\0".join((str(partition), key.jurisdiction, key.organisation, key.pack))
    until = pack.effective_to
    document: Document = {
        "partition": partition,
        "jurisdiction": key.jurisdiction,
        "organisation": key.organisation,
        "pack": key.pack,
        "version": key.version,
        "effective_from": pack.effective_from.isoformat(),
        "effective_to": until.isoformat() if until else None,
        "sha256": pack.sha256,
        "content": pack.content,
        "published_on": pack.published_on.isoformat(),
    }
    return UpdateOne({"_id": f"{name}\0{key.version:016d}"}, {"$set": document}, upsert=True)


def _parent_write(partition: int, event: AnyEvent) -> UpdateOne:
    document: Document = {
        "partition": partition,
        "jurisdiction": event.subject,
        "parent": event.data.parent,
    }
    return UpdateOne({"_id": f"{partition}:{event.subject}"}, {"$set": document}, upsert=True)


def pack_of(document: Any) -> StoredPack:
    """Read a pack."""
    until = document["effective_to"]
    return StoredPack(
        LayerKey(
            document["jurisdiction"],
            document["organisation"],
            document["pack"],
            document["version"],
        ),
        dt.date.fromisoformat(document["effective_from"]),
        dt.date.fromisoformat(until) if until else None,
        document["sha256"],
        document["content"],
        dt.date.fromisoformat(document["published_on"]),
    )
