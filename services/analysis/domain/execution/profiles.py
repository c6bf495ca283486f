"""How money is spread over the months where neither plan nor contract says it (rule 10)."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from contracts.vocabulary import ExpectedBasis
from services.analysis.domain.calendar import MONTHS
from services.analysis.domain.measures import standard_at
from services.analysis.domain.snapshot import Snapshot

WHOLE_BP: Final = 10_000
BY_MONTHS: Final = tuple(range(1, MONTHS + 1))
"""Months completed, of twelve: the last standard, in the form of a profile."""
PROFILES_CACHED_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class Profile:
    """Which share of its money a line should have spent by each month's end."""

    basis: ExpectedBasis
    shares: tuple[int, ...]
    """Cumulative, by completed months, 0 to 12."""
    whole: int
    """What all of it is."""
    grows: tuple[int, ...]
    """What each month adds, 1 to 12."""


@lru_cache(maxsize=PROFILES_CACHED_MAX)
def _shares(basis: ExpectedBasis, months: tuple[int, ...], whole: int) -> Profile:
    shares = (0, *months)
    grows = tuple(later - former for former, later in pairwise(shares))
    return Profile(basis, shares, whole, grows)


def profile_at(now: Snapshot) -> Profile:
    """Return what rules where there is neither plan nor contract."""
    if now.jurisdiction.standards:
        year, known = now.year.fiscal_year, now.known
        project_class = known.project_class if known else None
        if project_class is not None:
            own = standard_at(now.jurisdiction, year, project_class, now.day)
            if own is not None:
                return _shares(ExpectedBasis.CLASS_PROFILE, tuple(own.months_bp), WHOLE_BP)
        table = standard_at(now.jurisdiction, year, None, now.day)
        if table is not None:
            return _shares(ExpectedBasis.ASSESSMENT_TABLE, tuple(table.months_bp), WHOLE_BP)
    return _shares(ExpectedBasis.MONTHS, BY_MONTHS, MONTHS)
