"""Pages of the data desk: files, quarantine, disputes, publishers, days, checkpoints."""

from fastapi import APIRouter

from services.console.pages.data import checkpoints, days
from services.console.pages.frame.asking import Services


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes of the group."""
    for part in (days, checkpoints):
        part.add_routes(router, services)
