"""Forms that somebody asked for by themselves, as they were handed out: made again, they are these.

A form of no campaign is made of figures at a cut, and of the alerts of that moment. What was handed
out first for a project, year, day and cut is what is handed out ever after, and what is compared.
Of each project the last `PER_PROJECT_MAX` are kept; an older one is made anew when it is asked for.
"""

from dataclasses import dataclass
from typing import Final

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
"""Forms of no campaign that are kept of one project."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A form that was handed out."""

    content: bytes
    """Canonical JSON."""
    code: str
    project: str
    unit: str | None
    department: str | None


class HandedStore:
    """The store."""

    def __init__(self, mongo: Mongo, per_project_max: int = PER_PROJECT_MAX) -> None:
        """Create the collections before the first use."""
        self._handed = mongo.db[COLLECTION]
        self._max = per_project_max

    async def found(self, key: str) -> Handed | None:
        """Find what was handed out under a key."""
        document = await self._handed.find_one({"_id": key})
        return None if document is None else _handed_of(document)

    async def of_code(self, code: str) -> Handed | None:
        """Find what was handed out by its code."""
        document = await self._handed.find_one({"code": code})
        return None if document is None else _handed_of(document)

    async def keep(self, key: str, handed: Handed) -> Handed:
        """Keep it, unless something was handed out before: that is given then."""
        document = {
            "_id": key,
            "code": handed.code,
            "project": handed.project,
            "unit": handed.unit,
            "department": handed.department,
            "content": Binary(handed.content),
            "number": ObjectId(),
        }
        try:
            await self._handed.insert_one(document)
        except DuplicateKeyError:
            return await self.found(key) or handed
        await self._tidy(handed.project)
        return handed

    async def _tidy(self, project: str) -> None:
        """Delete what is beyond the bound, the first handed out first."""
        last = self._handed.find({"project": project}, {"number": 1})
        found = await last.sort("number", DESCENDING).skip(self._max).limit(1).to_list(1)
        if found:
            bound = {"$lte": found[0].get("number")}
            await self._handed.delete_many({"project": project, "number": bound})


def _handed_of(document: dict[str, object]) -> Handed:
    def text(name: str) -> str | None:
        value = document[name]
        return None if value is None else str(value)

    content = document["content"]
    if not isinstance(content, bytes):
        msg = "content is bytes"
        raise TypeError(msg)
    return Handed(
        bytes(content),
        str(document["code"]),
        str(document["project"]),
        text("unit"),
        text("department"),
    )
