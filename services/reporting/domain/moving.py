"""Own funds of a later cut within a project's execution: what a form shows that follows from them.

Treasury money stays at the campaign's cut; what is put in place of own funds moves the project's
sums, its rates, what should be spent by the date, and so the light (domain-rules 1, 10, 12).
Months and earned value, which no form shows, stay at the campaign's cut.
"""

from collections.abc import Mapping
from typing import Any, Final

from contracts.events.analysis import BudgetComponents, Execution, Forecast, LineFigures, Money
from contracts.vocabulary import Light, rate_bp

RED_BELOW_BP: Final = 6_000
YELLOW_BELOW_BP: Final = 8_000
"""Default lights (domain-rules 12), the bounds of analysis: 60 and 80 % are the upper class's."""
RATIO_MAX_BP: Final = 10**12
"""Rates beyond it are cut off, as on the wire."""
_SUMMED = (
    "adjusted_budget",
    "committed",
    "requested",
    "disbursed",
    "spent",
    "reversed",
    "prior_year_refunds",
    "balance",
    "uncommitted_balance",
)


def with_lines(before: Execution, later: Execution, own: Mapping[str, LineFigures]) -> Execution:
    """Put lines of a later cut in place of the same ones; `later` is the execution at that cut."""
    lines = tuple(own.get(line.line, line) for line in before.lines)
    if lines == before.lines:
        return before
    if lines == later.lines and _same(before, later, own):
        # Nothing else moved in between: what analysis says at the later cut is all of one cut.
        return later
    total = before.money
    for one, other in zip(before.lines, lines, strict=True):
        if one is not other:
            total = _moved(total, one.money, other.money)
    expected = _expected(before, lines, total.adjusted_budget)
    rate, rate_expected = total.execution_rate_bp, _rate(expected, total.adjusted_budget)
    ratio = _rate(max(total.spent, 0), expected)
    ahead = rate is not None and rate_expected is not None
    changes: dict[str, Any] = {
        "money": total,
        "lines": lines,
        "expected_spent": expected,
        "expected_rate_bp": rate_expected,
        "ratio_bp": ratio,
        "deviation_points_bp": (rate or 0) - (rate_expected or 0) if ahead else None,
        "light": light_of(ratio),
        "forecast": _foreseen(before.forecast, total),
    }
    return before.model_copy(update=changes)


def light_of(ratio_bp: int | None) -> Light | None:
    """Return the light of an execution ratio; null where nothing is expected (rule 10)."""
    if ratio_bp is None:
        return None
    if ratio_bp < RED_BELOW_BP:
        return Light.RED
    return Light.YELLOW if ratio_bp < YELLOW_BELOW_BP else Light.GREEN


def _same(before: Execution, later: Execution, own: Mapping[str, LineFigures]) -> bool:
    """Whether the project's money differs by that of the lines alone: none came without a line."""
    total = before.money
    for line in before.lines:
        if line.line in own:
            total = _moved(total, line.money, own[line.line].money)
    return total == later.money


def _expected(before: Execution, lines: tuple[LineFigures, ...], budget: int) -> int | None:
    """Sum what should be spent: that of the lines is the project's."""
    if budget <= 0:
        return None
    parts = [line.expected_spent for line in lines if line.expected_spent is not None]
    if before.expected_spent is None and not parts:
        return None
    known = sum(line.expected_spent or 0 for line in before.lines)
    return (before.expected_spent or 0) - known + sum(parts)


def _foreseen(forecast: Forecast | None, money: Money) -> Forecast | None:
    """Keep what is foreseen at or above what is spent and due (domain-rules 3)."""
    if forecast is None:
        return None
    floor = max(money.spent, 0) + forecast.committed_due
    more = floor - forecast.point
    if more <= 0:
        return forecast
    kept = max(forecast.carryover - more, 0)
    rest = max(more - max(forecast.carryover, 0), 0)
    bounds = {
        name: None if value is None else max(value, floor)
        for name, value in (("low", forecast.low), ("high", forecast.high))
    }
    changes = {
        **bounds,
        "point": floor,
        "rate_bp": _rate(floor, money.adjusted_budget),
        "carryover": kept,
        "surplus": max(forecast.surplus - rest, 0),
    }
    return forecast.model_copy(update=changes)


def _moved(total: Money, before: Money, after: Money) -> Money:
    """Put one line's figures in place of its earlier ones, within the project's."""
    sums = {
        name: getattr(total, name) - getattr(before, name) + getattr(after, name)
        for name in _SUMMED
    }
    parts = {
        name: getattr(total.components, name)
        - getattr(before.components, name)
        + getattr(after.components, name)
        for name in BudgetComponents.model_fields
    }
    spent = max(sums["spent"], 0)
    rates = {
        "execution_rate_bp": _rate(spent, sums["adjusted_budget"]),
        "execution_rate_original_bp": _rate(spent, parts["original"]),
    }
    components = total.components.model_copy(update=parts)
    return total.model_copy(update={**sums, **rates, "components": components})


def _rate(part: int | None, whole: int | None) -> int | None:
    if part is None or whole is None or whole <= 0:
        return None
    found = rate_bp(part, whole)
    return None if found is None else min(found, RATIO_MAX_BP)
