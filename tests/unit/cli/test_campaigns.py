"""`dualwatch campaigns`: what is asked, what is printed, how it ends."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.fake_services import FakeServices, problem, run

KEY = "340700/2026-07"
PATH = "/v1/campaigns"
ONE = f"{PATH}/340700%2F2026-07"
CAMPAIGN: dict[str, Any] = {
    "key": KEY,
    "id": "2026-07",
    "name": "上半年监控",
    "fiscal_year": 2026,
    "cut_off": "2026-06-30",
    "dues": {"unit": "2026-07-20", "department": "2026-07-31", "bureau": "2026-08-31"},
    "state": "planned",
    "forms": 0,
    "reports": 0,
    "opening": None,
}
PLAN = ("plan", "340700", "2026-07", "--name", "上半年监控")
YEAR = ("--fiscal-year", "2026", "--cut-off", "2026-06-30")
TALLY = {"asked": 4, "missing": 1, "overdue": 1, "late": 0, "accepted": 2, "coverage_bp": 5_000}


@pytest.fixture
def services() -> FakeServices:
    """Services that know nothing yet."""
    return FakeServices()


@pytest.mark.parametrize(
    ("options", "scope"),
    [
        ((), {"kind": "all"}),
        (("--scope", "priority"), {"kind": "priority"}),
        (
            ("--scope", "organisations=D1,D2"),
            {"kind": "organisations", "organisations": ["D1", "D2"]},
        ),
        (
            ("--scope", "accounts=government_funds"),
            {"kind": "accounts", "accounts": ["government_funds"]},
        ),
        (("--scope", "projects=P1"), {"kind": "projects", "projects": ["P1"]}),
        (("--scope", "lagging=2026-06"), {"kind": "lagging", "campaign": "2026-06"}),
    ],
)
def test_a_campaign_is_planned_of_its_options(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    scope: dict[str, Any],
) -> None:
    """One scope, the usual dues if none are given."""
    services.on("reporting", "POST", PATH, CAMPAIGN)
    made = run(services, capsys, "campaigns", *PLAN, *YEAR, *options)
    (asked,) = services.asked(PATH)
    body = json.loads(asked.content)

    assert made.exit_code == 0
    assert (body["scope"], body["dues"], body["layout"]) == (scope, None, "city")
    assert asked.headers["idempotency-key"]


def test_what_does_not_fit_together_is_wrong_usage(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A scope that is none, a due date that is none, a list without its file."""
    words = ("campaigns", *PLAN, *YEAR)
    for scope in ("everything", "projects", "all=P1"):
        assert 2 == run(services, capsys, *words, "--scope", scope).exit_code
    assert 2 == run(services, capsys, *words, "--due", "2026-07-20", "x", "y").exit_code
    assert 2 == run(services, capsys, "campaigns", "overdue", KEY, "--format", "csv").exit_code
    file = str(tmp_path / "x")
    assert 2 == run(services, capsys, "campaigns", "overdue", KEY, "-o", file).exit_code
    assert not services.requests


def test_opening_waits_until_the_papers_are_there(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says how many they are."""
    opening = {**CAMPAIGN, "state": "opening"}
    services.on("reporting", "POST", f"{ONE}/open", opening)
    done = {**CAMPAIGN, "state": "open", "forms": 4, "reports": 2, "opening": {"unknown": ["P9"]}}
    services.on("reporting", "GET", ONE, opening, done)
    opened = run(services, capsys, "campaigns", "open", KEY)

    assert opened.exit_code == 0
    assert "4 forms, 2 reports" in opened.err
    assert "no form: P9" in opened.err


def test_opening_names_some_of_those_without_a_form_and_counts_the_rest(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thousands of lines would hide what matters; `--json` has them all."""
    services.on("reporting", "POST", f"{ONE}/open", {**CAMPAIGN, "state": "opening"})
    unknown = [f"P{number:04}" for number in range(5_000)]
    done = {**CAMPAIGN, "state": "open", "forms": 4, "reports": 2, "opening": {"unknown": unknown}}
    services.on("reporting", "GET", ONE, done)
    opened = run(services, capsys, "campaigns", "open", KEY)

    assert opened.err.count("no form: P") == 50
    assert "4950 more" in opened.err


def test_lists_are_shown(services: FakeServices, capsys: pytest.CaptureFixture[str]) -> None:
    """Campaigns, the board with its units, what is overdue."""
    services.on("reporting", "GET", PATH, {"items": [CAMPAIGN]})
    row = {"department": "D1", "department_name": "水务局", **TALLY}
    report = {"by_state": {"filling": 1, "accepted": 0}}
    units = [{"unit": "U1", **TALLY}]
    board = {"departments": [{**row, "report": report, "units": units}], "totals": TALLY}
    services.on("reporting", "GET", f"{ONE}/board", board)
    debt = {"organisation": "U1", "kind": "form", "due": "2026-07-20", "days": 3, "missing": 2}
    services.on("reporting", "GET", f"{ONE}/overdue", {"items": [debt]})

    assert "2026-07-31" in run(services, capsys, "campaigns", "list", "340700").out
    plain = run(services, capsys, "campaigns", "board", KEY).out
    assert "U1" not in plain
    assert "filling" in plain
    assert "U1" in run(services, capsys, "campaigns", "board", KEY, "--units").out
    assert board == run(services, capsys, "campaigns", "board", KEY, "--json").json
    assert "2026-07-20" in run(services, capsys, "campaigns", "overdue", KEY).out


def test_a_list_is_written_to_a_file(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As the service made it."""
    services.on("reporting", "GET", f"{ONE}/overdue", httpx.Response(200, content=b"PK"))
    file = tmp_path / "overdue.xlsx"
    words = ("campaigns", "overdue", KEY, "--format", "xlsx", "-o", str(file))

    assert 0 == run(services, capsys, *words).exit_code
    assert file.read_bytes() == b"PK"


def test_commands_carry_what_they_say(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Urged, changed, closed; a refusal ends the command."""
    before = {"campaign": "340700/2026-09", "kind": "report"}
    left = {"organisation": "U2", "reason": "urged_today", "urged_for": before}
    urged = {"urged": [{"organisation": "U1"}], "not_urged": [left]}
    services.on("reporting", "POST", f"{ONE}/urge", urged)
    services.on("reporting", "PATCH", ONE, CAMPAIGN)
    services.on("reporting", "POST", f"{ONE}/close", problem(409, "not_open"))
    told = run(services, capsys, "campaigns", "urge", KEY, "--kind", "form", "--note", "请报送")
    dues = ("2026-07-25", "2026-08-05", "2026-09-01")
    run(services, capsys, "campaigns", "change", KEY, "--name", "新名称", "--due", *dues)
    closed = run(services, capsys, "campaigns", "close", KEY)
    run(services, capsys, "campaigns", "change", KEY, "--template", "annex1-own+1f0a93c2")
    run(services, capsys, "campaigns", "change", KEY, "--usual-template")
    both = ("--usual-template", "--template", "annex1-city-2")
    unsaid = run(services, capsys, "campaigns", "change", KEY, *both)

    assert "not urged: U2: urged_today (340700/2026-09 report)" in told.err
    assert "urged 1, not urged 1" in told.err
    first, second, _, *others = (json.loads(request.content) for request in services.requests)
    assert first == {"kind": "form", "organisations": None, "note": "请报送"}
    assert (second["name"], tuple(second["dues"].values())) == ("新名称", dues)
    assert closed.exit_code == 3
    assert "template" not in second
    assert [one["template"] for one in others] == ["annex1-own+1f0a93c2", None]
    assert unsaid.exit_code == 2
