"""Suppressions as they are kept: all that ever were, for they are their own log."""

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.alerts.domain.suppressions import (
    ACTIVE_MAX,
    Suppression,
    SuppressionState,
    all_below,
)
from services.alerts.store.documents import Document
from services.alerts.store.trees import above
from services.chassis import metrics
from services.chassis.joined import Joined
from services.chassis.mongo import Mongo

INDEXES: Final = {
    "suppressions": [
        IndexModel([("jurisdiction", 1), ("ended_on", 1), ("until", 1)]),
        IndexModel([("jurisdiction", 1), ("_id", 1)]),
    ]
}
ORGANISATIONS_MAX: Final = 50_000
"""Most organisations whose place in the tree is read."""
OnDay = tuple[str, dt.date]
"""A jurisdiction, on a day."""

ACTIVE: Final = metrics.gauge(
    "dualwatch_alerts_suppressions_active",
    "Suppressions that hold or may hold later, as this process last read them.",
)


class TooManyError(Exception):
    """A jurisdiction has all the suppressions it may have."""


class SuppressionStore:
    """Keeps suppressions."""

    def __init__(self, mongo: Mongo) -> None:
        """`open` comes before the first use."""
        self._mongo = mongo
        self._kept = mongo.db["suppressions"]
        self._organisations = mongo.db["organisations"]
        self._counted: dict[str, int] = {}
        self._lasting = Joined(self._read)

    async def open(self) -> None:
        """Create the collection."""
        await self._mongo.create(INDEXES)

    async def lasting(
        self, days: Mapping[str, dt.date]
    ) -> dict[str, tuple[Suppression, ...]]:  # fmt: skip
        """Read, of each jurisdiction, what holds on a day or may hold later."""
        found = await self._lasting.of(days.items())
        held = {name: found.get((name, day), ()) for name, day in days.items()}
        for name, suppressions in held.items():
            self._counted[name] = len(suppressions)
        ACTIVE.set(sum(self._counted.values()))
        return held

    async def _read(self, asked: Sequence[OnDay]) -> dict[OnDay, tuple[Suppression, ...]]:
        chosen = [_holding(name, day) for name, day in sorted(asked)]
        found: dict[OnDay, tuple[Suppression, ...]] = {}
        async for item in self._kept.find({"$or": chosen}):
            suppression = _suppression_of(item)
            for name, day in asked:
                if suppression.jurisdiction == name and suppression.until >= day:
                    found[name, day] = (*found.get((name, day), ()), suppression)
        return found

    async def add(self, made: Suppression) -> tuple[Suppression, bool]:
        """Keep a suppression; if it is known by its id, give what is kept and False."""
        known = await self.get(made.suppression)
        if known is not None:
            return known, False
        if await self._kept.count_documents(_holding(made.jurisdiction, made.first)) >= ACTIVE_MAX:
            raise TooManyError(made.jurisdiction)
        try:
            await self._kept.insert_one(_document(made))
        except DuplicateKeyError:
            known = await self.get(made.suppression)
            return (known or made), False
        return made, True

    async def get(self, name: str) -> Suppression | None:
        """Read one."""
        found = await self._kept.find_one({"_id": name})
        return _suppression_of(found) if found else None

    async def end(self, name: str, by: str, day: dt.date) -> Suppression | None:
        """End one; ended already, it stays as it was."""
        found = await self._kept.find_one_and_update(
            {"_id": name, "ended_on": None},
            {"$set": {"ended_on": day.isoformat(), "ended_by": by}},
            return_document=ReturnDocument.AFTER,
        )
        return _suppression_of(found) if found else await self.get(name)

    async def below(self, jurisdiction: str, organisation: str) -> tuple[str, ...]:
        """Read which organisations are below one today, it included."""
        query = {"jurisdiction": jurisdiction}
        found = await self._organisations.find(query).to_list(ORGANISATIONS_MAX)
        return all_below(organisation, {one["code"]: above(one) for one in found})

    async def page(
        self,
        jurisdictions: Collection[str] | None,
        state: SuppressionState | None,
        days: Mapping[str, dt.date],
        after: str | None,
        limit: int,
    ) -> list[Suppression]:
        """Read suppressions in the order of their ids; of those jurisdictions, null: of all."""
        chosen: list[Document] = [{}]
        if jurisdictions is not None:
            chosen.append({"jurisdiction": {"$in": sorted(jurisdictions)}})
        if after is not None:
            chosen.append({"_id": {"$gt": after}})
        if state is SuppressionState.ACTIVE:
            chosen.append({"$or": [_holding(*item) for item in sorted(days.items())] or [NONE]})
        elif state is not None:
            over = [
                {"jurisdiction": name, "until": {"$lt": day.isoformat()}}
                for name, day in sorted(days.items())
            ]
            chosen.append({"$or": [{"ended_on": {"$ne": None}}, *over]})
        cursor = self._kept.find({"$and": chosen}).sort("_id", 1).limit(limit)
        return [_suppression_of(item) for item in await cursor.to_list(limit)]


NONE: Final[Document] = {"_id": None}
"""Selects nothing."""


def _holding(jurisdiction: str, day: dt.date) -> Document:
    return {"jurisdiction": jurisdiction, "ended_on": None, "until": {"$gte": day.isoformat()}}


def _document(made: Suppression) -> Document:
    item: dict[str, Any] = made.model_dump(mode="json")
    return {"_id": item.pop("suppression"), **item}


def _suppression_of(item: Document) -> Suppression:
    known = {name: value for name, value in item.items() if name != "_id"}
    return Suppression.model_validate_json(json.dumps({**known, "suppression": item["_id"]}))
