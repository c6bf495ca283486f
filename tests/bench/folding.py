"""`python -m tests.bench.folding`: CPU that an entry costs before and after the store, in parts.

One process without Kafka and MongoDB: what the projection stage does with records of the bench's
load, and beside it the limit's own handling. CPU seconds, so that other load moves them little.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final

import bson

from services.analysis.handlers.agenda import Agenda
from services.analysis.handlers.arriving import arrive
from services.analysis.handlers.folding import Folding
from services.analysis.handlers.gate import Gate
from services.analysis.handlers.grouping import grouped, subjects
from services.analysis.handlers.share import Cache, Share
from services.analysis.store.documents import batch_documents
from services.analysis.store.moments import steps_of
from services.analysis.store.states import Batch, Standing
from tests.bench.events import load
from tests.bench.lab import PARTITIONS
from tests.bench.limit_projection import ProjectionStage, State
from tests.bench.stages import ledger

BATCH: Final = 20_000
PROJECTS_MAX: Final = 1_000_000

Took = Counter[str]
"""CPU nanoseconds by part."""


@contextmanager
def part(took: Took, name: str) -> Iterator[None]:
    """Add the CPU time of a part."""
    began = time.process_time_ns()
    yield
    took[name] += time.process_time_ns() - began


async def product(records: Sequence[Sequence[Any]], took: Took) -> None:
    """Let analysis fold all, and write what it would store."""
    for partition, those in enumerate(records):
        taken: Any = None
        memory, agenda = Cache(PROJECTS_MAX), Agenda(0.25, 5.0)
        share = Share(partition, taken, Standing(0, None), Gate(0), {}, {}, memory, agenda)
        for first in range(0, len(those), BATCH):
            with part(took, "arrive"):
                run = arrive(share.gate, partition, those[first : first + BATCH]).entries
                steps = steps_of(run, share.standing.recorded_ms)
                batch = Batch(share.standing.moved(run[-1].position, first, steps), steps=steps)
                groups = grouped(run)
                projects = share.cache.known(subjects(groups))
            with part(took, "decode and fold"):
                await Folding(share, batch, projects, {}).fold(groups)
            with part(took, "documents"):
                for documents in batch_documents(partition, batch):
                    bson.encode(documents)
            for project in batch.heads.values():
                project.stored = True
            for year in batch.years.values():
                year.stored = True
            share.standing = batch.standing
            share.cache.keep(projects)


class _Nowhere:
    """A store that only encodes, as the driver would."""

    async def commit(self, place: Any, commands: Any, position: int, _offset: int) -> None:
        """Move the place."""
        bson.encode({"commands": commands})
        place.position = position


class _Limit(ProjectionStage):
    async def _load(self, keys: set[bytes]) -> None:
        self.states |= {key: State() for key in keys - self.states.keys()}


async def limit(records: Sequence[Sequence[Any]], took: Took) -> None:
    """Let the hand-written loop do the same."""
    for those in records:
        store: Any = _Nowhere()
        place: Any = SimpleNamespace(position=0)
        stage = _Limit(store, place, keep_entries=True)
        for first in range(0, len(those), BATCH):
            with part(took, "the limit, all of it"):
                await stage.handle(those[first : first + BATCH])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.folding", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--projects", type=int, default=1_000)
    options = parser.parse_args()
    records: list[list[Any]] = [[] for _ in range(PARTITIONS)]
    for partition, key, value, headers in ledger(list(load(options.events, options.projects))):
        offset = len(records[partition])
        record = SimpleNamespace(key=key, value=value, headers=headers, offset=offset)
        records[partition].append(record)
    took: Took = Counter()
    asyncio.run(product(records, took))
    asyncio.run(limit(records, took))
    for name, spent in took.items():
        print(f"{name:<21}{spent / 1_000 / options.events:6.2f} µs of CPU an entry")


if __name__ == "__main__":
    main()
