"""Judges units and departments once all partitions have reported a day: one process, once.

The lease says who; every transaction of the work holds it. What a process that died has written
already follows from the same sums, so that whoever goes on changes nothing of it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from services.alerts.domain.case import Case
from services.alerts.domain.noise import Noise
from services.alerts.domain.organisations import Reported, department_of, examine_organisation
from services.alerts.domain.telling import Because
from services.alerts.handlers.days import DayStores, count_steps
from services.alerts.handlers.reading import CONFLICTS, CONFLICTS_MAX, count
from services.alerts.store.batch import Batch
from services.alerts.store.documents import organisation_case_id
from services.alerts.store.muting import RulesOf
from services.alerts.store.rollups import Day, LostLeaseError
from services.alerts.store.writing import Also, ConflictError
from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.mongo import Session
from services.chassis.service import AWAY

log = get_logger(__name__)

PAGE: Final = 200
"""Most organisations' years judged in one transaction."""
LOOK_SECONDS: Final = 1.0
"""How long until one looks again for a day that another process has reported or left."""

JUDGED: Final = metrics.counter(
    "dualwatch_alerts_organisation_days_total",
    "Days of a jurisdiction for which units and departments were judged.",
)


class OrganisationJudge:
    """A task of every instance; the lease lets one of them work."""

    def __init__(self, stores: DayStores, rules: RulesOf) -> None:
        """Judge by these rules."""
        self._stores = stores
        self._rules = rules
        self._owner = clock.new_id()
        self._woken = asyncio.Event()

    def nudge(self) -> None:
        """Look at once: a day was reported."""
        self._woken.set()

    async def run(self) -> None:
        """Judge days as they become complete, for ever."""
        while True:
            self._woken.clear()
            try:
                await self.judge_ready()
            except (*AWAY, ConflictError) as error:
                log.warning("organisations_wait", reason=repr(error))
            try:
                async with asyncio.timeout(clock.jittered(LOOK_SECONDS)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def judge_ready(self) -> None:
        """Judge every day that is complete, the oldest first."""
        rollups = self._stores.rollups
        for jurisdiction, date in await rollups.ready(self._stores.alerts.progress.partitions):
            day = await rollups.claim(jurisdiction, date, self._owner, clock.now_ms())
            if day is None:
                continue
            try:
                await self._judge(day)
            except LostLeaseError:
                log.info("organisations_left_to_another", jurisdiction=jurisdiction, day=str(date))

    async def _judge(self, day: Day) -> None:
        reported, cause = await self._stores.rollups.reported(day)
        wanted = {
            (f"{day.jurisdiction}/{one.code}", one.fiscal_year) for one in reported.groups
        } | await self._stores.rollups.standing(day.jurisdiction)
        suppressions = await self._stores.suppressions.lasting({day.jurisdiction: day.date})
        opened = await self._stores.days.number(day.jurisdiction, day.date)
        noise = Noise(suppressions.get(day.jurisdiction, ()), opened)
        ordered = sorted(wanted)
        for start in range(0, len(ordered), PAGE):
            page = ordered[start : start + PAGE]
            await self._page(day, page, reported, cause, noise)
        await self._stores.alerts.write(
            Batch(0, None, {}), lambda session: self._stores.rollups.finish(session, day)
        )
        JUDGED.inc()

    async def _page(
        self,
        day: Day,
        page: Iterable[tuple[str, int]],
        reported: Reported,
        cause: Because,
        noise: Noise,
    ) -> None:
        """Judge some organisations; what somebody changes meanwhile is judged again."""
        empty = {organisation_case_id(*key): Case(*key) for key in page}

        for tries_left in reversed(range(CONFLICTS_MAX)):
            cases = await self._stores.alerts.cases_by_id(empty)
            batch = Batch(0, None, cases)
            done = []
            for name, case in sorted(cases.items()):
                rules = self._rules(day.jurisdiction, department_of(case, reported), day.date)
                found = examine_organisation(case, reported, rules, noise)
                batch.change(name, found.case, found.changes, cause)
                done.append(found)
            try:
                if batch.told:
                    await self._stores.alerts.write(batch, self._also(day, batch.cases))
            except ConflictError:
                CONFLICTS.inc()
                if not tries_left:
                    raise
            else:
                count(batch, done)
                count_steps(batch.told)
                await self._stores.alerts.teller.relay_told(batch.told)
                return

    def _also(self, day: Day, cases: Mapping[str, Case]) -> Also:
        """Hold the lease, and keep when deviations returned: nobody else writes these cases."""

        async def also(session: Session) -> None:
            await self._stores.rollups.fence(session, day, clock.now_ms())
            await self._stores.alerts.keep_returns(session, cases)

        return also
