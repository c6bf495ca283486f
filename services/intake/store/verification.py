"""Verifying the whole ledger: every chain recomputed, every head and position compared."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from services.intake.domain.chain import (
    FAULTS_MAX,
    NO_HEAD,
    ChainCheck,
    FaultKind,
    Head,
    LedgerFault,
    PositionCheck,
)
from services.intake.store import reading
from services.intake.store.checkpoints import Checkpoints
from services.intake.store.documents import DamagedError, entries_of
from services.intake.store.reading import Reader
from services.intake.store.signed import NOTHING_SIGNED, Signed, read_signed


class Verification(msgspec.Struct):
    """What a verification found."""

    entries: int = 0
    """Entries recomputed, copies of jurisdiction facts included."""
    streams: int = 0
    """Chains walked; each partition's copy of a jurisdiction's stream is one."""
    faults: list[LedgerFault] = []
    """What is wrong, at most FAULTS_MAX."""
    faults_total: int = 0
    """How many things are wrong."""
    checkpoint: int | None = None
    """Number of the checkpoint that everything was compared with; null if there is none here."""
    checkpoint_made: str | None = None
    """When it was made: what was changed and came later is not found by it."""


async def verify(reader: Reader, checkpoints: Checkpoints | None = None) -> Verification:
    """Walk the ledger while it may go on growing; what is added meanwhile is no fault.

    With checkpoints, everything is compared with the last of them too.
    """
    signed, broken = NOTHING_SIGNED, list[LedgerFault]()
    if checkpoints is not None:
        signed, broken = await read_signed(checkpoints)
    standings = await reader.standings()
    positions = [
        PositionCheck(partition, standing.position) for partition, standing in enumerate(standings)
    ]
    found = Verification(faults=[])
    _add(found, broken)
    if signed.checkpoint is not None:
        found.checkpoint, found.checkpoint_made = signed.checkpoint.number, signed.checkpoint.made
    for partition, (check, least) in enumerate(zip(positions, signed.positions, strict=False)):
        _add(found, _behind(partition, check.expected, least))
    async for heads, documents in reader.stored():
        await _Page(reader, heads, signed, found).verify(documents, positions)
    for check in positions:
        _add(found, check.close())
    return found


class _Page:
    """Some streams in the order of their names: heads, entries and leaves side by side."""

    def __init__(
        self, reader: Reader, heads: Mapping[str, Head], signed: Signed, found: Verification
    ) -> None:
        self.reader = reader
        self.found = found
        self.heads = dict(heads)
        # The last page is open upwards: entries without any head are met there.
        high = max(heads) if len(heads) == reading.HEADS_PER_PAGE else None
        self.signed = {name: leaf.head for name, leaf in signed.up_to(high).items()}

    async def verify(
        self, documents: AsyncIterator[Mapping[str, Any]], positions: list[PositionCheck]
    ) -> None:
        check: ChainCheck | None = None
        async for document in documents:
            stream = document["_id"]["s"]
            if check is None or check.stream != stream:
                await self.close(check)
                check = self.open(stream)
            try:
                entries = entries_of(document)
            except DamagedError as error:
                check.damaged(document["_id"]["n"], str(error))
                continue
            check.walk(entries)
            if document["p"] < len(positions):
                positions[document["p"]].walk(entries)
            await asyncio.sleep(0)
        await self.close(check)
        for stream in sorted({*self.heads, *self.signed}):
            await self.close(self.open(stream))

    def open(self, stream: str) -> ChainCheck:
        head = self.heads.pop(stream, NO_HEAD)
        return ChainCheck(stream, head, self.signed.pop(stream, NO_HEAD))

    async def close(self, check: ChainCheck | None) -> None:
        if check is None:
            return
        after = await self.reader.head(check.stream) if check.beyond else check.before
        check.close(after or NO_HEAD)
        self.found.entries += check.entries
        self.found.streams += 1
        _add(self.found, check.faults)


def _behind(partition: int, position: int, signed: int) -> list[LedgerFault]:
    if position >= signed:
        return []
    detail = f"a checkpoint has signed position {signed}, the progress says {position}"
    return [LedgerFault(FaultKind.CUT, f"partition {partition}", position + 1, detail)]


def _add(found: Verification, faults: list[LedgerFault]) -> None:
    found.faults_total += len(faults)
    found.faults.extend(faults[: FAULTS_MAX - len(found.faults)])
