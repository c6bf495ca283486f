"""疑点: payments for review, never called a violation (domain-rules 17d).

Batch vouchers, payments of pay and of subsidies to persons, and everything of subsidy projects
are passed over, except by the year's rush, which no single payment makes.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from contracts.events.intake import ExpenditureRecorded
from contracts.vocabulary import FindingKind, ProjectClass
from services.analysis.domain.calendar import MONTHS
from services.analysis.domain.findings.causes import Cause, Day, days, paid_days, turned_days
from services.analysis.domain.findings.finding import Finding, nature_of
from services.analysis.domain.folding.payments import charged_to, is_pay, payee_of, turned
from services.analysis.domain.money.terms import terms_at
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import LineTerms, Paid

_WHOLE_BP: Final = 10_000


def suspicions(now: Snapshot) -> Iterator[Finding]:
    """Find payments that look like duplicates, splits and round sums."""
    if now.known is not None and now.known.project_class is ProjectClass.SUBSIDY:
        return
    payments = now.year.payments
    for groups in (payments.recent, payments.kept):
        for day, by_payee in groups.items():
            if day <= now.day:
                yield from _of_a_day(now, by_payee)
    for paid in payments.rounds:
        if paid.amount < now.parameters.round_from:
            break
        yield from _round(now, paid)


def suspicions_about(now: Snapshot, data: ExpenditureRecorded, sequence: int) -> list[Finding]:
    """Find what a payment, just remembered, can have brought about: that of its payee and day."""
    if now.known is not None and now.known.project_class is ProjectClass.SUBSIDY:
        return []
    payments, day, payee = now.year.payments, data.date.toordinal(), data.payee
    found: list[Finding] = []
    for groups in (payments.recent, payments.kept) if payee else ():
        name = payee_of(payee)
        found += _of_a_day(now, {name: groups.get(day, {}).get(name, [])})
    if data.amount >= now.parameters.round_from:
        for paid in payments.rounds:
            if paid.sequence == sequence:
                found += _round(now, paid)
    return found


def _of_a_day(now: Snapshot, by_payee: Mapping[str, list[Paid]]) -> Iterator[Finding]:
    for group in by_payee.values():
        if len(group) > 1:
            paid = [known for known in group if _counts(now, known)]
            yield from _duplicates(now, paid)
            yield from _split(now, paid)


def year_end_rush(now: Snapshot) -> Iterator[Finding]:
    """Find a last month with more than its share of the year's spending, once the year is over.

    The amount is what the month spent; what is dated later counts as its.
    """
    if now.day < now.calendar.last_day:
        return
    share, last, whole = now.parameters.rush_share_bp, now.whole.months[MONTHS], now.whole.spent
    if not 0 < whole * share < last * _WHOLE_BP:
        return
    begins = now.calendar.starts[-1]
    cause = _exceeds(_project_days(now), begins, share)
    kind = FindingKind.YEAR_END_RUSH
    yield Finding(kind, f"year:{now.year.fiscal_year}", cause, last, nature_of(kind))


def _project_days(now: Snapshot) -> list[Day]:
    """List the days on which the project spent, each by its last payment or return.

    What a correction moves between lines is not spent again; it is named only where it alone
    changes what counts as spending.
    """
    changes: dict[int, int] = {}
    turned: dict[int, Cause] = {}
    stated: dict[int, Cause] = {}
    for sums in now.lines:
        for day in days(sums, now.calendar, now.day, spending=1):
            changes[day.day] = changes.get(day.day, 0) + day.change
        for cause in turned_days(sums, now.day):
            turned[cause.day] = max(cause, turned.get(cause.day, cause))
        for day in paid_days(sums, now.day):
            stated[day.day] = max(day.cause, stated.get(day.day, day.cause))
    return [
        Day(day, change, stated.get(day) or turned[day])
        for day, change in sorted(changes.items())
        if change
    ]


def _exceeds(spent: list[Day], begins: int, share: int) -> Cause:
    """Return the entry with which the last month last went above its share.

    A month that spent nothing, net, is above no share, also where less than nothing was spent.
    """
    level, month, above, cause = 0, 0, False, Cause(0, 0, 0)
    for day in spent:
        in_month = day.day >= begins
        level += day.change * (_WHOLE_BP - share if in_month else -share)
        month += day.change if in_month else 0
        before, above = above, level > 0 and month > 0
        if above and not before:
            cause = day.cause
    return cause


def _counts(now: Snapshot, paid: Paid) -> bool:
    """Say whether a payment stands and is of a kind that is suspected."""
    back = now.year.payments.returned.get(paid.paper)
    if back and sum(fen for day, fen in back.items() if day <= now.day) >= paid.amount:
        return False
    if turned(now.year.payments, paid.sequence, now.day):
        return False
    line = now.year.lines.get(charged_to(now.year.payments, paid, now.day))
    return not is_for_pay(terms_at(line, now.day) if line else None)


def is_for_pay(terms: LineTerms | None) -> bool:
    """Say whether a line is for pay or for subsidies to persons."""
    return terms is not None and is_pay(terms.government_economic)


def _round(now: Snapshot, paid: Paid) -> Iterator[Finding]:
    large = paid.amount >= now.parameters.round_from
    is_round = large and paid.amount % now.parameters.round_to == 0
    if is_round and paid.day <= now.day and _counts(now, paid):
        yield _suspicion(FindingKind.ROUND_PAYMENT, paid, paid, paid.amount)


def _duplicates(now: Snapshot, group: list[Paid]) -> Iterator[Finding]:
    by_amount: dict[int, list[Paid]] = {}
    for paid in group:
        if paid.amount >= now.parameters.duplicate_from:
            by_amount.setdefault(paid.amount, []).append(paid)
    for amount, paid_alike in by_amount.items():
        if len(paid_alike) > 1:
            first, second, *_ = sorted(paid_alike, key=_age)
            again = amount * (len(paid_alike) - 1)
            yield _suspicion(FindingKind.DUPLICATE_PAYMENT, first, second, again)


def _split(now: Snapshot, group: list[Paid]) -> Iterator[Finding]:
    limit = now.parameters.split_limit
    parts = sorted((paid for paid in group if paid.amount < limit), key=_age)
    total, reached = 0, None
    for paid in parts:
        total += paid.amount
        if reached is None and total >= limit:
            reached = paid
    if reached is not None:
        yield _suspicion(FindingKind.SPLIT_PAYMENT, parts[0], reached, total)


def _age(paid: Paid) -> int:
    return paid.sequence


def _suspicion(kind: FindingKind, first: Paid, last: Paid, amount: int) -> Finding:
    """Make a suspicion about the first payment; the last of them brought it about."""
    cause = Cause(last.day, last.sequence, last.position)
    return Finding(kind, f"entry:{first.sequence}", cause, amount, nature_of(kind))
