"""A paper with its content: the frozen edition's, or as it stands while it is filled in.

What was frozen is read from its own bytes alone: it stays readable whatever else is away.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from contracts.vocabulary import PaperKind, PaperState
from services.chassis import clock, metrics
from services.chassis.identity import Principal
from services.reporting.domain.assembling import assemble_paper
from services.reporting.domain.campaign import Campaign, CampaignState, campaign_key
from services.reporting.domain.declaration import Declaration, FieldFault
from services.reporting.domain.differences import Difference, differences
from services.reporting.domain.editions import form_of, report_of, with_code
from services.reporting.domain.filled import Figures
from services.reporting.domain.form import MonitoringForm
from services.reporting.domain.gaps import Gap, form_gaps, report_gaps, unreadable
from services.reporting.domain.paper import Acting, Paper
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.domain.stating import withdrawals
from services.reporting.domain.taking_back import TakingBack, taken_back
from services.reporting.outputs import form_template, report_styles
from services.reporting.store.campaigns import CampaignStore
from services.reporting.store.days import DayStore
from services.reporting.store.names import ReportStore
from services.reporting.store.naming import Naming
from services.reporting.store.papers import PaperStore

PEOPLE_WRITE: Final = frozenset({"organisation", "problems", "measures"})
"""Sections of a report that no figure can write (Art. 12(4): experience, problems, measures)."""

SECONDS: Final = metrics.histogram(
    "dualwatch_reporting_paper_seconds",
    "Seconds until a form or report was put together with its content, by kind.",
    ("kind",),
    metrics.WORK_BUCKETS,
)


class UnknownPaperError(Exception):
    """There is no such paper, or not for whoever asks."""


class ReportMaker(Protocol):
    """Makes a department's report of its forms as they stand."""

    async def report(
        self, campaign: Campaign, paper: Paper, authorization: bytes | None
    ) -> DepartmentReport:
        """Make it; frozen editions count where there are some."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What papers are read from."""

    papers: PaperStore
    campaigns: CampaignStore
    days: DayStore
    naming: Naming
    kept: ReportStore


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper as it is shown."""

    paper: Paper
    campaign: Campaign
    form: MonitoringForm | None = None
    report: DepartmentReport | None = None
    gaps: tuple[Gap, ...] = ()
    differences: tuple[Difference, ...] = ()
    withdrawals: tuple[TakingBack, ...] = ()
    """What is taken back of the ledger when it is handed in."""
    frozen: bool = False
    """Whether the content is a frozen edition's."""


def sees(asking: Principal, paper: Paper) -> bool:
    """Whether a paper is in somebody's scope: a form's project, a report's department."""
    if paper.project is not None:
        return asking.sees(paper.project, paper.unit, paper.department)
    return asking.may_see(paper.jurisdiction, None, paper.department)


class Papers:
    """Reads papers and makes their content."""

    def __init__(self, stores: Stores, reports: ReportMaker, release: str) -> None:
        """`release` is printed on what is made."""
        self.stores = stores
        self._reports = reports
        self._release = release

    async def visible(self, asking: Principal, paper: str) -> Paper:
        """Find a paper that is there for the caller; UnknownPaperError else."""
        found = await self.stores.papers.paper(paper)
        if found is None or not sees(asking, found):
            raise UnknownPaperError(paper)
        return found

    async def campaign(self, paper: Paper) -> Campaign:
        """Find the campaign of a paper."""
        key = campaign_key(paper.jurisdiction, paper.campaign)
        found = await self.stores.campaigns.campaign(key)
        if found is None:
            raise UnknownPaperError(paper.id)
        return found

    async def acting(self, asking: Principal, campaign: Campaign) -> Acting:
        """Tell who acts, on which opened day, and whether the campaign takes anything in."""
        today = await self.stores.days.today(campaign.jurisdiction)
        day = today or campaign.opened_on or campaign.cut_off
        is_open = campaign.state is CampaignState.OPEN
        return Acting(asking.id, asking.roles, day, is_open, campaign.opened_on)

    async def live_form(self, campaign: Campaign, paper: Paper, edition: int = 0) -> MonitoringForm:
        """Make the form of a paper as it stands; FieldFault for a field that cannot be read."""
        figures = await self.figures(paper)
        return await self.form(campaign, paper, figures, paper.declaration, edition)

    async def form(
        self,
        campaign: Campaign,
        paper: Paper,
        figures: Figures,
        declaration: Declaration,
        edition: int = 0,
    ) -> MonitoringForm:
        """Make a form of figures and a declaration."""
        money = figures.money
        names = await self.stores.naming.names(
            paper.jurisdiction, (money.department, money.lead_unit)
        )
        alerts = await self.stores.kept.alerts_of(
            paper.project or "", paper.fiscal_year, campaign.cut_off
        )
        made = assemble_paper(
            campaign,
            paper,
            figures,
            declaration,
            names=names,
            alerts=alerts,
            release=self._release,
            edition=edition,
        )
        template = campaign.template or form_template.current(paper.jurisdiction).id
        return replace(made, template=template)

    async def live_report(
        self, campaign: Campaign, paper: Paper, authorization: bytes | None, edition: int = 0
    ) -> DepartmentReport:
        """Make the report of a department as it stands."""
        found = await self._reports.report(campaign, paper, authorization)
        return replace(found, provenance=replace(found.provenance, edition=edition, code=""))

    async def figures(self, paper: Paper) -> Figures:
        """Find the figures of a form; every form has some since it was made."""
        found = await self.stores.papers.figures(paper.id)
        if found is None:
            raise UnknownPaperError(paper.id)
        return found

    async def shown(self, paper: Paper, authorization: bytes | None) -> Shown:
        """Put a paper together with its content."""
        began = clock.monotonic()
        try:
            return await self._shown(paper, authorization)
        finally:
            SECONDS.labels(paper.kind.value).observe(clock.monotonic() - began)

    async def _shown(self, paper: Paper, authorization: bytes | None) -> Shown:
        campaign = await self.campaign(paper)
        if paper.state is not PaperState.FILLING:
            return await self._frozen(campaign, paper)
        if paper.kind is PaperKind.REPORT:
            report = await self.live_report(campaign, paper, authorization)
            return replace(await self.saved(paper), report=report)
        figures = await self.figures(paper)
        try:
            declaration = paper.declaration
        except FieldFault as fault:
            return Shown(paper, campaign, gaps=(unreadable(fault.pointer, fault.reason),))
        form = with_code(await self.form(campaign, paper, figures, declaration))
        found = differences(figures, declaration, form.currency)
        gaps = form_gaps(campaign, figures, declaration)
        back = taken_back(figures, withdrawals(paper, await self.stores.papers.stated(paper.id)))
        return Shown(paper, campaign, form, None, gaps, found, back)

    async def saved(self, paper: Paper) -> Shown:
        """Put a paper together right after its draft was saved.

        A report goes without its content: that asks all the other services, and what is saved is
        saved even if one of them does not answer.
        """
        if paper.state is PaperState.FILLING and paper.kind is PaperKind.REPORT:
            campaign = await self.campaign(paper)
            return Shown(paper, campaign, gaps=await self.gaps(campaign, paper))
        return await self.shown(paper, None)

    async def gaps(self, campaign: Campaign, paper: Paper) -> tuple[Gap, ...]:
        """Tell what a paper still lacks."""
        try:
            declaration = paper.declaration
        except FieldFault as fault:
            return (unreadable(fault.pointer, fault.reason),)
        if paper.kind is PaperKind.FORM:
            return form_gaps(campaign, await self.figures(paper), declaration)
        missing, total = await self.stores.papers.missing_forms(paper)
        lacking = [
            (heading.key, heading.title)
            for heading in report_styles.current().outline.sections
            if heading.key in PEOPLE_WRITE and not declaration.sections.get(heading.key, "").strip()
        ]
        return report_gaps(declaration, lacking, missing, total)

    async def _frozen(self, campaign: Campaign, paper: Paper) -> Shown:
        edition = await self.stores.papers.edition(paper.id, paper.edition)
        if edition is None:
            raise UnknownPaperError(paper.id)
        if paper.kind is PaperKind.REPORT:
            report = report_of(edition.content)
            return Shown(paper, campaign, report=report, frozen=True)
        form = form_of(edition.content)
        found: tuple[Difference, ...] = ()
        figures = await self.stores.papers.figures(paper.id)
        if figures is not None:
            found = differences(figures, paper.declaration, form.currency)
        return Shown(paper, campaign, form, differences=found, frozen=True)
