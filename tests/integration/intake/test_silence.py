"""That a publisher was heard stands once on every partition, whatever fails (domain-rules 17f)."""

from collections import Counter
from typing import Any, Final

import pytest

from contracts.codec import decode
from contracts.topics import SUBMISSIONS, partition_of
from services.intake.domain.admission import Admitted, admit
from services.intake.domain.silence import HEARD
from services.intake.domain.submissions import Origin
from services.intake.domain.verdicts import Refusal
from services.intake.store import documents as docs
from services.intake.store.submissions import Submission, Submissions
from services.intake.store.verification import verify
from tests.integration.intake.running import PARTITIONS as ALL
from tests.integration.intake.running import Intake, new_code
from tests.integration.intake.stages import (
    PARTITIONS,
    Crash,
    CrashingKafka,
    FakeRecord,
    Machine,
    Store,
    reader_of,
)
from tests.support.eventually import eventually_async
from tests.support.hostile import event, registered, wire
from tests.unit.intake.builders import day

pytestmark = pytest.mark.integration

CODE: Final = "340100"
BATCH: Final = 3
STEPS: Final = 40
"""More than one life has; the test says if it needs more."""


def parameters(code: str = CODE) -> dict[str, Any]:
    """Say after how many opened days a publisher is silent."""
    data = {"date": "2026-03-01", "silent_publisher_days": 3}
    return event(f"{code}-silence", code, thing="monitoring_parameters.published", data=data)


def payment(number: int, code: str = CODE) -> bytes:
    """Make a payment: projects lie on all partitions."""
    return wire(event(f"{code}-e-{number}", f"{code}/P{number % 20}"))


def submission(index: int, raw: bytes, publisher: str = "demo") -> Submission:
    admission = admit(raw)
    if isinstance(admission, Refusal) and admission.code == "not_publishable":
        admission = Admitted("day", "dualwatch.day.opened.v1", CODE, jurisdiction_fact=True)
    return Submission(raw, admission, Origin(publisher, "http", b"r" * 16, index, 1, len(raw)))


async def put(built: Machine, *submissions: Submission) -> None:
    """Put on `submissions`, in order."""
    await Submissions(CrashingKafka(built.kafka, Crash()), PARTITIONS).put(submissions)


async def begun(store: Store) -> Machine:
    """Make a jurisdiction that asks who is silent, and open a day everywhere."""
    built = Machine(await store.empty(), BATCH)
    facts = [wire(registered(CODE)), wire(parameters()), day("2026-03-02", CODE)]
    await put(built, *(submission(100 + index, raw) for index, raw in enumerate(facts)))
    await built.run(Crash())
    return built


async def machine(store: Store) -> Machine:
    """Have two publishers speak on both partitions, one of them many times."""
    built = await begun(store)
    spoken = [submission(number, payment(number)) for number in range(8)]
    other = [submission(number, payment(number), "treasury") for number in range(8, 10)]
    await put(built, *spoken, *other)
    return built


def heard(built: Machine) -> list[Counter[tuple[str, str]]]:
    """Count, for each partition, of whom and which day it stands that he was heard."""
    found = []
    for partition in range(PARTITIONS):
        events = [decode(raw) for raw in built.kafka.ledger(partition)]
        told = [one.data for one in events if one.type == HEARD]
        found.append(Counter((data.publisher, str(data.date)) for data in told))
    return found


ONCE: Final = {("demo", "2026-03-02"): 1, ("treasury", "2026-03-02"): 1}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, STEPS))
async def test_a_crash_at_any_step_loses_and_doubles_nothing(
    store: Store, at: int, *, after: bool
) -> None:
    """Killed between what is heard and what is said of it, too."""
    built = await machine(store)
    await built.run(Crash(at, after=after))

    assert [ONCE] * PARTITIONS == heard(built)
    assert not (await verify(reader_of(built.mongo))).faults
    assert 10 == sum(
        b"expenditure.recorded" in raw
        for partition in range(PARTITIONS)
        for raw in built.kafka.ledger(partition)
    )


async def test_every_step_was_tried(store: Store) -> None:
    """A life has fewer steps than were tried above."""
    built = await machine(store)
    crash = Crash()
    await built.run(crash)

    assert crash.steps < STEPS


async def test_a_day_later_it_is_stated_again(store: Store) -> None:
    """Once a day on which it has spoken, and not of a day on which it was silent."""
    built = await machine(store)
    await built.run(Crash())
    for index, date in enumerate(("2026-03-03", "2026-03-04")):
        await put(built, submission(200 + index, day(date, CODE)))
        await built.run(Crash())
    await put(built, submission(10, payment(10)), submission(11, payment(11)))
    await built.run(Crash())

    expected = {**ONCE, ("demo", "2026-03-04"): 1}
    assert [expected] * PARTITIONS == heard(built)


async def test_it_is_on_its_way_before_anybody_learns_of_the_entry(store: Store) -> None:
    """Who then opens the next day opens it behind: that day knows who was heard."""
    built = await begun(store)
    home, mine = (partition_of(name, PARTITIONS) for name in (CODE, f"{CODE}/P1"))
    assert built.owner is not None
    submitted, spoken = (built.kafka.records(SUBMISSIONS.name, p) for p in (home, mine))
    known: list[int] = []

    def announced(*_: Any, **__: Any) -> None:
        known.append(sum(b"publisher.heard" in (value or b"") for _, value, _ in submitted))

    built.owner.board.announce = announced  # type: ignore[method-assign]
    await put(built, submission(0, payment(1)))
    record: Any = FakeRecord(len(spoken) - 1, spoken[-1])
    await built.owner.handle(mine, [record])

    assert [1] == known


async def test_a_store_of_an_earlier_release_finds_out_that_silence_is_asked_of(
    store: Store,
) -> None:
    """By the facts in its ledger: nobody has to publish parameters again."""
    built = await begun(store)
    await built.mongo.db[docs.JURISDICTIONS].update_many(
        {}, {"$unset": {"hears": 1, "spoken": 1, "heard": 1}}
    )
    await put(built, submission(0, payment(0)))
    await built.run(Crash())

    assert [{("demo", "2026-03-02"): 1}] * PARTITIONS == heard(built)


async def test_every_partition_has_it_once_a_day(intake: Intake) -> None:
    """On the real Kafka; and a jurisdiction that does not ask has none of it."""
    asks, other = new_code(), new_code()
    await intake.send(registered(asks), registered(other), parameters(asks))
    for code in (asks, other):
        await intake.open_day(code, "2026-03-02")
        for first in (0, 20):
            raws = [payment(number, code) for number in range(first, first + 20)]
            await intake.send_lines(raws)

    async def stated() -> bool:
        ledger = await intake.ledger_once()
        for partition in range(ALL):
            told = [raw for _, raw in ledger[partition].values() if b"publisher.heard" in raw]
            mine = [decode(raw) for raw in told]
            assert [asks] == [one.subject for one in mine if one.subject in {asks, other}]
        return True

    await eventually_async(stated)
    (found,) = [e for e in await intake.entries(asks) if "publisher.heard" in e["event"]["type"]]
    assert "2026-03-02" == found["event"]["data"]["date"]
