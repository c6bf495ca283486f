"""Asking intake, in the caller's name, whether the ledger has what a form stated; and evidence."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from urllib.parse import quote

import httpx

from contracts.events.evidence import Evidence

PAGE_ENTRIES: Final = 1_000
PAGES_MAX: Final = 100
"""Entries of one project that are looked through: a hundred thousand after the campaign's cut."""
EVIDENCE_LISTED_MAX: Final = 1_000
"""How many files of a project intake lists; what is beyond is asked for one by one."""


class IntakeAwayError(Exception):
    """Intake does not answer; nothing was done."""


class Ledger:
    """A client of intake."""

    def __init__(
        self, url: str, timeout_seconds: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Nothing is connected before the first question."""
        self._client = httpx.AsyncClient(
            base_url=url, timeout=timeout_seconds, trust_env=False, transport=transport
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def positions(
        self, authorization: bytes, project: str, after: int, ids: Collection[str]
    ) -> dict[int, int] | None:
        """Tell partition and last position of these events in the ledger; null if one is not there.

        `after`: a sequence of the project's stream before all of them.
        """
        wanted, found = set(ids), dict[int, int]()
        for _ in range(PAGES_MAX):
            page = await self._page(authorization, project, after)
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

    async def missing(
        self, authorization: bytes, project: str, files: Sequence[Evidence]
    ) -> int | None:
        """Tell the place of the first file that is not among a project's evidence; null: none."""
        if not files:
            return None
        answer = await self._get(authorization, "/v1/evidence", {"subject": project})
        known: dict[str, Any] = {}
        if answer.status_code not in {httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN}:
            known = {each["sha256"]: each for each in _document(answer)["items"]}
        for index, file in enumerate(files):
            found = known.get(file.sha256)
            if found is None and len(known) >= EVIDENCE_LISTED_MAX:
                found = await self._single(authorization, file)
            same = (file.bytes, file.media_type)
            if found is None or (found["bytes"], found["media_type"]) != same:
                return index
        return None

    async def _single(self, authorization: bytes, file: Evidence) -> dict[str, Any] | None:
        path = f"/v1/evidence/{file.sha256}"
        answer = await self._get(authorization, path, {}, {"Range": "bytes=0-0"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            raise IntakeAwayError
        size = answer.headers.get("content-range", "").rpartition("/")[2]
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        return {"bytes": int(size) if size.isdigit() else 0, "media_type": media_type}

    async def _page(self, authorization: bytes, project: str, after: int) -> dict[str, Any]:
        path = f"/v1/ledger/{quote(project, safe='')}"
        asked = {"after": str(after), "limit": str(PAGE_ENTRIES)}
        return _document(await self._get(authorization, path, asked))

    async def _get(
        self,
        authorization: bytes,
        path: str,
        parameters: dict[str, str],
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        named = {name.encode(): value.encode() for name, value in (headers or {}).items()}
        try:
            return await self._client.get(
                path, params=parameters, headers={b"Authorization": authorization, **named}
            )
        except httpx.HTTPError as error:
            raise IntakeAwayError from error


def _document(answer: httpx.Response) -> dict[str, Any]:
    """Read what intake said; away for what it should not have said."""
    if answer.is_error:
        raise IntakeAwayError
    try:
        found: dict[str, Any] = answer.json()
    except ValueError as error:
        raise IntakeAwayError from error
    return found
