"""Execution figures: what a project was given, committed, was paid and got back (rules 1 to 5)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.oracle.dates import FiscalYear
from tests.oracle.exact import fen, rate_bp, wire
from tests.oracle.facts import Fact

AUTHORISED: Final = frozenset({"2", "02"})
"""授权支付: paid out of a quota that was disbursed before."""
COMPONENTS: Final = (
    "original", "carryover", "supplement", "passed_down", "cut", "recovered", "virement",
    "distributed",
)  # fmt: skip
NEGATIVE: Final = frozenset({"cut", "recovered"})


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

    @property
    def budget(self) -> int:
        """Adjusted budget (domain-rules 2)."""
        return sum(-value if name in NEGATIVE else value for name, value in self.components.items())

    @property
    def disbursed(self) -> int:
        """A quota and the payments out of it count once (domain-rules 1)."""
        return self.direct + max(self.quota, self.authorised)

    @property
    def unpaid(self) -> int:
        """Commitments not yet paid, by contract: not below 0, not above what is signed."""
        return sum(
            max(0, min(amount, amount - self.paid.get(key, 0)))
            for key, amount in self.committed.items()
        )


@dataclass
class Line:
    """A funding line that was approved or carried over."""

    unit: str
    account: str
    channel: str
    function: str | None
    undistributed: bool
    allocation_is_expenditure: bool


@dataclass
class Book:
    """All money of a project and fiscal year at a date."""

    lines: dict[str, Line] = field(default_factory=dict)
    sums: dict[str | None, Sums] = field(default_factory=lambda: defaultdict(Sums))
    """By line, known or not; None: no line was named."""
    months: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    approved_on: dt.date | None = None
    spanning: list[Fact] = field(default_factory=list)
    """Approvals whose period is not within one fiscal year."""

    @property
    def judged_budget(self) -> int:
        """Adjusted budget without undistributed lines (domain-rules 2)."""
        return sum(sums.budget for line, sums in self.sums.items() if self.is_judged(line))

    @property
    def judged_spent(self) -> int:
        """Spending on lines that are judged."""
        return sum(sums.spent for line, sums in self.sums.items() if self.is_judged(line))

    def is_judged(self, line: str | None) -> bool:
        """Whether a line's execution is judged."""
        return line not in self.lines or not self.lines[line].undistributed

    def total(self) -> Sums:
        """Add up all lines; contracts are compared over the whole project."""
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
    facts = list(facts)
    book = Book()
    for fact in facts:
        _know_line(book, fact)
        if fact.kind == "budget.approved" and not in_one_year(fact.data, year):
            book.spanning.append(fact)
    payments = {
        document_key(fact.data["document"]): fact.data
        for fact in facts
        if fact.kind == "expenditure.recorded" and fact.data.get("document")
    }
    for fact in facts:
        _enter(book, fact, year, payments)
    return book


def document_key(document: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Give what identifies a document within its jurisdiction and year (domain-rules 4)."""
    return (document["kind"], document["number"], document.get("line"))


def in_one_year(data: Mapping[str, Any], year: FiscalYear) -> bool:
    """Whether the money's period lies within the fiscal year it is stated for."""
    period = data.get("period")
    if period is None:
        return True
    start, end = (dt.date.fromisoformat(period[name]) for name in ("start", "end"))
    return year.start <= start and end <= year.end


def _know_line(book: Book, fact: Fact) -> None:
    if fact.kind not in {"budget.approved", "carryover.registered"}:
        return
    data = fact.data
    if fact.kind == "budget.approved" and book.approved_on is None:
        book.approved_on = fact.date
    book.lines[data["line"]] = Line(
        unit=data["unit"],
        account=data["account"],
        channel=data.get("channel", "treasury_payment"),
        function=data.get("classification", {}).get("function"),
        undistributed=data.get("undistributed", False),
        allocation_is_expenditure=data.get("allocation_is_expenditure", False),
    )


def _enter(
    book: Book, fact: Fact, year: FiscalYear, payments: Mapping[Any, Mapping[str, Any]]
) -> None:
    data = fact.data
    if fact.kind == "expenditure.reversed":
        _reverse(book, fact, year, payments)
    elif fact.kind == "funds.disbursed":
        _disburse(book, fact, year)
    elif fact.kind == "expenditure.recorded":
        amount = fen(data["amount"])
        _spend(book.sums[data.get("line")], data, amount, data.get("contract"))
        book.months[year.month_of(fact.date)] += amount
    elif "amount" in data:
        _enter_claim(book.sums[data.get("line")], fact, year)


def _enter_claim(sums: Sums, fact: Fact, year: FiscalYear) -> None:
    """Enter what moves no money yet: budgets, commitments, applications."""
    data, amount = fact.data, fen(fact.data["amount"])
    if fact.kind == "budget.approved":
        sums.components["original"] += amount if in_one_year(data, year) else 0
    elif fact.kind == "carryover.registered":
        sums.components["carryover"] += amount
    elif fact.kind == "budget.adjusted":
        _adjust(sums, data, amount)
    elif fact.kind == "commitment.recorded":
        sums.committed[data.get("contract")] += -amount if data.get("released") else amount
    elif fact.kind == "payment.requested":
        sums.requested += amount


def _adjust(sums: Sums, data: Mapping[str, Any], amount: int) -> None:
    kind = data["adjustment_kind"]
    name = "recovered" if kind == "recovery" else kind
    sums.components[name] += -amount if data.get("direction") == "out" else amount


def _spend(sums: Sums, data: Mapping[str, Any], amount: int, contract: str | None) -> None:
    sums.spent += amount
    sums.paid[contract] += amount
    if data.get("channel", "treasury_payment") != "treasury_payment":
        return
    if data.get("pay_type") in AUTHORISED:
        sums.authorised += amount
    else:
        sums.direct += amount


def _reverse(
    book: Book, fact: Fact, year: FiscalYear, payments: Mapping[Any, Mapping[str, Any]]
) -> None:
    data, amount = fact.data, fen(fact.data["amount"])
    original = payments.get(document_key(data["original"]), {}) if data.get("original") else {}
    sums = book.sums[data.get("line") or original.get("line")]
    if data.get("prior_year"):
        sums.refunds += amount
        return
    how = {"channel": data.get("channel", "treasury_payment"), "pay_type": original.get("pay_type")}
    _spend(sums, how, -amount, original.get("contract"))
    sums.reversed += amount
    book.months[year.month_of(fact.date)] -= amount


def _disburse(book: Book, fact: Fact, year: FiscalYear) -> None:
    data = fact.data
    amount = -fen(data["amount"]) if data.get("returned") else fen(data["amount"])
    sums = book.sums[data.get("line")]
    if data.get("channel", "allocation") == "treasury_payment":
        sums.quota += amount
        return
    sums.direct += amount
    line = book.lines.get(data.get("line", ""))
    if line and line.allocation_is_expenditure:
        sums.spent += amount
        sums.paid[None] += amount
        book.months[year.month_of(fact.date)] += amount


def money(sums: Sums) -> dict[str, Any]:
    """State sums as the contract's `Money`; more back than spent is a rate of 0 (rule 13)."""
    spent = max(0, sums.spent)
    return {
        "components": {name: wire(value) for name, value in sums.components.items()},
        "adjusted_budget": wire(sums.budget),
        "committed": wire(sum(sums.committed.values())),
        "requested": wire(sums.requested),
        "disbursed": wire(sums.disbursed),
        "spent": wire(sums.spent),
        "reversed": wire(sums.reversed),
        "prior_year_refunds": wire(sums.refunds),
        "balance": wire(sums.budget - sums.spent),
        "uncommitted_balance": wire(sums.budget - sums.spent - sums.unpaid),
        "execution_rate_bp": rate_bp(spent, sums.budget),
        "execution_rate_original_bp": rate_bp(spent, sums.components["original"]),
    }
