"""Cuts and targets that come in pairs, targets set anew, money carried over for years.

From domain-rules 6 and 18, the contract's fields, and the `basis` texts of the rules that look at
them (docs/oracle.md).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.oracle.assessment import Assessment
from tests.oracle.book import Sums
from tests.oracle.dates import ONE_DAY, Weekdays
from tests.oracle.facts import Fact

TARGETS: Final = frozenset({"targets.approved", "targets.adjusted"})


def pairing(found: Assessment) -> dict[str, Any]:
    """State what `standing` tells of it."""
    named = list(_named(found.facts))
    days = sorted({day for day, _ in named})
    cuts = _cuts(found.facts)
    changed = _changed(named)
    waiting = next((cut for cut in cuts if not days or cut > days[-1]), None)
    return {
        "targets_changed_on": changed.isoformat() if changed else None,
        "targets_changed_for_cut": changed is not None and _answers(changed, days, cuts),
        "unpaired_cut_on": waiting.isoformat() if waiting else None,
        "unpaired_cut_working_days": working_days(
            waiting, found.setting.as_of, found.setting.calendar
        )
        if waiting
        else None,
        "carried_over_years": carried_over_years(found),
    }


def _named(facts: Sequence[Fact]) -> Iterator[tuple[dt.date, str]]:
    """Give every day on which an indicator is stated or withdrawn."""
    for fact in facts:
        if fact.kind in TARGETS:
            for target in fact.data.get("targets", ()):
                yield fact.date, target["indicator"]
            for withdrawn in fact.data.get("withdrawn", ()):
                yield fact.date, withdrawn


def _changed(named: Sequence[tuple[dt.date, str]]) -> dt.date | None:
    """Give the last day that names an indicator which an earlier day had named."""
    first: dict[str, dt.date] = {}
    for day, indicator in named:
        first[indicator] = min(day, first.get(indicator, day))
    return max((day for day, indicator in named if day > first[indicator]), default=None)


def _cuts(facts: Sequence[Fact]) -> list[dt.date]:
    """Give the days of cuts on objective grounds, in order."""
    return sorted(
        fact.date
        for fact in facts
        if fact.kind == "budget.adjusted"
        and fact.data["adjustment_kind"] == "cut"
        and fact.data.get("objective_grounds")
        and fact.amount > 0
    )


def _answers(day: dt.date, days: Sequence[dt.date], cuts: Sequence[dt.date]) -> bool:
    """Whether a day is the first with targets on or after one of the cuts."""
    return any(day == min(each for each in days if each >= cut) for cut in cuts if cut <= day)


def working_days(after: dt.date, until: dt.date, calendar: Weekdays) -> int:
    """Count the working days after a day, up to and with another."""
    days = (after + ONE_DAY * number for number in range(1, (until - after).days + 1))
    return sum(calendar.is_working(each) for each in days)


def carried_over_years(found: Assessment) -> int:
    """Say how many fiscal years ago the oldest money was approved that is still carried over.

    Of a line the oldest money is recovered first; what does not say its year is the last year's.
    """
    registered: dict[tuple[str | None, int], int] = {}
    for fact, times in found.yardstick.charged:
        if fact.kind == "carryover.registered":
            key = fact.line, fact.data["from_year"]
            registered[key] = registered.get(key, 0) + times * fact.amount
    book = found.book
    years = [
        book.year.year - year
        for (line, year), amount in registered.items()
        if amount > 0 and _is_left(book.sums[line], year)
    ]
    return max([0, *years])


def _is_left(sums: Sums, year: int) -> bool:
    """Whether less was recovered of a line than it carries over of a year and all before it."""
    recovered = max(0, sums.components["recovered"])
    older = sum(amount for of_year, amount in sums.carried.items() if of_year <= year)
    return min(sums.components["carryover"], older) > recovered
