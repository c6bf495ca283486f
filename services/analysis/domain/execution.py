"""Monitor 1, money: what is spent, what should be, and the light (domain-rules 1-3, 10-13)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

from contracts.events.analysis import LINES_MAX, Execution, LineFigures
from contracts.vocabulary import ExpectedBasis, Light
from services.analysis.domain.buckets import SUPPLEMENT
from services.analysis.domain.calendar import MONTHS, FiscalCalendar
from services.analysis.domain.figures import (
    LineSums,
    bounded_rate_bp,
    money,
)
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import NO_LINE, PlanVersion, ProjectYear
from services.analysis.domain.unchecked import unchecked

RED_BELOW_BP: Final = 6_000
YELLOW_BELOW_BP: Final = 8_000
"""Default lights (domain-rules 12): exactly 60 and 80 % belong to the upper class."""

SCALE: Final = 27_720
"""Least common multiple of 1…12: every share of months is a whole number of these parts."""


class Expected(NamedTuple):
    """What should be spent at a date, exactly, and what says so."""

    scaled: int
    """Fen × SCALE."""
    basis: ExpectedBasis

    @property
    def fen(self) -> int:
        """Rounded half up once."""
        return (2 * self.scaled + SCALE) // (2 * SCALE)


def execution(now: Snapshot) -> Execution:
    """Return the money figures of a project year at a date, with expectation and light."""
    year, lines, calendar, as_of = now.year, now.lines, now.calendar, now.day
    whole, adjusted, spent = now.whole, now.adjusted, now.whole.spent
    figures = money(whole)
    expected = expected_spending(year, lines, calendar, as_of) if adjusted > 0 else None
    expected_rate = ratio = None
    if expected is not None:
        expected_rate = bounded_rate_bp(expected.scaled, adjusted * SCALE)
        ratio = bounded_rate_bp(max(0, spent) * SCALE, expected.scaled)
    rate = figures.execution_rate_bp
    ahead = rate is not None and expected_rate is not None
    return unchecked(
        Execution,
        money=figures,
        lines=tuple(_line_figures(sums) for sums in lines if sums.terms is not None)[:LINES_MAX],
        expected_spent=expected.fen if expected else None,
        expected_rate_bp=expected_rate,
        expected_basis=expected.basis if expected else None,
        ratio_bp=ratio,
        # The difference of the two published figures, so that a reader can check it.
        deviation_points_bp=rate - expected_rate if ahead else None,  # type: ignore[operator]
        approved_on=approved_on(year, as_of),
        month_spent=_by_month(whole.months, calendar, as_of),
        light=execution_light(ratio),
        forecast=None,
    )


def _by_month(months: list[int], calendar: FiscalCalendar, as_of: int) -> tuple[int, ...]:
    """Net spending of the months begun; what is dated before the year counts in its first."""
    begun = max(1, calendar.month_of(as_of) + 1)
    return (months[0] + months[1], *months[2 : begun + 1])


def _line_figures(sums: LineSums) -> LineFigures:
    terms = sums.terms
    if terms is None:
        msg = f"line {sums.line} was never approved or registered"
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
        expected_spent=None,
        expected_basis=None,
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


def expected_spending(
    year: ProjectYear, lines: Sequence[LineSums], calendar: FiscalCalendar, as_of: int
) -> Expected | None:
    """Return what should be spent at a date; None where no line is to be judged (rules 2, 10).

    The project's own plan decides, else each line's plan, else months completed; where lines
    differ the figure is said to rest on the weaker basis.
    """
    plans = plans_at(year, calendar, as_of)
    whole = plans.get(NO_LINE)
    if whole is not None:
        return Expected(_planned(whole, as_of) * SCALE, ExpectedBasis.PLAN)
    completed = calendar.completed(as_of)
    scaled, basis = 0, None
    for sums in lines:
        if not sums.budgeted or (sums.terms is not None and sums.terms.undistributed):
            continue
        plan = plans.get(sums.line)
        if plan is not None:
            scaled += _planned(plan, as_of) * SCALE
            basis = basis or ExpectedBasis.PLAN
        else:
            scaled += by_months(sums, completed)
            basis = ExpectedBasis.MONTHS
    return None if basis is None else Expected(max(0, scaled), basis)


def by_months(sums: LineSums, completed: int) -> int:
    """Return fen × SCALE due by months: originals over the year, a supplement from its next."""
    supplements = sums.columns[SUPPLEMENT]
    scaled = (sums.adjusted - supplements) * completed * (SCALE // MONTHS)
    if supplements:
        for month, fen in enumerate(sums.supplements[:MONTHS]):
            if completed > month:
                scaled += fen * (completed - month) * SCALE // (MONTHS - month)
    return scaled


def plans_at(year: ProjectYear, calendar: FiscalCalendar, as_of: int) -> dict[str, PlanVersion]:
    """Return the plans that are a standard at a date, by line (NO_LINE: the whole project)."""
    by_id: dict[str, PlanVersion] = {}
    for plan in year.plans:
        known = by_id.get(plan.plan)
        if plan.day <= as_of and (known is None or _age(plan) > _age(known)):
            by_id[plan.plan] = plan
    by_line: dict[str, PlanVersion] = {}
    for plan in by_id.values():
        known = by_line.get(plan.line)
        if known is None or _age(plan) > _age(known):
            by_line[plan.line] = plan
    return {line: plan for line, plan in by_line.items() if covers_year(plan, calendar)}


def _age(plan: PlanVersion) -> tuple[int, int]:
    return plan.day, plan.sequence


def covers_year(plan: PlanVersion, calendar: FiscalCalendar) -> bool:
    """Say whether a plan's periods touch every month of the fiscal year (rule 10)."""
    touched: set[int] = set()
    for start, end, _ in plan.periods:
        if end >= calendar.starts[0] and start <= calendar.last_day:
            first = max(0, calendar.month_of(start))
            touched.update(range(first, calendar.month_of(min(end, calendar.last_day)) + 1))
    return len(touched) == MONTHS


def _planned(plan: PlanVersion, as_of: int) -> int:
    # A period counts on its last day, not in parts.
    return sum(fen for _, end, fen in plan.periods if end <= as_of)
