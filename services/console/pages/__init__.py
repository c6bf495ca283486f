"""The pages: asked for, worked out, written as HTML."""

from fastapi import APIRouter, FastAPI

from services.console.pages import failing, overview, project, static
from services.console.pages.asking import Services


def install(app: FastAPI, services: Services) -> None:
    """Add the pages to an app; none of them asks who is looking (ADR 10)."""
    router = APIRouter(route_class=failing.PageRoute, include_in_schema=False)
    overview.add_routes(router, services)
    project.add_routes(router, services)
    static.add_routes(router)
    app.include_router(router)
    failing.install(app)
