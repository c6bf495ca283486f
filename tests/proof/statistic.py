"""The few statistics that the page needs."""

import math
import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Give the least value that so many per cent do not exceed; None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float | None:
    """Give the median; None of nothing."""
    return statistics.median(values) if values else None


def ratio(above: float | None, below: float | None) -> float | None:
    """Divide; None where either is missing."""
    return None if above is None or not below else above / below
