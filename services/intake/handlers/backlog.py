"""What waits in the quarantine: its metrics, and orders that got stuck."""

import asyncio
from typing import Final

from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.intake.domain.reasons import COUNTED_APART
from services.intake.store.desk import MongoDesk
from services.intake.store.errors import AWAY

LOOK_SECONDS: Final = 15.0
"""How often the backlog is counted and stuck orders are looked for."""

OPEN = metrics.gauge(
    "dualwatch_intake_quarantine_open",
    "Entries of the quarantine that somebody has to look at, by reason; at most 100,000.",
    ("reason",),
)
OLDEST = metrics.gauge(
    "dualwatch_intake_quarantine_oldest_seconds",
    "Age of the oldest open entry of the quarantine, by reason; 0 if there is none.",
    ("reason",),
)
RESENT = metrics.counter(
    "dualwatch_intake_quarantine_resent_total",
    "Orders of the data desk sent again because their process had stopped before.",
)

log = get_logger(__name__)


class BacklogWatch:
    """Looks again and again."""

    def __init__(self, desk: MongoDesk) -> None:
        """`desk` reads and sends."""
        self.desk = desk

    async def run(self) -> None:
        """Look; a store or broker that is away is waited for."""
        while True:
            try:
                await self.look()
            except AWAY as error:
                log.warning("quarantine_not_looked_at", reason=repr(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once."""
        now = clock.now_ms()
        for verdict, backlog in (await self.desk.backlog()).items():
            if verdict in COUNTED_APART:
                continue
            since = now if backlog.oldest_ms is None else backlog.oldest_ms
            OPEN.labels(verdict.value).set(backlog.count)
            OLDEST.labels(verdict.value).set(max(0, now - since) / 1_000)
        sent = await self.desk.resend()
        if sent:
            log.warning("quarantine_orders_sent_again", orders=sent)
            RESENT.inc(sent)
