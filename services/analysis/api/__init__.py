"""HTTP in: where projects stand, as of any date, at a known position, and why."""

import asyncio

from fastapi import APIRouter

from services.analysis.api import (
    assessments,
    backtest,
    changes,
    compare,
    days,
    history,
    measuring,
    months,
    organisations,
    overview,
    position,
    project,
    projects,
    ranking,
    why,
    why_rollup,
)
from services.analysis.api.tables import Tables
from services.analysis.store.reading import Reader
from services.analysis.store.tables import TableReader
from services.chassis.mongo import Progress


def create_router(
    reader: TableReader, progress: Progress, stopping: asyncio.Event | None = None
) -> APIRouter:
    """Make the routes; streams end when `stopping` is set."""
    router = APIRouter(prefix="/v1")
    tables = Tables(reader)
    for part in (overview, projects, ranking, history, compare, why_rollup):
        part.add_routes(router, reader, progress, tables)
    for routes in (days, project, months, why, assessments, backtest):
        routes.add_routes(router, reader, progress)
    for known in (organisations, measuring):
        known.add_routes(router, reader)
    changes.add_routes(router, reader, stopping or asyncio.Event())
    return router


def create_position_router(reader: Reader) -> APIRouter:
    """Make the routes that everybody may ask who has a key."""
    router = APIRouter(prefix="/v1")
    position.add_routes(router, reader)
    return router
