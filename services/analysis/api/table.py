"""All projects of a jurisdiction and year at a day, as rows: measured once per ledger position."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.record import reached
from services.analysis.api.rows import lead_of, measure, registered, row_of
from services.analysis.domain import Jurisdiction
from services.analysis.store.reading import Asked, Reader
from services.chassis import clock
from services.chassis.identity import Principal
from services.chassis.mongo import Progress
from services.chassis.problems import Problem, ProblemError

TABLE_PROJECTS_MAX: Final = 20_000
"""Most projects that are put in order or added up at once: twice a large city's."""
TABLES_MAX: Final = 4
"""Measured tables held in memory; the one used longest ago makes room."""
PAGE_PROJECTS: Final = 100
REUSE_SECONDS: Final = 1.0
"""While entries keep coming, a table may be this old: each answer names its position."""

Row = dict[str, Any]
Key = tuple[str, int, dt.date]
Lead = tuple[str | None, str | None]
"""Lead unit and department of a project's latest registration."""


@dataclass(frozen=True)
class Table:
    """The rows, ordered by project id."""

    cut: list[int]
    """What is folded in all rows, at least."""
    rows: list[Row]
    leads: list[Lead]
    """Of each row: who leads the project now."""
    made: float
    """On the monotonic clock."""

    def seen_by(self, asking: Principal) -> list[Row]:
        """Return the rows that are in somebody's scope."""
        if not asking.narrow:
            return self.rows
        return [
            row
            for row, lead in zip(self.rows, self.leads, strict=True)
            if asking.sees(row["project_id"], *lead)
        ]


class Tables:
    """Makes tables and holds the last few; one is made at a time."""

    def __init__(self, reader: Reader, progress: Progress) -> None:
        """Nothing is read before the first question."""
        self._reader = reader
        self._progress = progress
        self._made: dict[Key, Table] = {}
        self._making = asyncio.Lock()

    async def table(
        self, jurisdiction: Jurisdiction, year: int, day: dt.date, at_least: list[int] | None
    ) -> Table:
        """Return all projects at a day, folded up to `at_least` or to the last second."""
        key = (jurisdiction.jurisdiction, year, day)
        async with self._making:
            found = self._made.pop(key, None)
            if found is None or not await self._is_fit(found, at_least):
                found = await self._make(jurisdiction, year, day)
            self._made[key] = found
            while len(self._made) > TABLES_MAX:
                del self._made[next(iter(self._made))]
        return found

    async def _is_fit(self, table: Table, at_least: list[int] | None) -> bool:
        present = clock.monotonic()
        if present - table.made <= REUSE_SECONDS:
            return at_least is None or reached(table.cut, at_least)
        return table.cut == await self._cut()

    async def _cut(self) -> list[int]:
        return await self._progress.positions(self._progress.partitions)

    async def _make(self, jurisdiction: Jurisdiction, year: int, day: dt.date) -> Table:
        began, cut = clock.monotonic(), await self._cut()
        rows: list[Row] = []
        leads: list[Lead] = []
        async for row, lead in rows_of(self._reader, jurisdiction, year, day):
            if len(rows) == TABLE_PROJECTS_MAX:
                raise _too_many()
            rows.append(row)
            leads.append(lead)
        return Table(cut, rows, leads, began)


async def rows_of(
    reader: Reader, jurisdiction: Jurisdiction, year: int, day: dt.date
) -> AsyncIterator[tuple[Row, Lead]]:
    """Measure the projects that were registered by the day or have facts of the year."""
    after: str | None = None
    for _ in range(TABLE_PROJECTS_MAX // PAGE_PROJECTS + 1):
        page = await reader.page(Asked(jurisdiction.jurisdiction, year), after, PAGE_PROJECTS)
        for found, state in zip(page.items, page.years, strict=True):
            if state is None and not registered(found, day):
                continue
            asked = state or found.project.year(year)
            known = found.jurisdiction or jurisdiction
            data = measure(found, known, asked, day, page.cut[found.partition])
            yield row_of(found, data), lead_of(found)
        after = page.after
        if after is None:
            return
        # Folding goes on between the pages.
        await asyncio.sleep(0)
    raise _too_many()


def _too_many() -> ProblemError:
    return ProblemError(
        Problem(
            422,
            "too_many_projects",
            "Too many projects",
            f"More than {TABLE_PROJECTS_MAX} projects cannot be put in order at once.",
            hint="List them by id: without light, search and sort.",
        )
    )
