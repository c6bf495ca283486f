"""Entries that corrections name, read back from what is kept of the ledger."""

import asyncio
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from services.analysis.store.documents import unpacked
from services.analysis.store.states import KeptEntry

AT_ONCE_MAX: Final = 16
"""Most documents asked for at the same time."""

Wanted = Mapping[str, AbstractSet[int]]
"""Sequences by project."""
Kept = dict[str, dict[int, KeptEntry]]
"""Entries by project and sequence."""


async def load(entries: Any, wanted: Wanted) -> Kept:
    """Read entries of a collection of packs; those that are not kept are left out."""
    room = asyncio.Semaphore(AT_ONCE_MAX)

    async def of(project: str, sequences: AbstractSet[int]) -> tuple[str, dict[int, KeptEntry]]:
        async with room:
            return project, await _of_project(entries, project, sequences)

    return dict(await asyncio.gather(*(of(*asked) for asked in wanted.items())))


async def _of_project(
    entries: Any, project: str, sequences: AbstractSet[int]
) -> dict[int, KeptEntry]:
    found: dict[int, KeptEntry] = {}
    for sequence in sorted(sequences):
        if sequence in found:
            continue
        # The pack that begins last at or before the entry holds it, if any does.
        query = {"_id": {"$gte": {"p": project, "n": 0}, "$lte": {"p": project, "n": sequence}}}
        for document in await entries.find(query).sort("_id", -1).limit(1).to_list(None):
            for kept in unpacked(document):
                if kept.sequence in sequences:
                    found[kept.sequence] = kept
    return found
