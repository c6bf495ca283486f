"""Campaigns as documents."""

from typing import Any, Final

from pydantic import TypeAdapter
from pymongo import IndexModel

from services.chassis.mongo import Document, Mongo
from services.reporting.domain.campaign import Campaign

COLLECTION: Final = "campaigns"
INDEXES: Final = {
    COLLECTION: [IndexModel([("jurisdiction", 1), ("cut_off", -1), ("_id", 1)])],
}
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

    async def campaign(self, key: str) -> Campaign | None:
        """Find a campaign by its key."""
        found = await self._campaigns.find_one({"_id": key})
        return None if found is None else campaign_of(found)
