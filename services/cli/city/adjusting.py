"""Changes of a year's budget and promises, as facts; both sides of a batch on one day."""

from typing import Any

from services.cli.city.chance import part
from services.cli.city.indicators import Indicator, terms
from services.cli.city.town import Town
from services.cli.city.wire import iso, money
from services.cli.city.year import Line, Year


def adjust(town: Town, year: Year, line: Line, kind: str, fen: int, **more: Any) -> None:
    """State that a line changes today; the kind (and direction) gives the sign."""
    minus = kind in {"cut", "recovery"} or more.get("direction") == "out"
    line.budget += -fen if minus else fen
    year.adjusted += -fen if minus else fen
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "line": line.line,
        "adjustment_kind": kind,
        "amount": money(fen),
        "document": town.writer.paper("budget", f"合财调〔{year.year}〕"),
        **more,
    }
    town.writer.fact("budget", "budget.adjusted", year.subject, data)


def move(town: Town, kind: str, giver: Year, takers: list[tuple[Year, int]]) -> None:
    """Move money between projects under one batch number: out once, in as often as needed."""
    batch = town.writer.number("TJ")
    total = sum(fen for _, fen in takers)
    adjust(town, giver, giver.main, kind, total, direction="out", batch_number=batch)
    for taker, fen in takers:
        adjust(town, taker, taker.main, kind, fen, direction="in", batch_number=batch)


def lower_targets(town: Town, year: Year, share_bp: int, reason: str) -> None:
    """State that the quantities promised become less, by a share of 10,000."""
    changed: list[Indicator] = [
        indicator.with_target(part(indicator.target, share_bp))
        for indicator in year.indicators
        if indicator.shape.key == "quantity"
    ]
    by_id = {indicator.indicator: indicator for indicator in changed}
    year.indicators = [by_id.get(one.indicator, one) for one in year.indicators]
    data = {
        "date": iso(town.writer.today),
        "fiscal_year": year.year,
        "targets": [terms(indicator, year.year) for indicator in changed],
        "reason": reason,
        "document": town.writer.paper("budget", f"合财绩〔{year.year}〕"),
    }
    town.writer.fact("performance", "targets.adjusted", year.subject, data)
