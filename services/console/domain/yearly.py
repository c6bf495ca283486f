"""This year beside the last one: the same day, the same measures, and how they differ."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from contracts.vocabulary import fen_to_wire, wire_to_fen

FEBRUARY: Final = 2
LAST_OF_FEBRUARY: Final = 28
AMOUNTS: Final = ("adjusted_budget", "disbursed", "spent", "balance")
RATES: Final = ("execution_rate_bp", "expected_rate_bp", "attainment_rate_bp")
COUNTS: Final = ("projects", "findings")

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Beside:
    """One measure in both years; what is null was not known."""

    name: str
    kind: str
    """amount (wire), rate (basis points) or count."""
    now: Any
    then: Any
    change: Any
    """now − then: a wire amount, percentage points (basis points) or a count."""


def year_before(day: str) -> str:
    """Return the same day of the year before; 29 February is 28 February there."""
    date = dt.date.fromisoformat(day)
    leap = (date.month, date.day) == (FEBRUARY, LAST_OF_FEBRUARY + 1)
    return date.replace(year=date.year - 1, day=LAST_OF_FEBRUARY if leap else date.day).isoformat()


def beside(now: Item, then: Item) -> list[Beside]:
    """Put the measures of two years side by side."""
    found = [_amount(name, now[name], then[name]) for name in AMOUNTS]
    found += [_number(name, "rate", now[name], then[name]) for name in RATES]
    found += [_number(name, "count", now[name], then[name]) for name in COUNTS]
    return found


def _amount(name: str, now: str | None, then: str | None) -> Beside:
    both = now is not None and then is not None
    change = fen_to_wire(wire_to_fen(now) - wire_to_fen(then)) if both else None
    return Beside(name, "amount", now, then, change)


def _number(name: str, kind: str, now: int | None, then: int | None) -> Beside:
    known = now is not None and then is not None
    return Beside(name, kind, now, then, now - then if known else None)  # type: ignore[operator]


def cumulative(months: Sequence[str] | None) -> list[int]:
    """Add up net spending by month from the year's beginning, fen."""
    return list(accumulate(map(wire_to_fen, months or ())))
