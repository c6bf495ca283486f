"""HTTP in: alerts, feeds, rules, how far we have come; one module for each."""

from fastapi import APIRouter

from services.alerts.api import alerts, feeds, position, rules
from services.alerts.packs.model import PackForm
from services.alerts.store.following import FeedHub
from services.alerts.store.reading import AlertReader
from services.alerts.store.writing import AlertStore
from services.chassis.identity_keys import Directory


def create_position_router(store: AlertStore, reader: AlertReader) -> APIRouter:
    """Make the routes that everybody may ask who has a key."""
    router = APIRouter(prefix="/v1")
    position.add_routes(router, store, reader)
    return router


def create_router(
    reader: AlertReader, packs: tuple[PackForm, ...], hub: FeedHub, directory: Directory
) -> APIRouter:
    """Make the routes of those who may read."""
    router = APIRouter(prefix="/v1")
    alerts.add_routes(router, reader)
    feeds.add_routes(router, hub, directory)
    rules.add_routes(router, packs)
    return router
