"""Putting a proof together: the entry and what follows it from the store, the path from files."""

import asyncio
from typing import Final

from services.intake.domain.chain import GENESIS, Entry
from services.intake.domain.checkpoints import Checkpoint, Leaf, read_leaf
from services.intake.domain.merkle import Path, leaf_hash
from services.intake.domain.proofs import FOLLOWING_MAX, PROOF_BYTES_MAX, Link, Proof
from services.intake.store.archive import Archive
from services.intake.store.reading import Reader

EVENTS_BYTES_MAX: Final = PROOF_BYTES_MAX // 4
"""Most bytes of events in a proof: escaped as JSON strings they may grow."""
ENTRIES_AT_ONCE: Final = 500


class NoCheckpointError(Exception):
    """There is no checkpoint with its leaves here."""


class NotCoveredError(Exception):
    """The last checkpoint was made before the entry."""


class TooLongError(Exception):
    """So many entries follow that the proof would be too large."""


class NoEntryError(Exception):
    """There is no such entry."""


async def prove(reader: Reader, archive: Archive, stream: str, sequence: int) -> Proof:
    """Prove an entry against the last checkpoint."""
    checkpoint = await asyncio.to_thread(archive.latest, with_heads=True)
    if checkpoint is None:
        raise NoCheckpointError
    if not await reader.head(stream):
        raise NoEntryError
    found = await asyncio.to_thread(_find, archive, checkpoint, stream)
    if found is None or found[1].head[0] < sequence:
        _, later = await reader.entries(stream, sequence - 1, 1)
        raise NotCoveredError(checkpoint.number) if later else NoEntryError
    index, leaf = found
    path = await asyncio.to_thread(_path, archive, checkpoint, index)
    previous, entries = await _entries(reader, stream, sequence, leaf.head[0])
    return Proof(
        stream=stream,
        partition=leaf.partition,
        sequence=sequence,
        previous=previous.hex(),
        links=[Link(e[1], e[2], e[3], e[4], e[5].decode()) for e in entries],
        leaf=index,
        path=[hashed.hex() for hashed in path],
        checkpoint=checkpoint,
    )


def _find(archive: Archive, checkpoint: Checkpoint, stream: str) -> tuple[int, Leaf] | None:
    """Look for a stream's leaf; they are in the order of names."""
    for index, line in enumerate(archive.leaves(checkpoint.number)):
        leaf = read_leaf(line)
        if leaf is not None and leaf.stream >= stream:
            return (index, leaf) if leaf.stream == stream else None
    return None


def _path(archive: Archive, checkpoint: Checkpoint, index: int) -> list[bytes]:
    path = Path(index, checkpoint.leaves)
    for line in archive.leaves(checkpoint.number):
        path.add(leaf_hash(line))
    return path.hashes()


async def _entries(reader: Reader, stream: str, first: int, last: int) -> tuple[bytes, list[Entry]]:
    """Read the hash before an entry, and the entries from it to the head that was signed."""
    if last - first + 1 > FOLLOWING_MAX:
        msg = f"{last - first} entries follow it, a proof holds at most {FOLLOWING_MAX}"
        raise TooLongError(msg)
    # From the one before: its hash is where the proof begins.
    after, size = max(first - 2, 0), 0
    previous, found = GENESIS, list[Entry]()
    while after < last:
        _, page = await reader.entries(stream, after, min(ENTRIES_AT_ONCE, last - after))
        if not page:
            break
        for entry in page:
            if entry[0] < first:
                previous = entry[6]
                continue
            found.append(entry)
            size += len(entry[5])
        if size > EVENTS_BYTES_MAX:
            msg = f"the events that follow it have more than {EVENTS_BYTES_MAX:,} bytes"
            raise TooLongError(msg)
        after = page[-1][0]
    return previous, found
