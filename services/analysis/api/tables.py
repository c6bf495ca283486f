"""The tables that are held in memory: of the days, and of the moments, last asked about."""

import datetime as dt
from collections import OrderedDict
from typing import Final

import msgspec

from contracts.record import format_cut
from services.analysis.api.asking import AskedWhole
from services.analysis.api.table import Table
from services.analysis.domain import Jurisdiction
from services.analysis.store.rowstate import RowState
from services.analysis.store.tables import TableReader

TABLES_MAX: Final = 4
"""Tables held in memory; the one used longest ago makes room."""
POINTS_MAX: Final = 26
"""Past days of which a few figures are held: two years' month ends."""

Key = tuple[str, int, dt.date, str]
"""Jurisdiction, year, day, and the cut it was known at; empty: now."""


class Point(msgspec.Struct, gc=False):
    """The few figures of a project at a day that a history shows."""

    project: str
    department: str | None
    lead_unit: str | None
    adjusted_budget: int
    disbursed: int
    spent: int
    expected_spent: int | None
    attainment_rate_bp: int | None
    judged: int
    light: str | None
    sequence: int
    incomplete: bool


def point_of(row: RowState) -> Point:
    """Keep of a row what a history shows."""
    money = row.money
    return Point(
        row.project,
        row.department,
        row.lead_unit,
        money.adjusted_budget,
        money.disbursed,
        money.spent,
        row.expected_spent,
        row.attainment_rate_bp,
        row.judged,
        row.light,
        row.sequence,
        row.incomplete,
    )


class Tables:
    """Makes tables and holds the last few."""

    def __init__(self, reader: TableReader) -> None:
        """Nothing is read before the first question."""
        self._reader = reader
        self._made: dict[Key, Table] = {}
        self._points: OrderedDict[Key, Table] = OrderedDict()

    async def point(self, whole: AskedWhole, day: dt.date) -> Table:
        """Return the few figures of all projects at a past day that a history shows."""
        key = (whole.code, whole.year, day, "")
        found = self._points.pop(key, None) or Table(
            whole.jurisdiction, whole.year, day, keep=point_of
        )
        self._points[key] = found
        while len(self._points) > POINTS_MAX:
            self._points.popitem(last=False)
        await found.refresh(self._reader, whole.at_least)
        return found

    def has_point(self, whole: AskedWhole, day: dt.date) -> bool:
        """Tell whether a past day was measured already."""
        found = self._points.get((whole.code, whole.year, day, ""))
        return found is not None and bool(found.read)

    async def asked(self, whole: AskedWhole, cut: list[int] | None = None) -> Table:
        """Return all projects at the day asked for, as known now or at a cut."""
        if cut is None:
            return await self.table(whole.jurisdiction, whole.year, whole.day, whole.at_least)
        return await self.known(whole.jurisdiction, whole.year, whole.day, cut)

    async def table(
        self, jurisdiction: Jurisdiction, year: int, day: dt.date, at_least: list[int] | None
    ) -> Table:
        """Return all projects at a day, folded up to `at_least` or to the last moment."""
        found = self._hold((jurisdiction.jurisdiction, year, day, ""), jurisdiction)
        await found.refresh(self._reader, at_least)
        return found

    async def known(
        self, jurisdiction: Jurisdiction, year: int, day: dt.date, cut: list[int]
    ) -> Table:
        """Return all projects at a day, as they were known at a cut."""
        found = self._hold((jurisdiction.jurisdiction, year, day, format_cut(cut)), jurisdiction)
        await found.fold(self._reader, cut)
        return found

    def _hold(self, key: Key, jurisdiction: Jurisdiction) -> Table:
        found = self._made.pop(key, None) or Table(jurisdiction, key[1], key[2])
        self._made[key] = found
        while len(self._made) > TABLES_MAX:
            del self._made[next(iter(self._made))]
        return found
