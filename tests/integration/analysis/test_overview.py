"""Lists in any order, totals and months over HTTP: all equal to what the plain list gives."""

from typing import Any

import pytest

from contracts.vocabulary import wire_to_fen
from tests.integration.analysis.cities import TODAY, city
from tests.integration.analysis.events import stream
from tests.integration.analysis.running import Analysis, Ledger
from tests.support import builders

pytestmark = pytest.mark.integration


async def pages(analysis: Analysis, **params: Any) -> list[dict[str, Any]]:
    """Give the rows of all pages."""
    found: list[dict[str, Any]] = []
    given = {name: value for name, value in params.items() if value is not None}
    for _ in range(100):
        page = await analysis.get("/v1/projects", **given)
        found += page["items"]
        if page["next"] is None:
            return found
        given["after"] = page["next"]
    raise AssertionError(params)


async def test_every_order_holds_the_same_rows_and_the_totals_their_sums(
    analysis: Analysis, ledger: Ledger
) -> None:
    """At a day in the past and today; a new entry is in the next answer that asks for it."""
    today = builders.day_opened("2026-06-30", "J61")
    cut = await ledger.enter(builders.jurisdiction("J61"), *stream(21, 300, 20, "J61"), today)
    await analysis.passed(cut)
    for as_of in ("2026-03-31", "2026-06-30"):
        asked: dict[str, Any] = {"jurisdiction": "J61", "fiscal_year": 2026, "as_of": as_of}
        plain = await pages(analysis, **asked)
        by_id = {row["project_id"]: row for row in plain}
        for sort in ("project_name", "adjusted_budget", "execution_rate_bp", "light"):
            rows = await pages(analysis, **asked, sort=sort, order="desc", limit=7)
            assert by_id == {row["project_id"]: row for row in rows}
            assert len(by_id) == len(rows)
        overview = await analysis.get("/v1/overview", **asked)
        assert len(plain) == overview["projects"] == sum(overview["lights"].values())
        for name in ("adjusted_budget", "disbursed", "spent"):
            total = sum(wire_to_fen(row[name]) for row in plain)
            assert total == wire_to_fen(overview[name])
        for light, number in overview["lights"].items():
            page = await analysis.get("/v1/projects", **asked, light=light, limit=1)
            assert number == page["total"]

        for lacking, name in (("budget", "with_budget"), ("targets", "with_targets")):
            page = await analysis.get("/v1/projects", **asked, lacking=lacking, limit=1)
            assert overview["projects"] - overview["coverage"][name] == page["total"]

    later = await ledger.enter(*stream(22, 60, 20, "J61"))
    asked = {"jurisdiction": "J61", "fiscal_year": 2026}
    opened = await analysis.get("/v1/days", **asked)
    assert (["2026-06-30"], 0) == (opened["items"], opened["left"])
    overview = await analysis.get("/v1/overview", **asked, at_least=later, wait=60)
    rows = await pages(analysis, **asked)
    assert sum(wire_to_fen(row["spent"]) for row in rows) == wire_to_fen(overview["spent"])


async def test_months_end_with_the_figures_of_their_day(analysis: Analysis, ledger: Ledger) -> None:
    """Each is the project's row as of the month's end, and nothing actual lies in the future."""
    cut = await ledger.enter(builders.jurisdiction("J9"), *stream(23, 150, 1, "J9"))
    params = {"fiscal_year": 2026, "at_least": cut, "wait": 60}
    answer = await analysis.get("/v1/projects/J9%2FP0/months", as_of="2026-05-15", **params)
    items = answer["items"]

    assert ["2026-01-31", "2026-02-28", "2026-12-31"] == [items[n]["end"] for n in (0, 1, 11)]
    assert [True] * 4 + [False] * 8 == [item["complete"] for item in items]
    assert [None] * 7 == [item["spent"] for item in items[5:]]
    for item in items[:5]:
        day = min(item["end"], "2026-05-15")
        row = await analysis.project("J9/P0", as_of=day, **params)
        assert {n: item[n] for n in ("adjusted_budget", "disbursed", "spent")} == {
            n: row[n] for n in ("adjusted_budget", "disbursed", "spent")
        }


async def test_foreign_questions_are_refused_with_their_reason(
    analysis: Analysis, ledger: Ledger
) -> None:
    """Never a 500: unknown lights, orders, tokens, jurisdictions and projects."""
    today = builders.day_opened("2026-06-30", "J7")
    await analysis.passed(await ledger.enter(builders.jurisdiction("J7"), today))
    asked = {"jurisdiction": "J7"}

    for wrong in (
        {"light": "purple"},
        {"sort": "password"},
        {"order": "up"},
        {"sort": "light", "after": "nonsense"},
        {"search": "x" * 1_000},
    ):
        status, code = await analysis.problem("/v1/projects", **asked, **wrong)
        assert (422, "invalid_parameter") == (status, code)
    unknown = {"jurisdiction": "nowhere"}
    assert (404, "unknown_jurisdiction") == await analysis.problem("/v1/overview", **unknown)
    status, code = await analysis.problem("/v1/projects/J7%2Fnone/months")
    assert (404, "unknown_project") == (status, code)


GROUPS = ("department", "unit", "account", "function", "government_economic", "class")
FIGURES = ("adjusted_budget", "disbursed", "spent", "balance", "committed", "expected_spent")


async def test_every_grouping_sums_to_the_whole_to_the_fen(
    analysis: Analysis, ledger: Ledger
) -> None:
    """By line's own unit, account and class; money that names no line under the lead unit."""
    today = builders.day_opened(TODAY, "G1")
    await analysis.passed(await ledger.enter(*city("G1"), today))
    asked: dict[str, Any] = {"jurisdiction": "G1", "fiscal_year": 2026}
    for as_of in ("2026-04-30", TODAY):
        for by in (*GROUPS, "line", "light", "quadrant", "state"):
            found = await analysis.get("/v1/overview", **asked, as_of=as_of, group_by=by)
            for figure in FIGURES:
                total = sum(wire_to_fen(group[figure]) for group in found["groups"])
                assert wire_to_fen(found[figure]) == total, (by, figure)
            assert found["groups_total"] == len(found["groups"])
    by_unit = await analysis.get("/v1/overview", **asked, group_by="unit")
    spent = {group["key"]: group["spent"] for group in by_unit["groups"]}
    # P0, P3, P6 lead: 1.11 + 31.11 + 61.11, without a line 3 × 1.01; P2, P5, P8 pay 3 × 7.07.
    assert {"U1": "117.57", "U2": "147.57", "U3": "177.57"} == spent
    by_account = await analysis.get("/v1/overview", **asked, group_by="account")
    assert {"general_public", "government_funds", None} == {g["key"] for g in by_account["groups"]}
    funds = await analysis.get("/v1/overview", **asked, account="government_funds")
    (group,) = [g for g in by_account["groups"] if g["key"] == "government_funds"]
    assert {name: group[name] for name in FIGURES} == {name: funds[name] for name in FIGURES}
    parts = [wire_to_fen(funds["components"][name]) for name in ("original", "supplement")]
    assert wire_to_fen(funds["adjusted_budget"]) == sum(parts)
    whole = await analysis.get("/v1/overview", **asked)
    assert wire_to_fen(whole["spent"]) == sum(map(wire_to_fen, whole["month_spent"]))
    assert whole["coverage"] == {
        "registered": 10,
        "with_budget": 9,
        "with_targets": 9,
        "judged": 9,
        "both_judged": 9,
    }
    assert sum(whole["findings_by_kind"].values()) == whole["findings"]
    assert sum(whole["findings_by_nature"].values()) == whole["findings"]
    assert whole["forecast"]["low"] is None
    subtree = await analysis.get("/v1/overview", **asked, subtree="DA", points=False)
    assert (6, False) == (subtree["projects"], "points" in subtree)


async def test_years_stand_beside_each_other_and_work_is_listed(
    analysis: Analysis, ledger: Ledger
) -> None:
    """Each year at its own end or the day; milestones as they stand."""
    facts = [
        builders.jurisdiction("G2"),
        builders.project("G2/P"),
        builders.budget("G2/P", "80.00", date="2025-01-20", fiscal_year=2025),
        builders.expenditure("G2/P", "60.00", date="2025-12-20", fiscal_year=2025),
        builders.budget("G2/P", "90.00"),
        builders.expenditure("G2/P", "30.00"),
        builders.day_opened(TODAY, "G2"),
    ]
    await analysis.passed(await ledger.enter(*facts))
    found = (await analysis.get("/v1/projects/G2%2FP/years"))["items"]

    assert [(2026, TODAY, "30.00"), (2025, "2025-12-31", "60.00")] == [
        (row["fiscal_year"], row["as_of"], row["spent"]) for row in found
    ]
    extended = await analysis.get("/v1/projects/G2%2FP/extended")
    assert (0, []) == (extended["counts"]["milestones"], extended["milestones"])
