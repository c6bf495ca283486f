"""Execution beside its standard, and the execution light (domain-rules 10 and 12)."""

import datetime as dt
from typing import Any, Final

from tests.oracle.book import Book
from tests.oracle.exact import half_up, rate_bp, wire
from tests.oracle.expected import Standard, Yardstick, by_line, expected
from tests.oracle.money import money

RED_BELOW_BP: Final = 6000
YELLOW_BELOW_BP: Final = 8000


def execution(
    book: Book, yardstick: Yardstick, as_of: dt.date
) -> tuple[dict[str, Any], Standard | None]:
    """State the first monitor as the contract's `Execution`, but for lines and forecast."""
    total, year = book.total, book.year
    figures = money(total)
    standard = expected(book, yardstick, as_of)
    rate = figures["execution_rate_bp"]
    due = rate_bp(standard.spent, max(0, total.budget)) if standard else None
    spent = max(0, total.spent)
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


def lines(book: Book, standard: Standard | None) -> dict[str, dict[str, Any]]:
    """State every funding line as the contract's `LineFigures`, by its id."""
    due = by_line(book, standard) if standard else {}
    return {
        name: {
            "line": name,
            "unit": line["unit"],
            "account": line["account"],
            "channel": line.get("channel", "treasury_payment"),
            "function": line.get("classification", {}).get("function"),
            "government_economic": line.get("classification", {}).get("government_economic"),
            "undistributed": line.get("undistributed", False),
            "money": money(book.sums[name]),
            "expected_spent": wire(due[name][0]) if name in due else None,
            "expected_basis": due[name][1] if name in due else None,
        }
        for name, line in book.lines.items()
    }
