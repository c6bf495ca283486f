"""Reminds day by day of what is missing, and tells at once when nothing is any more.

A job of every instance: what is told of some organisations and the progress beyond them is one
transaction, compared-and-set on the progress, so that a day is told once however many there are
and whenever one of them dies.
"""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contracts.vocabulary import Dueness, PaperKind
from services.chassis import clock, metrics
from services.chassis.answers import Answer, Outcome
from services.chassis.log import get_logger
from services.chassis.service import AWAY
from services.reporting.domain.campaign import Campaign, CampaignState, reminded
from services.reporting.domain.campaign_events import Because
from services.reporting.domain.reminding import (
    REMINDER,
    Owing,
    due_of,
    dueness_of,
    reminded_told,
    to_tell,
)
from services.reporting.domain.telling import Told
from services.reporting.store.boards import BoardStore
from services.reporting.store.commanding import Commands, ConflictError, Plan, Write
from services.reporting.store.days import DayStore
from services.reporting.store.reminding import (
    Reminding,
    RemindingStore,
    progress_write,
    reminded_write,
)

PAGE: Final = 200
"""Most organisations told of in one transaction."""
PAGES_MAX: Final = 10_000
LOOK_SECONDS: Final = 1.0
ONE_DAY: Final = dt.timedelta(days=1)
KINDS: Final = tuple(PaperKind)

TOLD: Final = metrics.counter(
    "dualwatch_reporting_reminders_total", "Reminders of papers, by how they stand.", ("dueness",)
)

log = get_logger(__name__)


@dataclass(frozen=True)
class RemindingStores:
    """Where reminding is read and written."""

    reminding: RemindingStore
    boards: BoardStore
    days: DayStore
    commands: Commands


class Reminder:
    """The task."""

    def __init__(self, stores: RemindingStores) -> None:
        """Know of nothing yet."""
        self._stores = stores

    async def run(self) -> None:
        """Remind for ever."""
        while True:
            try:
                for campaign in await self._stores.reminding.watched():
                    await self._look(campaign)
            except AWAY as error:
                log.warning("reminding_waits", reason=repr(error))
            await asyncio.sleep(clock.jittered(LOOK_SECONDS))

    async def _look(self, campaign: Campaign) -> None:
        """Tell in one campaign what there is to tell; another instance may be faster."""
        today = await self._stores.days.today(campaign.jurisdiction)
        if today is None:
            return
        try:
            found = await self._stores.reminding.reminding(campaign)
            if found is None:
                found = await self._begin(campaign, (campaign.opened_on or today) - ONE_DAY)
            if found.day < today or found.campaign_version != campaign.version:
                await self._day(campaign, found, today)
            else:
                await self._steps(campaign, found, today)
        except ConflictError:
            log.info("reminding_left_to_another", campaign=campaign.key)

    async def _begin(self, campaign: Campaign, day: dt.date) -> Reminding:
        began = Reminding(campaign.key, 1, day, campaign.version)
        await self._write((progress_write(None, began),), ())
        return began

    async def _day(self, campaign: Campaign, found: Reminding, today: dt.date) -> None:
        """Tell of a day, organisation by organisation; what was begun for a day is ended for it."""
        for _ in range(PAGES_MAX):
            day = found.going_to or today
            if found.kind_at >= len(KINDS):
                after = replace(
                    found,
                    version=found.version + 1,
                    day=day,
                    campaign_version=campaign.version,
                    going_to=None,
                    kind_at=0,
                    after="",
                    ended=campaign.state is CampaignState.CLOSED,
                )
                await self._write((progress_write(found, after),), ())
                return
            kind = KINDS[found.kind_at]
            page = await self._stores.boards.owing(campaign, (kind,), after=found.after, limit=PAGE)
            marked = day > found.day and reminded(due_of(campaign.dues, kind), found.day, day)
            ended = len(page) < PAGE
            after = replace(
                found,
                version=found.version + 1,
                going_to=day,
                kind_at=found.kind_at + ended,
                after="" if ended else page[-1].organisation,
            )
            await self._tell(campaign, page, day, (found, after), marked=marked)
            found = after

    async def _steps(self, campaign: Campaign, found: Reminding, today: dt.date) -> None:
        """Tell at once whose papers are all in, as they come."""
        cursor, papers = await self._stores.reminding.steps(campaign, found.cursor)
        if not papers:
            return
        owners = await self._stores.reminding.owners(papers)
        owing = [
            row
            for kind, codes in owners.items()
            if codes
            for row in await self._stores.boards.owing(campaign, (kind,), organisations=codes)
        ]
        after = replace(found, version=found.version + 1, cursor=cursor)
        await self._tell(campaign, owing, today, (found, after), marked=False)

    async def _tell(
        self,
        campaign: Campaign,
        page: Sequence[Owing],
        day: dt.date,
        progress: tuple[Reminding, Reminding],
        *,
        marked: bool,
    ) -> None:
        """Tell of organisations, and how far that came, at once."""
        writes, told = [progress_write(*progress)], []
        standing: Counter[Dueness] = Counter()
        because = Because(REMINDER, day, clock.now())
        ended = campaign.state is CampaignState.CLOSED
        for kind in KINDS:
            rows = [row for row in page if row.kind is kind]
            codes = [row.organisation for row in rows]
            before = await self._stores.reminding.reminded(campaign, kind, codes)
            due = due_of(campaign.dues, kind)
            for row in rows:
                last = before.get(row.organisation)
                if to_tell(row, last, due, marked=marked, ended=ended):
                    dueness = dueness_of(campaign, row, day)
                    writes.append(reminded_write(campaign, row, dueness, due, last))
                    told.append(reminded_told(campaign, row, because, last))
                    standing[dueness] += 1
        await self._write(writes, told)
        for dueness, organisations in standing.items():
            TOLD.labels(dueness.value).inc(organisations)

    async def _write(self, writes: Iterable[Write], told: Iterable[Told]) -> None:
        answer = Answer(b"", 0, Outcome.DONE)
        await self._stores.commands.do(Plan(answer, tuple(writes), tuple(told)))
