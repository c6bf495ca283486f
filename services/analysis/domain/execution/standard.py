"""What should be spent at a date, and what says so: the order of standards (domain-rules 10).

Whatever the standard, it comes down to days on which money falls due: the last day of a plan's
period, the day of a contract's instalment, the last day of a month. What falls due while a
project stands still is not expected (Art. 14(2)). All is exact: whole numbers over one scale,
rounded half up once.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import lcm
from typing import Final, NamedTuple

from contracts.vocabulary import ExpectedBasis
from services.analysis.domain.calendar import MONTHS, FiscalCalendar, day_of_year
from services.analysis.domain.execution.plans import Planned, plans_at
from services.analysis.domain.execution.profiles import Profile, profile_at
from services.analysis.domain.money.buckets import ORIGINAL, SUPPLEMENT
from services.analysis.domain.money.commitments import Scheduled, ended_elsewhere, schedule_of
from services.analysis.domain.money.figures import LineSums
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.standing import Span, is_stopped, stopped
from services.analysis.domain.state import NO_LINE

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
    ends, start = now.calendar.ends, _judged_from(now)
    found = _planned(_judged(now, now.calendar.last_day), ends)
    if not found or start is None or start <= ends[0]:
        return found
    # Until its day undistributed money is not judged.
    before = _planned(_judged(now, start - 1), ends) or (0,) * MONTHS
    split = bisect_left(ends, start)
    return tuple(accumulate((*before[:split], *found[split:]), max))


def _planned(judged: "_Judged | None", ends: Sequence[int]) -> tuple[int, ...]:
    """Return what is due by each of these days, rounded half up; empty where nothing is judged."""
    if judged is None:
        return ()
    standards = [judged.whole] if judged.whole is not None else judged.each
    whole = lcm(*[standard.scale for standard in standards])
    # Of each month, with what falls due before the year in the first.
    parts = [0] * (len(ends) + 1)
    for standard in standards:
        times = whole // standard.scale
        for day, scaled in standard.dues:
            parts[bisect_left(ends, day)] += scaled * times
    due = accumulate(accumulate(parts[:-1]), max, initial=0)
    return tuple([(2 * part + whole) // (2 * whole) for part in due][1:])


def _lines(now: Snapshot, *, all_judged: bool) -> list[LineSums]:
    """Return the lines that are judged: with budget, and not undistributed (rule 2)."""
    return [
        sums
        for sums in now.lines
        if (_has_budget(sums) if sums.terms is None else all_judged or not sums.terms.undistributed)
    ]


def _has_budget(sums: LineSums) -> bool:
    """Say whether a line that was never approved has budget all the same: it was adjusted.

    Of one that all has left again by corrections nothing is to be judged.
    """
    return sums.budgeted and any(sums.columns[ORIGINAL:])


def _judged_from(now: Snapshot) -> int | None:
    """Return the day from which undistributed money is judged as well; None: never, or no such."""
    start = now.parameters.undistributed_judged_from
    return None if start is None else day_of_year(now.calendar, start)


def _judged(now: Snapshot, on: int) -> _Judged | None:
    """Find the standard that rules on a day; None where no money is judged."""
    start = _judged_from(now)
    all_judged = start is not None and on >= start
    if all_judged not in now.standards:
        now.standards[all_judged] = _find(now, _lines(now, all_judged=all_judged))
    found: _Judged | None = now.standards[all_judged]
    return found


def _find(now: Snapshot, lines: list[LineSums]) -> _Judged | None:
    judged = _Judged(lines, sum([sums.adjusted for sums in lines]))
    if judged.adjusted <= 0:
        return None
    spans = stopped(now.head, now.day) if now.head.may_stand_still else []
    plans = plans_at(now.year, now.calendar, now.day) if now.year.plans else {}
    whole = plans.get(NO_LINE)
    if whole is not None:
        judged.whole = _by_plan(whole, spans)
        return judged
    unnamed = _unnamed(now)
    ended = ended_elsewhere(unnamed, now.lines)
    # Every plan comes before every contract: one that names no line rules where no line has one.
    together = len(lines) > 1 and not any(sums.line in plans for sums in lines)
    if together and unnamed and schedule_of(unnamed, now.calendar, now.day, ended):
        judged.whole = _by_contract(schedule_of(now.lines, now.calendar, now.day), spans)
        return judged
    profile = profile_at(now)
    for sums in lines:
        plan = plans.get(sums.line)
        if plan is not None:
            judged.each.append(_by_plan(plan, spans))
            continue
        # Where one line is judged, what names no line can only be its.
        if len(lines) == 1:
            scheduled = schedule_of([sums, *unnamed], now.calendar, now.day, ended)
        else:
            scheduled = schedule_of([sums], now.calendar, now.day)
        if scheduled:
            judged.each.append(_by_contract(scheduled, spans))
        else:
            judged.each.append(_by_profile(sums, now.calendar, profile, spans))
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


def _by_plan(plan: Iterable[Planned], spans: Sequence[Span]) -> _Standard:
    # A period counts on its last day, not in parts.
    dues = [
        (end, fen)
        for _, end, fen, version in plan
        if not is_stopped(spans, end, stated=version.day)
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


def _by_profile(
    sums: LineSums, calendar: FiscalCalendar, profile: Profile, spans: Sequence[Span]
) -> _Standard:
    """Spread a line's money over the months: a supplement over what is left of the year.

    A supplement approved when all is due already falls due at the year's end.
    """
    whole, grows = profile.whole, profile.grows
    scale, amounts = whole, [sums.adjusted * growth for growth in grows]
    if sums.columns[SUPPLEMENT] or any(sums.supplements):
        supplements = [(month, fen) for month, fen in enumerate(sums.supplements) if fen]
        lefts = [whole - profile.shares[month] for month, _ in supplements]
        scale = lcm(whole, *[left for left in lefts if left > 0])
        base = (sums.adjusted - sums.columns[SUPPLEMENT]) * (scale // whole)
        amounts = [base * growth for growth in grows]
        for (month, fen), left in zip(supplements, lefts, strict=True):
            if left <= 0:
                amounts[-1] += fen * scale
                continue
            each = fen * (scale // left)
            for n in range(month, MONTHS):
                amounts[n] += each * grows[n]
    dues = list(zip(calendar.ends, amounts, strict=True))
    if spans:
        dues = [due for due in dues if not is_stopped(spans, due[0])]
    return _Standard(profile.basis, dues, scale)
