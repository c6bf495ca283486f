"""Filters that people have saved, one document for each person."""

from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from services.alerts.domain.listing import Filters
from services.alerts.store.documents import Document
from services.chassis.mongo import Mongo

FILTERS_MAX: Final = 50
"""Most filters that one person keeps."""
TRIES_MAX: Final = 5

INDEXES: Final[dict[str, list[Any]]] = {"filters": []}


class FullError(Exception):
    """A person has as many filters as there may be."""


class FilterStore:
    """Saved filters."""

    def __init__(self, mongo: Mongo) -> None:
        """`open` comes before the first use."""
        self._mongo = mongo
        self._filters = mongo.db["filters"]

    async def open(self) -> None:
        """Create the collection."""
        await self._mongo.create(INDEXES)

    async def listed(self, owner: str) -> list[Document]:
        """Read a person's filters by name."""
        found = await self._filters.find_one({"_id": owner})
        items: list[Document] = found["items"] if found else []
        return sorted(items, key=lambda item: str(item["name"]))

    async def put(self, owner: str, name: str, filters: Filters) -> bool:
        """Save a filter under a name; tell whether it is new, FullError beyond the bound."""
        item = {"name": name, "query": filters.model_dump(mode="json", exclude_unset=True)}
        for _ in range(TRIES_MAX):
            known = {"_id": owner, "items.name": name}
            changed = await self._filters.update_one(known, {"$set": {"items.$": item}})
            if changed.matched_count:
                return False
            room = {"_id": owner, "items.name": {"$ne": name}}
            room[f"items.{FILTERS_MAX - 1}"] = {"$exists": False}
            try:
                await self._filters.update_one(room, {"$push": {"items": item}}, upsert=True)
            except DuplicateKeyError:
                # Full; or another request made the document, or saved this name, just now.
                if len(await self.listed(owner)) >= FILTERS_MAX:
                    raise FullError from None
            else:
                return True
        raise FullError

    async def remove(self, owner: str, name: str) -> bool:
        """Forget a filter; tell whether there was one."""
        query = {"_id": owner, "items.name": name}
        changed = await self._filters.update_one(query, {"$pull": {"items": {"name": name}}})
        return bool(changed.matched_count)
