"""The limit at work on one topic while others kill it, stop it and take over from it."""

import asyncio
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from contracts.record import MARK_HEADER, Mark
from tests.bench.contender import Contender, Track
from tests.bench.lab import PARTITIONS, Lab
from tests.bench.stages import limit
from tests.support.eventually import eventually_async

RECORDS_MAX: Final = 500
"""Small batches, so that a kill finds one in hand."""
STEP_SECONDS: Final = 180.0
"""Time to come from one kill to the next."""
FAILED: Final = 1
"""How Python ends after an exception that nobody caught."""


class Trial:
    """One stage's limit, from an empty store to the last record of its topic."""

    def __init__(self, lab: Lab, track: Track, stage: str, topic: str) -> None:
        """`topic` is filled already; more may come."""
        more = ("--records-max", str(RECORDS_MAX))
        self.contender = limit(lab.stack, stage, topic, [0] * PARTITIONS, *more)
        self.kills = 0
        self.unpublished = 0
        """Records that kills left in the store and not on `ledger`, for the next start to send."""
        self._lab = lab
        self._track = track
        self._publishes = stage == "ledger"

    async def kill_at(self, goals: Iterable[int]) -> None:
        """Kill it when it has committed so many records, and start it again until the next."""
        for goal in goals:
            async with self._track.running(self.contender) as process:
                await self._reach(self.contender, process, goal)
                process.kill()
            self.kills += 1
            self.unpublished += await self._tail()

    async def supersede_at(self, goal: int, further: int) -> None:
        """Stop it at `goal`; let a second one go on to `further`; continued, the first must end."""
        second = replace(self.contender, name="second limit")
        async with self._track.running(self.contender) as stopped:
            await self._reach(self.contender, stopped, goal)
            stopped.send_signal(signal.SIGSTOP)
            async with self._track.running(second) as process:
                await self._reach(second, process, further)
                stopped.send_signal(signal.SIGCONT)
                await _ended(stopped)

    async def finish(self) -> None:
        """Let it come to the end of its topic, and publish what it has committed."""
        async with self._track.running(self.contender) as process:
            await self._reach(self.contender, process, sum(await self._ends()))
            async with asyncio.timeout(STEP_SECONDS):
                while await self._tail():
                    await self._track.rest(self.contender, process)

    async def fail(self) -> None:
        """Start it on what it must not take: it must end."""
        async with self._track.running(self.contender) as process:
            await _ended(process)

    async def positions(self) -> list[int]:
        """Give each partition's last position in the store."""
        return [position for _, position in await self._track.standing(self.contender)]

    async def _reach(
        self, contender: Contender, process: "subprocess.Popen[bytes]", goal: int
    ) -> None:
        async with asyncio.timeout(STEP_SECONDS):
            while await self._offsets() < goal:
                await self._track.rest(contender, process)

    async def _offsets(self) -> int:
        found = await self._lab.progress(self.contender.database, self.contender.progress)
        return sum(progress["offset"] for progress in found if progress)

    async def _ends(self) -> list[int]:
        return await self._lab.ends(self.contender.topic)

    async def _tail(self) -> int:
        if not self._publishes:
            return 0
        last = dict.fromkeys(range(PARTITIONS), 0)
        for record in await self._lab.last("ledger"):
            last[record.partition] = Mark.from_bytes(dict(record.headers)[MARK_HEADER]).position
        positions = await self.positions()
        return sum(max(0, position - last[p]) for p, position in enumerate(positions))


async def _ended(process: "subprocess.Popen[bytes]") -> None:
    await eventually_async(lambda: process.poll() is not None, STEP_SECONDS, "ended by itself")
    assert process.returncode == FAILED
