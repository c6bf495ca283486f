"""What changed is assessed soon but not always; every opened day is assessed whole, once."""

import datetime as dt
from collections import Counter

import pytest

from contracts.events.analysis import AssessmentMade
from services.analysis.domain import Jurisdiction, ProjectHead, ProjectYear, assess
from services.analysis.handlers import assessing
from services.chassis import clock
from services.chassis.mongo import SupersededError
from tests.integration.analysis.events import stream
from tests.integration.analysis.stages import (
    ASSESSED,
    DAY_ASSESSED,
    Crash,
    CrashError,
    Pure,
    Stage,
    assert_stored,
)
from tests.support import builders

pytestmark = pytest.mark.integration

CRASHES_MAX = 200


async def test_many_changes_are_assessed_a_few_times_and_the_last_state_always(
    stage: Stage,
) -> None:
    """The first at once, then once per interval."""
    log = stage.log()
    log.add(builders.jurisdiction(), builders.day_opened("2026-03-31"), builders.budget())
    process = stage.process(assess_interval_ms=500)
    await process.work()
    began = clock.monotonic()
    for _ in range(40):
        log.add(builders.expenditure(amount="0.10"))
        await process.read()
    seconds = clock.monotonic() - began
    await process.rest()

    assessed = stage.kafka.told_of(ASSESSED)
    assert 2 <= len(assessed) <= 3 + seconds / 0.5
    assert [event.data.settled for event in assessed] == [False] * len(assessed)
    assert assessed[0].data.stream_sequence == 1
    assert assessed[-1].data.stream_sequence == 41
    assert assessed[-1].data.execution.money.spent == 400


@pytest.mark.moves("dualwatch_analysis_due_years", "dualwatch_analysis_oldest_due_seconds")
async def test_a_backlog_is_assessed_once_it_pauses(stage: Stage) -> None:
    """Thousands of payments of one project cost one assessment."""
    log = stage.log()
    log.add(builders.jurisdiction(), builders.day_opened("2026-03-31"))
    projects = [f"610100/P{number}" for number in range(5)]
    log.add(*(builders.budget(project) for project in projects))
    log.add(*(builders.expenditure(project, "0.10") for project in projects * 40))
    process = stage.process(backlog_records=20, assess_interval_ms=200)
    await process.work(size=60)
    await process.rest()

    assessed = stage.kafka.told_of(ASSESSED)
    assert sorted(event.subject for event in assessed) == projects
    assert {event.data.execution.money.spent for event in assessed} == {400}
    assert {event.data.ledger_position for event in assessed} == {207}


async def test_a_new_name_is_told_of_every_year(stage: Stage) -> None:
    """Alerts and reporting know names from assessments alone."""
    log = stage.log()
    log.add(
        builders.jurisdiction(),
        builders.day_opened("2026-03-31"),
        builders.budget(date="2025-02-01"),
        builders.budget(),
    )
    process = stage.process()
    await process.work()
    log.add(builders.project(name="新名称"))
    await process.read()
    await process.rest()

    named = [event.data for event in stage.kafka.told_of(ASSESSED) if event.data.project_name]
    assert {(data.fiscal_year, data.project_name) for data in named} == {
        (2025, "新名称"),
        (2026, "新名称"),
    }


async def test_a_new_owner_assesses_what_the_former_one_left_due(stage: Stage) -> None:
    """Nobody has to send anything for that."""
    log = stage.log()
    log.add(builders.jurisdiction(), builders.day_opened("2026-03-31"))
    former = stage.process(backlog_records=10, assess_interval_ms=10_000)
    await former.work()
    log.add(*(builders.budget(f"610100/P{number}") for number in range(12)))
    await former.read()
    assert stage.kafka.told_of(ASSESSED) == []
    await former.kill()
    owner = stage.process()
    await owner.take()
    await owner.rest()

    assert len(stage.kafka.told_of(ASSESSED)) == 12


async def test_a_zombie_cannot_assess(stage: Stage) -> None:
    """Its agenda is worth nothing once the partition is another's."""
    log = stage.log()
    log.add(builders.jurisdiction(), builders.day_opened("2026-03-31"))
    zombie = stage.process(backlog_records=10, assess_interval_ms=10_000)
    await zombie.work()
    log.add(*(builders.budget(f"610100/P{number}") for number in range(12)))
    await zombie.read()
    share = zombie.handler._shares[0]
    keys = share.agenda.of("610100", 100)
    owner = stage.process()
    await owner.take()
    async with share.lock:
        with pytest.raises(SupersededError):
            await zombie.handler._owner.assess(share, keys)
    await owner.rest()

    assert len(stage.kafka.told_of(ASSESSED)) == 12


async def test_a_day_assesses_every_active_project_once_in_pages(stage: Stage) -> None:
    """What waits is assessed as of the day before; last year's are active until it is closed.

    Late facts of an older year settle too.
    """
    log = stage.log()
    log.add(builders.jurisdiction(), builders.day_opened("2026-03-31"))
    log.add(*(builders.budget(f"610100/P{number}") for number in range(7)))
    log.add(builders.budget("610100/OLD", date="2024-02-01"))
    log.add(builders.budget("610100/LAST", date="2025-02-01"))
    log.add(builders.jurisdiction("610199"), builders.budget("610199/P1"))
    process = stage.process(sweep_page=3)
    await process.work()
    log.add(builders.expenditure("610100/P1"), builders.day_opened("2026-04-01"))
    log.add(builders.expenditure("610100/P1", date="2026-04-01"))
    await process.read()
    await process.rest()
    log.add(builders.day_opened("2026-04-02"))
    await process.read()

    settled = Counter(
        (str(event.data.date), event.subject)
        for event in stage.kafka.told_of(ASSESSED)
        if event.data.settled
    )
    projects = ["610100/LAST", *(f"610100/P{number}" for number in range(7))]
    expected = [("2026-04-01", project) for project in [*projects, "610100/OLD"]]
    expected += [("2026-04-02", project) for project in projects]
    assert settled == Counter(expected)
    days = [event.data for event in stage.kafka.told_of(DAY_ASSESSED)]
    assert [(str(data.date), data.projects, data.partition) for data in days] == [
        ("2026-03-31", 0, 0),
        ("2026-04-01", 9, 0),
        ("2026-04-02", 8, 0),
    ]


async def test_what_waits_when_a_day_opens_is_assessed_as_of_the_day_before(stage: Stage) -> None:
    """The day that ends is complete before the next one begins."""
    log = stage.log()
    log.add(builders.jurisdiction(), builders.day_opened("2026-03-31"), builders.budget())
    process = stage.process(assess_interval_ms=10_000)
    await process.work()
    log.add(builders.expenditure())
    await process.read()
    log.add(builders.day_opened("2026-04-01"))
    await process.read()

    told = [
        (str(event.data.date), event.data.settled, event.data.execution.money.spent)
        for event in stage.kafka.told_of(ASSESSED)
    ]
    assert told == [
        ("2026-03-31", False, 0),
        ("2026-03-31", False, 1200),
        ("2026-04-01", True, 1200),
    ]


@pytest.mark.moves("dualwatch_analysis_assessment_failures_total")
async def test_a_project_that_cannot_be_assessed_does_not_stop_the_day(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is marked incomplete."""

    def failing(
        jurisdiction: Jurisdiction,
        head: ProjectHead,
        year: ProjectYear,
        as_of: dt.date,
        *,
        settled: bool,
        ledger_position: int,
        reprojected: bool,
    ) -> AssessmentMade:
        if head.project.endswith("P2"):
            raise ZeroDivisionError
        return assess(
            jurisdiction,
            head,
            year,
            as_of,
            settled=settled,
            ledger_position=ledger_position,
            reprojected=reprojected,
        )

    monkeypatch.setattr(assessing, "assess", failing)
    log = stage.log()
    log.add(builders.jurisdiction(), *(builders.budget(f"610100/P{n}") for n in range(4)))
    log.add(builders.day_opened("2026-03-31"))
    process = stage.process()
    await process.work()

    assert len(stage.kafka.told_of(ASSESSED)) == 3
    assert [event.data.projects for event in stage.kafka.told_of(DAY_ASSESSED)] == [3]
    projects = await process.store.load(["610100/P1", "610100/P2"])
    assert [projects["610100/P1"].incomplete, projects["610100/P2"].incomplete] == [False, True]


def story(stage: Stage) -> None:
    """Write two days with facts before, between and after, over more than one page."""
    log = stage.log()
    log.add(builders.jurisdiction(), *stream(7, 25, 5), builders.day_opened("2026-06-01"))
    log.add(*stream(8, 10, 5), builders.organisation(), builders.day_opened("2026-06-02"))
    log.add(*stream(9, 5, 5))


async def told(stage: Stage, process_crash: Crash) -> bool:
    """Run a process on the story; give whether it came to the end."""
    process = stage.process(process_crash, sweep_page=2)
    try:
        await process.work(size=17)
        await process.rest()
    except CrashError:
        await process.kill()
        return False
    await process.stop()
    return True


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("steps", [3, 4, 5, 8])
async def test_killed_again_and_again_the_end_is_the_same(
    stage: Stage, steps: int, *, after: bool
) -> None:
    """The next process finishes what the last one began: outbox, sweep, what is due.

    Fewer than three steps lead nowhere: publishing takes two, and then nothing is forgotten.
    """
    story(stage)
    for _ in range(CRASHES_MAX):
        if await told(stage, Crash(steps, after=after)):
            break
    else:
        pytest.fail("it never came to an end")

    await assert_stored(stage)
    pure = Pure.of(stage.log().entries)
    days = [event.data for event in stage.kafka.told_of(DAY_ASSESSED)]
    assert [(str(data.date), data.projects) for data in days] == [
        ("2026-06-01", len(settled(stage, "2026-06-01"))),
        ("2026-06-02", len(settled(stage, "2026-06-02"))),
    ]
    for date in ("2026-06-01", "2026-06-02"):
        assert set(settled(stage, date).values()) == {1}
    assert settled(stage, "2026-06-02").keys() >= {
        (name, year) for name, year in pure.years if year == 2026
    }
    latest = {
        (event.subject, event.data.fiscal_year): event.data
        for event in stage.kafka.told_of(ASSESSED)
    }
    jurisdiction = pure.jurisdictions["610100"]
    assert jurisdiction.today is not None
    for key, year in pure.years.items():
        said = latest[key]
        assert said == assess(
            jurisdiction,
            pure.heads[key[0]],
            year,
            jurisdiction.today,
            settled=said.settled,
            ledger_position=said.ledger_position,
        ).model_copy(update={"stream_sequence": said.stream_sequence})


def settled(stage: Stage, date: str) -> Counter[tuple[str, int]]:
    """Count the settled assessments of a day by project year."""
    return Counter(
        (event.subject, event.data.fiscal_year)
        for event in stage.kafka.told_of(ASSESSED)
        if event.data.settled and str(event.data.date) == date
    )
