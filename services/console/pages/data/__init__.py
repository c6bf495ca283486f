"""Pages of the data desk: files, quarantine, batches, disputes, publishers, days, checkpoints."""

from fastapi import APIRouter

from services.console.pages.data import (
    batches,
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
    lists = (home, files, quarantine, entry, batches, disputes, publishers, receipts)
    for part in (*lists, days, checkpoints):
        part.add_routes(router, services)
