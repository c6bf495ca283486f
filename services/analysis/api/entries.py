"""A project's entries, decoded: what explanations are made from."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from contracts.topics import partition_of
from services.analysis.api.asking import AskedWhole
from services.analysis.api.known import copy_then
from services.analysis.api.problems import too_many_entries
from services.analysis.domain import Entry, Jurisdiction
from services.analysis.store.events import read_event
from services.analysis.store.reading import Reader
from services.analysis.store.states import KeptEntry
from services.analysis.store.tables import TableReader

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


async def as_known_in(reader: TableReader, whole: AskedWhole, partition: int) -> Jurisdiction:
    """Return the jurisdiction as a partition knows it, or knew it at the cut asked about.

    Of an entry it tells what was opened before: positions are those of its own partition.
    """
    if whole.known_at is not None:
        found = await copy_then(reader, whole.code, partition, whole.known_at)
    else:
        async with reader.moment(whole.code) as present:
            found = present.copies.get(partition)
    return found or whole.jurisdiction


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
