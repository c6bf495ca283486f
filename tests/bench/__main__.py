"""`make bench`: the product's stages beside the hand-written limit, in turns, on real parts."""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from pathlib import Path
from typing import Final

from deploy.local.stack import Stack
from tests.bench import check, growth, table
from tests.bench.contender import Run, Track
from tests.bench.events import load
from tests.bench.lab import Lab
from tests.bench.stages import LedgerStage, ProjectionStage, Stage
from tests.support.stack import free_ports_from

EVENTS: Final = {"ledger": 100_000, "projection": 400_000}
"""Backlog of each stage: seconds of work for its limit, so that start and tail weigh little."""
BENCH_SECONDS: Final = 330.0
"""No round begins later than this: a busy machine gets fewer rounds, not a longer bench."""


def main() -> None:
    """Run what the command line asks for."""
    options = _options()
    # Topics come and go here, and aiokafka calls that an error; real ones come as exceptions.
    logging.disable(logging.ERROR)
    runs = asyncio.run(_bench(options))
    if options.check:
        return
    print(growth.markdown(runs) if options.growth else table.markdown(runs))
    if options.json:
        document = json.dumps([run.document() for run in runs], indent=2)
        options.json.write_text(document + "\n", encoding="utf-8")


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
            return [
                run
                for number, name in enumerate(stages, 1)
                for run in await _rounds(
                    LedgerStage(lab, track)
                    if name == "ledger"
                    else ProjectionStage(lab, track, lean=options.no_entries),
                    options,
                    time.monotonic() + (until - time.monotonic()) * number / len(stages),
                )
            ]


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
