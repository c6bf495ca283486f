"""What reporting keeps of others: names of organisations and jurisdictions, and alerts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, Protocol

from pymongo import IndexModel, ReplaceOne

from contracts.envelope import AnyEvent
from contracts.events.intake import JurisdictionRegistered, OrganisationRegistered
from services.chassis.mongo import Mongo, Session
from services.reporting.domain import Names, RelatedAlert
from services.reporting.store import alerts
from services.reporting.store.alerts import AlertBook

NAMES_MAX: Final = 100_000

INDEXES: Final[dict[str, list[IndexModel]]] = {
    "progress": [],
    **alerts.INDEXES,
    "organisations": [IndexModel([("jurisdiction", 1)])],
    "jurisdictions": [],
}


class ReportStore(Protocol):
    """Reads and writes of reporting; writes happen within the caller's transaction."""

    async def keep_names(self, session: Session, events: Sequence[AnyEvent]) -> None:
        """Keep what jurisdiction facts say of names."""

    async def keep_alerts(self, session: Session, events: Sequence[AnyEvent]) -> None:
        """Keep the last state of each alert, and how it was worked on."""

    async def names(self, jurisdiction: str, within: AbstractSet[str] | None = None) -> Names:
        """Return the names of a jurisdiction's organisations, and its currency.

        With `within`, of these alone and of what stands above them.
        """

    async def alerts_of(self, project: str, fiscal_year: int, as_of: dt.date) -> list[RelatedAlert]:
        """Return a project's open alerts that were raised by a date."""

    async def open_alerts_by_rule(
        self,
        jurisdiction: str,
        department: str,
        fiscal_year: int,
        within: AbstractSet[str] | None = None,
    ) -> dict[str, int]:
        """Count a department's open alerts; with `within`, of projects that these lead."""


class MongoReportStore:
    """The store in MongoDB."""

    def __init__(self, mongo: Mongo) -> None:
        """Use the service's database; create `INDEXES` first."""
        self.db = mongo.db
        self.alerts = AlertBook(mongo)

    async def keep_names(self, session: Session, events: Sequence[AnyEvent]) -> None:
        """Keep what jurisdiction facts say of names; later facts replace earlier ones."""
        organisations: dict[Any, ReplaceOne[dict[str, Any]]] = {}
        jurisdictions: dict[Any, ReplaceOne[dict[str, Any]]] = {}
        for event in events:
            data = event.data
            if isinstance(data, OrganisationRegistered):
                key: Any = {"j": event.jurisdiction, "o": data.organisation}
                document = {
                    "_id": key,
                    "jurisdiction": event.jurisdiction,
                    "name": data.name,
                    "kind": data.kind.value,
                    "parent": data.parent,
                }
                organisations[event.jurisdiction, data.organisation] = ReplaceOne(
                    {"_id": key}, document, upsert=True
                )
            elif isinstance(data, JurisdictionRegistered):
                document = {
                    "_id": event.jurisdiction,
                    "name": data.name,
                    "currency": data.currency,
                    "fiscal_year_start": data.fiscal_year_start,
                }
                jurisdictions[event.jurisdiction] = ReplaceOne(
                    {"_id": event.jurisdiction}, document, upsert=True
                )
        for name, writes in (("organisations", organisations), ("jurisdictions", jurisdictions)):
            if writes:
                await self.db[name].bulk_write(list(writes.values()), session=session)

    async def keep_alerts(self, session: Session, events: Sequence[AnyEvent]) -> None:
        """Keep the last state of each alert, and how it was worked on."""
        await self.alerts.keep(session, events)

    async def names(self, jurisdiction: str, within: AbstractSet[str] | None = None) -> Names:
        """Return the names of a jurisdiction's organisations, and its currency."""
        found = self.db["organisations"].find({"jurisdiction": jurisdiction}).limit(NAMES_MAX)
        known = {document["_id"]["o"]: document async for document in found}
        shown = set(known) if within is None else _with_those_above(within, known)
        by_code = {code: known[code]["name"] for code in shown if code in known}
        registered = await self.db["jurisdictions"].find_one({"_id": jurisdiction})
        return Names(by_code, registered["currency"] if registered else "CNY")

    async def alerts_of(self, project: str, fiscal_year: int, as_of: dt.date) -> list[RelatedAlert]:
        """Return a project's open alerts that were raised by a date."""
        return await self.alerts.of_project(project, fiscal_year, as_of)

    async def open_alerts_by_rule(
        self,
        jurisdiction: str,
        department: str,
        fiscal_year: int,
        within: AbstractSet[str] | None = None,
    ) -> dict[str, int]:
        """Count a department's open alerts by rule."""
        return await self.alerts.open_by_rule(jurisdiction, department, fiscal_year, within)


def _with_those_above(within: AbstractSet[str], known: Mapping[str, Any]) -> set[str]:
    """Add the parents of organisations, and theirs; a ring ends."""
    shown: set[str] = set()
    for code in within:
        above: str | None = code
        while above is not None and above not in shown:
            shown.add(above)
            above = known[above]["parent"] if above in known else None
    return shown
