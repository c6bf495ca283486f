"""Spending above what was disbursed, and above what was planned (domain-rules 1, 17e)."""

from collections.abc import Iterable, Iterator
from typing import Final

from contracts.vocabulary import Channel, ControlMode, FindingKind
from services.analysis.domain.findings.causes import Cause, Day, days, last_mark
from services.analysis.domain.findings.finding import Finding, named
from services.analysis.domain.money.buckets import (
    ALLOCATED,
    BUCKET_BITS,
    COLUMN_MASK,
    MONEY_MARK,
)
from services.analysis.domain.money.figures import SPENT_SIGNS, LineSums, disbursed
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import NO_LINE, PlanVersion

_COLUMNS: Final = COLUMN_MASK + 1


def above_disbursement(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    """Find an allocation line that spent more than was disbursed on it (domain-rules 1).

    Not applicable on other lines, where an allocation is expenditure at once, and as long as no
    allocation on the line is recorded.
    """
    terms = sums.terms
    if terms is None or terms.channel is not Channel.ALLOCATION or sums.at_once:
        return
    excess = sums.spent - sums.disbursed
    if excess > 0 and sums.columns[ALLOCATED] > 0:
        cause = _excess_begins(sums, now.day)
        yield named(FindingKind.ABOVE_DISBURSEMENT, sums.line, cause, excess)


def _excess_begins(sums: LineSums, as_of: int) -> Cause:
    """Return the last entry of the day on which spending last went above what was disbursed."""
    by_day: dict[int, list[tuple[int, int]]] = {}
    for bucket, value in sums.source.flows.items():
        day, column = bucket >> BUCKET_BITS, bucket & COLUMN_MASK
        if 0 < day <= as_of and column < MONEY_MARK:
            by_day.setdefault(day, []).append((column, value))
    columns, above, found = [0] * _COLUMNS, False, 0
    for day in sorted(by_day):
        for column, value in by_day[day]:
            columns[column] += value
        before, above = above, _excess(columns) > 0 and columns[ALLOCATED] > 0
        if above and not before:
            found = day
    return last_mark(sums, found)


def _excess(columns: list[int]) -> int:
    spent = sum(sign * columns[column] for column, sign in enumerate(SPENT_SIGNS))
    return spent - disbursed(columns)


def above_plan(now: Snapshot) -> Iterator[Finding]:
    """Find spending above the plan periods begun, where plans limit payments (domain-rules 17e).

    A line is held to its own plan, the whole project to a plan for all of it. Once the year has
    any plan, a budgeted line without one, in a project without a plan for all of it, may spend
    nothing; before that nothing says what the limit is. Spending without budget is a finding of
    its own.
    """
    if now.known is None or now.known.control_mode is not ControlMode.ALLOTMENT_AND_PLAN:
        return
    plans = sorted(
        (plan for plan in now.year.plans if plan.day <= now.day),
        key=lambda plan: (plan.day, plan.sequence),
    )
    if not plans:
        return
    by_line: dict[str, list[PlanVersion]] = {}
    for plan in plans:
        by_line.setdefault(plan.line, []).append(plan)
    whole = by_line.get(NO_LINE)
    if whole:
        spent = [day for sums in now.lines for day in days(sums, now.calendar, now.day, spending=1)]
        yield from _held_to(whole, whole[-1].plan, spent, now.day)
    for sums in now.lines:
        held_to = by_line.get(sums.line) if whole else by_line.get(sums.line, plans)
        if sums.line != NO_LINE and sums.budgeted and held_to and sums.spent > 0:
            spent = days(sums, now.calendar, now.day, spending=1)
            yield from _held_to(held_to, sums.line, spent, now.day, sums.line)


def _held_to(
    plans: list[PlanVersion], subject: str, spent: Iterable[Day], as_of: int, line: str = NO_LINE
) -> Iterator[Finding]:
    """Compare spending with the plan in force day by day; plans of other lines allow nothing."""
    by_day: dict[int, list[Day]] = {}
    for part in spent:
        by_day.setdefault(part.day, []).append(part)
    total, excess, cause = 0, 0, None
    for day in sorted({*by_day, *(plan.day for plan in plans), *_begins(plans, as_of)}):
        if day > as_of:
            break
        today = by_day.get(day, [])
        change = sum(part.change for part in today)
        total += change
        in_force = _in_force(plans, day)
        before, excess = excess, 0 if in_force is None else total - _allowed(in_force, day, line)
        if excess > 0 >= before:
            cause = _cause(today, in_force, change)
    if excess > 0 and cause is not None:
        yield named(FindingKind.ABOVE_PLAN, subject, cause, excess)


def _begins(plans: Iterable[PlanVersion], as_of: int) -> Iterator[int]:
    return (start for plan in plans for start, _, _ in plan.periods if start <= as_of)


def _in_force(plans: list[PlanVersion], day: int) -> PlanVersion | None:
    """Return the latest plan stated by a day; `plans` by (day, sequence)."""
    return next((plan for plan in reversed(plans) if plan.day <= day), None)


def _allowed(plan: PlanVersion, day: int, line: str) -> int:
    if plan.line != line:
        return 0
    return sum(fen for start, _, fen in plan.periods if start <= day)


def _cause(today: list[Day], plan: PlanVersion | None, change: int) -> Cause:
    """Return the day's last payment; if spending did not rise, the plan brought it about."""
    if change > 0 or plan is None:
        return max(part.cause for part in today if part.change > 0)
    return Cause(plan.day, plan.sequence, plan.position)
