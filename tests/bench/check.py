"""Kill the limit while it works: were its state not exact, its speed would mean nothing."""

import asyncio
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from contracts.record import MARK_HEADER, Mark
from tests.bench.contender import Contender, Track
from tests.bench.events import YEAR, Fact, Total, load, totals
from tests.bench.lab import PARTITIONS, Lab
from tests.bench.limit_batch import ACCEPTED, DUPLICATE, FIRST_HASH, VERDICT_LAYOUT, unpack
from tests.bench.limit_store import expand
from tests.bench.stages import LIMIT_DATABASE, ledger, limit, submissions

EVENTS: Final = 40_000
PROJECTS: Final = 500
KILLS: Final = 3
RECORDS_MAX: Final = 500
"""Small batches, so that a kill finds one in hand."""
CHECK_SECONDS: Final = 180.0


async def check(lab: Lab, track: Track, stages: Sequence[str]) -> None:
    """Check stage by stage; AssertionError says what is not exact."""
    facts = list(load(EVENTS, PROJECTS))
    for stage in stages:
        await (_check_ledger if stage == "ledger" else _check_projection)(lab, track, facts)
        print(f"{stage}: exact after {KILLS} kills", flush=True)


async def _check_ledger(lab: Lab, track: Track, facts: Sequence[Fact]) -> None:
    # Every fact twice, the second time in other requests: all of those are duplicates.
    again = [Fact(fact.subject, fact.value, len(facts) + fact.index) for fact in facts]
    await lab.renew("submissions", "ledger")
    await lab.fill("submissions", submissions([*facts, *again]))
    await _run_and_kill(lab, track, "ledger", "submissions")
    await _published_once(lab, facts)
    await _chained(lab, facts)
    await _answered(lab, facts)


async def _check_projection(lab: Lab, track: Track, facts: Sequence[Fact]) -> None:
    await lab.renew("ledger")
    await lab.fill("ledger", ledger(facts))
    await _run_and_kill(lab, track, "projection", "ledger")
    db = lab.mongo[LIMIT_DATABASE]
    none = Total()
    found = {
        project["_id"]: Total(*project["years"].get(str(YEAR), (none.spent, none.disbursed)))
        async for project in db["projects"].find()
    }
    assert found == totals(facts)
    kept = Counter(
        [value async for entry in db["entries"].find() for _, value in unpack(expand(entry["e"]))]
    )
    assert kept == Counter(fact.value for fact in facts)


async def _run_and_kill(lab: Lab, track: Track, stage: str, topic: str) -> None:
    """Run the limit over a topic; kill it in the middle, again and again, until it is done."""
    ends = await lab.ends(topic)
    more = ("--records-max", str(RECORDS_MAX))
    contender = limit(lab.stack, stage, topic, [0] * PARTITIONS, *more)
    await lab.empty(contender.database)
    goals = [sum(ends) * part // (KILLS + 1) for part in range(1, KILLS + 2)]
    for goal in goals:
        async with track.running(contender) as process, asyncio.timeout(CHECK_SECONDS):
            while await _offsets(lab, contender) < goal:
                await track.rest(contender, process)
            process.kill()


async def _offsets(lab: Lab, contender: Contender) -> int:
    found = await lab.progress(contender.database, contender.progress)
    return sum(progress["offset"] for progress in found if progress)


async def _published_once(lab: Lab, facts: Sequence[Fact]) -> None:
    """`ledger` holds every fact, in order of position; what was sent again is recognisable."""
    expected: dict[int, list[bytes]] = defaultdict(list)
    for fact in facts:
        expected[fact.partition(PARTITIONS)].append(fact.value)
    found: dict[int, list[bytes]] = defaultdict(list)
    async for records in lab.read("ledger"):
        for record in records:
            entries = found[record.partition]
            mark = Mark.from_bytes(dict(record.headers)[MARK_HEADER])
            if mark.position == len(entries) + 1:
                entries.append(record.value)
            assert mark.position <= len(entries), f"{mark} leaves a gap"
    assert expected == found


async def _chained(lab: Lab, facts: Sequence[Fact]) -> None:
    """Streams hold their facts' bytes, numbered without gap, and heads their chains' ends."""
    expected: dict[str, list[bytes]] = defaultdict(list)
    for fact in facts:
        expected[fact.subject].append(fact.value)
    db = lab.mongo[LIMIT_DATABASE]
    streams: dict[str, dict[int, bytes]] = defaultdict(dict)
    async for entry in db["entries"].find():
        stream = streams[entry["_id"]["s"]]
        values = [value for _, _, value in unpack(expand(entry["e"]))]
        assert not stream.keys() & set(range(entry["_id"]["n"], entry["_id"]["n"] + len(values)))
        stream.update(enumerate(values, entry["_id"]["n"]))
    assert expected == {
        subject: [stream[n] for n in range(1, len(stream) + 1)]
        for subject, stream in streams.items()
    }
    heads = {head["_id"]: (head["n"], head["h"]) async for head in db["heads"].find()}
    assert heads == {subject: (len(values), _chain(values)) for subject, values in expected.items()}


def _chain(values: Sequence[bytes]) -> bytes:
    last = FIRST_HASH
    for value in values:
        last = hashlib.sha256(last + value).digest()
    return last


async def _answered(lab: Lab, facts: Sequence[Fact]) -> None:
    """Each event has one verdict; each id and each document one claim."""
    db = lab.mongo[LIMIT_DATABASE]
    verdicts: Counter[int] = Counter()
    async for answer in db["verdicts"].find():
        verdicts.update(found[1] for found in VERDICT_LAYOUT.iter_unpack(answer["v"]))
    assert verdicts == {ACCEPTED: len(facts), DUPLICATE: len(facts)}
    papers = sum("document" in json.loads(fact.value)["data"] for fact in facts)
    assert await db["claims"].count_documents({}) == len(facts) + papers
