"""Monitor 1, money: what is spent, what should be, and the light (domain-rules 1-3, 10-13)."""

import datetime as dt
from typing import Final

from contracts.events.analysis import LINES_MAX, Execution, LineFigures
from contracts.vocabulary import Light
from services.analysis.domain.calendar import FiscalCalendar
from services.analysis.domain.execution.standard import LinePart, expected_spending
from services.analysis.domain.money.figures import (
    LineSums,
    bounded_rate_bp,
    money,
)
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import ProjectYear
from services.analysis.domain.unchecked import unchecked

RED_BELOW_BP: Final = 6_000
YELLOW_BELOW_BP: Final = 8_000
"""Default lights (domain-rules 12): exactly 60 and 80 % belong to the upper class."""


def execution(now: Snapshot) -> Execution:
    """Return the money figures of a project year at a date, with expectation and light."""
    adjusted, spent = now.adjusted, now.whole.spent
    figures = money(now.whole)
    expected = expected_spending(now)
    parts = expected.lines if expected else {}
    expected_rate = ratio = None
    if expected is not None:
        expected_rate = bounded_rate_bp(expected.part, adjusted * expected.whole)
        ratio = bounded_rate_bp(max(0, spent) * expected.whole, expected.part)
    rate = figures.execution_rate_bp
    ahead = rate is not None and expected_rate is not None
    return unchecked(
        Execution,
        money=figures,
        lines=tuple(
            [
                _line_figures(sums, parts.get(sums.line))
                for sums in now.lines
                if sums.terms is not None
            ][:LINES_MAX]
        ),
        expected_spent=expected.fen if expected else None,
        expected_rate_bp=expected_rate,
        expected_basis=expected.basis if expected else None,
        ratio_bp=ratio,
        # The difference of the two published figures, so that a reader can check it.
        deviation_points_bp=rate - expected_rate if ahead else None,  # type: ignore[operator]
        approved_on=approved_on(now.year, now.day),
        month_spent=_by_month(now.whole.months, now.calendar, now.day),
        light=execution_light(ratio),
        forecast=None,
    )


def _by_month(months: list[int], calendar: FiscalCalendar, as_of: int) -> tuple[int, ...]:
    """Net spending of the months begun; what is dated before the year counts in its first."""
    begun = max(1, calendar.month_of(as_of) + 1)
    return (months[0] + months[1], *months[2 : begun + 1])


def _line_figures(sums: LineSums, part: LinePart | None) -> LineFigures:
    terms = sums.terms
    if terms is None:
        msg = f"no fact says what line {sums.line} is"
        raise ValueError(msg)
    return unchecked(
        LineFigures,
        line=sums.line,
        unit=terms.unit,
        account=terms.account,
        channel=terms.channel,
        function=terms.function,
        government_economic=terms.government_economic,
        undistributed=terms.undistributed,
        money=money(sums),
        expected_spent=part.fen if part else None,
        expected_basis=part.basis if part else None,
    )


def execution_light(ratio_bp: int | None) -> Light | None:
    """Return the light of an execution ratio; null where nothing is expected (rule 10)."""
    if ratio_bp is None:
        return None
    if ratio_bp < RED_BELOW_BP:
        return Light.RED
    return Light.YELLOW if ratio_bp < YELLOW_BELOW_BP else Light.GREEN


def approved_on(year: ProjectYear, as_of: int) -> dt.date | None:
    """Return the day of the year's first approval that is not carryover, as known at a date."""
    days = [day for line in year.lines.values() for day in line.approvals if day <= as_of]
    return dt.date.fromordinal(min(days)) if days else None
