"""What reporting keeps: the latest state of each alert, names of organisations, jurisdictions."""

import datetime as dt
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, Protocol

from pymongo import IndexModel, ReplaceOne

from contracts.envelope import AnyEvent
from contracts.events.alerts import AlertCleared, AlertFact, AlertState, AlertStep
from contracts.events.intake import JurisdictionRegistered, OrganisationRegistered
from services.chassis.mongo import Mongo, Session
from services.reporting.domain import Names, RelatedAlert

NAMES_MAX: Final = 100_000
QUARANTINE_SCOPE: Final = "quarantine"
ALERTS_PER_FORM_MAX: Final = 200

INDEXES: Final[dict[str, list[IndexModel]]] = {
    "progress": [],
    "alerts": [
        IndexModel([("project", 1), ("fiscal_year", 1)]),
        IndexModel([("jurisdiction", 1), ("department", 1), ("fiscal_year", 1)]),
    ],
    "organisations": [IndexModel([("jurisdiction", 1)])],
    "jurisdictions": [],
}


class ReportStore(Protocol):
    """Reads and writes of reporting; writes happen within the caller's transaction."""

    async def keep_names(self, session: Session, events: Sequence[AnyEvent]) -> None:
        """Keep what jurisdiction facts say of names."""

    async def keep_alerts(self, session: Session, events: Sequence[AnyEvent]) -> None:
        """Keep the last state of each alert."""

    async def names(self, jurisdiction: str, within: AbstractSet[str] | None = None) -> Names:
        """Return the names of a jurisdiction's organisations, and its currency.

        With `within`, of these alone and of what stands above them.
        """

    async def alerts_of(self, project: str, fiscal_year: int, as_of: dt.date) -> list[RelatedAlert]:
        """Return a project's open alerts that were judged on or before a date."""

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
        """Keep the last state of each alert; events of one alert come in order.

        What waits in the quarantine is the data desk's, no deviation that a form explains.
        """
        latest: dict[str, ReplaceOne[dict[str, Any]]] = {}
        for event in events:
            data = event.data
            if isinstance(data, AlertFact) and data.scope != QUARANTINE_SCOPE:
                document = _alert_document(event, data)
                latest[data.alert] = ReplaceOne({"_id": data.alert}, document, upsert=True)
        if latest:
            await self.db["alerts"].bulk_write(list(latest.values()), session=session)

    async def names(self, jurisdiction: str, within: AbstractSet[str] | None = None) -> Names:
        """Return the names of a jurisdiction's organisations, and its currency."""
        found = self.db["organisations"].find({"jurisdiction": jurisdiction}).limit(NAMES_MAX)
        known = {document["_id"]["o"]: document async for document in found}
        shown = set(known) if within is None else _with_those_above(within, known)
        by_code = {code: known[code]["name"] for code in shown if code in known}
        registered = await self.db["jurisdictions"].find_one({"_id": jurisdiction})
        return Names(by_code, registered["currency"] if registered else "CNY")

    async def alerts_of(self, project: str, fiscal_year: int, as_of: dt.date) -> list[RelatedAlert]:
        """Return a project's open alerts that were judged on or before a date."""
        query = {
            "project": project,
            "fiscal_year": fiscal_year,
            "state": "open",
            "as_of": {"$lte": as_of.isoformat()},
        }
        found = self.db["alerts"].find(query).sort("_id", 1).limit(ALERTS_PER_FORM_MAX)
        return [
            RelatedAlert(
                alert_id=document["_id"],
                rule_id=document["rule"],
                title_zh=document["title_zh"],
                severity=document["severity"],
                state=document["state"],
                as_of=dt.date.fromisoformat(document["as_of"]),
            )
            async for document in found
        ]

    async def open_alerts_by_rule(
        self,
        jurisdiction: str,
        department: str,
        fiscal_year: int,
        within: AbstractSet[str] | None = None,
    ) -> dict[str, int]:
        """Count a department's open alerts by rule."""
        match: dict[str, Any] = {
            "jurisdiction": jurisdiction,
            "department": department,
            "fiscal_year": fiscal_year,
            "state": "open",
        }
        if within is not None:
            codes = sorted(within)
            match["$or"] = [
                {"lead_unit": {"$in": codes}},
                {"lead_unit": None, "department": {"$in": codes}},
            ]
        stages: list[dict[str, Any]] = [
            {"$match": match},
            {"$group": {"_id": "$rule", "count": {"$sum": 1}}},
        ]
        return {
            document["_id"]: document["count"]
            async for document in self.db["alerts"].aggregate(stages)
        }


def _with_those_above(within: AbstractSet[str], known: Mapping[str, Any]) -> set[str]:
    """Add the parents of organisations, and theirs; a ring ends."""
    shown: set[str] = set()
    for code in within:
        above: str | None = code
        while above is not None and above not in shown:
            shown.add(above)
            above = known[above]["parent"] if above in known else None
    return shown


def _alert_document(event: AnyEvent, data: AlertFact) -> dict[str, Any]:
    return {
        "_id": data.alert,
        "jurisdiction": event.jurisdiction,
        "project": event.subject,
        "department": data.department,
        "lead_unit": data.lead_unit,
        "fiscal_year": data.fiscal_year,
        "rule": data.rule,
        "severity": data.severity.value,
        "title_zh": data.title_zh,
        "state": _state(data),
        "as_of": data.date.isoformat(),
        "cursor": data.cursor,
    }


def _state(data: AlertFact) -> str:
    """Return the state after an event: steps say it, the data's own events by what they are."""
    if isinstance(data, AlertStep):
        return data.state.value
    return (AlertState.CLEARED if isinstance(data, AlertCleared) else AlertState.OPEN).value
