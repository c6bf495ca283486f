"""A projection whose database was lost: made anew in silence, its numbers go on."""

from contracts.events.analysis import AssessmentMade
from contracts.record import Mark
from services.analysis.store.generations import Generations
from services.analysis.store.lost import number_on
from tests.integration.analysis.events import stream
from tests.integration.analysis.stages import ASSESSED, Pure, Stage
from tests.support import builders
from tests.support.eventually import eventually_async

CODE = "J44"
PROJECTS = 4


def _figures(stage: Stage) -> dict[tuple[str, int], object]:
    """Return the last that was said of each project year, without when it was said."""
    found: dict[tuple[str, int], AssessmentMade] = {}
    for event in stage.kafka.told_of(ASSESSED):
        found[event.subject, event.data.fiscal_year] = event.data
    said = {"standing", "settled", "ledger_position", "months_completed_before", "findings"}
    return {key: data.model_dump(exclude=said) for key, data in found.items()}


async def _lose(stage: Stage) -> Generations:
    await stage.mongo.client.drop_database(stage.mongo.db.name)
    return Generations(stage.mongo)


async def test_a_lost_projection_says_everything_anew_behind_what_it_said(stage: Stage) -> None:
    """Readers pass over nothing that is new: there is no gap, and no number comes twice."""
    stage.log().add(builders.jurisdiction(CODE), builders.day_opened("2026-05-31", CODE))
    stage.log().add(*stream(44, 60, PROJECTS, CODE))
    stage.log().add(builders.day_opened("2026-06-30", CODE))
    live = stage.process()
    await live.work()
    await live.rest()
    figures, before = _figures(stage), len(stage.kafka.told())
    await live.stop()

    generations = await _lose(stage)
    await number_on(generations, {0: stage.kafka.told()[-1][0]})
    await generations.prepare()
    generation = await generations.begin(1)
    anew = stage.process(None, generation)
    await anew.store.prepare()
    anew.handler.builder.may_swap = True
    await anew.work()
    await eventually_async(lambda: _is_live(generations, generation.number))
    await anew.rest()

    told = stage.kafka.told()
    again = {(e.subject, e.data.fiscal_year) for _, e in told[before:] if e.type == ASSESSED}
    assert figures == _figures(stage)
    assert again == set(Pure.of(stage.log().entries).years)
    assert len(told) > before
    await anew.stop()


async def test_a_database_that_is_there_stays_as_it_is(stage: Stage) -> None:
    """What was told elsewhere does not move it."""
    stage.log().add(builders.jurisdiction(CODE), *stream(45, 10, 1, CODE))
    live = stage.process()
    await live.work()
    await live.rest()
    generations = Generations(stage.mongo)
    await generations.prepare()
    before = await generations.all()

    await number_on(generations, {0: Mark(99, 0, 1, 50, ASSESSED)})

    assert before == await generations.all()
    assert not await generations.none_begun()
    await live.stop()


async def _is_live(generations: Generations, number: int) -> bool:
    return await generations.live(1) == [number]
