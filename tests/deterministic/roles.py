"""The services as their processes are put together: real handlers and stores, Kafka as lists."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from contracts.topics import ALERTS, ASSESSMENTS, LEDGER, PUBLISH_DEMO, SUBMISSIONS
from services.alerts.domain.rules import Pack, Term
from services.alerts.handlers.assessments import AssessmentHandler
from services.alerts.handlers.days import DaySteps, DayStores
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs
from services.alerts.store import days, rollups, suppressions
from services.alerts.store.due import DueStore
from services.alerts.store.telling import Teller, topic_counter
from services.alerts.store.writing import INDEXES as ALERTS_INDEXES
from services.alerts.store.writing import AlertStore
from services.analysis.handlers.ledger import LedgerHandler
from services.analysis.settings import AnalysisSettings
from services.analysis.store.documents import unpacked
from services.analysis.store.writing import MongoStore
from services.chassis.health import Health
from services.chassis.mongo import Mongo, Progress
from services.chassis.publisher import Publisher
from services.chassis.records import PartitionHandler
from services.intake.domain.redaction import Redactor
from services.intake.handlers.door import KafkaDoor
from services.intake.handlers.ledger import LedgerOwner
from services.intake.store import documents as intake_documents
from services.intake.store.board import Board
from services.intake.store.deployment import prepare_store
from services.intake.store.exporting import PROJECTION as LEDGER_PROJECTION
from services.intake.store.ledger import MongoLedger
from services.intake.store.reading import MongoReader
from services.intake.store.settling import Settling
from services.intake.store.submissions import Submissions
from services.reporting.app import PROJECTION as REPORTING_PROJECTION
from services.reporting.handlers.keeping import NAMES_TYPES, Keeper
from services.reporting.store.names import INDEXES as REPORTING_INDEXES
from services.reporting.store.names import MongoReportStore
from tests.deterministic.counting import Counter
from tests.deterministic.invariants import Given
from tests.support.crashing import Crash, Expand, Topics, as_it_is

PARTITIONS: Final = 2
KEY: Final = "a-key-for-tests-only"

Handlers = dict[str, PartitionHandler]


@dataclass(frozen=True)
class Role:
    """What tells a service from the others."""

    name: str
    prepare: Callable[[Mongo], Any]
    """Create the collections."""
    handlers: Callable[[Mongo, Publisher, Topics], Handlers]
    """Put a process together: topic → handler, in the order in which they are read."""
    given: Callable[[Mongo], Any]
    """Read what the store has given out."""
    expand: Expand = as_it_is


# ---------------------------------------------------------------------------------------- intake


async def _prepare_intake(mongo: Mongo) -> None:
    await prepare_store(mongo, PARTITIONS)


def _intake(mongo: Mongo, publisher: Publisher, topics: Topics) -> Handlers:
    board = Board()
    owner = LedgerOwner(
        MongoLedger(mongo, PARTITIONS, publisher),
        publisher,
        board,
        PARTITIONS,
        lambda partition: topics.last_position(LEDGER.name, partition),
    )
    submissions = Submissions(publisher, PARTITIONS)
    settling = Settling(MongoReader(mongo, PARTITIONS), board)
    door = KafkaDoor(PUBLISH_DEMO.name, mongo, submissions, settling, 0.0, Redactor(None))
    return {PUBLISH_DEMO.name: door, SUBMISSIONS.name: owner}


async def _given_by_intake(mongo: Mongo) -> Given:
    progress = Progress(mongo, LEDGER_PROJECTION, SUBMISSIONS.name)
    return {(LEDGER.name, p): n for p, n in enumerate(await progress.positions(PARTITIONS))}


def _expand_intake(collection: str, document: dict[str, Any]) -> Iterable[Any]:
    if collection == intake_documents.ENTRIES:
        for entry in intake_documents.entries_of(document):
            yield (document["_id"]["s"], document["p"], entry)
    elif collection == intake_documents.VERDICTS:
        for row in intake_documents.rows_of(document):
            yield (document["r"], document["p"], row)
    else:
        yield document


INTAKE: Final = Role("intake", _prepare_intake, _intake, _given_by_intake, _expand_intake)


# -------------------------------------------------------------------------------------- analysis


async def _prepare_analysis(mongo: Mongo) -> None:
    await MongoStore(mongo, Topics().publisher(Crash())).prepare()


def analysis_with(**changes: Any) -> Role:
    """Make the role of analysis with settings of its own."""
    known = {"assess_interval_ms": 10, "sweep_page": 2, **changes}

    def handlers(mongo: Mongo, publisher: Publisher, _: Topics) -> Handlers:
        settings = AnalysisSettings(key=KEY, **known)
        return {LEDGER.name: LedgerHandler(MongoStore(mongo, publisher), settings, Health())}

    return Role("analysis", _prepare_analysis, handlers, _given_by_analysis, _expand_analysis)


async def _given_by_analysis(mongo: Mongo) -> Given:
    found: dict[tuple[str, int], int] = {}
    async for item in mongo.db["progress"].find():
        partition = int(item["_id"].rsplit(":", 1)[1])
        found[ASSESSMENTS.name, partition] = item["extra"].get("out", 0)
    return found


def _expand_analysis(collection: str, document: dict[str, Any]) -> Iterable[Any]:
    if collection == "entries":
        yield from ((document["_id"]["p"], entry) for entry in unpacked(document))
    else:
        yield document


ANALYSIS: Final = analysis_with()


# ------------------------------------------------------------------------- alerts and reporting


SHORT: Final = Term(explain_within=1, remind_before=(1, 0), escalate_after=(1, 2))
"""A term that a few days see through."""


async def _prepare_alerts(mongo: Mongo) -> None:
    for indexes in (ALERTS_INDEXES, days.INDEXES, rollups.INDEXES, suppressions.INDEXES):
        await mongo.create(indexes)


def _alerts(mongo: Mongo, publisher: Publisher, _: Topics) -> Handlers:
    store = AlertStore(mongo, Teller(mongo, publisher))
    store.progress.partitions = store.teller.partitions = PARTITIONS
    kept = days.DayStore(mongo, store.teller)
    store.keepers.append(kept)
    summed, suppressed = rollups.RollupStore(mongo), suppressions.SuppressionStore(mongo)
    stores = DayStores(store, kept, DueStore(mongo), summed, suppressed)
    steps = DaySteps(stores, lambda: None)
    return {ASSESSMENTS.name: AssessmentHandler(store, _packs(), steps)}


def _packs(known: list[Pack] = []) -> list[Pack]:  # noqa: B006 - loaded once
    if not known:
        known.extend(
            replace(pack, rules=tuple(replace(rule, term=SHORT) for rule in pack.rules))
            for pack in load_packs(CelEvaluator())
        )
    return known


async def _given_by_alerts(mongo: Mongo) -> Given:
    names: Mapping[str, int] = {topic_counter(p): p for p in range(PARTITIONS)}
    found = mongo.db["counters"].find({"_id": {"$in": list(names)}})
    return {(ALERTS.name, names[item["_id"]]): item["n"] async for item in found}


ALERTS_ROLE: Final = Role("alerts", _prepare_alerts, _alerts, _given_by_alerts)


async def _prepare_reporting(mongo: Mongo) -> None:
    await mongo.create(REPORTING_INDEXES)


def _reporting(mongo: Mongo, _publisher: Publisher, _: Topics) -> Handlers:
    store = MongoReportStore(mongo)
    names = Progress(mongo, REPORTING_PROJECTION, ASSESSMENTS.name)
    alerts = Progress(mongo, REPORTING_PROJECTION, ALERTS.name)
    return {
        ASSESSMENTS.name: Keeper(names, NAMES_TYPES, store.keep_names),
        ALERTS.name: Keeper(alerts, None, store.keep_alerts),
    }


async def _given_nothing(_mongo: Mongo) -> Given:
    return {}


REPORTING: Final = Role("reporting", _prepare_reporting, _reporting, _given_nothing)


# --------------------------------------------------------------------------------------- chassis


async def _prepare_chassis(mongo: Mongo) -> None:
    await mongo.create(Counter.INDEXES)


def _chassis(mongo: Mongo, publisher: Publisher, _: Topics) -> Handlers:
    return {LEDGER.name: Counter(mongo, publisher)}


CHASSIS: Final = Role("chassis", _prepare_chassis, _chassis, _given_by_analysis)
