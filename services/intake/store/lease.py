"""A lease: of all processes of the service, one does a thing, until it is gone for a while."""

import contextlib
import datetime as dt
from typing import Final

from pymongo.errors import DuplicateKeyError

from services.chassis import clock
from services.chassis.mongo import Mongo

LEASES: Final = "leases"
LONG_AGO: Final = dt.datetime.fromtimestamp(0, dt.UTC)


class Lease:
    """A thing that one process at a time does."""

    def __init__(self, mongo: Mongo, name: str, seconds: int) -> None:
        """The lease ends by itself when its holder has not come back for so many seconds."""
        self.leases = mongo.db[LEASES]
        self.name = name
        self.seconds = seconds
        self.holder = clock.new_id()

    async def take(self) -> bool:
        """Take or extend it; False while another process has it. Time is the database's."""
        key = {"_id": self.name}
        # First, for a condition on the database's clock finds only what exists.
        nobody = {"holder": None, "until": LONG_AGO}
        with contextlib.suppress(DuplicateKeyError):
            await self.leases.update_one(key, {"$setOnInsert": nobody}, upsert=True)
        free = {"$or": [{"$eq": ["$holder", self.holder]}, {"$lt": ["$until", "$$NOW"]}]}
        until = {"$dateAdd": {"startDate": "$$NOW", "unit": "second", "amount": self.seconds}}
        result = await self.leases.update_one(
            {**key, "$expr": free}, [{"$set": {"holder": self.holder, "until": until}}]
        )
        return bool(result.matched_count)

    async def release(self) -> None:
        """Let it go, so that another process need not wait for its end."""
        await self.leases.delete_one({"_id": self.name, "holder": self.holder})
