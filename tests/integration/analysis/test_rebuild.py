"""A rebuild: the projection made anew beside the live one, from the ledger's first entry."""

import asyncio
import json
import os
import sys
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.record import MARK_HEADER, Mark, format_cut
from contracts.topics import ASSESSMENTS, LEDGER
from deploy.local.stack import Stack
from services.analysis.handlers.ledger import LedgerHandler
from services.analysis.settings import AnalysisSettings
from services.analysis.store.documents import unpacked
from services.analysis.store.generations import Generation, Generations
from services.analysis.store.states import KeptEntry
from services.analysis.store.writing import MongoStore
from services.chassis.health import Health
from services.chassis.mongo import Document, Mongo
from services.chassis.publisher import Publisher
from services.chassis.settings import KafkaSettings, MongoSettings
from tests.integration.analysis.events import stream
from tests.integration.analysis.running import PARTITIONS, Analysis, Ledger, running
from tests.integration.analysis.stages import KEY
from tests.support import builders
from tests.support.eventually import eventually_async

REBUILD_SECONDS = 90.0
STATES = ("heads", "years", "jurisdictions", "organisations", "parked")
"""What follows from the ledger alone, one document each."""
CHANCE = {"assessed", "due", "unmeasured"}
"""Fields that hang on when a year was assessed."""


async def test_what_is_rebuilt_is_what_is_live(
    shared_stack: Stack, ledger: Ledger, analysis: Analysis
) -> None:
    """State, entries and answers are equal, and nobody is told of anything again."""
    first, second = stream(41, 200, 9, "J41"), stream(42, 120, 9, "J41")
    await ledger.enter(builders.jurisdiction("J41"), builders.day_opened("2026-05-31", "J41"))
    await ledger.enter(*first)
    await analysis.passed(await ledger.enter(builders.day_opened("2026-06-30", "J41")))
    cut = await ledger.enter(*second)
    await analysis.passed(cut)
    told = await _told(shared_stack)

    async with running(shared_stack, rebuild="anew") as rebuilt:
        await rebuilt.passed(format_cut(ledger.positions))
        rows = await rebuilt.get("/v1/projects", jurisdiction="J41", fiscal_year=2026)
        live = await analysis.get("/v1/projects", jurisdiction="J41", fiscal_year=2026)

    assert rows["items"] == live["items"]
    assert len(rows["items"]) == 9
    assert await _kept(shared_stack, "dualwatch_analysis_anew") == await _kept(
        shared_stack, "dualwatch_analysis"
    )
    assert await _told(shared_stack) == told


@pytest.mark.long
async def test_the_command_replaces_what_is_live(
    shared_stack: Stack, ledger: Ledger, analysis: Analysis
) -> None:
    """Built beside it by a process of its own, equal, swapped; the service goes on by itself."""
    await ledger.enter(builders.jurisdiction("J43"), builders.day_opened("2026-05-31", "J43"))
    await ledger.enter(*stream(43, 200, 9, "J43"))
    await analysis.passed(await ledger.enter(builders.day_opened("2026-06-30", "J43")))
    before = await analysis.get("/v1/projects", jurisdiction="J43", fiscal_year=2026)
    former = await _live(shared_stack)

    done = await _rebuild(shared_stack)

    assert done["equal"]
    assert done["swapped"]
    assert done["entries"] == sum(ledger.positions)
    assert await _live(shared_stack) == done["generation"] > former
    after = await analysis.get("/v1/projects", jurisdiction="J43", fiscal_year=2026)
    assert [row["project_id"] for row in after["items"]] == [
        row["project_id"] for row in before["items"]
    ]
    # The process that served the former generation goes on with this one.
    cut = await ledger.enter(builders.expenditure("J43/P1", "77.00"))
    found = await analysis.passed(cut)
    assert found["ledger"] == cut
    await _assert_no_gap(shared_stack)


async def test_what_another_release_stored_is_built_anew(
    shared_stack: Stack, ledger: Ledger
) -> None:
    """The service builds and swaps by itself; afterwards it answers as before."""
    await ledger.enter(builders.jurisdiction("J44"), builders.day_opened("2026-05-31", "J44"))
    cut = await ledger.enter(*stream(44, 100, 5, "J44"))
    async with running(shared_stack) as analysis:
        await analysis.passed(cut)
        before = await analysis.get("/v1/projects", jurisdiction="J44", fiscal_year=2026)
    former = await _live(shared_stack)
    mongo = Mongo(MongoSettings(url=shared_stack.endpoints().mongo), "dualwatch_analysis")
    await mongo.db["generations"].update_one({"_id": former}, {"$set": {"state_version": 1}})
    mongo.close()

    async with running(shared_stack) as analysis:
        await analysis.passed(cut)
        after = await analysis.get("/v1/projects", jurisdiction="J44", fiscal_year=2026)

    assert await _live(shared_stack) == former + 1
    assert after["items"] == before["items"]
    await _assert_no_gap(shared_stack)


@pytest.mark.long
async def test_a_builder_that_dies_between_two_partitions_leaves_nothing_undone(
    shared_stack: Stack, ledger: Ledger, analysis: Analysis
) -> None:
    """The service works on both generations and ends the swap by itself."""
    await ledger.enter(builders.jurisdiction("J45"), builders.day_opened("2026-05-31", "J45"))
    await analysis.passed(await ledger.enter(*stream(45, 100, 12, "J45")))
    former = await _live(shared_stack)
    await _swap_one(shared_stack)

    cut = await ledger.enter(*(builders.expenditure(f"J45/P{n}", "5.00") for n in range(12)))
    await analysis.passed(cut)

    async def all_swapped() -> bool:
        return set(await _all_live(shared_stack)) == {former + 1}

    await eventually_async(all_swapped, deadline_seconds=60)
    cut = await ledger.enter(*(builders.expenditure(f"J45/P{n}", "7.00") for n in range(12)))
    await analysis.passed(cut)
    await _assert_no_gap(shared_stack)


async def _swap_one(stack: Stack) -> None:
    """Build a generation as a builder does, swap the first partition, and be gone."""
    places = stack.endpoints()
    kafka = KafkaSettings(bootstrap_servers=places.kafka)
    mongo, publisher = (
        Mongo(MongoSettings(url=places.mongo), "dualwatch_analysis"),
        Publisher(kafka),
    )
    generation = await Generations(mongo).begin(PARTITIONS)
    store = MongoStore(mongo, publisher, generation=generation)
    await store.prepare()
    handler = LedgerHandler(store, AnalysisSettings(key=KEY), Health())
    handler.builder.may_swap = True
    await handler.assigned(0)
    tp = TopicPartition(LEDGER.name, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=places.kafka)
    await consumer.start()
    try:
        consumer.assign([tp])
        consumer.seek(tp, 0)
        end = (await consumer.end_offsets([tp]))[tp]
        while await consumer.position(tp) < end:
            if records := (await consumer.getmany(tp, timeout_ms=1_000)).get(tp):
                await handler.handle(0, records)

        async def swapped() -> bool:
            return (await _all_live(stack))[0] == generation.number

        await eventually_async(swapped)
    finally:
        await consumer.stop()
    await handler.revoked(0)
    await publisher.close()
    mongo.close()


async def _all_live(stack: Stack) -> list[int]:
    mongo = Mongo(MongoSettings(url=stack.endpoints().mongo), "dualwatch_analysis")
    try:
        return await Generations(mongo).live(PARTITIONS)
    finally:
        mongo.close()


async def _rebuild(stack: Stack) -> Any:
    places = stack.endpoints()
    environ = {
        **os.environ,
        "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS": places.kafka,
        "DUALWATCH_MONGO__URL": places.mongo,
        "DUALWATCH_KEY": KEY,
    }
    program = "from services.cli import main; main()"
    command = (sys.executable, "-c", program, "analysis", "rebuild", "--json")
    process = await asyncio.create_subprocess_exec(
        *command, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), REBUILD_SECONDS)
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def _live(stack: Stack) -> int:
    (number,) = set(await _all_live(stack))
    return number


async def _assert_no_gap(stack: Stack) -> None:
    """Every number on `assessments` is there, and each says the same wherever it stands."""
    ends = await _told(stack)
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.endpoints().kafka)
    await consumer.start()
    try:
        consumer.assign(list(ends))
        for tp, end in ends.items():
            consumer.seek(tp, 0)
            seen: dict[int, bytes] = {}
            while await consumer.position(tp) < end:
                for record in (await consumer.getmany(tp, timeout_ms=1_000)).get(tp, []):
                    mark = Mark.from_bytes(dict(record.headers)[MARK_HEADER])
                    assert mark.position <= len(seen) + 1
                    assert seen.setdefault(mark.position, record.value) == record.value
    finally:
        await consumer.stop()


async def _kept(stack: Stack, database: str) -> dict[str, Any]:
    mongo = Mongo(MongoSettings(url=stack.endpoints().mongo), database)
    try:
        # Other tests of the session may have let another generation take over.
        live = Generation(max(await Generations(mongo).live(PARTITIONS)))
        states = {
            name: [_known(found) async for found in mongo.db[live.name(name)].find().sort("_id")]
            for name in STATES
        }
        entries: dict[str, list[KeptEntry]] = {}
        # How many entries a document holds is how many came at once: that is no part of it.
        async for found in mongo.db[live.name("entries")].find().sort("_id"):
            entries.setdefault(found["_id"]["p"], []).extend(unpacked(found))
    finally:
        mongo.close()
    return {"states": states, "entries": entries}


def _known(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in CHANCE}


async def _told(stack: Stack) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.endpoints().kafka)
    await consumer.start()
    try:
        parts = [TopicPartition(ASSESSMENTS.name, p) for p in range(PARTITIONS)]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(parts)
    finally:
        await consumer.stop()
    return ends
