"""A generation built beside the live one takes a partition over, whoever dies in between."""

import asyncio
from typing import Any

import pytest

from contracts.events.analysis import AssessmentMade
from deploy.local.stack import Stack
from services.analysis.store.comparing import compare
from services.analysis.store.generations import Generation, Generations
from services.analysis.store.rowstate import decode_row
from services.analysis.store.swapping import RetiredError
from services.chassis.mongo import SupersededError
from tests.integration.analysis.events import stream
from tests.integration.analysis.stages import (
    ASSESSED,
    DAY_ASSESSED,
    Crash,
    CrashError,
    Process,
    Pure,
    Stage,
    staged,
)
from tests.support import builders
from tests.support.eventually import eventually_async
from tests.support.measuring import parameters

PROJECTS = 6
JURISDICTIONS = 1
STEPS_MAX = 40


def _begin(stage: Stage) -> None:
    code = "J41"
    stage.log().add(builders.jurisdiction(code), builders.day_opened("2026-05-31", code))
    stage.log().add(*stream(41, 80, PROJECTS, code))
    stage.log().add(builders.day_opened("2026-06-30", code))


async def _builder(stage: Stage, crash: Crash | None = None, *, swap: bool = True) -> Process:
    generation = await Generations(stage.mongo).begin(1)
    process = stage.process(crash, generation)
    await process.store.prepare()
    process.handler.builder.may_swap = swap
    return process


async def _live(stage: Stage) -> int:
    (number,) = await Generations(stage.mongo).live(1)
    return number


async def _is_live(stage: Stage, number: int) -> bool:
    return await _live(stage) == number


async def _follows(process: Process) -> bool:
    """All is folded and has rows."""
    share = process.handler._shares[0]
    return share.following and share.at_rest


async def _swapped(stage: Stage, process: Process) -> None:
    await process.work()
    await eventually_async(lambda: _is_live(stage, process.store.generation.number))
    await process.rest()


def _figures(stage: Stage) -> dict[tuple[str, int], Any]:
    """Return the last that was said of each project year, without what tells when it was said."""
    found: dict[tuple[str, int], AssessmentMade] = {}
    for event in stage.kafka.told_of(ASSESSED):
        found[event.subject, event.data.fiscal_year] = event.data
    said = {"standing", "settled", "ledger_position", "months_completed_before", "findings"}
    return {key: data.model_dump(exclude=said) for key, data in found.items()}


def _years(stage: Stage) -> int:
    """Count the project years in the log."""
    return len(Pure.of(stage.log().entries).years)


async def test_a_new_generation_takes_over(stage: Stage) -> None:
    """It says nothing while it is built, then goes on with the numbers and says each year anew."""
    _begin(stage)
    live = stage.process()
    await live.work()
    await live.rest()
    before = len(stage.kafka.told())
    figures = _figures(stage)
    builder = await _builder(stage, swap=False)
    await builder.work()
    await eventually_async(lambda: _follows(builder))
    assert len(stage.kafka.told()) == before
    assert await stage.mongo.db["rows_g2"].count_documents({}) == _years(stage)

    builder.handler.builder.may_swap = True
    await eventually_async(lambda: _is_live(stage, 2))
    await builder.rest()

    again = [event.data for event in stage.kafka.told_of(ASSESSED)][-_years(stage) :]
    assert len(stage.kafka.told()) == before + _years(stage)
    assert all(data.standing.reprojected for data in again)
    assert _figures(stage) == figures
    rows = await stage.mongo.db["rows_g2"].find().to_list(None)
    outs = sorted(row["out"] for row in rows)
    assert outs == list(range(before + 1, before + _years(stage) + 1))
    assert {decode_row(row["row"]).as_of for row in rows} == {"2026-06-30"}


async def test_the_former_one_has_ended(stage: Stage) -> None:
    """Its commits fail, and it does not take the partition again."""
    _begin(stage)
    live = stage.process()
    await live.work()
    await live.rest()
    await _swapped(stage, await _builder(stage))
    told = len(stage.kafka.told())

    stage.log().add(builders.day_opened("2026-07-01", "J41"))
    with pytest.raises(SupersededError):
        await live.read()
    with pytest.raises(RetiredError):
        await live.take()

    assert len(stage.kafka.told()) == told


async def test_both_are_equal_by_hash(stage: Stage) -> None:
    """Compared as far as both are; a year that is changed by hand is noticed."""
    _begin(stage)
    live = stage.process()
    await live.work()
    await live.rest()
    builder = await _builder(stage, swap=False)
    await builder.work()
    one, two = Generation(1), builder.store.generation

    found = await compare(stage.mongo, one, two, 0)

    assert found.equal
    assert found.moving == 0
    assert found.documents == PROJECTS + _years(stage) + JURISDICTIONS
    years = stage.mongo.db["years_g2"]
    known = await years.find_one({})
    assert known is not None
    await years.update_one({"_id": known["_id"]}, {"$set": {"state": known["state"] + b"x"}})
    assert not (await compare(stage.mongo, one, two, 0)).equal


async def test_it_never_overtakes_the_live_one(stage: Stage) -> None:
    """What the live one has not folded waits; the builder folds it once that has."""
    _begin(stage)
    live = stage.process()
    await live.work()
    await live.rest()
    position = stage.log().positions
    stage.log().add(*stream(42, 30, PROJECTS, "J41"))
    builder = await _builder(stage, swap=False)
    await builder.take()
    reading = asyncio.create_task(builder.read())
    await eventually_async(lambda: _follows(builder))

    assert builder.handler._shares[0].standing.position == position

    await live.read()
    await live.rest()
    await reading
    assert builder.handler._shares[0].standing.position == stage.log().positions


async def test_what_was_not_published_is_published(stage: Stage) -> None:
    """The live one dies between its commit and the topic: the new one publishes that first."""
    _begin(stage)
    live = stage.process()
    await live.work()
    await live.rest()
    stage.log().add(builders.expenditure("J41/P1", "5.00"))
    live.crash.at, live.crash.steps = 2, 0
    with pytest.raises(CrashError):
        await live.read()
    await live.kill()
    assert await stage.mongo.db["outbox"].count_documents({}) == 1

    await _swapped(stage, await _builder(stage))

    progress = await Generations(stage.mongo).live(1)
    assert progress == [2]
    assert await stage.mongo.db["outbox"].count_documents({}) == 0
    assert stage.kafka.told()


async def test_a_day_that_is_being_assessed_is_ended_by_the_new_one(stage: Stage) -> None:
    """Each project is assessed for the day, the day ends once."""
    _begin(stage)
    live = stage.process(sweep_page=2)
    await live.work()
    await live.rest()
    days = len(stage.kafka.told_of(DAY_ASSESSED))
    stage.log().add(builders.day_opened("2026-07-01", "J41"))
    # The day's commit and its publication, then a page and its publication.
    live.crash.at, live.crash.steps = 4, 0
    with pytest.raises(CrashError):
        await live.read()
    await live.kill()

    await _swapped(stage, await _builder(stage))

    assert len(stage.kafka.told_of(DAY_ASSESSED)) == days + 1
    settled = [
        (event.subject, event.data.fiscal_year)
        for event in stage.kafka.told_of(ASSESSED)
        if event.data.settled and event.data.date.isoformat() == "2026-07-01"
    ]
    assert len(settled) == len(set(settled))
    assert len({subject for subject, _ in settled}) == PROJECTS


@pytest.mark.parametrize("after", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_the_builder_dies_at_any_step(shared_stack: Stack, *, after: bool) -> None:
    """Another one goes on: never a gap, never two that publish, and the same figures."""
    for step in range(1, STEPS_MAX):
        async with staged(shared_stack) as stage:
            _begin(stage)
            live = stage.process()
            await live.work()
            await live.rest()
            figures = _figures(stage)
            crash = Crash(step, after=after)
            builder = await _builder(stage, crash, swap=True)
            dead = await _until_dead(stage, builder)
            await builder.kill()
            if not dead:
                assert step > 3
                return
            stage.kafka.crash = Crash()
            stage.log().add(builders.expenditure("J41/P1", "5.00"))
            if await _live(stage) == 1:
                await live.read()
                await live.rest()
                await _swapped(stage, await _builder(stage))
            else:
                following = stage.process(generation=Generation(2))
                await following.work()
                await following.rest()

            assert _figures(stage).keys() == figures.keys()
            await _assert_rows(stage)
    pytest.fail("the builder always died")


async def _until_dead(stage: Stage, builder: Process) -> bool:
    """Let a builder work until it dies or has taken over; give whether it died."""
    try:
        await builder.work()
        await eventually_async(lambda: _over(stage, builder))
    except CrashError:
        return True
    return builder.crash.dead


async def _over(stage: Stage, builder: Process) -> bool:
    if builder.crash.dead:
        return True
    return await _is_live(stage, 2) and await builder._nothing_due(0)


async def _assert_rows(stage: Stage) -> None:
    """The rows are the last assessments, by their numbers."""
    told = {mark.position: event for mark, event in stage.kafka.told() if event.type == ASSESSED}
    latest = {(event.subject, event.data.fiscal_year): position for position, event in told.items()}
    rows = await stage.mongo.db["rows_g2"].find().to_list(None)
    assert {(row["_id"]["p"], row["_id"]["y"]): row["out"] for row in rows} == latest
    for row in rows:
        state = decode_row(row["row"])
        assert state.money.spent == told[row["out"]].data.execution.money.spent


async def test_a_partition_swaps_by_itself(stage: Stage) -> None:
    """Between two swaps readers and processes are told of both generations."""
    _begin(stage)
    generations = Generations(stage.mongo)
    live = stage.process()
    await live.work()
    await live.rest()
    await _swapped(stage, await _builder(stage))

    assert await generations.live(2) == [2, 1]
    assert (await generations.begin(2)).number == 2
    assert await generations.unused(1) == [Generation(1)]
    assert await generations.unused(2) == []


async def test_what_everything_is_measured_by_changes_all_at_once(stage: Stage) -> None:
    """Every year is assessed anew, in pages, without a day that opens."""
    _begin(stage)
    live = stage.process(sweep_page=2)
    await live.work()
    await live.rest()
    before = len(stage.kafka.told_of(ASSESSED))
    stage.log().add(parameters(subject="J41"))

    await live.read()
    await live.rest()

    again = stage.kafka.told_of(ASSESSED)[before:]
    keys = {(event.subject, event.data.fiscal_year) for event in again}
    assert len(again) == len(keys) == _years(stage)
    assert not any(event.data.standing.reprojected for event in again)
