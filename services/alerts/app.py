"""Where broker, store, packs and HTTP meet."""

from importlib.metadata import version
from typing import Final

from contracts.topics import ALERTS, ASSESSMENTS
from services.alerts.api import create_position_router, create_router
from services.alerts.handlers import AssessmentHandler
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs, read_forms
from services.alerts.settings import AlertsSettings
from services.alerts.store.reading import AlertReader
from services.alerts.store.writing import PROJECTION, AlertStore
from services.chassis.identity import Permission
from services.chassis.identity_topic import follow
from services.chassis.publisher import partitions_of
from services.chassis.records import BatchLimits
from services.chassis.service import Service

TITLE: Final = "Dualwatch alerts"
BATCH_BYTES_MAX: Final = 16_000_000


def create_app(settings: AlertsSettings) -> Service:
    """Put the service together; PackError if a shipped pack is faulty."""
    service = Service(settings, TITLE, version("dualwatch"))
    store = AlertStore(service.mongo, service.publisher)
    handler = AssessmentHandler(store, load_packs(CelEvaluator()))

    async def open_store() -> None:
        found = await partitions_of(settings.kafka, (ASSESSMENTS.name, ALERTS.name))
        if not all(found.values()):
            missing = ", ".join(topic for topic, count in found.items() if not count)
            msg = f"topics are not there yet: {missing}"
            raise ConnectionError(msg)
        await store.open(found[ALERTS.name])

    service.prepare(open_store)
    service.broker.subscribe(
        ASSESSMENTS.name,
        PROJECTION,
        handler,
        BatchLimits(records_max=settings.batch_records, bytes_max=BATCH_BYTES_MAX),
    )
    reader = AlertReader(service.mongo)
    follow(service)
    service.include(create_position_router(store, reader), Permission.POSITION)
    service.include(create_router(reader, read_forms()), Permission.READ)
    return service
