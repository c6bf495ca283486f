"""Whose rules hold for what no assessment judges, asked of the real MongoDB (Art. 17)."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.stack import Stack
from services.alerts.domain.case import Case
from services.alerts.store.documents import case_id, kept_case_id, papers_case_id
from services.alerts.store.owners import LEVELS_MAX, Owners
from services.chassis.mongo import Mongo
from services.chassis.settings import MongoSettings

pytestmark = pytest.mark.integration
DATABASE = "dualwatch_owners"
J = "340700"


@pytest.fixture
async def mongo(shared_stack: Stack) -> AsyncIterator[Mongo]:
    """An empty database."""
    found = Mongo(MongoSettings(url=shared_stack.endpoints().mongo), DATABASE)
    await found.client.drop_database(DATABASE)
    yield found
    found.close()


async def test_what_is_kept_apart_is_of_its_projects_department(mongo: Mongo) -> None:
    """As last judged in the year, else in the one before; nobody's is the jurisdiction's."""
    judged = [("P-1", 2026, "D-1"), ("P-1", 2025, "D-2"), ("P-2", 2025, "D-2"), ("P-3", 2026, None)]
    await mongo.db["cases"].insert_many(
        [
            {"_id": case_id(f"{J}/{project}", year), "department": department}
            for project, year, department in judged
        ]
    )
    cases = {
        kept_case_id(f"{J}/{project}", 2026): Case(f"{J}/{project}", 2026)
        for project in ("P-1", "P-2", "P-3", "treasury")
    }
    own = {case_id(f"{J}/P-1", 2026): Case(f"{J}/P-1", 2026)}

    assert {
        kept_case_id(f"{J}/P-1", 2026): "D-1",
        kept_case_id(f"{J}/P-2", 2026): "D-2",
    } == await Owners(mongo).of({**cases, **own})


async def test_papers_are_of_the_department_above_who_owes_them(mongo: Mongo) -> None:
    """However many units are between; a ring of units, and who is not registered, have none."""
    places = [
        ("D-1", "department", "BUREAU"),
        ("U-1", "unit", "D-1"),
        ("U-11", "unit", "U-1"),
        ("U-2", "unit", "U-3"),
        ("U-3", "unit", "U-2"),
        ("U-4", "unit", None),
    ]
    places += [(f"L-{level}", "unit", f"L-{level + 1}") for level in range(LEVELS_MAX)]
    await mongo.db["organisations"].insert_many(
        [
            {"_id": f"{J}/{code}", "jurisdiction": J, "code": code, "kind": kind, "parent": parent}
            for code, kind, parent in places
        ]
    )
    codes = [code for code, *_ in places] + ["nowhere"]
    cases = {papers_case_id(f"{J}/{code}", 2026): Case(f"{J}/{code}", 2026) for code in codes}

    assert {
        papers_case_id(f"{J}/{code}", 2026): "D-1" for code in ("D-1", "U-1", "U-11")
    } == await Owners(mongo).of(cases)
