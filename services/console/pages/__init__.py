"""The pages: asked for, worked out, written as HTML."""

from fastapi import APIRouter, FastAPI

from services.console.pages import (
    alert,
    campaign_files,
    campaigns,
    failing,
    inbox,
    overview,
    paper,
    paper_saving,
    papers,
    project,
    rules,
    signing,
    static,
    subscriptions,
    suppressions,
)
from services.console.pages.asking import Services
from services.console.pages.sessions import Sessions, SignInMiddleware


def install(app: FastAPI, services: Services, sessions: Sessions | None = None) -> None:
    """Add the pages to an app; without sessions nobody is asked who is looking."""
    router = APIRouter(route_class=failing.PageRoute, include_in_schema=False)
    overview.add_routes(router, services)
    project.add_routes(router, services)
    inbox.add_routes(router, services)
    alert.add_routes(router, services)
    suppressions.add_routes(router, services)
    subscriptions.add_routes(router, services)
    rules.add_routes(router, services)
    # Files before the steps of a campaign or a paper, whose addresses would swallow theirs.
    campaign_files.add_routes(router, services)
    campaigns.add_routes(router, services)
    papers.add_routes(router, services)
    paper_saving.add_routes(router, services)
    paper.add_routes(router, services)
    static.add_routes(router)
    if sessions is not None:
        signing.add_routes(router, services, sessions)
        app.add_middleware(SignInMiddleware, sessions=sessions)
    app.include_router(router)
    failing.install(app)
