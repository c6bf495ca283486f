"""Why: of projects, of lines, of whole jurisdictions and groups, always to the fen."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from contracts.vocabulary import wire_to_fen
from services.analysis.domain import FIGURES
from tests.integration.analysis.cities import TODAY, city
from tests.integration.analysis.running import Analysis, Ledger
from tests.support import builders

pytestmark = pytest.mark.integration

J = "W1"
ASKED: dict[str, Any] = {"jurisdiction": J, "fiscal_year": 2026}


@pytest.fixture
async def town(analysis: Analysis, ledger: Ledger) -> Analysis:
    """The city once, up to today, with one late payment."""
    known = (await analysis.get("/v1/jurisdictions"))["items"]
    if J not in {one["jurisdiction"] for one in known}:
        late = builders.expenditure(f"{J}/P0", "0.33", date="2026-06-01", event_id="late")
        cut = await ledger.enter(*city(J), builders.day_opened(TODAY, J), late)
        await analysis.passed(cut)
    return analysis


@pytest.mark.parametrize("figure", [*FIGURES, "expected_spent"])
async def test_what_projects_add_sums_to_the_overview(town: Analysis, figure: str) -> None:
    """Over pages, and by unit where it is a sum of lines; each link leads to the amount."""
    overview = await town.get("/v1/overview", **ASKED)
    items, value = await _all(town, figure)
    total = sum(wire_to_fen(item["amount"]) for item in items)

    assert wire_to_fen(overview[figure]) == wire_to_fen(value) == total
    for item in items[:2]:
        (link,) = item["why"]
        found = await _follow(town, link)
        assert item["amount"] == found["value"] == found["sum"]
    if figure == "uncommitted_balance":
        return
    by_unit = await town.get("/v1/overview", **ASKED, group_by="unit")
    for group in by_unit["groups"]:
        of_unit = {"group_by": "unit", "key": group["key"]}
        items, value = await _all(town, figure, **of_unit)
        assert group[figure] == value
        for item in items[:2]:
            sums = [(await _follow(town, one))["sum"] for one in item["why"]]
            # Nothing is expected of money that names no line.
            assert wire_to_fen(item["amount"]) == sum(wire_to_fen(s) for s in sums if s)


async def test_the_entries_of_all_projects_sum_to_the_figure(town: Analysis) -> None:
    """Page by page across projects, each entry once."""
    for more in ({}, {"account": "government_funds"}, {"group_by": "department", "key": "DB"}):
        asked: dict[str, Any] = {**ASKED, **more, "entries": True, "limit": 4}
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {}
        for _ in range(100):
            page = await town.get("/v1/why/spent", **asked)
            found += page["entries"]
            if page["next"] is None:
                break
            asked["after"] = page["next"]
        keys = [(one["project_id"], one["sequence"]) for one in found]
        assert len(keys) == len(set(keys))
        assert wire_to_fen(page["value"]) == sum(wire_to_fen(one["amount"]) for one in found)


async def test_entries_of_many_projects_are_told_as_those_of_each(town: Analysis) -> None:
    """Late as well: by the days that were opened on the project's own partition."""
    now = await town.get("/v1/why/spent", **ASKED, entries=True, limit=500)
    cut = {"as_known_at": now["position"]}
    then = await town.get("/v1/why/spent", **ASKED, **cut, entries=True, limit=500)
    of_each = []
    for name in sorted({entry["project_id"] for entry in now["entries"]}):
        own = (await town.why(name, "spent", fiscal_year=2026))["entries"]
        of_each += [{"project_id": name, **entry} for entry in own]
    between = {"from": "2026-01-01", "to": TODAY, "project": f"{J}/P0"}
    compared = (await town.get("/v1/compare", **ASKED, **between))["entries"]

    assert of_each == now["entries"] == then["entries"]
    assert {"late"} == {entry["event_id"] for entry in of_each if entry["late"]}
    assert {"late"} == {entry["event_id"] for entry in compared if entry["late"]}


async def test_a_line_an_indicator_a_finding_and_what_is_late(town: Analysis) -> None:
    """Each with what makes it."""
    project = f"{J}/P8"
    line = await town.why(project, "spent", line="L2")
    assert ("7.07", "7.07", 1) == (line["value"], line["sum"], line["entries_total"])
    none = await town.why(project, "spent", line="")
    assert ("1.01", "1.01") == (none["value"], none["sum"])
    attainment = await town.why(project, "attainment_rate_bp")
    assert attainment["value"] == attainment["sum"]
    row = await town.project(project)
    assert str(row["attainment_rate_bp"]) == attainment["value"]
    for finding in row["assessment"]["findings"]:
        why = await town.why(project, f"finding:{finding['kind']}:{finding['subject']}")
        caused = [entry["sequence"] for entry in why["entries"] if entry["caused"]]
        assert (finding["amount"], [finding["entry_sequence"]]) == (why["value"], caused)
    late = await town.why(f"{J}/P0", "spent")
    assert {"late"} == {entry["event_id"] for entry in late["entries"] if entry["late"]}
    for wrong in ("finding:over_budget:L9", "finding:", "luck"):
        path = f"/v1/projects/{J}%2FP8/why/{wrong}"
        assert (404, "unknown_figure") == await town.problem(path)
    path = f"/v1/projects/{J}%2FP8/why/spent"
    assert (404, "unknown_figure") == await town.problem(path, line="L9")


async def test_a_units_reader_is_told_of_its_own_projects_alone(town: Analysis) -> None:
    """The sum is that of its overview; another's project does not exist."""
    async with town.of_unit(J, "U3") as reader:
        overview = await reader.get("/v1/overview", **ASKED)
        why = await reader.get("/v1/why/spent", **ASKED)
        assert overview["spent"] == why["value"]
        assert {"P2", "P5", "P8"} == {i["project_id"].split("/")[1] for i in why["items"]}
        entries = await reader.get("/v1/why/spent", **ASKED, entries=True)
        assert {"P2", "P5", "P8"} == {e["project_id"].split("/")[1] for e in entries["entries"]}
        path = f"/v1/projects/{J}%2FP1/why/spent"
        assert (404, "unknown_project") == await reader.problem(path)


async def _all(town: Analysis, figure: str, **more: Any) -> tuple[list[dict[str, Any]], str]:
    """Ask for all pages."""
    asked: dict[str, Any] = {**ASKED, **more, "limit": 4}
    found: list[dict[str, Any]] = []
    for _ in range(20):
        page = await town.get(f"/v1/why/{figure}", **asked)
        found += page["items"]
        if page["next"] is None:
            return found, page["value"]
        asked["after"] = page["next"]
    raise AssertionError(figure)


async def _follow(town: Analysis, link: str) -> Any:
    """Ask what a link says, at the cut that it names."""
    parts = urlsplit(link)
    query = parse_qs(parts.query, keep_blank_values=True)
    return await town.get(parts.path, **{name: values[0] for name, values in query.items()})
