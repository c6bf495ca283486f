"""Findings on how a project goes about its money: plan, disbursement, state, assets, rush."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Final

from tests.oracle.book import Entry, Sums
from tests.oracle.case import Case, Finding, brought_about, finding
from tests.oracle.dates import MONTHS, day
from tests.oracle.exact import fen, half_up, rate_bp
from tests.oracle.facts import Fact
from tests.oracle.plans import PLAN, plans_in_force, versions_in_force
from tests.oracle.stops import AFTER_END, Forbidden, Line, stops_of

CORRECTION: Final = "fact.corrected"


def conduct(case: Case) -> Iterable[Finding]:
    """Give all findings of this kind."""
    if case.registration.get("control_mode") == "allotment_and_plan":
        yield from _above_plan(case)
    yield from _above_disbursement(case)
    yield from _while_stopped(case)
    yield from _assets(case)
    yield from _rush(case)


def _above_plan(case: Case) -> Iterable[Finding]:
    """Spending above the periods begun of a plan (domain-rules 17e).

    A plan for the whole project limits all spending, a plan for a line that line's;
    a line without one has nothing to spend once the year has any plan, unless that is for all.
    """
    plans = case.of_kind(PLAN)
    if not plans:
        return
    begun = {day(period["start"]) for fact in plans for period in fact.data["periods"]}
    days = {fact.date for fact in plans} | {date for date in begun if date <= case.as_of}
    of_line = {name: of for name, of in case.book.entries.items() if case.book.is_budgeted(name)}
    everything = [entry for of in case.book.entries.values() for entry in of]
    for line, entries in [(None, everything), *of_line.items()]:
        spent = sorted((e for e in entries if e.change.spent), key=lambda e: e.fact.place)
        dates = sorted(days | {entry.fact.date for entry in spent})
        since, above = _above_since(dates, spent, plans, line)
        if since is not None:
            whole = [fact for fact in versions_in_force(plans) if fact.line is None]
            subject = line or whole[-1].data["plan"]
            held = {name: of for name, of in case.book.entries.items() if line in {None, name}}
            yield finding("above_plan", subject, above, _plan_cause(held, plans, line, since))


def _above_since(
    dates: Iterable[dt.date], spent: Sequence[Entry], plans: Sequence[Fact], line: str | None
) -> tuple[dt.date | None, int]:
    """Give the day since which spending is above the plan (None: it is not), and by how much."""
    since: dt.date | None = None
    total = above = counted = 0
    for date in dates:
        while counted < len(spent) and spent[counted].fact.date <= date:
            total += spent[counted].change.spent
            counted += 1
        limit = _begun(plans, line, date)
        above = 0 if limit is None else total - limit
        if above <= 0:
            since = None
        elif since is None:
            since = date
    return since, above


def _plan_cause(
    held: Mapping[str | None, Sequence[Entry]],
    plans: Sequence[Fact],
    line: str | None,
    date: dt.date,
) -> Fact:
    """Give the payment that crossed the limit, or the plan that put it below what was spent.

    Payments come first, of the lines on which spending rose, if it rose in all that is `held` to
    the plan: be a plan stated on that day as well or not.
    """
    of_day = {
        name: [entry for entry in of if entry.fact.date == date and entry.change.spent]
        for name, of in held.items()
    }
    rose = {name: sum(entry.change.spent for entry in of) for name, of in of_day.items()}
    if sum(rose.values()) > 0:
        return max(entry.fact for name, of in of_day.items() if rose[name] > 0 for entry in of)
    in_force = versions_in_force(fact for fact in plans if fact.date <= date)
    own = [fact for fact in in_force if fact.line == line] or in_force
    # Where a plan went to another line, what is left of this one's is below what was spent.
    return own[-1]


def _begun(plans: Sequence[Fact], line: str | None, date: dt.date) -> int | None:
    """Give what may be spent by a day of a line (None: of all); None where nothing limits it."""
    known = plans_in_force(fact for fact in plans if fact.date <= date)
    if line not in known:
        return 0 if line is not None and known and None not in known else None
    return sum(period.amount for period in known[line] if period.start <= date)


def _above_disbursement(case: Case) -> Iterable[Finding]:
    """Only of allocation lines with a recorded disbursement (domain-rules 1)."""
    for line, data in case.book.lines.items():
        if data.get("channel") != "allocation" or data.get("allocation_is_expenditure"):
            continue
        sums = case.book.sums[line]
        entry = brought_about(
            [e for e in case.book.entries[line] if e.change.spent or _disburses(e.change)],
            lambda sums, _: sums.allocations > 0 and _of_treasury(sums) > sums.disbursed,
        )
        if entry:
            above = _of_treasury(sums) - sums.disbursed
            yield finding("above_disbursement", line, above, entry)


def _of_treasury(sums: Sums) -> int:
    """What was spent, without own funds: nobody disbursed those."""
    return sums.spent - sums.own_funds


def _disburses(change: Sums) -> bool:
    """Whether anything was disbursed, or returned, but for what was spent at once."""
    return bool(change.given or change.quota)


def _while_stopped(case: Case) -> Iterable[Finding]:
    """Net spending and disbursing per line on days on which money was not to move.

    What a correction moves later was not spent later: a payment counts on its own day. What comes
    back is taken off only what went out before it within the same days in a row.
    """
    stops = stops_of(case.facts)
    if not stops and all(span.state == "active" for span in case.states.spans):
        return
    moved: dict[tuple[str, str | None, str], list[tuple[Forbidden, Fact, int]]] = {}
    lines: dict[str | None, Line] = {}
    for line, entry in case.moving():
        if line not in lines:
            lines[line] = Line(line, case.book, case.states, stops)
        forbidden = lines[line].forbids(entry.fact.date)
        if forbidden is None:
            continue
        if not entry.change.spent:
            kind, amount = "disbursed_while_stopped", entry.change.given + entry.change.quota
        else:
            amount = entry.change.spent
            ended = forbidden.cause == AFTER_END
            kind = "spending_after_end" if ended else "spending_while_suspended"
        of_kind = moved.setdefault((kind, line, forbidden.nature), [])
        of_kind.append((forbidden, entry.fact, amount))
    for (kind, line, nature), movements in moved.items():
        amount, cause = _gone_out(movements)
        if cause:
            yield finding(kind, line or f"entry:{cause.sequence}", amount, cause, nature)


def _gone_out(movements: Iterable[tuple[Forbidden, Fact, int]]) -> tuple[int, Fact | None]:
    """Give what went out in all days in a row, and the last entry of the day since which it did.

    Money of one day has no order; the sum of days in a row is never below zero.
    """
    sums: dict[tuple[str, dt.date], int] = {}
    whole, cause = 0, None
    for _, of_day in groupby(movements, key=lambda one: one[1].date):
        entries = list(of_day)
        forbidden = entries[0][0]
        span = forbidden.cause, forbidden.first
        net = sum(amount for _, _, amount in entries)
        sums[span] = max(0, sums.get(span, 0) + net)
        before, whole = whole, sum(sums.values())
        if whole <= 0:
            cause = None
        elif before <= 0:
            cause = entries[-1][1]
    return whole, cause


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
    spending = [
        (line, entry)
        for line, of_line in case.book.entries.items()
        for entry in of_line
        if entry.change.spent
    ]
    spending.sort(key=lambda one: one[1].fact.place)
    for date, of_day in groupby(spending, key=lambda one: one[1].fact.date):
        moved = list(of_day)
        entries = [entry for _, entry in moved]
        # What a correction moves is not spent again: it takes from one line and gives to another.
        spent = sum(entry.change.spent for entry in entries)
        whole += spent
        last += spent if case.year.month_of(date) == MONTHS - 1 else 0
        # Judged at the year's end alone: on the way less than nothing may have been spent in all.
        now = last > 0 and (whole <= 0 or (rate_bp(last, whole) or 0) > limit)
        if now and not held:
            cause = _rush_cause(moved)
        held = now
    if held and cause and whole > 0:
        yield finding("year_end_rush", f"year:{case.year.year}", last, cause)


def _rush_cause(of_day: Sequence[tuple[str | None, Entry]]) -> Fact:
    """Give the day's last payment or return, of any line; a correction where they changed nothing.

    Then it is the last one that itself changes what counts as spending.
    """
    paid = [(line, entry) for line, entry in of_day if entry.fact.kind != CORRECTION]
    net: dict[str | None, int] = {}
    for line, entry in paid:
        net[line] = net.get(line, 0) + entry.change.spent
    if any(net.values()):
        return paid[-1][1].fact
    changed: dict[Fact, int] = {}
    for _, entry in of_day:
        if entry.fact.kind == CORRECTION:
            changed[entry.fact] = changed.get(entry.fact, 0) + entry.change.spent
    return max(fact for fact, amount in changed.items() if amount)
