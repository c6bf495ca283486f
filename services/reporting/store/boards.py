"""How a campaign's papers stand, counted where they lie; who is owing, who was urged when."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo import IndexModel

from contracts.vocabulary import PaperKind, PaperState
from services.chassis.mongo import Document, Mongo
from services.reporting.domain.board import Count
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.reminding import Owing
from services.reporting.store import opening
from services.reporting.store.commanding import Write
from services.reporting.store.papers import COLLECTION as PAPERS

URGINGS: Final = "urgings"
URGED_LAST: Final = "urged_last"
INDEXES: Final = {URGINGS: [IndexModel([("campaign", 1), ("organisation", 1)])], URGED_LAST: []}
GROUPS_MAX: Final = 200_000
"""Most rows a board is counted from: a province's units in every state."""
OVERDUE_MAX: Final = 20_000
"""Most papers of one list of what is overdue."""

MISSING: Final[Document] = {
    "state": PaperState.FILLING.value,
    "accepted": {"$not": {"$gt": 0}},
}
"""A paper that is to be handed in; what is being corrected 更正 after acceptance is none."""
_MISSING: Final[Document] = {
    "$and": [
        {"$eq": ["$state", PaperState.FILLING.value]},
        {"$lte": [{"$ifNull": ["$accepted", 0]}, 0]},
    ]
}
_LATE: Final[Document] = {"$gt": ["$submitted_on", "$due"]}
_IN_TIME: Final[Document] = {
    "$and": [{"$gt": ["$submitted_on", None]}, {"$lte": ["$submitted_on", "$due"]}]
}
_OWED_BY: Final[Document] = {
    "$cond": [
        {"$eq": ["$kind", PaperKind.FORM.value]},
        {"$ifNull": ["$unit", "$department"]},
        "$department",
    ]
}


@dataclass(frozen=True, slots=True)
class OverduePaper:
    """A paper that is missing although its due date is over."""

    paper: str
    kind: PaperKind
    organisation: str | None
    """Who owes it."""
    department: str | None
    project: str | None
    project_name: str | None
    due: dt.date
    returned: bool
    """Whether it was handed in once, and given back."""


@dataclass(frozen=True, slots=True)
class MissingPapers:
    """So many papers of a kind are missing that are due on a day."""

    kind: PaperKind
    due: dt.date
    papers: int


@dataclass(frozen=True, slots=True)
class Urged:
    """How often an organisation was urged, and when last."""

    organisation: str
    kind: PaperKind
    day: dt.date
    times: int
    version: int


@dataclass(frozen=True, slots=True)
class UrgedLast:
    """For what an organisation was urged last, whatever the campaign (domain-rules 23)."""

    organisation: str
    campaign: str
    """Key of the campaign."""
    kind: PaperKind
    day: dt.date
    """The jurisdiction's business day."""
    version: int


class BoardStore:
    """Counts papers."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collections before the first use."""
        self._papers = mongo.db[PAPERS]
        self._urgings = mongo.db[URGINGS]
        self._urged_last = mongo.db[URGED_LAST]

    async def counts(
        self, campaign: Campaign, today: dt.date, within: Collection[str] | None
    ) -> list[Count]:
        """Count a campaign's papers; with `within`, those of these organisations alone."""
        targets: Document = {
            "from": opening.ASKED,
            "localField": "_id",
            "foreignField": "_id",
            "as": "asked",
        }
        overdue = {"$and": [_MISSING, {"$lt": ["$due", today.isoformat()]}]}
        covered = {"$and": [_IN_TIME, {"$anyElementTrue": ["$asked.targets"]}]}
        group = {
            "kind": "$kind",
            "department": "$department",
            "unit": "$unit",
            "state": "$state",
            "missing": _MISSING,
            "overdue": overdue,
            "late": _LATE,
            "covered": covered,
        }
        steps: list[Document] = [
            {"$match": {**_of(campaign), **_within(within)}},
            {"$lookup": targets},
            {"$group": {"_id": group, "papers": {"$sum": 1}}},
            {"$limit": GROUPS_MAX},
        ]
        found = self._papers.aggregate(steps)
        return [_count(document["_id"], document["papers"]) async for document in found]

    async def missing(self, campaign: Campaign) -> list[MissingPapers]:
        """Count what is missing by kind and due date."""
        steps: list[Document] = [
            {"$match": {**_of(campaign), **MISSING}},
            {"$group": {"_id": {"kind": "$kind", "due": "$due"}, "papers": {"$sum": 1}}},
            {"$limit": GROUPS_MAX},
        ]
        return [
            MissingPapers(
                PaperKind(document["_id"]["kind"]),
                dt.date.fromisoformat(document["_id"]["due"]),
                document["papers"],
            )
            async for document in self._papers.aggregate(steps)
        ]

    async def overdue(
        self,
        campaign: Campaign,
        today: dt.date,
        within: Collection[str] | None,
        kind: PaperKind | None,
    ) -> list[OverduePaper]:
        """List what is overdue, forms first, by department, unit and project."""
        wanted: Document = {
            **_of(campaign),
            **_within(within),
            **MISSING,
            "due": {"$lt": today.isoformat()},
        }
        if kind is not None:
            wanted["kind"] = kind.value
        shown = dict.fromkeys(
            ("kind", "unit", "department", "project", "project_name", "due", "submitted_on"), 1
        )
        order = [("kind", 1), ("department", 1), ("unit", 1), ("_id", 1)]
        found = self._papers.find(wanted, shown).sort(order).limit(OVERDUE_MAX + 1)
        return [_overdue(document) async for document in found]

    async def owing(
        self,
        campaign: Campaign,
        kinds: Iterable[PaperKind],
        *,
        within: Collection[str] | None = None,
        organisations: Collection[str] | None = None,
        after: str = "",
        limit: int = GROUPS_MAX,
    ) -> list[Owing]:
        """Tell what organisations have to hand in, by their codes, those without debts too."""
        match: Document = {
            **_of(campaign),
            **_within(within),
            "kind": {"$in": [kind.value for kind in kinds]},
        }
        owed: Document = {"$gt": after}
        if organisations is not None:
            owed["$in"] = sorted(organisations)
        steps: list[Document] = [
            {"$match": match},
            {"$project": {"kind": 1, "owed": _OWED_BY, "missing": _MISSING}},
            {"$match": {"owed": owed}},
            {
                "$group": {
                    "_id": {"owed": "$owed", "kind": "$kind"},
                    "asked": {"$sum": 1},
                    "missing": {"$sum": {"$cond": ["$missing", 1, 0]}},
                }
            },
            {"$sort": {"_id.owed": 1, "_id.kind": 1}},
            {"$limit": limit},
        ]
        return [
            Owing(
                document["_id"]["owed"],
                PaperKind(document["_id"]["kind"]),
                document["missing"],
                document["asked"],
            )
            async for document in self._papers.aggregate(steps)
        ]

    async def urged(self, campaign: Campaign, names: Sequence[str] | None = None) -> list[Urged]:
        """Tell who was urged in a campaign; with `names`, of these organisations alone."""
        wanted: Document = {"campaign": campaign.key}
        if names is not None:
            wanted["organisation"] = {"$in": list(names)}
        found = self._urgings.find(wanted).limit(GROUPS_MAX)
        return [
            Urged(
                document["organisation"],
                PaperKind(document["kind"]),
                dt.date.fromisoformat(document["day"]),
                document["times"],
                document["version"],
            )
            async for document in found
        ]

    async def urged_last(self, jurisdiction: str, names: Iterable[str]) -> dict[str, UrgedLast]:
        """Tell for what these organisations were urged last, in any campaign."""
        ids = [_recipient(jurisdiction, name) for name in sorted(names)]
        return {
            document["organisation"]: UrgedLast(
                document["organisation"],
                document["campaign"],
                PaperKind(document["kind"]),
                dt.date.fromisoformat(document["day"]),
                document["version"],
            )
            async for document in self._urged_last.find({"_id": {"$in": ids}})
        }


def urged_last_write(
    campaign: Campaign, owing: Owing, day: dt.date, before: UrgedLast | None
) -> Write:
    """Keep the day's only urging of an organisation.

    One document for all campaigns: of two that urge it at once, one is a conflict.
    """
    version = 0 if before is None else before.version
    document: Document = {
        "_id": _recipient(campaign.jurisdiction, owing.organisation),
        "organisation": owing.organisation,
        "campaign": campaign.key,
        "kind": owing.kind.value,
        "day": day.isoformat(),
        "version": version + 1,
    }
    return Write(URGED_LAST, document, version or None)


def urging_write(campaign: Campaign, owing: Owing, day: dt.date, before: Urged | None) -> Write:
    """Keep that an organisation was urged; somebody who did so meanwhile is a conflict."""
    version = 0 if before is None else before.version
    document: Document = {
        "_id": f"{campaign.key}|{owing.kind.value}|{owing.organisation}",
        "campaign": campaign.key,
        "organisation": owing.organisation,
        "kind": owing.kind.value,
        "day": day.isoformat(),
        "times": 1 if before is None else before.times + 1,
        "version": version + 1,
    }
    return Write(URGINGS, document, version or None)


def _recipient(jurisdiction: str, organisation: str) -> str:
    return f"{jurisdiction}|{organisation}"


def _of(campaign: Campaign) -> Document:
    return {"jurisdiction": campaign.jurisdiction, "campaign": campaign.id}


def _within(within: Collection[str] | None) -> Document:
    """Choose what whoever is bound to organisations may see: by unit, without one by department."""
    if within is None:
        return {}
    codes = sorted(within)
    return {"$or": [{"unit": {"$in": codes}}, {"unit": None, "department": {"$in": codes}}]}


def _count(key: dict[str, Any], papers: int) -> Count:
    return Count(
        PaperKind(key["kind"]),
        key["department"],
        key["unit"],
        PaperState(key["state"]),
        key["missing"],
        key["overdue"],
        key["late"],
        key["covered"],
        papers,
    )


def _overdue(document: Document) -> OverduePaper:
    kind = PaperKind(document["kind"])
    department = document["department"]
    unit = document["unit"] or department
    return OverduePaper(
        document["_id"],
        kind,
        unit if kind is PaperKind.FORM else department,
        department,
        document["project"],
        document["project_name"],
        dt.date.fromisoformat(document["due"]),
        document["submitted_on"] is not None,
    )
