"""Pages of the alerts: inbox, one alert, rules, subscriptions, suppressions."""

from fastapi import APIRouter

from services.console.pages.alerts import alert, backtest, inbox, rules, subscriptions, suppressions
from services.console.pages.frame.asking import Services


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes of the group."""
    for part in (inbox, alert, suppressions, subscriptions, rules, backtest):
        part.add_routes(router, services)
