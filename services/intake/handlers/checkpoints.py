"""The notary: makes checkpoints on a schedule, in one process at a time."""

import asyncio
from typing import Final

from services.chassis import clock, metrics
from services.chassis.health import Health
from services.chassis.log import get_logger
from services.chassis.service import AWAY
from services.intake.store.archive import BrokenArchiveError
from services.intake.store.checkpoints import Checkpoints, ForkedError, OvertakenError
from services.intake.store.lease import Lease

log = get_logger(__name__)

LOOP: Final = "checkpoints"
LOOK_SECONDS: Final = 10.0
"""How often is looked whether a checkpoint is due; less where they are to be more frequent."""
LEASE_SECONDS: Final = 60
"""After so long another process may take over from one that is gone."""
MAKE_SECONDS: Final = 240.0
"""Longest a checkpoint may take: the database keeps a moment for five minutes."""

FAILED = metrics.counter(
    "dualwatch_intake_checkpoint_failures_total",
    "Checkpoints that could not be made: the directory, the database or an earlier one is wrong.",
)


class Notary:
    """Makes a checkpoint whenever the last one is old enough and the ledger has grown."""

    def __init__(
        self, checkpoints: Checkpoints, lease: Lease, health: Health, interval_seconds: float
    ) -> None:
        """`interval_seconds` lies between one checkpoint and the next."""
        self.checkpoints = checkpoints
        self.lease = lease
        self.health = health
        self.interval_seconds = interval_seconds
        self._looked: float | None = None

    async def run(self) -> None:
        """Look again and again; what goes wrong is told, and tried again."""
        while True:
            self.health.beat(LOOP, LOOK_SECONDS + 2 * MAKE_SECONDS)
            try:
                async with asyncio.timeout(MAKE_SECONDS):
                    await self.look()
            except OvertakenError:
                log.info("checkpoint_made_elsewhere")
            except (*AWAY, BrokenArchiveError, ForkedError) as error:
                FAILED.inc()
                log.warning("checkpoint_not_made", reason=repr(error))
            await asyncio.sleep(min(LOOK_SECONDS, self.interval_seconds))

    async def look(self) -> None:
        """Make a checkpoint if it is due and we are the one."""
        if not await self.lease.take():
            return
        due = self._looked is None or clock.monotonic() - self._looked >= self.interval_seconds
        if not due:
            return
        made = await self.checkpoints.make()
        # An hour in which nothing happened is over as well.
        self._looked = clock.monotonic()
        log.info("checkpoint_made", number=made.number, leaves=made.leaves, cut=made.positions)
