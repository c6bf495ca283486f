"""Where broker, store, packs and HTTP meet."""

from importlib.metadata import version
from typing import Final

from contracts.topics import ALERTS, ASSESSMENTS, PUBLISH_ALERTS, QUARANTINE, REPORTS
from services.alerts.api import (
    create_command_router,
    create_deciding_router,
    create_decision_router,
    create_pack_router,
    create_position_router,
    create_referring_router,
    create_router,
    create_suppression_list_router,
    create_suppression_router,
    create_work_router,
)
from services.alerts.api.backtest import BacktestDesk
from services.alerts.api.commands import Commander
from services.alerts.api.evidence import Cabinet
from services.alerts.api.rules import RuleDesk
from services.alerts.api.streaming import frame
from services.alerts.api.subscriptions import Desk, create_subscription_router
from services.alerts.api.suppressions import SuppressionDesk
from services.alerts.asking.analysis import AnalysisClient
from services.alerts.delivery.wiring import add_delivery
from services.alerts.domain.layers import RuleBook
from services.alerts.handlers.assessments import AssessmentHandler
from services.alerts.handlers.days import DaySteps, DayStores
from services.alerts.handlers.kept import QuarantineHandler
from services.alerts.handlers.organisations import OrganisationJudge
from services.alerts.handlers.packs import PacksInForce
from services.alerts.handlers.reports import ReportsHandler
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs, read_forms
from services.alerts.settings import AlertsSettings
from services.alerts.store.commanding import CommandStore
from services.alerts.store.counting import Counting
from services.alerts.store.days import DayStore
from services.alerts.store.decisions import DecisionStore
from services.alerts.store.due import DueStore
from services.alerts.store.feeding import FeedReader
from services.alerts.store.filters import FilterStore
from services.alerts.store.following import FeedHub
from services.alerts.store.kept import PROJECTION as KEPT_PROJECTION
from services.alerts.store.kept import KeptStore
from services.alerts.store.muting import Muting
from services.alerts.store.packs import PackStatements, PackStore
from services.alerts.store.reading import AlertReader
from services.alerts.store.referrals import BusyError, ReferralStore
from services.alerts.store.reports import PROJECTION as REPORTS_PROJECTION
from services.alerts.store.reports import ReportsStore
from services.alerts.store.rollups import RollupStore
from services.alerts.store.suppressions import SuppressionStore
from services.alerts.store.telling import Teller
from services.alerts.store.trees import OrganisationTree
from services.alerts.store.writing import PROJECTION, AlertStore
from services.chassis.fencing import fence
from services.chassis.identity import Permission
from services.chassis.identity_topic import follow
from services.chassis.problems import unavailable
from services.chassis.publisher import partitions_of
from services.chassis.records import BatchLimits, PartitionHandler
from services.chassis.relaying import Relaying
from services.chassis.service import Service
from services.chassis.statements import Statements
from services.chassis.turns import Turns

TITLE: Final = "Dualwatch alerts"
BATCH_BYTES_MAX: Final = 16_000_000


def create_app(settings: AlertsSettings) -> Service:
    """Put the service together; PackError if a shipped pack is faulty."""
    service = Service(settings, TITLE, version("dualwatch"))
    teller = Teller(service.mongo, service.publisher)
    store = AlertStore(service.mongo, teller)
    in_force, desk = _packs(service, store)
    handler = AssessmentHandler(store, in_force, _keep_time(service, store, in_force))
    kept = KeptStore(service.mongo, store)
    reports = ReportsStore(service.mongo, store)

    async def open_store() -> None:
        found = await partitions_of(
            settings.kafka, (ASSESSMENTS.name, ALERTS.name, QUARANTINE.name, REPORTS.name)
        )
        if not all(found.values()):
            missing = ", ".join(topic for topic, count in found.items() if not count)
            msg = f"topics are not there yet: {missing}"
            raise ConnectionError(msg)
        await store.open(found[ALERTS.name])
        await kept.open()

    service.prepare(open_store)
    _read(
        service,
        settings,
        (ASSESSMENTS.name, PROJECTION, handler, store.rounds),
        (QUARANTINE.name, KEPT_PROJECTION, QuarantineHandler(kept, in_force), None),
        (REPORTS.name, REPORTS_PROJECTION, ReportsHandler(reports, in_force), None),
    )
    reader = AlertReader(service.mongo)
    hub = _tell(service, teller)
    follow(service)
    service.include(create_position_router(store, reader), Permission.POSITION)
    trying = _try(service, settings, desk)
    service.include(create_router(reader, desk, hub, trying), Permission.READ)
    store.keepers.append(OrganisationTree(service.mongo, teller.home))
    service.include(
        create_subscription_router(Desk(*add_delivery(service, settings))), Permission.SUBSCRIBE
    )
    cabinet = _cabinet(service, settings)
    _decide(service, store, reader, in_force, desk, cabinet)
    _work(service, teller, reader, cabinet)
    # Once there is the index by which it finds what was planned.
    service.prepare(lambda: DueStore(service.mongo).open(store.progress.partitions))
    return service


def _try(service: Service, settings: AlertsSettings, desk: RuleDesk) -> BacktestDesk:
    """Add what rules are tried with on past days."""
    url, seconds = settings.analysis_url, settings.analysis_seconds
    analysis = AnalysisClient(url, seconds, trust=settings.tls.trust)
    service.at_stop(analysis.close)
    return BacktestDesk(desk, analysis, service.stopping)


def _tell(service: Service, teller: Teller) -> FeedHub:
    """Add what tells streams of news, and the metrics of how many alerts there are."""
    hub = FeedHub(FeedReader(service.mongo), frame, service.stopping)
    teller.committed.append(hub.nudge)
    service.task("feeds", hub.run)
    service.task("counting", Counting(service.mongo).run)
    return hub


def _read(
    service: Service,
    settings: AlertsSettings,
    *read: tuple[str, str, PartitionHandler, Turns | None],
) -> None:
    """Have topics read, each by its own group and handler, in its turns."""
    limits = BatchLimits(records_max=settings.batch_records, bytes_max=BATCH_BYTES_MAX)
    for topic, group, handler, turns in read:
        service.broker.subscribe(topic, group, handler, limits, turns=turns)


def _packs(service: Service, store: AlertStore) -> tuple[PacksInForce, RuleDesk]:
    """Add the shipped packs, and what is published beside them."""
    evaluator, published = CelEvaluator(), PackStore(service.mongo)
    in_force = PacksInForce(load_packs(evaluator), evaluator, published)
    service.prepare(published.open)
    service.prepare(in_force.look)
    store.keepers.append(published)
    service.task("packs", in_force.follow)

    async def book_of(jurisdiction: str) -> RuleBook:
        return await in_force.read(store.teller.home(jurisdiction))

    return in_force, RuleDesk(read_forms(), book_of, published, evaluator)


def _keep_time(service: Service, store: AlertStore, packs: PacksInForce) -> DaySteps:
    """Add what opened days do, what judges units and departments, and suppressions."""
    rules = packs.rules_of
    days, rollups = DayStore(service.mongo, store.teller), RollupStore(service.mongo)
    suppressions = SuppressionStore(service.mongo)
    stores = DayStores(store, days, DueStore(service.mongo), rollups, suppressions)
    for step in (days.open, rollups.open, suppressions.open):
        service.prepare(step)
    store.keepers.append(days)
    judge = OrganisationJudge(stores, rules)
    service.task("organisations", judge.run)
    muting = Muting(service.mongo, store, suppressions, rules)
    desk = SuppressionDesk(suppressions, muting, days)
    service.include(create_suppression_list_router(desk), Permission.READ)
    service.include(create_suppression_router(desk), Permission.SUPPRESS)
    return DaySteps(stores, judge.nudge)


def _cabinet(service: Service, settings: AlertsSettings) -> Cabinet:
    """Make the client that asks intake whether evidence is there."""
    cabinet = Cabinet(settings.intake_url, settings.intake_seconds, trust=settings.tls.trust)
    service.at_stop(cabinet.close)
    return cabinet


def _work(service: Service, teller: Teller, reader: AlertReader, cabinet: Cabinet) -> None:
    """Add what people command, and what publishes it."""
    fence(service)
    relaying = Relaying(service.mongo, ALERTS.name, teller.relay)
    teller.soon = relaying.wake
    commands = CommandStore(service.mongo, teller, relaying)
    saved = FilterStore(service.mongo)
    commander = Commander(commands, reader, service.directory, cabinet)
    service.prepare(commands.open)
    service.prepare(saved.open)
    service.task("relay", relaying.run)
    service.include(create_work_router(commander, reader, saved), Permission.READ)
    for permission in (Permission.WORK, Permission.REVIEW):
        service.include(create_command_router(commander, permission), permission)


def _decide(
    service: Service,
    store: AlertStore,
    reader: AlertReader,
    packs: PacksInForce,
    desk: RuleDesk,
    cabinet: Cabinet,
) -> None:
    """Add dispositions, priority lists and packs, and what states them to intake."""
    statements = Statements(service.mongo, service.publisher, PUBLISH_ALERTS.name)
    decisions = DecisionStore(service.mongo, statements)
    service.prepare(lambda: decisions.open(store.progress.partitions))
    store.keepers.append(decisions)
    service.task("statements", statements.run)
    referrals = ReferralStore(service.settings.mongo)
    service.prepare(referrals.open)
    service.at_stop(referrals.close)
    unavailable(service.app, BusyError)
    service.include(create_decision_router(decisions, referrals, packs.any_book), Permission.READ)
    service.include(create_deciding_router(decisions, reader, cabinet), Permission.DISPOSE)
    service.include(create_referring_router(referrals, decisions, cabinet), Permission.REFER)
    stating = PackStatements(service.mongo, statements)
    service.include(create_pack_router(desk, stating), Permission.RULES)
