"""A project's entries, decoded: what explanations are made from."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from contracts.topics import partition_of
from services.analysis.api.problems import too_many_entries
from services.analysis.domain import Entry
from services.analysis.store.events import read_event
from services.analysis.store.reading import Reader
from services.analysis.store.states import KeptEntry

ENTRIES_MAX: Final = 200_000
"""Most entries of one project that an answer is made from."""


class Entries(NamedTuple):
    """Entries of a project up to a position of its partition, in order."""

    items: list[Entry]
    partition: int


async def read_entries(reader: Reader, project: str, cut: Sequence[int]) -> Entries:
    """Read a project's entries up to a cut; 422 where they are too many."""
    partition = partition_of(project, len(cut))
    kept = await reader.entries(project, cut[partition], ENTRIES_MAX)
    if kept is None:
        raise too_many_entries(ENTRIES_MAX)
    # Thousands of entries take a while: other answers go out meanwhile.
    return Entries(await asyncio.to_thread(decoded, kept), partition)


def decoded(kept: Sequence[KeptEntry]) -> list[Entry]:
    """Decode kept entries."""
    return [
        Entry(
            entry.sequence,
            entry.position,
            entry.recorded_ms,
            read_event(entry.raw, entry.event_type),
        )
        for entry in kept
    ]
