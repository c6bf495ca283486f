"""Pages of the data desk: files, quarantine, disputes, publishers, days, checkpoints."""

from fastapi import APIRouter

from services.console.pages.data import (
    checkpoints,
    days,
    disputes,
    entry,
    files,
    home,
    publishers,
    quarantine,
    receipts,
)
from services.console.pages.frame.asking import Services


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes of the group."""
    # The quarantine's list before single entries, whose addresses would swallow its commands.
    for part in (home, files, quarantine, entry, disputes, publishers, receipts, days, checkpoints):
        part.add_routes(router, services)
