"""What should be spent at a date: the whole order of domain-rules 10, line by line."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from tests.oracle.book import Book
from tests.oracle.corrections import Piece
from tests.oracle.dates import MONTHS, FiscalYear, day
from tests.oracle.exact import WHOLE_BP, fen, half_up, largest_remainder
from tests.oracle.plans import Period, covers, plans_in_force
from tests.oracle.state import ALWAYS_ACTIVE, States

ORDER: Final = ("plan", "contract", "class_profile", "assessment_table", "months")
"""Strongest first."""
BY_MONTHS: Final = tuple(Fraction(month, MONTHS) for month in range(MONTHS + 1))

Line = str | None


@dataclass(frozen=True)
class Standard:
    """What is expected, exactly, and what it rests on."""

    spent: Fraction
    basis: str
    lines: Mapping[Line, tuple[Fraction, str]] | None
    """By line; None where one standard is for the whole project."""


@dataclass(frozen=True)
class Yardstick:
    """What a project's standard is made of, as known at a date."""

    charged: Sequence[Piece]
    """Facts of the year in order, as they are charged."""
    states: States = ALWAYS_ACTIVE
    undistributed_from: dt.date | None = None
    """From this day on undistributed lines are judged as well."""
    profile: Sequence[Fraction] = BY_MONTHS
    """Share of the year's money by the end of each month, from none to all twelve."""
    profile_basis: str = "months"


@dataclass(frozen=True)
class Instalment:
    """What a contract calls for on a day; negative where it was released, or moved away."""

    line: Line
    contract: str | None
    stated: dt.date
    due: dt.date
    amount: int


def profile_of(months_bp: Sequence[int]) -> list[Fraction]:
    """Read a published profile."""
    return [Fraction(0), *(Fraction(share, WHOLE_BP) for share in months_bp)]


def expected(book: Book, yardstick: Yardstick, on: dt.date) -> Standard | None:
    """Give what is known of the standard of a day; null without budget."""
    since = yardstick.undistributed_from
    lines_judged = [
        line
        for line in book.sums
        if (since is not None and since <= on) or not book.is_undistributed(line)
    ]
    if sum(book.sums[line].budget for line in lines_judged) <= 0:
        return None
    plans = plans_in_force(fact for fact, _ in yardstick.charged)
    if None in plans and covers(plans[None], book.year):
        return Standard(_by_plan(plans[None], yardstick, on), "plan", None)
    # A line that was adjusted and never approved counts, but for one that all budget has left.
    judged = [
        line
        for line in lines_judged
        if line in book.lines or any(book.sums[line].components.values())
    ]
    planned = any(line in plans and covers(plans[line], book.year) for line in judged)
    contracts = _contracts(yardstick.charged, book.year)
    unlined = _contracts(yardstick.charged, book.year, frozenset({None}))
    if len(judged) > 1 and not planned and unlined:
        due = max(Fraction(0), _by_contract(contracts, yardstick, on))
        return Standard(due, "contract", None)
    lines = {}
    for line in judged:
        own = _contracts(yardstick.charged, book.year, _contract_lines(line, judged))
        lines[line] = _of_line(line, book, yardstick, plans, own, on)
    basis = max((basis for _, basis in lines.values()), key=ORDER.index)
    total = sum((spent for spent, _ in lines.values()), Fraction(0))
    if total < 0:
        # Lines that were cut below zero: nothing is expected of any.
        nothing = {line: (Fraction(0), of_line) for line, (_, of_line) in lines.items()}
        return Standard(Fraction(0), basis, nothing)
    return Standard(total, basis, lines)


def _contract_lines(line: Line, judged: Sequence[Line]) -> frozenset[Line]:
    """Where one line is judged, contracts that name none are its own."""
    return frozenset({line, None}) if judged == [line] else frozenset({line})


def _of_line(
    line: Line,
    book: Book,
    yardstick: Yardstick,
    plans: Mapping[Line, Sequence[Period]],
    contracts: Sequence[Instalment],
    on: dt.date,
) -> tuple[Fraction, str]:
    if line in plans and line is not None and covers(plans[line], book.year):
        return _by_plan(plans[line], yardstick, on), "plan"
    if contracts:
        return _by_contract(contracts, yardstick, on), "contract"
    return _by_profile(line, book, yardstick, on), yardstick.profile_basis


def _by_plan(plan: Sequence[Period], yardstick: Yardstick, on: dt.date) -> Fraction:
    """Add up the periods whose last day has come, unless work stood still on it."""
    return Fraction(
        sum(
            period.amount
            for period in plan
            if period.end <= on and not yardstick.states.stopped(period.end, period.stated)
        )
    )


def _contracts(
    charged: Iterable[Piece], year: FiscalYear, lines: frozenset[Line] | None = None
) -> list[Instalment]:
    """Give the year's instalments of contracts that are still committed on some lines (or all).

    What names no line may be released on any: it is still committed if it is so on all together,
    too.
    """
    committed: dict[str | None, int] = {}
    everywhere: dict[str | None, int] = {}
    called: dict[tuple[Line, str | None, dt.date, dt.date], int] = {}
    for fact, times in charged:
        if fact.kind != "commitment.recorded":
            continue
        contract = fact.data.get("contract")
        sign = -times if fact.data.get("released") else times
        everywhere[contract] = everywhere.get(contract, 0) + sign * fact.amount
        if lines is not None and fact.line not in lines:
            continue
        committed[contract] = committed.get(contract, 0) + sign * fact.amount
        for part in fact.data.get("schedule", ()):
            key = fact.line, contract, fact.date, day(part["due"])
            called[key] = called.get(key, 0) + sign * fen(part["amount"])
    found = [Instalment(*key, amount) for key, amount in called.items() if amount]
    return [
        one
        for one in found
        if committed[one.contract] > 0
        and (one.line is not None or everywhere[one.contract] > 0)
        and year.start <= one.due <= year.end
    ]


def _by_contract(instalments: Iterable[Instalment], yardstick: Yardstick, on: dt.date) -> Fraction:
    due = sum(
        one.amount
        for one in instalments
        if one.due <= on and not yardstick.states.stopped(one.due, one.stated)
    )
    return Fraction(due)


def _by_profile(line: Line, book: Book, yardstick: Yardstick, on: dt.date) -> Fraction:
    """Original money follows the profile, a supplement from the month after its approval."""
    year, shares = book.year, yardstick.profile
    completed = year.months_completed(on)
    counted = [
        month
        for month in range(1, completed + 1)
        if not yardstick.states.stopped(year.month_ends[month - 1])
    ]
    rest = book.sums[line].budget
    due = Fraction(0)
    for fact, times in yardstick.charged:
        if fact.line != line or fact.kind != "budget.adjusted":
            continue
        if fact.data["adjustment_kind"] == "supplement":
            rest -= times * fact.amount
            since = year.month_of(fact.date) + 1 if fact.date >= year.start else 0
            due += times * fact.amount * _share(shares, counted, since)
    return due + rest * _share(shares, counted, 0)


def _share(shares: Sequence[Fraction], counted: Sequence[int], since: int) -> Fraction:
    """Give the share that is due by the months that count of money that runs from a month on."""
    left = 1 - shares[since]
    if left == 0:
        return Fraction(1) if MONTHS in counted else Fraction(0)
    return sum((shares[m] - shares[m - 1] for m in counted if m > since), Fraction(0)) / left


def by_line(book: Book, standard: Standard) -> dict[str, tuple[int, str]]:
    """Give each judged line its part, in fen: together they are the project's to the fen."""
    total = half_up(standard.spent)
    if standard.lines is not None:
        parts = largest_remainder(
            {line or "": spent for line, (spent, _) in standard.lines.items()}, total
        )
        return {line: (parts[line], standard.lines[line][1]) for line in standard.lines if line}
    # A line that was adjusted and never approved counts, though it is not listed.
    weights = {
        line: sums.budget for line, sums in book.sums.items() if line and book.is_judged(line)
    }
    whole = sum(weights.values())
    if whole == 0:
        return {}
    exact = {line: Fraction(total * weight, whole) for line, weight in weights.items()}
    return {line: (part, standard.basis) for line, part in largest_remainder(exact, total).items()}
