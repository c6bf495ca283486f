"""How far reminding has come in each campaign, and who was reminded of what last."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from pymongo import IndexModel

from contracts.vocabulary import Dueness, PaperKind
from services.chassis.mongo import Document, Mongo
from services.reporting.domain.campaign import Campaign, CampaignState
from services.reporting.domain.reminding import Owing, Reminded
from services.reporting.store import campaigns
from services.reporting.store.campaigns import campaign_of
from services.reporting.store.commanding import Write
from services.reporting.store.papers import COLLECTION as PAPERS

PROGRESS: Final = "reminding"
REMINDED: Final = "reminded"
INDEXES: Final = {
    PROGRESS: [IndexModel([("ended", 1)])],
    REMINDED: [IndexModel([("campaign", 1), ("kind", 1), ("organisation", 1)])],
}
OPEN_MAX: Final = 10_000
"""Most campaigns that are open at once."""
STEPS_MAX: Final = 500
"""Most steps of papers that are looked at at once."""


@dataclass(frozen=True, slots=True)
class Reminding:
    """How far reminding has come in a campaign."""

    key: str
    version: int
    day: dt.date
    """Day whose reminders are all told."""
    campaign_version: int
    """Version of the campaign then."""
    cursor: int = 0
    """Last step of a paper that was looked at."""
    going_to: dt.date | None = None
    """Day whose reminders are being told; null: none."""
    kind_at: int = 0
    """Kind of papers that is being told of."""
    after: str = ""
    """Last organisation told."""
    ended: bool = False
    """Whether all was told of a campaign that is closed."""


class RemindingStore:
    """Reads what reminding follows from; it is written by plans (store/commanding.py)."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collections before the first use."""
        self._campaigns = mongo.db[campaigns.COLLECTION]
        self._progress = mongo.db[PROGRESS]
        self._reminded = mongo.db[REMINDED]
        self._feed = mongo.db["feed"]
        self._papers = mongo.db[PAPERS]

    async def watched(self) -> list[Campaign]:
        """List the campaigns that are open, and those closed of which all is not told yet."""
        begun = self._progress.find({"ended": False}, {"_id": 1}).limit(OPEN_MAX)
        keys = [document["_id"] async for document in begun]
        closed = {"_id": {"$in": keys}, "state": CampaignState.CLOSED.value}
        wanted = {"$or": [{"state": CampaignState.OPEN.value}, closed]}
        found = self._campaigns.find(wanted).limit(OPEN_MAX)
        return [campaign_of(document) async for document in found]

    async def reminding(self, campaign: Campaign) -> Reminding | None:
        """Tell how far reminding has come in a campaign; null: it has not begun."""
        found = await self._progress.find_one({"_id": campaign.key})
        if found is None:
            return None
        going_to = found["going_to"]
        return Reminding(
            found["_id"],
            found["version"],
            dt.date.fromisoformat(found["day"]),
            found["campaign_version"],
            found["cursor"],
            None if going_to is None else dt.date.fromisoformat(going_to),
            found["kind_at"],
            found["after"],
            found["ended"],
        )

    async def reminded(
        self, campaign: Campaign, kind: PaperKind, organisations: Iterable[str]
    ) -> dict[str, Reminded]:
        """Tell what organisations were reminded of last."""
        wanted = {
            "campaign": campaign.key,
            "kind": kind.value,
            "organisation": {"$in": sorted(organisations)},
        }
        return {
            document["organisation"]: Reminded(
                Dueness(document["dueness"]),
                dt.date.fromisoformat(document["due"]),
                document["version"],
            )
            async for document in self._reminded.find(wanted)
        }

    async def steps(self, campaign: Campaign, after: int) -> tuple[int, set[str]]:
        """Tell which papers were changed after a cursor, and the last one looked at."""
        wanted = {
            "jurisdiction": campaign.jurisdiction,
            "campaign": campaign.id,
            "cursor": {"$gt": after},
            "paper": {"$ne": None},
        }
        found = self._feed.find(wanted, {"cursor": 1, "paper": 1}).sort("cursor", 1)
        steps = await found.limit(STEPS_MAX).to_list(STEPS_MAX)
        if not steps:
            return after, set()
        return steps[-1]["cursor"], {step["paper"] for step in steps}

    async def owners(self, papers: Collection[str]) -> dict[PaperKind, set[str]]:
        """Tell who owes papers, by kind."""
        found: dict[PaperKind, set[str]] = {kind: set() for kind in PaperKind}
        shown = {"kind": 1, "unit": 1, "department": 1}
        async for paper in self._papers.find({"_id": {"$in": sorted(papers)}}, shown):
            kind = PaperKind(paper["kind"])
            unit = paper["unit"] if kind is PaperKind.FORM else None
            owner = unit or paper["department"]
            if owner is not None:
                found[kind].add(owner)
        return found


def progress_write(before: Reminding | None, after: Reminding) -> Write:
    """Keep how far reminding has come; somebody who came as far meanwhile is a conflict."""
    document: Document = {
        "_id": after.key,
        "version": after.version,
        "day": after.day.isoformat(),
        "campaign_version": after.campaign_version,
        "cursor": after.cursor,
        "going_to": None if after.going_to is None else after.going_to.isoformat(),
        "kind_at": after.kind_at,
        "after": after.after,
        "ended": after.ended,
    }
    return Write(PROGRESS, document, None if before is None else before.version)


def reminded_write(
    campaign: Campaign, owing: Owing, dueness: Dueness, due: dt.date, before: Reminded | None
) -> Write:
    """Keep what an organisation was reminded of."""
    version = 0 if before is None else before.version
    document: Document = {
        "_id": f"{campaign.key}|{owing.kind.value}|{owing.organisation}",
        "campaign": campaign.key,
        "organisation": owing.organisation,
        "kind": owing.kind.value,
        "dueness": dueness.value,
        "due": due.isoformat(),
        "version": version + 1,
    }
    return Write(REMINDED, document, version or None)
