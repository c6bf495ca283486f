"""The demonstration's summary: sums over projects, one rate each, counts."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.datadir import Endpoints
from services.cli.demo import attainment_of, execution_of, run_demo
from services.cli.errors import CliError
from services.cli.places import Service
from tests.unit.cli.fake_ledger import FakeLedger
from tests.unit.cli.fake_services import FakeServices

ENDPOINTS = Endpoints(
    **{service.value: f"http://{service}.test" for service in Service},
    kafka="k",
    mongo="m",
    key="key",
    data_dir="/data",
)


def _row(project: str, **figures: Any) -> dict[str, Any]:
    return {
        "project_id": project,
        "project_name": project,
        "adjusted_budget": "0.00",
        "disbursed": "0.00",
        "spent": "0.00",
        "execution_rate_bp": None,
        "attainment_rate_bp": None,
        "indicators": 0,
        "judged": 0,
        "light": None,
        **figures,
    }


ROWS = [
    _row("GB/1", adjusted_budget="100.00", disbursed="60.00", spent="50.01", light="red"),
    _row("GB/2", adjusted_budget="200.00", spent="40.00", light="red"),
    _row("GB/3", attainment_rate_bp=10_000, indicators=4, judged=3, light="blue"),
    _row("GB/4", attainment_rate_bp=9_001, indicators=2, judged=2),
]


def _services() -> FakeServices:
    services = FakeServices()
    services.passed()
    services.on("intake", "POST", "/v1/events", FakeLedger())
    services.opens("2022-03-31")
    services.on("analysis", "GET", "/v1/projects", {"items": ROWS, "next": None})
    alerts = [{"rule_id": "over_budget"}, {"rule_id": "a"}, {"rule_id": "over_budget"}]
    services.on("alerts", "GET", "/v1/alerts", {"items": alerts, "next": None})
    for row in ROWS:
        path = f"/v1/forms/{row['project_id'].replace('/', '%2F')}"
        services.on("reporting", "GET", path, httpx.Response(200, content=b"PK"))
    return services


def test_execution_is_the_sum_and_its_rate_is_the_sums() -> None:
    """90.01 of 300.00 is 30.00 %, rounded once."""
    assert {
        "adjusted_budget": "300.00",
        "disbursed": "60.00",
        "spent": "90.01",
        "execution_rate_bp": 3000,
    } == execution_of(ROWS)
    assert execution_of([])["execution_rate_bp"] is None


def test_attainment_is_the_mean_over_judged_indicators() -> None:
    """(3 × 100 % + 2 × 90.01 %) ÷ 5 = 96.00 %, half up."""
    assert {"indicators": 6, "judged": 5, "attainment_rate_bp": 9600} == attainment_of(ROWS)
    assert attainment_of(ROWS[:2])["attainment_rate_bp"] is None


def test_the_demonstration_writes_its_summary_and_a_form_for_each_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once, into a directory that it makes; people read the same figures as a table."""
    out = tmp_path / "deep" / "out"
    run_demo(ENDPOINTS, once=True, out=out, transport=httpx.MockTransport(_services()))
    summary = json.loads((out / "summary.json").read_text())

    assert (4, 184) == (summary["projects"], summary["events"])
    assert {"red": 2, "yellow": 0, "green": 0, "blue": 1, "none": 1} == summary["lights"]
    assert {"a": 1, "over_budget": 2} == summary["alerts_by_rule"]
    assert {"projects", "events", "seconds", "execution", "attainment", "lights"} < set(summary)
    assert ["GB_1.xlsx", "GB_2.xlsx", "GB_3.xlsx", "GB_4.xlsx", "summary.json"] == sorted(
        file.name for file in out.iterdir()
    )
    said = capsys.readouterr()
    assert "over_budget 2" in said.out
    assert "beis-activity.xml: 94 sent, 94 accepted" in said.err
    assert "gdihub-activity.xml: 90 sent, 89 accepted, 1 duplicate" in said.err


def test_the_day_is_opened_alone_and_addresses_are_told_when_the_stack_stays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Imported history: one day, the last of its fiscal year."""
    services = _services()
    run_demo(ENDPOINTS, once=False, out=None, transport=httpx.MockTransport(services))

    [day] = services.asked("/v1/days")
    assert b'{"jurisdiction":"GB","date":"2022-03-31","jump":true}' == day.content
    said = capsys.readouterr().err
    assert "http://intake.test" in said
    assert "the page: http://console.test/" in said


def test_the_city_follows_the_real_data_and_is_in_the_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From January to the cut-off, every day opened; its figures are analysis' own."""
    services = _services()
    totals = {
        "projects": 1,
        "as_of": "2026-06-30",
        "adjusted_budget": "10.00",
        "disbursed": "4.00",
        "spent": "3.00",
        "execution_rate_bp": 3000,
        "expected_rate_bp": 5000,
        "attainment_rate_bp": None,
        "lights": {"red": 1, "none": 0},
    }
    services.on("analysis", "GET", "/v1/overview", totals)
    out = tmp_path / "out"
    run_demo(ENDPOINTS, once=True, out=out, city=1, transport=httpx.MockTransport(services))
    city = json.loads((out / "summary.json").read_text())["city"]

    assert ("990100-7", 181, totals["lights"]) == (
        city["jurisdiction"],
        city["days"],
        city["lights"],
    )
    assert {"a": 1, "over_budget": 2} == city["alerts_by_rule"]
    days = [json.loads(request.content)["date"] for request in services.asked("/v1/days")]
    assert ["2022-03-31", "2026-01-01", "2026-06-30"] == [days[0], days[1], days[-1]]
    printed = capsys.readouterr().out
    assert printed.index("fiscal year 2021") < printed.index("synthetic city 990100-7")


def test_a_directory_that_cannot_be_made_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "out").touch()
    services = _services()

    with pytest.raises(CliError):
        run_demo(
            ENDPOINTS, once=True, out=tmp_path / "out", transport=httpx.MockTransport(services)
        )
    assert [] == services.requests
