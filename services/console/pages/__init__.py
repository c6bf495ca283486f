"""The pages: asked for, worked out, written as HTML."""

from fastapi import APIRouter, FastAPI

from services.console.pages import (
    administration,
    alerts,
    data,
    entrance,
    monitoring,
    reporting,
    shell,
)
from services.console.pages.entrance.oidc import Provider
from services.console.pages.entrance.sessions import Sessions, SignInMiddleware
from services.console.pages.frame import failing, static
from services.console.pages.frame.asking import Services
from services.console.pages.frame.compressing import CompressingMiddleware
from services.console.pages.frame.looking import LookingMiddleware

GROUPS = (shell, monitoring, alerts, reporting, data, administration)
"""Each has `add_routes(router, services)`."""


def install(
    app: FastAPI,
    services: Services,
    sessions: Sessions | None = None,
    provider: Provider | None = None,
) -> None:
    """Add the pages to an app; without sessions nobody is asked who is looking."""
    router = APIRouter(route_class=failing.PageRoute, include_in_schema=False)
    for group in GROUPS:
        group.add_routes(router, services)
    static.add_routes(router)
    app.add_middleware(CompressingMiddleware)
    # What is added later comes first: whoever looks is known before he is looked up.
    app.add_middleware(LookingMiddleware, services=services)
    if sessions is not None:
        # Read where cookies are: of a session, and of what somebody chose for his pages.
        app.state.secure = sessions.secure
        entrance.add_routes(router, services, sessions, provider)
        app.add_middleware(SignInMiddleware, sessions=sessions)
    app.include_router(router)
    failing.install(app)
