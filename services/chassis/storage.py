"""How full MongoDB is, as it says itself: asked now and then, never when metrics are read."""

import asyncio
from typing import Final

from pymongo.errors import PyMongoError

from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.mongo import Mongo

EVERY_SECONDS: Final = 60.0
ANSWER_MS: Final = 5_000
"""Longest that MongoDB may count."""

DISK_SIZE: Final = metrics.gauge(
    "dualwatch_mongo_disk_size_bytes", "Size of the file system that MongoDB's primary keeps us on."
)
DISK_USED: Final = metrics.gauge(
    "dualwatch_mongo_disk_used_bytes", "What of it is used, by whatever it is."
)
STORED: Final = metrics.gauge(
    "dualwatch_mongo_stored_bytes", "What this service's database takes there, with its indexes."
)

log = get_logger(__name__)


class Storage:
    """The task."""

    def __init__(self, mongo: Mongo) -> None:
        """Know of nothing yet."""
        self._mongo = mongo

    async def run(self) -> None:
        """Ask for ever; a database that is away is waited for."""
        while True:
            try:
                await self.look()
            except PyMongoError as error:
                log.warning("storage_not_measured", reason=repr(error))
            await asyncio.sleep(clock.jittered(EVERY_SECONDS))

    async def look(self) -> None:
        """Ask once."""
        found = await self._mongo.db.command({"dbStats": 1, "maxTimeMS": ANSWER_MS})
        # A database without any collection yet is on no file system.
        DISK_SIZE.set(found.get("fsTotalSize", 0))
        DISK_USED.set(found.get("fsUsedSize", 0))
        STORED.set(found.get("totalSize", found["storageSize"] + found["indexSize"]))
