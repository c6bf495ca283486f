"""When an indicator is due, and what is expected of it at a date (domain-rules 14, 15)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from contracts.vocabulary import (
    Accumulation,
    IndicatorBehaviour,
    IndicatorDirection,
    ValueKind,
)
from services.analysis.domain.calendar import MONTHS, FiscalCalendar, day_of_year
from services.analysis.domain.numbers import micro
from services.analysis.domain.standing import Span, is_stopped
from services.analysis.domain.state import Report, TargetTerms

# Tuples, not sets: an enum's hash is slow, identity is not.
NUMERIC: Final = (ValueKind.NUMBER, ValueKind.RANGE)


class Pause(NamedTuple):
    """Days on which nothing falls due, because the project stood still (Art. 14(2))."""

    spans: Sequence[Span] = ()
    stated: int = 0
    """Day on which the target was stated: one stated while the project stood still knew of it."""

    def holds(self, day: int) -> bool:
        """Say whether what falls due on a day is not expected."""
        return is_stopped(self.spans, day, stated=self.stated)


NO_PAUSE: Final = Pause()


class Expectation(NamedTuple):
    """What a number has to be at a date: millionths ÷ `whole`; upper bound for ranges only."""

    value: int
    upper: int | None
    whole: int


def asked_days(calendar: FiscalCalendar, cut_offs: Iterable[tuple[str, int]]) -> list[int]:
    """Return the ordinals of a year's cut-offs (MM-DD, each with the day since which it holds).

    Of what was over when parameters first named it nobody could have known.
    """
    days = ((day_of_year(calendar, text), since) for text, since in cut_offs)
    return [day for day, since in days if since <= day]


def due_days(
    terms: TargetTerms, calendar: FiscalCalendar, asked: Iterable[int] = (), known_from: int = 0
) -> list[int]:
    """Return the ordinals at which an indicator is due, ascending.

    Without dates of its own it is due at the year's end, a quantity also at each cut-off of the
    jurisdiction (`asked`) from the day on which it was first promised (`known_from`); a date
    target on the date it promises.
    """
    if not _is_by_default(terms):
        return sorted({*terms.due, *(day for day, _ in terms.stages)})
    if terms.value_kind is ValueKind.DATE and terms.target_day is not None:
        return [min(terms.target_day, calendar.last_day)]
    if terms.behaviour is not IndicatorBehaviour.PROGRESS:
        return [calendar.last_day]
    return sorted({*(day for day in asked if known_from <= day), calendar.last_day})


def promised_days(terms: TargetTerms, dues: list[int]) -> list[int]:
    """Return the due days on which the whole target is promised, unless it grows by months.

    By cut-offs alone nobody promised for July what is reached once, or at some point in time: at
    them it is reported, at the year's end it is due whole.
    """
    if _is_by_default(terms) and terms.accumulation is not Accumulation.PER_PERIOD:
        return dues[-1:]
    return dues


def _is_by_default(terms: TargetTerms) -> bool:
    """Say whether an indicator names no date of its own (domain-rules 14)."""
    return not terms.due and not terms.stages


def last_due(dues: list[int], as_of: int, pause: Pause = NO_PAUSE) -> int | None:
    """Return the last due day reached on which something was expected."""
    reached = bisect_right(dues, as_of)
    if not pause.spans:
        return dues[reached - 1] if reached else None
    return next((due for due in reversed(dues[:reached]) if not pause.holds(due)), None)


def next_due(dues: list[int], as_of: int, pause: Pause = NO_PAUSE) -> int | None:
    """Return the first due day after a date on which something will be expected."""
    reached = bisect_right(dues, as_of)
    if not pause.spans:
        return dues[reached] if reached < len(dues) else None
    return next((due for due in dues[reached:] if not pause.holds(due)), None)


def missing_due(
    terms: TargetTerms, reports: list[Report], dues: list[int], as_of: int, pause: Pause = NO_PAUSE
) -> int | None:
    """Return the last due day reached, if no result answers it (domain-rules 16).

    A result answers it that names it, or stands for a day of the period that ends with it;
    where values go on from period to period, one for a later day does too.
    """
    due = last_due(dues, as_of, pause)
    if due is None:
        return None
    place = dues.index(due)
    after = dues[place - 1] if place else 0
    goes_on = terms.accumulation is not Accumulation.PER_PERIOD
    answered = any(
        report.day <= as_of and (_answers(report, after, due) or (goes_on and report.day > after))
        for report in reports
    )
    return None if answered else due


def expectation(
    terms: TargetTerms,
    dues: list[int],
    calendar: FiscalCalendar,
    as_of: int,
    pause: Pause = NO_PAUSE,
) -> Expectation | None:
    """Return what a numeric target expects at a date; None where nothing is due yet.

    What falls due while the project stands still is not expected: neither a stage target nor a
    month's share.
    """
    if terms.target is None:
        return None
    full = micro(terms.target)
    upper = micro(terms.target_upper) if terms.target_upper is not None else None
    if terms.stages:
        reached = [
            value
            for day, value in _stages(terms, calendar)
            if day <= as_of and not pause.holds(day)
        ]
        return Expectation(micro(reached[-1]), upper, 1) if reached else None
    if terms.accumulation is not Accumulation.CUMULATIVE:
        due = last_due(promised_days(terms, dues), as_of, pause)
        return Expectation(full, upper, 1) if due is not None else None
    completed = calendar.completed(as_of)
    if pause.spans:
        completed -= sum(pause.holds(end) for end in calendar.ends[:completed])
    if completed == 0:
        return None
    if completed == MONTHS:
        return Expectation(full, upper, 1)
    scaled_upper = None if upper is None else upper * completed
    return Expectation(full * completed, scaled_upper, MONTHS)


def _stages(terms: TargetTerms, calendar: FiscalCalendar) -> list[tuple[int, str]]:
    """The stage targets, then the full target at the due days after the last stage."""
    full = terms.target
    last_stage = terms.stages[-1][0]
    after = [day for day in terms.due if day > last_stage]
    if not after and last_stage < calendar.last_day:
        after = [calendar.last_day]
    return [*terms.stages, *((day, full) for day in after if full is not None)]


def report_at(
    terms: TargetTerms, reports: list[Report], dues: list[int], as_of: int, pause: Pause = NO_PAUSE
) -> Report | None:
    """Return the result that counts at a date; None: unmeasured.

    Of a per-period indicator it is the one that answers the last due day reached: stated for
    it, or standing for a day of the period that ends with it. One that fell due while the project
    stood still counts if it was answered all the same.
    """
    known = [report for report in reports if report.day <= as_of]
    if terms.accumulation is not Accumulation.PER_PERIOD:
        return latest(known)
    for place in reversed(range(bisect_right(dues, as_of))):
        due, after = dues[place], dues[place - 1] if place else 0
        found = latest([report for report in known if _answers(report, after, due)])
        if found is not None or not pause.holds(due):
            return found
    return latest(known)


def _answers(report: Report, after: int, due: int) -> bool:
    """Say whether a result is that of the period that ends with a due day."""
    return report.due == due or (report.due is None and after < report.day <= due)


def held_at(reports: list[Report], as_of: int) -> list[Report]:
    """Return the results that hold at a date: of one day and due date the last not taken back."""
    if all(report.withdrawn is None for report in reports):
        return reports
    held = (_held_at(report, as_of) for report in reports)
    return [report for report in held if report is not None]


def _held_at(last: Report, as_of: int) -> Report | None:
    for report in (last, *reversed(last.earlier)):
        if report.withdrawn is None or report.withdrawn > as_of:
            return report
    return None


def latest(reports: list[Report]) -> Report | None:
    """Return the result of the last day, of that the last entry."""
    if len(reports) == 1:
        return reports[0]
    return max(reports, key=lambda report: (report.day, report.sequence), default=None)


def range_bounds(
    direction: IndicatorDirection, value: int, upper: int | None
) -> tuple[int | None, int | None]:
    """Return the least and the greatest value that meets a target; None: unbounded."""
    match direction:
        case IndicatorDirection.AT_LEAST:
            return value, None
        case IndicatorDirection.AT_MOST:
            return None, value
        case IndicatorDirection.EQUAL:
            return value, value
        case IndicatorDirection.RANGE:
            return value, upper


def meets_day(terms: TargetTerms, actual: int) -> bool:
    """Say whether a date meets a date target: by that day, or of `equal` on it.

    What is promised for a day is a deadline 时效, whatever direction stands beside it: numbers
    have `at_least` by default, and nobody promises not to be done before.
    """
    target = terms.target_day
    if target is None:
        return False
    return actual == target if terms.direction is IndicatorDirection.EQUAL else actual <= target
