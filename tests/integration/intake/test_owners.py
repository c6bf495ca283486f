import asyncio
from functools import partial

import pytest

from services.chassis.mongo import SupersededError
from services.intake.domain.decision import Before, Decision, Known
from services.intake.domain.ledger import decide
from services.intake.domain.submissions import Candidate
from services.intake.store.deployment import PartitionsChangedError, prepare_store
from services.intake.store.ledger import ClaimTakenError, Held, MongoLedger
from tests.integration.intake.stages import PARTITIONS, Store
from tests.support.hostile import event
from tests.unit.intake.builders import HEFEI, NOW_MS, taken

pytestmark = pytest.mark.integration


def judged(held: Held, *batch: Candidate) -> partial[Decision]:
    before = Before(held.taken.partition, held.position, {}, {"340100": HEFEI}, {}, 0)

    def judge(known: Known) -> Decision:
        return decide(batch, before, known, NOW_MS)

    return partial(judge)


def payment(event_id: str, project: str = "P1") -> Candidate:
    return taken(event(event_id, f"340100/{project}"))


async def test_a_zombies_commit_fails(store: Store) -> None:
    """Who was taken over cannot write, whatever he decided before."""
    ledger = MongoLedger(await store.empty(), PARTITIONS)
    former = await ledger.take(0)
    present = await ledger.take(0)
    with pytest.raises(SupersededError):
        await ledger.commit(former, 1, judged(former, payment("e-1")), None, NOW_MS)

    assert 0 == await store.mongo.db["claims"].count_documents({})
    after, _ = await ledger.commit(present, 1, judged(present, payment("e-1")), None, NOW_MS)
    assert 1 == after.position


async def test_a_claim_of_another_partition_is_met(store: Store) -> None:
    """The optimistic insert fails whole; looking first finds the claim."""
    ledger = MongoLedger(await store.empty(), PARTITIONS)
    zero, one = await ledger.take(0), await ledger.take(1)
    await ledger.commit(zero, 1, judged(zero, payment("e-1")), None, NOW_MS)
    other = payment("e-1", "P2"), payment("e-2", "P2")
    with pytest.raises(ClaimTakenError):
        await ledger.commit(one, 2, judged(one, *other), None, NOW_MS)

    assert 1 == await store.mongo.db["claims"].count_documents({})
    keys = [candidate.key for candidate in other]
    after, decision = await ledger.commit(one, 2, judged(one, *other), keys, NOW_MS)
    assert {"conflict": 1, "accepted": 1} == decision.counts
    assert 1 == after.position


async def test_two_owners_who_claim_one_id_at_once_do_not_both_get_it(store: Store) -> None:
    """Whoever is second is run again and sees the first."""
    ledger = MongoLedger(await store.empty(), PARTITIONS)
    held = [await ledger.take(number) for number in range(PARTITIONS)]
    rivals = [payment("e-1", f"P{number}") for number in range(PARTITIONS)]
    keys = [rivals[0].key]
    found = await asyncio.gather(
        *(
            ledger.commit(mine, 1, judged(mine, rival), keys, NOW_MS)
            for mine, rival in zip(held, rivals, strict=True)
        )
    )

    verdicts = sorted(verdict for _, decision in found for verdict in decision.counts)
    assert ["accepted", "conflict"] == verdicts


async def test_the_number_of_partitions_is_fixed_with_the_deployment(store: Store) -> None:
    """Changing it would part streams from their history."""
    mongo = await store.empty()
    await prepare_store(mongo, PARTITIONS)
    await prepare_store(mongo, PARTITIONS)

    with pytest.raises(PartitionsChangedError, match="DUALWATCH_INTAKE__PARTITIONS=2"):
        await prepare_store(mongo, PARTITIONS + 1)
