"""What is stored is what the pure fold makes of the ledger, whatever happens on the way."""

from typing import Any

import pytest

from services.analysis.domain import FOLD_OF, ProjectYear
from services.analysis.handlers import folding
from services.analysis.handlers.arriving import Arrived, UnreadableEntryError
from services.analysis.handlers.folding import FoldError
from services.analysis.handlers.ledger import ShareLostError
from services.chassis.lane import GapError
from services.chassis.metrics import REGISTRY
from services.chassis.mongo import SupersededError
from tests.integration.analysis.events import stream
from tests.integration.analysis.stages import ASSESSED, FOUND, Stage, assert_stored
from tests.support import builders

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("cache_projects", "size"), [(0, 9), (3, 9), (1_000, 3), (1_000, 200)])
async def test_a_stream_gives_the_states_of_the_pure_fold(
    stage: Stage, cache_projects: int, size: int
) -> None:
    """In small batches and large ones, with a cache and without."""
    stage.log().add(builders.jurisdiction(), *stream(1, 90, 8))
    process = stage.process(cache_projects=cache_projects)
    await process.work(size=size)

    await assert_stored(stage)


async def test_a_restart_continues(stage: Stage) -> None:
    """What was read is not counted again, though Kafka gives it again."""
    log = stage.log()
    log.add(builders.jurisdiction(), *stream(2, 60, 5))
    first = stage.process()
    await first.work(size=20)
    await first.stop()
    log.add(*stream(3, 60, 5))
    second = stage.process()
    await second.take()
    second.offset[0] = 0
    await second.read(size=50)

    await assert_stored(stage)


async def test_before_a_day_is_opened_nothing_is_assessed(stage: Stage) -> None:
    """There is no today; jurisdiction facts are forwarded as they came."""
    facts = [builders.jurisdiction(), builders.organisation()]
    stage.log().add(*facts, *stream(4, 30, 3))
    process = stage.process()
    await process.work()
    await process.rest()

    assert facts == [event for _, event in stage.kafka.told()]
    assert await stage.mongo.db["years"].count_documents({"due": {"$gt": 0}}) == 0


@pytest.mark.moves("dualwatch_analysis_gap_open")
async def test_a_gap_is_noticed_and_waited_for(stage: Stage) -> None:
    """What comes before it counts at once; what comes after it, when the tail is sent again."""
    log = stage.log()
    log.add(builders.jurisdiction(), builders.budget())
    late = [log.record(builders.expenditure()) for _ in range(3)]
    log.put(late[1], late[2])
    process = stage.process()
    await process.take()
    with pytest.raises(GapError):
        await process.read()

    assert await process.store.progress.positions(1) == [2]

    await process.work()
    assert gap_open() == 1
    log.put(*late)
    await process.read()

    assert gap_open() == 0
    assert await process.store.progress.positions(1) == [5]
    await assert_stored(stage)


def gap_open() -> float | None:
    """Read what an operator's alarm rests on."""
    return REGISTRY.get_sample_value("dualwatch_analysis_gap_open", {"partition": "0"})


async def test_a_gap_that_only_the_missing_entry_fills_is_read_over(stage: Stage) -> None:
    """What was left lying before is not forgotten, not even by a restart."""
    log = stage.log()
    log.add(builders.jurisdiction(), builders.budget())
    late = [log.record(builders.expenditure()) for _ in range(3)]
    log.put(late[1], late[2])
    first = stage.process()
    await first.work()
    await first.stop()
    log.put(late[0])
    await stage.process().work()

    await assert_stored(stage)


async def test_a_zombie_cannot_write(stage: Stage) -> None:
    """Whoever took the partition last owns it; the other one notices when it writes."""
    stage.log().add(builders.jurisdiction(), builders.day_opened("2026-03-01"))
    zombie, owner = stage.process(), stage.process()
    await zombie.work()
    await owner.work()
    stage.log().add(builders.budget(), builders.expenditure())
    with pytest.raises(SupersededError):
        await zombie.read()
    await owner.read()
    with pytest.raises(ShareLostError):
        await zombie.handler.handle(0, stage.log().records)
    await owner.rest()

    await assert_stored(stage)
    assert {event.data.stream_sequence for event in stage.kafka.told_of(ASSESSED)} <= {1, 2}


@pytest.mark.moves("dualwatch_analysis_unreadable_entries_total")
async def test_a_newer_event_type_makes_the_partition_wait(stage: Stage) -> None:
    """Everything before it counts; nothing is skipped; after the upgrade it goes on."""
    log = stage.log()
    log.add(builders.jurisdiction(), builders.budget())
    known = log.record(builders.expenditure())
    newer = [(known.headers[0][0], known.headers[0][1].replace(b".v1", b".v2"))]
    log.put(known)
    log.records[-1].headers = newer
    process = stage.process()
    for _ in range(2):
        await process.take()
        with pytest.raises(UnreadableEntryError, match=r"expenditure\.recorded\.v2"):
            await process.read()

        assert await process.store.progress.positions(1) == [2]

    log.records[-1].headers = known.headers
    await process.work()

    await assert_stored(stage)


@pytest.mark.moves("dualwatch_analysis_parked_entries_total")
async def test_a_broken_entry_is_parked_and_its_project_marked(stage: Stage) -> None:
    """It counts as seen; the others of its batch are folded."""
    log = stage.log()
    log.add(builders.jurisdiction(), builders.budget())
    record, mark = log.raw("610100/P1", b'{"specversion": "1.0"}', builders.expenditure().type)
    log.put(record)
    log.add(builders.budget("610100/P2"))
    process = stage.process()
    await process.work()

    assert await process.store.progress.positions(1) == [4]
    parked = await stage.mongo.db["parked"].find_one({})
    assert parked is not None
    assert (parked["project"], parked["_id"]["position"]) == ("610100/P1", mark.position)
    assert parked["raw"] == record.value
    projects = await process.store.load(["610100/P1", "610100/P2"])
    assert projects["610100/P1"].incomplete
    assert not projects["610100/P2"].incomplete


@pytest.mark.moves("dualwatch_analysis_left_out_entries_total")
async def test_a_project_that_grows_without_end_holds_up_no_other(stage: Stage) -> None:
    """It keeps what it had when it was full, counts what it leaves out, and others go on."""
    begun = builders.jurisdiction(), builders.day_opened("2026-03-31")
    payments = [builders.expenditure("610100/P1", line=f"voucher-{n}") for n in range(1_200)]
    stage.log().add(*begun, *payments, builders.budget("610100/P2"), *payments[:3])
    process = stage.process(state_bytes_max=10_000)
    await process.work(size=70)
    await process.rest()

    projects = await process.store.load(["610100/P1", "610100/P2"])
    year = projects["610100/P1"].years[2026].state
    assert await process.store.progress.positions(1) == [1_206]
    assert year.full
    assert year.left_out == 1_203 - len(year.lines)
    assert year.left_out_from == len(year.lines) + 1
    assert projects["610100/P1"].incomplete
    assert not projects["610100/P2"].incomplete
    assert await stage.mongo.db["parked"].count_documents({}) == 0
    told = [event for event in stage.kafka.told_of(ASSESSED) if event.subject == "610100/P2"]
    assert 10_000 in {event.data.execution.money.adjusted_budget for event in told}


async def test_an_entry_that_cannot_be_folded_is_parked_at_the_second_try(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in one entry does not stop its partition."""
    poison = builders.expenditure("610100/P1", "1.00")

    fold = FOLD_OF[poison.type]

    def failing(year: ProjectYear, entry: Arrived, data: Any) -> None:
        if poison.id.encode() in entry.raw:
            raise ZeroDivisionError
        fold(year, entry, data)

    monkeypatch.setattr(folding, "FOLD_OF", {**FOLD_OF, poison.type: failing})
    stage.log().add(builders.jurisdiction(), builders.budget(), poison, builders.expenditure())
    process = stage.process()
    await process.take()
    with pytest.raises(FoldError):
        await process.read()
    await process.work()

    parked = await stage.mongo.db["parked"].find_one({})
    assert parked is not None
    assert parked["reason"] == "ZeroDivisionError()"
    assert await process.store.progress.positions(1) == [4]


async def test_findings_on_single_facts_are_told_at_once(stage: Stage) -> None:
    """They are not coalesced, and come before the assessment that counts them."""
    stage.log().add(builders.jurisdiction(), builders.day_opened("2026-03-31"))
    stage.log().add(builders.budget(amount="10.00"), builders.expenditure(amount="12.00"))
    process = stage.process()
    await process.work()
    await process.rest()

    told = [event.type for _, event in stage.kafka.told()]
    found = stage.kafka.told_of(FOUND)
    assert ["over_budget"] == [event.data.finding.kind for event in found]
    assert told.index(FOUND) < told.index(ASSESSED)
