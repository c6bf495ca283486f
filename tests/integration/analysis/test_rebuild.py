"""A rebuild: the projection made anew beside the live one, from the ledger's first entry."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.record import format_cut
from contracts.topics import ASSESSMENTS
from deploy.local.stack import Stack
from services.analysis.store.documents import unpacked
from services.analysis.store.states import KeptEntry
from services.chassis.mongo import Document, Mongo
from services.chassis.settings import MongoSettings
from tests.integration.analysis.events import stream
from tests.integration.analysis.running import PARTITIONS, Analysis, Ledger, running
from tests.support import builders

STATES = ("heads", "years", "jurisdictions", "parked")
"""What follows from the ledger alone, one document each."""
CHANCE = {"assessed", "due", "changed"}
"""Fields that hang on what else was in hand: when a year was assessed, where a batch ended."""


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


async def _kept(stack: Stack, database: str) -> dict[str, Any]:
    mongo = Mongo(MongoSettings(url=stack.endpoints().mongo), database)
    try:
        states = {
            name: [_known(found) async for found in mongo.db[name].find().sort("_id")]
            for name in STATES
        }
        entries: dict[str, list[KeptEntry]] = {}
        # How many entries a document holds is how many came at once: that is no part of it.
        async for found in mongo.db["entries"].find().sort("_id"):
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
