"""What of the budget will be left: carryover 结转, or surplus 结余 (domain-rules 6)."""

from typing import Final

from contracts.vocabulary import ProjectState
from services.analysis.domain.money.buckets import CARRYOVER, RECOVERED
from services.analysis.domain.money.figures import LineSums, carried_at
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.standing import state_at
from services.analysis.domain.state import NO_LINE

ENDED: Final = (ProjectState.COMPLETED, ProjectState.TERMINATED)


def has_ended(now: Snapshot) -> bool:
    """Say whether the project is completed or terminated at the date."""
    return now.head.may_stand_still and state_at(now.head, now.day)[0] in ENDED


def carrying(now: Snapshot, point: int, *, ended: bool) -> tuple[int, int]:
    """Split what a forecast leaves of the budget: (goes on, goes back), fen.

    All goes back once the project has ended, or where one year unspent is enough; otherwise what
    will have been unspent for as many years running as the jurisdiction says. What is still to be
    spent, or names no line, may spend of that on any line.
    """
    left = max(0, now.adjusted - point)
    years = now.parameters.surplus_after_years
    if ended or years == 1:
        return 0, left
    # At this year's end money that was approved for it has been unspent for one year.
    until = now.year.fiscal_year - (years - 1)
    old = sum(_old(sums, until, now) for sums in now.lines)
    unnamed = sum(sums.spent for sums in now.lines if sums.line == NO_LINE)
    old -= max(0, point - now.whole.spent) + max(0, unnamed)
    surplus = min(left, max(0, old))
    return left - surplus, surplus


def _old(sums: LineSums, until: int, now: Snapshot) -> int:
    """Return what a line still holds of money approved for a year or earlier ones, fen.

    Carried over money that does not say for which year counts as the last year's. Within a line
    the old is recovered first, and spent first; another line's spending touches none of it. What
    was cut or moved to another line is no longer there: it holds no more than it has left. A
    recovery that corrections took away more than once takes nothing off, but gives nothing.
    """
    if not sums.columns[CARRYOVER]:
        return 0
    known = carried_at(sums.source, now.day)
    old = sum(fen for from_year, fen in known.items() if from_year <= until)
    if until >= now.year.fiscal_year - 1:
        old += sums.columns[CARRYOVER] - sum(known.values())
    old -= max(0, sums.columns[RECOVERED]) + max(0, sums.spent)
    return max(0, min(old, sums.adjusted - sums.spent))
