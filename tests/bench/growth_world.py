"""One stack with a filled ledger, and the processes that take it."""

import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from deploy.local.stack import Stack
from tests.bench.contender import Contender, Track
from tests.bench.growth_figures import Figures
from tests.bench.lab import Lab
from tests.bench.reading import Ledger


@dataclass
class World:
    """One stack with a filled ledger, and analysis at work on it."""

    stack: Stack
    lab: Lab
    track: Track
    ledger: Ledger
    figures: Figures
    contenders: Sequence[Contender]
    """The processes of analysis, which share the ledger."""
    limit: Contender
    """The hand-written loop, which folds the same ledger into a store of its own."""


@asynccontextmanager
async def started(
    world: World, contenders: Sequence[Contender]
) -> AsyncIterator[list["subprocess.Popen[bytes]"]]:
    """Run processes beside each other; all are ended in good order."""
    async with AsyncExitStack() as held:
        yield [await held.enter_async_context(world.track.running(one)) for one in contenders]
