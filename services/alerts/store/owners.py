"""Whose layer of rules holds for what no assessment judges (Art. 17).

What intake keeps apart of a project is judged by the rules of the project's department, what a unit
has to hand in by those of the department above it. Neither says so itself, and who may see it does
not follow from it: it is looked up where rules are asked.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from contracts.vocabulary import OrganisationKind
from services.alerts.domain.case import Case
from services.alerts.store.documents import Document, case_id, kept_case_id, papers_case_id
from services.chassis.mongo import Mongo

LEVELS_MAX: Final = 8
"""Most organisations from a unit up to its department."""


class Owners:
    """Looks departments up among what was judged and registered."""

    def __init__(self, mongo: Mongo) -> None:
        """Collections are there before."""
        self._cases = mongo.db["cases"]
        self._organisations = mongo.db["organisations"]

    async def of(self, cases: Mapping[str, Case]) -> dict[str, str]:
        """Name departments by the ids of cases; left out is what none is known of."""
        kept = {
            name: case
            for name, case in cases.items()
            if name == kept_case_id(case.project, case.fiscal_year)
        }
        papers = {
            name: case.project
            for name, case in cases.items()
            if name == papers_case_id(case.project, case.fiscal_year)
        }
        return {**await self._of_projects(kept), **await self._above(papers)}

    async def _of_projects(self, cases: Mapping[str, Case]) -> dict[str, str]:
        """Tell whose projects are: as last judged in the year, else in the one before it."""
        asked = {
            name: [case_id(case.project, case.fiscal_year - back) for back in (0, 1)]
            for name, case in cases.items()
        }
        ids = sorted({one for ids in asked.values() for one in ids})
        if not ids:
            return {}
        chosen = {"_id": {"$in": ids}, "department": {"$type": "string"}}
        known = {
            item["_id"]: item["department"]
            async for item in self._cases.find(chosen, {"department": 1})
        }
        found = {
            name: next((known[one] for one in ids if one in known), None)
            for name, ids in asked.items()
        }
        return {name: department for name, department in found.items() if department is not None}

    async def _above(self, organisations: Mapping[str, str]) -> dict[str, str]:
        """Name the department that each organisation is, or stands below."""
        at, found = dict(organisations), dict[str, str]()
        for _ in range(LEVELS_MAX):
            if not at:
                break
            places = await self._places(at.values())
            higher: dict[str, str] = {}
            for name, subject in at.items():
                place = places.get(subject)
                if place is None:
                    continue
                if place.get("kind") == OrganisationKind.DEPARTMENT.value:
                    found[name] = place["code"]
                elif place.get("parent") is not None:
                    higher[name] = f"{place['jurisdiction']}/{place['parent']}"
            at = higher
        return found

    async def _places(self, subjects: Iterable[str]) -> dict[str, Document]:
        chosen = {"_id": {"$in": sorted(set(subjects))}}
        return {item["_id"]: item async for item in self._organisations.find(chosen)}
