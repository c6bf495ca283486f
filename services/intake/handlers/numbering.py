"""Keeps the index of document numbers close behind the ledger, in one process at a time."""

import asyncio
from typing import Final

from services.chassis import metrics
from services.chassis.health import Health
from services.chassis.log import get_logger
from services.chassis.service import AWAY
from services.intake.store.lease import Lease
from services.intake.store.numbers import Numbers

log = get_logger(__name__)

LOOP: Final = "document numbers"
LOOK_SECONDS: Final = 1.0
"""Between two steps: taking facts comes first."""
STEP_SECONDS: Final = 60.0
"""Longest a step may take."""
LEASE_SECONDS: Final = 30

BEHIND = metrics.gauge(
    "dualwatch_intake_document_numbers_behind",
    "Positions of the ledger whose document numbers cannot be searched for yet.",
)


class Numbering:
    """Indexes what the ledger has taken."""

    def __init__(self, numbers: Numbers, lease: Lease, health: Health) -> None:
        """Nothing is indexed before `run`."""
        self._numbers = numbers
        self._lease = lease
        self._health = health

    async def run(self) -> None:
        """Take a step again and again; what goes wrong is told, and tried again."""
        while True:
            self._health.beat(LOOP, LOOK_SECONDS + 2 * STEP_SECONDS)
            try:
                async with asyncio.timeout(STEP_SECONDS):
                    if await self._lease.take():
                        BEHIND.set(await self._numbers.advance())
            except AWAY as error:
                log.warning("document_numbers_wait", reason=repr(error))
            await asyncio.sleep(LOOK_SECONDS)
