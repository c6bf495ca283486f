"""Execution figures: what a project was given, committed, was paid and got back (rules 1 to 5)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from tests.oracle.book import COMPONENTS, Book, Entry, Sums
from tests.oracle.corrections import Move, by_date
from tests.oracle.dates import FiscalYear
from tests.oracle.exact import rate_bp, wire
from tests.oracle.facts import Fact
from tests.oracle.postings import FIRST, LAST, Posted, note_payment


def keep_book(
    facts: Iterable[Fact],
    year: FiscalYear,
    moves: Sequence[Move] = (),
) -> Book:
    """Enter facts (those dated by the as-of date, in order) and corrections into a book."""
    book = Book(year, moves=moves)
    later = []
    for fact in facts:
        first = FIRST.get(fact.kind)
        if first is not None:
            _enter(book, first(book, fact), fact)
        elif fact.kind in LAST:
            later.append(fact)
        if fact.kind == "expenditure.recorded":
            note_payment(book, fact)
    # Reversals name payments, and payments and allocations lines, that may be dated later.
    for fact in later:
        _enter(book, LAST[fact.kind](book, fact), fact)
    for move in moves:
        _move(book, move)
    _state_lines(book)
    for entries in book.entries.values():
        entries.sort(key=lambda entry: entry.fact.place)
    return book


def _enter(book: Book, posted: Posted, fact: Fact) -> None:
    """Enter what a fact changes, and the month in which it was spent or came back."""
    line, change = posted
    book.sums[line].add(change)
    book.entries[line].append(Entry(fact, change))
    if change.spent:
        book.months[book.year.month_of(fact.date)] += change.spent


STATES_LINES: Final = frozenset({"budget.approved", "carryover.registered"})


def _move(book: Book, move: Move) -> None:
    """Move all that an entry changed from line to line; the total and its months stay."""
    fact = move.original
    post = FIRST.get(fact.kind) or LAST[fact.kind]
    kept = (dict(book.stated_by), dict(book.lines), list(book.spanning), book.approved_on)
    line, change = post(book, fact)
    book.stated_by, book.lines, book.spanning, book.approved_on = kept
    old, new = move.before.line or line, move.after.line or line
    if old == new:
        return
    for place, sign in ((old, -1), (new, 1)):
        moved = Sums()
        moved.add(change, sign)
        book.sums[place].add(moved)
        book.entries[place].append(Entry(move.correction, moved))


def _state_lines(book: Book) -> None:
    """Change what lines are: its fact was the last to state one, or nothing is stated of it."""
    for move in by_date(book.moves):
        line, entry = move.after.line, move.entry
        if line is None or move.original.kind not in STATES_LINES:
            continue
        if line not in book.lines or book.stated_by.get(line) == entry:
            book.lines[line], book.stated_by[line] = move.after.data, entry
            # It is listed, be there money on it or not.
            book.sums[line].add(Sums())


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
