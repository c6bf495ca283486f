"""Dispositions and priority lists: what was decided here, and the lists that hold.

What was decided here is kept with the fact that states it, in one transaction. Lists are kept as
they come back from the ledger too, for other publishers state them as well.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from contracts.envelope import AnyEvent
from contracts.events.intake import PriorityListPublished
from contracts.topics import partition_of
from contracts.vocabulary import OrganisationKind, PriorityListKind
from services.alerts.store.documents import Document, case_id
from services.chassis.mongo import Mongo, Session
from services.chassis.statements import INDEXES as STATEMENTS
from services.chassis.statements import Statements

LISTED: Final = PriorityListPublished.event_type()
INDEXES: Final = {
    "dispositions": [
        IndexModel([("jurisdiction", 1), ("at_ms", -1), ("_id", 1)]),
        IndexModel([("project", 1), ("at_ms", -1), ("_id", 1)]),
        IndexModel([("alert", 1)], sparse=True),
    ],
    "priority_lists": [IndexModel([("jurisdiction", 1), ("fiscal_year", 1)])],
    **STATEMENTS,
}


class RepeatedError(Exception):
    """The request was made before, with other words."""


@dataclass(frozen=True)
class Whose:
    """Who leads a project, as far as alerts knows it."""

    lead_unit: str | None
    department: str | None


class DecisionStore:
    """Writes and reads decisions."""

    def __init__(self, mongo: Mongo, statements: Statements) -> None:
        """`statements` states them to intake."""
        self._mongo = mongo
        self._statements = statements
        self._dispositions = mongo.db["dispositions"]
        self._lists = mongo.db["priority_lists"]
        self._alerts = mongo.db["alerts"]
        self._cases = mongo.db["cases"]
        self._jurisdictions = mongo.db["jurisdictions"]
        self._organisations = mongo.db["organisations"]

    async def open(self, partitions: int) -> None:
        """Create the collections."""
        await self._mongo.create(INDEXES)
        self._statements.partitions = partitions

    async def whose(self, project: str, fiscal_year: int) -> Whose | None:
        """Tell who leads a project: as it was last judged in the year; None if it never was."""
        found = await self._cases.find_one({"_id": case_id(project, fiscal_year)})
        if found is None or "lead_unit" not in found:
            return None
        return Whose(found["lead_unit"], found["department"])

    async def led(self, cases: Iterable[str]) -> dict[str, Whose]:
        """Tell who leads the projects of cases, by their ids, as they were last judged.

        Left out is what no assessment judges.
        """
        chosen = {"_id": {"$in": sorted(set(cases))}, "lead_unit": {"$exists": True}}
        found = self._cases.find(chosen, {"lead_unit": 1, "department": 1})
        return {item["_id"]: Whose(item["lead_unit"], item["department"]) async for item in found}

    async def kind(self, jurisdiction: str, organisation: str) -> OrganisationKind | None:
        """Tell what an organisation was registered as; None if it is not known."""
        found = await self._organisations.find_one({"_id": f"{jurisdiction}/{organisation}"})
        known = None if found is None else found.get("kind")
        return None if known is None else OrganisationKind(known)

    async def departments(
        self, jurisdiction: str, fiscal_year: int, projects: Iterable[str]
    ) -> dict[str, str]:
        """Tell whose projects are: as last judged in the year, else in the one before it.

        Left out is what was judged in neither, or without a department.
        """
        subjects = [f"{jurisdiction}/{project}" for project in projects]
        years = (fiscal_year - 1, fiscal_year)
        names = [case_id(subject, year) for subject in subjects for year in years]
        chosen = {"_id": {"$in": names}, "department": {"$type": "string"}}
        found = self._cases.find(chosen, {"project": 1, "department": 1}).sort("fiscal_year", 1)
        return {
            item["project"].partition("/")[2]: item["department"]
            for item in await found.to_list(len(names))
        }

    async def last_day(self, jurisdiction: str) -> str | None:
        """Return the last day opened, ISO; None if none is known."""
        found = await self._jurisdictions.find_one({"_id": jurisdiction})
        return None if found is None else found.get("day")

    async def days(self, jurisdictions: Iterable[str]) -> dict[str, dt.date]:
        """Return the last days opened of those jurisdictions that have one."""
        chosen = {"_id": {"$in": sorted(jurisdictions)}, "day": {"$exists": True}}
        found = self._jurisdictions.find(chosen, {"day": 1})
        return {item["_id"]: dt.date.fromisoformat(item["day"]) async for item in found}

    async def seen(
        self, jurisdiction: str, fiscal_year: int, projects: Iterable[str], scope: Document
    ) -> frozenset[str]:
        """Return which projects are in a scope, by who led them when they were last judged."""
        names = [case_id(f"{jurisdiction}/{project}", fiscal_year) for project in projects]
        found = self._cases.find({"$and": [{"_id": {"$in": names}}, scope]}, {"project": 1})
        return frozenset([item["project"].partition("/")[2] async for item in found])

    async def dispose(self, document: Document, event: AnyEvent) -> tuple[Document, bool]:
        """Keep a disposition and state it; the first answer and False if it was made before.

        RepeatedError if the same request said something else then.
        """

        async def work(session: Session) -> None:
            await self._dispositions.insert_one(document, session=session)
            await self._statements.add(session, event)

        try:
            await self._mongo.transaction(work)
        except DuplicateKeyError:
            return await self._first(self._dispositions, document), False
        self._statements.nudge()
        return document, True

    async def decided(self, name: str) -> bool:
        """Tell whether a list was decided here, by its id."""
        return await self._mongo.db["decided_lists"].find_one({"_id": name}, {"_id": 1}) is not None

    async def publish_list(self, document: Document, event: AnyEvent) -> tuple[Document, bool]:
        """Keep a decided list and state it, as `dispose`; it holds once the ledger has it."""
        decided = self._mongo.db["decided_lists"]

        async def work(session: Session) -> None:
            await decided.insert_one(document, session=session)
            await self._statements.add(session, event)

        try:
            await self._mongo.transaction(work)
        except DuplicateKeyError:
            return await self._first(decided, document), False
        self._statements.nudge()
        return document, True

    async def dispositions(
        self, query: Mapping[str, Any], scope: Document, after: tuple[int, str] | None, limit: int
    ) -> list[Document]:
        """Read dispositions, last recorded first."""
        wanted: list[Document] = [dict(query), scope]
        if after is not None:
            moment, name = after
            wanted.append(
                {"$or": [{"at_ms": {"$lt": moment}}, {"at_ms": moment, "_id": {"$gt": name}}]}
            )
        cursor = self._dispositions.find({"$and": wanted}).sort([("at_ms", -1), ("_id", 1)])
        return await cursor.limit(limit).to_list(limit)

    async def disposition(self, name: str) -> Document | None:
        """Read one."""
        return await self._dispositions.find_one({"_id": name})

    async def alerts(self, query: Document, limit: int) -> list[Document]:
        """Read alerts that nominate, last raised first."""
        cursor = self._alerts.find(query).sort([("raised_as_of", -1), ("_id", 1)])
        return await cursor.limit(limit).to_list(limit)

    async def lists(
        self, wanted: Mapping[str, Any], jurisdictions: Sequence[str] | None, limit: int
    ) -> list[Document]:
        """Read the lists that hold, of some jurisdictions or of all."""
        bound = {} if jurisdictions is None else {"jurisdiction": {"$in": list(jurisdictions)}}
        cursor = self._lists.find({"$and": [dict(wanted), bound]}).sort(
            [("fiscal_year", -1), ("_id", 1)]
        )
        return await cursor.limit(limit).to_list(limit)

    async def keep(self, session: Session, partition: int, facts: Sequence[AnyEvent]) -> None:
        """Keep priority lists as the ledger states them (`Keeper`).

        Of two of one owner and year the later dated holds, of one day's the later stated, as
        analysis measures: one that is stated afterwards of an earlier day changes the past alone.
        """
        for event in facts:
            home = partition_of(event.subject, self._statements.partitions)
            if event.type != LISTED or home != partition:
                continue
            document = list_document(event)
            chosen = {"_id": document["_id"]}
            known = await self._lists.find_one(chosen, {"date": 1}, session=session)
            if known is None or known["date"] <= document["date"]:
                await self._lists.replace_one(chosen, document, upsert=True, session=session)

    async def _first(self, collection: Any, document: Document) -> Document:
        found: Document = await collection.find_one({"_id": document["_id"]})
        if found["body_hash"] != document["body_hash"]:
            raise RepeatedError
        return found


def list_document(event: AnyEvent) -> Document:
    """Write a list under its kind, organisation and year, of which one holds."""
    told: PriorityListPublished = event.data
    owner = told.organisation if told.kind is PriorityListKind.DEPARTMENT else "-"
    return {
        "_id": f"{event.subject}:{told.fiscal_year}:{told.kind.value}:{owner}",
        "jurisdiction": event.subject,
        "list": told.priority_list,
        "date": told.date.isoformat(),
        "fiscal_year": told.fiscal_year,
        "kind": told.kind.value,
        "organisation": told.organisation,
        "projects": [listed.model_dump(mode="json") for listed in told.projects],
        "decision": told.decision.model_dump(mode="json") if told.decision else None,
    }
