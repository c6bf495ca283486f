"""When disbursing on a line is stopped, as decisions of Art. 14(2) say (domain-rules 18)."""

from collections.abc import Iterator
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


def is_about_disbursing(work: Work) -> bool:
    """Say whether any disposition ever was about disbursing; False of most projects."""
    return any(
        known.measure in ABOUT_DISBURSING
        for versions in work.dispositions.values()
        for known in versions
    )


def is_stopped_anywhere(work: Work, as_of: int) -> bool:
    """Say whether disbursing is stopped at a date: of a line that is named, or of what names none.

    Of a line that no decision names the same is true as of money that names none.
    """
    latest: dict[str, _Decision] = {}
    for line, decision in _decisions(work, as_of):
        latest[line] = max(decision, latest.get(line, decision))
    of_all = latest.get(NO_LINE)
    return any((known if of_all is None else max(known, of_all)).stops for known in latest.values())


def disbursing_stops(work: Work, as_of: int, line: str) -> list[Stop]:
    """List the days on which disbursing on a line is stopped, first to last.

    A decision that names no line is about all of them; money that names none is stopped by such
    alone. None binds before the day on which it was first decided.
    """
    begun: dict[int, _Decision] = {}
    for of, known in _decisions(work, as_of):
        if of in {NO_LINE, line}:
            begun[known.first] = max(known, begun.get(known.first, known))
    found: list[Stop] = []
    latest: _Decision | None = None
    for day in sorted(begun):
        latest = max(begun[day], latest or begun[day])
        is_open = bool(found) and found[-1].end is None
        if latest.stops and not is_open:
            found.append(Stop(day, None))
        elif is_open and not latest.stops:
            found[-1] = found[-1]._replace(end=day - 1)
    return found


def _decisions(work: Work, as_of: int) -> Iterator[tuple[str, _Decision]]:
    """Go through the decisions in effect at a date, each with the line that it names."""
    for versions in work.dispositions.values():
        known = next((each for each in reversed(versions) if each.day <= as_of), None)
        if known is None or known.measure not in ABOUT_DISBURSING:
            continue
        first = max(known.effective_from, versions[0].day)
        if first <= as_of:
            stops = known.measure is Measure.DISBURSEMENT_STOPPED
            yield known.line, _Decision(known.day, known.sequence, first, stops)
