"""Split conformal intervals: how far forecasts were off on other years, by rank (no model).

If past and coming years are alike, an interval between two ranks of past residuals holds the
coming one at least as often as is asked, whatever the method: the correction for a small sample
is in the rank (n + 1 instead of n). See Vovk et al. 2005, Lei et al. 2018.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

WHOLE_BP: Final = 10_000
PARTS: Final = 100 * WHOLE_BP
"""Residuals are millionths of the budget: whole numbers, finer than what is published."""
PARTS_PER_BP: Final = PARTS // WHOLE_BP
UNBOUNDED_BP: Final = 100 * WHOLE_BP
"""Stands for no bound: a hundred budgets; forecasts stay within spent and budget anyhow."""


def residual(actual: int, point: int, budget: int) -> int:
    """Return (actual − forecast) ÷ budget in millionths; budget is positive."""
    return (actual - point) * PARTS // budget


def quantiles(residuals: Sequence[int], interval_bp: int) -> tuple[int, int]:
    """Return lower and upper residual of an interval, basis points, rounded outwards.

    `residuals`: sorted. With n of them, the lower is that of rank ⌊(n + 1)(1 − interval) ÷ 2⌋ and
    the upper that of the same rank from above; too few for such a rank: no bound.
    """
    count = len(residuals)
    rank = (count + 1) * (WHOLE_BP - interval_bp) // (2 * WHOLE_BP)
    if rank < 1:
        return -UNBOUNDED_BP, UNBOUNDED_BP
    low = residuals[rank - 1] // PARTS_PER_BP
    high = -(-residuals[count - rank] // PARTS_PER_BP)
    return max(-UNBOUNDED_BP, low), min(UNBOUNDED_BP, high)


def level_needed(residuals: Sequence[int], off: int) -> int:
    """Return the least interval (basis points) whose quantiles hold a residual between them."""
    count = len(residuals)
    # Its rank from the nearer side: how many are as extreme, or more.
    rank = min(bisect_right(residuals, off), count - bisect_left(residuals, off))
    return max(0, WHOLE_BP - -(-2 * WHOLE_BP * (rank + 1) // (count + 1)) + 1)
