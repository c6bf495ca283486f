"""What people read: alerts page by page, one alert's history, what waits for somebody."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.events.alerts import AlertState
from contracts.vocabulary import EscalationLevel, ReviewOutcome, Role, Severity
from services.alerts.domain.alert import Alert
from services.alerts.domain.judging import SEVERITY_ORDER, Key
from services.alerts.domain.listing import ME, NONE, Filters, Order, Shown
from services.alerts.store.documents import UNFINISHED, Document, alert_of, case_of_alert
from services.alerts.store.telling import topic_counter
from services.chassis.identity import Permission, Principal
from services.chassis.mongo import Mongo

_PAGE: Final = re.compile(r"([0-9])\.([0-9]{4}-[0-9]{2}-[0-9]{2})\.([0-9a-f]{32})", re.ASCII)
_PLAIN: Final = ("jurisdiction", "project", "rule", "fiscal_year", "department")
_SEARCHED: Final = ("title_zh", "title_en", "project", "project_name")
_MUTED: Final[Mapping[Shown, Document]] = {
    Shown.SHOW: {},
    Shown.HIDE: {"muted": None},
    Shown.ONLY: {"muted": {"$ne": None}},
}
_INFORMS: Final[Document] = {
    "severity": Severity.INFO.value,
    "rule_severity": {"$in": [one.value for one in Severity if one is not Severity.INFO]},
}
"""Alerts that only inform, as `informs` says: nobody has to explain them."""
LEVELS: Final[Mapping[Role, EscalationLevel]] = {
    Role.UNIT_FILLER: EscalationLevel.UNIT,
    Role.UNIT_APPROVER: EscalationLevel.UNIT,
    Role.DEPARTMENT_REVIEWER: EscalationLevel.DEPARTMENT,
    Role.COUNTERPART_DIVISION: EscalationLevel.COUNTERPART_DIVISION,
    Role.PERFORMANCE_DIVISION: EscalationLevel.PERFORMANCE_DIVISION,
}
"""Whose matter an alert is at each level: the roles that work there."""


class PageError(ValueError):
    """A page token is none of ours."""


@dataclass(frozen=True)
class Page:
    """Alerts, each with the number of the part of the list it is in, and the next page's token."""

    alerts: list[tuple[int, Alert]]
    next: str | None


def scope_query(asking: Principal) -> Document:
    """Select what is in somebody's scope, as `Principal.sees` does: by who leads the project.

    An alert belongs to the unit that led the project when it was last judged.
    """
    if asking.jurisdictions is None:
        return {}
    query: Document = {"jurisdiction": {"$in": sorted(asking.jurisdictions)}}
    if asking.narrow:
        codes = sorted(asking.within)
        streams = [f"{code}/{unit}" for code in sorted(asking.jurisdictions) for unit in codes]
        query["$or"] = [
            {"lead_unit": {"$in": codes}},
            {"lead_unit": None, "department": {"$in": codes}},
            {"lead_unit": None, "department": None, "project": {"$in": streams}},
        ]
    return query


def filter_query(filters: Filters, asking: Principal) -> Document:
    """Select what filters want, of what is in the caller's scope; severity is not among them."""
    wanted: Document = {
        name: value for name in _PLAIN if (value := getattr(filters, name)) is not None
    }
    if filters.state != "all":
        wanted["state"] = filters.state
    if filters.aspect is not None:
        wanted["aspect"] = filters.aspect.value
    if filters.level is not None:
        wanted["level"] = filters.level.value
    if filters.unit is not None:
        wanted["lead_unit"] = filters.unit
    if filters.assignee is not None:
        names: Mapping[str, str | None] = {ME: asking.id, NONE: None}
        wanted["assignee"] = names.get(filters.assignee, filters.assignee)
    parts = [wanted, _MUTED[filters.muted], scope_query(asking)]
    if filters.q is not None:
        text = {"$regex": re.escape(filters.q), "$options": "i"}
        parts.append({"$or": [{field: text} for field in _SEARCHED]})
    return {"$and": parts}


def task_queries(asking: Principal, jurisdiction: str | None) -> dict[str, Document]:
    """Select what waits for somebody: kind of task → its alerts, in the order of urgency."""
    place = {} if jurisdiction is None else {"jurisdiction": jurisdiction}
    within = {"$and": [place, scope_query(asking)]}
    still = {"state": AlertState.OPEN.value}
    others = {"assignee": {"$ne": asking.id}, "muted": None}
    returned = {"work.review.outcome": ReviewOutcome.RETURNED.value}
    found: dict[str, Document] = {
        "assigned": {"$and": [within, still, {"assignee": asking.id}]},
    }
    levels = sorted({LEVELS[role].value for role in asking.roles if role in LEVELS})
    if levels and asking.may(Permission.WORK):
        unanswered = [{"work.explanation": None}, returned, {"work.outgrown": True}]
        mine = {"level": {"$in": levels}, "$or": unanswered}
        found["to_explain"] = {"$and": [within, still, others, mine, {"$nor": [_INFORMS]}]}
        late = {"$elemMatch": {"taken": None, "reminded_at": {"$lt": 0}}}
        # Said once more of the path alone: by it the index is known to hold all of them.
        told = {"work.measures.reminded_at": {"$lt": 0}}
        found["measures_late"] = {
            "$and": [within, {"level": {"$in": levels}, "work.measures": late}, told, UNFINISHED]
        }
    if asking.may(Permission.REVIEW):
        unseen = {"work.explanation": {"$ne": None}, "work.review": None}
        found["to_review"] = {"$and": [within, still, unseen]}
    owners = [asking.id, *asking.organisations]
    due = {"$elemMatch": {"taken": None, "plan.owner": {"$in": owners}}}
    # Measures outlive the alert: unfinished corrective work moves on (domain-rules 5).
    planned = {"work.measures.plan.owner": {"$in": owners}}
    found["to_carry_out"] = {"$and": [within, {"work.measures": due}, planned, UNFINISHED]}
    return found


class AlertReader:
    """The readers' side of the store."""

    def __init__(self, mongo: Mongo) -> None:
        """Read the collections that consumer and commands write."""
        self._alerts = mongo.db["alerts"]
        self._cases = mongo.db["cases"]
        self._feeds = mongo.db["feeds"]
        self._counters = mongo.db["counters"]

    async def page(
        self, filters: Filters, after: str | None, limit: int, asking: Principal
    ) -> Page:
        """Read alerts in the order that is wanted; PageError if `after` is no token of ours."""
        query = filter_query(filters, asking)
        graves = [filters.severity] if filters.severity is not None else None
        if graves is None and filters.sort is Order.SEVERITY:
            graves = list(reversed(SEVERITY_ORDER))
        parts = [query] if graves is None else [_of(query, grave) for grave in graves]
        field = "as_of" if filters.sort is Order.CHANGED else "raised_as_of"
        return await self._page(parts, field, after, limit)

    async def counts(self, filters: Filters, asking: Principal) -> dict[str, int]:
        """Count by severity what filters want, whatever severity they want."""
        query = filter_query(filters, asking)
        pipeline = [{"$match": query}, {"$group": {"_id": "$severity", "n": {"$sum": 1}}}]
        found = {row["_id"]: row["n"] async for row in self._alerts.aggregate(pipeline)}
        return {grave.value: found.get(grave.value, 0) for grave in reversed(SEVERITY_ORDER)}

    async def tasks(self, queries: Sequence[Document], after: str | None, limit: int) -> Page:
        """Read what tasks are about, kind by kind, last raised first."""
        return await self._page(queries, "raised_as_of", after, limit)

    async def count(self, query: Document) -> int:
        """Count alerts."""
        return int(await self._alerts.count_documents(query))

    async def alert(self, name: str) -> Alert | None:
        """Read one alert."""
        document = await self._alerts.find_one({"_id": name})
        return alert_of(document) if document else None

    async def frozen(self, alerts: Iterable[Alert]) -> frozenset[str]:
        """Give the ids of those that stand still, for their project's publisher is silent (17f)."""
        open_ones = {
            (case_of_alert(alert), alert.key): alert.id
            for alert in alerts
            if alert.state is AlertState.OPEN
        }
        ids = sorted({case for case, _ in open_ones})
        if not ids:
            return frozenset()
        found: set[str] = set()
        query = {"_id": {"$in": ids}, "frozen.0": {"$exists": True}}
        async for item in self._cases.find(query, {"frozen": 1}):
            for one in item["frozen"]:
                alert = open_ones.get((item["_id"], Key(one["rule"], one["scope"], one["subject"])))
                found |= {alert} if alert else set()
        return frozenset(found)

    async def history(self, alert: str, after: int, limit: int) -> tuple[list[Document], bool]:
        """Read what was told of an alert, behind a version, in order; and whether there is more."""
        query = {"alert": alert, "version": {"$gt": after}}
        cursor = self._feeds.find(query).sort("version", 1)
        documents = await cursor.limit(limit + 1).to_list(limit + 1)
        items = [{**entry, "event": json.loads(entry["event"])} for entry in documents[:limit]]
        return items, len(documents) > limit

    async def told(self, partitions: int) -> list[int]:
        """Read the last positions of the topic `alerts`.

        Read after the cut of assessments, they hold at least what those assessments told.
        """
        names = [topic_counter(partition) for partition in range(partitions)]
        found = {
            counter["_id"]: counter["n"]
            async for counter in self._counters.find({"_id": {"$in": names}})
        }
        return [found.get(name, 0) for name in names]

    async def _page(
        self, parts: Sequence[Document], field: str, after: str | None, limit: int
    ) -> Page:
        """Read a list that has several parts, each by a day downwards; the token names the part."""
        first, behind = _behind(after, field, len(parts))
        found: list[tuple[int, Document]] = []
        for number in range(first, len(parts)):
            query: Document = {"$and": [parts[number], behind if number == first else {}]}
            wanted = limit + 1 - len(found)
            cursor = self._alerts.find(query).sort([(field, -1), ("_id", 1)]).limit(wanted)
            found += [(number, document) for document in await cursor.to_list(wanted)]
            if len(found) > limit:
                part, last = found[limit - 1]
                alerts = [(part, alert_of(document)) for part, document in found[:limit]]
                return Page(alerts, f"{part}.{last[field]}.{last['_id']}")
        return Page([(part, alert_of(document)) for part, document in found], None)


def _behind(after: str | None, field: str, parts: int) -> tuple[int, Document]:
    """Read a page's token: the part it is in, and what comes behind it there."""
    if after is None:
        return 0, {}
    found = _PAGE.fullmatch(after)
    if found is None or int(found.group(1)) >= parts:
        raise PageError(after)
    number, day, name = found.groups()
    return int(number), {"$or": [{field: {"$lt": day}}, {field: day, "_id": {"$gt": name}}]}


def _of(query: Document, severity: Severity) -> Document:
    return {"$and": [query, {"severity": severity.value}]}


def history_item(entry: Mapping[str, Any]) -> Document:
    """Write one entry of an alert's history as the HTTP API tells it."""
    event = entry["event"]
    data = event["data"]
    return {
        "cursor": entry["cursor"],
        "version": entry["version"],
        "kind": entry["kind"],
        "by": data.get("by"),
        "date": data["date"],
        "time": event["time"],
        "state": data.get("state"),
        "severity": data["severity"],
        "detail": data.get("detail"),
        "id": event["id"],
    }
