"""Counts batches of virements and distributions behind the ledger, in one process at a time."""

import asyncio
from itertools import count
from typing import Final

from services.chassis import metrics
from services.chassis.health import Health
from services.chassis.log import get_logger
from services.chassis.mongo import SupersededError
from services.chassis.service import AWAY
from services.intake.store.batches import Batches
from services.intake.store.lease import Lease

log = get_logger(__name__)

LOOP: Final = "adjustment batches"
LOOK_SECONDS: Final = 2.0
"""Between two steps: taking facts comes first, and a batch has until the next day anyway."""
STEP_SECONDS: Final = 60.0
"""Longest a step may take."""
LEASE_SECONDS: Final = 30
LOOKS_PER_COUNT: Final = 8
"""Steps between two counts of what does not balance."""

BEHIND = metrics.gauge(
    "dualwatch_intake_adjustments_behind",
    "Positions of the ledger whose virements and distributions are not counted in batches yet.",
)
UNBALANCED = metrics.gauge(
    "dualwatch_intake_batches_unbalanced",
    "Batches of virements and distributions that do not balance, by kind; at most 100,000.",
    ("kind",),
)


class Balancing:
    """Counts what the ledger has taken."""

    def __init__(self, batches: Batches, lease: Lease, health: Health) -> None:
        """Nothing is counted before `run`."""
        self._batches = batches
        self._lease = lease
        self._health = health

    async def run(self) -> None:
        """Take a step again and again; what goes wrong is told, and tried again."""
        for look in count():
            self._health.beat(LOOP, LOOK_SECONDS + 2 * STEP_SECONDS)
            try:
                async with asyncio.timeout(STEP_SECONDS):
                    await self.look(counting=look % LOOKS_PER_COUNT == 0)
            except (SupersededError, *AWAY) as error:
                log.warning("adjustment_batches_wait", reason=repr(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, *, counting: bool) -> None:
        """Take one step, if it is this process that does; then count what does not balance."""
        if await self._lease.take():
            BEHIND.set(await self._batches.advance())
        elif counting:
            # Whoever had the lease before would go on telling an old number.
            BEHIND.set(await self._batches.behind())
        if counting:
            for kind, batches in (await self._batches.unbalanced()).items():
                UNBALANCED.labels(kind.value).set(batches)
