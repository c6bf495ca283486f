"""Where broker, store and HTTP meet."""

from importlib.metadata import version
from typing import Final

from fastapi import Request
from fastapi.responses import JSONResponse

from contracts.record import Mark
from contracts.topics import ASSESSMENTS, LEDGER
from services.analysis.api import create_position_router, create_router
from services.analysis.api.unreadable import rebuilding
from services.analysis.handlers.ledger import LedgerHandler
from services.analysis.handlers.rebuilding import Rebuilding
from services.analysis.handlers.succession import Succession
from services.analysis.settings import AnalysisSettings
from services.analysis.store.generations import (
    Generation,
    Generations,
    LiveProgress,
    UnreadableGenerationError,
)
from services.analysis.store.lost import number_on
from services.analysis.store.tables import TableReader
from services.analysis.store.writing import MongoStore
from services.chassis.identity import Permission
from services.chassis.identity_topic import follow
from services.chassis.lane import BatchLimits
from services.chassis.publisher import partitions_of
from services.chassis.rereading import last_marks
from services.chassis.service import Service

TITLE: Final = "Dualwatch analysis"


def create_app(settings: AnalysisSettings) -> Service:
    """Put the service together; the projection stage alone is its broker, without HTTP."""
    beside = f"_{settings.rebuild}" if settings.rebuild else ""
    service = Service(settings, TITLE, version("dualwatch"), f"dualwatch_analysis{beside}")
    progress = LiveProgress(service.mongo, settings.rebuild)
    succession = _succession(service, settings)

    async def find_topics() -> None:
        found = await partitions_of(settings.kafka, (LEDGER.name, ASSESSMENTS.name))
        missing = [topic for topic, count in found.items() if not count]
        if missing:
            msg = f"topics are not there yet: {', '.join(missing)}"
            raise ConnectionError(msg)
        progress.partitions = succession.partitions = found[LEDGER.name]

    async def go_on_numbering() -> None:
        generations = succession.generations
        if not settings.rebuild and await generations.none_begun():
            await number_on(generations, await _told(settings, succession.partitions))

    service.prepare(find_topics)
    service.prepare(go_on_numbering)
    service.prepare(succession.generations.prepare)
    service.prepare(succession.prepare)
    service.task("succession", succession.run)
    if settings.build:
        swap, drop = settings.build != "compare", settings.build == "replace"
        service.task("rebuilding", Rebuilding(succession, swap=swap, drop=drop).run)
    _tell_of_rebuilding(service, succession)
    reader = TableReader(service.mongo, progress)
    follow(service)
    service.include(create_position_router(reader), Permission.POSITION)
    service.include(create_router(reader, progress, service.stopping), Permission.READ)
    return service


async def _told(settings: AnalysisSettings, partitions: int) -> dict[int, Mark]:
    """Give the mark of each partition's last assessment, if it has any."""
    places = [(ASSESSMENTS.name, number) for number in range(partitions)]
    found = await last_marks(settings.kafka, places)
    return {number: mark for (_, number), mark in found.items() if mark is not None}


def _succession(service: Service, settings: AnalysisSettings) -> Succession:
    def make(generation: Generation) -> tuple[MongoStore, LedgerHandler]:
        store = MongoStore(service.mongo, service.publisher, settings.rebuild, generation)
        return store, LedgerHandler(store, settings, service.health)

    return Succession(
        Generations(service.mongo, settings.rebuild),
        service.broker,
        make,
        BatchLimits(records_max=settings.batch_records, bytes_max=settings.batch_bytes),
        building=bool(settings.build),
    )


def _tell_of_rebuilding(service: Service, succession: Succession) -> None:
    """Say 503 as long as what is stored is another release's: it is being built anew."""

    async def readable() -> str | None:
        return succession.hindrance()

    async def unreadable(_request: Request, _error: Exception) -> JSONResponse:
        return rebuilding(succession.hindrance() or "rebuilding", succession.extra())

    service.health.check("projection", readable)
    service.app.add_exception_handler(UnreadableGenerationError, unreadable)
