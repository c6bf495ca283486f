"""Pages of the figures: overview, project, why."""

from fastapi import APIRouter

from services.console.pages.frame.asking import Services
from services.console.pages.monitoring import overview, project


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes of the group."""
    overview.add_routes(router, services)
    project.add_routes(router, services)
