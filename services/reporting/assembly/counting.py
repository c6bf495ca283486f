"""How far campaigns are, as metrics: counted now and then, the same by every instance."""

import asyncio
from collections import Counter
from typing import Final

from contracts.vocabulary import PaperKind
from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.service import AWAY
from services.reporting.domain.campaign import CampaignState
from services.reporting.store.boards import BoardStore
from services.reporting.store.campaigns import CampaignStore
from services.reporting.store.days import DayStore

EVERY_SECONDS: Final = 30.0

CAMPAIGNS: Final = metrics.gauge(
    "dualwatch_reporting_campaigns",
    "Campaigns by state; every instance says the same.",
    ("state",),
)
MISSING: Final = metrics.gauge(
    "dualwatch_reporting_papers_missing",
    "Papers of open campaigns that are not handed in; every instance says the same.",
    ("kind",),
)
OVERDUE: Final = metrics.gauge(
    "dualwatch_reporting_papers_overdue",
    "Of these those whose due date is over.",
    ("kind",),
)

log = get_logger(__name__)


class Counting:
    """The task."""

    def __init__(self, campaigns: CampaignStore, boards: BoardStore, days: DayStore) -> None:
        """Know of nothing yet."""
        self._campaigns = campaigns
        self._boards = boards
        self._days = days

    async def run(self) -> None:
        """Count for ever."""
        while True:
            try:
                await self.count()
            except AWAY as error:
                log.warning("counting_waits", reason=repr(error))
            await asyncio.sleep(clock.jittered(EVERY_SECONDS))

    async def count(self) -> None:
        """Count once."""
        states = await self._campaigns.states()
        missing: Counter[PaperKind] = Counter()
        overdue: Counter[PaperKind] = Counter()
        for campaign in await self._campaigns.open_ones():
            today = await self._days.today(campaign.jurisdiction)
            for row in await self._boards.missing(campaign):
                missing[row.kind] += row.papers
                overdue[row.kind] += row.papers * (today is not None and row.due < today)
        for state in CampaignState:
            CAMPAIGNS.labels(state.value).set(states.get(state, 0))
        for kind in PaperKind:
            MISSING.labels(kind.value).set(missing[kind])
            OVERDUE.labels(kind.value).set(overdue[kind])
