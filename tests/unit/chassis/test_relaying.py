"""Publication beside whoever commits: at once what is told, in time what was left behind."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from services.chassis import relaying
from services.chassis.publisher import PublishError
from services.chassis.relaying import Relaying
from tests.support.eventually import eventually_async


class Waiting:
    """An outbox: the first position that waits on each partition."""

    def __init__(self) -> None:
        self.first: dict[int, int] = {}

    def __getitem__(self, _name: str) -> "Waiting":
        return self

    @property
    def db(self) -> "Waiting":
        """Be the database and its collection as well."""
        return self

    async def aggregate(self, _pipeline: Any) -> AsyncIterator[dict[str, int]]:
        """Give what waits."""
        for partition, first in self.first.items():
            yield {"_id": partition, "first": first, "last": first + 2}


class Relayed:
    """A teller that notes what it is to relay, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.partitions: list[list[int]] = []
        self.failures = failures

    async def relay(self, partitions: Iterable[int]) -> None:
        """Note it."""
        if self.failures:
            self.failures -= 1
            msg = "away"
            raise PublishError(msg)
        self.partitions.append(list(partitions))


def made(failures: int = 0) -> tuple[Relaying, Waiting, Relayed]:
    """Make the task with its fakes."""
    outbox, teller = Waiting(), Relayed(failures)
    return Relaying(outbox, "alerts", teller.relay), outbox, teller  # type: ignore[arg-type]


@pytest.mark.moves("dualwatch_left_behind_total", "dualwatch_outbox_waiting_records")
async def test_only_what_lies_there_at_two_looks_was_left_behind() -> None:
    """Whoever commits publishes right afterwards: that is not done twice without need."""
    task, outbox, _ = made()
    outbox.first = {0: 5, 1: 7}
    first = await task._left()
    outbox.first = {0: 6, 1: 7, 2: 1}
    second = await task._left()

    assert (set(), {1}) == (first, second)


@pytest.mark.parametrize("failures", [0, 2])
async def test_what_is_told_is_relayed_also_when_kafka_was_away(
    failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is wanted until it is done."""
    monkeypatch.setattr(relaying, "RETRY_SECONDS", (0.0, 0.0))
    task, _, teller = made(failures)
    running = asyncio.create_task(task.run())
    task.wake([])
    task.wake([3])
    await eventually_async(lambda: [3] in teller.partitions)
    running.cancel()

    assert 0 == teller.failures
    assert {(), (3,)} >= {tuple(part) for part in teller.partitions}


async def test_it_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wakes it for what a process that died has left."""
    monkeypatch.setattr(relaying, "LOOK_SECONDS", 0.01)
    task, outbox, teller = made()
    outbox.first = {1: 7}
    running = asyncio.create_task(task.run())
    await eventually_async(lambda: [1] in teller.partitions)
    running.cancel()

    assert [1] in teller.partitions
