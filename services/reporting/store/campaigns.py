"""Campaigns as documents."""

from collections.abc import Collection
from typing import Any, Final

from pydantic import TypeAdapter
from pymongo import IndexModel

from services.chassis.mongo import Document, Mongo
from services.reporting.domain.campaign import Campaign, CampaignState

COLLECTION: Final = "campaigns"
INDEXES: Final = {
    COLLECTION: [
        IndexModel([("jurisdiction", 1), ("cut_off", -1), ("_id", 1)]),
        IndexModel([("state", 1), ("_id", 1)]),
    ],
}
CAMPAIGNS_MAX: Final = 500
"""Most campaigns of a jurisdiction in one list: forty years of monthly ones."""
ORGANISATIONS_MAX: Final = 100_000
"""Most organisations of a jurisdiction."""
OPEN_MAX: Final = 10_000
"""Most campaigns that are open at once."""
_CAMPAIGN: Final = TypeAdapter(Campaign)


def campaign_document(campaign: Campaign) -> Document:
    """Write a campaign; its id among documents is its key."""
    document: dict[str, Any] = _CAMPAIGN.dump_python(campaign, mode="json")
    return {"_id": campaign.key, **document}


def campaign_of(document: Document) -> Campaign:
    """Read a campaign."""
    return _CAMPAIGN.validate_python({k: v for k, v in document.items() if k != "_id"})


class CampaignStore:
    """The readers' side of campaigns; they are written by plans (store/commanding.py)."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collections before the first use."""
        self._campaigns = mongo.db[COLLECTION]
        self._papers = mongo.db["papers"]
        self._organisations = mongo.db["organisations"]

    async def campaign(self, key: str) -> Campaign | None:
        """Find a campaign by its key."""
        found = await self._campaigns.find_one({"_id": key})
        return None if found is None else campaign_of(found)

    async def campaigns(self, jurisdiction: str) -> list[Campaign]:
        """List a jurisdiction's campaigns, the latest cut-off first."""
        found = self._campaigns.find({"jurisdiction": jurisdiction})
        ordered = found.sort([("cut_off", -1), ("_id", 1)]).limit(CAMPAIGNS_MAX)
        return [campaign_of(document) async for document in ordered]

    async def open_ones(self) -> list[Campaign]:
        """List the campaigns that are open, of all jurisdictions."""
        found = self._campaigns.find({"state": CampaignState.OPEN.value}).limit(OPEN_MAX)
        return [campaign_of(document) async for document in found]

    async def states(self) -> dict[CampaignState, int]:
        """Count campaigns by state."""
        steps: list[Document] = [{"$group": {"_id": "$state", "n": {"$sum": 1}}}]
        return {
            CampaignState(document["_id"]): document["n"]
            async for document in self._campaigns.aggregate(steps)
        }

    async def asks(self, campaign: Campaign, within: Collection[str]) -> bool:
        """Whether a campaign asks anything of one of these organisations."""
        codes = sorted(within)
        found = await self._papers.find_one(
            {
                "jurisdiction": campaign.jurisdiction,
                "campaign": campaign.id,
                "$or": [{"unit": {"$in": codes}}, {"department": {"$in": codes}}],
            },
            {"_id": 1},
        )
        return found is not None

    async def parents(self, jurisdiction: str) -> dict[str, str | None]:
        """Tell each organisation's parent, as it is registered now."""
        wanted = {"jurisdiction": jurisdiction}
        found = self._organisations.find(wanted, {"parent": 1}).limit(ORGANISATIONS_MAX)
        return {document["_id"]["o"]: document["parent"] async for document in found}
