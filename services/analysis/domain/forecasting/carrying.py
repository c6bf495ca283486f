"""What of the budget will be left: carryover 结转, or surplus 结余 (domain-rules 6)."""

from typing import Final

from contracts.vocabulary import ProjectState
from services.analysis.domain.money.buckets import CARRYOVER
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.standing import state_at

ENDED: Final = (ProjectState.COMPLETED, ProjectState.TERMINATED)
KNOWN_YEARS: Final = 2
"""Money of this year is one year old at its end, money carried into it two; older is not told."""


def has_ended(now: Snapshot) -> bool:
    """Say whether the project is completed or terminated at the date."""
    return bool(now.head.changes) and state_at(now.head, now.day)[0] in ENDED


def carrying(now: Snapshot, point: int, *, ended: bool) -> tuple[int, int]:
    """Split what a forecast leaves of the budget: (goes on, goes back), fen.

    All goes back once the project has ended. Money carried over is spent first; what of it is
    still left was unspent two years running. A jurisdiction may set another number of years: with
    1 all that is left goes back, with more than 2 none does, because how long money was carried
    before is not told.
    """
    left = max(0, now.adjusted - point)
    years = now.parameters.surplus_after_years
    if ended or years < KNOWN_YEARS:
        surplus = left
    elif years == KNOWN_YEARS:
        surplus = min(left, max(0, now.whole.columns[CARRYOVER] - point))
    else:
        surplus = 0
    return left - surplus, surplus
