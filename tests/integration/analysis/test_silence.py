"""Who is silent is the same on every partition, and what stood still goes on (domain-rules 17f)."""

import pytest

from contracts.envelope import AnyEvent
from tests.integration.analysis.stages import ASSESSED, DAY_ASSESSED, Stage, assert_stored
from tests.support import builders
from tests.support.measuring import parameters

pytestmark = pytest.mark.integration

PROJECTS = ("610100/P1", "610100/P2")
"""One on each partition; both of one publisher."""


def told(stage: Stage, partition: int) -> list[tuple[str, bool]]:
    """Tell of each assessment as of which day it is, and whether the project is frozen."""
    events = stage.kafka.told_of(ASSESSED, partition)
    return [(str(event.data.date), event.data.standing.frozen) for event in events]


def everywhere(stage: Stage, *facts: AnyEvent) -> None:
    """Enter facts of the jurisdiction on both partitions, as the ledger does."""
    for partition in range(2):
        stage.log(partition).add(*facts)


async def test_partitions_judge_silence_by_the_same_facts(stage: Stage) -> None:
    """Its publisher spoke of the other partition's project alone: neither is frozen for that."""
    everywhere(stage, builders.jurisdiction(), parameters(silent_publisher_days=2))
    everywhere(stage, builders.day_opened("2026-03-02"))
    for partition, project in enumerate(PROJECTS):
        log = stage.log(partition)
        log.publisher = "finance"
        log.add(builders.budget(project), builders.expenditure(project))
    everywhere(stage, builders.heard("finance", "2026-03-02"), builders.day_opened("2026-03-03"))
    everywhere(stage, builders.day_opened("2026-03-04"))
    stage.log(1).add(builders.expenditure(PROJECTS[1]))
    everywhere(stage, builders.heard("finance", "2026-03-04"))
    for date in ("2026-03-05", "2026-03-06", "2026-03-09"):
        everywhere(stage, builders.day_opened(date))
    process = stage.process(assess_interval_ms=10)
    for partition in range(2):
        await process.work(partition)
        await process.rest(partition)

    whole = [told(stage, partition)[-3:] for partition in range(2)]
    assert whole[0] == [("2026-03-05", False), ("2026-03-06", False), ("2026-03-09", True)]
    assert whole[0] == whole[1]
    await assert_heard(stage, "2026-03-04")


async def assert_heard(stage: Stage, day: str) -> None:
    """Both partitions know the same."""
    for partition in range(2):
        known = (await stage.processes[-1].store.jurisdictions(partition))["610100"]
        assert {"finance": builders.day(day).toordinal()} == known.heard


async def test_once_it_is_heard_all_that_stood_still_is_judged_again(stage: Stage) -> None:
    """Also where nothing of its own came, and not only on the next opened day."""
    everywhere(stage, builders.jurisdiction(), parameters(silent_publisher_days=1))
    everywhere(stage, builders.day_opened("2026-03-02"))
    log = stage.log()
    log.publisher = "finance"
    log.add(builders.budget(PROJECTS[0]), builders.expenditure(PROJECTS[0]))
    everywhere(stage, builders.heard("finance", "2026-03-02"))
    for date in ("2026-03-03", "2026-03-04"):
        everywhere(stage, builders.day_opened(date))
    process = stage.process(assess_interval_ms=10)
    await process.work()
    await process.rest()
    assert ("2026-03-04", True) == told(stage, 0)[-1]

    log.add(builders.heard("finance", "2026-03-04"))
    before = len(told(stage, 0))
    await process.read()
    await process.rest()
    assert [("2026-03-04", False)] == told(stage, 0)[before:]

    log.add(builders.heard("finance", "2026-03-04"), builders.heard("bank", "2026-03-04"))
    await process.read()
    await process.rest()
    assert before + 1 == len(told(stage, 0))
    assert 3 == len(stage.kafka.told_of(DAY_ASSESSED))
    assert 4 == len(stage.kafka.told_of("dualwatch.publisher.heard.v1"))


async def test_state_is_that_of_the_pure_fold(stage: Stage) -> None:
    """Byte for byte, as for all facts of the jurisdiction."""
    everywhere(
        stage,
        builders.jurisdiction(),
        builders.day_opened("2026-03-02"),
        builders.heard("b", "2026-03-02"),
        builders.heard("a", "2026-03-02"),
    )
    process = stage.process()
    await process.work()

    await assert_stored(stage)
