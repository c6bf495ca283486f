"""The opened days of jurisdictions, as each partition of `assessments` tells them.

Today is the last day that every partition has told: then nothing of the day is still to come.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo import IndexModel, UpdateOne

from contracts.envelope import AnyEvent
from contracts.events.intake import DayOpened
from services.chassis.mongo import Mongo, Session

COLLECTION: Final = "opened_days"
INDEXES: Final = {COLLECTION: [IndexModel([("jurisdiction", 1), ("day", 1)])]}
PARTITIONS_MAX: Final = 10_000
JURISDICTIONS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a jurisdiction."""

    code: str
    name: str
    start_month: int
    """Month its fiscal year begins with."""
    today: dt.date | None
    """Its last opened day; null before the first."""


class DayStore:
    """Keeps the last opened day of each jurisdiction and partition."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collection before the first use."""
        self._days = mongo.db[COLLECTION]
        self._jurisdictions = mongo.db["jurisdictions"]

    async def keep(self, session: Session, partition: int, events: Sequence[AnyEvent]) -> None:
        """Keep the days among events; an earlier one than is known is no news."""
        last: dict[str, dt.date] = {}
        for event in events:
            if isinstance(event.data, DayOpened):
                day = event.data.date
                last[event.subject] = max(day, last.get(event.subject, day))
        writes: list[UpdateOne] = [
            UpdateOne(
                {"_id": f"{code}:{partition}"},
                {"$max": {"day": day.isoformat()}, "$set": {"jurisdiction": code}},
                upsert=True,
            )
            for code, day in last.items()
        ]
        if writes:
            await self._days.bulk_write(writes, session=session)

    async def today(self, jurisdiction: str) -> dt.date | None:
        """Tell the last opened day of a jurisdiction; null before the first."""
        found = self._days.find({"jurisdiction": jurisdiction}, {"day": 1}).limit(PARTITIONS_MAX)
        days = [dt.date.fromisoformat(item["day"]) async for item in found]
        return min(days, default=None)

    async def known(self, jurisdiction: str) -> Known | None:
        """Tell what is known of a jurisdiction; null if nobody has registered it."""
        found: dict[str, Any] | None = await self._jurisdictions.find_one({"_id": jurisdiction})
        if found is None:
            return None
        month = int(found["fiscal_year_start"].split("-", 1)[0])
        return Known(jurisdiction, found["name"], month, await self.today(jurisdiction))
