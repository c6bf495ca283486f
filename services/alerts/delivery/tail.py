"""The last entries of feeds, read once for all subscriptions that follow them."""

from collections.abc import Iterable
from typing import Final

from services.alerts.domain.subscriptions import Entry
from services.alerts.store.deliveries import DeliveryStore

HELD_MAX: Final = 1_000
"""Last entries of a jurisdiction that are held."""
PAGE: Final = 200
"""Most entries that are read or given at once."""


class Tail:
    """What is new of the feeds that are followed; whoever is behind reads the store."""

    def __init__(self, store: DeliveryStore) -> None:
        """Nothing is known before the first look."""
        self._store = store
        self._held: dict[str, list[Entry]] = {}
        self._heads: dict[str, int] = {}

    def head(self, jurisdiction: str) -> int:
        """Return the last cursor that is known."""
        return self._heads.get(jurisdiction, 0)

    async def look(self, jurisdictions: Iterable[str]) -> None:
        """Read what is new of these; forget the others."""
        wanted = set(jurisdictions)
        for name in self._heads.keys() - wanted:
            del self._heads[name]
            self._held.pop(name, None)
        for name, head in (await self._store.heads(wanted)).items():
            if head > self._heads.get(name, 0):
                await self._catch_up(name, head)

    async def after(self, jurisdiction: str, cursor: int) -> list[Entry]:
        """Give what follows on a cursor, in order, a page of it."""
        held = self._held.get(jurisdiction)
        if held and held[0].cursor <= cursor + 1:
            first = cursor + 1 - held[0].cursor
            return held[first : first + PAGE]
        return await self._store.entries(jurisdiction, cursor, PAGE)

    async def _catch_up(self, name: str, head: int) -> None:
        held = self._held.setdefault(name, [])
        known = held[-1].cursor if held else self._heads.get(name, head)
        if head - known > HELD_MAX:
            held.clear()
            known = head - HELD_MAX
        # Cursors are gapless: so many pages, and no more.
        for _ in range(HELD_MAX // PAGE + 1):
            found = await self._store.entries(name, known, PAGE)
            held.extend(found)
            if len(found) < PAGE:
                break
            known = found[-1].cursor
        del held[:-HELD_MAX]
        self._heads[name] = max(head, held[-1].cursor if held else head)
