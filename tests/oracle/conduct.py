"""Findings on how a project goes about its money: plan, disbursement, state, assets, rush."""

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from itertools import groupby

from tests.oracle.book import Entry, Sums
from tests.oracle.case import Case, Finding, brought_about, finding
from tests.oracle.dates import MONTHS, day
from tests.oracle.exact import fen, half_up, rate_bp
from tests.oracle.expected import plans_in_force
from tests.oracle.facts import Fact
from tests.oracle.state import ENDED, Span


def conduct(case: Case) -> Iterable[Finding]:
    """Give all findings of this kind."""
    if case.registration.get("control_mode") == "allotment_and_plan":
        yield from _above_plan(case)
    yield from _above_disbursement(case)
    for span in case.states.spans:
        if span.state in ENDED:
            yield from _in_span(case, span, "spending_after_end", None)
        elif span.state == "suspended" and span.change:
            begun = span.change.data.get("procurement_begun")
            nature = "for_review" if begun else "finding"
            yield from _in_span(case, span, "spending_while_suspended", nature)
    yield from _assets(case)
    yield from _rush(case)


def _above_plan(case: Case) -> Iterable[Finding]:
    """Spending above the periods begun of a plan (domain-rules 17e).

    A plan for the whole project limits all spending, a plan for a line that line's.
    """
    plans = case.of_kind("spending_plan.approved")
    for line, plan in plans_in_force(plans).items():
        of_line = [fact for fact in plans if fact.line == line]
        entries = [entry for name, of in case.book.entries.items() for entry in of
                   if line in {None, name}]  # fmt: skip
        entries += [Entry(fact, Sums()) for fact in of_line]
        starts = {day(period["start"]) for fact in of_line for period in fact.data["periods"]}

        def holds(sums: Sums, date: dt.date, line: str | None = line) -> bool:
            known = plans_in_force(fact for fact in plans if fact.date <= date)
            return line in known and sums.spent > _begun(known[line], date)

        entry = brought_about(entries, holds, {d for d in starts if d <= case.as_of})
        if entry:
            spent = case.book.total.spent if line is None else case.book.sums[line].spent
            amount = spent - _begun(plan, case.as_of)
            yield finding("above_plan", line or plan.data["plan"], amount, entry)


def _begun(plan: Fact, date: dt.date) -> int:
    return sum(fen(part["amount"]) for part in plan.data["periods"] if day(part["start"]) <= date)


def _above_disbursement(case: Case) -> Iterable[Finding]:
    """Only of allocation lines with a recorded disbursement (domain-rules 1)."""
    for line, data in case.book.lines.items():
        sums = case.book.sums[line]
        if data.get("channel") != "allocation" or sums.spent <= sums.disbursed:
            continue
        entry = brought_about(
            case.book.entries[line],
            lambda sums, _: sums.allocations > 0 and sums.spent > sums.disbursed,
        )
        if entry:
            yield finding("above_disbursement", line, sums.spent - sums.disbursed, entry)


def _in_span(case: Case, span: Span, kind: str, nature: str | None) -> Iterable[Finding]:
    """Net spending per line dated while a state holds; the day a project ends is not after it."""
    by_line: dict[str, list[Entry]] = {}
    for line, entry in case.spending():
        since = span.start < entry.fact.date or (
            span.start == entry.fact.date and span.state not in ENDED
        )
        if since and entry.fact.date <= span.end:
            name = line or f"entry:{entry.fact.sequence}"
            by_line.setdefault(name, []).append(Entry(entry.fact, Sums(spent=entry.change.spent)))
    for name, entries in by_line.items():
        cause = brought_about(entries, lambda sums, _: sums.spent > 0)
        if cause:
            amount = sum(entry.change.spent for entry in entries)
            yield finding(kind, name, amount, cause, nature)


def _assets(case: Case) -> Iterable[Finding]:
    """What an asset cost above what the standard allows, in price and in number."""
    cards = {fact.data["asset"]: fact for fact in case.of_kind("asset.acquired")}
    for asset, fact in cards.items():
        quantity = fact.data.get("quantity", 1)
        each, count = Fraction(fact.amount, quantity), quantity
        if fact.data.get("standard_amount") is not None:
            each = min(each, Fraction(fen(fact.data["standard_amount"])))
        if fact.data.get("standard_quantity") is not None:
            count = min(count, fact.data["standard_quantity"])
        above = fact.amount - each * count
        if above > 0:
            yield finding("asset_above_standard", asset, half_up(above), fact)


def _rush(case: Case) -> Iterable[Finding]:
    """The last month's share of the year's spending is large (thresholds: late rush)."""
    if case.as_of <= case.year.month_ends[-2]:
        return
    limit = case.setting.parameters["rush_share_bp"]
    whole = last = 0
    cause: Fact | None = None
    held = False
    for _, of_day in groupby(case.spending(), key=lambda one: one[1].fact.date):
        entries = [entry for _, entry in of_day]
        for entry in entries:
            whole += entry.change.spent
            in_last = case.year.month_of(entry.fact.date) == MONTHS - 1
            last += entry.change.spent if in_last else 0
        now = whole > 0 and (rate_bp(max(0, last), whole) or 0) > limit
        cause = entries[-1].fact if now and not held else cause
        held = now
    if held and cause:
        yield finding("year_end_rush", case.subject, last, cause)
