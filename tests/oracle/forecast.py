"""Spending foreseen for the year's end, and what is left then (domain-rules 3 and 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from tests.oracle.assessment import Assessment
from tests.oracle.dates import MONTHS, FiscalYear, day
from tests.oracle.earned import measures, ratio
from tests.oracle.exact import WHOLE_BP, fen, half_up, rate_bp, wire
from tests.oracle.expected import expected
from tests.oracle.facts import Fact
from tests.oracle.state import ENDED

HIGH_TIMES: Final = 2
"""The upper end of an interval is at most so many times the budget of the day."""


def forecast(found: Assessment) -> dict[str, Any] | None:
    """State the forecast as the contract does; null without budget."""
    total = found.book.total
    adjusted = total.budget
    if adjusted <= 0:
        return None
    over = found.setting.as_of >= found.book.year.end
    model, why = _model(found)
    of_class = _of_class(found, model) if model else None
    if model and of_class is None:
        model, why = None, "class_not_in_model"
    if over:
        model, of_class, why = None, None, "year_over"
    due = 0 if over else committed_due(found)
    floor = max(0, total.spent) + due
    cap = max(adjusted, floor)
    method, foreseen = _foreseen(found, of_class)
    point = total.spent if over else max(floor, min(cap, half_up(foreseen)))
    low = high = None
    if of_class is not None:
        months = found.stated["months_completed"]
        ends = (of_class["low_bp"][months], of_class["high_bp"][months])
        low, high = (half_up(point + Fraction(end * adjusted, WHOLE_BP)) for end in ends)
        # Budgets grow in the course of a year: the upper end may lie above this day's.
        low, high = max(floor, min(low, point)), max(point, min(high, HIGH_TIMES * adjusted))
    carryover, surplus = left_over(found, point)
    return {
        "method": method,
        "point": wire(point),
        "low": None if low is None else wire(low),
        "high": None if high is None else wire(high),
        "interval_bp": model.get("interval_bp", 8000) if model else None,
        "no_interval": why,
        "model": model["model"] if model else None,
        "committed_due": wire(due),
        "rate_bp": rate_bp(max(0, point), adjusted),
        "carryover": wire(carryover),
        "surplus": wire(surplus),
    }


def _model(found: Assessment) -> tuple[Mapping[str, Any] | None, str | None]:
    """Give the model, unless it was fitted on this year or a later one."""
    model = found.setting.model
    if model is None:
        return None, "no_model"
    if model["years"][-1] >= found.book.year.year:
        return None, "year_in_model"
    return model, None


def _of_class(found: Assessment, model: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give what a model says of the project's class, else of any class."""
    known = {one.get("project_class"): one for one in model["classes"]}
    return known.get(found.registration.get("project_class")) or known.get(None)


def _foreseen(found: Assessment, of_class: Mapping[str, Any] | None) -> tuple[str, Fraction]:
    """Give the method and what it foresees; one that has nothing to go by follows the plan."""
    months, spent = found.stated["months_completed"], found.book.total.spent
    by_month_end = sum(amount for month, amount in found.book.months.items() if month < months)
    method = of_class["method"] if of_class else _method(found)
    if found.states.at(found.setting.as_of).state in ENDED:
        method = "plan_following"
    value: Fraction | None = None
    if method == "run_rate" and months:
        value = Fraction(by_month_end * MONTHS, months)
    elif method == "seasonal_share" and of_class and months:
        value = ratio(by_month_end * WHOLE_BP, of_class["seasonal_bp"][months - 1])
    elif method == "committed" and _committed(found) > 0:
        # Applications that were filed are paid, be they paid already or not.
        value = Fraction(max(max(0, spent) + committed_due(found), found.book.total.requested))
    elif method == "earned_value":
        value = _at_completion(found)
    if value is not None:
        return method, value
    return "plan_following", Fraction(spent + _still_expected(found))


def _method(found: Assessment) -> str:
    """Choose by the facts where no tested model may speak."""
    if found.standard is not None and found.standard.basis == "plan":
        return "plan_following"
    return "committed" if found.stated["months_completed"] and _committed(found) > 0 else "run_rate"


def _committed(found: Assessment) -> int:
    return sum(found.book.total.committed.values())


def _still_expected(found: Assessment) -> int:
    """Give what the standard, as known at the date, expects from here to the year's end.

    Both figures are taken as they are shown, to the fen.
    """
    at_end = expected(found.book, found.yardstick, found.book.year.end)
    now = half_up(found.standard.spent) if found.standard else 0
    return max(0, half_up(at_end.spent) - now) if at_end else 0


def _at_completion(found: Assessment) -> Fraction | None:
    total, effect = found.book.total, found.results.effect
    if effect is None:
        return None
    return measures(total.budget, 0, half_up(total.budget * effect), total.spent)["eac"]


def committed_due(found: Assessment) -> int:
    """Give unpaid commitments due by the year's end.

    Of a contract with instalments in the year, what is called for by its end, from before it as
    well, and is not paid; of others all. What names no contract is one pool: all of it, but for
    what it calls for later if it has instalments in the year.
    """
    total, year = found.book.total, found.book.year
    schedules: dict[str | None, Schedule] = {}
    for fact in found.facts:
        if fact.kind == "commitment.recorded":
            _schedule(fact, year, schedules.setdefault(fact.data.get("contract"), Schedule()))
    later = 0
    for key, called in schedules.items():
        if not called.is_of_year:
            continue
        paid = max(0, total.paid[key])
        unpaid = max(0, total.committed[key] - paid)
        due = unpaid - called.after if key is None else called.by_end - paid
        later += unpaid - max(0, min(unpaid, due))
    return max(0, total.unpaid - later)


@dataclass
class Schedule:
    """What a contract calls for, in fen."""

    by_end: int = 0
    """By the year's end, from before the year as well."""
    after: int = 0
    is_of_year: bool = False
    """Whether any of it is of the year."""


def _schedule(fact: Fact, year: FiscalYear, schedule: Schedule) -> None:
    """Add what a commitment calls for, and when; what it releases is taken off."""
    sign = -1 if fact.data.get("released") else 1
    for part in fact.data.get("schedule", ()):
        due, amount = day(part["due"]), sign * fen(part["amount"])
        if due > year.end:
            schedule.after += amount
        else:
            schedule.by_end += amount
            schedule.is_of_year |= due >= year.start


def left_over(found: Assessment, point: int) -> tuple[int, int]:
    """Split what will be left into carryover and surplus (domain-rules 6)."""
    total = found.book.total
    left = max(0, total.budget - point)
    if found.states.at(found.setting.as_of).state in ENDED:
        return 0, left
    years = found.setting.parameters["surplus_after_years"]
    if years == 1:
        return 0, left
    surplus = min(left, _unspent_for(found, years, point))
    return left - surplus, surplus


def _unspent_for(found: Assessment, years: int, point: int) -> int:
    """Give what will have been unspent so many years running.

    Within a line the oldest money is recovered and spent first, and no more is old than the line
    has left. What is still foreseen, or names no line, may be spent on any.
    """
    book = found.book
    since = book.year.year - (years - 1)
    old = 0
    for line, sums in book.sums.items():
        if line is not None:
            carried = sum(amount for year, amount in sums.carried.items() if year <= since)
            recovered = max(0, sums.components.get("recovered", 0))
            unspent = carried - recovered - max(0, sums.spent)
            # What came back beyond what went out is left on the line as well: its balance.
            old += max(0, min(unspent, sums.budget - sums.spent))
    unlined = book.sums[None].spent if None in book.sums else 0
    return max(0, old - max(0, point - book.total.spent) - max(0, unlined))
