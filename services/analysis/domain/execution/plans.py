"""Spending plans: which of them is a standard at a date (domain-rules 10)."""

from services.analysis.domain.calendar import MONTHS, FiscalCalendar
from services.analysis.domain.state import PlanVersion, ProjectYear


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
