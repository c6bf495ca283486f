"""Reports of a campaign made: a department's, the bureau's summary, what is exported.

Forms are added up as they are read, page by page; nothing is given out before all of it is there.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from services.chassis.identity import Principal
from services.reporting.asking.beside import Beside as Others
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.city_summary import (
    Around,
    CityFold,
    CitySummary,
    assemble_summary,
)
from services.reporting.domain.completeness import Known
from services.reporting.domain.correcting import (
    ALERTS_MAX,
    DISPOSITIONS_MAX,
    AlertLine,
    AlertWork,
    DispositionLine,
)
from services.reporting.domain.department_report import (
    Beside,
    DepartmentFold,
    assemble_report,
)
from services.reporting.domain.filed import Filed, declared
from services.reporting.domain.form import Names, Provenance
from services.reporting.domain.outline import COMPLETENESS
from services.reporting.domain.paper import Paper
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.outputs import report_styles
from services.reporting.store.days import DayStore
from services.reporting.store.filing import FilingStore, Wanted
from services.reporting.store.names import MongoReportStore

AT_ONCE: Final = 2
"""Reports made at the same time in one process; others wait for their turn."""


@dataclass(frozen=True, slots=True)
class ReportStores:
    """What reports are read from."""

    filing: FilingStore
    kept: MongoReportStore
    days: DayStore


class Reports:
    """Makes reports; `release` is printed on them."""

    def __init__(self, stores: ReportStores, others: Others, release: str) -> None:
        """Nothing is asked before the first report; `release` is printed on what is made."""
        self._stores = stores
        self.others = others
        self.release = release
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def report(
        self, campaign: Campaign, paper: Paper, authorization: bytes | None = None
    ) -> DepartmentReport:
        """Make a department's report of its forms: the same whoever asks for it."""
        del authorization
        department = paper.department or ""
        names = await self._stores.kept.names(campaign.jurisdiction)
        outline = report_styles.current().outline
        async with self._turns:
            beside = await self._beside(campaign, department, paper)
            fold, projects = DepartmentFold(names), set[str]()
            async for filed in self._stores.filing.filed(campaign, names, Wanted(department)):
                fold.add(filed)
                projects.add(filed.project)
            if outline.shows(COMPLETENESS):
                known = await self.others.known(
                    campaign.jurisdiction, campaign.fiscal_year, projects
                )
                beside = replace(beside, known=known)
        provenance = Provenance(
            campaign=campaign.key,
            campaign_name=campaign.name,
            paper=paper.id,
            packs=campaign.packs,
            layout=campaign.layout,
        )
        return assemble_report(
            campaign,
            department,
            fold,
            beside,
            issued_on=await self._today(campaign),
            release=self.release,
            provenance=provenance,
            outline=outline,
        )

    async def summary(
        self, campaign: Campaign, asking: Principal, *, completeness: bool = True
    ) -> CitySummary:
        """Add up the forms that the caller may see (Art. 15).

        Others are asked how complete the data are only for those who are told.
        """
        names = await self._stores.kept.names(campaign.jurisdiction)
        async with self._turns:
            around = await self._around(campaign, asking)
            fold, projects = CityFold(names), set[str]()
            async for filed in self.filed(campaign, asking, names):
                fold.add(filed)
                projects.add(filed.project)
            if completeness:
                known = await self._known(campaign, asking, projects)
                around = replace(around, known=known)
        return assemble_summary(
            campaign,
            fold,
            around,
            issued_on=await self._today(campaign),
            release=self.release,
            provenance=Provenance(
                campaign=campaign.key, campaign_name=campaign.name, packs=campaign.packs
            ),
        )

    async def filed(
        self,
        campaign: Campaign,
        asking: Principal,
        names: Names | None = None,
        after: str | None = None,
    ) -> AsyncIterator[Filed]:
        """Give the forms that the caller may see, one by one."""
        known = names or await self._stores.kept.names(campaign.jurisdiction)
        wanted = Wanted(within=_within(asking), after=after)
        async for filed in self._stores.filing.filed(campaign, known, wanted):
            yield filed

    async def _beside(self, campaign: Campaign, department: str, paper: Paper) -> Beside:
        alerts: list[AlertLine] = []
        work, day = AlertWork(), await self._today(campaign)
        found = self._stores.kept.alerts.of_department(
            campaign.jurisdiction, department, campaign.fiscal_year, campaign.cut_off
        )
        async for line in found:
            work.add(line, day)
            if len(alerts) < ALERTS_MAX:
                alerts.append(line)
        dispositions: list[DispositionLine] = []
        decided = self.others.dispositions(campaign.jurisdiction, campaign.fiscal_year, day)
        async for whose, disposition in decided:
            if whose == department and len(dispositions) < DISPOSITIONS_MAX:
                dispositions.append(disposition)
        stated = declared(paper)
        contact = stated.contact
        return Beside(
            alerts=alerts,
            alerts_left_out=work.alerts - len(alerts),
            work=work,
            dispositions=dispositions,
            sections=stated.sections,
            contact=(contact.filled_by, contact.phone, contact.head, contact.filled_on),
        )

    async def _around(self, campaign: Campaign, asking: Principal) -> Around:
        jurisdiction, day = campaign.jurisdiction, await self._today(campaign)
        within = _within(asking)
        work = await self._stores.kept.alerts.work(
            jurisdiction, campaign.fiscal_year, campaign.cut_off, day, within
        )
        reports = await self._stores.filing.reports(campaign)
        if within is not None:
            reports = {code: found for code, found in reports.items() if code in within}
        registered = await self._stores.days.known(jurisdiction)
        return Around(work, reports, name=registered.name if registered else None)

    async def _known(
        self, campaign: Campaign, asking: Principal, projects: AbstractSet[str]
    ) -> Known:
        if _within(asking) is None:
            return await self.others.known(campaign.jurisdiction, campaign.fiscal_year)
        # Publishers are of the whole jurisdiction: nothing for those who see a part.
        known = await self.others.known(campaign.jurisdiction, campaign.fiscal_year, projects)
        return replace(known, publishers={}, vouchers={})

    async def _today(self, campaign: Campaign) -> dt.date:
        today = await self._stores.days.today(campaign.jurisdiction)
        return today or campaign.opened_on or campaign.cut_off


def _within(asking: Principal) -> AbstractSet[str] | None:
    return asking.within if asking.narrow else None
