"""Parts of a day's sums of units and departments, one per partition, and who judges the day.

A part is written by the partition's owner when it passes `day assessed`, from rows that are then
exactly as of that day. A day is judged once all parts are there, by whoever holds the lease.
"""

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any, Final

from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from contracts.envelope import AnyEvent
from contracts.events.alerts import AlertState
from contracts.record import Mark
from services.alerts.domain.facts import Scope
from services.alerts.domain.organisations import SCOPES, Reported
from services.alerts.domain.rollups import Group, Organisation, Sums
from services.alerts.domain.telling import Because
from services.alerts.store.documents import Document
from services.chassis.mongo import Mongo, Session

LEASE_MS: Final = 30_000
"""How long after its death another process goes on with the day that one judges."""
READY_MAX: Final = 100
"""Most days looked for at a time."""
ORGANISATIONS_MAX: Final = 100_000
"""Most organisations' years with open alerts in a jurisdiction."""
_SUMS: Final = tuple(one.name for one in fields(Sums))

INDEXES: Final = {
    "rollup_parts": [IndexModel([("jurisdiction", 1), ("date", 1)])],
    "rollup_judges": [],
}


class LostLeaseError(Exception):
    """Another process judges the day: what this one was about to write must not count."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day that all partitions have reported."""

    jurisdiction: str
    date: dt.date
    epoch: int
    """Number of the lease under which it is judged."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a partition says of a day."""

    partition: int
    event: AnyEvent
    """Its `day assessed`."""
    mark: Mark
    groups: list[Document]


class RollupStore:
    """Keeps parts until their day is judged."""

    def __init__(self, mongo: Mongo) -> None:
        """Add up what cases say."""
        self._mongo = mongo
        self._alerts = mongo.db["alerts"]
        self._cases = mongo.db["cases"]
        self._parts = mongo.db["rollup_parts"]
        self._judges = mongo.db["rollup_judges"]

    async def open(self) -> None:
        """Create the collections."""
        await self._mongo.create(INDEXES)

    async def part(self, partition: int, event: AnyEvent, mark: Mark) -> Part:
        """Add up a partition's projects as they were assessed on a day."""
        chosen = {
            "jurisdiction": event.subject,
            "partition": partition,
            "row.day": event.data.date.isoformat(),
        }
        groups: list[Document] = []
        for scope, steps in ((Scope.UNIT, _BY_UNIT), (Scope.DEPARTMENT, _BY_DEPARTMENT)):
            found = self._cases.aggregate([{"$match": chosen}, *steps])
            groups += [
                _group_item(scope, item) async for item in found if item["_id"]["code"] is not None
            ]
        return Part(partition, event, mark, groups)

    async def report(self, session: Session, part: Part) -> None:
        """Keep a part; the same again is the same."""
        jurisdiction, date = part.event.subject, part.event.data.date.isoformat()
        await self._parts.replace_one(
            {"_id": f"{date}:{part.partition}:{jurisdiction}"},
            {
                "jurisdiction": jurisdiction,
                "date": date,
                "partition": part.partition,
                "event": part.event.id,
                "recorded_ms": part.mark.recorded_ms,
                "cause": part.mark.cause,
                "groups": part.groups,
            },
            upsert=True,
            session=session,
        )

    async def ready(self, partitions: int) -> list[tuple[str, dt.date]]:
        """Find days that all partitions have reported and nobody has judged, oldest first."""
        steps: list[Document] = [
            # By the index alone: parts are large, and a partition may lag by many days.
            {"$sort": {"jurisdiction": 1, "date": 1}},
            {"$project": {"_id": 0, "jurisdiction": 1, "date": 1}},
            {
                "$group": {
                    "_id": {"jurisdiction": "$jurisdiction", "date": "$date"},
                    "n": {"$sum": 1},
                }
            },
            {"$match": {"n": partitions}},
            {"$sort": {"_id.date": 1, "_id.jurisdiction": 1}},
            {"$limit": READY_MAX},
        ]
        return [
            (item["_id"]["jurisdiction"], dt.date.fromisoformat(item["_id"]["date"]))
            async for item in self._parts.aggregate(steps)
        ]

    async def claim(
        self, jurisdiction: str, date: dt.date, owner: bytes, now_ms: int
    ) -> Day | None:
        """Become the one that judges a day; None if another process does, or it is judged."""
        known = await self._judges.find_one({"_id": jurisdiction}) or {}
        if known.get("day", "") >= date.isoformat():
            # Parts that were reported again, after a rebuild: that day is over.
            await self._parts.delete_many({"jurisdiction": jurisdiction, "date": date.isoformat()})
            return None
        free = {
            "day": known.get("day", {"$exists": False}),
            "$or": [{"until_ms": {"$lt": now_ms}}, {"owner": owner}],
        }
        try:
            found = await self._judges.find_one_and_update(
                {"_id": jurisdiction, **free},
                {"$inc": {"epoch": 1}, "$set": {"owner": owner, "until_ms": now_ms + LEASE_MS}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            return None
        return Day(jurisdiction, date, found["epoch"])

    async def reported(self, day: Day) -> tuple[Reported, Because]:
        """Add the parts of a day, and name what brought them about: the same whoever asks."""
        groups: dict[Organisation, Group] = {}
        marks: list[tuple[int, int, str]] = []
        chosen = {"jurisdiction": day.jurisdiction, "date": day.date.isoformat()}
        async for part in self._parts.find(chosen):
            marks.append((part["recorded_ms"], part["cause"], part["event"]))
            for item in part["groups"]:
                organisation, group = group_of(item)
                known = groups.get(organisation)
                groups[organisation] = group if known is None else known + group
        recorded, cause, event = max(marks)
        return Reported(day.jurisdiction, day.date, groups), Because(event, None, recorded, cause)

    async def standing(self, jurisdiction: str) -> set[tuple[str, int]]:
        """Find organisations and years that have open alerts of their own."""
        chosen = {
            "jurisdiction": jurisdiction,
            "state": {"$in": [AlertState.OPEN.value, AlertState.CLOSED.value]},
            "latest": True,
            "scope": {"$in": [scope.value for scope in SCOPES]},
        }
        cursor = self._alerts.find(chosen, {"project": 1, "fiscal_year": 1})
        return {
            (item["project"], item["fiscal_year"])
            for item in await cursor.to_list(ORGANISATIONS_MAX)
        }

    async def fence(self, session: Session, day: Day, now_ms: int) -> None:
        """Hold the lease in a transaction; LostLeaseError if another process has it."""
        await self._hold(session, day, {"until_ms": now_ms + LEASE_MS})

    async def finish(self, session: Session, day: Day) -> None:
        """Write that a day is judged."""
        await self._hold(session, day, {"until_ms": 0, "day": day.date.isoformat()})
        chosen = {"jurisdiction": day.jurisdiction, "date": day.date.isoformat()}
        await self._parts.delete_many(chosen, session=session)

    async def _hold(self, session: Session, day: Day, change: Document) -> None:
        held: Any = await self._judges.update_one(
            {"_id": day.jurisdiction, "epoch": day.epoch}, {"$set": change}, session=session
        )
        if held.matched_count != 1:
            raise LostLeaseError(day.jurisdiction)


def _grouping(code: str, sums: str, **departments: Any) -> Document:
    return {
        "_id": {"code": code, "year": "$fiscal_year"},
        "months_completed": {"$max": "$row.months_completed"},
        "months_completed_before": {"$max": "$row.months_completed_before"},
        # The least leaves out what is null.
        **{name: {"$min": named} for name, named in departments.items()},
        **{name: {"$sum": f"{sums}.{name}"} for name in _SUMS},
    }


_BY_DEPARTMENT: Final[tuple[Document, ...]] = (
    {"$group": _grouping("$department", "$row", department="$department")},
)
_BY_UNIT: Final[tuple[Document, ...]] = (
    # A row that was written before units had shares is its leading unit's.
    {"$set": {"share": {"$ifNull": ["$row.units", [{"unit": "$lead_unit", "leads": True}]]}}},
    {"$unwind": "$share"},
    {"$set": {"share": {"$mergeObjects": ["$row", "$share"]}}},
    {
        "$group": _grouping(
            "$share.unit",
            "$share",
            department={"$cond": ["$share.leads", "$department", None]},
            beside={"$cond": ["$share.leads", None, "$department"]},
        )
    },
)


def _group_item(scope: Scope, item: Document) -> Document:
    return {
        "scope": scope.value,
        "code": item["_id"]["code"],
        "year": item["_id"]["year"],
        "months_completed": item["months_completed"],
        "months_completed_before": item["months_completed_before"],
        "department": item["department"],
        "beside": item.get("beside"),
        "sums": [item[name] for name in _SUMS],
    }


def group_of(item: Document) -> tuple[Organisation, Group]:
    """Read an organisation's figures of a part."""
    organisation = Organisation(Scope(item["scope"]), item["code"], item["year"])
    return organisation, Group(
        Sums(*item["sums"]),
        item["months_completed"],
        item["months_completed_before"],
        item["department"],
        item.get("beside"),
    )
