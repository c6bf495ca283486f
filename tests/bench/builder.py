"""A builder's process of analysis: the projection made anew beside the live one, as it is seen."""

import asyncio
import json
import time
from dataclasses import replace
from typing import Any, Final, NamedTuple

import psutil

from tests.bench.contender import Contender, Track
from tests.bench.spent import Spent, cpu
from tests.support.stack import free_ports_from

ANEW: Final = "anew"
BUILD: Final = "compare"
"""How `dualwatch analysis rebuild --compare-only` runs it."""
SECOND: Final = "analysis.v2"
"""Progress of the generation that a rebuild makes beside the first."""


class Built(NamedTuple):
    """What a rebuild took."""

    seconds: float
    """From its first partition taken to the last entry."""
    whole_seconds: float
    """Until it had compared both projections by hash and had ended."""
    spent: Spent
    """Up to the last entry."""


async def built(track: Track, live: Contender, goal: int, seconds_max: float) -> Built:
    """Let a process build beside the live one, which has all of `goal` entries already.

    Raises where both do not come to the same.
    """
    stack = track.lab.stack
    own = {"DUALWATCH_ANALYSIS__PORT": str(free_ports_from()), "DUALWATCH_ANALYSIS__BUILD": BUILD}
    anew = replace(live, name=ANEW, projection=SECOND, environ={**live.environ, **own})
    async with track.running(anew) as process, asyncio.timeout(seconds_max):
        watched = [psutil.Process(process.pid)]
        while not any(epoch for epoch, _ in await track.standing(anew)):
            await track.rest(anew, process)
        began, before = time.perf_counter(), cpu(stack, watched)
        while sum(position for _, position in await track.standing(anew)) < goal:
            await track.rest(anew, process)
        seconds, spent = time.perf_counter() - began, cpu(stack, watched).since(before)
        await asyncio.to_thread(process.wait, seconds_max)
        whole = time.perf_counter() - began
    done = _done((track.folder / f"{ANEW}.log").read_text("utf-8", errors="replace"))
    assert (True, goal) == (done["equal"], done["entries"]), done
    return Built(seconds, whole, spent)


def _done(told: str) -> dict[str, Any]:
    """Find what a builder says at its end."""
    for line in reversed(told.splitlines()):
        if line.startswith('{"stage": "done"'):
            found: dict[str, Any] = json.loads(line)
            return found
    message = "the rebuild did not come to its end"
    raise RuntimeError(message)
