"""What each kind of fact enters into a book (domain-rules 1 to 5)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.oracle.book import Book, Sums, document_key, in_one_year
from tests.oracle.facts import Fact

AUTHORISED: Final = frozenset({"2", "02"})
"""授权支付: paid out of a quota that was disbursed before."""
Posted = tuple[str | None, Sums]
"""A line (None: none is named) and what changes on it."""


def _state_line(book: Book, fact: Fact) -> None:
    book.lines[fact.data["line"]] = fact.data
    book.stated_by[fact.data["line"]] = fact.sequence


def _approve(book: Book, fact: Fact) -> Posted:
    of_before = fact.data.get("origin") == "carryover"
    if not of_before:
        # Spending on carried over money is lawful before the year's approval (domain-rules 17a).
        book.approved_on = book.approved_on or fact.date
    _state_line(book, fact)
    change = Sums()
    if in_one_year(fact.data, book.year):
        change.components["carryover" if of_before else "original"] = fact.amount
        if of_before:
            # It does not say how old it is: of the year before.
            change.carried[book.year.year - 1] = fact.amount
    else:
        book.spanning.append(fact)
    return fact.line, change


def _carry_over(book: Book, fact: Fact) -> Posted:
    _state_line(book, fact)
    change = Sums()
    change.components["carryover"] = fact.amount
    change.carried[fact.data["from_year"]] = fact.amount
    return fact.line, change


def _adjust(_: Book, fact: Fact) -> Posted:
    kind = fact.data["adjustment_kind"]
    name = "recovered" if kind == "recovery" else kind
    change = Sums()
    change.components[name] = -fact.amount if fact.data.get("direction") == "out" else fact.amount
    return fact.line, change


def _recover(_: Book, fact: Fact) -> Posted:
    change = Sums()
    change.components["recovered"] = fact.amount
    return fact.line, change


def _commit(_: Book, fact: Fact) -> Posted:
    change = Sums()
    amount = -fact.amount if fact.data.get("released") else fact.amount
    change.committed[fact.data.get("contract")] = amount
    return fact.line, change


def _request(_: Book, fact: Fact) -> Posted:
    change = Sums(requested=fact.amount)
    change.requests[fact.data.get("contract")] = fact.amount
    return fact.line, change


def note_payment(book: Book, fact: Fact) -> None:
    """Know a payment by its document before anything is entered that may name it."""
    if fact.data.get("document"):
        book.payments[document_key(fact.data["document"])] = fact


def _pay(book: Book, fact: Fact) -> Posted:
    if _is_spent_already(book, fact.line, fact.data.get("channel")):
        return fact.line, _under_contract(fact, fact.amount)
    return fact.line, _spend(fact.data, fact.amount)


def _is_spent_already(book: Book, line: str | None, channel: str | None) -> bool:
    """Whether money is of an allocation that counts as expenditure at once (rule 1)."""
    at_once = book.lines.get(line or "", {}).get("allocation_is_expenditure")
    return channel == "allocation" and bool(at_once)


def _under_contract(fact: Fact, amount: int) -> Sums:
    """What a contract calls for is paid all the same."""
    change = Sums()
    if fact.data.get("contract"):
        change.paid[fact.data["contract"]] = amount
    return change


def _spend(how: Mapping[str, Any], amount: int) -> Sums:
    change = Sums(spent=amount)
    change.paid[how.get("contract")] = amount
    if how.get("channel") == "own_funds":
        change.own_funds = amount
    if (how.get("channel") or "treasury_payment") == "treasury_payment":
        if how.get("pay_type") in AUTHORISED:
            change.authorised = amount
        else:
            change.direct = amount
    return change


def _reverse(book: Book, fact: Fact) -> Posted:
    named = fact.data.get("original")
    original = book.payments.get(document_key(named)) if named else None
    # It moves nothing but itself: one without a line stays there, wherever its payment is charged.
    line = fact.line
    if fact.data.get("prior_year"):
        return line, Sums(refunds=fact.amount)
    how = {
        "channel": fact.data.get("channel"),
        "pay_type": original.data.get("pay_type") if original else None,
        "contract": fact.data.get("contract"),
    }
    if _is_spent_already(book, line, fact.data.get("channel")):
        return line, _under_contract(fact, -fact.amount)
    change = _spend(how, -fact.amount)
    change.reversed = fact.amount
    return line, change


def _disburse(book: Book, fact: Fact) -> Posted:
    returned = fact.kind == "funds.returned" or bool(fact.data.get("returned"))
    amount = -fact.amount if returned else fact.amount
    channel = fact.data.get("channel") or "allocation"
    change = Sums()
    if channel == "treasury_payment":
        change.quota = amount
    else:
        if _is_spent_already(book, fact.line, channel):
            change = _spend({"channel": "allocation"}, amount)
            change.reversed = -amount if returned else 0
        change.direct = amount
        change.allocations = int(channel == "allocation" and not returned)
    return fact.line, change


FIRST: Final[Mapping[str, Callable[[Book, Fact], Posted]]] = {
    "budget.approved": _approve,
    "carryover.registered": _carry_over,
    "budget.adjusted": _adjust,
    "balance.recovered": _recover,
    "commitment.recorded": _commit,
    "payment.requested": _request,
}
LAST: Final[Mapping[str, Callable[[Book, Fact], Posted]]] = {
    "expenditure.recorded": _pay,
    "expenditure.reversed": _reverse,
    "funds.disbursed": _disburse,
    "funds.returned": _disburse,
}
