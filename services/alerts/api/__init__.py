"""HTTP in: alerts, feeds, rules, how far we have come; one module for each."""

from collections.abc import Callable

from fastapi import APIRouter

from services.alerts.api import (
    alerts,
    backtest,
    bulk,
    commands,
    dispositions,
    feeds,
    filters,
    position,
    priority,
    referrals,
    rules,
    rules_publishing,
    suppressions,
    tasks,
)
from services.alerts.api.commands import Commander
from services.alerts.api.evidence import Cabinet
from services.alerts.api.suppressions import SuppressionDesk
from services.alerts.domain.layers import RuleBook
from services.alerts.store.decisions import DecisionStore
from services.alerts.store.filters import FilterStore
from services.alerts.store.following import FeedHub
from services.alerts.store.packs import PackStatements
from services.alerts.store.reading import AlertReader
from services.alerts.store.referrals import ReferralStore
from services.alerts.store.writing import AlertStore
from services.chassis.identity import Permission


def create_position_router(store: AlertStore, reader: AlertReader) -> APIRouter:
    """Make the routes that everybody may ask who has a key."""
    router = APIRouter(prefix="/v1")
    position.add_routes(router, store, reader)
    return router


def create_router(
    reader: AlertReader, desk: rules.RuleDesk, hub: FeedHub, trying: backtest.BacktestDesk
) -> APIRouter:
    """Make the routes of those who may read."""
    router = APIRouter(prefix="/v1")
    alerts.add_routes(router, reader)
    feeds.add_routes(router, hub)
    rules.add_routes(router, desk)
    backtest.add_routes(router, trying)
    return router


def create_pack_router(desk: rules.RuleDesk, statements: PackStatements) -> APIRouter:
    """Make the route of those who publish rule packs."""
    router = APIRouter(prefix="/v1")
    rules_publishing.add_routes(router, desk, statements)
    return router


def create_decision_router(
    store: DecisionStore, referred: ReferralStore, book_in_force: Callable[[], RuleBook]
) -> APIRouter:
    """Make the routes of those who read decisions, and of those whom referrals name."""
    router = APIRouter(prefix="/v1")
    dispositions.add_routes(router, store)
    priority.add_routes(router, store, book_in_force)
    referrals.add_routes(router, referred)
    return router


def create_deciding_router(
    store: DecisionStore, reader: AlertReader, cabinet: Cabinet
) -> APIRouter:
    """Make the routes of those who decide."""
    router = APIRouter(prefix="/v1")
    dispositions.add_deciding_routes(router, store, reader, cabinet)
    priority.add_deciding_routes(router, store)
    return router


def create_referring_router(
    referred: ReferralStore, store: DecisionStore, cabinet: Cabinet
) -> APIRouter:
    """Make the route of those who may refer."""
    router = APIRouter(prefix="/v1")
    referrals.add_making_routes(router, referred, store, cabinet)
    return router


def create_work_router(commander: Commander, reader: AlertReader, saved: FilterStore) -> APIRouter:
    """Make the routes of everybody's own work; a step of many alerts asks for more by itself."""
    router = APIRouter(prefix="/v1")
    bulk.add_routes(router, commander)
    tasks.add_routes(router, reader)
    filters.add_routes(router, saved)
    return router


def create_command_router(commander: Commander, permission: Permission) -> APIRouter:
    """Make the routes of the commands that ask for a permission."""
    router = APIRouter(prefix="/v1")
    commands.add_routes(router, commander, permission)
    return router


def create_suppression_list_router(desk: SuppressionDesk) -> APIRouter:
    """Make the list of suppressions, for all who may read."""
    router = APIRouter(prefix="/v1")
    suppressions.add_reading_routes(router, desk)
    return router


def create_suppression_router(desk: SuppressionDesk) -> APIRouter:
    """Make the routes of those who may suppress."""
    router = APIRouter(prefix="/v1")
    suppressions.add_routes(router, desk)
    return router
