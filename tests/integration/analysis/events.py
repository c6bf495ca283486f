"""A stream of every kind of fact over a few projects, drawn from a seed."""

import datetime as dt
from collections.abc import Callable
from random import Random  # noqa: TID251 - seeded
from typing import Any

from contracts.envelope import AnyEvent
from tests.support import builders

FIRST = dt.date(2025, 12, 1)
DAYS = 210
INDICATORS = ("K1", "K2")


def stream(seed: int, count: int, projects: int, jurisdiction: str = "610100") -> list[AnyEvent]:
    """Draw facts; every project is registered at some time, not always at first."""
    chance = Random(seed)
    names = [f"{jurisdiction}/P{number}" for number in range(projects)]
    drawn = [_fact(chance, chance.choice(names)) for _ in range(count)]
    for name in names:
        drawn.insert(chance.randrange(len(drawn)), builders.project(name))
    return drawn


def _fact(chance: Random, project: str) -> AnyEvent:
    date = FIRST + dt.timedelta(days=chance.randrange(DAYS))
    amount = f"{chance.randrange(100_000)}.{chance.randrange(100):02d}"
    line = chance.choice(["L1", "L1", "L2", None])
    known = line or "L1"
    year: dict[str, Any] = {"fiscal_year": chance.choice([2025, 2026, 2026, 2026])}
    target = builders.target(chance.choice(INDICATORS))
    value, indicator = str(chance.randrange(150)), chance.choice(INDICATORS)
    of = {"subject": project, **year}
    makers: list[Callable[[], AnyEvent]] = [
        lambda: builders.budget(project, f"{amount[:-3]}0000.00", date, known, **year),
        lambda: builders.adjustment("supplement", amount, date, line=known, **of),
        lambda: builders.disbursement(amount, date, line=line, **of),
        lambda: builders.reversal(amount, date, line=line, **of),
        lambda: builders.commitment(amount, date, line=line, **of),
        lambda: builders.targets(target, date=date, **of),
        lambda: builders.progress(value, date, indicator, **of),
        *[lambda: builders.expenditure(project, amount, date, line, **year)] * 4,
    ]
    return chance.choice(makers)()
