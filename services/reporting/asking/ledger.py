"""Asking intake, in the caller's name, whether the ledger has what a form stated; and evidence."""

from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from services.chassis.evidence import IntakeClient

PAGE_ENTRIES: Final = 1_000
PAGES_MAX: Final = 100
"""Entries of one project that are looked through: a hundred thousand after the campaign's cut."""


class Ledger(IntakeClient):
    """A client of intake."""

    async def positions(
        self, authorization: bytes, project: str, after: int, ids: Collection[str]
    ) -> dict[int, int] | None:
        """Tell partition and last position of these events in the ledger; null if one is not there.

        `after`: a sequence of the project's stream before all of them.
        """
        wanted, found = set(ids), dict[int, int]()
        path = f"/v1/ledger/{quote(project, safe='')}"
        for _ in range(PAGES_MAX):
            asked = {"after": str(after), "limit": str(PAGE_ENTRIES)}
            page = await self.document(authorization, path, asked)
            for entry in page["items"]:
                if entry["event"]["id"] in wanted:
                    wanted.discard(entry["event"]["id"])
                    partition, position = entry["partition"], entry["position"]
                    found[partition] = max(position, found.get(partition, 0))
            if not wanted:
                return found
            if page["next"] is None:
                return None
            after = page["next"]
        return None
