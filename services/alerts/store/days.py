"""The opened days of jurisdictions, as each partition has come to know them.

Every partition has its own copy of each day, in its own order: what follows from a day on a
partition follows from that copy alone.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from pymongo import IndexModel

from contracts.envelope import AnyEvent
from contracts.events.intake import DayOpened
from services.alerts.domain.terms import OpenedDay, OpenedDays
from services.alerts.store.documents import Document
from services.alerts.store.telling import Teller
from services.chassis.mongo import Mongo, Session

DAYS_KEPT: Final = 3 * 366
"""Calendar days for which opened days are kept: no term is longer."""
JURISDICTIONS_MAX: Final = 100_000
"""Most jurisdictions of a deployment."""
OPENED: Final = DayOpened.event_type()

INDEXES: Final = {
    "opened_days": [
        IndexModel([("partition", 1), ("jurisdiction", 1), ("date", 1)], unique=True)
    ]
}  # fmt: skip


class DayStore:
    """Keeps opened days."""

    def __init__(self, mongo: Mongo, teller: Teller) -> None:
        """`teller` knows which partition is a jurisdiction's home."""
        self._mongo = mongo
        self._teller = teller
        self._days = mongo.db["opened_days"]
        self._jurisdictions = mongo.db["jurisdictions"]

    async def open(self) -> None:
        """Create the collections."""
        await self._mongo.create(INDEXES)

    async def keep(self, session: Session, partition: int, facts: Sequence[AnyEvent]) -> None:
        """Keep the days among facts; one that is known, or earlier than the last, is no news."""
        for event in facts:
            if event.type != OPENED:
                continue
            last = await self._last(partition, event.subject, session)
            if last is None or event.data.date > last.date:
                await self._add(session, partition, event, last)

    async def _add(
        self, session: Session, partition: int, event: AnyEvent, last: OpenedDay | None
    ) -> None:
        jurisdiction, day = event.subject, event.data.date
        number = last.number + 1 if last else 1
        worked = (last.worked if last else 0) + int(event.data.working_day)
        await self._days.insert_one(
            {
                "partition": partition,
                "jurisdiction": jurisdiction,
                "date": day.isoformat(),
                "number": number,
                "worked": worked,
            },
            session=session,
        )
        oldest = (day - dt.timedelta(days=DAYS_KEPT)).isoformat()
        await self._days.delete_many(
            {"partition": partition, "jurisdiction": jurisdiction, "date": {"$lt": oldest}},
            session=session,
        )
        if self._teller.home(jurisdiction) == partition:
            found = {"day": day.isoformat(), "working_day": event.data.working_day}
            await self._jurisdictions.update_one(
                {"_id": jurisdiction},
                {"$set": {**found, "opened": number}, "$setOnInsert": {"name": jurisdiction}},
                upsert=True,
                session=session,
            )

    async def last(self, partition: int, jurisdiction: str) -> OpenedDay | None:
        """Read the last opened day that a partition knows of."""
        return await self._last(partition, jurisdiction, None)

    async def _last(
        self, partition: int, jurisdiction: str, session: Session | None
    ) -> OpenedDay | None:
        found = await self._days.find_one(
            {"partition": partition, "jurisdiction": jurisdiction},
            sort=[("date", -1)],
            session=session,
        )
        return _day_of(found) if found else None

    async def days(self, partition: int, jurisdiction: str) -> OpenedDays:
        """Read all that are kept."""
        cursor = self._days.find({"partition": partition, "jurisdiction": jurisdiction})
        found = await cursor.sort("date", 1).to_list(DAYS_KEPT + 1)
        return OpenedDays([_day_of(item) for item in found])

    async def number(self, jurisdiction: str, date: dt.date) -> int:
        """Count the days opened in a jurisdiction up to a date, as its home partition has them."""
        found = await self._days.find_one(
            {
                "partition": self._teller.home(jurisdiction),
                "jurisdiction": jurisdiction,
                "date": {"$lte": date.isoformat()},
            },
            sort=[("date", -1)],
        )
        return _day_of(found).number if found else 0

    async def today(self, jurisdiction: str) -> dt.date | None:
        """Read the last day opened in a jurisdiction; null: none is."""
        found = await self._jurisdictions.find_one({"_id": jurisdiction}, {"day": 1})
        day = found.get("day") if found else None
        return dt.date.fromisoformat(day) if day else None

    async def all_today(self) -> dict[str, dt.date]:
        """Read the last opened day of every jurisdiction that has one."""
        cursor = self._jurisdictions.find({"day": {"$exists": True}}, {"day": 1})
        found = await cursor.to_list(JURISDICTIONS_MAX)
        return {item["_id"]: dt.date.fromisoformat(item["day"]) for item in found}


def _day_of(item: Document) -> OpenedDay:
    return OpenedDay(dt.date.fromisoformat(item["date"]), item["number"], item["worked"])
