"""Execution figures: what a project was given, committed, was paid and got back (rules 1 to 5)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from tests.oracle.dates import FiscalYear, day
from tests.oracle.exact import rate_bp, wire
from tests.oracle.facts import Fact

AUTHORISED: Final = frozenset({"2", "02"})
"""授权支付: paid out of a quota that was disbursed before."""
COMPONENTS: Final = (
    "original", "carryover", "supplement", "passed_down", "cut", "recovered", "virement",
    "distributed",
)  # fmt: skip
NEGATIVE: Final = frozenset({"cut", "recovered"})

Document = tuple[str, str, str | None]


@dataclass
class Sums:
    """What the facts on one line (or on none) come to, in fen."""

    components: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COMPONENTS, 0))
    requested: int = 0
    direct: int = 0
    """Disbursed, quotas and what is paid out of them apart."""
    quota: int = 0
    authorised: int = 0
    spent: int = 0
    reversed: int = 0
    refunds: int = 0
    committed: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    """By contract; None pools what names none."""
    paid: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    """By contract as well, less what came back and names that contract."""

    @cached_property
    def budget(self) -> int:
        """Adjusted budget (domain-rules 2). Ask only when all facts are entered."""
        return sum(-value if name in NEGATIVE else value for name, value in self.components.items())

    @property
    def disbursed(self) -> int:
        """A quota and the payments out of it count once (domain-rules 1)."""
        return self.direct + max(self.quota, self.authorised)

    @cached_property
    def unpaid(self) -> int:
        """Commitments not yet paid, by contract: not below 0, not above what is signed.

        Money that came back and names no contract undoes payments that name none, then what was
        paid beyond a contract, and only then what was paid under one.
        """
        signed = {key: max(0, amount) for key, amount in self.committed.items() if key}
        paid = {key: max(0, amount) for key, amount in self.paid.items() if key}
        under = sum(min(amount, signed.get(key, 0)) for key, amount in paid.items())
        beyond = sum(paid.values()) - under
        pool, loose = max(0, self.committed.get(None, 0)), self.paid.get(None, 0)
        reopened = min(under, max(0, -loose - beyond))
        return sum(signed.values()) - under + reopened + pool - min(pool, max(0, loose))


@dataclass
class Book:
    """All money of a project and fiscal year at a date."""

    year: FiscalYear
    lines: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Funding lines that were approved or carried over, as last stated."""
    sums: dict[str | None, Sums] = field(default_factory=lambda: defaultdict(Sums))
    """By line, known or not; None: no line was named."""
    months: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Net spending by index of the fiscal month."""
    approved_on: dt.date | None = None
    """First approval of a line of the year."""
    spanning: list[Fact] = field(default_factory=list)
    """Approvals whose period is not within one fiscal year."""
    payments: dict[Document, Fact] = field(default_factory=dict)
    """Settled payments by their document."""

    @cached_property
    def judged_budget(self) -> int:
        """Adjusted budget without undistributed lines (domain-rules 2)."""
        return sum(sums.budget for line, sums in self.sums.items() if self.is_judged(line))

    @cached_property
    def judged_spent(self) -> int:
        """Spending on lines that are judged."""
        return sum(sums.spent for line, sums in self.sums.items() if self.is_judged(line))

    def is_judged(self, line: str | None) -> bool:
        """Whether a line's execution is judged."""
        return line not in self.lines or not self.lines[line].get("undistributed", False)

    @cached_property
    def total(self) -> Sums:
        """All lines together; contracts are compared over the whole project."""
        total = Sums()
        for sums in self.sums.values():
            for name, value in sums.components.items():
                total.components[name] += value
            total.requested += sums.requested
            total.direct += sums.disbursed
            total.spent += sums.spent
            total.reversed += sums.reversed
            total.refunds += sums.refunds
            for key, amount in sums.committed.items():
                total.committed[key] += amount
            for key, amount in sums.paid.items():
                total.paid[key] += amount
        return total


def keep_book(facts: Iterable[Fact], year: FiscalYear) -> Book:
    """Enter facts (those dated by the as-of date, in order) into a book."""
    book = Book(year)
    later = []
    for fact in facts:
        first = FIRST.get(fact.kind)
        if first is not None:
            first(book, fact)
        elif fact.kind in LAST:
            later.append(fact)
    # Reversals name payments, and allocations lines, that may be dated later.
    for fact in later:
        LAST[fact.kind](book, fact)
    return book


def document_key(document: Mapping[str, Any]) -> Document:
    """Give what identifies a document within its jurisdiction and year (domain-rules 4)."""
    return (document["kind"], document["number"], document.get("line"))


def in_one_year(data: Mapping[str, Any], year: FiscalYear) -> bool:
    """Whether the money's period lies within the fiscal year it is stated for."""
    period = data.get("period")
    return period is None or (year.start <= day(period["start"]) and day(period["end"]) <= year.end)


def _approve(book: Book, fact: Fact) -> None:
    book.approved_on = book.approved_on or fact.date
    book.lines[fact.data["line"]] = fact.data
    if in_one_year(fact.data, book.year):
        book.sums[fact.line].components["original"] += fact.amount
    else:
        book.spanning.append(fact)


def _carry_over(book: Book, fact: Fact) -> None:
    book.lines[fact.data["line"]] = fact.data
    book.sums[fact.line].components["carryover"] += fact.amount


def _adjust(book: Book, fact: Fact) -> None:
    kind = fact.data["adjustment_kind"]
    name = "recovered" if kind == "recovery" else kind
    amount = -fact.amount if fact.data.get("direction") == "out" else fact.amount
    book.sums[fact.line].components[name] += amount


def _recover(book: Book, fact: Fact) -> None:
    book.sums[fact.line].components["recovered"] += fact.amount


def _commit(book: Book, fact: Fact) -> None:
    amount = -fact.amount if fact.data.get("released") else fact.amount
    book.sums[fact.line].committed[fact.data.get("contract")] += amount


def _request(book: Book, fact: Fact) -> None:
    book.sums[fact.line].requested += fact.amount


def _pay(book: Book, fact: Fact) -> None:
    if fact.data.get("document"):
        book.payments[document_key(fact.data["document"])] = fact
    _spend(book, fact, fact.line, fact.data, fact.amount)


def _spend(book: Book, fact: Fact, line: str | None, how: Mapping[str, Any], amount: int) -> None:
    sums = book.sums[line]
    sums.spent += amount
    sums.paid[how.get("contract")] += amount
    book.months[book.year.month_of(fact.date)] += amount
    if how.get("channel", "treasury_payment") != "treasury_payment":
        return
    if how.get("pay_type") in AUTHORISED:
        sums.authorised += amount
    else:
        sums.direct += amount


def _reverse(book: Book, fact: Fact) -> None:
    named = fact.data.get("original")
    original = book.payments.get(document_key(named)) if named else None
    line = fact.line or (original.line if original else None)
    if fact.data.get("prior_year"):
        book.sums[line].refunds += fact.amount
        return
    paid = original.data if original else {}
    how = {
        "channel": fact.data.get("channel"),
        "pay_type": paid.get("pay_type"),
        "contract": fact.data.get("contract"),
    }
    _spend(book, fact, line, {key: value for key, value in how.items() if value}, -fact.amount)
    book.sums[line].reversed += fact.amount


def _disburse(book: Book, fact: Fact) -> None:
    returned = fact.kind == "funds.returned" or fact.data.get("returned")
    amount = -fact.amount if returned else fact.amount
    sums = book.sums[fact.line]
    if fact.data.get("channel", "allocation") == "treasury_payment":
        sums.quota += amount
        return
    sums.direct += amount
    if book.lines.get(fact.line or "", {}).get("allocation_is_expenditure"):
        _spend(book, fact, fact.line, {"channel": "allocation"}, amount)


FIRST: Final[Mapping[str, Callable[[Book, Fact], None]]] = {
    "budget.approved": _approve,
    "carryover.registered": _carry_over,
    "budget.adjusted": _adjust,
    "balance.recovered": _recover,
    "commitment.recorded": _commit,
    "payment.requested": _request,
    "expenditure.recorded": _pay,
}
LAST: Final[Mapping[str, Callable[[Book, Fact], None]]] = {
    "expenditure.reversed": _reverse,
    "funds.disbursed": _disburse,
    "funds.returned": _disburse,
}


def money(sums: Sums) -> dict[str, Any]:
    """State sums as the contract's `Money`; more back than spent is a rate of 0 (rule 13)."""
    spent, budget = max(0, sums.spent), sums.budget
    return {
        "components": {name: wire(value) for name, value in sums.components.items()},
        "adjusted_budget": wire(budget),
        "committed": wire(sum(sums.committed.values())),
        "requested": wire(sums.requested),
        "disbursed": wire(sums.disbursed),
        "spent": wire(sums.spent),
        "reversed": wire(sums.reversed),
        "prior_year_refunds": wire(sums.refunds),
        "balance": wire(budget - sums.spent),
        "uncommitted_balance": wire(budget - sums.spent - sums.unpaid),
        "execution_rate_bp": rate_bp(spent, budget),
        "execution_rate_original_bp": rate_bp(spent, sums.components["original"]),
    }
