"""Rounds: what several lanes have is committed together, and whoever cannot be, is by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from services.chassis import rounds as module
from services.chassis.mongo import Move, Progress, Taken
from services.chassis.rounds import ApartError, Plainly, Rounds, Writes
from tests.support.eventually import eventually_async

DUPLICATE_KEY = 11_000


@dataclass
class FakeMongo:
    """Notes transactions and their commands; fails as told."""

    transactions: list[list[dict[str, Any]]] = field(default_factory=list)
    failure: Exception | None = None
    matched: int | None = None
    """How many partitions are still ours; null: all."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    joint: str = "joint"
    sessions: list[object] = field(default_factory=list)

    @property
    def db(self) -> Any:
        """Be the database as well."""
        return self

    @property
    def client(self) -> Any:
        """Be the client as well."""
        return self

    def __getitem__(self, name: str) -> Any:
        """Give a collection."""
        return type("Collection", (), {"name": name})

    async def start_session(self) -> Any:
        """Give the joint session."""
        return self.joint

    async def transaction(self, work: Callable[[Any], Awaitable[Any]], session: Any) -> Any:
        """Run a transaction once the gate is open."""
        self.sessions.append(session)
        self.transactions.append([])
        await self.gate.wait()
        return await work(session)

    async def command(self, command: dict[str, Any], *, session: Any) -> dict[str, Any]:
        """Take a command."""
        assert session == self.joint
        if self.failure is not None:
            raise self.failure
        self.transactions[-1].append(command)
        written = command.get("updates") or command["documents"]
        return {"ok": 1, "n": len(written) if self.matched is None else self.matched}


@dataclass
class Stage:
    """Lanes that commit through one object."""

    mongo: FakeMongo = field(default_factory=FakeMongo)
    alone: list[int] = field(default_factory=list)
    held: dict[int, asyncio.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with no round."""
        self.mongo.gate.set()
        self.progress = Progress(self.mongo, "stage", "ledger")  # type: ignore[arg-type]
        self.rounds = Rounds(self.progress, Plainly(self.mongo.db))

    def taken(self, partition: int) -> Taken:
        """Hold a partition at position 7."""
        return Taken(self.progress, partition, 1, f"own-{partition}", 7, 70, {})  # type: ignore[arg-type]

    async def commit(self, partition: int, documents: int = 1) -> Taken:
        """Commit one step of a partition."""
        moved = Move(self.taken(partition), 8, 80, {"at": partition})

        async def alone() -> Taken:
            self.alone.append(partition)
            return moved.done()

        made = [{"_id": f"{partition}-{number}"} for number in range(documents)]
        change = {"q": {"_id": partition}, "u": {"n": 8}}
        return await self.rounds.commit(
            moved, lambda: Writes({"entries": made, "new": []}, {"heads": [change]}), alone
        )

    async def lane(self, partition: int, *, waits: bool = True, documents: int = 1) -> Taken:
        """Handle one batch as a lane does: it may be held up before, and after its commit."""
        async with self.rounds.one(waits=waits):
            if partition in self.held:
                await self.held[partition].wait()
            return await self.commit(partition, documents)


@pytest.fixture
def stage() -> Stage:
    """Give a stage on which everything goes well."""
    return Stage()


async def test_what_lanes_have_at_one_time_is_one_transaction(stage: Stage) -> None:
    """By collection one command, progress first; on a session that all of them have noted."""
    found = await asyncio.gather(*(stage.lane(partition) for partition in range(3)))

    assert [(taken.partition, taken.position, taken.offset) for taken in found] == [
        (partition, 8, 80) for partition in range(3)
    ]
    assert stage.mongo.sessions == ["joint"]
    moves, entries, heads = stage.mongo.transactions[0]
    assert [move["q"] for move in moves["updates"]] == [
        {"_id": f"stage:ledger:{partition}", "epoch": 1, "position": 7} for partition in range(3)
    ]
    assert [item["_id"] for item in entries["documents"]] == ["0-0", "1-0", "2-0"]
    assert [item["q"]["_id"] for item in heads["updates"]] == [0, 1, 2]
    assert stage.alone == []


async def test_a_lane_by_itself_commits_on_its_own_session(stage: Stage) -> None:
    """There is nobody to be together with."""
    await stage.lane(2)

    assert (stage.alone, stage.mongo.transactions) == ([2], [])


async def test_what_is_no_lane_in_a_round_commits_by_itself(stage: Stage) -> None:
    """An assessor between two batches, and a lane with a backlog, wait for nobody."""
    await asyncio.gather(stage.commit(1), stage.lane(2, waits=False))

    assert (sorted(stage.alone), stage.mongo.transactions) == ([1, 2], [])


async def test_a_second_commit_of_one_batch_is_by_itself(stage: Stage) -> None:
    """A day that opens is several transactions."""

    async def twice(partition: int) -> None:
        async with stage.rounds.one(waits=True):
            await stage.commit(partition)
            await stage.commit(partition)

    await asyncio.gather(twice(0), twice(1))

    assert len(stage.mongo.transactions) == 1
    assert sorted(stage.alone) == [0, 1]


async def test_who_comes_during_a_commit_is_in_the_next_round(stage: Stage) -> None:
    """Its batch is taken when that begins: all that has come until then."""
    stage.mongo.gate.clear()
    first = [asyncio.create_task(stage.lane(partition)) for partition in (0, 1)]
    await eventually_async(lambda: stage.mongo.transactions)
    begun = []

    async def late(partition: int) -> None:
        async with stage.rounds.one(waits=True):
            begun.append(partition)
            await stage.commit(partition)

    second = [asyncio.create_task(late(partition)) for partition in (2, 3)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert begun == []
    stage.mongo.gate.set()
    await asyncio.gather(*first, *second)

    assert len(stage.mongo.transactions) == 2
    assert stage.alone == []


async def test_who_is_slow_holds_the_others_up_for_a_moment_only(stage: Stage) -> None:
    """Whoever is ready goes on without it."""
    stage.held[2] = asyncio.Event()
    slow = asyncio.create_task(stage.lane(2))
    await asyncio.gather(stage.lane(0), stage.lane(1))
    assert len(stage.mongo.transactions) == 1
    stage.held[2].set()
    await slow

    assert stage.alone == [2]


async def test_who_fails_before_it_is_ready_holds_nobody_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its round goes on at once."""
    monkeypatch.setattr(module, "READY_SECONDS", 3_600)

    async def failing() -> None:
        async with stage.rounds.one(waits=True):
            await asyncio.sleep(0)
            raise ValueError

    async with asyncio.timeout(30):
        failed, *_ = await asyncio.gather(
            failing(), stage.lane(0), stage.lane(1), return_exceptions=True
        )

    assert isinstance(failed, ValueError)
    assert len(stage.mongo.transactions) == 1


@pytest.mark.parametrize("reason", ["superseded", "duplicate", "conflict"])
async def test_what_cannot_be_written_together_is_written_apart(stage: Stage, reason: str) -> None:
    """Whose fault it is shows then; the others' batches are none the worse."""
    if reason == "superseded":
        stage.mongo.matched = 1
    elif reason == "conflict":
        stage.mongo.failure = ApartError("an alert was changed meanwhile")
    else:
        stage.mongo.failure = OperationFailure("a claim is taken", DUPLICATE_KEY)
    found = await asyncio.gather(*(stage.lane(partition) for partition in range(2)))

    assert [taken.position for taken in found] == [8, 8]
    assert sorted(stage.alone) == [0, 1]


async def test_a_store_that_is_away_is_told_to_each(stage: Stage) -> None:
    """Whether anything was written nobody knows: each partition is taken again."""
    stage.mongo.failure = AutoReconnect("gone")
    found = await asyncio.gather(
        *(stage.lane(partition) for partition in range(2)), return_exceptions=True
    )

    assert [type(error) for error in found] == [AutoReconnect, AutoReconnect]
    stage.mongo.failure = None
    await asyncio.gather(*(stage.lane(partition) for partition in range(2)))
    assert stage.alone == []


async def test_a_commit_whose_end_is_unknown_is_not_made_again(stage: Stage) -> None:
    """By itself it would find its progress moved and take itself for superseded."""
    labels = {"errorLabels": ["UnknownTransactionCommitResult"]}
    stage.mongo.failure = OperationFailure("no answer", 50, labels)
    found = await asyncio.gather(
        *(stage.lane(partition) for partition in range(2)), return_exceptions=True
    )

    assert [type(error) for error in found] == [OperationFailure, OperationFailure]
    assert stage.alone == []


async def test_no_transaction_of_a_round_is_too_large(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is cut between partitions; what is large alone is committed alone."""
    monkeypatch.setattr(module, "DOCUMENTS_MAX", 7)
    sizes = (1, 1, 3, 20)
    await asyncio.gather(*(stage.lane(at, documents=size) for at, size in enumerate(sizes)))

    assert [len(commands[1]["documents"]) for commands in stage.mongo.transactions] == [2]
    assert sorted(stage.alone) == [2, 3]


async def test_a_lane_that_is_cancelled_waits_for_the_end(stage: Stage) -> None:
    """Whoever takes its partition next does not meet it half way."""
    stage.mongo.gate.clear()
    lanes = [asyncio.create_task(stage.lane(partition)) for partition in range(2)]
    await eventually_async(lambda: stage.mongo.transactions)
    lanes[0].cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not lanes[0].done()
    stage.mongo.gate.set()
    await asyncio.wait(lanes)

    assert lanes[0].cancelled()
    assert lanes[1].result().position == 8


async def test_what_a_round_leaves_is_put_away_once_at_its_end(stage: Stage) -> None:
    """Nobody waits for it; outside of a round it is done at once."""
    done: list[list[int]] = []

    async def put_away(partitions: list[int]) -> None:
        done.append(partitions)

    async def lane(partition: int) -> None:
        async with stage.rounds.one(waits=True):
            await stage.commit(partition)
            await stage.rounds.at_end(put_away, partition)
            assert done == []

    await asyncio.gather(lane(0), lane(1))
    await eventually_async(lambda: done)
    await stage.rounds.at_end(put_away, 2)

    assert done == [[0, 1], [2]]


async def test_what_is_left_while_something_is_put_away_waits_and_is_bounded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the store is slow no more than one is under way, and the latest go with the next."""
    monkeypatch.setattr(module, "LEFT_MAX", 3)
    done: list[list[int]] = []
    slow = asyncio.Event()

    async def put_away(left: list[int]) -> None:
        done.append(left)
        await slow.wait()

    async def lane(partition: int, what: int) -> None:
        async with stage.rounds.one(waits=True):
            await stage.commit(partition)
            await stage.rounds.at_end(put_away, what)

    for turn in range(3):
        await asyncio.gather(lane(0, 2 * turn), lane(1, 2 * turn + 1))
    assert done == [[0, 1]]
    slow.set()
    await eventually_async(lambda: len(done) > 1)

    assert done == [[0, 1], [3, 4, 5]]


async def test_what_cannot_be_put_away_stops_nothing(stage: Stage) -> None:
    """It comes again when the partition is taken, and readers skip it."""
    tried: list[list[int]] = []

    async def put_away(partitions: list[int]) -> None:
        tried.append(partitions)
        raise AutoReconnect

    async def lane(partition: int) -> None:
        async with stage.rounds.one(waits=True):
            await stage.commit(partition)
            await stage.rounds.at_end(put_away, partition)

    await asyncio.gather(lane(0), lane(1))
    await eventually_async(lambda: tried)
    await asyncio.gather(lane(0), lane(1))

    assert len(stage.mongo.transactions) == 2


@contextlib.asynccontextmanager
async def _left_open(stage: Stage) -> AsyncIterator[None]:
    async with stage.rounds.one(waits=True):
        yield


async def test_two_projections_do_not_take_each_other_for_one(stage: Stage) -> None:
    """While generations are swapped a process has the lanes of both."""
    other = Stage()
    async with _left_open(stage):
        await other.commit(0)

    assert other.alone == [0]
