"""Pages of the figures: levels, projects, ranking, completeness, years, why."""

from fastapi import APIRouter

from services.console.pages.frame.asking import Services
from services.console.pages.monitoring import (
    beside,
    completeness,
    overview,
    project,
    ranking,
    table,
    why_sums,
)


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes of the group."""
    for part in (overview, table, ranking, completeness, beside, why_sums, project):
        part.add_routes(router, services)
