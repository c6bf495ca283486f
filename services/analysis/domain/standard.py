"""What should be spent at a date, and what says so: the order of standards (domain-rules 10).

Whatever the standard, it comes down to days on which money falls due: the last day of a plan's
period, the day of a contract's instalment, the last day of a month. What falls due while a
project stands still is not expected (Art. 14(2)). All is exact: whole numbers over one scale,
rounded half up once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import lcm
from typing import Final, NamedTuple

from contracts.vocabulary import ExpectedBasis
from services.analysis.domain.buckets import SUPPLEMENT
from services.analysis.domain.calendar import MONTHS, FiscalCalendar, day_of_year
from services.analysis.domain.commitments import Scheduled, schedule_of
from services.analysis.domain.figures import LineSums
from services.analysis.domain.measures import standard_at
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.standing import Span, is_stopped, stopped
from services.analysis.domain.state import NO_LINE, PlanVersion, ProjectYear

WHOLE_BP: Final = 10_000
BY_MONTHS: Final = tuple(range(MONTHS + 1))
"""Months completed, of twelve: the last standard, in the form of a profile."""
ORDER: Final = {basis: place for place, basis in enumerate(ExpectedBasis)}
"""The later, the weaker."""

Due = tuple[int, int]
"""Day (ordinal) and what falls due on it, fen × scale."""


class LinePart(NamedTuple):
    """What of the expectation is one line's."""

    fen: int
    """All lines together make the whole to the fen."""
    basis: ExpectedBasis


class Expected(NamedTuple):
    """What should be spent on a day, exactly, and what says so."""

    part: int
    """Fen × `whole`; never below nothing."""
    whole: int
    basis: ExpectedBasis
    """What it rests on; where lines differ, the weakest."""
    lines: dict[str, LinePart]
    """By judged line."""

    @property
    def fen(self) -> int:
        """Rounded half up once."""
        return (2 * self.part + self.whole) // (2 * self.whole)


@dataclass(slots=True)
class _Standard:
    """Days on which money falls due, of one line or of the whole project."""

    basis: ExpectedBasis
    dues: list[Due]
    scale: int = 1

    def by(self, day: int) -> int:
        """Return what is due by a day, fen × scale."""
        return sum([scaled for due, scaled in self.dues if due <= day])


@dataclass(slots=True)
class _Judged:
    """Lines that are judged, and by what."""

    lines: list[LineSums]
    adjusted: int
    """Their adjusted budget, fen."""
    whole: _Standard | None = None
    """Standard for the whole project; None: each line has its own."""
    each: list[_Standard] = field(default_factory=list)
    """Of each line."""


def expected_spending(now: Snapshot, on: int | None = None) -> Expected | None:
    """Return what should be spent by a day, with the facts dated by now (rules 2, 10).

    `on`: ordinal of the day, also a later one than now; None: now. None where no line with money
    is to be judged on that day: no budget, or all of it undistributed.
    """
    day = now.day if on is None else on
    judged = _judged(now, day)
    return None if judged is None else _expected(judged, day)


def planned_values(now: Snapshot) -> tuple[int, ...]:
    """Return what should be spent by each of the twelve months' ends, as known now, fen.

    It never falls, for what was planned once was planned. Empty where nothing is judged in the
    whole year.
    """
    found: list[int] = []
    judged: _Judged | None = None
    lines = -1
    for end in now.calendar.ends:
        count = len(judged_lines(now, end))
        if count != lines:
            # From its day on undistributed money is judged as well: at most once a year.
            lines, judged = count, _judged(now, end)
        expected = _expected(judged, end) if judged is not None else None
        found.append(expected.fen if expected is not None else 0)
    return tuple(accumulate(found, max)) if judged is not None else ()


def judged_lines(now: Snapshot, on: int) -> list[LineSums]:
    """Return the lines that are judged on a day: with budget, and not undistributed (rule 2)."""
    start = now.parameters.undistributed_judged_from
    all_judged = start is not None and on >= day_of_year(now.calendar, start)
    return [
        sums
        for sums in now.lines
        if sums.budgeted and (all_judged or sums.terms is None or not sums.terms.undistributed)
    ]


def _judged(now: Snapshot, on: int) -> _Judged | None:
    """Find the standard that rules; None where no money is judged."""
    lines = judged_lines(now, on)
    judged = _Judged(lines, sum([sums.adjusted for sums in lines]))
    if judged.adjusted <= 0:
        return None
    spans = stopped(now.head, now.day) if now.head.changes else []
    plans = plans_at(now.year, now.calendar, now.day) if now.year.plans else {}
    whole = plans.get(NO_LINE)
    if whole is not None:
        judged.whole = _by_plan(whole, spans)
        return judged
    unnamed = _unnamed(now)
    if len(lines) > 1 and unnamed and schedule_of(unnamed, now.calendar, now.day):
        judged.whole = _by_contract(schedule_of(now.lines, now.calendar, now.day), spans)
        return judged
    basis, profile, whole_share = _profile(now)
    for sums in lines:
        plan = plans.get(sums.line)
        if plan is not None:
            judged.each.append(_by_plan(plan, spans))
            continue
        # Where one line is judged, what names no line can only be its.
        own = [sums, *unnamed] if len(lines) == 1 else [sums]
        scheduled = schedule_of(own, now.calendar, now.day)
        if scheduled:
            judged.each.append(_by_contract(scheduled, spans))
        else:
            judged.each.append(_by_profile(sums, now.calendar, profile, whole_share, spans, basis))
    return judged


def _expected(judged: _Judged, day: int) -> Expected:
    lines = judged.lines
    if judged.whole is not None:
        basis, whole = judged.whole.basis, judged.whole.scale
        part = max(0, judged.whole.by(day))
        fen = (2 * part + whole) // (2 * whole)
        # Shared out by adjusted budget.
        scaled = [fen * sums.adjusted for sums in lines]
        shares, bases = _rounded(lines, scaled, judged.adjusted, fen), [basis] * len(lines)
    else:
        whole = lcm(*[standard.scale for standard in judged.each])
        scaled = [standard.by(day) * (whole // standard.scale) for standard in judged.each]
        part = sum(scaled)
        if part < 0:
            part, scaled = 0, [0] * len(lines)
        bases = [standard.basis for standard in judged.each]
        basis = max(bases, key=ORDER.__getitem__)
        shares = _rounded(lines, scaled, whole, (2 * part + whole) // (2 * whole))
    return Expected(
        part,
        whole,
        basis,
        {
            sums.line: LinePart(fen, own)
            for sums, fen, own in zip(lines, shares, bases, strict=True)
        },
    )


def _rounded(lines: Sequence[LineSums], scaled: Sequence[int], whole: int, total: int) -> list[int]:
    """Round parts so that they make the total: largest remainders up, ties by line id."""
    found = [part // whole for part in scaled]
    left = total - sum(found)
    if left:
        order = sorted(
            range(len(found)), key=lambda n: (found[n] * whole - scaled[n], lines[n].line)
        )
        for n in order[:left]:
            found[n] += 1
    return found


def _by_plan(plan: PlanVersion, spans: Sequence[Span]) -> _Standard:
    # A period counts on its last day, not in parts.
    dues = [
        (end, fen) for _, end, fen in plan.periods if not is_stopped(spans, end, stated=plan.day)
    ]
    return _Standard(ExpectedBasis.PLAN, dues)


def _by_contract(scheduled: Iterable[Scheduled], spans: Sequence[Span]) -> _Standard:
    dues = [
        (known.due, known.amount)
        for known in scheduled
        if not is_stopped(spans, known.due, stated=known.day)
    ]
    return _Standard(ExpectedBasis.CONTRACT, dues)


def _unnamed(now: Snapshot) -> list[LineSums]:
    """Return what names no line, if there is any: it sorts before all lines."""
    return now.lines[:1] if now.lines and now.lines[0].line == NO_LINE else []


def _profile(now: Snapshot) -> tuple[ExpectedBasis, Sequence[int], int]:
    """Return the basis of what has neither plan nor contract, its shares, what is all of it."""
    if now.jurisdiction.standards:
        year, known = now.year.fiscal_year, now.known
        project_class = known.project_class if known else None
        if project_class is not None:
            own = standard_at(now.jurisdiction, year, project_class, now.day)
            if own is not None:
                return ExpectedBasis.CLASS_PROFILE, (0, *own.months_bp), WHOLE_BP
        table = standard_at(now.jurisdiction, year, None, now.day)
        if table is not None:
            return ExpectedBasis.ASSESSMENT_TABLE, (0, *table.months_bp), WHOLE_BP
    return ExpectedBasis.MONTHS, BY_MONTHS, MONTHS


def _by_profile(
    sums: LineSums,
    calendar: FiscalCalendar,
    profile: Sequence[int],
    whole: int,
    spans: Sequence[Span],
    basis: ExpectedBasis,
) -> _Standard:
    """Spread a line's money over the months: a supplement over what is left of the year.

    `profile`: cumulative share by completed months, 0 to 12, of `whole`. A supplement approved
    when all of it is due already falls due at the year's end.
    """
    supplements = [(month, fen) for month, fen in enumerate(sums.supplements) if fen]
    scale = lcm(whole, *[whole - profile[n] for n, _ in supplements if profile[n] < whole])
    base = (sums.adjusted - sums.columns[SUPPLEMENT]) * (scale // whole)
    grows = [0] + [profile[n] - profile[n - 1] for n in range(1, MONTHS + 1)]
    amounts = [base * growth for growth in grows]
    for month, fen in supplements:
        left = whole - profile[month]
        if left <= 0:
            amounts[MONTHS] += fen * scale
            continue
        for n in range(month + 1, MONTHS + 1):
            amounts[n] += fen * grows[n] * (scale // left)
    dues = [
        (end, scaled)
        for end, scaled in zip(calendar.ends, amounts[1:], strict=True)
        if scaled and not (spans and is_stopped(spans, end))
    ]
    return _Standard(basis, dues, scale)


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
