"""What each kind of fact enters into a book (domain-rules 1 to 5)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.oracle.book import Book, Sums, in_one_year
from tests.oracle.facts import Fact

AUTHORISED: Final = frozenset({"2", "02"})
"""授权支付: paid out of a quota that was disbursed before."""


def _approve(book: Book, fact: Fact) -> Sums:
    change = Sums()
    if not in_one_year(fact.data, book.year):
        return change
    if is_carried_over(fact):
        change.components["carryover"] = fact.amount
        # It does not say how old it is: of the year before.
        change.carried[book.year.year - 1] = fact.amount
    else:
        change.components["original"] = fact.amount
    return change


def is_carried_over(fact: Fact) -> bool:
    """Whether an approval is of money that was carried over from the year before."""
    return fact.data.get("origin") == "carryover"


def _carry_over(_: Book, fact: Fact) -> Sums:
    change = Sums()
    change.components["carryover"] = fact.amount
    change.carried[fact.data["from_year"]] = fact.amount
    return change


def _adjust(_: Book, fact: Fact) -> Sums:
    kind = fact.data["adjustment_kind"]
    name = "recovered" if kind == "recovery" else kind
    change = Sums()
    change.components[name] = -fact.amount if fact.data.get("direction") == "out" else fact.amount
    return change


def _recover(_: Book, fact: Fact) -> Sums:
    change = Sums()
    change.components["recovered"] = fact.amount
    return change


def _commit(_: Book, fact: Fact) -> Sums:
    change = Sums()
    amount = -fact.amount if fact.data.get("released") else fact.amount
    change.committed[fact.data.get("contract")] = amount
    return change


def _request(_: Book, fact: Fact) -> Sums:
    change = Sums(requested=fact.amount)
    change.requests[fact.data.get("contract")] = fact.amount
    return change


def _pay(book: Book, fact: Fact) -> Sums:
    if _is_spent_already(book, fact.line, fact.data.get("channel")):
        return _under_contract(fact, fact.amount)
    return _spend(fact.data, fact.amount)


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
    if _is_of_treasury(how):
        if how.get("pay_type") in AUTHORISED:
            change.authorised = amount
        else:
            change.direct = amount
    return change


def _is_of_treasury(how: Mapping[str, Any]) -> bool:
    """Whether the treasury itself paid, or got back: its payments are what it disbursed."""
    return (how.get("channel") or "treasury_payment") == "treasury_payment"


def _reverse(book: Book, fact: Fact) -> Sums:
    if fact.data.get("prior_year"):
        return Sums(refunds=fact.amount)
    if _is_spent_already(book, fact.line, fact.data.get("channel")):
        return _under_contract(fact, -fact.amount)
    change = _spend(fact.data, -fact.amount)
    change.reversed = fact.amount
    if _is_of_treasury(fact.data):
        change.direct = change.authorised = 0
        change.taken_back = fact.amount
    return change


def _disburse(book: Book, fact: Fact) -> Sums:
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
        change.given = amount
        change.allocations = int(channel == "allocation" and not returned)
    return change


CHANGES: Final[Mapping[str, Callable[[Book, Fact], Sums]]] = {
    "budget.approved": _approve,
    "carryover.registered": _carry_over,
    "budget.adjusted": _adjust,
    "balance.recovered": _recover,
    "commitment.recorded": _commit,
    "payment.requested": _request,
    "expenditure.recorded": _pay,
    "expenditure.reversed": _reverse,
    "funds.disbursed": _disburse,
    "funds.returned": _disburse,
}
"""By kind of fact, what it changes on the line that it is charged to.

Asked once the book knows its lines: a fact may name one that is stated later.
"""
