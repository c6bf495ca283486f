"""A form with one file as browsers send it (RFC 7578), read as it comes and never kept whole."""

import re
from collections.abc import AsyncIterator
from typing import Final

FIELDS_MAX: Final = 16
"""Most fields before the file."""
HEADERS_BYTES_MAX: Final = 4_000
"""Longest head of a part."""
FIELD_BYTES_MAX: Final = 4_000
BOUNDARY_LENGTH_MAX: Final = 200
NAME_LENGTH_MAX: Final = 200
"""Longest name of a file that is passed on; of a longer one the end is kept."""
_BOUNDARY: Final = re.compile(
    r'multipart/form-data;.*\bboundary=(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE
)
_NAMED: Final = re.compile(r'[; ](name|filename)="([^"]*)"')
_ENCODED: Final = {"%22": '"', "%0D": "\r", "%0A": "\n"}
"""What browsers write for signs that may not stand in a name."""


class MalformedUploadError(ValueError):
    """What was sent is no form with a file."""


def boundary_of(content_type: str) -> bytes:
    """Return what parts the parts."""
    found = _BOUNDARY.match(content_type)
    boundary = (found[1] or found[2]) if found else ""
    if not 1 <= len(boundary) <= BOUNDARY_LENGTH_MAX or not boundary.isascii():
        msg = "it is no multipart/form-data"
        raise MalformedUploadError(msg)
    return boundary.encode()


class Upload:
    """A form whose last part is the file: fields first, then the file's bytes as they come."""

    def __init__(self, stream: AsyncIterator[bytes], content_type: str) -> None:
        """`stream` is the body."""
        self._stream = stream
        self._mark = b"\r\n--" + boundary_of(content_type)
        # The first boundary stands at the very beginning.
        self._kept = b"\r\n"
        self._ended = False
        self.fields: dict[str, str] = {}
        self.filename = ""

    async def open(self) -> bool:
        """Read the fields before the file; False if there is no file in it."""
        await self._until(self._mark, HEADERS_BYTES_MAX)
        for _ in range(FIELDS_MAX):
            if await self._exactly(2) == b"--":
                return False
            name, filename = _names(await self._until(b"\r\n\r\n", HEADERS_BYTES_MAX))
            if filename is not None:
                self.filename = filename[-NAME_LENGTH_MAX:]
                return bool(filename)
            value = await self._until(self._mark, FIELD_BYTES_MAX)
            self.fields[name] = value.decode("utf-8", "replace").strip()
        msg = f"more than {FIELDS_MAX} fields"
        raise MalformedUploadError(msg)

    async def file(self) -> AsyncIterator[bytes]:
        """Give the file's bytes; what stands behind it is left unread."""
        while True:
            place = self._kept.find(self._mark)
            if place >= 0:
                if place:
                    yield self._kept[:place]
                return
            # The end of what is there may be the beginning of the mark.
            safe = len(self._kept) - len(self._mark) + 1
            if safe > 0:
                yield self._kept[:safe]
                self._kept = self._kept[safe:]
            await self._more()

    async def _more(self) -> None:
        try:
            self._kept += await anext(self._stream)
        except StopAsyncIteration:
            msg = "it ends before its last boundary"
            raise MalformedUploadError(msg) from None

    async def _exactly(self, number: int) -> bytes:
        while len(self._kept) < number:
            await self._more()
        found, self._kept = self._kept[:number], self._kept[number:]
        return found

    async def _until(self, mark: bytes, bytes_max: int) -> bytes:
        while (place := self._kept.find(mark)) < 0:
            if len(self._kept) > bytes_max:
                msg = f"a field or a part's head is longer than {bytes_max} bytes"
                raise MalformedUploadError(msg)
            await self._more()
        found = self._kept[:place]
        self._kept = self._kept[place + len(mark) :]
        return found


def _names(head: bytes) -> tuple[str, str | None]:
    """Read a part's name, and its file's if it is one."""
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            found = dict(_NAMED.findall(value))
            filename = found.get("filename")
            return found.get("name", ""), None if filename is None else _decoded(filename)
    return "", None


def _decoded(name: str) -> str:
    for code, sign in _ENCODED.items():
        name = name.replace(code, sign)
    # Some browsers of old send the whole path.
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())
