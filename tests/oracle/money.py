"""Execution figures: what a project was given, committed, was paid and got back (rules 1 to 5)."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.oracle.book import COMPONENTS, Book, Entry, Sums, in_one_year
from tests.oracle.corrections import Move
from tests.oracle.dates import FiscalYear
from tests.oracle.exact import rate_bp, wire
from tests.oracle.facts import Fact
from tests.oracle.postings import CHANGES, is_carried_over
from tests.oracle.terms import terms_of


def keep_book(
    facts: Iterable[Fact],
    year: FiscalYear,
    moves: Sequence[Move] = (),
) -> Book:
    """Enter facts (those dated by the as-of date, in order) and corrections into a book."""
    facts = list(facts)
    terms = terms_of(facts, moves)
    book = Book(year, moves=moves, terms=terms)
    for line, said in terms.items():
        now = said[-1][1]
        if now is not None:
            book.lines[line] = now
            # It is listed, be there money on it or not.
            book.sums[line].add(Sums())
    for fact in facts:
        _note(book, fact)
    for fact in facts:
        if fact.kind in CHANGES:
            _enter(book, fact)
    for move in moves:
        _move(book, move)
    for entries in book.entries.values():
        entries.sort(key=lambda entry: entry.fact.place)
    return book


def _note(book: Book, fact: Fact) -> None:
    """Know what an approval says of the whole project."""
    if fact.kind != "budget.approved":
        return
    if not is_carried_over(fact):
        # Spending on carried over money is lawful before the year's approval (domain-rules 17a).
        book.approved_on = book.approved_on or fact.date
    if not in_one_year(fact.data, book.year):
        book.spanning.append(fact)


def _enter(book: Book, fact: Fact) -> None:
    """Enter what a fact changes, and the month in which it was spent or came back."""
    change = CHANGES[fact.kind](book, fact)
    book.sums[fact.line].add(change)
    book.entries[fact.line].append(Entry(fact, change))
    if change.spent:
        book.months[book.year.month_of(fact.date)] += change.spent


def _move(book: Book, move: Move) -> None:
    """Move all that an entry changes from line to line, on the correction's date.

    Whether it is spent is a matter of the line (domain-rules 1): what is not spent on the one any
    more, or is on the other, was so until the day of the correction, and is from its month on.
    """
    if move.before.line == move.after.line:
        return
    for fact, sign in ((move.before, -1), (move.after, 1)):
        change = Sums()
        change.add(CHANGES[fact.kind](book, fact), sign)
        book.sums[fact.line].add(change)
        book.entries[fact.line].append(Entry(move.correction, change))
        if change.spent:
            book.months[book.year.month_of(move.correction.date)] += change.spent


def money(sums: Sums) -> dict[str, Any]:
    """State sums as the contract's `Money`; more back than spent is a rate of 0 (rule 13)."""
    spent, budget = max(0, sums.spent), sums.budget
    return {
        "components": {name: wire(sums.components[name]) for name in COMPONENTS},
        "adjusted_budget": wire(budget),
        "committed": wire(sum(sums.committed.values())),
        "requested": wire(sums.requested),
        "disbursed": wire(sums.disbursed),
        "spent": wire(sums.spent),
        "reversed": wire(sums.reversed),
        "prior_year_refunds": wire(sums.refunds),
        "balance": wire(budget - sums.spent),
        "uncommitted_balance": wire(budget - sums.spent - sums.unpaid),
        # A budget of less than nothing has no rate either.
        "execution_rate_bp": rate_bp(spent, max(0, budget)),
        "execution_rate_original_bp": rate_bp(spent, max(0, sums.components["original"])),
    }
