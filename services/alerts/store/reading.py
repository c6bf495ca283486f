"""What people read: alerts page by page, how far we have come."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.alerts.domain.alert import Alert
from services.alerts.store.documents import Document, alert_of
from services.alerts.store.telling import topic_counter
from services.chassis.identity import Principal
from services.chassis.mongo import Mongo

_PAGE: Final = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})\.([0-9a-f]{32})$", re.ASCII)


class PageError(ValueError):
    """A page token is none of ours."""


@dataclass(frozen=True)
class Page:
    """Alerts, and where the next page begins."""

    alerts: list[Alert]
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


class AlertReader:
    """The readers' side of the store."""

    def __init__(self, mongo: Mongo) -> None:
        """Read the collections that the consumer writes."""
        self._alerts = mongo.db["alerts"]
        self._counters = mongo.db["counters"]

    async def page(
        self, wanted: Mapping[str, object], after: str | None, limit: int, scope: Document
    ) -> Page:
        """Read alerts, last raised first; PageError if `after` is no token of ours."""
        query: Document = {"$and": [dict(wanted), scope]}
        if after is not None:
            parts = _PAGE.match(after)
            if parts is None:
                raise PageError(after)
            day, name = parts.groups()
            query["$or"] = [
                {"raised_as_of": {"$lt": day}},
                {"raised_as_of": day, "_id": {"$gt": name}},
            ]
        cursor = self._alerts.find(query).sort([("raised_as_of", -1), ("_id", 1)])
        documents = await cursor.limit(limit + 1).to_list(limit + 1)
        alerts = [alert_of(document) for document in documents[:limit]]
        more = len(documents) > limit
        following = f"{alerts[-1].raised_as_of.isoformat()}.{alerts[-1].id}" if more else None
        return Page(alerts, following)

    async def alert(self, name: str) -> Alert | None:
        """Read one alert."""
        document = await self._alerts.find_one({"_id": name})
        return alert_of(document) if document else None

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
