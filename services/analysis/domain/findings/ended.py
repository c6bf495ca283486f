"""Money that moved after a project's end, or while it or its disbursing was stopped (Art. 14(2)).

What is spent is told by what stopped it; what is disbursed without being spent is one kind.
"""

from collections.abc import Iterable, Iterator

from contracts.vocabulary import FindingKind, FindingNature
from services.analysis.domain.findings.causes import Cause, Day, crossing, paid_days
from services.analysis.domain.findings.finding import Finding, named
from services.analysis.domain.money.buckets import (
    ALLOCATED,
    ALLOCATED_MARK,
    BUCKET_BITS,
    COLUMN_MASK,
    COMMITTED,
    QUOTA,
    RELEASED,
    place,
)
from services.analysis.domain.money.contract_sums import unpaid_commitments
from services.analysis.domain.money.figures import LineSums, sum_line, total
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.standing import Span, stopped
from services.analysis.domain.state import NO_LINE
from services.analysis.domain.stops import disbursing_stops

_Told = tuple[FindingKind, FindingNature]
_Key = tuple[bool, int]
"""A span: whether it is a stop of disbursing, and its first day."""


def spending_while_stopped(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    """Find what a line spent, net, on days on which its money was not to move.

    What is corrected stays where it was paid.
    """
    forbidden = _Forbidden(now, sums)
    if forbidden:
        yield from _found(sums, forbidden.told(paid_days(sums, now.day)))


def disbursing_while_stopped(now: Snapshot, lines: Iterable[LineSums]) -> Iterator[Finding]:
    """Find what was disbursed on lines, net, on such days, without being spending already."""
    for sums in lines:
        if sums.source.disbursing is None:
            continue
        forbidden = _Forbidden(now, sums)
        if not forbidden:
            continue
        parts: dict[_Told, list[Day]] = {}
        for (_, nature), part in forbidden.told(_disbursed(now, sums)).items():
            parts.setdefault((FindingKind.DISBURSED_WHILE_STOPPED, nature), []).extend(part)
        for part in parts.values():
            part.sort()
        yield from _found(sums, parts)


def _found(sums: LineSums, parts: dict[_Told, list[Day]]) -> Iterator[Finding]:
    for (kind, nature), part in parts.items():
        amount = sum(day.change for day in part)
        if amount > 0:
            yield named(kind, sums.line, crossing(part), amount, nature)


class _Forbidden:
    """Days on which a line's money is not to move, and what is said of it if it does.

    An end comes before a suspension, that before a stop of disbursing. Under procurement begun
    before a suspension or stop a person decides.
    """

    def __init__(self, now: Snapshot, sums: LineSums) -> None:
        """Look up what stops the line."""
        self._now, self._line = now, sums.line
        self._spans = stopped(now.head, now.day) if now.head.may_stand_still else []
        self._first = _first_days(self._spans)
        work = now.year.work
        self._stops = disbursing_stops(work, now.day, sums.line) if work.dispositions else []

    def __bool__(self) -> bool:
        """Say whether there may be such days."""
        return bool(self._spans or self._stops)

    def told(self, moved: Iterable[Day]) -> dict[_Told, list[Day]]:
        """Put the days on which money moved, first to last, to what is said of them.

        What comes back is taken off what went out before it in the same span alone: money of
        before that comes back meanwhile allows nothing new.
        """
        found: dict[_Told, list[Day]] = {}
        natures: dict[int, FindingNature] = {}
        levels: dict[tuple[_Told, _Key], int] = {}
        for day in moved:
            about = self._on(day.day, natures)
            if about is None:
                continue
            before = levels.get(about, 0)
            levels[about] = max(0, before + day.change)
            if levels[about] != before:
                change = levels[about] - before
                found.setdefault(about[0], []).append(day._replace(change=change))
        return found

    def _on(self, day: int, natures: dict[int, FindingNature]) -> tuple[_Told, _Key] | None:
        """Say what is told of a day, and of which span."""
        span = next((span for span in reversed(self._spans) if span.start <= day), None)
        if span is not None and span.at_fault <= day and (span.end is None or day <= span.end):
            if span.has_ended:
                told = FindingKind.SPENDING_AFTER_END, FindingNature.FINDING
                return told, (False, self._first[span.start])
            start, begun = span.start, span.begun
            key = False, self._first[start]
        else:
            stop = next((stop for stop in reversed(self._stops) if stop.start <= day), None)
            if stop is None or (stop.end is not None and day > stop.end):
                return None
            start, begun = stop.start, None
            key = True, start
        if begun is None:
            nature = natures.get(start) or natures.setdefault(start, self._nature(start))
        else:
            nature = FindingNature.FOR_REVIEW if begun else FindingNature.FINDING
        return (FindingKind.SPENDING_WHILE_SUSPENDED, nature), key

    def _nature(self, start: int) -> FindingNature:
        """Tell by contracts whether procurement had begun: a disposition does not say it.

        It had if by the day before something signed on the line, or without line, was still to
        be paid.
        """
        now, lines = self._now, self._now.year.lines
        names = sorted({self._line, NO_LINE} & lines.keys())
        signed = total(sum_line(name, lines[name], now.calendar, start - 1) for name in names)
        committed = signed.columns[COMMITTED] - signed.columns[RELEASED]
        owed = unpaid_commitments(committed, signed.spent, signed.contracts)
        return FindingNature.FOR_REVIEW if owed > 0 else FindingNature.FINDING


def _first_days(spans: Iterable[Span]) -> dict[int, int]:
    """Return by the first day of each span that of the first one which it follows at once.

    A suspension that is prolonged is one, and so is an end that is said twice.
    """
    found: dict[int, int] = {}
    last: Span | None = None
    for span in spans:
        follows = last is not None and last.has_ended == span.has_ended
        if last is not None and follows and last.end == span.start - 1:
            found[span.start] = found[last.start]
        else:
            found[span.start] = span.start
        last = span
    return found


def _disbursed(now: Snapshot, sums: LineSums) -> list[Day]:
    """List a line's days of disbursing that is not spending at once, as facts stated it."""
    source = sums.source.disbursing
    changes: dict[int, int] = {}
    marks: dict[int, int] = {}
    for bucket, value in source.flows.items() if source is not None else ():
        day, column = bucket >> BUCKET_BITS, bucket & COLUMN_MASK
        if day > now.day or (sums.at_once and column in {ALLOCATED, ALLOCATED_MARK}):
            continue
        if column in {ALLOCATED, QUOTA}:
            changes[day] = changes.get(day, 0) + value
        else:
            marks[day] = max(value, marks.get(day, 0))
    return [
        Day(day, change, Cause(day, *place(marks[day])))
        for day, change in sorted(changes.items())
        if change
    ]
