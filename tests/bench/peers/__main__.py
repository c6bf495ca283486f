"""`make bench-peers`: the same job done by what a user would pick instead, in turns.

Who takes part, what each was given and what it promises: docs/peers.md.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from deploy.local.jars import cache_dir
from deploy.local.stack import Stack
from tests.bench.contender import Track
from tests.bench.lab import Lab
from tests.bench.peers import table
from tests.bench.peers.backlog import EVENTS_A_PROJECT, PARTITIONS, Backlog
from tests.bench.peers.entrants import ENTRANTS, Entrant
from tests.bench.peers.race import Figure, Race
from tests.bench.peers.shared.job import BATCH_RECORDS
from tests.support.recorded import record
from tests.support.stack import free_ports_from

EVENTS: Final = 200_000
PROJECTS: Final = 5_000
ROUNDS: Final = 3
REASON_CHARACTERS: Final = 400


def main() -> None:
    """Run what the command line asks for."""
    options = _options()
    # Topics come and go here, and aiokafka calls that an error; real ones come as exceptions.
    logging.disable(logging.ERROR)
    figures = asyncio.run(_bench(options))
    print(table.markdown(figures))
    if options.record:
        about: dict[str, Any] = {"bench": "peers", "events": options.events}
        about |= {"projects": options.projects, "partitions": PARTITIONS, "rounds": options.rounds}
        record(options.record, figures, **about)


async def _bench(options: argparse.Namespace) -> list[Figure]:
    chosen = [entrant for entrant in ENTRANTS if entrant.chosen(options.only)]
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-peers-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        async with Lab.on(stack, PARTITIONS) as lab, Track.on(lab, Path(folder)) as track:
            race = Race(lab, track, Path(folder) / "peers", options.cache, options.batch_records)
            return await Bench(race, options).run(chosen)


class Bench:
    """Rounds and kills; whoever fails is left out from then on, with the reason."""

    def __init__(self, race: Race, options: argparse.Namespace) -> None:
        """Nothing has run."""
        self._race = race
        self._options = options
        self._figures: list[Figure] = []
        self._failed: set[str] = set()
        self._began = time.monotonic()

    async def run(self, chosen: list[Entrant]) -> list[Figure]:
        """Run all rounds, then the kills."""
        for turn in range(self._options.rounds):
            # Who goes first alternates: nobody always finds the warmer machine.
            for entrant in chosen[:: -1 if turn % 2 else 1]:
                if turn == 0 or entrant.most is None:
                    await self._one(entrant, turn)
        if self._options.kill:
            for entrant in chosen:
                await self._one(entrant, None)
        return self._figures

    async def _one(self, entrant: Entrant, turn: int | None) -> None:
        if entrant.name in self._failed:
            return
        options = self._options
        count = min(options.events, entrant.most or options.events)
        projects = options.projects if count == options.events else count // EVENTS_A_PROJECT
        backlog = Backlog(count, projects)
        try:
            await self._race.prepare(backlog, ordered=entrant.ordered)
            if turn is None:
                figure = await self._race.kill(entrant, backlog)
            else:
                figure = {**await self._race.take(entrant, backlog), "round": turn + 1}
        except Exception as error:  # noqa: BLE001 - one that fails must not end the others' race
            self._failed.add(entrant.name)
            figure = _reason(entrant, error)
        self._figures.append(figure)
        self._tell(entrant, figure)

    def _tell(self, entrant: Entrant, figure: Figure) -> None:
        seconds = time.monotonic() - self._began
        if "reason" in figure:
            told = f"does not run: {figure['reason']}"
        elif "killed" in figure:
            told = f"killed: {figure['guarantee']}, back after {figure['recovery_seconds']} s"
        else:
            told = f"round {figure['round']}: {figure['events_per_second']:,}/s"
        print(f"{seconds:6.0f} s  {entrant.name:<32}{told}", flush=True)


def _reason(entrant: Entrant, error: Exception) -> Figure:
    text = f"{type(error).__name__}: {error}"
    return {
        "contender": entrant.contender,
        "variant": entrant.variant,
        "reason": " ".join(text.split())[-REASON_CHARACTERS:],
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--projects", type=int, default=PROJECTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="slow contenders: the first")
    parser.add_argument("--batch-records", type=int, default=BATCH_RECORDS, help="bound of all")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these contenders")
    parser.add_argument("--kill", action="store_true", help="kill each once, and judge its state")
    parser.add_argument("--cache", type=Path, default=cache_dir() / "peers", help="environments")
    parser.add_argument("--record", type=Path, help="append the figures to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
