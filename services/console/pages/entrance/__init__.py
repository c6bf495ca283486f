"""Who is looking: signing in and out, and one's own account."""

from fastapi import APIRouter

from services.console.pages.entrance import account, providing, signing
from services.console.pages.entrance.oidc import Provider
from services.console.pages.entrance.sessions import Sessions
from services.console.pages.frame.asking import Services


def add_routes(
    router: APIRouter,
    services: Services,
    sessions: Sessions,
    provider: Provider | None = None,
) -> None:
    """Add the routes of the group; those of a provider if there is one to sign in at."""
    signing.add_routes(router, services, sessions, provider)
    account.add_routes(router, services, sessions)
    if provider is not None:
        providing.add_routes(router, services, sessions, provider)
