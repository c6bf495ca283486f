"""Pages across all areas: what waits, what changed, search, help."""

from fastapi import APIRouter

from services.console.pages.frame.asking import Services
from services.console.pages.shell import (
    changes,
    client_errors,
    helping,
    live,
    search,
    switching,
    waiting,
)


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes of the group."""
    for part in (waiting, changes, search, helping, switching, live, client_errors):
        part.add_routes(router, services)
