from unittest.mock import AsyncMock

import pytest

from contracts.topics import partition_of
from services.intake.domain.admission import Admitted, admit
from services.intake.domain.submissions import Origin
from services.intake.domain.verdicts import Refusal
from services.intake.store.submissions import Submission, Submissions
from services.intake.store.verification import verify
from tests.integration.intake.stages import (
    PARTITIONS,
    Crash,
    CrashingKafka,
    Machine,
    Store,
    reader_of,
)
from tests.support.hostile import event, organisation, registered, wire
from tests.unit.intake.builders import day

pytestmark = pytest.mark.integration

CODE = "340100"
REQUEST = b"r" * 16
BATCH = 3
STEPS = 24
"""More than one life has; the test says if it needs more."""


def story() -> list[bytes]:
    """Two days, payments on both partitions, a repeat, a conflict, a refusal."""
    paid = [wire(event(f"e-{n}", f"{CODE}/P{n % 5}")) for n in range(8)]
    return [
        wire(registered(CODE)),
        wire(organisation(CODE)),
        *paid[:5],
        day("2026-03-02", CODE),
        *paid[5:],
        paid[0],
        wire(event("e-1", f"{CODE}/P1", data={**event()["data"], "amount": "9.99"})),
        b"{",
        day("2026-03-03", CODE),
    ]


def submission(index: int, raw: bytes) -> Submission:
    admission = admit(raw)
    if isinstance(admission, Refusal) and admission.code == "not_publishable":
        admission = Admitted("day", "dualwatch.day.opened.v1", CODE, jurisdiction_fact=True)
    return Submission(raw, admission, Origin("demo", "http", REQUEST, index, 1, len(raw)))


async def machine(store: Store) -> Machine:
    """Put the story on `submissions`; its jurisdiction is everywhere from the start."""
    built = Machine(await store.empty(), BATCH)
    door = Submissions(CrashingKafka(built.kafka, Crash()), PARTITIONS)
    lines = story()
    await door.put([submission(0, lines[0])])
    await built.run(Crash())
    await door.put([submission(index, raw) for index, raw in enumerate(lines) if index])
    return built


async def outcome(built: Machine) -> dict[str, object]:
    """Say what a run came to, as far as it may not depend on crashes."""
    reader = reader_of(built.mongo)
    decided = await reader.verdicts(REQUEST)
    found = await verify(reader)
    assert not found.faults
    quarantine = await reader.quarantine(None, 100, {})
    return {
        "verdicts": {index: row[1:3] for index, (_, row) in sorted(decided.items())},
        "ledger": [sorted(built.kafka.ledger(p)) for p in range(PARTITIONS)],
        "entries": found.entries,
        "quarantine": sorted((item["_id"], item["times"]) for item in quarantine),
        "days": [found.today for found in await reader.jurisdictions()],
        "copies": [standing.copies for standing in await reader.standings()].count({}),
    }


@pytest.fixture(scope="module")
async def undisturbed(store: Store) -> dict[str, object]:
    built = await machine(store)
    await built.run(Crash())
    return await outcome(built)


async def test_the_story_comes_to_what_it_should(undisturbed: dict[str, object]) -> None:
    """So that the comparison below means something."""
    home = partition_of(CODE, PARTITIONS)
    verdicts = undisturbed["verdicts"]
    assert isinstance(verdicts, dict)
    counted = [verdict for verdict, _ in verdicts.values()]

    assert len(story()) == len(verdicts)
    assert (12, 1, 1, 1) == tuple(
        map(counted.count, ("accepted", "duplicate", "conflict", "invalid"))
    )
    assert 12 + 4 == undisturbed["entries"]
    assert 1 == undisturbed["copies"], f"only the home {home} has no copies"
    assert "2026-03-03" == str(undisturbed["days"][0])  # type: ignore[index]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, STEPS))
async def test_a_crash_at_any_step_loses_and_doubles_nothing(
    store: Store, undisturbed: dict[str, object], at: int, *, after: bool
) -> None:
    """Killed before or after each commit and each half of each publication."""
    built = await machine(store)
    await built.run(Crash(at, after=after))

    assert undisturbed == await outcome(built)


async def test_two_crashes_in_a_row_lose_and_double_nothing(
    store: Store, undisturbed: dict[str, object]
) -> None:
    """The second strikes the successor while it cleans up."""
    for first in range(2, STEPS, 3):
        built = await machine(store)
        await built.run(Crash(first, after=True))
        await built.run(Crash(1, after=True))

        assert undisturbed == await outcome(built)


async def test_copies_that_got_lost_are_sent_again(
    store: Store, undisturbed: dict[str, object]
) -> None:
    """As when a broker lost them: seen twice to be lacking, not before."""
    built = await machine(store)
    home = partition_of(CODE, PARTITIONS)
    built.kafka.loses_copies = True
    await built.run(Crash())
    built.kafka.loses_copies = False
    assert built.owner is not None

    lacking = await built.owner.send_lost_copies({})
    assert [1 - home] == list(lacking[home])
    assert lacking == await built.owner.send_lost_copies(lacking)
    await built.run(Crash())
    assert undisturbed == await outcome(built)


async def test_without_the_tail_published_again_the_comparison_fails(
    store: Store, undisturbed: dict[str, object]
) -> None:
    """A negative control: one guard taken away, and the tests above would see it."""
    built = await machine(store)
    tail_forgotten = AsyncMock(return_value=1_000)
    built.kafka.last_position = tail_forgotten  # type: ignore[method-assign]
    await built.run(Crash(1, after=True))

    with pytest.raises(AssertionError):
        assert undisturbed == await outcome(built)


async def test_every_step_was_tried(store: Store) -> None:
    """A life has fewer steps than were tried above."""
    built = await machine(store)
    crash = Crash()
    await built.run(crash)

    assert crash.steps < STEPS


def test_the_story_uses_both_partitions() -> None:
    """Or half of it would not be tried."""
    assert {partition_of(f"{CODE}/P{n}", PARTITIONS) for n in range(5)} == set(range(PARTITIONS))
