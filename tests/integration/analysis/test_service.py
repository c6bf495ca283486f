"""The whole service on real Kafka and MongoDB: fed through the ledger, asked over HTTP."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from contracts.record import format_cut, parse_cut
from contracts.topics import partition_of
from contracts.vocabulary import wire_to_fen
from deploy.local.stack import Stack
from services.analysis.domain import FIGURES, Jurisdiction, assess, explain
from services.chassis import clock
from tests.integration.analysis.events import stream
from tests.integration.analysis.running import PARTITIONS, Analysis, Ledger, running
from tests.integration.analysis.stages import Pure
from tests.support import builders

pytestmark = pytest.mark.integration

DATES = ("2026-01-31", "2026-04-30", "2026-06-30", "2026-12-31")


async def test_a_stream_gives_the_figures_of_the_pure_fold(
    analysis: Analysis, ledger: Ledger
) -> None:
    """Every project, year and date asked over HTTP equals the domain's own answer."""
    today = builders.day_opened("2026-06-30", "J1")
    cut = await ledger.enter(builders.jurisdiction("J1"), *stream(11, 300, 20, "J1"), today)
    await analysis.passed(cut)

    for date in DATES:
        for fiscal_year in (2025, 2026):
            rows = await all_rows(
                analysis, jurisdiction="J1", as_of=date, fiscal_year=fiscal_year, limit=7
            )
            expected = pure_rows(ledger, "J1", fiscal_year, dt.date.fromisoformat(date))
            assert {row["project_id"]: figures(row) for row in rows} == expected


async def test_a_restart_continues_where_it_was(
    shared_stack: Stack, ledger: Ledger, analysis: Analysis
) -> None:
    """A second process takes partitions over; nothing is lost or counted twice."""
    first = stream(12, 60, 4, "J2")
    await ledger.enter(builders.jurisdiction("J2"), builders.day_opened("2026-06-30", "J2"), *first)
    async with running(shared_stack) as second:
        cut = await ledger.enter(*stream(13, 60, 4, "J2"))
        await second.passed(cut)
    cut = await ledger.enter(*stream(14, 60, 4, "J2"))
    await analysis.passed(cut)

    rows = await all_rows(analysis, jurisdiction="J2", fiscal_year=2026)
    assert {row["project_id"]: figures(row) for row in rows} == pure_rows(
        ledger, "J2", 2026, dt.date(2026, 6, 30)
    )


async def test_why_sums_exactly_to_every_figure(analysis: Analysis, ledger: Ledger) -> None:
    """At every date, over pages; an indicator names its last result."""
    cut = await ledger.enter(builders.jurisdiction("J3"), *stream(15, 150, 1, "J3"))
    for date in DATES:
        params = {"as_of": date, "fiscal_year": 2026, "at_least": cut, "wait": 60}
        row = await analysis.project("J3/P0", **params)
        for figure in FIGURES:
            entries, answer = await all_entries(analysis, "J3/P0", figure, **params)
            money = row["assessment"]["execution"]["money"]
            value = row[figure] if figure in row else money[figure]
            assert value == answer["value"] == answer["sum"]
            assert wire_to_fen(value) == sum(wire_to_fen(entry["amount"]) for entry in entries)
            assert all(entry["date"] <= date for entry in entries)
        indicators = {i["indicator"]: i for i in row["assessment"]["attainment"]["indicators"]}
        for name, indicator in indicators.items():
            answer = await analysis.why("J3/P0", f"indicator:{name}", **params)
            assert answer["value"] == indicator["actual"]


async def test_a_row_says_what_the_command_promises(analysis: Analysis, ledger: Ledger) -> None:
    """Money as wire strings, rates as basis points, null where undefined."""
    cut = await ledger.enter(
        builders.jurisdiction("J4", name="碑林区"),
        builders.project("J4/P/1"),
        builders.budget("J4/P/1", "100.00"),
        builders.expenditure("J4/P/1", "12.34"),
        builders.expenditure("J4/P2", "5.00", line=None),
        builders.day_opened("2026-06-30", "J4"),
    )
    await analysis.passed(cut)
    rows = (await analysis.get("/v1/projects", jurisdiction="J4"))["items"]
    first = await analysis.project("J4/P/1")

    assert [row["project_id"] for row in rows] == ["J4/P/1", "J4/P2"]
    assert {
        "project_id": "J4/P/1",
        "project_name": "灞河堤防维修",
        "department": "D1",
        "fiscal_year": 2026,
        "as_of": "2026-06-30",
        "adjusted_budget": "100.00",
        "original_budget": "100.00",
        "disbursed": "12.34",
        "spent": "12.34",
        "execution_rate_bp": 1234,
        "expected_rate_bp": 5000,
        "ratio_bp": 2468,
        "expected_basis": "months",
        "attainment_rate_bp": None,
        "indicators": 0,
        "judged": 0,
        "execution_light": "red",
        "attainment_light": None,
        "light": "red",
        "quadrant": None,
        "findings": 0,
        "incomplete": False,
        "sequence": 3,
    }.items() <= rows[0].items()
    assert rows[0].items() <= first.items()
    assert rows[1]["execution_rate_bp"] is None
    assert rows[1]["findings"] == 1
    known = {known["jurisdiction"]: known for known in (await jurisdictions(analysis))}
    assert set(known["J4"].pop("publishers").values()) <= {"2026-06-30"}
    assert set(known["J4"].pop("voucher_dates").values()) <= {"2026-06-29", "2026-06-30"}
    assert set(known["J4"].pop("publishers_silent").values()) <= {0}
    assert known["J4"] == {
        "jurisdiction": "J4",
        "name": "碑林区",
        "fiscal_year_start": "01-01",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "today": "2026-06-30",
        "forgotten": {},
        "silent_publisher_days": None,
    }


async def test_departments_and_pages(analysis: Analysis, ledger: Ledger) -> None:
    """Every project of a department comes once; one without facts of the year is listed too."""
    projects = [
        builders.project(f"J5/P{number:02}", department="A" if number % 3 else "B")
        for number in range(20)
    ]
    budgets = [builders.budget(f"J5/P{number:02}") for number in range(20) if number != 7]
    late = builders.project("J5/P99", date="2026-07-01")
    cut = await ledger.enter(builders.jurisdiction("J5"), *projects, *budgets, late)
    asked = {"jurisdiction": "J5", "as_of": "2026-06-30", "limit": 3, "at_least": cut, "wait": 60}

    everything = await all_rows(analysis, **asked)
    department = await all_rows(analysis, department="B", **asked)

    names = [f"J5/P{number:02}" for number in range(20)]
    assert [row["project_id"] for row in everything] == names
    assert [row["adjusted_budget"] for row in everything[6:9]] == ["100.00", "0.00", "100.00"]
    assert [row["project_id"] for row in department] == [
        f"J5/P{number:02}" for number in range(0, 20, 3)
    ]


async def test_waiting_for_a_position_is_bounded(analysis: Analysis, ledger: Ledger) -> None:
    """Whoever asks for what never comes is told so in time."""
    ahead = format_cut([position + 1 for position in ledger.positions])
    began = clock.monotonic()

    assert await analysis.problem("/v1/position", at_least=ahead, wait=0.2) == (409, "not_reached")
    assert await analysis.problem("/v1/projects", jurisdiction="J9", at_least=ahead, wait=0.2) == (
        409,
        "not_reached",
    )
    assert clock.monotonic() - began < 10
    for wrong in ("1-2", "a", "1-2-3--4", "", "9" * 3_900 + "-1-1-1"):
        assert await analysis.problem("/v1/position", at_least=wrong) == (422, "invalid_cut")
    assert (await analysis.client.get("/v1/position", params={"wait": 61})).status_code == 422


async def test_a_reader_that_waits_reads_what_it_waited_for(
    analysis: Analysis, ledger: Ledger
) -> None:
    """Asked before the fact was sent, answered after it was folded."""
    cut = await ledger.enter(builders.jurisdiction("J6"), builders.budget("J6/P1"))
    await analysis.passed(cut)
    partition = partition_of("J6/P1", PARTITIONS)
    wanted = parse_cut(cut)
    wanted[partition] += 1
    asked = asyncio.create_task(
        analysis.project("J6/P1", as_of="2026-06-30", at_least=format_cut(wanted), wait=60)
    )
    await ledger.enter(builders.expenditure("J6/P1", "3.00"))

    assert (await asked)["spent"] == "3.00"


async def test_a_gap_on_the_topic_holds_its_partition_until_it_is_filled(
    analysis: Analysis, ledger: Ledger
) -> None:
    """The publisher sends its tail again; nothing was skipped."""
    cut = await ledger.enter(builders.jurisdiction("J7"), builders.budget("J7/P1"))
    await analysis.passed(cut)
    partition = partition_of("J7/P1", PARTITIONS)
    missing, late = (
        ledger.number(partition, builders.expenditure("J7/P1", amount))
        for amount in ("1.00", "2.00")
    )
    await ledger.put(partition, late)
    reached = format_cut(ledger.positions)
    assert await analysis.problem("/v1/position", at_least=reached, wait=0.5) == (
        409,
        "not_reached",
    )
    await ledger.put(partition, missing, late)
    await analysis.passed(reached)

    assert (await analysis.project("J7/P1", as_of="2026-06-30"))["spent"] == "3.00"


async def test_what_is_not_there_is_a_problem(analysis: Analysis, ledger: Ledger) -> None:
    """404 for the unknown, 409 where there is no today yet, 422 for what cannot be meant."""
    cut = await ledger.enter(builders.jurisdiction("J8"), builders.budget("J8/P1"))
    await analysis.passed(cut)
    day = {"as_of": "2026-06-30"}

    problem = analysis.problem
    assert await problem("/v1/projects", jurisdiction="J?", **day) == (404, "unknown_jurisdiction")
    assert await problem("/v1/projects/J8%2FP9", **day) == (404, "unknown_project")
    assert await problem("/v1/projects/J8", **day) == (404, "unknown_project")
    assert await problem("/v1/projects/J8%2FP1/why/luck", **day) == (404, "unknown_figure")
    assert await problem("/v1/projects/J8%2FP1") == (409, "no_day_opened")
    assert await problem("/v1/projects", jurisdiction="J8") == (409, "no_day_opened")
    assert await problem("/v1/projects") == (422, "invalid_parameter")
    for wrong in ({"as_of": "soon"}, {"fiscal_year": 26}, {"limit": 0}, {"limit": 501}):
        answer = await problem("/v1/projects", **{"jurisdiction": "J8", **wrong})
        assert answer == (422, "invalid_parameter")
    assert (await analysis.client.get("/v1/position", headers={"authorization": ""})).is_error


async def jurisdictions(analysis: Analysis) -> list[dict[str, Any]]:
    """Ask for all jurisdictions."""
    items: list[dict[str, Any]] = (await analysis.get("/v1/jurisdictions"))["items"]
    return items


async def all_rows(analysis: Analysis, **params: Any) -> list[dict[str, Any]]:
    """Ask for all pages."""
    rows: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await analysis.get("/v1/projects", **params, **after)
        rows += page["items"]
        if page["next"] is None:
            return rows
        after = {"after": page["next"]}


async def all_entries(
    analysis: Analysis, project: str, figure: str, **params: Any
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Ask for all pages of a figure's entries."""
    entries: list[dict[str, Any]] = []
    after = 0
    while True:
        page = await analysis.why(project, figure, after=after, limit=9, **params)
        entries += page["entries"]
        if page["next"] is None:
            return entries, page
        after = page["next"]


def pure_rows(
    ledger: Ledger, jurisdiction: str, fiscal_year: int, day: dt.date
) -> dict[str, tuple[Any, ...]]:
    """Measure with the domain alone."""
    found = {}
    for entries in ledger.entries:
        pure = Pure.of(entries)
        for (project, year), state in pure.years.items():
            if year == fiscal_year and project.startswith(f"{jurisdiction}/"):
                head, known = pure.heads[project], pure.jurisdictions[jurisdiction]
                data = assess(known, head, state, day, settled=False, ledger_position=0)
                money = data.execution.money
                found[project] = (
                    head.sequence,
                    money.spent,
                    money.disbursed,
                    money.adjusted_budget,
                    money.components.original,
                    data.attainment.attainment_rate_bp,
                    data.light,
                    data.findings_total,
                )
                explained(known, ledger, project, fiscal_year, day, money.spent)
    return found


def explained(
    jurisdiction: Jurisdiction,
    ledger: Ledger,
    project: str,
    fiscal_year: int,
    day: dt.date,
    spent: int,
) -> None:
    """The entries alone give the same figure."""
    answer = explain(jurisdiction, ledger.of(project), fiscal_year, "spent", day)
    assert wire_to_fen(answer.sum or "") == spent


def figures(row: dict[str, Any]) -> tuple[Any, ...]:
    """Read the same figures from a row."""
    return (
        row["sequence"],
        wire_to_fen(row["spent"]),
        wire_to_fen(row["disbursed"]),
        wire_to_fen(row["adjusted_budget"]),
        wire_to_fen(row["original_budget"]),
        row["attainment_rate_bp"],
        row["light"],
        row["findings"],
    )
