"""A projection that was lost: its numbers on `assessments` go on, and nothing is said twice.

The topic's last record on a partition tells both numbers: its own position, which readers have,
and that of the ledger's entry that it rests on. So an empty database is given a first generation
that stands there and that nobody reads; the next one is built beside it in silence, as after an
upgrade, and takes over its numbers.
"""

from collections.abc import Mapping
from typing import Final

from contracts.record import Mark
from services.analysis.store.generations import FIRST, Generation, Generations
from services.analysis.store.states import Standing

LOST: Final = 0
"""State version of a generation that is gone: no release reads it."""


async def number_on(generations: Generations, told: Mapping[int, Mark]) -> None:
    """Let an empty database go on behind what was told last, by partition; others stay as are."""
    if not told or not await generations.none_begun():
        return
    lost = Generation(FIRST, LOST)
    progress = generations.mongo.db["progress"]
    for partition, mark in told.items():
        # The entry itself may not have been told to its end: from it on all is told again.
        standing = Standing(mark.cause - 1, None, mark.position)
        fresh = {"epoch": 0, "position": standing.position, "offset": None}
        await progress.update_one(
            {"_id": lost.progress_of(partition)},
            {"$setOnInsert": {**fresh, "extra": standing.extra()}},
            upsert=True,
        )
    await generations.known.update_one(
        {"_id": FIRST}, {"$setOnInsert": {"state_version": LOST}}, upsert=True
    )
