"""Spending dated after a project's end, or while it is suspended (Art. 14(2), domain-rules 18)."""

from collections.abc import Iterator

from contracts.vocabulary import FindingKind, FindingNature, ProjectState
from services.analysis.domain.findings.causes import Day, crossing, days
from services.analysis.domain.findings.finding import Finding, named
from services.analysis.domain.money.buckets import BUCKET_BITS, MOVED, MOVED_AT_ONCE
from services.analysis.domain.money.figures import LineSums
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.standing import Span, stopped


def spending_while_stopped(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    """Find what a line spent, net, on days on which its project stood still or had ended.

    A suspension counts from its first day on, an end from the day after it. Under procurement
    begun before a suspension a person decides. What is corrected stays where it was paid.
    """
    if not now.head.changes:
        return
    spans = stopped(now.head, now.day)
    if not spans:
        return
    parts: dict[tuple[FindingKind, FindingNature], list[Day]] = {}
    for day in _paid(now, sums):
        span = next((span for span in reversed(spans) if span.start <= day.day), None)
        if span is not None and (span.end is None or day.day <= span.end):
            begins = day.day == span.start and _ends(span) and not _had_ended(spans, span)
            if not begins:
                parts.setdefault(_told(span), []).append(day)
    for (kind, nature), part in parts.items():
        amount = sum(day.change for day in part)
        if amount > 0:
            yield named(kind, sums.line, crossing(part), amount, nature)


def _paid(now: Snapshot, sums: LineSums) -> Iterator[Day]:
    """List a line's days of spending but for what corrections moved: that was paid on others."""
    column = MOVED_AT_ONCE if sums.at_once else MOVED
    flows = sums.source.flows
    for day in days(sums, now.calendar, now.day, spending=1):
        change = day.change - flows.get(day.day << BUCKET_BITS | column, 0)
        if change:
            yield day._replace(change=change)


def _ends(span: Span) -> bool:
    return span.state is not ProjectState.SUSPENDED


def _had_ended(spans: list[Span], span: Span) -> bool:
    """Say whether the day before a span was after an end already."""
    return any(_ends(known) and known.end == span.start - 1 for known in spans)


def _told(span: Span) -> tuple[FindingKind, FindingNature]:
    if _ends(span):
        return FindingKind.SPENDING_AFTER_END, FindingNature.FINDING
    begun = span.change.procurement_begun
    nature = FindingNature.FOR_REVIEW if begun else FindingNature.FINDING
    return FindingKind.SPENDING_WHILE_SUSPENDED, nature
