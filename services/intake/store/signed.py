"""What the last checkpoint says of each stream, beside a walk through the ledger in its order."""

import asyncio
from collections.abc import Iterator
from typing import Final

from services.intake.domain.chain import FaultKind, LedgerFault
from services.intake.domain.checkpoints import FIRST, Checkpoint, Leaf, read_leaf
from services.intake.store.archive import Archive, BrokenArchiveError
from services.intake.store.checkpoints import Checkpoints
from services.intake.store.signing import KeyFileError

PAGE: Final = 500
"""Checkpoints of the database compared at once."""


class Signed:
    """The leaves of the last whole checkpoint, in the order of the streams' names."""

    def __init__(self, checkpoint: Checkpoint | None, leaves: Iterator[bytes]) -> None:
        """Begin before the first stream; without a checkpoint nothing is known of any."""
        self.checkpoint = checkpoint
        self.positions = [] if checkpoint is None else _positions(checkpoint)
        self._leaves = (leaf for line in leaves if (leaf := read_leaf(line)) is not None)
        self._next: Leaf | None = next(self._leaves, None)

    def up_to(self, high: str | None) -> dict[str, Leaf]:
        """Give the leaves of the next streams, up to a name; all that are left without one."""
        found: dict[str, Leaf] = {}
        while self._next is not None and (high is None or self._next.stream <= high):
            found[self._next.stream] = self._next
            self._next = next(self._leaves, None)
        return found


NOTHING_SIGNED: Final = Signed(None, iter(()))


async def read_signed(checkpoints: Checkpoints) -> tuple[Signed, list[LedgerFault]]:
    """Check all checkpoints, and give what the last one says; what is wrong is named."""
    archive = checkpoints.archive
    faults = await asyncio.to_thread(_check_archive, archive)
    faults += await _check_store(checkpoints)
    try:
        last = await asyncio.to_thread(archive.latest, with_heads=True)
        if last is None:
            return NOTHING_SIGNED, faults
        size, root = await asyncio.to_thread(archive.root, last.number)
    except BrokenArchiveError:
        # Named already, by the check of all.
        return NOTHING_SIGNED, faults
    if (size, root) != (last.leaves, last.root):
        detail = "its leaves do not give the root that was signed"
        return NOTHING_SIGNED, [*faults, _fault(last.number, detail)]
    return Signed(last, archive.leaves(last.number)), faults


def _check_archive(archive: Archive) -> list[LedgerFault]:
    faults: list[LedgerFault] = []
    try:
        verify = archive.verify()
    except KeyFileError as error:
        return [_fault(0, f"keys cannot be read: {error}")]
    last, link = 0, FIRST
    for number in archive.numbers():
        if number != last + 1:
            faults.append(_fault(last + 1, f"checkpoint {number} follows {last} in the directory"))
        try:
            found = archive.read(number)
        except BrokenArchiveError as error:
            faults.append(_fault(number, str(error)))
            last, link = number, ""
            continue
        if not found.is_signed(verify):
            faults.append(_fault(number, "it is not signed by a key of ours"))
        elif number == last + 1 and link and found.previous != link:
            faults.append(_fault(number, "it does not name the checkpoint before"))
        last, link = number, found.link
    return faults


async def _check_store(checkpoints: Checkpoints) -> list[LedgerFault]:
    """Compare the database's copies with the directory."""
    faults: list[LedgerFault] = []
    kept = await asyncio.to_thread(checkpoints.archive.numbers)
    for start in range(0, len(kept), PAGE):
        wanted = kept[start : start + PAGE]
        stored = await checkpoints.stored(wanted)
        for number in wanted:
            if number not in stored:
                faults.append(_fault(number, "the database does not have it any more"))
            elif stored[number] != await asyncio.to_thread(_read, checkpoints.archive, number):
                faults.append(_fault(number, "the database has another one of this number"))
    return faults


def _read(archive: Archive, number: int) -> Checkpoint | None:
    try:
        return archive.read(number)
    except BrokenArchiveError:
        return None


def _positions(checkpoint: Checkpoint) -> list[int]:
    return [int(position) for position in checkpoint.positions.split("-")]


def _fault(number: int, detail: str) -> LedgerFault:
    return LedgerFault(FaultKind.CHECKPOINT, f"checkpoint {number}", number, detail)
