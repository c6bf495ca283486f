"""What was known then: whole assessments, projects, overviews and comparisons at a cut."""

import datetime as dt
from typing import Any

import pytest

from tests.integration.analysis.cities import PROJECTS, TODAY, city
from tests.integration.analysis.running import Analysis, Ledger
from tests.support import builders

pytestmark = pytest.mark.integration

J = "A1"
ASKED: dict[str, Any] = {"jurisdiction": J, "fiscal_year": 2026}
LISTS = ("overview", "projects", "ranking", "why/spent")


async def pages(analysis: Analysis, **params: Any) -> tuple[list[dict[str, Any]], str]:
    """Give the items of all pages, all at the first one's cut."""
    asked = {"limit": 4, **params}
    found: list[dict[str, Any]] = []
    for _ in range(20):
        page = await analysis.get("/v1/assessments", **asked)
        found += page["items"]
        if page["next"] is None:
            return found, page["cut"]
        asked |= {"after": page["next"], "at": page["cut"]}
    raise AssertionError(params)


async def test_what_was_known_stays_whatever_comes_later(
    analysis: Analysis, ledger: Ledger
) -> None:
    """Late facts change what is known now; the same question at the cut has the same answer."""
    before = await ledger.enter(*city(J), builders.day_opened(TODAY, J))
    await analysis.passed(before)
    then, named = await pages(analysis, scope=J)
    overview = await analysis.get("/v1/overview", **ASKED)
    project = await analysis.project(f"{J}/P1")
    why = await analysis.why(f"{J}/P1", "spent")
    assert before == named == overview["position"] == project["cut"]
    assert PROJECTS + 1 == len(then)

    late = builders.expenditure(f"{J}/P1", "5.55", date="2026-05-05", line="L1")
    renamed = builders.project(f"{J}/P2", date="2026-06-01", name="改名", lead_unit="U1")
    now = await ledger.enter(late, renamed, *city("A2")[:2])
    await analysis.passed(now)

    again, cut = await pages(analysis, scope=J, at=before)
    assert (then, before) == (again, cut)
    assert then != (await pages(analysis, scope=J))[0]
    at_cut = {"as_known_at": before}
    assert overview == await analysis.get("/v1/overview", **ASKED, **at_cut)
    assert project == await analysis.project(f"{J}/P1", **at_cut)
    assert why == await analysis.why(f"{J}/P1", "spent", **at_cut)
    summed = await analysis.get("/v1/why/spent", **ASKED, **at_cut)
    assert overview["spent"] == summed["value"]
    compared = await analysis.get("/v1/compare", **ASKED, **{"from": before, "to": now})
    changed = {item["project_id"]: item["figures"] for item in compared["items"]}
    assert {f"{J}/P1", f"{J}/P2"} == changed.keys()
    assert "5.55" == changed[f"{J}/P1"]["spent"]["change"]
    assert "改名" == changed[f"{J}/P2"]["project_name"]["to"]
    one = {"from": before, "to": now, "project": f"{J}/P1"}
    entries = (await analysis.get("/v1/compare", **ASKED, **one))["entries"]
    assert [("5.55", True)] == [(entry["amount"], entry["late"]) for entry in entries]


async def test_a_time_is_the_cut_of_what_was_recorded_by_it(analysis: Analysis) -> None:
    """In any zone; one that is none is refused."""
    before_all = {**ASKED, "as_known_at": "2000-01-01T00:00:00Z"}
    assert (409, "no_day_opened") == await analysis.problem("/v1/overview", **before_all)
    long_ago = await analysis.get("/v1/overview", **before_all, as_of=TODAY)
    assert 0 == long_ago["projects"]
    far = dt.datetime(2100, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=8))).isoformat()
    found = await analysis.get("/v1/overview", **ASKED, as_known_at=far)
    assert found["spent"] == (await analysis.get("/v1/overview", **ASKED))["spent"]
    for wrong in ("10:00", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00"):
        status = await analysis.problem("/v1/overview", **ASKED, as_known_at=wrong)
        assert (422, "invalid_parameter") == status
    ahead = "-".join(["99999999"] * 4)
    assert (409, "not_reached") == await analysis.problem(
        "/v1/overview", **ASKED, as_known_at=ahead
    )


async def test_scopes_are_a_jurisdiction_a_project_and_a_subtree(analysis: Analysis) -> None:
    """And nobody is given more than their own, by who leads now."""
    one, _ = await pages(analysis, scope=f"{J}/P3")
    assert [f"{J}/P3"] == [item["project_id"] for item in one]
    below, cut = await pages(analysis, scope=f"{J}/DB")
    assert {"P5", "P8", "EMPTY"} == {item["project_id"].partition("/")[2] for item in below}
    unknown = (404, "unknown_project")
    assert unknown == await analysis.problem("/v1/assessments", scope=f"{J}/nothing")
    async with analysis.of_unit(J, "U3") as reader:
        for more in ({}, {"at": cut}):
            own, _ = await pages(reader, scope=J, **more)
            assert {"P5", "P8", "EMPTY"} == {i["project_id"].partition("/")[2] for i in own}
        assert unknown == await reader.problem("/v1/assessments", scope=f"{J}/P1")
        assert unknown == await reader.problem("/v1/assessments", scope=f"{J}/U1")
        assert (404, "unknown_jurisdiction") == await reader.problem("/v1/assessments", scope="A2")


async def test_a_cut_is_asked_about_as_of_its_own_day(analysis: Analysis, ledger: Ledger) -> None:
    """Without a date or a year the answer is the same for ever, also when the next year begins."""
    cut = await ledger.enter(builders.expenditure(f"{J}/P1", "1.11", date="2026-06-30", line="L1"))
    await analysis.passed(cut)
    sides = {"from": cut, "to": cut}
    known = {"as_known_at": cut}
    questions: list[tuple[str, dict[str, Any]]] = [
        *((f"/v1/{path}", {"jurisdiction": J, **known}) for path in LISTS),
        ("/v1/assessments", {"scope": J, "at": cut, "limit": 3}),
        ("/v1/assessments", {"scope": f"{J}/DB", **known}),
        ("/v1/overview", {"jurisdiction": J, "subtree": "DA", **known}),
        ("/v1/compare", {"jurisdiction": J, **sides, "project": f"{J}/P1"}),
        *((f"/v1/projects/{J}%2FP1{more}", known) for more in ("", "/months", "/why/spent")),
    ]
    before = [await analysis.get(path, **asked) for path, asked in questions]
    moved = builders.organisation(
        "U2", J, date="2026-01-01", kind="unit", parent="DB", event_id="moved"
    )
    later = await ledger.enter(moved, builders.day_opened("2027-01-04", J))
    await analysis.passed(later)

    assert before == [await analysis.get(path, **asked) for path, asked in questions]
    assert {TODAY} == {answer.get("as_of", TODAY) for answer in before}
    assert {2026} == {answer["fiscal_year"] for answer in before}
    assert (TODAY, TODAY) == tuple(before[-4][side]["as_of"] for side in ("from", "to"))
    assert "2027-01-04" == (await analysis.get("/v1/overview", jurisdiction=J))["as_of"]
