"""Forms and summaries that were handed out of no edition: made again, they are these.

A form of no campaign is made of figures at a cut, and of the alerts of that moment. What was handed
out first for a project, year, day and cut is what is handed out ever after, and what is compared.
Of each project the last `PER_PROJECT_MAX` are kept; an older one is made anew when it is asked for.
A bureau's summary of a campaign rests on forms as they stand: it is kept under its own content, so
that a file of it can be checked, as many of a campaign as of a project.
"""

import asyncio
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bson import ObjectId
from bson.binary import Binary
from pymongo import DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.chassis.mongo import Mongo

COLLECTION: Final = "handed_out"
INDEXES: Final = {
    COLLECTION: [IndexModel([("code", 1)]), IndexModel([("project", 1), ("number", 1)])]
}
PER_PROJECT_MAX: Final = 500
"""Forms of no campaign that are kept of one project, summaries of one campaign."""
SAME_CODE_MAX: Final = 20
"""Most that are looked at of one code: the same summary was made for as many scopes."""
PLAIN_BYTES_MAX: Final = 12 * 1024 * 1024
"""Content beyond it is kept packed (zlib): MongoDB takes no document beyond 16 MiB."""
CONTENT_BYTES_MAX: Final = 64 * 1024 * 1024
"""Largest content that is kept: it is unpacked in memory when a file of it is checked."""


class HandedKind(StrEnum):
    """What was handed out."""

    FORM = "form"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Handed:
    """A form or a summary that was handed out."""

    content: bytes
    """Canonical JSON."""
    code: str
    project: str
    """Of a summary its campaign."""
    unit: str | None
    department: str | None
    kind: HandedKind = HandedKind.FORM
    within: frozenset[str] | None = None
    """Organisations that a summary was made of; null: all of the jurisdiction."""


class TooLargeError(Exception):
    """Content is larger than what is kept: a file of it could never be checked."""


def stored(content: bytes) -> tuple[bytes, bool]:
    """Give content as it lies in a document, and whether it is packed; TooLargeError."""
    if len(content) > CONTENT_BYTES_MAX:
        raise TooLargeError
    if len(content) <= PLAIN_BYTES_MAX:
        return content, False
    packed = zlib.compress(content)
    if len(packed) > PLAIN_BYTES_MAX:
        raise TooLargeError
    return packed, True


def unpacked(content: bytes) -> bytes:
    """Read packed content; it is never more than was packed."""
    inflate = zlib.decompressobj()
    found = inflate.decompress(content, CONTENT_BYTES_MAX + 1)
    if not inflate.eof:
        msg = "packed content is no more than CONTENT_BYTES_MAX"
        raise ValueError(msg)
    return found


class HandedStore:
    """The store."""

    def __init__(self, mongo: Mongo, per_project_max: int = PER_PROJECT_MAX) -> None:
        """Create the collections before the first use."""
        self._handed = mongo.db[COLLECTION]
        self._max = per_project_max

    async def found(self, key: str) -> Handed | None:
        """Find what was handed out under a key."""
        document = await self._handed.find_one({"_id": key})
        return None if document is None else await asyncio.to_thread(_handed_of, document, {})

    async def of_code(self, code: str) -> list[Handed]:
        """Find what was handed out by its code: the same thing for each scope it was made for."""
        found = await self._handed.find({"code": code}).limit(SAME_CODE_MAX).to_list(SAME_CODE_MAX)
        # Of one code they say the same: large content is unpacked once.
        known: dict[bytes, bytes] = {}
        return [await asyncio.to_thread(_handed_of, document, known) for document in found]

    async def keep(self, key: str, handed: Handed) -> Handed:
        """Keep it, unless something was handed out before: that is given then.

        TooLargeError if it is more than is kept.
        """
        content, packed = await asyncio.to_thread(stored, handed.content)
        document = {
            "_id": key,
            "code": handed.code,
            "project": handed.project,
            "unit": handed.unit,
            "department": handed.department,
            "kind": handed.kind.value,
            "within": None if handed.within is None else sorted(handed.within),
            "content": Binary(content),
            "packed": packed,
            "number": ObjectId(),
        }
        try:
            await self._handed.insert_one(document)
        except DuplicateKeyError:
            return await self.found(key) or handed
        await self._tidy(handed)
        return handed

    async def _tidy(self, handed: Handed) -> None:
        """Delete what is beyond the bound, the first handed out first."""
        whose: dict[str, Any] = {"project": handed.project}
        # Forms of earlier releases have no kind.
        whose["kind"] = handed.kind if handed.kind is HandedKind.SUMMARY else _FORMS
        last = self._handed.find(whose, {"number": 1})
        found = await last.sort("number", DESCENDING).skip(self._max).limit(1).to_list(1)
        if found:
            bound = {"$lte": found[0].get("number")}
            await self._handed.delete_many({**whose, "number": bound})


_FORMS: Final = {"$ne": HandedKind.SUMMARY.value}


def _handed_of(document: dict[str, Any], known: dict[bytes, bytes]) -> Handed:
    """Read a document; `known` holds what was unpacked before."""

    def text(name: str) -> str | None:
        value = document[name]
        return None if value is None else str(value)

    content = document["content"]
    if not isinstance(content, bytes):
        msg = "content is bytes"
        raise TypeError(msg)
    # Those of earlier releases do not say: none of them is packed.
    if document.get("packed", False):
        content = known.setdefault(content, known.get(content) or unpacked(content))
    return Handed(
        bytes(content),
        str(document["code"]),
        str(document["project"]),
        text("unit"),
        text("department"),
        HandedKind(document.get("kind", HandedKind.FORM.value)),
        None if (within := document.get("within")) is None else frozenset(within),
    )
