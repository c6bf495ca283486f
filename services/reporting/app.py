"""Reporting put together: the only place where broker, store and HTTP meet."""

from importlib.metadata import version
from pathlib import Path

from contracts import topics
from services.chassis.answers import Answers
from services.chassis.fencing import fence
from services.chassis.identity import Permission
from services.chassis.identity_topic import follow
from services.chassis.mongo import Progress
from services.chassis.publisher import partitions_of
from services.chassis.records import BatchLimits
from services.chassis.relaying import Relaying
from services.chassis.service import Service
from services.chassis.statements import INDEXES as STATEMENTS
from services.chassis.statements import Statements
from services.reporting.api import boards, drafts, files, forms, summaries
from services.reporting.api import campaigns as campaign_api
from services.reporting.api import downloads as download_api
from services.reporting.api import papers as paper_api
from services.reporting.api import steps as step_api
from services.reporting.api import templates as template_api
from services.reporting.api import workbooks as workbook_api
from services.reporting.api.boards import BoardDesk
from services.reporting.api.campaigns import CampaignDesk
from services.reporting.api.downloads import Downloads
from services.reporting.api.files import Files
from services.reporting.api.papers import PaperDesk
from services.reporting.api.steps import Desk as StepDesk
from services.reporting.api.workbooks import Workbooks
from services.reporting.asking.alerts import Alerts
from services.reporting.asking.beside import Beside
from services.reporting.asking.figures import Figures
from services.reporting.asking.ledger import Ledger
from services.reporting.assembly.bundles import Bundler
from services.reporting.assembly.counting import Counting
from services.reporting.assembly.drafting import Drafting
from services.reporting.assembly.opening import Opener, OpeningStores
from services.reporting.assembly.paper_counting import counting
from services.reporting.assembly.papers import Papers, Stores
from services.reporting.assembly.reminding import Reminder, RemindingStores
from services.reporting.assembly.rendering import Renderer
from services.reporting.assembly.reports import Reports, ReportStores
from services.reporting.assembly.stepping import Stepping
from services.reporting.assembly.submitting import Submitting
from services.reporting.handlers.keeping import NAMES_TYPES, Keeper
from services.reporting.outputs import fonts, form_template, report_styles
from services.reporting.settings import ReportingSettings
from services.reporting.store import boards as board_store
from services.reporting.store import campaigns, handed, names, opening, telling
from services.reporting.store import days as day_store
from services.reporting.store import downloads as download_store
from services.reporting.store import papers as paper_store
from services.reporting.store import reminding as reminding_store
from services.reporting.store.boards import BoardStore
from services.reporting.store.campaigns import CampaignStore
from services.reporting.store.commanding import Commands
from services.reporting.store.days import DayStore
from services.reporting.store.downloads import DownloadStore
from services.reporting.store.feeding import FeedReader
from services.reporting.store.filing import FilingStore
from services.reporting.store.handed import HandedStore
from services.reporting.store.listing import PaperListing
from services.reporting.store.names import MongoReportStore
from services.reporting.store.naming import Naming
from services.reporting.store.opening import OpeningStore
from services.reporting.store.papers import PaperStore
from services.reporting.store.reminding import RemindingStore
from services.reporting.store.telling import Teller

PROJECTION = "reporting.v1"
"""Name of what is kept here: in progress, and the beginning of the groups' ids on Kafka."""
LIMITS = BatchLimits(rest_ms=500)
"""Forms are written in days: half a second more leaves the store to those that are waited for."""
INDEXES = {
    **names.INDEXES,
    **telling.INDEXES,
    **campaigns.INDEXES,
    **paper_store.INDEXES,
    **opening.INDEXES,
    **day_store.INDEXES,
    **board_store.INDEXES,
    **reminding_store.INDEXES,
    **handed.INDEXES,
    **download_store.INDEXES,
    **Answers.INDEXES,
    **STATEMENTS,
}


def create_app(settings: ReportingSettings) -> Service:
    """Put reporting together; nothing is connected before its app starts."""
    release = version("dualwatch")
    service = Service(settings, "Dualwatch reporting", release)
    _identify(service)
    store = MongoReportStore(service.mongo)
    figures = Figures(settings.analysis_url, settings.analysis_seconds, trust=settings.tls.trust)
    assessments = Progress(service.mongo, PROJECTION, topics.ASSESSMENTS.name)
    alerts = Progress(service.mongo, PROJECTION, topics.ALERTS.name)
    teller = Teller(service.mongo, service.publisher)
    statements = Statements(service.mongo, service.publisher, topics.PUBLISH_REPORTING.name)
    commands = _command(service, teller, statements)
    days = DayStore(service.mongo)
    campaigns_desk = _campaigns(service, settings, commands, (days, store), figures)
    reports = _reports(service, settings, (days, store), release)
    papers_desk = _papers(service, settings, commands, ((days, store), reports), figures)
    _files(service, settings, (campaigns_desk, *papers_desk), (store, figures))
    _summaries(service, campaigns_desk, reports, store)

    async def prepare() -> None:
        await _store(service)
        wanted = [assessments.topic, alerts.topic, topics.REPORTS.name]
        found = await partitions_of(settings.kafka, wanted)
        if not all(found.values()):
            msg = "intake has not created the topics yet"
            raise ConnectionError(msg)
        assessments.partitions, alerts.partitions, teller.partitions = (
            found[name] for name in wanted
        )
        statements.partitions = teller.partitions

    service.prepare(prepare)
    service.at_stop(figures.close)
    service.include(forms.position_routes(assessments, alerts), Permission.POSITION)
    _keep(
        service,
        (assessments, Keeper(assessments, NAMES_TYPES, store.keep_names, days.keep)),
        (alerts, Keeper(alerts, None, store.keep_alerts)),
    )
    return service


async def _store(service: Service) -> None:
    """Create what is kept, and put right what earlier releases kept otherwise."""
    await service.mongo.create(INDEXES)
    await PaperStore(service.mongo).forget_withdrawn()


def _identify(service: Service) -> None:
    """End what a killed process of this one left open, and know who may be let in."""
    fence(service)
    follow(service)


def _summaries(
    service: Service, desk: CampaignDesk, reports: Reports, names: MongoReportStore
) -> None:
    """Add campaigns added up, and what is exported of them."""
    handed = HandedStore(service.mongo)
    summing = summaries.SummaryDesk(desk, reports, names, handed, Renderer())
    service.include(summaries.routes(summing), Permission.READ)


def _keep(service: Service, *kept: tuple[Progress, Keeper]) -> None:
    """Follow topics: a group for each, for one group of two would rebalance both for either."""
    for progress, keeper in kept:
        group = f"{PROJECTION}.{progress.topic}"
        service.broker.subscribe(progress.topic, group, keeper, LIMITS)


def _campaigns(
    service: Service,
    settings: ReportingSettings,
    commands: Commands,
    kept: tuple[DayStore, MongoReportStore],
    figures: Figures,
) -> CampaignDesk:
    """Add campaigns, what makes their papers, and what counts and urges them."""
    alerts = Alerts(settings.alerts_url, settings.analysis_seconds, trust=settings.tls.trust)
    service.at_stop(alerts.close)
    found, openings = CampaignStore(service.mongo), OpeningStore(service.mongo)
    days, names = kept
    stores = OpeningStores(openings, found, days, commands)
    opener = Opener(stores, figures, alerts, service.settings.key)
    service.task("opening", opener.run)
    desk = CampaignDesk(found, openings, days, commands, opener.nudge)
    counted = BoardStore(service.mongo)
    told = RemindingStore(service.mongo)
    reminding = RemindingStores(told, counted, days, commands)
    service.task("reminding", Reminder(reminding).run)
    service.task("counting", Counting(found, counted, days).run)
    counting = BoardDesk(desk, counted, names, told, version("dualwatch"))
    service.include(campaign_api.routes(desk), Permission.READ)
    service.include(boards.routes(counting), Permission.READ)
    service.include(campaign_api.command_routes(desk), Permission.CAMPAIGN)
    service.include(boards.command_routes(counting), Permission.CAMPAIGN)
    return desk


def _reports(
    service: Service,
    settings: ReportingSettings,
    kept: tuple[DayStore, MongoReportStore],
    release: str,
) -> Reports:
    """Make what adds forms up to reports."""
    urls = {
        "intake": settings.intake_url,
        "analysis": settings.analysis_url,
        "alerts": settings.alerts_url,
    }
    others = Beside(urls, settings.key, settings.analysis_seconds, trust=settings.tls.trust)
    service.at_stop(others.close)
    days, names = kept
    return Reports(ReportStores(FilingStore(service.mongo, release), names, days), others, release)


def _papers(
    service: Service,
    settings: ReportingSettings,
    commands: Commands,
    made_of: tuple[tuple[DayStore, MongoReportStore], Reports],
    figures: Figures,
) -> tuple[PaperDesk, Drafting]:
    """Add forms and reports, their drafts and their way from hand to hand."""
    release = version("dualwatch")
    (days, names), reports = made_of
    papers = Papers(
        Stores(
            PaperStore(service.mongo),
            CampaignStore(service.mongo),
            days,
            Naming(service.mongo),
            names,
        ),
        reports,
        release,
    )
    ledger = Ledger(settings.intake_url, settings.intake_seconds, trust=settings.tls.trust)
    service.at_stop(ledger.close)
    wait_seconds = settings.results_seconds
    submitting = Submitting(papers, commands, ledger, figures, wait_seconds, reports.others)
    listing = PaperListing(service.mongo)
    service.task("papers", lambda: counting(listing))
    desk = PaperDesk(papers, listing, FeedReader(service.mongo))
    stepping = Stepping(papers, commands, submitting)
    steps = StepDesk(desk, stepping, submitting, ledger, service.directory)
    service.include(paper_api.routes(desk), Permission.READ)
    drafting = Drafting(papers, commands)
    service.include(drafts.routes(desk, drafting, ledger), Permission.FILL)
    for permission in (Permission.APPROVE, Permission.FILL, Permission.SETTLE):
        service.include(step_api.routes(steps, permission), permission)
    return desk, drafting


def _files(
    service: Service,
    settings: ReportingSettings,
    desks: tuple[CampaignDesk, PaperDesk, Drafting],
    made_of: tuple[MongoReportStore, Figures],
) -> None:
    """Add papers as files, workbooks to fill in, and the check of files."""
    templates = Path(settings.templates) if settings.templates else None
    fonts.look_in(Path(settings.fonts) if settings.fonts else None)
    form_template.look_in(templates)
    report_styles.look_in(templates)
    service.include(template_api.routes(templates), Permission.READ)
    campaigns_desk, desk, drafting = desks
    renderer = Renderer()
    held = Files(desk.papers, HandedStore(service.mongo), renderer)
    workbooks = Workbooks(campaigns_desk, desk.papers, desk.listing, drafting, renderer)
    service.include(files.routes(held), Permission.READ)
    asked = forms.FormsAsked(*made_of, held, version("dualwatch"))
    service.include(forms.routes(asked), Permission.READ)
    service.include(workbook_api.routes(workbooks), Permission.FILL)
    store = DownloadStore(service.mongo)
    bundler = Bundler(store, desk.papers, renderer)
    service.task("bundles", bundler.run)
    bundles = Downloads(campaigns_desk, desk.listing, store, bundler)
    service.include(download_api.routes(bundles), Permission.READ)


def _command(service: Service, teller: Teller, statements: Statements) -> Commands:
    """Add what people command, and what publishes it."""
    relaying = Relaying(service.mongo, topics.REPORTS.name, teller.relay)
    service.task("relay", relaying.run)
    service.task("statements", statements.run)
    return Commands(service.mongo, teller, relaying, statements)
