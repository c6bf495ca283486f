"""Organisations as of a day and what changed, what is measured by: for whoever may see it."""

import datetime as dt
from typing import Any, cast

import httpx
from fastapi import FastAPI

from contracts.vocabulary import PrincipalKind, ProjectClass, Role
from services.analysis.api import measuring, organisations
from services.analysis.domain import Entry, Jurisdiction, Organisation, evolve_organisation
from services.analysis.domain.state import Parameters, ParametersVersion, StandardVersion
from services.analysis.store.reading import Reader
from services.chassis.identity import Principal, deployment
from services.chassis.problems import install
from tests.support.builders import organisation
from tests.unit.analysis.test_organisations import closed, moved

CITY = "610100"
MONTHS = (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
UNIT = Principal(
    "u",
    PrincipalKind.STAFF,
    frozenset({Role.UNIT_FILLER}),
    frozenset({CITY}),
    ("U1",),
    frozenset({"U1"}),
)


class Known:
    """A reader of one city in memory."""

    async def jurisdictions(self, code: str) -> dict[str, list[Jurisdiction]]:
        """Know one."""
        day = dt.date(2026, 1, 1).toordinal()
        city = Jurisdiction(CITY, today=dt.date(2026, 6, 30))
        city.parameters = [ParametersVersion(day, 4, Parameters(overdue_working_days=5))]
        city.standards = [
            StandardVersion(day, 5, 2026, "first", ProjectClass.CONSTRUCTION, MONTHS),
            StandardVersion(day + 1, 6, 2026, "second", ProjectClass.CONSTRUCTION, MONTHS),
            StandardVersion(day, 7, 2026, "table", None, MONTHS),
        ]
        return {CITY: [city]} if code == CITY else {}

    async def organisations(self, _: str) -> dict[str, Organisation]:
        """Know a department, and a unit that moved and was closed."""
        facts = (
            organisation("D1", CITY, kind="department", date="2024-01-01"),
            organisation("U1", CITY, kind="unit", parent="D1", date="2024-01-01"),
            moved("U1", "D2", "2025-07-01"),
            closed("U1", "2026-03-31"),
        )
        found: dict[str, Organisation] = {}
        place = Jurisdiction(CITY)
        for number, event in enumerate(facts, 1):
            code = event.data.organisation
            entry = Entry(number, number, 0, event)
            known = evolve_organisation(place, found.get(code), entry)
            assert known is not None
            found[code] = known
        return found


def client(asking: Principal) -> httpx.AsyncClient:
    """Ask as somebody."""
    app = FastAPI()
    install(app)

    @app.middleware("http")
    async def known(request: Any, following: Any) -> Any:
        request.state.principal = asking
        return await following(request)

    reader = cast("Reader", Known())
    for part in (organisations, measuring):
        part.add_routes(app.router, reader)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a")


async def test_the_tree_is_that_of_the_day() -> None:
    """A unit stands where it stood then, and is not there any more after its last day."""
    async with client(deployment()) as ask:
        then = (await ask.get(f"/organisations?jurisdiction={CITY}&as_of=2025-06-30")).json()
        later = (await ask.get(f"/organisations?jurisdiction={CITY}&as_of=2026-01-01")).json()
        now = (await ask.get(f"/organisations?jurisdiction={CITY}")).json()
        paged = await ask.get(f"/organisations?jurisdiction={CITY}&as_of=2026-01-01&limit=1")

    parents = {one["organisation"]: one["parent"] for one in then["items"]}
    assert {"D1": None, "U1": "D1"} == parents
    assert "D2" == later["items"][1]["parent"]
    assert ["D1"] == [one["organisation"] for one in now["items"]]
    assert ("2026-06-30", 1) == (now["as_of"], now["total"])
    assert ("D1", 2) == (paged.json()["next"], paged.json()["total"])


async def test_what_changed_is_told_with_its_entry() -> None:
    """The latest first, page after page."""
    address = f"/organisations/changes?jurisdiction={CITY}"
    async with client(deployment()) as ask:
        first = (await ask.get(f"{address}&limit=3")).json()
        rest = (await ask.get(f"{address}&limit=3&after={first['next']}")).json()
        of_one = (await ask.get(f"{address}&organisation=D1")).json()
        alone = (await ask.get(f"{address}&registrations=false")).json()

    told = [(one["change"], one["from"], one["sequence"]) for one in first["items"]]
    assert [
        ("closed", "2026-03-31", 4),
        ("moved", "2025-07-01", 3),
        ("registered", "2024-01-01", 2),
    ] == told
    assert [("D1", "registered")] == [(x["organisation"], x["change"]) for x in rest["items"]]
    assert rest["next"] is None
    assert (2, {"closed", "moved"}) == (alone["total"], {x["change"] for x in alone["items"]})
    assert [1] == [one["sequence"] for one in of_one["items"]]


async def test_whoever_is_bound_sees_its_own_alone() -> None:
    """And of another jurisdiction nothing at all."""
    async with client(UNIT) as ask:
        tree = (await ask.get(f"/organisations?jurisdiction={CITY}&as_of=2025-01-01")).json()
        changes = (await ask.get(f"/organisations/changes?jurisdiction={CITY}")).json()
        others = (
            await ask.get(f"/organisations/changes?jurisdiction={CITY}&organisation=D1")
        ).json()
        elsewhere = await ask.get("/organisations?jurisdiction=610200")

    assert ["U1"] == [one["organisation"] for one in tree["items"]]
    assert {"U1"} == {one["organisation"] for one in changes["items"]}
    assert [] == others["items"]
    assert 404 == elsewhere.status_code


async def test_what_is_measured_by_is_told_with_its_origin() -> None:
    """What was published beside our defaults; of each class and year the latest standard."""
    async with client(deployment()) as ask:
        now = (await ask.get(f"/measuring?jurisdiction={CITY}")).json()
        before = (await ask.get(f"/measuring?jurisdiction={CITY}&as_of=2025-12-31")).json()
        elsewhere = await ask.get("/measuring?jurisdiction=610200")

    assert 404 == elsewhere.status_code
    parameters = now["parameters"]
    assert ("2026-01-01", 4) == (parameters["since"], parameters["sequence"])
    assert 5 == parameters["values"]["overdue_working_days"]
    assert 10 == parameters["defaults"]["overdue_working_days"]
    assert "400000.00" == parameters["values"]["split_limit"]
    assert [(None, "table", 7), ("construction", "second", 6)] == [
        (one["project_class"], one["standard"], one["sequence"]) for one in now["standards"]
    ]
    assert (None, []) == (before["parameters"]["since"], before["standards"])
