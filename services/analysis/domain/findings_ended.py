"""Spending dated after a project's end, or while it is suspended (Art. 14(2), domain-rules 18)."""

from collections.abc import Iterator

from contracts.vocabulary import FindingKind, FindingNature, ProjectState
from services.analysis.domain.causes import Day, crossing, days
from services.analysis.domain.figures import LineSums
from services.analysis.domain.finding import Finding, named
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.standing import Span, stopped


def spending_while_stopped(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    """Find what a line spent, net, on days on which its project stood still or had ended.

    A suspension counts from its first day on, an end from the day after it. Under procurement
    begun before a suspension a person decides.
    """
    if not now.head.changes:
        return
    spans = [span for span in stopped(now.head) if span.start <= now.day]
    if not spans:
        return
    spent = days(sums, now.calendar, now.day, spending=1)
    parts: dict[tuple[FindingKind, FindingNature], list[Day]] = {}
    for day in spent:
        told = next((_told(span) for span in spans if _holds(span, day.day)), None)
        if told is not None:
            parts.setdefault(told, []).append(day)
    for (kind, nature), part in parts.items():
        amount = sum(day.change for day in part)
        if amount > 0:
            yield named(kind, sums.line, crossing(part), amount, nature)


def _told(span: Span) -> tuple[FindingKind, FindingNature]:
    if span.state is not ProjectState.SUSPENDED:
        return FindingKind.SPENDING_AFTER_END, FindingNature.FINDING
    begun = span.change.procurement_begun
    nature = FindingNature.FOR_REVIEW if begun else FindingNature.FINDING
    return FindingKind.SPENDING_WHILE_SUSPENDED, nature


def _holds(span: Span, day: int) -> bool:
    first = span.start if span.state is ProjectState.SUSPENDED else span.start + 1
    return first <= day and (span.end is None or day <= span.end)
