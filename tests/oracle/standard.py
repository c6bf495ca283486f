"""What should be spent at a date, and the execution light (domain-rules 10 and 12)."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from tests.oracle.dates import MONTHS, FiscalYear, day
from tests.oracle.exact import fen, half_up, rate_bp, wire
from tests.oracle.facts import Fact
from tests.oracle.money import Book, money

RED_BELOW_BP: Final = 6000
YELLOW_BELOW_BP: Final = 8000


@dataclass(frozen=True)
class Standard:
    """What is expected, exactly, and what it rests on."""

    spent: Fraction
    basis: str


IN_FORCE: Final = frozenset({"plan", "months"})
"""Bases that this release knows; `contract` joins with the part that measures schedules."""


def expected(
    facts: Sequence[Fact],
    book: Book,
    year: FiscalYear,
    as_of: dt.date,
    bases: Collection[str] = IN_FORCE,
) -> Standard | None:
    """Give the first standard there is, in the order of domain-rules 10; null without budget."""
    if book.judged_budget <= 0:
        return None
    plan = _plan(facts, year, as_of)
    if plan is not None:
        return Standard(Fraction(plan), "plan")
    schedule = _schedule(facts, year, as_of) if "contract" in bases else None
    if schedule is not None:
        return Standard(Fraction(schedule), "contract")
    return Standard(_by_months(facts, book, year, as_of), "months")


def _plan(facts: Iterable[Fact], year: FiscalYear, as_of: dt.date) -> int | None:
    latest: dict[str | None, Fact] = {}
    for fact in facts:
        if fact.kind == "spending_plan.approved":
            latest[fact.data.get("line")] = fact
    plans = [latest[None]] if None in latest else list(latest.values())
    if not plans or not all(_covers(plan, year) for plan in plans):
        return None
    return sum(
        fen(period["amount"])
        for plan in plans
        for period in plan.data["periods"]
        if day(period["end"]) <= as_of
    )


def _covers(plan: Fact, year: FiscalYear) -> bool:
    spans = [(day(period["start"]), day(period["end"])) for period in plan.data["periods"]]
    firsts = [end.replace(day=1) for end in year.month_ends]
    months = zip(firsts, year.month_ends, strict=True)
    return all(
        any(start <= last and first <= end for start, end in spans) for first, last in months
    )


def _schedule(facts: Iterable[Fact], year: FiscalYear, as_of: dt.date) -> int | None:
    """Add up the instalments due of contracts that are still committed."""
    committed: dict[str | None, int] = {}
    instalments: list[tuple[str | None, dt.date, int]] = []
    for fact in facts:
        if fact.kind != "commitment.recorded":
            continue
        contract, data = fact.data.get("contract"), fact.data
        sign = -1 if data.get("released") else 1
        committed[contract] = committed.get(contract, 0) + sign * fact.amount
        instalments += [
            (contract, day(part["due"]), sign * fen(part["amount"]))
            for part in data.get("schedule", ())
        ]
    valid = [(due, amount) for contract, due, amount in instalments if committed[contract] > 0]
    if not valid:
        return None
    return sum(amount for due, amount in valid if year.start <= due <= min(as_of, year.end))


def _by_months(facts: Iterable[Fact], book: Book, year: FiscalYear, as_of: dt.date) -> Fraction:
    """Original money runs over the year, a supplement from the month after its approval."""
    months = year.months_completed(as_of)
    whole_year = Fraction(book.judged_budget)
    later = Fraction(0)
    for fact in facts:
        if fact.kind != "budget.adjusted" or fact.data["adjustment_kind"] != "supplement":
            continue
        if not book.is_judged(fact.line):
            continue
        amount = fact.amount
        whole_year -= amount
        before = year.month_of(fact.date) + 1
        left = MONTHS - before
        share = Fraction(max(0, months - before), left) if left else Fraction(months // MONTHS)
        later += amount * share
    return whole_year * months / MONTHS + later


def execution(
    facts: Sequence[Fact], book: Book, year: FiscalYear, as_of: dt.date
) -> tuple[dict[str, Any], Standard | None]:
    """State the first monitor as the contract's `Execution`."""
    total = book.total
    figures = money(total)
    standard = expected(facts, book, year, as_of)
    rate = figures["execution_rate_bp"]
    due = rate_bp(standard.spent, total.budget) if standard else None
    spent = max(0, book.judged_spent)
    ratio = rate_bp(spent, standard.spent) if standard else None
    shown = year.month_of(as_of) + 1 if as_of >= year.start else 0
    stated = {
        "money": figures,
        "expected_spent": wire(half_up(standard.spent)) if standard else None,
        "expected_rate_bp": due,
        "expected_basis": standard.basis if standard else None,
        "ratio_bp": ratio,
        "deviation_points_bp": None if rate is None or due is None else rate - due,
        "approved_on": book.approved_on.isoformat() if book.approved_on else None,
        "month_spent": [wire(book.months[month]) for month in range(shown)],
        "light": execution_light(ratio),
    }
    return stated, standard


def execution_light(ratio_bp: int | None) -> str | None:
    """Exactly 60 % and 80 % belong to the upper class; there is no blue for money."""
    if ratio_bp is None:
        return None
    if ratio_bp < RED_BELOW_BP:
        return "red"
    return "yellow" if ratio_bp < YELLOW_BELOW_BP else "green"


def lines(book: Book) -> dict[str, dict[str, Any]]:
    """State every funding line as the contract's `LineFigures`, by its id."""
    return {
        name: {
            "line": name,
            "unit": line["unit"],
            "account": line["account"],
            "channel": line.get("channel", "treasury_payment"),
            "function": line.get("classification", {}).get("function"),
            "undistributed": line.get("undistributed", False),
            "money": money(book.sums[name]),
        }
        for name, line in book.lines.items()
    }
