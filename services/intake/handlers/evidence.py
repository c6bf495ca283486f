"""Uploads that nobody has finished are swept away."""

import asyncio
from typing import Final

from services.chassis.log import get_logger
from services.intake.store.errors import AWAY
from services.intake.store.evidence import MongoEvidence

LOOK_SECONDS: Final = 3_600.0
"""How often is looked."""

log = get_logger(__name__)


class Sweeper:
    """Looks again and again."""

    def __init__(self, store: MongoEvidence) -> None:
        """`store` knows what was left behind."""
        self.store = store

    async def run(self) -> None:
        """Sweep; a store that is away is waited for."""
        while True:
            try:
                swept = await self.store.sweep()
            except AWAY as error:
                log.warning("evidence_not_swept", reason=repr(error))
            else:
                if swept:
                    log.info("evidence_swept", files=swept)
            await asyncio.sleep(LOOK_SECONDS)
