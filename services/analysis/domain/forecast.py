"""Spending at the year's end: a method, a point, an interval (domain-rules 3, 6)."""

from contracts.events.analysis import Attainment, Execution, Forecast
from services.analysis.domain.snapshot import Snapshot


def forecast(now: Snapshot, money: Execution, results: Attainment) -> Forecast | None:
    """Foresee spending at the year's end from facts dated by the day; null without budget."""
    del now, money, results
    return None
