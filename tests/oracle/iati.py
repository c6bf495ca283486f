"""Execution figures of IATI activities recomputed from the XML alone, by other code.

Imports nothing of Dualwatch: it stands on the mapping's text (docs/iati.md), ElementTree and
Decimal, so that an error of the mapper or of a fold cannot hide in it.
"""

import datetime as dt
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

SPENT = {"3", "4", "D", "E"}
RECEIVED = {"1", "11", "IF"}
REVISED = {"2", "Revised"}


@dataclass(frozen=True)
class Figures:
    """Figures of one activity in one fiscal year, in the currency's unit."""

    adjusted_budget: Decimal
    spent: Decimal
    disbursed: Decimal

    @property
    def execution_rate_bp(self) -> int | None:
        """Spent ÷ adjusted budget, half up; null over zero."""
        if self.adjusted_budget == 0:
            return None
        rate = max(self.spent, Decimal(0)) * 10_000 / self.adjusted_budget
        return int(rate.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def figures(path: Path, fiscal_year: int, as_of: dt.date) -> dict[str, Figures]:
    """Recompute every activity of a file for the April year that begins in `fiscal_year`."""
    first, last = dt.date(fiscal_year, 4, 1), dt.date(fiscal_year + 1, 3, 31)
    found = {}
    for activity in ET.parse(path).getroot().iter("iati-activity"):  # noqa: S314 - our own files
        code = (activity.findtext("iati-identifier") or "").strip()
        spent = disbursed = Decimal(0)
        for transaction in activity.findall("transaction"):
            when = _transaction_date(transaction)
            if not first <= when <= min(last, as_of):
                continue
            kind = transaction.find("transaction-type")
            value = _amount(transaction)
            if kind is not None and kind.get("code") in SPENT:
                spent += value
                disbursed += value
            elif kind is not None and kind.get("code") in RECEIVED:
                disbursed += value
        budget = _budget(activity, first, last, as_of)
        found[code] = Figures(budget, spent, disbursed)
    return found


def _budget(activity: ET.Element, first: dt.date, last: dt.date, as_of: dt.date) -> Decimal:
    by_period: dict[tuple[dt.date, dt.date], tuple[bool, Decimal]] = {}
    for budget in activity.findall("budget"):
        start, end = _date(budget, "period-start"), _date(budget, "period-end")
        if not (first <= start and end <= last and start <= as_of):
            continue
        revised = budget.get("type") in REVISED
        known = by_period.get((start, end))
        if known is None or (revised and not known[0]):
            by_period[start, end] = (revised, _amount(budget))
    return sum((value for _, value in by_period.values()), Decimal(0))


def _date(element: ET.Element, tag: str) -> dt.date:
    child = element.find(tag)
    assert child is not None
    return dt.date.fromisoformat(child.get("iso-date", "")[:10])


def _transaction_date(transaction: ET.Element) -> dt.date:
    child = transaction.find("transaction-date")
    if child is not None:
        return dt.date.fromisoformat(child.get("iso-date", "")[:10])
    value = transaction.find("value")
    assert value is not None
    return dt.date.fromisoformat(value.get("value-date", "")[:10])


def _amount(element: ET.Element) -> Decimal:
    text = (element.findtext("value") or "").strip()
    return Decimal(text).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
