"""`make bench`: the product's stages beside the hand-written limit, in turns, on real parts."""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.local.stack import Stack
from tests.bench import check, growth, table
from tests.bench.contender import Run, Track
from tests.bench.events import load
from tests.bench.lab import Lab
from tests.bench.profiles import Profiler
from tests.bench.stages import PRODUCT, LedgerStage, ProjectionStage, Stage
from tests.support import recorded
from tests.support.stack import free_ports_from

EVENTS: Final = {"ledger": 100_000, "projection": 400_000}
"""Backlog of each stage: seconds of work for its limit, so that start and tail weigh little."""
PROFILED: Final = {"ledger": 300_000, "projection": 600_000}
"""Backlog under a profile: it has to last longer than the sampling."""
BENCH_SECONDS: Final = 330.0
"""No round begins later than this: a busy machine gets fewer rounds, not a longer bench."""


def main() -> None:
    """Run what the command line asks for."""
    options = _options()
    # Topics come and go here, and aiokafka calls that an error; real ones come as exceptions.
    logging.disable(logging.ERROR)
    runs = asyncio.run(_bench(options))
    if options.check or options.profile:
        return
    print(growth.markdown(runs) if options.growth else table.markdown(runs))
    if options.json:
        document = json.dumps([run.document() for run in runs], indent=2)
        options.json.write_text(document + "\n", encoding="utf-8")
    if options.record:
        about = {"bench": "stages", "projects": options.projects, "growth": options.growth}
        recorded.record(options.record, [run.document() for run in runs], **about)


async def _bench(options: argparse.Namespace) -> list[Run]:
    stages = list(EVENTS) if options.stage == "both" else [options.stage]
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-bench-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        async with Lab.on(stack) as lab, Track.on(lab, Path(folder)) as track:
            if options.check:
                await check.check(lab, track, stages)
                return []
            until = time.monotonic() + BENCH_SECONDS
            if options.profile:
                await _profiles(lab, track, stages, options)
                return []
            return [
                run
                for number, name in enumerate(stages, 1)
                for run in await _rounds(
                    _stage(name, lab, track, options),
                    options,
                    time.monotonic() + (until - time.monotonic()) * number / len(stages),
                )
            ]


def _stage(name: str, lab: Lab, track: Track, options: argparse.Namespace) -> Stage:
    if name == "ledger":
        return LedgerStage(lab, track)
    return ProjectionStage(lab, track, lean=options.no_entries)


async def _profiles(
    lab: Lab, track: Track, stages: Sequence[str], options: argparse.Namespace
) -> None:
    """Sample the product once in each stage: it is slower for it, so no ratio is made of it."""
    for name in stages:
        stage = _stage(name, lab, track, options)
        events = options.events or PROFILED[name]
        await stage.prepare(list(load(events, options.projects)))
        profiler = Profiler(track.folder)
        track.beside = profiler.sample
        run = await stage.run(next(one for one in stage.contenders if one.name == PRODUCT))
        figures = profiler.figures()
        print(f"\n{name}: {run.events:,} events in {run.seconds:.1f} s", flush=True)
        for cost in figures:
            print(f"{100 * cost['share']:6.1f} %  {cost['what']}", flush=True)
        if options.record:
            cpu = round(100_000 * run.cpu_seconds / run.events, 2)
            about = {"bench": "profiles", "stage": name, "seconds": cpu, "note": options.note}
            recorded.record(options.record, [{"top": figures}], **about)


async def _rounds(stage: Stage, options: argparse.Namespace, until: float) -> list[Run]:
    runs: list[Run] = []
    events = options.events or (growth.EVENTS if options.growth else EVENTS[stage.name])
    await stage.prepare(list(load(events, options.projects)))
    for turn in range(options.rounds):
        if runs and time.monotonic() > until:
            break
        # Who goes first alternates: neither always finds the warmer machine.
        for contender in stage.contenders[:: -1 if turn % 2 else 1]:
            run = await stage.run(contender)
            runs.append(run)
            number = f"{turn + 1}/{options.rounds}"
            print(
                f"{stage.name:<11}{number} {run.contender:<17}{run.rate:9,.0f}/s",
                flush=True,
            )
    return runs


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--events", type=int, help=f"events of the backlog; unsaid: {EVENTS}")
    parser.add_argument("--projects", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--stage", choices=[*EVENTS, "both"], default="both")
    parser.add_argument(
        "--growth", action="store_true", help="one long backlog: do the last events cost more?"
    )
    parser.add_argument("--record", type=Path, help="append the runs to this file of docs/proof")
    parser.add_argument(
        "--profile", action="store_true", help="sample the product at work, and measure nothing"
    )
    parser.add_argument("--note", default="", help="what the recorded profile is to show")
    parser.add_argument("--json", type=Path, help="also write every run to this file")
    parser.add_argument(
        "--check",
        action="store_true",
        help="kill the limit while it works; its state must be exact",
    )
    parser.add_argument(
        "--no-entries",
        action="store_true",
        help="the limit's projection keeps no copies of entries: shows what they cost",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
