"""When disbursing on a line is stopped, as decisions of Art. 14(2) say (domain-rules 18)."""

from typing import Final, NamedTuple

from contracts.vocabulary import Measure
from services.analysis.domain.state import NO_LINE, Work

ABOUT_DISBURSING: Final = (Measure.DISBURSEMENT_STOPPED, Measure.DISBURSEMENT_RESUMED)


class Stop(NamedTuple):
    """Days on which nothing may be disbursed or spent."""

    start: int
    """Ordinal of its first day."""
    end: int | None
    """Ordinal of its last day; None: it is open."""


class _Decision(NamedTuple):
    """A decision about disbursing as it stands; the latest of those in effect holds."""

    day: int
    sequence: int
    first: int
    """Ordinal of the first day of its effect."""
    stops: bool


def disbursing_stops(work: Work, as_of: int, line: str) -> list[Stop]:
    """List the days on which disbursing on a line is stopped, first to last.

    A decision that names no line is about all of them; money that names none is stopped by such
    alone. None binds before the day on which it was first decided.
    """
    decided = _decisions(work, as_of, line)
    found: list[Stop] = []
    for day in sorted({decision.first for decision in decided}):
        stops = max(decision for decision in decided if decision.first <= day).stops
        is_open = bool(found) and found[-1].end is None
        if stops and not is_open:
            found.append(Stop(day, None))
        elif is_open and not stops:
            found[-1] = found[-1]._replace(end=day - 1)
    return found


def _decisions(work: Work, as_of: int, line: str) -> list[_Decision]:
    found = []
    for versions in work.dispositions.values():
        known = next((each for each in reversed(versions) if each.day <= as_of), None)
        if known is None or known.measure not in ABOUT_DISBURSING:
            continue
        first = max(known.effective_from, versions[0].day)
        if known.line in {NO_LINE, line} and first <= as_of:
            stops = known.measure is Measure.DISBURSEMENT_STOPPED
            found.append(_Decision(known.day, known.sequence, first, stops))
    return found
