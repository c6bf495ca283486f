"""Asking intake, in the caller's name, over its documented HTTP API; whether evidence is there."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import httpx

from services.chassis.asking import ServiceClient

LISTED_MAX: Final = 1_000
"""How many files of a project intake lists; what is beyond is asked for one by one."""


class IntakeAwayError(Exception):
    """Intake does not answer, or not with sense; nothing was done."""


class File(Protocol):
    """A file as an event names it."""

    @property
    def sha256(self) -> str:
        """Hash of its bytes, hexadecimal."""

    @property
    def bytes(self) -> int:
        """Its size."""

    @property
    def media_type(self) -> str:
        """What it is."""


class IntakeClient(ServiceClient):
    """A client of intake that passes the caller's key on."""

    async def missing(
        self, authorization: bytes, project: str, files: Sequence[File]
    ) -> int | None:
        """Tell the place of the first file that is not among a project's evidence; null: none.

        IntakeAwayError: nobody knows.
        """
        if not files:
            return None
        known = await self._listed(authorization, project)
        for index, file in enumerate(files):
            found = known.get(file.sha256)
            if found is None and len(known) >= LISTED_MAX:
                found = await self._single(authorization, file)
            same = (file.bytes, file.media_type)
            if found is None or (found["bytes"], found["media_type"]) != same:
                return index
        return None

    async def document(
        self, authorization: bytes, path: str, parameters: Mapping[str, str]
    ) -> dict[str, Any]:
        """Ask for JSON; IntakeAwayError for what intake should not have said."""
        return _document(await self._get(authorization, path, parameters))

    async def _listed(self, authorization: bytes, project: str) -> dict[str, Any]:
        answer = await self._get(authorization, "/v1/evidence", {"subject": project})
        if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN}:
            # The caller does not see the project's files: for him there are none.
            return {}
        return {each["sha256"]: each for each in _document(answer)["items"]}

    async def _single(self, authorization: bytes, file: File) -> dict[str, Any] | None:
        path = f"/v1/evidence/{file.sha256}"
        answer = await self._get(authorization, path, {}, {"Range": "bytes=0-0"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            raise IntakeAwayError
        size = answer.headers.get("content-range", "").rpartition("/")[2]
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        return {"bytes": int(size) if size.isdigit() else 0, "media_type": media_type}

    async def _get(
        self,
        authorization: bytes,
        path: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        named = {name.encode(): value.encode() for name, value in (headers or {}).items()}
        try:
            return await self.client.get(
                path, params=dict(parameters), headers={b"Authorization": authorization, **named}
            )
        except httpx.HTTPError as error:
            raise IntakeAwayError from error


def _document(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise IntakeAwayError
    try:
        found: dict[str, Any] = answer.json()
    except ValueError as error:
        raise IntakeAwayError from error
    return found
