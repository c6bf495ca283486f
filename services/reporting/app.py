"""Reporting put together: the only place where broker, store and HTTP meet."""

from importlib.metadata import version

from contracts import topics
from services.chassis.answers import Answers
from services.chassis.fencing import fence
from services.chassis.identity import Permission
from services.chassis.identity_topic import follow
from services.chassis.mongo import Progress
from services.chassis.publisher import partitions_of
from services.chassis.relaying import Relaying
from services.chassis.service import Service
from services.chassis.statements import INDEXES as STATEMENTS
from services.chassis.statements import Statements
from services.reporting.api import boards, forms
from services.reporting.api import campaigns as campaign_api
from services.reporting.api.boards import BoardDesk
from services.reporting.api.campaigns import CampaignDesk
from services.reporting.asking.alerts import Alerts
from services.reporting.asking.figures import Figures
from services.reporting.assembly.opening import Opener, OpeningStores
from services.reporting.handlers.keeping import NAMES_TYPES, Keeper
from services.reporting.settings import ReportingSettings
from services.reporting.store import boards as board_store
from services.reporting.store import campaigns, names, opening, papers, telling
from services.reporting.store import days as day_store
from services.reporting.store.boards import BoardStore
from services.reporting.store.campaigns import CampaignStore
from services.reporting.store.commanding import Commands
from services.reporting.store.days import DayStore
from services.reporting.store.names import MongoReportStore
from services.reporting.store.opening import OpeningStore
from services.reporting.store.telling import Teller

PROJECTION = "reporting.v1"
"""Name of what is kept here: in progress, and the beginning of the groups' ids on Kafka."""
INDEXES = {
    **names.INDEXES,
    **telling.INDEXES,
    **campaigns.INDEXES,
    **papers.INDEXES,
    **opening.INDEXES,
    **day_store.INDEXES,
    **board_store.INDEXES,
    **Answers.INDEXES,
    **STATEMENTS,
}


def create_app(settings: ReportingSettings) -> Service:
    """Put reporting together; nothing is connected before its app starts."""
    release = version("dualwatch")
    service = Service(settings, "Dualwatch reporting", release)
    fence(service)
    store = MongoReportStore(service.mongo)
    figures = Figures(settings.analysis_url, settings.analysis_seconds)
    assessments = Progress(service.mongo, PROJECTION, topics.ASSESSMENTS.name)
    alerts = Progress(service.mongo, PROJECTION, topics.ALERTS.name)
    teller = Teller(service.mongo, service.publisher)
    statements = Statements(service.mongo, service.publisher, topics.PUBLISH_REPORTING.name)
    commands = _command(service, teller, statements)
    days = DayStore(service.mongo)
    alerts_asked = Alerts(settings.alerts_url, settings.analysis_seconds)
    service.at_stop(alerts_asked.close)
    _campaigns(service, commands, (days, store), (figures, alerts_asked))

    async def prepare() -> None:
        await service.mongo.create(INDEXES)
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
    follow(service)
    service.include(forms.position_routes(assessments, alerts), Permission.POSITION)
    service.include(forms.routes(store, figures, release), Permission.READ)
    # A group for each topic: one group of two subscriptions would rebalance both for either.
    for progress, keeper in (
        (assessments, Keeper(assessments, NAMES_TYPES, store.keep_names, days.keep)),
        (alerts, Keeper(alerts, None, store.keep_alerts)),
    ):
        service.broker.subscribe(progress.topic, f"{PROJECTION}.{progress.topic}", keeper)
    return service


def _campaigns(
    service: Service,
    commands: Commands,
    kept: tuple[DayStore, MongoReportStore],
    asked: tuple[Figures, Alerts],
) -> CampaignDesk:
    """Add campaigns, what makes their papers, and what counts and urges them."""
    found, openings = CampaignStore(service.mongo), OpeningStore(service.mongo)
    days, names = kept
    stores = OpeningStores(openings, found, days, commands)
    opener = Opener(stores, *asked, service.settings.key)
    service.task("opening", opener.run)
    desk = CampaignDesk(found, openings, days, commands, opener.nudge)
    counting = BoardDesk(desk, BoardStore(service.mongo), names)
    service.include(campaign_api.routes(desk), Permission.READ)
    service.include(boards.routes(counting), Permission.READ)
    service.include(campaign_api.command_routes(desk), Permission.CAMPAIGN)
    service.include(boards.command_routes(counting), Permission.CAMPAIGN)
    return desk


def _command(service: Service, teller: Teller, statements: Statements) -> Commands:
    """Add what people command, and what publishes it."""
    relaying = Relaying(service.mongo, topics.REPORTS.name, teller.relay)
    service.task("relay", relaying.run)
    service.task("statements", statements.run)
    return Commands(service.mongo, teller, relaying, statements)
