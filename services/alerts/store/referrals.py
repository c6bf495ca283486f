"""Referrals: a database of their own, so that its users and backups can be others (Art. 16)."""

from typing import Final

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.alerts.domain.decisions import Taken
from services.alerts.domain.referrals import StepForm, StepKind, chained, told_by
from services.alerts.store.documents import Document
from services.chassis.mongo import Mongo
from services.chassis.settings import MongoSettings

DATABASE: Final = "dualwatch_referrals"
COLLECTION: Final = "referrals"
INDEXES: Final = {COLLECTION: [IndexModel([("readers", 1), ("made_ms", -1), ("_id", 1)])]}
TRIES_MAX: Final = 10
"""How often a step is written anew because another came first."""


class BusyError(Exception):
    """Others changed the referral all the time."""


class ReferralStore:
    """Writes and reads referrals; whoever asks is named, or there is none."""

    def __init__(self, settings: MongoSettings) -> None:
        """Make a client of its own."""
        self._mongo = Mongo(settings, DATABASE)
        self._referrals = self._mongo.db[COLLECTION]

    async def open(self) -> None:
        """Create the collection."""
        await self._mongo.create(INDEXES)

    async def close(self) -> None:
        """Close the connections."""
        self._mongo.close()

    async def make(self, document: Document) -> tuple[Document, bool]:
        """Keep a new referral; the one that the same request made, and False, if it did."""
        try:
            await self._referrals.insert_one(document)
        except DuplicateKeyError:
            found: Document | None = await self._referrals.find_one({"_id": document["_id"]})
            return found or document, False
        return document, True

    async def named(self, principal: str, limit: int) -> list[Document]:
        """Read the referrals that somebody may see, last made first."""
        cursor = self._referrals.find({"readers": principal}).sort([("made_ms", -1), ("_id", 1)])
        return await cursor.limit(limit).to_list(limit)

    async def one(self, name: str, principal: str) -> Document | None:
        """Read one that somebody may see; None if there is none, or none for them."""
        return await self._referrals.find_one({"_id": name, "readers": principal})

    async def step(self, document: Document, form: StepForm, taken: Taken) -> Document | None:
        """Add a step to what was read; None if another step came first: read and judge again."""
        step = chained(document["steps"][-1], form.kind, taken, told_by(form))
        change: Document = {"$push": {"steps": step}}
        if form.kind is StepKind.NAMED and form.readers is not None:
            # Who made it sees it as long as it is there.
            readers = sorted({document["steps"][0]["by"], *form.readers})
            change["$set"] = {"readers": readers}
            document = {**document, "readers": readers}
        result = await self._referrals.update_one(
            {"_id": document["_id"], "steps": {"$size": len(document["steps"])}}, change
        )
        if result.matched_count != 1:
            return None
        return {**document, "steps": [*document["steps"], step]}
