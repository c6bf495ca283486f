"""Spending plans: what those of a line say together at a date (domain-rules 10, 17e).

Money may be planned in several plans of one line, such as one a quarter. Of each plan id the
latest version is in force; where versions in force are about the same days, the later one holds.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from services.analysis.domain.calendar import MONTHS, FiscalCalendar
from services.analysis.domain.state import PlanVersion, ProjectYear

Versions = Mapping[str, Sequence[PlanVersion]]
"""Versions in force by line (NO_LINE: the whole project), the latest stated last."""
_Days = list[tuple[int, int]]
"""First and last days, ascending, none of them met or followed at once by the next."""
_LAST: Final = itemgetter(1)


class Planned(NamedTuple):
    """One period of a plan in force."""

    start: int
    """Ordinal of its first day."""
    end: int
    """Ordinal of its last day."""
    fen: int
    version: PlanVersion
    """What states it."""


def versions_at(year: ProjectYear, as_of: int) -> Versions:
    """Return of each plan id the version that is in force at a date, by line."""
    by_id: dict[str, PlanVersion] = {}
    for version in year.plans:
        known = by_id.get(version.plan)
        if version.day <= as_of and (known is None or age(version) > age(known)):
            by_id[version.plan] = version
    by_line: dict[str, list[PlanVersion]] = {}
    for version in sorted(by_id.values(), key=age):
        by_line.setdefault(version.line, []).append(version)
    return by_line


def age(version: PlanVersion) -> tuple[int, int]:
    """Say by what the later of two versions is told."""
    return version.day, version.sequence


def together(versions: Sequence[PlanVersion]) -> list[Planned]:
    """Return the periods that one line's versions in force, by age, are together.

    Each takes the place of those of the earlier ones that share any day with one of its own.
    """
    kept: list[list[Planned]] = []
    # From the latest back: what no later one touches, whatever became of that, stays.
    taken: _Days = []
    for version in reversed(versions):
        periods = version.periods
        kept.append([Planned(*each, version) for each in periods if not _meets(taken, *each[:2])])
        taken = _joined([*taken, *((start, end) for start, end, _ in periods)])
    return [planned for part in reversed(kept) for planned in part]


def _joined(days: _Days) -> _Days:
    found: _Days = []
    for start, end in sorted(days):
        if found and start <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _meets(taken: _Days, start: int, end: int) -> bool:
    place = bisect_left(taken, start, key=_LAST)
    return place < len(taken) and taken[place][0] <= end


def plans_at(year: ProjectYear, calendar: FiscalCalendar, as_of: int) -> dict[str, list[Planned]]:
    """Return the plans that are a standard at a date, by line (NO_LINE: the whole project)."""
    plans = {line: together(versions) for line, versions in versions_at(year, as_of).items()}
    return {line: plan for line, plan in plans.items() if covers_year(plan, calendar)}


def covers_year(plan: Iterable[Planned], calendar: FiscalCalendar) -> bool:
    """Say whether a plan's periods touch every month of the fiscal year (rule 10)."""
    touched: set[int] = set()
    for start, end, *_ in plan:
        if end >= calendar.starts[0] and start <= calendar.last_day:
            first = max(0, calendar.month_of(start))
            touched.update(range(first, calendar.month_of(min(end, calendar.last_day)) + 1))
    return len(touched) == MONTHS
