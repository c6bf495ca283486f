"""Batches of virements on a real MongoDB: counted once, whoever is killed; shown over HTTP."""

import asyncio
from functools import partial
from typing import Any, Final

import pytest

from services.chassis.mongo import Session, SupersededError
from services.intake.domain.batches import BatchKind, BatchName, BatchState
from services.intake.domain.decision import Before, Decision, Known
from services.intake.domain.ledger import decide
from services.intake.domain.submissions import Candidate
from services.intake.store import batches as stored
from services.intake.store.batches import Batches, Wanted
from services.intake.store.ledger import Held, MongoLedger
from tests.integration.intake.running import Intake
from tests.integration.intake.stages import PARTITIONS, CrashError, Store
from tests.integration.intake.test_principals import asked, created
from tests.support.eventually import eventually_async
from tests.support.hostile import event, organisation, registered
from tests.unit.intake.builders import HEFEI, NOW_MS, taken

pytestmark = pytest.mark.integration

PATH: Final = "/v1/adjustment-batches"
COUNTED_SECONDS: Final = 60
"""Batches follow the ledger at their own pace."""
ROUNDS_MAX: Final = 20


def side(
    number: int, project: str, direction: str, amount: str, batch: str = "TJ-1", **more: Any
) -> dict[str, Any]:
    """Make one side of a virement."""
    data = {
        "date": "2026-05-06",
        "fiscal_year": 2026,
        "line": "L1",
        "adjustment_kind": "virement",
        "direction": direction,
        "batch_number": batch,
        "amount": amount,
        **more,
    }
    return event(f"adj-{project}-{number}", project, "budget.adjusted", data)


def judged(held: Held, *entered: Candidate) -> partial[Decision]:
    """Decide as an owner does."""
    before = Before(held.taken.partition, held.position, {}, {"340100": HEFEI}, {}, 0)

    def judge(known: Known) -> Decision:
        return decide(entered, before, known, NOW_MS)

    return partial(judge)


async def entered(ledger: MongoLedger, partition: int, *facts: dict[str, Any]) -> Held:
    """Write facts of new projects into a partition's ledger."""
    held = await ledger.take(partition)
    found = judged(held, *map(taken, facts))
    held, decision = await ledger.commit(held, len(facts), found, None, NOW_MS)
    assert decision.counts["accepted"] == len(facts)
    return held


async def read_through(batches: Batches) -> None:
    """Read the ledger to its end."""
    for _ in range(ROUNDS_MAX):
        if not await batches.advance():
            return
    message = "the ledger is read for ever"
    raise AssertionError(message)


NAME: Final = BatchName("340100", 2026, BatchKind.VIREMENT, "TJ-1")


async def sums(batches: Batches) -> tuple[int, int, int]:
    """Give what is counted of the batch."""
    kept = await batches.one(NAME.id, {})
    assert kept is not None
    assert kept.batch.sides == len(await batches.sides(NAME, None, 100))
    return kept.batch.amount_in, kept.batch.amount_out, kept.batch.sides


async def filled(store: Store) -> Batches:
    """Give a ledger of an earlier release: two partitions with sides of one batch, none counted."""
    ledger = MongoLedger(await store.empty(), PARTITIONS)
    out = [side(n, f"340100/P{n}", "out", "0.10") for n in range(5)]
    into = [side(n, f"340100/Q{n}", "in", "0.07") for n in range(3)]
    payment = event("e-1", "340100/P9")
    await entered(ledger, 0, *out, payment)
    await entered(ledger, 1, *into)
    batches = Batches(store.mongo, PARTITIONS)
    await batches.prepare()
    return batches


async def test_what_an_earlier_release_entered_is_counted_in_steps(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first entry on, so many positions at a time; what is left is told."""
    monkeypatch.setattr(stored, "STEP_POSITIONS", 2)
    batches = await filled(store)
    assert 9 == await batches.behind()
    assert 5 == await batches.advance()
    assert 5 == await batches.behind()

    await read_through(batches)
    assert (21, 50, 8) == await sums(batches)
    assert 0 == await batches.behind()


class CrashingBatches(Batches):
    """Is killed in its n-th step, before the transaction is committed or right behind it."""

    at = 0
    after = False
    steps = 0

    async def _open(self, partition: int, opened: Any, session: Session) -> None:
        await super()._open(partition, opened, session)
        self.steps += 1
        if self.steps == self.at and not self.after:
            raise CrashError

    async def _step(self, partition: int, at: int, first: int, last: int) -> None:
        await super()._step(partition, at, first, last)
        if self.steps == self.at and self.after:
            raise CrashError


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
async def test_a_side_counts_once_whenever_its_reader_is_killed(
    store: Store, monkeypatch: pytest.MonkeyPatch, at: int, *, after: bool
) -> None:
    """All of a step is there, or nothing of it."""
    monkeypatch.setattr(stored, "STEP_POSITIONS", 2)
    await filled(store)
    dying = CrashingBatches(store.mongo, PARTITIONS)
    dying.at, dying.after = at, after
    with pytest.raises(CrashError):
        await read_through(dying)

    batches = Batches(store.mongo, PARTITIONS)
    await read_through(batches)
    assert (21, 50, 8) == await sums(batches)


async def test_two_readers_at_once_count_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was thought dead, beside the one that took its lease over."""
    monkeypatch.setattr(stored, "STEP_POSITIONS", 2)
    await filled(store)

    async def read() -> None:
        batches = Batches(store.mongo, PARTITIONS)
        for _ in range(ROUNDS_MAX):
            try:
                if not await batches.advance():
                    return
            except SupersededError:
                continue

    await asyncio.gather(read(), read(), read())

    batches = Batches(store.mongo, PARTITIONS)
    assert (21, 50, 8) == await sums(batches)
    assert 0 == await batches.behind()


async def test_a_ledger_that_is_read_again_counts_nothing_twice(store: Store) -> None:
    """As where its store was made anew from the topic: the same entries, at the same places."""
    batches = await filled(store)
    await read_through(batches)
    await store.mongo.db[stored.REACHED].update_one({"_id": 0}, {"$set": {"n": 1_000}})
    await store.mongo.db[stored.REACHED].delete_one({"_id": 1})

    await read_through(batches)
    assert (21, 50, 8) == await sums(batches)


async def test_nothing_is_work_before_a_day_was_opened(store: Store) -> None:
    """In every partition; then what is older than its opening."""
    batches = await filled(store)
    await read_through(batches)
    wanted = Wanted("340100")
    settling = wanted._replace(state=BatchState.SETTLING)

    assert ([], 1) == (
        list(await batches.page({}, wanted, None, 10)),
        len(await batches.page({}, settling, None, 10)),
    )
    days = store.mongo.db[stored.DAYS]
    await days.insert_one({"_id": {"j": "340100", "p": 0}, "j": "340100", "d": "2026-05-07"})
    assert 0 == (await batches.unbalanced())[BatchKind.VIREMENT]
    await days.insert_one({"_id": {"j": "340100", "p": 1}, "j": "340100", "d": "2026-05-06"})

    assert {BatchKind.VIREMENT: 1, BatchKind.DISTRIBUTED: 0} == await batches.unbalanced()
    [kept] = await batches.page({}, wanted, None, 10)
    assert ("2026-05-06", BatchState.UNBALANCED) == (
        await batches.settled("340100"),
        kept.state,
    )
    [counted] = await batches.counts({}, wanted)
    assert (BatchKind.VIREMENT, 1) == counted


def corrected(project: str, entry: int) -> dict[str, Any]:
    """Make a correction that moves an entry to another line."""
    data = {
        "date": "2026-05-07",
        "fiscal_year": 2026,
        "entry": entry,
        "line": "L2",
        "reason": "列错指标",
    }
    return event(f"corr-{project}-{entry}", project, "fact.corrected", data)


class Desk:
    """What the data desk of a jurisdiction sees."""

    def __init__(self, intake: Intake, code: str) -> None:
        self.intake = intake
        self.code = code

    async def listed(self, state: str = "unbalanced", **more: Any) -> list[dict[str, Any]]:
        """List batches of a state."""
        wanted = {"jurisdiction": self.code, "state": state, **more}
        found: list[dict[str, Any]] = (await self.intake.get(PATH, **wanted))["items"]
        return found

    async def numbers(self, state: str = "unbalanced", **more: Any) -> list[str]:
        """List their numbers."""
        return sorted(one["batch_number"] for one in await self.listed(state, **more))

    async def counted(self) -> None:
        """Wait until all of the ledger is counted."""

        async def nothing_left() -> bool:
            return (await self.intake.get(PATH, jurisdiction=self.code))["behind"] == 0

        await eventually_async(nothing_left, COUNTED_SECONDS)


async def begun(intake: Intake, code: str, *sides: dict[str, Any]) -> Desk:
    """Register a jurisdiction, open its first day and send sides, twice."""
    await intake.send(registered(code), organisation(code, "U1"))
    await intake.open_day(code, "2026-05-06")
    await intake.send(*sides)
    again = await intake.send(*sides)
    assert len(sides) == again["counts"]["duplicate"]
    desk = Desk(intake, code)
    await desk.counted()
    return desk


async def test_a_batch_is_work_until_its_other_side_comes(intake: Intake) -> None:
    """Settling until the next day is opened, then listed; gone with the missing side."""
    projects = [f"J97B/P{number}" for number in range(6)]
    desk = await begun(
        intake,
        "J97B",
        side(1, projects[0], "out", "100.00"),
        side(1, projects[1], "in", "60.00"),
        side(1, projects[2], "out", "5.00", "FP-1", adjustment_kind="distributed"),
        side(1, projects[3], "out", "7.00", "TJ-2"),
        side(1, projects[4], "in", "7.00", "TJ-2"),
    )
    assert [] == await desk.numbers()
    assert ["FP-1", "TJ-1"] == await desk.numbers("settling")

    await intake.open_day("J97B", "2026-05-07")
    await desk.counted()
    assert ["FP-1", "TJ-1"] == await desk.numbers()
    assert ["TJ-1"] == await desk.numbers(kind="virement")
    assert [] == await desk.numbers(fiscal_year=2025)
    [batch] = await desk.listed(kind="virement")
    assert ("60.00", "100.00", "-40.00", "2026-05-06", 2) == tuple(
        batch[name] for name in ("amount_in", "amount_out", "difference", "since", "sides")
    )

    await intake.send(corrected(projects[1], 1), side(2, projects[5], "in", "40.00"))
    await desk.counted()
    assert (["FP-1"], []) == (await desk.numbers(), await desk.numbers("settling"))
    balanced = await intake.get(f"{PATH}/{batch['id']}")
    assert ("balanced", None, "0.00", 3) == tuple(
        balanced[name] for name in ("state", "since", "difference", "sides")
    )


async def test_lists_go_on_page_by_page_within_ones_scope(intake: Intake) -> None:
    """Batches by how long they have been out of balance, entries by project and sequence."""
    projects = [f"J97C/P{number}" for number in range(3)]
    desk = await begun(
        intake,
        "J97C",
        side(1, projects[0], "out", "1.00"),
        side(2, projects[0], "in", "0.25"),
        side(1, projects[1], "in", "0.25"),
        side(1, projects[2], "out", "1.00", "TJ-0"),
    )
    await intake.open_day("J97C", "2026-05-07")
    await desk.counted()

    first = await intake.get(PATH, jurisdiction="J97C", limit=1)
    rest = await desk.listed(after=first["next"])
    assert ["TJ-0", "TJ-1"] == sorted(one["batch_number"] for one in [*first["items"], *rest])
    assert {"items": [{"kind": "virement", "batches": 2}], "total": 2} == await intake.get(
        f"{PATH}/counts", jurisdiction="J97C"
    )

    [batch] = [one for one in await desk.listed() if one["batch_number"] == "TJ-1"]
    path = f"{PATH}/{batch['id']}"
    entries = (await intake.get(f"{path}/sides"))["items"]
    page = await intake.get(f"{path}/sides", limit=2)
    more = await intake.get(f"{path}/sides", limit=2, after=page["next"])
    assert [(projects[0], 1), (projects[0], 2), (projects[1], 1)] == [
        (one["project"], one["sequence"]) for one in entries
    ]
    assert entries == page["items"] + more["items"]

    given = await created(intake, "j97-other", roles=["publisher"], jurisdictions=["J97C"])
    theirs = await asked(intake, given["key"], PATH, params={"jurisdiction": "J97C"})
    assert [] == theirs.json()["items"]
    assert 404 == (await asked(intake, given["key"], path)).status_code
