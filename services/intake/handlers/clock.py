"""The clock: opens the days of jurisdictions that live by the wall clock (architecture 3)."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Final

from contracts.topics import partition_of
from contracts.vocabulary import Clock
from services.chassis import clock, metrics
from services.chassis.health import Health
from services.chassis.log import get_logger
from services.intake.domain.days import behind, due
from services.intake.domain.jurisdictions import Jurisdiction
from services.intake.handlers.ledger import Owned
from services.intake.store.days import Days
from services.intake.store.errors import AWAY

log = get_logger(__name__)

LOOP: Final = "clock"
BEHIND: Final = metrics.gauge(
    "dualwatch_intake_day_behind_seconds",
    "How long ago the next day began that is not opened yet, where it is longest; 0: none.",
    ("clock",),
)
AGAIN_SECONDS: Final = 60.0
"""After so long days that were submitted but not entered are submitted again."""
BEAT_LIMIT_SECONDS: Final = 120.0


class DayClock:
    """Looks at the jurisdictions whose home partition this process owns.

    So one process opens a jurisdiction's days; were it two, the second's would be duplicates.
    """

    def __init__(
        self,
        owned: Mapping[int, Owned],
        days: Days,
        partitions: int,
        health: Health,
        interval_seconds: float,
    ) -> None:
        """`owned` is the ledger owner's view of its partitions."""
        self.owned = owned
        self.days = days
        self.partitions = partitions
        self.health = health
        self.interval_seconds = interval_seconds
        self._submitted: dict[str, tuple[dt.date, float]] = {}

    async def run(self) -> None:
        """Look again and again; a store or broker that is away is waited for."""
        while True:
            self.health.beat(LOOP, self.interval_seconds + BEAT_LIMIT_SECONDS)
            try:
                await self.look(clock.now())
            except AWAY as error:
                log.warning("days_not_opened_yet", reason=repr(error))
            await asyncio.sleep(self.interval_seconds)

    async def look(self, now: dt.datetime) -> None:
        """Submit the days that are due."""
        known = self._at_home()
        for kind in Clock:
            late = [behind(one, now) for one in known if one.clock is kind]
            BEHIND.labels(kind.value).set(max(late, default=0.0))
        for jurisdiction in known:
            if jurisdiction.clock is not Clock.LIVE:
                continue
            days = due(jurisdiction, now)
            if not days or self._in_hand(jurisdiction.code, days[-1]):
                continue
            await self.days.submit(jurisdiction, days, jump=False)
            self._submitted[jurisdiction.code] = (days[-1], clock.monotonic())
            log.info("days_opened", jurisdiction=jurisdiction.code, last=str(days[-1]))

    def _at_home(self) -> list[Jurisdiction]:
        return [
            jurisdiction
            for partition, owned in list(self.owned.items())
            for jurisdiction in owned.held.jurisdictions.values()
            if partition_of(jurisdiction.code, self.partitions) == partition
        ]

    def _in_hand(self, code: str, last: dt.date) -> bool:
        day, since = self._submitted.get(code, (None, 0.0))
        return day == last and clock.monotonic() - since < AGAIN_SECONDS
