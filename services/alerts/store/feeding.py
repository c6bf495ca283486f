"""Feeds out: pages behind a cursor.

The counter of a jurisdiction and the entries it numbers are written in one transaction, as its
last operations: who has read that the counter stands at n sees all entries up to n. So a reader
asks for the counter first, and never looks beyond it.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from pymongo.read_concern import ReadConcern

from services.alerts.domain.feed import Entry, Wanted
from services.alerts.store.documents import Document
from services.alerts.store.reading import scope_query
from services.alerts.store.telling import feed_counter
from services.chassis.identity import Principal
from services.chassis.mongo import Mongo

SPAN_MAX: Final = 20_000
"""Most entries that one page looks through, however few of them are wanted. It bounds the work of
a question, so that no filter needs an index that every entry would pay for."""
DEPTH_MAX: Final = 50
"""Deepest tree that is followed."""
ORGANISATIONS_MAX: Final = 50_000
SURELY_MS: Final = 3_000
"""Longest a majority may take to say how far a feed is."""


@dataclass(frozen=True)
class FeedPage:
    """Entries of a feed behind a cursor."""

    entries: list[Entry]
    upto: int
    """Everything up to this cursor has been looked at: where the next page begins."""
    head: int
    """The last cursor there was when the page was read."""

    @property
    def more(self) -> bool:
        """Whether there are entries behind this page."""
        return self.upto < self.head


class FeedReader:
    """Reads what the store's writers have told."""

    def __init__(self, mongo: Mongo) -> None:
        """Read the collections that transactions write."""
        self._feeds = mongo.db["feeds"]
        self._counters = mongo.db["counters"]
        self._surely = self._counters.with_options(read_concern=ReadConcern("linearizable"))
        self._jurisdictions = mongo.db["jurisdictions"]
        self._organisations = mongo.db["organisations"]

    async def name(self, jurisdiction: str) -> str:
        """Return a jurisdiction's name, or its id while it is not registered."""
        known = await self._jurisdictions.find_one({"_id": jurisdiction})
        return str(known["name"]) if known else jurisdiction

    async def head(self, jurisdiction: str, *, surely: bool = False) -> int | None:
        """Return the last cursor, 0 if nothing was told yet; None if there is no such feed.

        `surely`: also right after an election, at the price of asking a majority.
        """
        counters = self._surely if surely else self._counters
        counter = await counters.find_one(
            {"_id": feed_counter(jurisdiction)}, max_time_ms=SURELY_MS
        )
        if counter is not None:
            return int(counter["n"])
        known = await self._jurisdictions.find_one({"_id": jurisdiction})
        return None if known is None else 0

    async def heads(self, jurisdictions: Collection[str]) -> dict[str, int]:
        """Return the last cursors of several jurisdictions; those without entries are left out."""
        names = {feed_counter(jurisdiction): jurisdiction for jurisdiction in jurisdictions}
        found = self._counters.find({"_id": {"$in": list(names)}})
        return {names[counter["_id"]]: int(counter["n"]) async for counter in found}

    async def below(self, jurisdiction: str, codes: Collection[str]) -> frozenset[str]:
        """Return organisations and all that are below them in the tree of today."""
        found, level = set(codes), list(codes)
        for _ in range(DEPTH_MAX):
            higher = {"$in": level}
            below = [{"parent": higher}, {"division": higher}]
            query = {"jurisdiction": jurisdiction, "$or": below}
            children = await self._organisations.find(query).to_list(ORGANISATIONS_MAX)
            level = [child["code"] for child in children if child["code"] not in found]
            if not level:
                break
            found.update(level)
        return frozenset(found)

    async def page(
        self,
        jurisdiction: str,
        after: int,
        head: int,
        limit: int,
        wanted: Wanted,
        asking: Principal,
    ) -> FeedPage:
        """Read what is wanted, and in somebody's scope, behind a cursor and up to `head`."""
        upto = min(head, after + SPAN_MAX)
        here = {"jurisdiction": jurisdiction, "cursor": {"$gt": after, "$lte": upto}}
        query = {"$and": [here, wanted_query(wanted, jurisdiction), scope_query(asking)]}
        found = self._feeds.find(query).sort("cursor", 1).limit(limit + 1)
        entries = [entry_of(document) for document in await found.to_list(limit + 1)]
        if len(entries) > limit:
            entries = entries[:limit]
            upto = entries[-1].cursor
        return FeedPage([entry for entry in entries if wanted.takes(entry)], upto, head)

    async def between(self, jurisdiction: str, after: int, upto: int) -> list[Entry]:
        """Read all entries behind one cursor and up to another."""
        query = {"jurisdiction": jurisdiction, "cursor": {"$gt": after, "$lte": upto}}
        found = self._feeds.find(query).sort("cursor", 1)
        return [entry_of(document) for document in await found.to_list(upto - after)]


def entry_of(document: Document) -> Entry:
    """Read an entry; those of earlier releases tell less beside the event."""
    return Entry(
        cursor=document["cursor"],
        event=json.loads(document["event"]),
        project=document["project"],
        lead_unit=document["lead_unit"],
        department=document["department"],
        muted=document.get("muted"),
    )


def wanted_query(wanted: Wanted, jurisdiction: str) -> Document:
    """Select what filters take.

    Entries of earlier releases tell rule, severity, aspect and kind in the event alone: they are
    selected too, and looked at by `Wanted.takes`.
    """
    query: Document = {
        name: {"$in": [*sorted(values), None]}
        for name in ("rule", "severity", "aspect", "kind")
        if (values := getattr(wanted, name))
    }
    if wanted.project:
        query["project"] = {"$in": sorted(wanted.project)}
    if wanted.units:
        codes = sorted(wanted.units)
        own = {"$in": [f"{jurisdiction}/{code}" for code in codes]}
        query["$or"] = [
            {"lead_unit": {"$in": codes}},
            {"department": {"$in": codes}},
            {"lead_unit": None, "department": None, "project": own},
        ]
    return query
