"""Compliance findings that hold at a date (Art. 10, domain-rules 13 and 17)."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from tests.oracle.dates import FiscalYear, after_working_days
from tests.oracle.exact import wire
from tests.oracle.facts import Fact
from tests.oracle.money import Book, document_key, in_one_year

Holds = Callable[[int, int], bool]
"""Whether a state holds at some budget and spending, in fen."""

GRACE_WORKING_DAYS: Final = 20
"""Spending waits so long after the year's approval for its line (domain-rules 17a)."""


def findings_at(
    facts: Sequence[Fact], book: Book, year: FiscalYear, as_of: dt.date
) -> list[tuple[dict[str, Any], Fact]]:
    """Give every finding with the entry that brought it about."""
    found = [*_spanning(book), *_without_budget(facts, book, year, as_of)]
    for line in book.lines:
        sums = book.sums[line]
        if sums.spent < 0 or sums.spent > sums.budget:
            entries = [fact for fact in facts if fact.line == line]
            found += _line_findings(line, entries, book, year)
    return found


def _finding(kind: str, subject: str, amount: int, entry: Fact) -> tuple[dict[str, Any], Fact]:
    stated = {
        "kind": kind,
        "subject": subject,
        "entry_sequence": entry.sequence,
        "date": entry.date.isoformat(),
        "amount": wire(amount),
    }
    return stated, entry


def _spanning(book: Book) -> Iterable[tuple[dict[str, Any], Fact]]:
    for fact in book.spanning:
        yield _finding("budget_period_spans_years", fact.data["line"], fact.amount, fact)


def _without_budget(
    facts: Sequence[Fact], book: Book, year: FiscalYear, as_of: dt.date
) -> Iterable[tuple[dict[str, Any], Fact]]:
    """Give spending that is charged to no known line.

    Lines that are named gather their payments; a payment that names none stands for itself.
    """
    for line, sums in book.sums.items():
        if line in book.lines or sums.spent <= 0:
            continue
        for subject, amount, entry in _unbudgeted(line, facts, sums.spent, year):
            yield _finding(_unbudgeted_kind(book, entry, as_of), subject, amount, entry)


def _unbudgeted_kind(book: Book, entry: Fact, as_of: dt.date) -> str:
    approved = book.approved_on
    if entry.line is not None:
        # Named and unknown: it is no line that waits for its approval.
        return "spending_without_budget"
    if approved is None:
        return "awaiting_budget"
    grace_ends = after_working_days(approved, GRACE_WORKING_DAYS)
    waiting = entry.date < approved and as_of <= grace_ends
    return "awaiting_budget" if waiting else "spending_without_budget"


def _unbudgeted(
    line: str | None, facts: Sequence[Fact], spent: int, year: FiscalYear
) -> list[tuple[str, int, Fact]]:
    payments = [fact for fact in facts if fact.kind == "expenditure.recorded" and fact.line == line]
    if line is not None:
        entries = [fact for fact in facts if fact.line == line]
        entry = _brought_about(entries, year, lambda _, spent: spent > 0)
        return [(line, spent, entry)] if payments else []
    left = {fact.sequence: fact.amount for fact in payments}
    for reversal in facts:
        if reversal.kind == "expenditure.reversed" and not reversal.data.get("prior_year"):
            _take_back(reversal, payments, left)
    return [(f"entry:{p.sequence}", left[p.sequence], p) for p in payments if left[p.sequence] > 0]


def _take_back(reversal: Fact, payments: Sequence[Fact], left: dict[int, int]) -> None:
    """Take a reversal off the payment it names, else off one of the same amount, else the first."""
    amount, original = reversal.amount, reversal.data.get("original")
    if original:
        named = document_key(original)
        first = [p for p in payments if p.data.get("document")]
        first = [p for p in first if document_key(p.data["document"]) == named]
    elif reversal.line is None:
        first = sorted(payments, key=lambda p: left[p.sequence] != amount)
    else:
        return
    for payment in first:
        taken = min(amount, left[payment.sequence])
        left[payment.sequence] -= taken
        amount -= taken


def _line_findings(
    line: str, entries: Sequence[Fact], book: Book, year: FiscalYear
) -> Iterable[tuple[dict[str, Any], Fact]]:
    sums = book.sums[line]
    if sums.spent > sums.budget and sums.spent > 0 and book.is_judged(line):
        entry = _brought_about(entries, year, lambda budget, spent: spent > max(0, budget))
        yield _finding("over_budget", line, sums.spent - sums.budget, entry)
    if sums.spent < 0:
        entry = _brought_about(entries, year, lambda _, spent: spent < 0)
        yield _finding("negative_net_spend", line, -sums.spent, entry)


def _brought_about(entries: Sequence[Fact], year: FiscalYear, holds: Holds) -> Fact:
    """Give the last entry of the day with which the state began to hold.

    Money of one day has no order: a state is that of a day's end.
    """
    budget = spent = 0
    held, cause = False, entries[-1]
    for _, of_day in groupby(entries, key=lambda entry: entry.date):
        last = cause
        for entry in of_day:
            budget += _budget_change(entry, year)
            spent += _spent_change(entry)
            last = entry
        if holds(budget, spent) and not held:
            cause = last
        held = holds(budget, spent)
    return cause


def _budget_change(entry: Fact, year: FiscalYear) -> int:
    data = entry.data
    if entry.kind == "budget.approved":
        return entry.amount if in_one_year(data, year) else 0
    if entry.kind == "carryover.registered":
        return entry.amount
    if entry.kind == "balance.recovered":
        return -entry.amount
    if entry.kind != "budget.adjusted":
        return 0
    minus = data["adjustment_kind"] in {"cut", "recovery"} or data.get("direction") == "out"
    return -entry.amount if minus else entry.amount


def _spent_change(entry: Fact) -> int:
    if entry.kind == "expenditure.recorded":
        return entry.amount
    if entry.kind == "expenditure.reversed" and not entry.data.get("prior_year"):
        return -entry.amount
    return 0
