"""`python -m tests.bench.rebuild`: how fast a rebuild is beside the way from the door.

The bench's payments wait on `submissions`, as intake's door leaves them. Intake and analysis take
them to the projection: that is the rate from the door. Beside analysis, which then has nothing to
do, a builder makes the projection anew from `ledger`, as `dualwatch analysis rebuild
--compare-only` does, and compares both by hash. Each round begins with empty stores. Exit code 1
where the rebuild's rate is below so many times the other.
"""

import argparse
import asyncio
import logging
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import psutil

from deploy.local.stack import Stack
from tests.bench.builder import built
from tests.bench.contender import RUN_SECONDS, START_SECONDS, Contender, Track
from tests.bench.events import load
from tests.bench.lab import Lab
from tests.bench.spent import Spent, cpu
from tests.bench.stages import PRODUCT, LedgerStage, product
from tests.support.recorded import record
from tests.support.stack import free_ports_from

TIMES_LEAST: Final = 3.0
DOOR: Final = "door to projection"
REBUILD: Final = "rebuild"
EVENTS: Final = 200_000
PROJECTS: Final = 2_000
ROUNDS: Final = 3

Figure = dict[str, Any]


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rebuild", description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--projects", type=int, default=PROJECTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--record", type=Path, help="append a line to this file")
    options = parser.parse_args()
    # Topics come and go here, and aiokafka calls that an error; real ones come as exceptions.
    logging.disable(logging.ERROR)
    found = asyncio.run(_bench(options))
    print(markdown(found))
    if options.record:
        about = {"bench": "rebuild", "events": options.events, "projects": options.projects}
        record(options.record, found, **about)
    return int(times(found) < TIMES_LEAST)


async def _bench(options: argparse.Namespace) -> list[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-rebuild-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        async with Lab.on(stack) as lab, Track.on(lab, Path(folder)) as track:
            stage = LedgerStage(lab, track)
            await stage.prepare(list(load(options.events, options.projects)))
            found: list[Figure] = []
            for turn in range(options.rounds):
                found += await _round(lab, track, stage)
                rates = ", ".join(f"{one['what']} {_rate(one):,.0f}/s" for one in found[-2:])
                print(f"{turn + 1}/{options.rounds} {rates}", flush=True)
            return found


async def _round(lab: Lab, track: Track, stage: LedgerStage) -> list[Figure]:
    """Take the backlog from the door to the projection; then build that anew beside it."""
    (door,) = [one for one in stage.contenders if one.name == PRODUCT]
    goal = await stage.begin(door)
    live = product(lab.stack, "analysis", "analysis.v1", "ledger")
    await lab.renew("assessments")
    await lab.empty(live.database)
    door, live = replace(door, name="intake"), replace(live, name="analysis")
    async with track.running(live) as analysis:
        # It waits for the first entry: what it needs to start is no part of the way.
        await _taken(track, live, analysis, [0] * live.partitions)
        epochs = [epoch for epoch, _ in await track.standing(door)]
        async with track.running(door) as intake:
            watched = [psutil.Process(each.pid) for each in (intake, analysis)]
            await _taken(track, door, intake, epochs)
            began, before = time.perf_counter(), cpu(lab.stack, watched)
            await track.reach(live, analysis, goal)
            seconds, spent = time.perf_counter() - began, cpu(lab.stack, watched).since(before)
        anew = await built(track, live, goal, RUN_SECONDS)
    whole = {"whole_seconds": round(anew.whole_seconds, 3)}
    return [
        _figure(DOOR, goal, seconds, spent),
        _figure(REBUILD, goal, anew.seconds, anew.spent) | whole,
    ]


async def _taken(
    track: Track,
    contender: Contender,
    process: "subprocess.Popen[bytes]",
    before: Sequence[int],
) -> None:
    """Wait until a contender has taken a partition that it did not have."""
    async with asyncio.timeout(START_SECONDS):
        while [epoch for epoch, _ in await track.standing(contender)] == [*before]:
            await track.rest(contender, process)


def _figure(what: str, entries: int, seconds: float, spent: Spent) -> Figure:
    return {
        "what": what,
        "entries": entries,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(spent.own, 2),
        "mongod_cpu_seconds": round(spent.mongod, 2),
    }


def times(found: Sequence[Figure]) -> float:
    """Say how many times as fast as the way from the door a rebuild is: medians of the rounds."""
    return _median(found, REBUILD) / _median(found, DOOR)


def _median(found: Sequence[Figure], what: str) -> float:
    return statistics.median(_rate(one) for one in found if one["what"] == what)


def _rate(figure: Figure) -> float:
    return float(figure["entries"] / figure["seconds"])


def markdown(found: Sequence[Figure]) -> str:
    """Write the figures as a table."""
    lines = [
        "| | entries/s (median) | CPU s/100k | mongod CPU s/100k |",
        "|---|---|---|---|",
    ]
    for what in (DOOR, REBUILD):
        mine = [one for one in found if one["what"] == what]
        cells = [
            f"{statistics.median(100_000 * one[name] / one['entries'] for one in mine):.2f}"
            for name in ("cpu_seconds", "mongod_cpu_seconds")
        ]
        lines.append(f"| {what} | {_median(found, what):,.0f} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"× {times(found):.2f} (at least × {TIMES_LEAST:g})"])


if __name__ == "__main__":
    raise SystemExit(main())
