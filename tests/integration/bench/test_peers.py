"""The race itself: a limit by hand that is timed, killed, and exact."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.stack import Stack
from tests.bench.contender import Track
from tests.bench.lab import Lab
from tests.bench.peers.backlog import PARTITIONS, Backlog
from tests.bench.peers.entrants import ENTRANTS, LIMIT
from tests.bench.peers.race import Race

pytestmark = [pytest.mark.integration, pytest.mark.long]

BACKLOG = Backlog(2_000, 50)
RECORDS = 50
"""Of one batch: small ones, so that a kill finds some done and some not."""


@pytest_asyncio.fixture
async def race(shared_stack: Stack, tmp_path: Path) -> AsyncIterator[Race]:
    """A race on six partitions."""
    logging.disable(logging.ERROR)
    try:
        async with Lab.on(shared_stack, PARTITIONS) as lab, Track.on(lab, tmp_path) as track:
            yield Race(lab, track, tmp_path / "peers", tmp_path / "cache", RECORDS)
    finally:
        logging.disable(logging.NOTSET)


async def test_the_limit_is_exact_also_after_a_kill(race: Race) -> None:
    """It needs no other environment than ours, so it stands for all."""
    limit = next(entrant for entrant in ENTRANTS if entrant.contender == LIMIT)
    await race.prepare(BACKLOG, ordered=limit.ordered)

    figure = await race.take(limit, BACKLOG)
    killed = await race.kill(limit, BACKLOG)

    assert (2_000, RECORDS) == (figure["events"], figure["batch_records"])
    assert figure["cpu_seconds"] > 0
    assert "exact" == killed["guarantee"]
