"""Reading the feed of reports behind a cursor."""

import json
from typing import Final

from services.chassis.identity import Principal
from services.chassis.mongo import Document, Mongo
from services.reporting.domain.campaign import ScopeKind
from services.reporting.store.listing import scope_query

LOOKED_MAX: Final = 1_000
"""Most entries looked through for one page of whoever sees only a part."""


class FeedReader:
    """The readers' side of the feed."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collections before the first use."""
        self._feed = mongo.db["feed"]
        self._papers = mongo.db["papers"]
        self._campaigns = mongo.db["campaigns"]

    async def page(
        self, jurisdiction: str, cursor: int, limit: int, asking: Principal
    ) -> tuple[list[bytes], int]:
        """Read events in order, as they were told, and the cursor behind what was looked at."""
        query = {"jurisdiction": jurisdiction, "cursor": {"$gt": cursor}}
        most = LOOKED_MAX if asking.narrow else limit
        found = await self._feed.find(query).sort("cursor", 1).limit(most).to_list(most)
        if not asking.narrow:
            return [bytes(each["event"]) for each in found], _last(found, cursor)
        papers = sorted({each["paper"] for each in found if each["paper"]})
        seen = self._papers.find(
            {"$and": [{"_id": {"$in": papers}}, scope_query(asking)]}, {"_id": 1}
        )
        mine = {document["_id"] async for document in seen}
        campaigns = await self._campaigns_of(jurisdiction, found, asking)
        items: list[bytes] = []
        for each in found:
            if each["paper"] in mine or (
                each["paper"] is None and each["campaign"] in campaigns and _theirs(each, asking)
            ):
                items.append(bytes(each["event"]))
            cursor = each["cursor"]
            if len(items) == limit:
                break
        return items, cursor

    async def _campaigns_of(
        self, jurisdiction: str, found: list[Document], asking: Principal
    ) -> set[str]:
        """Name the campaigns told of that are there for somebody who sees only a part."""
        names = sorted({each["campaign"] for each in found if each["paper"] is None})
        told = {"jurisdiction": jurisdiction, "id": {"$in": names}}
        fields = {"id": 1, "bounds": 1, "scope.kind": 1}
        documents = await self._campaigns.find(told, fields).to_list(LOOKED_MAX)
        there = {each["id"] for each in documents if _concerns(each, asking)}
        rest = [name for name in names if name not in there]
        if rest:
            asked = {"jurisdiction": jurisdiction, "campaign": {"$in": rest}}
            there |= set(
                await self._papers.distinct("campaign", {"$and": [asked, scope_query(asking)]})
            )
        return there


def _concerns(campaign: Document, asking: Principal) -> bool:
    """Whether a campaign is for all of its jurisdiction, or of subtrees that somebody sees."""
    bounds = set(campaign.get("bounds") or ())
    whole = not bounds and campaign["scope"]["kind"] == ScopeKind.ALL.value
    return whole or bool(bounds & asking.within)


def _theirs(entry: Document, asking: Principal) -> bool:
    """Whether what is told of no paper concerns somebody: of a campaign, or of his organisation."""
    organisation = json.loads(entry["event"])["data"].get("organisation")
    return organisation is None or organisation in asking.within


def _last(found: list[Document], cursor: int) -> int:
    return found[-1]["cursor"] if found else cursor
