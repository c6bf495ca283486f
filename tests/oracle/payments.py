"""Findings on single payments and on payments that look alike (domain-rules 17c, 17d)."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from tests.oracle.book import document_key
from tests.oracle.case import Case, Finding, finding
from tests.oracle.corrections import Move, Piece, as_charged
from tests.oracle.facts import Fact
from tests.oracle.terms import STATES_LINES, Terms

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


CODE_MAX: Final = 64
"""No class code is longer."""
PAYMENT: Final = "expenditure.recorded"
Codes = tuple[str | None, ...]
"""Where a payment is charged, and all that is compared of it."""


@dataclass(frozen=True)
class Charges:
    """The payments that were charged to a line at any time, and what was said of the line."""

    case: Case
    line: str
    concerned: Sequence[Fact]
    terms: Terms

    def is_wrong(self, payment: Fact) -> bool:
        """Compare with what the line is at the payment's date, or else is first on a later day."""
        then = [data for since, data in self.terms if since <= payment.date]
        later = (data for since, data in self.terms if since > payment.date and data)
        said = then[-1] if then and then[-1] else next(later, None)
        return said is not None and _differs(payment.data, said, self.case)

    def _on(self, facts: Iterable[Fact], date: dt.date) -> list[Piece]:
        """Give those of some facts that are charged to the line on a day."""
        dated = (fact for fact in facts if fact.date <= date)
        moves = [move for move in self.case.book.moves if move.correction.date <= date]
        return [piece for piece in as_charged(dated, moves) if piece[0].line == self.line]

    def wrong_on(self, date: dt.date) -> list[Piece]:
        """Give the payments that are charged to the line on a day, and wrongly."""
        on_line = self._on(self.concerned, date)
        return [(fact, times) for fact, times in on_line if self.is_wrong(fact)]

    def diverted(self, date: dt.date) -> int:
        """Give what is diverted at the end of a day; never more than was paid on it, net."""
        back = returned(self.case, date)
        paid = sum(times * fact.amount for fact, times in self._on(self.concerned, date))
        reversals = self.case.of_kind("expenditure.reversed")
        of_year = [fact for fact in reversals if not fact.data.get("prior_year")]
        paid -= sum(times * fact.amount for fact, times in self._on(of_year, date))
        diverted = 0
        for fact, times in self.wrong_on(date):
            came_back = back.get(document_of(fact), 0) if self._is_remembered(fact) else 0
            diverted += times * max(0, fact.amount - came_back)
        return min(diverted, paid)

    def _is_remembered(self, payment: Fact) -> bool:
        """Whether a payment's document is remembered, so that its return takes it off.

        What has the codes of the line's first payment, and came in when all that was said of the
        line agreed with them, is not: nobody could know that it would be wrong. What a correction
        charges to these codes is.
        """
        came, codes = self._came, _codes(payment)
        of_payment = (number for number, fact in came.items() if fact.sequence == payment.sequence)
        here = max((number for number in of_payment if _codes(came[number]) == codes), default=0)
        is_charged = here != payment.sequence
        if not here or is_charged or codes != _codes(came[min(came)]):
            return True
        said = [data for number, data in self._said if number < here]
        return not said or any(_contradicts(payment.data, data) for data in said)

    @cached_property
    def _came(self) -> dict[int, Fact]:
        """The payments as they came to the line, by the entry that stated or moved them."""
        known, moves = self.case.known, self.case.book.moves
        stated = {fact.sequence: fact for fact in known if self._is_of(fact, {PAYMENT})}
        return stated | {
            move.correction.sequence: move.after
            for move in moves
            if self._is_of(move.after, {PAYMENT}) and _codes(move.before) != _codes(move.after)
        }

    @cached_property
    def _said(self) -> list[tuple[int, Mapping[str, Any]]]:
        """What was said of the line, of whatever day, with the entry that said it."""
        known, moves = self.case.known, self.case.book.moves
        said = [(fact.sequence, fact) for fact in known]
        said += [(move.correction.sequence, move.after) for move in moves]
        return [(number, fact.data) for number, fact in said if self._is_of(fact, STATES_LINES)]

    def _is_of(self, fact: Fact, kinds: Collection[str]) -> bool:
        return fact.kind in kinds and fact.line == self.line


def _diversions(case: Case) -> Iterable[Finding]:
    """Spending under another budget or class than its line's (domain-rules 17c).

    What names no payment comes back first of what was paid under the line's own classes.
    """
    moved = {move.entry for move in case.book.moves}
    paid = case.of_kind("expenditure.recorded")
    for line, terms in case.book.terms.items():
        concerned = [fact for fact in paid if fact.line == line or fact.sequence in moved]
        charges = Charges(case, line, concerned, terms)
        amount = charges.diverted(case.as_of) if charges.wrong_on(case.as_of) else 0
        if amount > 0:
            yield finding("diversion", line, amount, _cause(charges))


def _cause(charges: Charges) -> Fact:
    """Give the last entry of the day since which money is diverted that moved such money."""
    case, concerned, line = charges.case, charges.concerned, charges.line
    numbers = frozenset(fact.sequence for fact in concerned)
    moves = [
        move.correction
        for move in case.book.moves
        if move.entry in numbers
        and line in {move.before.line, move.after.line}
        and _codes(move.before) != _codes(move.after)
    ]
    # Returns of other lines, too: one that names a payment's document takes it off anywhere.
    returns = case.of_kind("expenditure.reversed")
    paid = numbers | {fact.sequence for fact in returns}
    stated = [fact for fact in (*concerned, *returns) if fact.line == line]
    moved = [move.correction for move in case.book.moves if line in _lines_of(move, paid)]
    days = sorted({fact.date for fact in (*concerned, *moves, *moved, *returns)})
    begun = days[-1]
    for date in reversed(days):
        if charges.diverted(date) <= 0:
            break
        begun = date
    wrong = [fact for fact, _ in charges.wrong_on(begun) if fact.date == begun]
    of_day = [*wrong, *(fact for fact in moves if fact.date == begun)]
    return max(of_day or [fact for fact in (*stated, *moved) if fact.date == begun])


def _lines_of(move: Move, numbers: frozenset[int]) -> set[str | None]:
    """Give the lines between which a correction moves one of some facts."""
    between = {move.before.line, move.after.line}
    return between if move.entry in numbers and len(between) > 1 else set()


def _codes(fact: Fact) -> Codes:
    """Give the codes of a payment as it is charged."""
    paid: Mapping[str, Any] = fact.data.get("classification") or {}
    codes = (paid.get(name) for name in ("function", "government_economic", "fund_type"))
    return (fact.line, fact.data.get("account"), *codes)


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


def _contradicts(payment: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    """Whether a line is said to be of another budget, fund or class, however deep both are told."""
    paid: Mapping[str, Any] = payment.get("classification") or {}
    classes: Mapping[str, Any] = line.get("classification") or {}
    of_class = ("function", "government_economic")
    return (
        _unlike(payment.get("account"), line["account"], None)
        or _unlike(paid.get("fund_type"), classes.get("fund_type"), None)
        or any(_unlike(paid.get(name), classes.get(name), CODE_MAX) for name in of_class)
    )


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
