"""A reader's question is one round trip; who answers for a partition is read with the answer."""

from services.analysis.domain import decode_state, encode_state
from services.analysis.domain.state import Jurisdiction
from services.analysis.store.generations import Generation, Generations, LiveProgress
from services.analysis.store.reading import Reader
from services.analysis.store.together import Answer, Copies, Together
from tests.integration.analysis.stages import Process, Stage
from tests.support import builders
from tests.support.eventually import eventually_async

CODE = "J41"
PARTITIONS = 2


class Counting(Together):
    """Counts what is asked of the server."""

    asked = 0

    async def _ask(self, *given: object) -> tuple[list[int], Answer]:
        self.asked += 1
        found: tuple[list[int], Answer] = await super()._ask(*given)  # type: ignore[arg-type]
        return found


def _reader(stage: Stage) -> tuple[Reader, Counting]:
    progress = LiveProgress(stage.mongo)
    progress.partitions = PARTITIONS
    reader = Reader(stage.mongo, progress)
    counting = reader.together = Counting(stage.mongo, progress)
    return reader, counting


async def _begun(stage: Stage) -> Process:
    """Fold a project in each of two partitions."""
    process = stage.process()
    for partition in range(PARTITIONS):
        name = f"{CODE}/P{partition}"
        stage.log(partition).add(
            builders.jurisdiction(CODE),
            builders.project(name),
            builders.budget(name),
            builders.day_opened("2026-06-30", CODE),
            builders.expenditure(name, f"{partition + 1}.00"),
        )
        await process.work(partition)
        await process.rest(partition)
    return process


async def test_a_project_is_one_round_trip(stage: Stage) -> None:
    """Its head, its years, its jurisdiction, and how far every partition is."""
    await _begun(stage)
    reader, counting = _reader(stage)

    found, cut = await reader.project(f"{CODE}/P1")
    nothing, _ = await reader.project(f"{CODE}/P7")
    known = await reader.jurisdictions(CODE)

    assert cut == [5, 5]
    assert nothing is None
    assert found is not None
    assert found.partition == 1
    assert found.jurisdiction is not None
    assert found.jurisdiction.today is not None
    assert found.project.years[2026].state.sequence == 3
    assert len(known[CODE]) == PARTITIONS
    assert await reader.jurisdictions("none") == {}
    assert counting.asked == 4


async def test_a_reader_notices_who_answers_now(stage: Stage) -> None:
    """A new generation takes one partition over: its collections answer, the others' the rest."""
    live = await _begun(stage)
    reader, counting = _reader(stage)
    before, cut = await reader.project(f"{CODE}/P0")
    builder = stage.process(generation=await Generations(stage.mongo).begin(1))
    await builder.store.prepare()
    builder.handler.builder.may_swap = True
    await builder.work()
    await eventually_async(lambda: _is_live(stage, [2, 1]))
    await builder.rest()
    # What the former generation still has answers nothing.
    for name in ("heads", "years", "jurisdictions"):
        key = {"heads": "_id", "years": "_id.p", "jurisdictions": "_id.p"}[name]
        gone = 0 if name == "jurisdictions" else f"{CODE}/P0"
        await stage.mongo.db[name].delete_many({key: gone})
    asked = counting.asked

    after, later = await reader.project(f"{CODE}/P0")
    other, _ = await reader.project(f"{CODE}/P1")

    # Asked as before, then at one moment: by then it is known who is live.
    assert counting.asked == asked + 3
    assert later == cut
    assert before is not None
    assert after is not None
    assert after.jurisdiction == before.jurisdiction
    assert encode_state(after.project.head) == encode_state(before.project.head)
    assert other is not None
    assert other.jurisdiction is not None
    assert len((await reader.jurisdictions())[CODE]) == PARTITIONS
    assert Generation(2).name("heads") == "heads_g2"
    await live.stop()


async def _is_live(stage: Stage, wanted: list[int]) -> bool:
    return await Generations(stage.mongo).live(PARTITIONS) == wanted


def test_a_copy_is_decoded_again_when_it_has_changed() -> None:
    """And only then."""
    copies = Copies()
    one, two = Jurisdiction(CODE), Jurisdiction(CODE, "another name")
    key = {"j": CODE, "p": 0}

    first = copies.read({"_id": key, "state": encode_state(one)})
    again = copies.read({"_id": key, "state": encode_state(one)})
    changed = copies.read({"_id": key, "state": encode_state(two)})

    assert first is again
    assert changed == decode_state(encode_state(two), Jurisdiction)
