"""Execution rates that were published, through the whole fold (forms 2.3)."""

from fractions import Fraction
from typing import Final

from tests.golden.cells import Cell, cell
from tests.spec.engines import folded
from tests.support.builders import budget, expenditure, jurisdiction

PUBLISHED: Final = (
    ("a project's 3.12 of 19.3 万元", "31200.00", "193000.00", "16.17"),
    ("27.13 of 45.76 万元", "271300.00", "457600.00", "59.29"),
    ("0.72 of 1.1 万元", "7200.00", "11000.00", "65.45"),
    ("2.4 of 15.3 万元", "24000.00", "153000.00", "15.69"),
    ("0 of 2.9 万元", "0.00", "29000.00", "0"),
    ("IATI, ODART, half a year", "580603.01", "978360.59", "59.34"),
    ("IATI, NLFLATK, half a year", "102720.00", "768233.99", "13.37"),
)


def rate_cells() -> list[Cell]:
    """执行率 = 执行数 ÷ 全年预算数 × 100, half up to two places."""
    found = []
    for what, spent, adjusted, rate in PUBLISHED:
        facts = [jurisdiction(), budget(amount=adjusted), expenditure(amount=spent)]
        ours = folded(facts).assessment().execution.money.execution_rate_bp
        found.append(cell(what, rate, None if ours is None else Fraction(ours, 100)))
    return found
