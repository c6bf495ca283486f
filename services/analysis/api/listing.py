"""Projects by id, straight from the store, however many there are: measured when asked for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from contracts.record import format_cut
from services.analysis.api.asking import AskedWhole
from services.analysis.api.rows import Row, measure, registered, shown, state_of
from services.analysis.store.reading import Asked, Reader

ROUNDS_MAX: Final = 20
"""Most pages of projects looked through for one page of those that count."""
FILE_PAGE: Final = 200
FILE_PAGES_MAX: Final = 10_000
"""Two million projects."""


class Listing:
    """The projects of a jurisdiction, or of one department, that somebody may see."""

    def __init__(self, reader: Reader, whole: AskedWhole, department: str | None) -> None:
        """Read nothing yet."""
        within = whole.asking.within if whole.asking.narrow else None
        self._asked = Asked(whole.code, whole.year, department, within)
        self._reader = reader
        self._whole = whole

    async def page(self, after: str | None, limit: int) -> dict[str, Any]:
        """Return the next rows, and where the page after them begins."""
        position = ""
        items: list[Row] = []
        for _ in range(ROUNDS_MAX):
            page = await self._reader.page(self._asked, after, limit - len(items))
            position = format_cut(page.cut)
            for found, state in zip(page.items, page.years, strict=True):
                if state is None and not registered(found, self._whole.day):
                    continue
                year = state or found.project.year(self._asked.fiscal_year)
                known = found.jurisdiction or self._whole.jurisdiction
                data = measure(found, known, year, self._whole.day, page.cut[found.partition])
                items.append(shown(state_of(found, data, self._whole.day)))
            after = page.after
            if after is None or len(items) == limit:
                break
            await asyncio.sleep(0)
        return {"position": position, "items": items, "next": after}

    async def pages(self) -> AsyncIterator[list[Row]]:
        """Yield the rows of all pages."""
        after: str | None = None
        for _ in range(FILE_PAGES_MAX):
            page = await self.page(after, FILE_PAGE)
            yield page["items"]
            after = page["next"]
            if after is None:
                return
