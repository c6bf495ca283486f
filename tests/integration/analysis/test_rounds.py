"""Batches of several partitions committed together come to what each alone comes to."""

import asyncio
import itertools
from collections.abc import Sequence
from random import Random  # noqa: TID251 - seeded
from typing import Any, Final

import pytest

from contracts.codec import JURISDICTION_TYPES
from contracts.envelope import AnyEvent
from contracts.topics import partition_of
from deploy.local.stack import Stack
from services.analysis.store.documents import unpacked
from services.chassis.rounds import Rounds
from tests.integration.analysis.events import stream
from tests.integration.analysis.stages import Process, Stage, staged
from tests.integration.analysis.test_rebuild import STATES, _known
from tests.support import builders

PARTITIONS: Final = 3
BATCHES: Final = 9
CODE: Final = "J52"


def _facts(seed: int) -> list[AnyEvent]:
    """Draw facts of nine projects, a day that opens among them."""
    facts = stream(seed, 150, 9, CODE)
    days = [builders.day_opened(day, CODE) for day in ("2026-05-31", "2026-06-30")]
    return [builders.jurisdiction(CODE), days[0], *facts[:100], days[1], *facts[100:]]


def _enter(stage: Stage, facts: Sequence[AnyEvent]) -> None:
    """Enter facts that three publishers state in turn."""
    for number, event in enumerate(facts):
        everywhere = event.type in JURISDICTION_TYPES
        home = partition_of(event.subject, PARTITIONS)
        for partition in range(PARTITIONS) if everywhere else [home]:
            stage.log(partition).publisher = f"source-{number % 3}"
            stage.log(partition).add(event)


async def _lane(process: Process, partition: int, ends: Sequence[int]) -> None:
    """Handle batches as a lane does that is in rounds with others."""
    records = process.stage.log(partition).records
    for first, end in itertools.pairwise([0, *ends]):
        async with process.store.rounds.one(waits=True):
            await process.handler.handle(partition, records[first:end])


async def _kept(stage: Stage) -> dict[str, Any]:
    """Give all that follows from the ledger alone."""
    db = stage.mongo.db
    found: dict[str, Any] = {
        name: [_known(one) async for one in db[name].find().sort("_id")] for name in STATES
    }
    entries: dict[str, list[Any]] = {}
    async for one in db["entries"].find().sort("_id"):
        entries.setdefault(one["_id"]["p"], []).extend(unpacked(one))
    return {**found, "entries": entries}


async def _play_alone(stage: Stage) -> None:
    """Read one partition after the other, each in one batch."""
    process = stage.process()
    for partition in range(PARTITIONS):
        await process.work(partition)
        await process.rest(partition)


async def _play_together(stage: Stage, chance: Random, batches: int) -> Process:
    """Read the first batches of all partitions, cut by chance, in rounds."""
    process = stage.process()
    lanes = []
    for partition in range(PARTITIONS):
        await process.take(partition)
        count = len(stage.log(partition).records)
        ends = sorted({*chance.sample(range(1, count), BATCHES - 1), count})
        lanes.append(_lane(process, partition, ends[:batches]))
    await asyncio.gather(*lanes)
    return process


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_together_comes_to_what_each_alone_comes_to(
    seed: int, shared_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte, wherever their batches end, and after another process has gone on."""
    chance, facts = Random(seed), _facts(seed)
    joint: list[int] = []
    joined = Rounds._together

    async def noted(rounds: Rounds[Any], ready: Sequence[Any]) -> bool:
        joint.append(len(ready))
        return await joined(rounds, ready)

    monkeypatch.setattr(Rounds, "_together", noted)
    async with staged(shared_stack) as alone, staged(shared_stack) as together:
        _enter(alone, facts)
        _enter(together, facts)
        await _play_alone(alone)
        assert not joint
        first = await _play_together(together, chance, BATCHES // 2)
        await first.stop()
        # It is given all of it again, cut otherwise.
        second = await _play_together(together, chance, BATCHES)
        for partition in range(PARTITIONS):
            await second.rest(partition)

        assert len(joint) > 1
        assert await _kept(together) == await _kept(alone)
