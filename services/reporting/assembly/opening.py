"""Opening a campaign: its forms with their figures, one report for each department that has forms.

Longer than a request, so a job: page by page of analysis' answer, all at the cut of the first, in
bounded memory. While analysis is away it waits and says so.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import PaperKind, PriorityListKind
from services.chassis import clock, metrics
from services.chassis.answers import Answer, Outcome
from services.chassis.log import get_logger
from services.chassis.problems import ProblemError
from services.chassis.service import AWAY
from services.reporting.asking.alerts import Alerts
from services.reporting.asking.figures import AssessedPage, Figures
from services.reporting.domain.asked import Asked, asked_for, lagging
from services.reporting.domain.campaign import Campaign, CampaignState, ScopeKind, campaign_key
from services.reporting.domain.campaign_events import Because, opened_told
from services.reporting.domain.paper import Paper, form_id, report_id
from services.reporting.domain.planning import opened
from services.reporting.store import campaigns, opening, papers
from services.reporting.store.campaigns import CampaignStore, campaign_document
from services.reporting.store.commanding import Commands, ConflictError, Plan, Write
from services.reporting.store.days import DayStore
from services.reporting.store.opening import Made, Opening, OpeningStore, opening_document
from services.reporting.store.papers import paper_document

PAGE: Final = 50
"""Most projects of one page, and papers of one transaction."""
PAGES_MAX: Final = 40_000
"""Two million projects: more than a province has."""
LOOK_SECONDS: Final = 1.0
"""How long until one looks again for what another instance has left."""
HINDERED_MS: Final = 2_000
"""How long one waits before asking again what could not be answered."""
NOT_FOUND: Final = 404

OPENED: Final = metrics.counter(
    "dualwatch_reporting_papers_opened_total", "Papers made by the opening of campaigns.", ("kind",)
)

log = get_logger(__name__)


@dataclass(frozen=True)
class OpeningStores:
    """Where openings are read and written."""

    openings: OpeningStore
    campaigns: CampaignStore
    days: DayStore
    commands: Commands


class Opener:
    """A task of every instance; each page is one instance's."""

    def __init__(self, stores: OpeningStores, figures: Figures, alerts: Alerts, key: str) -> None:
        """Ask with the deployment's own key; what is asked for is the campaign's scope."""
        self._stores = stores
        self._figures = figures
        self._alerts = alerts
        self._authorization = f"Bearer {key}".encode()
        self._woken = asyncio.Event()

    def nudge(self) -> None:
        """Look at once: a campaign is to be opened."""
        self._woken.set()

    async def run(self) -> None:
        """Open what is to be opened, for ever."""
        while True:
            self._woken.clear()
            try:
                await self.open_waiting()
            except AWAY as error:
                log.warning("opening_waits", reason=repr(error))
            except ConflictError:
                log.info("opening_left_to_another")
            try:
                async with asyncio.timeout(clock.jittered(LOOK_SECONDS)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def open_waiting(self) -> None:
        """Go on with every opening that nobody is at; ConflictError if somebody was faster."""
        while (found := await self._stores.openings.claim(clock.now_ms())) is not None:
            await self._go_on(found)

    async def _go_on(self, found: Opening) -> None:
        campaign = await self._stores.campaigns.campaign(found.key)
        if campaign is None or campaign.state is not CampaignState.OPENING:
            if campaign is not None and found.redate:
                await self._stores.openings.redate(campaign)
            await self._stores.openings.finish(found)
            return
        for _ in range(PAGES_MAX):
            try:
                if found.at >= len(found.scopes):
                    await self._finish(campaign, found)
                    return
                page = await self._page(campaign, found)
            except ProblemError as error:
                reason = f"{error.problem.code}: {error.problem.detail}"
                log.warning("opening_hindered", campaign=found.key, reason=reason)
                until = clock.now_ms() + HINDERED_MS
                await self._stores.openings.hinder(found, reason, until)
                return
            found = await self._write(campaign, found, page)

    async def _page(self, campaign: Campaign, found: Opening) -> AssessedPage | None:
        """Ask for the next page; null: what was named is not known at the cut-off."""
        try:
            return await self._figures.assessments(
                self._authorization,
                found.scopes[found.at],
                campaign.fiscal_year,
                campaign.cut_off,
                at=found.cut,
                after=found.after,
                limit=PAGE,
            )
        except ProblemError as error:
            if error.problem.status == NOT_FOUND and "/" in found.scopes[found.at]:
                return None
            raise

    async def _write(
        self, campaign: Campaign, found: Opening, page: AssessedPage | None
    ) -> Opening:
        made: list[Made] = []
        if page is None:
            unknown = (*found.unknown, found.scopes[found.at])
            after = replace(found, at=found.at + 1, after=None, unknown=unknown)
        else:
            made = await self._made(campaign, page.items)
            ended = page.next is None
            after = replace(
                found, at=found.at + ended, after=page.next, cut=page.cut, hindrance=None
            )
        after = replace(after, version=found.version + 1, forms=found.forms + len(made))
        await self._stores.openings.advance(after, made, clock.now_ms())
        OPENED.labels(PaperKind.FORM.value).inc(len(made))
        return after

    async def _made(
        self, campaign: Campaign, items: Iterable[tuple[str, AssessmentMade]]
    ) -> list[Made]:
        found = dict(items)
        lag = await self._lagging(campaign, found)
        chosen = {
            form_id(campaign.key, project): (project, assessment)
            for project, assessment in found.items()
            if asked_for(campaign, project, assessment, lags=project in lag)
        }
        new = await self._stores.openings.new(chosen)
        return [
            form_made(campaign, paper, *chosen[paper]) for paper in sorted(chosen) if paper in new
        ]

    async def _lagging(self, campaign: Campaign, projects: Iterable[str]) -> set[str]:
        """Tell which of these lagged in the campaign that the scope names."""
        if campaign.scope.kind is not ScopeKind.LAGGING or campaign.scope.campaign is None:
            return set()
        earlier = campaign_key(campaign.jurisdiction, campaign.scope.campaign)
        by_paper = {form_id(earlier, project): project for project in projects}
        found = await self._stores.openings.figures(by_paper)
        return {by_paper[paper] for paper, figures in found.items() if lagging(figures)}

    async def _finish(self, campaign: Campaign, found: Opening) -> None:
        departments = await self._stores.openings.departments(campaign.jurisdiction, campaign.id)
        cut = found.cut or await self._present(campaign)
        day = await self._stores.days.today(campaign.jurisdiction) or campaign.cut_off
        packs = await self._alerts.packs(self._authorization, campaign.jurisdiction, day)
        after = opened(campaign, cut, found.forms, len(departments), packs)
        because = Because(campaign.by, day, clock.now())
        unknown = (*found.unknown, *(await self._without_form(campaign)))
        done = replace(found, version=found.version + 1, done=True, hindrance=None, unknown=unknown)
        writes = [
            Write(papers.COLLECTION, paper_document(_report(campaign, department)))
            for department in departments
        ]
        writes.append(Write(campaigns.COLLECTION, campaign_document(after), campaign.version))
        writes.append(Write(opening.COLLECTION, opening_document(done), found.version))
        answer = Answer(b"", after.version, Outcome.DONE)
        told = (opened_told(after, because),)
        await self._stores.commands.do(Plan(answer, tuple(writes), told))
        OPENED.labels(PaperKind.REPORT.value).inc(len(departments))
        log.info("campaign_opened", campaign=campaign.key, forms=after.forms, reports=after.reports)

    async def _without_form(self, campaign: Campaign) -> list[str]:
        """Name the projects of the scope that have no form: not known, or nothing to ask for."""
        if campaign.scope.kind is not ScopeKind.PROJECTS:
            return []
        inside = f"{campaign.jurisdiction}/"
        papers = {
            form_id(campaign.key, inside + name.removeprefix(inside)): name
            for name in campaign.scope.projects
        }
        return sorted(papers[paper] for paper in await self._stores.openings.new(papers))

    async def _present(self, campaign: Campaign) -> str:
        """Tell the cut of the present, where nothing that was named is known."""
        page = await self._figures.assessments(
            self._authorization,
            campaign.jurisdiction,
            campaign.fiscal_year,
            campaign.cut_off,
            at=None,
            after=None,
            limit=1,
        )
        return page.cut


def form_made(campaign: Campaign, paper: str, project: str, found: AssessmentMade) -> Made:
    """Make the form that a campaign asks of a project."""
    form = Paper(
        paper,
        PaperKind.FORM,
        campaign.jurisdiction,
        campaign.id,
        campaign.fiscal_year,
        campaign.dues.unit,
        project=project,
        project_name=found.project_name,
        unit=found.lead_unit,
        department=found.department,
        changed_on=campaign.opened_on,
        light=found.light,
    )
    asked = Asked(
        paper,
        campaign.jurisdiction,
        campaign.id,
        project,
        found.lead_unit,
        found.department,
        bool(found.attainment.indicators),
        PriorityListKind.BUREAU in found.standing.priority,
    )
    return Made(form, found, asked)


def _report(campaign: Campaign, department: str) -> Paper:
    return Paper(
        report_id(campaign.key, department),
        PaperKind.REPORT,
        campaign.jurisdiction,
        campaign.id,
        campaign.fiscal_year,
        campaign.dues.department,
        department=department,
        changed_on=campaign.opened_on,
    )
