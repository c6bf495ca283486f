"""A builder's process: builds a generation beside the live one, compares, swaps, and ends.

It tells on standard output what it does, one JSON object a line: `dualwatch analysis rebuild`
makes a progress bar of it.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from services.analysis.handlers.succession import Succession
from services.analysis.store.comparing import Compared, compare
from services.analysis.store.generations import Generation
from services.chassis import clock
from services.chassis.log import get_logger

log = get_logger(__name__)

TELL_SECONDS: Final = 0.5
"""How often progress is told."""
NEAR_ENTRIES: Final = 1_000
"""So few entries behind, under load, counts as having caught up,"""
NEAR_LOOKS: Final = 4
"""if it stays so for so many looks: otherwise it is about to be there."""

Tell = Callable[[dict[str, Any]], None]


def to_stdout(said: dict[str, Any]) -> None:
    """Say something on standard output."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def stop_process(*, well: bool) -> None:
    """End this process as a supervisor would; the exit code says little, the last line all."""
    log.info("builder_ends", well=well)
    signal.raise_signal(signal.SIGTERM)


@dataclass
class Rebuilding:
    """The work of a builder's process."""

    succession: Succession
    swap: bool
    """Whether the generation takes over once it is equal; otherwise it is only compared."""
    drop: bool
    """Whether what it replaces is dropped then."""
    tell: Tell = to_stdout

    async def run(self) -> None:
        """Do all of it; then end the process."""
        well = await self._rebuild()
        stop_process(well=well)
        # The process is being ended; a task of a service never ends by itself.
        await asyncio.Event().wait()

    async def _rebuild(self) -> bool:
        ((generation, _, handler),) = self.succession.working.values()
        began, first = self._beginning()
        entries = await self._fold(generation, began) - first
        seconds = clock.monotonic() - began
        found = await self._compare(generation)
        equal = all(one.equal for one in found)
        swapped = 0.0
        if equal and self.swap:
            handler.builder.may_swap = True
            swapped = await self._swapped(generation)
            if self.drop:
                await self._drop()
        self.tell(
            {
                "stage": "done",
                "generation": generation.number,
                "entries": entries,
                "seconds": round(seconds, 3),
                "equal": equal,
                "swapped": equal and self.swap,
                "swap_seconds": round(swapped, 3),
                "dropped": equal and self.swap and self.drop,
                "partitions": [{**asdict(one), "equal": one.equal} for one in found],
            }
        )
        return equal

    def _beginning(self) -> tuple[float, int]:
        """Return when this process began to fold, and how much was folded before."""
        found = self.succession.progressing
        return (found.begun_at, found.begun_entries) if found else (clock.monotonic(), 0)

    async def _fold(self, generation: Generation, began: float) -> int:
        """Wait until the generation is where the live one is; give how many entries it has."""
        near = 0
        while True:
            entries, total = await self.succession.counted(generation)
            self.tell(
                {
                    "stage": "folding",
                    "generation": generation.number,
                    "entries": entries,
                    "total": total,
                    "seconds": round(clock.monotonic() - began, 3),
                }
            )
            near = near + 1 if total - entries <= NEAR_ENTRIES else 0
            if entries == total or near > NEAR_LOOKS:
                return entries
            await asyncio.sleep(TELL_SECONDS)

    async def _compare(self, generation: Generation) -> list[Compared]:
        generations = self.succession.generations
        known = {each.number: each for each in await generations.all()}
        live = await generations.live(self.succession.partitions)
        found = []
        for partition, number in enumerate(live):
            former = known[number]
            if number == generation.number or not former.is_readable:
                # Of another release: there is nothing to compare with.
                continue
            one = await compare(generations.mongo, former, generation, partition)
            self.tell({"stage": "compared", **asdict(one), "equal": one.equal})
            found.append(one)
        return found

    async def _swapped(self, generation: Generation) -> float:
        """Wait until every partition is swapped; give the seconds that it took."""
        began = clock.monotonic()
        while True:
            live = await self.succession.generations.live(self.succession.partitions)
            done = sum(number == generation.number for number in live)
            self.tell({"stage": "swapping", "swapped": done, "partitions": len(live)})
            if done == len(live):
                return clock.monotonic() - began
            await asyncio.sleep(TELL_SECONDS)

    async def _drop(self) -> None:
        generations = self.succession.generations
        for former in await generations.unused(self.succession.partitions):
            await generations.drop(former)
