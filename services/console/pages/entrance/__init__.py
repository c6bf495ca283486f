"""Who is looking: signing in and out."""

from fastapi import APIRouter

from services.console.pages.entrance import signing
from services.console.pages.entrance.sessions import Sessions
from services.console.pages.frame.asking import Services


def add_routes(router: APIRouter, services: Services, sessions: Sessions) -> None:
    """Add the routes of the group."""
    signing.add_routes(router, services, sessions)
