"""Papers page by page: what somebody may see, what waits for whom, what is overdue."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

from contracts.vocabulary import Light, PaperKind, PaperState, Role
from services.chassis.identity import Principal
from services.chassis.mongo import Document, Mongo
from services.reporting.domain.campaign import CampaignState
from services.reporting.domain.paper import APPROVERS, FILLERS, Paper
from services.reporting.store.boards import MISSING
from services.reporting.store.papers import COLLECTION, paper_of

CAMPAIGNS_MAX: Final = 500
"""Most open campaigns that are looked through for what waits for somebody."""
NO_LIGHT: Final = "none"
_AFTER_SLASH: Final = chr(ord("/") + 1)


@dataclass(frozen=True, slots=True)
class PaperFilters:
    """Which papers; what is null does not count."""

    jurisdiction: str | None = None
    campaign: str | None = None
    """Id within the jurisdiction."""
    kind: PaperKind | None = None
    state: PaperState | None = None
    unit: str | None = None
    department: str | None = None
    project: str | None = None
    light: str | None = None
    """A light, or `none`."""
    q: str | None = None
    """Part of the project's name or code, or of the department's code."""
    waiting: bool = False
    """Only those that wait for whoever asks."""
    overdue_on: dt.date | None = None
    """Only what is missing, as boards count it, and was due before this day."""
    disputed: bool = False
    """Only those with an open dispute."""
    changed_since: dt.date | None = None
    """Only those that changed on this opened day or later."""


def scope_query(asking: Principal) -> Document:
    """Select what is in somebody's scope, as `Principal.sees` does: by who fills it in."""
    if asking.jurisdictions is None:
        return {}
    query: Document = {"jurisdiction": {"$in": sorted(asking.jurisdictions)}}
    if asking.narrow:
        codes = sorted(asking.within)
        streams = [f"{code}/{unit}" for code in sorted(asking.jurisdictions) for unit in codes]
        query["$or"] = [
            {"unit": {"$in": codes}},
            {"unit": None, "department": {"$in": codes}},
            {"unit": None, "department": None, "project": {"$in": streams}},
        ]
    return query


class PaperListing:
    """The readers' side of lists."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collections before the first use."""
        self._papers = mongo.db[COLLECTION]
        self._campaigns = mongo.db["campaigns"]

    async def page(
        self, filters: PaperFilters, asking: Principal, after: str | None, limit: int
    ) -> tuple[list[Paper], str | None]:
        """Read papers in the order of their ids, without drafts; and where the next page begins."""
        parts = [_filter(filters), scope_query(asking)]
        if filters.waiting:
            parts.append(await self._waiting(filters, asking))
        if after is not None:
            parts.append({"_id": {"$gt": after}})
        found = self._papers.find({"$and": parts}, {"draft": 0}).sort("_id", 1).limit(limit + 1)
        papers = [paper_of(document) async for document in found]
        more = len(papers) > limit
        return papers[:limit], papers[limit - 1].id if more else None

    async def count(self, filters: PaperFilters, asking: Principal) -> int:
        """Count papers."""
        parts = [_filter(filters), scope_query(asking)]
        if filters.waiting:
            parts.append(await self._waiting(filters, asking))
        return int(await self._papers.count_documents({"$and": parts}))

    async def by_state(self) -> dict[tuple[str, str], int]:
        """Count all papers by kind and state."""
        stages: list[Document] = [
            # Of these two alone, so that it is counted within their index.
            {"$match": {"kind": {"$in": [kind.value for kind in PaperKind]}}},
            {"$project": {"_id": 0, "kind": 1, "state": 1}},
            {"$group": {"_id": {"kind": "$kind", "state": "$state"}, "n": {"$sum": 1}}},
        ]
        return {
            (row["_id"]["kind"], row["_id"]["state"]): row["n"]
            async for row in self._papers.aggregate(stages)
        }

    async def _waiting(self, filters: PaperFilters, asking: Principal) -> Document:
        """Select what somebody's roles let them do next, in open campaigns."""
        states = _turns(asking)
        if not states:
            return {"_id": {"$in": []}}
        where: Document = {"state": CampaignState.OPEN.value}
        if filters.jurisdiction is not None:
            where["jurisdiction"] = filters.jurisdiction
        found = self._campaigns.find(where, {"jurisdiction": 1, "id": 1}).limit(CAMPAIGNS_MAX)
        campaigns = [
            {"jurisdiction": document["jurisdiction"], "campaign": document["id"]}
            async for document in found
        ]
        return {"$and": [{"$or": states}, {"$or": campaigns or [{"_id": {"$in": []}}]}]}


def _filter(filters: PaperFilters) -> Document:
    plain: dict[str, Any] = {
        "jurisdiction": filters.jurisdiction,
        "campaign": filters.campaign,
        "kind": filters.kind.value if filters.kind else None,
        "state": filters.state.value if filters.state else None,
        "unit": filters.unit,
        "department": filters.department,
        "project": filters.project,
    }
    query: Document = {name: value for name, value in plain.items() if value is not None}
    if filters.jurisdiction is not None:
        # Ids begin with their campaign's key: a page is read in the order of the index.
        begin = "/".join(filter(None, (filters.jurisdiction, filters.campaign)))
        query["_id"] = {"$gte": f"{begin}/", "$lt": f"{begin}{_AFTER_SLASH}"}
    if filters.light is not None:
        query["light"] = None if filters.light == NO_LIGHT else Light(filters.light).value
    if filters.overdue_on is not None:
        query["$and"] = [MISSING]
        query["due"] = {"$lt": filters.overdue_on.isoformat()}
    if filters.changed_since is not None:
        query["changed_on"] = {"$gte": filters.changed_since.isoformat()}
    if filters.disputed:
        query["disputes"] = {"$elemMatch": {"answer": None}}
    if filters.q is not None:
        text = {"$regex": re.escape(filters.q), "$options": "i"}
        query["$or"] = [{name: text} for name in ("project_name", "project", "department")]
    return query


def _turns(asking: Principal) -> list[Document]:
    """Name states in which it is somebody's turn; what one handed in oneself is another's."""
    found: list[Document] = [
        {"state": state.value, "submitted_by": {"$ne": asking.id}}
        for state, roles in APPROVERS.items()
        if asking.roles & roles
    ]
    found += [
        {
            "state": PaperState.FILLING.value,
            "kind": kind.value,
            "assignee": {"$in": [None, asking.id]},
        }
        for kind, roles in FILLERS.items()
        if asking.roles & roles
    ]
    if Role.DATA_DESK in asking.roles:
        found.append({"disputes": {"$elemMatch": {"answer": None}}})
    return found
