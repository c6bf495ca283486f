"""What readers ask of the past and of the tree: cuts by recorded time, organisations, facts."""

from services.analysis.domain import Entry, encode_state, tree_at
from services.analysis.store.generations import LiveProgress
from services.analysis.store.moments import steps_of
from services.analysis.store.reading import Asked, Page, Reader
from tests.integration.analysis.events import stream
from tests.integration.analysis.stages import RECORDED_MS, Pure, Stage
from tests.support import builders


def _reader(stage: Stage) -> Reader:
    progress = LiveProgress(stage.mongo)
    progress.partitions = 1
    return Reader(stage.mongo, progress)


async def test_a_recorded_time_is_a_cut(stage: Stage) -> None:
    """Everything recorded by then, and nothing after it, in whatever batches it came."""
    stage.log().add(builders.jurisdiction(), builders.project(), builders.budget())
    process = stage.process()
    await process.work(size=2)
    stage.log().add(builders.expenditure(), builders.expenditure())
    await process.read()
    reader = _reader(stage)

    assert await reader.cut_at(RECORDED_MS) == [0]
    for position in range(1, 6):
        # The stage records the n-th entry n milliseconds later.
        assert await reader.cut_at(RECORDED_MS + position) == [position]
    assert await reader.cut_at(RECORDED_MS + 1_000_000) == [5]


def test_clocks_that_run_backwards_are_no_gap() -> None:
    """The latest time so far counts: a time stands for all before the first later entry."""
    times = [10, 12, 11, 11, 15]
    entries = [Entry(n, n, ms, None) for n, ms in enumerate(times, 1)]

    assert steps_of(entries, 0) == [(10, 1), (12, 4), (15, 5)]
    assert steps_of(entries[2:4], 12) == [(12, 4)]


async def test_organisations_are_kept_as_they_were(stage: Stage) -> None:
    """The tree of a day is that day's, whatever was stated since."""
    stage.log().add(
        builders.jurisdiction(),
        builders.organisation("D1"),
        builders.organisation("U1", kind="unit", parent="D1"),
    )
    process = stage.process()
    await process.work()
    reader = _reader(stage)

    found = tree_at((await reader.organisations("610100")).values(), 737_790)

    assert {code: known.parent for code, known in found.items()} == {"D1": None, "U1": "D1"}


async def test_the_past_is_folded_as_it_was(stage: Stage) -> None:
    """At the cut of each day the kept entries make, byte for byte, the state of then."""
    stage.log().add(builders.jurisdiction("J41"), builders.day_opened("2026-05-31", "J41"))
    stage.log().add(*stream(41, 60, 3, "J41"))
    process = stage.process()
    await process.work(size=25)
    cut = stage.log().positions
    stage.log().add(builders.day_opened("2026-06-30", "J41"), *stream(42, 60, 3, "J41"))
    await process.read(size=25)
    reader = _reader(stage)
    asked, page = Asked("J41", 2026), Page([])

    for then in (cut, stage.log().positions):
        page = await reader.states_at(asked, [then], None, 10)
        pure = Pure.of([entry for entry in stage.log().entries if entry.position <= then])
        assert page.after is None
        for found, year in zip(page.items, page.years, strict=True):
            name = found.project.head.project
            assert encode_state(found.project.head) == encode_state(pure.heads[name])
            expected = pure.years.get((name, 2026))
            assert (year is None) == (expected is None)
            if year is not None and expected is not None:
                assert encode_state(year.state) == encode_state(expected)
            assert found.jurisdiction == pure.jurisdictions["J41"]
    assert len(page.items) == 3
