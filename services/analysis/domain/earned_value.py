"""Earned value and earned schedule of a year (domain-rules 15; docs: earned-value)."""

from contracts.events.analysis import Attainment, EarnedValue, Execution
from services.analysis.domain.snapshot import Snapshot


def earned_value(now: Snapshot, money: Execution, results: Attainment) -> EarnedValue | None:
    """Return earned value at a date; null where domain-rules 15 says not available."""
    del now, money, results
    return None
