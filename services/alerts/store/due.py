"""What a day looks at: alerts whose moment has come, and those that are muted for a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pymongo import UpdateOne

from contracts.events.alerts import AlertState
from contracts.topics import partition_of
from contracts.vocabulary import MuteGround
from services.alerts.domain.alert import Alert
from services.alerts.domain.case import Case
from services.alerts.domain.facts import Scope
from services.alerts.store.documents import LOOK, UNFINISHED, Document
from services.alerts.store.writing import DUE, PASSES
from services.chassis.mongo import Mongo, Session

PAGE: Final = 500
"""Most alerts a day looks at in one transaction."""
PASSING: Final = (MuteGround.SUPPRESSED.value, MuteGround.FLAPPING.value)
"""Mutes that end with time."""

UNHEEDED: Final[Document] = {
    "wake": None,
    "latest": True,
    # Said once more of the path alone: by it the index is known to hold all of them.
    "work.measures.plan.owner": {"$gte": ""},
    "work.measures": {"$elemMatch": {"taken": None, "reminded_at": {"$exists": False}}},
    **UNFINISHED,
    # Whose mute holds rests, and is looked at again once it is over.
    "$nor": [{"state": AlertState.OPEN.value, "muted": {"$ne": None}}],
}
"""Alerts with measures that no day looks at, also such as have ended: measures outlive them, and
mutes do not."""

UNJUDGED: Final[Document] = {
    "state": AlertState.OPEN.value,
    "wake": None,
    "scope": {"$in": [Scope.PAPERS.value, Scope.QUARANTINE.value]},
}
"""Open alerts that no assessment judges. The packs that a release ships are not published: what
rests on a rule that left them, or was switched off before days looked at it, ends on the next day.
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Some alerts that a day looks at."""

    alerts: frozenset[str]
    cases: Mapping[str, Case]
    """The cases they belong to, by id, without their alerts."""
    last: str
    """The last of them: the next page follows."""
    more: bool
    """Whether there may be more."""


class DueStore:
    """Finds what a day looks at."""

    def __init__(self, mongo: Mongo) -> None:
        """Look at the alerts that consumers and commands write."""
        self._alerts = mongo.db["alerts"]

    async def open(self, partitions: int) -> None:
        """Have days look at alerts of releases in which days did not act on them.

        Neither on open alerts, nor, later, on what was planned of any. And, once a start, at those
        that no assessment judges.
        """
        unseen = {"state": AlertState.OPEN.value, "wake": {"$exists": False}}
        await self._wake_all({"$or": [unseen, UNHEEDED]}, partitions)
        await self._wake_all(UNJUDGED, partitions)

    async def _wake_all(self, chosen: Document, partitions: int) -> None:
        """Go through them once, and write page by page, however many they are."""
        page: list[UpdateOne] = []
        async for item in self._alerts.find(chosen, {"project": 1}).batch_size(PAGE):
            partition = partition_of(item["project"], partitions)
            woken = {"$set": {"partition": partition, "wake": LOOK}}
            page.append(UpdateOne({"_id": item["_id"], "wake": None}, woken))
            if len(page) == PAGE:
                await self._alerts.bulk_write(page, ordered=False)
                page = []
        if page:
            await self._alerts.bulk_write(page, ordered=False)

    async def due(self, partition: int, jurisdiction: str, worked: int) -> Page:
        """Find alerts that wait for at most this working day; looked at, they wait for another.

        Also those that have ended, as long as something that was planned is not carried out and
        they have not come back: then the new one is looked at.
        """
        chosen = {"wake": {"$gte": LOOK, "$lte": worked}, "latest": True}
        return await self._page(partition, jurisdiction, chosen, "wake")

    async def passing(self, partition: int, jurisdiction: str, after: str) -> Page:
        """Find alerts that are muted for a time, behind the one with this id."""
        chosen = {
            "state": AlertState.OPEN.value,
            "muted": {"$in": PASSING},
            "_id": {"$gt": after},
        }
        return await self._page(partition, jurisdiction, chosen, "_id")

    async def _page(self, partition: int, jurisdiction: str, chosen: Document, by: str) -> Page:
        query: Document = {
            "partition": partition,
            "jurisdiction": jurisdiction,
            **chosen,
        }
        wanted = {"case": 1, "project": 1, "fiscal_year": 1}
        cursor = self._alerts.find(query, wanted).sort(by, 1).limit(PAGE)
        found = await cursor.hint(DUE if by == "wake" else PASSES).to_list(PAGE)
        return Page(
            alerts=frozenset(item["_id"] for item in found),
            cases={item["case"]: Case(item["project"], item["fiscal_year"]) for item in found},
            last=found[-1]["_id"] if found else "",
            more=len(found) == PAGE,
        )

    async def sleep(self, session: Session, until: Mapping[str, tuple[Alert, int | None]]) -> None:
        """Say when alerts are to be looked at again, unless somebody changes them meanwhile."""
        writes = [
            UpdateOne({"_id": name, "version": alert.version}, {"$set": {"wake": wake}})
            for name, (alert, wake) in until.items()
        ]
        if writes:
            await self._alerts.bulk_write(writes, ordered=False, session=session)

    async def wake(self, session: Session, cases: list[str]) -> None:
        """Have the alerts of cases looked at on the next opened day: their terms have changed."""
        if cases:
            await self._alerts.update_many(
                {"case": {"$in": cases}, "latest": True, "state": AlertState.OPEN.value},
                {"$set": {"wake": LOOK}},
                session=session,
            )
