"""Verifying the whole ledger: every chain recomputed, every head and position compared."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from services.intake.domain.chain import (
    FAULTS_MAX,
    NO_HEAD,
    ChainCheck,
    Head,
    LedgerFault,
    PositionCheck,
)
from services.intake.store.documents import DamagedError, entries_of
from services.intake.store.reading import Reader


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


async def verify(reader: Reader) -> Verification:
    """Walk the ledger while it may go on growing; what is added meanwhile is no fault."""
    standings = await reader.standings()
    positions = [
        PositionCheck(partition, standing.position) for partition, standing in enumerate(standings)
    ]
    found = Verification(faults=[])
    async for heads, documents in reader.stored():
        await _verify_page(reader, heads, documents, positions, found)
    for check in positions:
        _add(found, check.close())
    return found


async def _verify_page(
    reader: Reader,
    heads: Mapping[str, Head],
    documents: AsyncIterator[Mapping[str, Any]],
    positions: list[PositionCheck],
    found: Verification,
) -> None:
    left = dict(heads)
    check: ChainCheck | None = None
    async for document in documents:
        stream = document["_id"]["s"]
        if check is None or check.stream != stream:
            await _close(reader, check, found)
            check = ChainCheck(stream, left.pop(stream, NO_HEAD))
        try:
            entries = entries_of(document)
        except DamagedError as error:
            check.damaged(document["_id"]["n"], str(error))
            continue
        check.walk(entries)
        if document["p"] < len(positions):
            positions[document["p"]].walk(entries)
        await asyncio.sleep(0)
    await _close(reader, check, found)
    for stream, head in left.items():
        await _close(reader, ChainCheck(stream, head), found)


async def _close(reader: Reader, check: ChainCheck | None, found: Verification) -> None:
    if check is None:
        return
    after = await reader.head(check.stream) if check.beyond else check.before
    check.close(after or NO_HEAD)
    found.entries += check.entries
    found.streams += 1
    _add(found, check.faults)


def _add(found: Verification, faults: list[LedgerFault]) -> None:
    found.faults_total += len(faults)
    found.faults.extend(faults[: FAULTS_MAX - len(found.faults)])
