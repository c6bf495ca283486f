"""Findings on how a project goes about its money: plan, disbursement, state, assets, rush."""

import datetime as dt
from collections.abc import Iterable, Sequence
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
    yield from _in_spans(case, "spending_after_end", "finding")
    for nature in ("finding", "for_review"):
        yield from _in_spans(case, "spending_while_suspended", nature)
    yield from _assets(case)
    yield from _rush(case)


def _above_plan(case: Case) -> Iterable[Finding]:
    """Spending above the periods begun of a plan (domain-rules 17e).

    A plan for the whole project limits all spending, a plan for a line that line's;
    a line without one has nothing to spend once the year has any plan, unless that is for all.
    """
    plans = case.of_kind("spending_plan.approved")
    if not plans:
        return
    starts = {day(period["start"]) for fact in plans for period in fact.data["periods"]}
    days = {date for date in starts if date <= case.as_of}
    of_line = {name: of for name, of in case.book.entries.items() if name in case.book.lines}
    everything = [entry for of in case.book.entries.values() for entry in of]
    for line, entries in [(None, everything), *of_line.items()]:
        spent = [entry for entry in entries if entry.change.spent]
        own = [fact for fact in plans if fact.line in {None, line}]
        stated = [Entry(fact, Sums()) for fact in (own or plans)]
        total = sum(entry.change.spent for entry in spent)

        def holds(sums: Sums, date: dt.date, line: str | None = line) -> bool:
            limit = _begun(plans, line, date)
            return limit is not None and sums.spent > limit

        entry = brought_about([*spent, *stated], holds, days)
        limit = _begun(plans, line, case.as_of)
        if entry and limit is not None:
            subject = line or plans_in_force(plans)[None].data["plan"]
            yield finding("above_plan", subject, total - limit, entry)


def _begun(plans: Sequence[Fact], line: str | None, date: dt.date) -> int | None:
    """Give what may be spent by a day of a line (None: of all); None where nothing limits it."""
    known = plans_in_force(fact for fact in plans if fact.date <= date)
    if line not in known:
        return 0 if line is not None and known and None not in known else None
    periods = known[line].data["periods"]
    return sum(fen(part["amount"]) for part in periods if day(part["start"]) <= date)


def _above_disbursement(case: Case) -> Iterable[Finding]:
    """Only of allocation lines with a recorded disbursement (domain-rules 1)."""
    for line, data in case.book.lines.items():
        if data.get("channel") != "allocation" or data.get("allocation_is_expenditure"):
            continue
        sums = case.book.sums[line]
        entry = brought_about(
            [e for e in case.book.entries[line] if e.change.spent or _disburses(e.change)],
            lambda sums, _: sums.allocations > 0 and sums.spent > sums.disbursed,
        )
        if entry:
            yield finding("above_disbursement", line, sums.spent - sums.disbursed, entry)


def _disburses(change: Sums) -> bool:
    return bool(change.direct or change.quota or change.authorised)


def _in_spans(case: Case, kind: str, nature: str) -> Iterable[Finding]:
    """Net spending per line dated while a state holds; the day a project ends is not after it.

    What a correction moves later was not spent later: a payment counts on its own day.
    """
    by_line: dict[str | None, list[Entry]] = {}
    ever = any(_counts(span, dt.date.max, kind, nature) for span in case.states.spans)
    for line, entry in case.spending() if ever else ():
        span = case.states.at(entry.fact.date)
        if _counts(span, entry.fact.date, kind, nature):
            counted = Entry(entry.fact, Sums(spent=entry.change.spent))
            by_line.setdefault(line, []).append(counted)
    for line, entries in by_line.items():
        cause = brought_about(entries, lambda sums, _: sums.spent > 0)
        if cause:
            amount = sum(entry.change.spent for entry in entries)
            yield finding(kind, line or f"entry:{cause.sequence}", amount, cause, nature)


def _counts(span: Span, date: dt.date, kind: str, nature: str) -> bool:
    if kind == "spending_after_end":
        return span.state in ENDED and span.start < date
    begun = bool(span.change and span.change.data.get("procurement_begun"))
    return span.state == "suspended" and begun == (nature == "for_review")


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
    """The last month's share of the year's spending is large, once it is over."""
    if case.as_of < case.year.end:
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
        yield finding("year_end_rush", f"year:{case.year.year}", last, cause)
