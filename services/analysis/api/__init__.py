"""HTTP in: where projects stand, as of any date, at a known position, and why."""

from fastapi import APIRouter

from services.analysis.api import months, overview, position, projects, why
from services.analysis.api.table import Tables
from services.analysis.store.reading import Reader
from services.chassis.mongo import Progress


def create_router(reader: Reader, progress: Progress) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/v1")
    tables = Tables(reader, progress)
    overview.add_routes(router, reader, progress, tables)
    projects.add_routes(router, reader, progress, tables)
    months.add_routes(router, reader, progress)
    why.add_routes(router, reader, progress)
    return router


def create_position_router(reader: Reader) -> APIRouter:
    """Make the routes that everybody may ask who has a key."""
    router = APIRouter(prefix="/v1")
    position.add_routes(router, reader)
    return router
