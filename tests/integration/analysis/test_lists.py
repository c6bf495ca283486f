"""Lists: every filter, order and field, pages and files, and nobody sees more than their own."""

import csv
import io
from typing import Any

import pytest

from tests.integration.analysis.cities import DEPARTMENTS, PROJECTS, TODAY, UNITS, city
from tests.integration.analysis.running import Analysis, Ledger
from tests.support import builders

pytestmark = pytest.mark.integration

J = "L1"
ASKED: dict[str, Any] = {"jurisdiction": J, "fiscal_year": 2026}


@pytest.fixture
async def town(analysis: Analysis, ledger: Ledger) -> Analysis:
    """The city once, up to today."""
    if J not in {
        known["jurisdiction"] for known in (await analysis.get("/v1/jurisdictions"))["items"]
    }:
        cut = await ledger.enter(*city(J), builders.day_opened(TODAY, J))
        await analysis.passed(cut)
    return analysis


async def rows(analysis: Analysis, **params: Any) -> list[dict[str, Any]]:
    """Give the rows of all pages."""
    found: list[dict[str, Any]] = []
    asked = {**ASKED, **params}
    for _ in range(100):
        page = await analysis.get("/v1/projects", **asked)
        found += page["items"]
        if page["next"] is None:
            return found
        asked["after"] = page["next"]
    raise AssertionError(params)


def ids(items: list[dict[str, Any]]) -> set[str]:
    """Name projects by their code."""
    return {item["project_id"].partition("/")[2] for item in items}


async def test_each_filter_gives_the_projects_that_a_reader_would_pick(town: Analysis) -> None:
    """By hand from the plain list, or from how the city is made."""
    plain = await rows(town)
    every = {f"P{number}" for number in range(PROJECTS)} | {"EMPTY"}
    by_unit = {unit: {f"P{n}" for n in range(PROJECTS) if UNITS[n % 3] == unit} for unit in UNITS}

    assert every == ids(plain)
    assert by_unit["U1"] | by_unit["U2"] == ids(await rows(town, subtree="DA"))
    assert by_unit["U2"] == ids(await rows(town, subtree="U2"))
    assert by_unit["U1"] | by_unit["U3"] == ids(await rows(town, unit="U1"))
    assert every - {"EMPTY"} == ids(await rows(town, account="government_funds"))
    assert set() == ids(await rows(town, account="state_capital"))
    assert every - {"EMPTY"} == ids(await rows(town, function="213"))
    assert set() == ids(await rows(town, function="2139"))
    odd = {f"P{number}" for number in range(1, PROJECTS, 2)}
    assert odd == ids(await rows(town, **{"class": "construction"}))
    assert {"EMPTY"} == ids(await rows(town, **{"class": "none"}))
    assert every == ids(await rows(town, priority="none", state="active", frozen=False))
    assert set() == ids(await rows(town, priority="any"))
    for light in ("red", "yellow", "green", "blue", "none"):
        wanted = ids([row for row in plain if (row["light"] or "none") == light])
        assert wanted == ids(await rows(town, light=light))
    for quadrant in ("on_track", "money_behind", "results_behind", "both_behind", "none"):
        wanted = ids([row for row in plain if (row["quadrant"] or "none") == quadrant])
        assert wanted == ids(await rows(town, quadrant=quadrant))
    found = ids([row for row in plain if row["findings"]])
    assert found == ids(await rows(town, with_findings=True))
    assert every - found == ids(await rows(town, with_findings=False))
    assert {"P7"} == ids(await rows(town, search="项目 7"))


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_every_figure_orders_and_pages_hold_each_project_once(
    town: Analysis, order: str
) -> None:
    """What has no value comes last in both directions."""
    plain = {row["project_id"]: row for row in await rows(town)}
    for sort in (
        "balance",
        "uncommitted_balance",
        "deviation_points_bp",
        "ratio_bp",
        "forecast",
        "forecast_rate_bp",
        "spi_bp",
        "cpi_bp",
        "attainment_rate_bp",
        "quadrant",
        "budget_cut",
        "project_class",
    ):
        items = await rows(town, sort=sort, order=order, limit=3)
        assert plain == {row["project_id"]: row for row in items}
        assert len(plain) == len(items)
        missing = [row[sort] is None for row in items]
        assert missing == sorted(missing)


async def test_only_the_fields_that_were_asked_for_come(town: Analysis) -> None:
    """In both kinds of list; a field there is not is named."""
    for more in ({}, {"sort": "spent"}):
        items = await rows(town, fields="project_id, spent", **more)
        assert {("project_id", "spent")} == {tuple(item) for item in items}
    answer = await town.client.get("/v1/projects", params={**ASKED, "fields": "password"})
    problem = answer.json()
    assert (422, "/fields") == (answer.status_code, problem["pointer"])
    assert "password" in problem["detail"]
    assert "password" in problem["detail_zh"]


async def test_a_file_holds_all_pages_and_no_formula(town: Analysis, ledger: Ledger) -> None:
    """UTF-8 with its mark, quoted as RFC 4180 says, the same rows as the list."""
    evil = builders.project("L2/X", name='=HYPERLINK("http://x"),1')
    today = builders.day_opened(TODAY, "L2")
    await town.passed(await ledger.enter(builders.jurisdiction("L2"), evil, today))
    for more in ({}, {"sort": "spent", "order": "desc"}):
        plain = await rows(town, **more)
        answer = await town.client.get(
            "/v1/projects", params={**ASKED, **more, "format": "csv", "limit": 1}
        )
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        text = answer.content.decode("utf-8")
        assert text.startswith("\ufeffproject_id,")
        assert "\r\n" in text
        read = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
        assert [row["project_id"] for row in plain] == [row["project_id"] for row in read]
        assert [row["spent"] for row in plain] == [row["spent"] for row in read]
    asked = {"jurisdiction": "L2", "format": "csv", "fields": "project_name"}
    answer = await town.client.get("/v1/projects", params=asked)
    assert answer.text == '\ufeffproject_name\r\n"\'=HYPERLINK(""http://x""),1"\r\n'


async def test_a_units_reader_sees_what_it_leads_in_every_list(town: Analysis) -> None:
    """Lists, files, overviews, rankings: the same projects; of others not even the number."""
    async with town.of_unit(J, "U3") as reader:
        own = {"P2", "P5", "P8", "EMPTY"}
        assert own == ids(await rows(reader))
        assert own == ids(await rows(reader, sort="spent"))
        assert set() == ids(await rows(reader, subtree="U3", search="P1"))
        assert (404, "unknown_organisation") == await reader.problem(
            "/v1/projects", **ASKED, subtree="U1"
        )
        answer = await reader.client.get(
            "/v1/projects", params={**ASKED, "format": "csv", "sort": "spent"}
        )
        assert 1 + len(own) == len(answer.text.splitlines())
        overview = await reader.get("/v1/overview", **ASKED, group_by="department")
        assert len(own) == overview["projects"]
        assert ["DB"] == [group["key"] for group in overview["groups"]]
        ranking = await reader.get("/v1/ranking", **ASKED, level="project")
        assert own - {"EMPTY"} == {item["key"].partition("/")[2] for item in ranking["items"]}
        assert (404, "unknown_project") == await reader.problem(f"/v1/projects/{J}%2FP1/years")
        assert (404, "unknown_jurisdiction") == await reader.problem(
            "/v1/projects", jurisdiction="L2"
        )


async def test_a_ranking_says_rank_ties_and_how_many(town: Analysis) -> None:
    """Equals share a rank, and the next one's counts them."""
    for level in ("department", "unit", "project"):
        found = await town.get("/v1/ranking", **ASKED, level=level, by="execution_rate_bp")
        values = [item["value"] for item in found["items"]]
        assert values == sorted(values, reverse=True)
        assert found["ranked"] == len(values)
        for item in found["items"]:
            assert item["rank"] == 1 + sum(value > item["value"] for value in values)
            assert item["ties"] == values.count(item["value"]) - 1
    assert {"DA", "DB"} == set(DEPARTMENTS.values())


async def test_what_is_wrong_is_said_in_both_languages(town: Analysis) -> None:
    """Every problem of these routes."""
    for path, params in (
        ("/v1/projects", {**ASKED, "sort": "spent", "after": "nonsense"}),
        ("/v1/projects", {"jurisdiction": "nowhere"}),
        ("/v1/projects", {**ASKED, "subtree": "nowhere"}),
        ("/v1/projects/none", {}),
        (f"/v1/projects/{J}%2FP1/why/luck", {}),
        ("/v1/why/luck", ASKED),
        ("/v1/history", {}),
        ("/v1/history", {"jurisdiction": J, "every": "day"}),
        ("/v1/changes", {"cursor": "1"}),
        ("/v1/overview", {**ASKED, "as_known_at": "9-9"}),
        ("/v1/overview", {**ASKED, "as_known_at": "12:00"}),
        ("/v1/overview", {**ASKED, "light": "purple"}),
        ("/v1/projects", {**ASKED, "at_least": "9-9-9-9-9"}),
    ):
        answer = await town.client.get(path, params=params)
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        for name in ("title", "detail", "hint", "title_zh", "detail_zh", "hint_zh"):
            assert problem[name], (path, name, problem)


async def test_a_row_knows_the_last_entry_of_its_project_whatever_its_year(
    analysis: Analysis, ledger: Ledger
) -> None:
    """As the project's own answer does, however its entries came."""
    before = builders.expenditure("L3/P1", "5.00", "2025-11-30", fiscal_year=2025)
    await ledger.enter(builders.jurisdiction("L3"), builders.day_opened("2026-03-31", "L3"), before)
    for amount in ("6.00", "7.00"):
        paid = builders.expenditure("L3/P1", amount, "2026-02-28")
        await analysis.passed(await ledger.enter(paid))
    asked: dict[str, Any] = {"fiscal_year": 2025, "as_of": "2025-12-31"}
    said = await analysis.project("L3/P1", **asked)
    (row,) = (await analysis.get("/v1/projects", jurisdiction="L3", sort="spent", **asked))["items"]

    assert (said["sequence"], row["sequence"]) == (3, 3)
