"""A share in memory that may not be the stored one any more is taken anew by whoever is next."""

import pytest

from services.analysis.handlers.ledger import ShareLostError
from tests.bench.sweep import Bench
from tests.integration.analysis.stages import Process, Stage, assert_stored
from tests.support import builders
from tests.support.eventually import eventually_async

CODE = "J42"


async def _with_a_lost_share(stage: Stage) -> Process:
    """Let the assessor fail once, between two batches."""
    stage.log().add(builders.jurisdiction(CODE), builders.day_opened("2026-06-29", CODE))
    process = stage.process()
    await process.work()
    await process.rest()
    share = process.handler._shares[0]
    share.more_due = True
    known = process.store.due
    failed: list[int] = []

    async def due(partition: int, limit: int) -> list[object]:
        if not failed:
            failed.append(partition)
            raise TimeoutError
        return list(await known(partition, limit))

    process.store.due = due  # type: ignore[method-assign,assignment]
    share.wake.set()

    async def lost() -> bool:
        return share.lost

    await eventually_async(lost)
    for number in range(3):
        stage.log().add(builders.project(f"{CODE}/P{number}"))
    stage.log().add(builders.day_opened("2026-06-30", CODE))
    return process


async def test_a_batch_meets_a_lost_share_and_a_lane_takes_it_anew(stage: Stage) -> None:
    """What a batch does then is refused; taken anew, the partition goes on where it was."""
    process = await _with_a_lost_share(stage)
    # The assessor is about to take it again by itself: this is the moment before.
    process.handler._assessors[0].cancel()

    with pytest.raises(ShareLostError):
        await process.read()
    await process.work()

    await assert_stored(stage)
    await process.rest()


async def test_the_assessor_takes_the_share_again_by_itself(stage: Stage) -> None:
    """Without a batch that comes."""
    process = await _with_a_lost_share(stage)

    async def taken() -> bool:
        return not process.handler._shares[0].lost

    await eventually_async(taken)
    await process.read()

    await assert_stored(stage)
    await process.rest()


async def test_the_bench_reads_on_as_a_lane_does(stage: Stage) -> None:
    """A share that is lost under load ends no measurement, and the bench says so."""
    process = await _with_a_lost_share(stage)
    process.handler._assessors[0].cancel()
    bench = Bench(stage.mongo, stage.kafka)
    bench.ledger.records = [stage.log().records]

    await bench.read(process.handler, [process.offset[0]])

    assert bench.taken_anew == 1
    await assert_stored(stage)
