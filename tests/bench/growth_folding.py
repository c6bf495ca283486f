"""What an entry costs the fold at one size: analysis' and the hand-written limit's, in turns.

Both fold the same ledger, each into an empty store. What else the machine does, and what mongod
makes of ten times as many documents, meets both: the proof page divides one slope by the other.
"""

import math
import statistics
import time
from asyncio import timeout
from collections.abc import Callable, Mapping, Sequence
from subprocess import Popen
from typing import Final

import psutil

from contracts.topics import ASSESSMENTS
from tests.bench.contender import Contender, Look, Run
from tests.bench.growth import seconds_between
from tests.bench.growth_figures import MICROSECONDS, Figures
from tests.bench.growth_world import World, started
from tests.bench.spent import cpu
from tests.bench.stages import LIMIT, PRODUCT

FOLD: Final = "fold"
UNIT: Final = "µs an entry"
FOLD_SECONDS: Final = 420.0
ENTRIES_LEAST: Final = 300_000
"""Entries that each contender folds in all its turns together: the limit takes 100,000 of them in
a second or two, of which a single look would say little."""
TURNS_MAX: Final = 5
QUARTERS: Final = 4
SPAN_LEAST: Final = 100_000
"""Entries that the first and the last quarter have at least: fewer are but a few commits."""
COSTS: Final[Mapping[str, Callable[[Run], float]]] = {
    "": lambda run: run.seconds,
    "CPU": lambda run: run.cpu_seconds,
    "mongod's CPU": lambda run: run.mongod_cpu_seconds,
}
"""What is told of a fold, and its seconds."""


def turns_of(entries: int) -> int:
    """Say how often each contender folds a ledger of so many entries."""
    return min(TURNS_MAX, math.ceil(ENTRIES_LEAST / entries))


async def in_turns(world: World, runs: list[Run]) -> None:
    """Let the limit and the product fold in turns, all but the product's last turn.

    That one is the caller's, who goes on with what it has made.
    """
    turns = turns_of(world.figures.size.entries)
    for turn in range(turns):
        runs.append(await _alone(world, [world.limit]))
        if turn < turns - 1:
            runs.append(await _alone(world, world.contenders))


async def _alone(world: World, contenders: Sequence[Contender]) -> Run:
    """Let contenders fold into an empty store, and leave nothing behind."""
    await emptied(world, contenders[0])
    async with started(world, contenders) as processes:
        run = await fold(world, contenders[0], processes)
    await emptied(world, contenders[0])
    return run


async def emptied(world: World, contender: Contender) -> None:
    """Drop what a contender has written, and let mongod be done with it."""
    await world.lab.renew(ASSESSMENTS.name)
    await world.lab.empty(contender.database)
    await _checkpoint(world)


async def fold(world: World, contender: Contender, processes: Sequence["Popen[bytes]"]) -> Run:
    """Let the backlog be taken, from the first partition taken to the last entry.

    mongod's share is counted until it has written all of it to its files: its checkpoints come once
    a minute, so that a long fold pays for some and a short one would for none.
    """
    goal, looks = sum(world.ledger.positions), []
    watched = [psutil.Process(process.pid) for process in processes]
    async with timeout(FOLD_SECONDS):
        while not any(epoch for epoch, _ in await world.track.standing(contender)):
            await world.track.rest(contender, processes[0])
        began, before, reached = time.perf_counter(), cpu(world.stack, watched), 0
        while reached < goal:
            reached = sum(position for _, position in await world.track.standing(contender))
            rss = max(each.memory_info().rss for each in watched)
            looks.append(Look(time.perf_counter() - began, reached, rss))
            await world.track.rest(contender, processes[0])
        own = cpu(world.stack, watched).since(before).own
        await _checkpoint(world)
        mongod = cpu(world.stack, watched).since(before).mongod
    most = max(look.rss for look in looks) // 2**20
    return Run(
        *(FOLD, contender.name, goal, looks[-1].at, own, mongod, 0.0, most),
        seen=tuple(looks),
    )


async def _checkpoint(world: World) -> None:
    await world.lab.mongo.admin.command("fsync")


def tell(figures: Figures, runs: Sequence[Run]) -> None:
    """Tell what an entry costs each contender, medians of its turns; and the product's memory."""
    ours = [run for run in runs if run.contender == PRODUCT]
    theirs = [run for run in runs if run.contender == LIMIT]
    if ours:
        _tell_costs(figures, ours, "")
        _tell_more(figures, ours[-1])
    if theirs:
        _tell_costs(figures, theirs, LIMIT)


def _tell_costs(figures: Figures, runs: Sequence[Run], contender: str) -> None:
    for what, seconds in COSTS.items():
        each = statistics.median(MICROSECONDS * seconds(run) / run.events for run in runs)
        figures.add(FOLD, what, each, UNIT, runs[0].events, contender=contender)


def _tell_more(figures: Figures, run: Run) -> None:
    goal, span = run.events, run.events // QUARTERS
    if span >= SPAN_LEAST:
        for what, first in (("first quarter", 0), ("last quarter", goal - span)):
            each = MICROSECONDS * seconds_between(run, first, first + span) / span
            figures.add(FOLD, what, each, UNIT, span, sloped=False)
    figures.add("memory", "most while it folds", float(run.rss_mb), "MB")
