"""Asking intake, in the caller's name, whether evidence that a command names is there."""

from collections.abc import Sequence
from typing import Any, Final

import httpx

from contracts.events.evidence import Evidence
from services.alerts.api import refusals

LISTED_MAX: Final = 1_000
"""How many files of a project intake lists; what is beyond is asked for one by one."""


class Cabinet:
    """A client of intake's evidence, over its documented HTTP API."""

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

    async def check(self, authorization: bytes, project: str, files: Sequence[Evidence]) -> None:
        """Find every file among those of a project; 422 names the first that is not there."""
        if not files:
            return
        found = await self._listed(authorization, project)
        for index, file in enumerate(files):
            known = found.get(file.sha256)
            if known is None and len(found) >= LISTED_MAX:
                known = await self._single(authorization, file)
            if known is None or (known["bytes"], known["media_type"]) != (
                file.bytes,
                file.media_type,
            ):
                raise refusals.unknown_evidence(index)

    async def _listed(self, authorization: bytes, project: str) -> dict[str, Any]:
        answer = await self._get(authorization, "/v1/evidence", {"subject": project})
        if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN}:
            # The caller sees the alert and not the project's files: for him there are none.
            return {}
        return {each["sha256"]: each for each in _document(answer)["items"]}

    async def _single(self, authorization: bytes, file: Evidence) -> dict[str, Any] | None:
        path = f"/v1/evidence/{file.sha256}"
        answer = await self._get(authorization, path, {}, {"Range": "bytes=0-0"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            raise refusals.intake_unreachable()
        size = answer.headers.get("content-range", "").rpartition("/")[2]
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        return {"bytes": int(size) if size.isdigit() else 0, "media_type": media_type}

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
            raise refusals.intake_unreachable() from error


def _document(answer: httpx.Response) -> dict[str, Any]:
    """Read what intake said; 503 for what it should not have said."""
    if answer.is_error:
        raise refusals.intake_unreachable()
    try:
        found: dict[str, Any] = answer.json()
    except ValueError as error:
        raise refusals.intake_unreachable() from error
    return found
