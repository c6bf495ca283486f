"""Transactions, progress and the outbox on a real MongoDB."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError, OperationFailure

from contracts.record import Mark
from deploy.local.stack import Stack
from services.chassis.catalogue import CLUSTERED
from services.chassis.commands import insert
from services.chassis.mongo import Mongo, Move, Progress, Session, SupersededError, Taken
from services.chassis.outbox import Marked, Outbox
from services.chassis.publisher import Publisher, PublishError, last_record
from services.chassis.records import header
from services.chassis.rounds import Plainly, Rounds, Writes
from tests.integration.chassis.folding import Place, halted
from tests.support.eventually import eventually_async

pytestmark = pytest.mark.integration
HOLDER = str(Path(__file__).with_name("holder.py"))


@pytest.fixture
async def progress(mongo: Mongo) -> Progress:
    """Give the progress of a projection that has not begun."""
    await mongo.create({"progress": [], "kept": []})
    return Progress(mongo, "store.v1", "ledger")


async def advance(taken: Taken, by: int = 1) -> Taken:
    """Move progress in a transaction of its own."""

    async def work(session: Session) -> Taken:
        await taken.progress.mongo.db["kept"].insert_one({"by": by}, session=session)
        position = taken.position + by
        return await taken.advance(
            session, position=position, offset=position + 100, extra={"next": position}
        )

    return await taken.transaction(work)


async def test_progress_is_found_again(progress: Progress) -> None:
    """Position, offset and what else was kept."""
    first = await progress.take(3)
    assert (first.position, first.offset, first.extra) == (0, None, {})
    await advance(first, by=7)

    again = await progress.take(3)

    assert (again.position, again.offset, again.extra) == (7, 107, {"next": 7})
    assert await progress.positions(5) == [0, 0, 0, 7, 0]


async def test_only_the_last_owner_commits(progress: Progress, mongo: Mongo) -> None:
    """What a zombie wants to write leaves nothing behind."""
    zombie = await progress.take(0)
    owner = await progress.take(0)

    with pytest.raises(SupersededError):
        await advance(zombie)

    assert (await advance(owner)).position == 1
    assert await mongo.db["kept"].count_documents({}) == 1


async def test_the_same_step_is_not_made_twice(progress: Progress) -> None:
    """An owner that goes on from an old state is refused like a zombie."""
    taken = await progress.take(0)
    await advance(taken)

    with pytest.raises(SupersededError):
        await advance(taken)


async def test_progress_moves_only_on_the_owners_session(progress: Progress) -> None:
    """Another session's transaction could not be ended by the next owner."""
    taken = await progress.take(0)

    async def work(session: Session) -> Taken:
        return await taken.advance(session, position=1, offset=1, extra={})

    with pytest.raises(ValueError, match="new owner"):
        await progress.mongo.transaction(work)


async def test_many_take_at_once(progress: Progress) -> None:
    """Each take succeeds, and one owner is left."""
    owners = await asyncio.gather(*(progress.take(0) for _ in range(4)))

    assert sorted(owner.epoch for owner in owners) == [1, 2, 3, 4]


async def test_an_owner_in_the_middle_of_a_transaction_is_superseded(progress: Progress) -> None:
    """Its open transaction is ended, not waited for."""
    zombie = await progress.take(0)
    written, go_on = asyncio.Event(), asyncio.Event()

    async def work(session: Session) -> Taken:
        moved = await zombie.advance(session, position=5, offset=5, extra={})
        written.set()
        await go_on.wait()
        return moved

    late = asyncio.create_task(zombie.transaction(work))
    await written.wait()
    owner = await asyncio.wait_for(progress.take(0), 5)
    go_on.set()

    with pytest.raises(SupersededError):
        await late
    assert (await advance(owner)).position == 1


@pytest.mark.parametrize("joint", [(), ("joint",)])
async def test_a_killed_owner_does_not_stall_the_next(
    progress: Progress, place: Place, mongo: Mongo, joint: tuple[str, ...]
) -> None:
    """SIGKILL within a transaction leaves its locks on the server; the next owner ends them."""
    argv = (sys.executable, HOLDER, place.mongo.url, place.database, *joint)
    holder = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"in the middle\n"
    finally:
        holder.kill()
        await holder.communicate()

    owner = await asyncio.wait_for(progress.take(0), 5)

    assert (await asyncio.wait_for(advance(owner), 5)).position == 1
    assert await mongo.db["kept"].count_documents({}) == 1


async def committed(rounds: Rounds, *lanes: tuple[Taken, Writes]) -> list[object]:
    """Commit a step of each partition as lanes do in one round; give what becomes of each."""

    async def lane(taken: Taken, writes: Writes) -> Taken:
        position = taken.position + 1

        async def work(session: Session) -> Taken:
            for name, documents in writes.inserts.items():
                await insert(taken.progress.mongo.db, name, documents, session)
            return await taken.advance(session, position=position, offset=None, extra={})

        async with rounds.one(waits=True):
            return await rounds.commit(
                Move(taken, position, None, {}), lambda: writes, lambda: taken.transaction(work)
            )

    return await asyncio.gather(*(lane(*one) for one in lanes), return_exceptions=True)


def kept(*ids: int) -> Writes:
    """Write documents."""
    return Writes({"kept": [{"_id": number} for number in ids]}, {})


async def test_partitions_of_a_round_are_committed_in_one_transaction(
    progress: Progress, mongo: Mongo
) -> None:
    """What each writes, and where each stands then."""
    rounds = Rounds(progress, Plainly(mongo.db))
    before = await mongo.client.admin.command("serverStatus")
    owners = [await progress.take(partition) for partition in range(3)]
    found = await committed(rounds, *zip(owners, (kept(1), kept(2, 3), kept(4)), strict=True))
    after = await mongo.client.admin.command("serverStatus")

    assert await progress.positions(3) == [1, 1, 1]
    assert await mongo.db["kept"].count_documents({}) == 4
    assert [taken.position for taken in found if isinstance(taken, Taken)] == [1, 1, 1]
    name = "totalCommitted"
    assert after["transactions"][name] - before["transactions"][name] == 1


async def test_one_partition_of_a_round_that_has_another_owner_fails_alone(
    progress: Progress, mongo: Mongo
) -> None:
    """The others' batches are none the worse."""
    rounds = Rounds(progress, Plainly(mongo.db))
    owner, zombie = await progress.take(0), await progress.take(1)
    await Progress(mongo, "store.v1", "ledger").take(1)
    found = await committed(rounds, (owner, kept(1)), (zombie, kept(2)))

    assert await progress.positions(2) == [1, 0]
    assert isinstance(found[1], SupersededError)
    assert [one["_id"] async for one in mongo.db["kept"].find()] == [1]


async def test_one_batch_of_a_round_that_cannot_be_written_fails_alone(
    progress: Progress, mongo: Mongo
) -> None:
    """A claim that somebody has already is found by whoever made it."""
    rounds = Rounds(progress, Plainly(mongo.db))
    await mongo.db["kept"].insert_one({"_id": 2})
    owners = [await progress.take(partition) for partition in range(2)]
    found = await committed(rounds, *zip(owners, (kept(1), kept(2)), strict=True))

    assert await progress.positions(2) == [1, 0]
    assert isinstance(found[1], OperationFailure)


async def test_a_round_survives_that_one_of_its_partitions_is_taken(
    progress: Progress, mongo: Mongo
) -> None:
    """Its open transaction is ended; what is still ours is committed again."""
    rounds, written, go_on = Rounds(progress, Plainly(mongo.db)), asyncio.Event(), asyncio.Event()
    owner, zombie = await progress.take(0), await progress.take(1)
    move = progress.move

    async def slowly(moves: Sequence[Move], session: Session) -> None:
        await move(moves, session)
        if len(moves) > 1:
            written.set()
            await go_on.wait()

    progress.move = slowly  # type: ignore[method-assign]
    late = asyncio.create_task(committed(rounds, (owner, kept(1)), (zombie, kept(2))))
    await written.wait()
    await asyncio.wait_for(Progress(mongo, "store.v1", "ledger").take(1), 5)
    go_on.set()
    found = await late

    assert await progress.positions(2) == [1, 0]
    assert isinstance(found[1], SupersededError)


async def test_who_takes_a_partition_again_ends_nothing_of_its_own(
    progress: Progress, mongo: Mongo
) -> None:
    """A round that the process has under way belongs to its other partitions."""
    Rounds(progress, Plainly(mongo.db))
    first = await progress.take(0)

    async def work(session: Session) -> None:
        await mongo.db["kept"].insert_one({"by": "round"}, session=session)
        await progress.take(1)
        await progress.take(1)
        await progress.move([Move(first, 1, 1, {})], session)

    await mongo.transaction(work, await progress.joint())

    assert await progress.positions(1) == [1]


@pytest.mark.moves("dualwatch_transaction_retries_total")
async def test_conflicting_transactions_are_run_again(mongo: Mongo) -> None:
    """Two that write the same document both succeed, one after the other."""
    await mongo.create({"counters": []})
    await mongo.db["counters"].insert_one({"_id": "n", "n": 0})

    async def increment(session: Session) -> None:
        found = await mongo.db["counters"].find_one({"_id": "n"}, session=session)
        await mongo.db["counters"].update_one(
            {"_id": "n"}, {"$set": {"n": (found or {})["n"] + 1}}, session=session
        )

    await asyncio.gather(*(mongo.transaction(increment) for _ in range(8)))

    assert (await mongo.db["counters"].find_one({"_id": "n"}) or {})["n"] == 8


async def test_a_cancelled_transaction_comes_to_its_end(progress: Progress, mongo: Mongo) -> None:
    """Two operations at once on a session would be worse than a late one."""
    taken = await progress.take(0)
    begun = asyncio.Event()

    async def work(session: Session) -> Taken:
        begun.set()
        await mongo.db["kept"].insert_one({}, session=session)
        return await taken.advance(session, position=1, offset=1, extra={})

    task = asyncio.create_task(taken.transaction(work))
    await begun.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert (await progress.positions(1)) == [1]


async def test_other_errors_end_a_transaction(mongo: Mongo) -> None:
    """They are raised at once and nothing is kept."""
    await mongo.create({"kept": [IndexModel("n", unique=True)]})

    async def twice(session: Session) -> None:
        await mongo.db["kept"].insert_one({"n": 1}, session=session)
        await mongo.db["kept"].insert_one({"n": 1}, session=session)

    with pytest.raises(DuplicateKeyError):
        await mongo.transaction(twice)
    assert await mongo.db["kept"].count_documents({}) == 0


async def test_a_clustered_collection_has_small_pages(mongo: Mongo) -> None:
    """Each document that comes has another page; a plain collection keeps the server's own."""
    await mongo.create({"tree": [], "plain": []}, clustered=["tree"])

    made = {}
    async for each in await mongo.db.list_collections():
        made[each["name"]] = each["options"].get("storageEngine", {}).get("wiredTiger", {})
    stored = await mongo.db.command("collStats", "tree")

    assert made == {"tree": CLUSTERED["storageEngine"]["wiredTiger"], "plain": {}}
    assert "leaf_page_max=8KB" in stored["wiredTiger"]["creationString"]
    assert "allocation_size=512B" in stored["wiredTiger"]["creationString"]


async def test_create_can_be_repeated_and_refuses_a_changed_index(mongo: Mongo) -> None:
    """Indexes are asserted at every start."""
    wanted = {"kept": [IndexModel("n", name="n")]}
    await asyncio.gather(mongo.create(wanted), mongo.create(wanted))

    with pytest.raises(OperationFailure):
        await mongo.create({"kept": [IndexModel("n", name="n", unique=True)]})


def marked(first: int, count: int) -> list[Marked]:
    """Make records with consecutive positions."""
    return [
        Marked(b"key", b"value %d" % n, Mark(n, 0, 0, n, "dualwatch.x.v1"))
        for n in range(first, first + count)
    ]


async def test_outbox_publishes_what_is_committed(
    place: Place, mongo: Mongo, publisher: Publisher
) -> None:
    """And forgets it, once the broker has it."""
    await place.create(1)
    await mongo.create(Outbox.INDEXES)
    outbox = Outbox(mongo, publisher, place.topic)
    records = marked(1, 5)

    await mongo.transaction(partial(outbox.add, partition=0, records=records))
    await outbox.publish(0, records)

    last = await last_record(place.kafka, place.topic, 0)
    assert last is not None
    assert (last.offset, last.value) == (4, b"value 5")
    assert Mark.from_bytes(header(last, "entry") or b"").position == 5
    await eventually_async(lambda: _is_empty(outbox))


async def test_outbox_flushes_what_a_former_owner_left(
    place: Place, mongo: Mongo, publisher: Publisher
) -> None:
    """In order of positions, whatever the order of writing."""
    await place.create(1)
    await mongo.create(Outbox.INDEXES)
    outbox = Outbox(mongo, publisher, place.topic)
    for first in (4, 1, 7):
        records = marked(first, 3)
        await mongo.transaction(partial(outbox.add, partition=0, records=records))

    assert await outbox.flush(0) == 9

    last = await last_record(place.kafka, place.topic, 0)
    assert last is not None
    assert (last.offset, last.value) == (8, b"value 9")
    await eventually_async(lambda: _is_empty(outbox))


async def test_outbox_keeps_what_kafka_does_not_take(
    place: Place, mongo: Mongo, shared_stack: Stack
) -> None:
    """While Kafka is away publishing fails and nothing is forgotten."""
    await place.create(1)
    await mongo.create(Outbox.INDEXES)
    publisher = Publisher(place.kafka)
    outbox = Outbox(mongo, publisher, place.topic)
    records = marked(1, 3)
    await mongo.transaction(partial(outbox.add, partition=0, records=records))
    with halted(shared_stack, "kafka") as restart:
        with pytest.raises(PublishError):
            await outbox.publish(0, records)
        assert not await _is_empty(outbox)
        await asyncio.to_thread(restart)

    assert await outbox.flush(0) == 3
    await publisher.close()


async def _is_empty(outbox: Outbox) -> bool:
    return not await outbox.collection.count_documents({})
