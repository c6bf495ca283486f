"""The services' public HTTP APIs, read page by page."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import httpx
import msgspec

TIMEOUT_SECONDS: Final = 60.0
PAGES_MAX: Final = 100_000
PAGE: Final = 500
LEDGER_PAGE: Final = 1000
EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Entry(msgspec.Struct):
    """An entry as intake's ledger answers it; `event` are the bytes that were sent."""

    sequence: int
    position: int
    partition: int
    recorded: dt.datetime
    type: str
    publisher: str
    hash: str
    event: msgspec.Raw

    def hash_after(self, previous: bytes) -> bytes:
        """Give the hash of the chain with this entry at its end (docs/architecture.md)."""
        recorded_ms = (self.recorded - EPOCH) // dt.timedelta(milliseconds=1)
        words = f"{self.position} {recorded_ms} {self.type} {self.publisher}\n"
        return hashlib.sha256(previous + words.encode() + bytes(self.event)).digest()


class EntryPage(msgspec.Struct):
    """A page of a stream."""

    items: list[Entry]
    next: int | None = None


class Api:
    """One service; every answer but 200 is an error, 404 can be asked for."""

    def __init__(self, base: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=base, headers=headers, timeout=TIMEOUT_SECONDS)

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def get(self, path: str, **parameters: str | int) -> Any:
        """Give the JSON of an answer; null if there is nothing at that address."""
        answer = self._client.get(path, params=parameters)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        answer.raise_for_status()
        return answer.json()

    def stream(self, stream: str) -> Iterator[Entry]:
        """Give all entries of a stream of the ledger, in order."""
        after = 0
        for _ in range(PAGES_MAX):
            address = f"/v1/ledger/{quote(stream, safe='')}"
            answer = self._client.get(address, params={"after": after, "limit": LEDGER_PAGE})
            if answer.status_code == httpx.codes.NOT_FOUND:
                return
            answer.raise_for_status()
            page = msgspec.json.decode(answer.content, type=EntryPage)
            yield from page.items
            if page.next is None:
                return
            after = page.next

    def pages(self, path: str, **parameters: str | int) -> Iterator[dict[str, Any]]:
        """Give the items of all pages of a list."""
        for _ in range(PAGES_MAX):
            page = self.get(path, limit=PAGE, **parameters)
            yield from page["items"]
            if page["next"] is None:
                return
            parameters["after"] = page["next"]

    def feed(self, jurisdiction: str) -> Iterator[dict[str, Any]]:
        """Give a jurisdiction's alert feed from its start."""
        cursor = 0
        for _ in range(PAGES_MAX):
            address = f"/v1/feeds/{quote(jurisdiction, safe='')}"
            page = self.get(address, cursor=cursor, limit=PAGE)
            if not page or not page["items"]:
                return
            yield from page["items"]
            cursor = page["next_cursor"]


def project_path(kind: str, subject: str) -> str:
    """Give the address of something of a project: its id is one segment."""
    return f"/v1/{kind}/{quote(subject, safe='')}"
