"""Spending plans: several of one line are one plan together (docs/measuring.md)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.oracle.dates import FiscalYear, day
from tests.oracle.exact import fen
from tests.oracle.facts import Fact

PLAN: Final = "spending_plan.approved"


@dataclass(frozen=True)
class Period:
    """One period of a plan, and the day of the version that states it."""

    start: dt.date
    end: dt.date
    amount: int
    stated: dt.date

    def touches(self, other: "Period") -> bool:
        """Whether both share any day."""
        return self.start <= other.end and other.start <= self.end


def versions_in_force(facts: Iterable[Fact]) -> list[Fact]:
    """Give the version of each plan id that was stated last, all in order."""
    by_id = {fact.data["plan"]: fact for fact in sorted(facts) if fact.kind == PLAN}
    return sorted(by_id.values())


def plans_in_force(facts: Iterable[Fact]) -> dict[str | None, list[Period]]:
    """Give the periods that hold of each line, and of the whole project (no line).

    Each version takes the place of those periods of earlier ones that share a day with one of its
    own, whole.
    """
    plans: dict[str | None, list[Period]] = {}
    for version in versions_in_force(facts):
        own = _periods(version)
        kept = [
            period
            for period in plans.get(version.line, ())
            if not any(period.touches(one) for one in own)
        ]
        plans[version.line] = [*kept, *own]
    return plans


def _periods(version: Fact) -> list[Period]:
    return [
        Period(day(part["start"]), day(part["end"]), fen(part["amount"]), version.date)
        for part in version.data["periods"]
    ]


def covers(plan: Sequence[Period], year: FiscalYear) -> bool:
    """Whether a plan reaches over every month of the year from its first one."""
    firsts = [end.replace(day=1) for end in year.month_ends]
    return all(
        any(period.start <= last and first <= period.end for period in plan)
        for first, last in zip(firsts, year.month_ends, strict=True)
    )
