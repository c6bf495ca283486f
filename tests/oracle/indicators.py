"""Targets and results: what is expected of an indicator, what it reached (rules 12, 14, 15)."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from tests.oracle.dates import (
    MONDAY_TO_FRIDAY,
    MONTHS,
    FiscalYear,
    Weekdays,
    day,
    last_until,
)
from tests.oracle.exact import WHOLE_BP, number
from tests.oracle.facts import Fact
from tests.oracle.state import ALWAYS_ACTIVE, States

STATED: Final = "stated"
"""Under this name a target carries the day on which it was stated."""
FIRST_STATED: Final = "first_stated"
"""And under this one the day on which its indicator was stated first."""
KINDS: Final = {"outcome": "outcome", "satisfaction": "satisfaction"}
DEFAULT_SHARES: Final = {"output": 50, "outcome": 30, "satisfaction": 10}


@dataclass(frozen=True)
class Occasion:
    """When indicators are judged, and what bears on all of them."""

    year: FiscalYear
    as_of: dt.date
    states: States = ALWAYS_ACTIVE
    calendar: Weekdays = MONDAY_TO_FRIDAY
    overdue_working_days: int = 10
    cut_offs: tuple[dt.date, ...] = ()
    """Days on which campaigns cut off, as the parameters at the date say."""

    def live(self, dues: Sequence[dt.date], stated: dt.date) -> list[dt.date]:
        """Give the due dates on which work did not stand still: the others ask for nothing.

        A target that was stated after work stopped knew of it, and is asked for all the same.
        """
        return [due for due in dues if not self.states.stopped(due, stated)]

    def months(self, stated: dt.date) -> int:
        """Count the completed months whose last day asks for something."""
        ends = [end for end in self.year.month_ends if end <= self.as_of]
        return len(self.live(ends, stated))


def targets_at(facts: Sequence[Fact]) -> dict[str, Mapping[str, Any]]:
    """Give the state of every indicator: the last fact that names it holds.

    Each target is told with the day on which it was stated, and the first such day.
    """
    known: dict[str, Mapping[str, Any]] = {}
    first: dict[str, dt.date] = {}
    for fact in facts:
        if fact.kind in {"targets.approved", "targets.adjusted"}:
            for target in fact.data.get("targets", ()):
                began = first.setdefault(target["indicator"], fact.date)
                known[target["indicator"]] = {**target, STATED: fact.date, FIRST_STATED: began}
            for withdrawn in fact.data.get("withdrawn", ()):
                known.pop(withdrawn, None)
    return known


def due_dates(
    target: Mapping[str, Any], year: FiscalYear, cut_offs: Sequence[dt.date] = ()
) -> list[dt.date]:
    """Give the dates at which a result is due (domain-rules 14).

    What names none is due at the year's end, a quantity at each cut-off as well, since its
    indicator was stated first; what promises a date is due on it, at the latest at the year's end.
    """
    stated = [*target.get("due", ()), *(stage["due"] for stage in target.get("stages", ()))]
    if stated:
        return sorted({day(due) for due in stated})
    if target.get("target_date"):
        return [min(day(target["target_date"]), year.end)]
    if target.get("behaviour") == "progress" and target.get("value_kind") != "date":
        began = target.get(FIRST_STATED, dt.date.min)
        return sorted({*(cut_off for cut_off in cut_offs if cut_off >= began), year.end})
    return [year.end]


def expected_of(target: Mapping[str, Any], occasion: Occasion) -> Fraction | None:
    """Give what is expected at a date as a number; null where nothing is due."""
    annual, year = annual_of(target), occasion.year
    stages = {day(s["due"]): number(s["value"]) for s in target.get("stages", ())}
    if stages:
        if annual is not None:
            last = max(stages)
            after = [due for due in due_dates(target, year) if due > last]
            # What stages leave open is due after them, at the latest by the year's end.
            stages |= dict.fromkeys(after or ([year.end] if year.end > last else []), annual)
        reached = last_until(occasion.live(list(stages), target[STATED]), occasion.as_of)
        return stages[reached] if reached else None
    if annual is None:
        return None
    is_boolean = target.get("value_kind") == "boolean"
    if target.get("accumulation", "cumulative") == "cumulative" and not is_boolean:
        # Before the first month is completed nothing is due.
        months = occasion.months(target[STATED])
        return annual * months / MONTHS if months else None
    # At a cut-off a result is asked for; only what has each period for itself is promised by then.
    asked = occasion.cut_offs if target.get("accumulation") == "per_period" else ()
    dues = occasion.live(due_dates(target, year, asked), target[STATED])
    return annual if last_until(dues, occasion.as_of) else None


def annual_of(target: Mapping[str, Any]) -> Fraction | None:
    """Give the annual target as a number; of a boolean yes (1), unless it is said otherwise."""
    if target.get("target") is not None:
        return number(target["target"])
    return Fraction(1) if target.get("value_kind") == "boolean" else None


def weights(targets: Mapping[str, Mapping[str, Any]]) -> dict[str, Fraction]:
    """Give every weight as a share of 1; missing ones by the defaults (domain-rules 15)."""
    kinds = {name: KINDS.get(t["behaviour"], "output") for name, t in targets.items()}
    per_kind = Counter(kinds.values())
    stated = any("weight_bp" in target for target in targets.values())
    whole = 100 if stated else sum(DEFAULT_SHARES[kind] for kind in per_kind)
    return {
        name: Fraction(target["weight_bp"], WHOLE_BP)
        if target.get("weight_bp") is not None
        else Fraction(DEFAULT_SHARES[kinds[name]], whole * per_kind[kinds[name]])
        for name, target in targets.items()
    }
