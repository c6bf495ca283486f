"""Reading the ledger partition by partition, in the order of positions, a window at a time."""

from typing import Final

from contracts.topics import SUBMISSIONS
from services.chassis.mongo import Mongo, Progress
from services.intake.domain.chain import Entry
from services.intake.store import documents as docs

PROJECTION: Final = "ledger"
"""Name of the owners' progress."""
BATCH_POSITIONS_MAX: Final = 20_000
"""Most positions one batch gives out: how far apart those of one document can be."""


async def window(mongo: Mongo, partition: int, first: int, last: int) -> list[tuple[Entry, str]]:
    """Read the entries at positions `first` … `last`, in order, each with its stream.

    The documents of one batch overlap, so a window is sorted.
    """
    wanted = {
        "p": partition,
        "a": {"$gt": first - BATCH_POSITIONS_MAX, "$lte": last},
        "z": {"$gte": first},
    }
    found = [
        (entry, item["_id"]["s"])
        async for item in mongo.db[docs.ENTRIES].find(wanted)
        for entry in docs.entries_of(item)
        if first <= entry[1] <= last
    ]
    found.sort(key=lambda each: each[0][1])
    return found


class Export:
    """The whole ledger, a page at a time."""

    def __init__(self, mongo: Mongo, partitions: int) -> None:
        """`partitions` is the deployment's number."""
        self.mongo = mongo
        self.partitions = partitions
        self.progress = Progress(mongo, PROJECTION, SUBMISSIONS.name)

    async def page(self, partition: int, after: int, limit: int) -> list[tuple[Entry, str]]:
        """Read the entries behind a position, at most `limit`; none at the end."""
        end = (await self.progress.positions(self.partitions))[partition]
        last = min(after + limit, end)
        return await window(self.mongo, partition, after + 1, last) if last > after else []
