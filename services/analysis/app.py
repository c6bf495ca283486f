"""Where broker, store and HTTP meet."""

from importlib.metadata import version
from typing import Final

from contracts.topics import ASSESSMENTS, LEDGER
from services.analysis.api import create_position_router, create_router
from services.analysis.handlers.ledger import LedgerHandler
from services.analysis.settings import AnalysisSettings
from services.analysis.store.generations import LiveProgress
from services.analysis.store.reading import Reader
from services.analysis.store.writing import MongoStore
from services.chassis.identity import Permission
from services.chassis.identity_topic import follow
from services.chassis.lane import BatchLimits
from services.chassis.publisher import partitions_of
from services.chassis.service import Service

TITLE: Final = "Dualwatch analysis"


def create_app(settings: AnalysisSettings) -> Service:
    """Put the service together; the projection stage alone is its broker, without HTTP."""
    beside = f"_{settings.rebuild}" if settings.rebuild else ""
    service = Service(settings, TITLE, version("dualwatch"), f"dualwatch_analysis{beside}")
    store = MongoStore(service.mongo, service.publisher, settings.rebuild)
    handler = LedgerHandler(store, settings, service.health)
    progress = LiveProgress(service.mongo, settings.rebuild)

    async def find_topics() -> None:
        found = await partitions_of(settings.kafka, (LEDGER.name, ASSESSMENTS.name))
        missing = [topic for topic, count in found.items() if not count]
        if missing:
            msg = f"topics are not there yet: {', '.join(missing)}"
            raise ConnectionError(msg)
        store.progress.partitions = progress.partitions = found[LEDGER.name]

    service.prepare(store.prepare)
    service.prepare(find_topics)
    service.broker.subscribe(
        LEDGER.name,
        store.projection,
        handler,
        BatchLimits(records_max=settings.batch_records, bytes_max=settings.batch_bytes),
    )
    reader = Reader(service.mongo, progress)
    follow(service)
    service.include(create_position_router(reader), Permission.POSITION)
    service.include(create_router(reader, progress), Permission.READ)
    return service
