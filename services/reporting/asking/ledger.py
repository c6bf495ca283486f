"""Asking intake, in the caller's name, whether the ledger has what a form stated; and evidence."""

import contextlib
from collections.abc import AsyncIterator, Collection
from typing import Any, Final
from urllib.parse import quote

from services.chassis.evidence import IntakeClient

PAGE_ENTRIES: Final = 1_000
PAGES_MAX: Final = 100
"""Entries of one project that are looked through: a hundred thousand after the campaign's cut."""


class TooLongError(Exception):
    """More entries lie behind those that were looked through."""


class Ledger(IntakeClient):
    """A client of intake."""

    async def positions(
        self, authorization: bytes, project: str, after: int, ids: Collection[str]
    ) -> dict[int, int] | None:
        """Tell partition and last position of these events in the ledger; null if one is not there.

        `after`: a sequence of the project's stream before all of them.
        """
        wanted, found = set(ids), dict[int, int]()
        with contextlib.suppress(TooLongError):
            async for entry in self._entries(authorization, project, after):
                if entry["event"]["id"] in wanted:
                    wanted.discard(entry["event"]["id"])
                    partition, position = entry["partition"], entry["position"]
                    found[partition] = max(position, found.get(partition, 0))
                    if not wanted:
                        return found
        return None

    async def sequences(
        self, authorization: bytes, project: str, after: int, ids: Collection[str]
    ) -> dict[str, int] | None:
        """Tell the sequence in the project's stream of those events that the ledger has.

        Null: they were not all found in what is looked through, and more lies behind it.
        """
        wanted, found = set(ids), dict[str, int]()
        try:
            async for entry in self._entries(authorization, project, after):
                if entry["event"]["id"] in wanted:
                    found[entry["event"]["id"]] = entry["sequence"]
                    if len(found) == len(wanted):
                        break
        except TooLongError:
            return None
        return found

    async def _entries(
        self, authorization: bytes, project: str, after: int
    ) -> AsyncIterator[dict[str, Any]]:
        """Give a project's entries behind a sequence, in order, page by page.

        TooLongError where more of them lie behind the last page that is looked at.
        """
        path = f"/v1/ledger/{quote(project, safe='')}"
        for _ in range(PAGES_MAX):
            asked = {"after": str(after), "limit": str(PAGE_ENTRIES)}
            page = await self.document(authorization, path, asked)
            for entry in page["items"]:
                yield entry
            if page["next"] is None:
                return
            after = page["next"]
        raise TooLongError
