"""Cuts and targets that come in pairs, targets set anew, money carried over for years.

Art. 14(1), domain-rules 6 and 18.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from services.analysis.domain.calendar import working_days_after
from services.analysis.domain.money.buckets import CARRYOVER, RECOVERED
from services.analysis.domain.money.figures import LineSums, carried_at
from services.analysis.domain.snapshot import Snapshot

NEVER: Final = 0
"""Before any day."""
NOTHING: Final[dict[str, Any]] = {
    "targets_changed_on": None,
    "targets_changed_for_cut": False,
    "unpaired_cut_on": None,
    "unpaired_cut_working_days": None,
}


def pairing(now: Snapshot) -> dict[str, Any]:
    """Say when targets were changed last, and since when a cut waits for them."""
    days, changed = _target_days(now)
    cuts = now.year.objective_cuts[: bisect_right(now.year.objective_cuts, now.day)]
    if not cuts and changed == NEVER:
        return NOTHING
    waiting = cuts[bisect_right(cuts, days[-1] if days else NEVER) :]
    since = dt.date.fromordinal(waiting[0]) if waiting else None
    return {
        "targets_changed_on": dt.date.fromordinal(changed) if changed else None,
        "targets_changed_for_cut": _answers(changed, days, cuts),
        "unpaired_cut_on": since,
        "unpaired_cut_working_days": working_days_after(now.jurisdiction, since, now.day)
        if since
        else None,
    }


def _target_days(now: Snapshot) -> tuple[list[int], int]:
    """Return the days on which targets were stated or withdrawn, and the last that changed any."""
    days: set[int] = set()
    changed = NEVER
    for indicator in now.year.indicators.values():
        known = [version.day for version in indicator.versions if version.day <= now.day]
        days.update(known)
        if len(known) > 1:
            changed = max(changed, known[-1])
    return sorted(days), changed


def _answers(changed: int, days: list[int], cuts: list[int]) -> bool:
    """Say whether a day is the first with targets on or after one of the cuts."""
    earlier = [day for day in days if day < changed]
    before = earlier[-1] if earlier else NEVER
    return any(before < cut <= changed for cut in cuts)


def carried_over_years(now: Snapshot) -> int:
    """Return how many years ago the oldest money was approved that is still carried over.

    Of each line the oldest is recovered first.
    """
    held = [
        from_year
        for sums in now.lines
        if sums.source.carried and sums.columns[CARRYOVER] > _recovered(sums)
        for from_year in _still_carried(sums, now)
    ]
    return max(0, now.year.fiscal_year - min(held)) if held else 0


def _still_carried(sums: LineSums, now: Snapshot) -> Iterator[int]:
    """Give the earliest year of whose registered carryover a line still has some, if there is.

    Carried over money that does not say for which year it was approved counts as the last year's.
    """
    carried = carried_at(sums.source, now.day)
    unsaid = max(0, sums.columns[CARRYOVER] - sum(carried.values()))
    known = 0
    for from_year, fen in sorted(carried.items()):
        known += max(0, fen)
        held = known + (unsaid if from_year >= now.year.fiscal_year - 1 else 0)
        if fen > 0 and held > _recovered(sums):
            yield from_year
            return


def _recovered(sums: LineSums) -> int:
    """Return what was recovered of a line, fen; corrections may have taken away more than that."""
    return max(0, sums.columns[RECOVERED])
