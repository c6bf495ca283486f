"""Findings on single payments and on payments that look alike (domain-rules 17c, 17d)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.oracle.book import document_key
from tests.oracle.case import Case, Finding, finding
from tests.oracle.corrections import by_date
from tests.oracle.facts import Fact
from tests.oracle.money import STATES_LINES

STATED, CORRECTED = 0, 1
"""How something is said of a line; of one day what names it itself comes first."""
PAY_AND_AID: Final = ("501", "50501", "509")
"""Government economic classes of pay, pay of public institutions, and aid to persons."""
PASSED_OVER: Final = frozenset({"subsidy"})
"""Classes of projects whose payments look alike and are right."""
REMEMBERED_FROM: Final = 1_000_000
"""Payments below ten thousand yuan are not suspected, and a refund of one is as one that names no
payment: what suspicions remember is bounded (docs/measuring.md)."""
SPLIT_FROM: Final = 5_000_000
"""Nor are splits that come to less than fifty thousand yuan."""
ROUND_FROM: Final = 10_000_000
"""Nor round payments below a hundred thousand …"""
ROUND_TO: Final = 1_000_000
"""… or that are no multiple of ten thousand."""


def suspicions(case: Case) -> Iterable[Finding]:
    """Give diversions, which follow from the facts, and what looks wrong in payments."""
    yield from _diversions(case)
    if case.registration.get("project_class") == "subsidy":
        return
    back = returned(case, case.as_of)
    # What was stated as pay, or on a line of pay, no correction brings under suspicion.
    stated_as_pay = {
        fact.sequence for fact in case.of_kind("expenditure.recorded") if is_passed_over(fact, case)
    }
    looked_at = [
        fact
        for fact in _payments(case)
        if fact.amount >= REMEMBERED_FROM
        and not is_passed_over(fact, case)
        and fact.sequence not in stated_as_pay
        and back.get(document_of(fact), 0) < fact.amount
    ]
    yield from _duplicates(case, looked_at)
    yield from _splits(case, looked_at)
    limit = max(ROUND_FROM, case.setting.limit("round_from"))
    for fact in looked_at:
        is_round = fact.amount % case.setting.limit("round_to") == 0
        if fact.amount >= limit and is_round and fact.amount % ROUND_TO == 0:
            yield finding("round_payment", _name(fact), fact.amount, fact)


def _name(fact: Fact) -> str:
    return f"entry:{fact.sequence}"


def _payments(case: Case) -> list[Fact]:
    """Give the payments as they are charged now, in order."""
    return [case.charged[fact.sequence] for fact in case.of_kind("expenditure.recorded")]


def document_of(fact: Fact, field: str = "document") -> object:
    """Give what identifies the paper that a fact names; None: it names none."""
    paper = fact.data.get(field)
    return document_key(paper) if paper else None


def returned(case: Case, date: dt.date) -> dict[object, int]:
    """Give what came back by a day, by the document of the payment it names."""
    back: dict[object, int] = {}
    for fact in case.of_kind("expenditure.reversed"):
        named = fact.data.get("original")
        if fact.date > date or not named or fact.data.get("prior_year"):
            continue
        if fact.amount >= REMEMBERED_FROM:
            key = document_key(named)
            back[key] = back.get(key, 0) + fact.amount
    return back


@dataclass(frozen=True)
class Charges:
    """The payments that were charged to a line at any time, and what was said of the line."""

    case: Case
    line: str
    concerned: Sequence[Fact]
    terms: Sequence[tuple[dt.date, Mapping[str, Any]]]

    def is_wrong(self, payment: Fact) -> bool:
        """Compare with the line's terms at the payment's date, before the first ones with those."""
        known = [data for since, data in self.terms if since <= payment.date]
        return _differs(payment.data, known[-1] if known else self.terms[0][1], self.case)

    def _charged_on(self, fact: Fact, date: dt.date) -> Fact:
        charged = fact
        for move in self.case.book.moves:
            if move.entry == fact.sequence and move.correction.date <= date:
                charged = move.after
        return charged

    def _is_paid(self, fact: Fact, date: dt.date) -> bool:
        """Whether a payment, or what came back, is the line's on a day."""
        return fact.date <= date and self._charged_on(fact, date).line == self.line

    def wrong_on(self, fact: Fact, date: dt.date) -> bool:
        """Whether a payment was charged to the line on a day, and wrongly."""
        charged = self._charged_on(fact, date)
        return charged.line == self.line and self.is_wrong(charged)

    def diverted(self, date: dt.date) -> int:
        """Give what is diverted at the end of a day; never more than was paid on it, net."""
        back = returned(self.case, date)
        spent = sum(fact.amount for fact in self.concerned if self._is_paid(fact, date))
        spent -= sum(
            fact.amount
            for fact in self.case.of_kind("expenditure.reversed")
            if not fact.data.get("prior_year") and self._is_paid(fact, date)
        )
        diverted = sum(
            max(0, fact.amount - back.get(document_of(fact), 0))
            for fact in self.concerned
            if fact.date <= date and self.wrong_on(fact, date)
        )
        return min(diverted, spent)


def _diversions(case: Case) -> Iterable[Finding]:
    """Spending under another budget or class than its line's (domain-rules 17c).

    What names no payment comes back first of what was paid under the line's own classes.
    """
    moved = {move.entry for move in case.book.moves}
    paid = case.of_kind("expenditure.recorded")
    for line, data in case.book.lines.items():
        concerned = [fact for fact in paid if fact.line == line or fact.sequence in moved]
        charges = Charges(case, line, concerned, _terms(case, line) or [(dt.date.min, data)])
        if not any(charges.is_wrong(case.charged[fact.sequence]) for fact in concerned):
            continue
        amount = charges.diverted(case.as_of)
        if amount > 0:
            yield finding("diversion", line, amount, _cause(charges))


def _cause(charges: Charges) -> Fact:
    """Give the last entry of the day since which money is diverted that moved such money."""
    case, concerned = charges.case, charges.concerned
    numbers = {fact.sequence for fact in concerned}
    moves = [
        move.correction
        for move in case.book.moves
        if move.entry in numbers and charges.line in {move.before.line, move.after.line}
    ]
    entries = [entry.fact for entry in case.book.entries[charges.line] if entry.change.spent]
    days = sorted({fact.date for fact in (*concerned, *moves, *entries)})
    begun = days[-1]
    for date in reversed(days):
        if charges.diverted(date) <= 0:
            break
        begun = date
    wrong = [fact for fact in concerned if fact.date == begun and charges.wrong_on(fact, begun)]
    of_day = [*wrong, *(fact for fact in moves if fact.date == begun)]
    return max(of_day or [fact for fact in entries if fact.date == begun])


def _terms(case: Case, line: str) -> list[tuple[dt.date, Mapping[str, Any]]]:
    """Give what was said of a line, with the day from which it holds, in order.

    A correction changes it from its date on, if its fact was the last to state the line; a fact
    that is moved there states a line of which nothing is stated.
    """
    stated = [*case.of_kind("budget.approved"), *case.of_kind("carryover.registered")]
    said = [(fact.date, STATED, fact.sequence, fact, fact) for fact in stated if fact.line == line]
    said += [
        (move.correction.date, CORRECTED, move.correction.sequence, move.original, move.after)
        for move in by_date(case.book.moves)
        if move.original.kind in STATES_LINES and move.after.line == line
    ]
    terms = []
    holder: int | None = None
    for date, how, _, fact, charged in sorted(said, key=lambda one: one[:3]):
        if how == STATED or holder in {None, fact.sequence}:
            holder = fact.sequence
            terms.append((date, charged.data))
    return terms


def _differs(payment: Mapping[str, Any], line: Mapping[str, Any], case: Case) -> bool:
    paid: Mapping[str, Any] = payment.get("classification") or {}
    classes: Mapping[str, Any] = line.get("classification") or {}
    parameters = case.setting.parameters
    pairs = (
        (payment.get("account"), line["account"], None),
        (paid.get("fund_type"), classes.get("fund_type"), None),
        (paid.get("function"), classes.get("function"), parameters["class_function_digits"]),
        (
            paid.get("government_economic"),
            classes.get("government_economic"),
            parameters["class_government_digits"],
        ),
    )
    return any(_unlike(mine, other, digits) for mine, other, digits in pairs)


def _unlike(mine: str | None, other: str | None, digits: int | None) -> bool:
    """Whether two codes differ as deep as both are told, and as the parameter says."""
    if not mine or not other:
        return False
    if digits is None:
        return mine != other
    depth = min(digits, len(mine), len(other))
    return mine[:depth] != other[:depth]


def is_passed_over(fact: Fact, case: Case) -> bool:
    """Batch vouchers, pay and aid look alike and are right (domain-rules 17d)."""
    line = case.book.lines.get(fact.line or "", {})
    return bool(fact.data.get("batch")) or is_pay(fact.data) or is_pay(line)


def is_pay(data: Mapping[str, Any]) -> bool:
    """Whether the government economic class of a payment, or of a line, is pay or aid."""
    code = (data.get("classification") or {}).get("government_economic") or ""
    return bool(code.startswith(PAY_AND_AID))


def _payee(fact: Fact) -> str | None:
    payee = fact.data.get("payee")
    return (payee.get("account_hash") or payee["name"]) if payee else None


def _duplicates(case: Case, paid: Iterable[Fact]) -> Iterable[Finding]:
    """One payee, one day, one amount: all but the first are at fault; the second brings it."""
    alike: dict[object, list[Fact]] = {}
    for fact in paid:
        if _payee(fact) and fact.amount >= case.setting.limit("duplicate_from"):
            alike.setdefault((_payee(fact), fact.date, fact.amount), []).append(fact)
    for first, *others in alike.values():
        if others:
            amount = first.amount * len(others)
            yield finding("duplicate_payment", _name(first), amount, others[0])


def _splits(case: Case, paid: Iterable[Fact]) -> Iterable[Finding]:
    """Payments to one payee on one day, each below a limit that their sum reaches."""
    limit = case.setting.limit("split_limit")
    small: dict[object, list[Fact]] = {}
    for fact in paid:
        if _payee(fact) and fact.amount < limit:
            small.setdefault((_payee(fact), fact.date), []).append(fact)
    for parts in small.values():
        total = sum(fact.amount for fact in parts)
        if len(parts) > 1 and total >= max(limit, SPLIT_FROM):
            yield finding("split_payment", _name(parts[0]), total, _reached(parts, limit))


def _reached(parts: Iterable[Fact], limit: int) -> Fact:
    """Give the part with which the sum reached the limit."""
    total = 0
    for fact in parts:
        total += fact.amount
        if total >= limit:
            return fact
    raise ValueError(limit)
