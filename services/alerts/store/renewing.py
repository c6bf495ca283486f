"""Has the next day look at alerts that sleep by terms which packs have changed meanwhile.

An alert that nothing is due of sleeps until its rule's term says so. A pack that is published,
takes effect or ends may set another one: then all open alerts of those whose rules it is laid upon
are looked at again on the next opened day, and each says anew until when it sleeps.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from contracts.envelope import AnyEvent
from contracts.events.alerts import AlertState
from contracts.events.intake import DayOpened, JurisdictionRegistered, RulePackPublished
from services.alerts.domain.layers import PARENTS_MAX
from services.alerts.store.documents import LOOK, Document
from services.chassis.mongo import Mongo, Session

OPENED: Final = DayOpened.event_type()
PUBLISHED: Final = RulePackPublished.event_type()
REGISTERED: Final = JurisdictionRegistered.event_type()
HEIRS_MAX: Final = 100_000
"""Most jurisdictions that inherit from one."""


class Renewing:
    """A keeper (`store/writing.py`) that wakes what other terms may be about."""

    def __init__(self, mongo: Mongo) -> None:
        """Read what other keepers keep."""
        self._alerts = mongo.db["alerts"]
        self._days = mongo.db["opened_days"]
        self._packs = mongo.db["rule_packs"]
        self._parents = mongo.db["rule_parents"]

    async def keep(self, session: Session, partition: int, facts: Sequence[AnyEvent]) -> None:
        """Wake alerts of a partition by the packs among facts, and by the days among them."""
        for event in facts:
            if event.type in {PUBLISHED, REGISTERED}:
                heirs = await self._below(session, partition, event.subject)
                await self._wake(session, partition, heirs)
            elif event.type == OPENED and await self._turns(session, partition, event):
                await self._wake(session, partition, [event.subject])

    async def _turns(self, session: Session, partition: int, event: AnyEvent) -> bool:
        """Tell whether a pack takes effect or ends between the last opened day and this one."""
        if await self._packs.find_one({"partition": partition}, session=session) is None:
            return False
        day = event.data.date.isoformat()
        known = {"partition": partition, "jurisdiction": event.subject, "date": {"$lt": day}}
        last = await self._days.find_one(known, sort=[("date", -1)], session=session)
        if last is None:
            return False
        ended = dt.date.fromisoformat(day) - dt.timedelta(days=1)
        within: list[Document] = [
            {"effective_from": {"$gt": last["date"], "$lte": day}},
            {"effective_to": {"$gte": last["date"], "$lte": ended.isoformat()}},
        ]
        owners = {"$in": await self._above(session, partition, event.subject)}
        chosen = {"partition": partition, "jurisdiction": owners, "$or": within}
        return await self._packs.find_one(chosen, session=session) is not None

    async def _above(self, session: Session, partition: int, code: str) -> list[str]:
        """Name a jurisdiction and those it inherits from."""
        chain = [code]
        for _ in range(PARENTS_MAX):
            query = {"partition": partition, "jurisdiction": chain[-1]}
            found: Any = await self._parents.find_one(query, session=session)
            parent = found["parent"] if found else None
            if parent is None or parent in chain:
                break
            chain.append(parent)
        return chain

    async def _below(self, session: Session, partition: int, code: str) -> list[str]:
        """Name a jurisdiction and those that inherit from it."""
        heirs, level = [code], [code]
        for _ in range(PARENTS_MAX):
            query = {"partition": partition, "parent": {"$in": level}}
            found = await self._parents.find(query, session=session).to_list(HEIRS_MAX)
            level = [item["jurisdiction"] for item in found if item["jurisdiction"] not in heirs]
            if not level:
                break
            heirs += level
        return heirs

    async def _wake(self, session: Session, partition: int, codes: Iterable[str]) -> None:
        await self._alerts.update_many(
            {
                "partition": partition,
                "jurisdiction": {"$in": list(codes)},
                "state": AlertState.OPEN.value,
            },
            {"$set": {"wake": LOOK}},
            session=session,
        )
