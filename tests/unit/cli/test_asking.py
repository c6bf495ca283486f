"""Commands that ask: pages become one array, refusals become exit codes, ids stay one segment."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.fake_services import FakeServices, problem, run

ROW = {
    "project_id": "GB/A/1",
    "project_name": "[bold]Schools",
    "fiscal_year": 2021,
    "as_of": "2021-09-30",
    "adjusted_budget": "978360.59",
    "disbursed": "580603.01",
    "spent": "580603.01",
    "execution_rate_bp": 5934,
    "expected_rate_bp": None,
    "attainment_rate_bp": None,
    "light": "yellow",
}
PROJECT = "/v1/projects/GB%2FA%2F1"


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    """Services behind a client whose pauses pass at once."""
    pauses: list[float] = []
    monkeypatch.setattr("services.cli.client._pause", pauses.append)
    monkeypatch.setattr("services.cli.client._monotonic", lambda: sum(pauses))
    return FakeServices()


def test_a_list_of_many_pages_is_one_array(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Null stays null, and the filters go with every page."""

    def page(request: httpx.Request) -> dict[str, Any]:
        after = request.url.params.get("after")
        return {"items": [{**ROW, "n": after}], "next": {None: "a", "a": "b", "b": None}[after]}

    services.on("analysis", "GET", "/v1/projects", page)
    outcome = run(
        services,
        capsys,
        *("analysis", "list", "--jurisdiction", "GB", "--fiscal-year", "2021"),
        *("--as-of", "2021-09-30", "--json"),
    )

    assert [None, "a", "b"] == [row["n"] for row in outcome.json]
    assert outcome.json[0]["expected_rate_bp"] is None
    assert all(
        ("GB", "2021", "2021-09-30")
        == tuple(request.url.params[name] for name in ("jurisdiction", "fiscal_year", "as_of"))
        for request in services.requests
    )
    assert {"Bearer the-key"} == {r.headers["Authorization"] for r in services.requests}


def test_people_see_a_table_with_grouped_money_and_per_cents(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names are data, never markup."""
    services.on("analysis", "GET", "/v1/projects", {"items": [ROW], "next": None})
    services.on("analysis", "GET", "/v1/jurisdictions", {"items": [{"jurisdiction": "GB"}]})
    outcome = run(services, capsys, "analysis", "list")

    for said in ("978,360.59", "59.34 %", "[bold]Schools", "–", "yellow"):
        assert said in outcome.out


def test_one_project_is_one_object_and_its_id_one_segment(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """The slashes of a project id are percent-encoded."""
    services.on("analysis", "GET", PROJECT, ROW)
    outcome = run(services, capsys, "analysis", "show", "GB/A/1", "--json")
    shown = run(services, capsys, "analysis", "show", "GB/A/1")

    assert outcome.json == ROW
    assert "execution_rate_bp" in shown.out


def test_why_prints_the_entries(services: FakeServices, capsys: pytest.CaptureFixture[str]) -> None:
    """As one array; people are told the sum too."""
    entry = {"sequence": 3, "position": 9, "type": "t", "date": "2021-05-01", "amount": "5.00"}
    answer = {"figure": "spent", "value": "5.00", "entries": [entry], "sum": "5.00"}
    services.on("analysis", "GET", f"{PROJECT}/why/spent", answer)
    services.on(
        "analysis",
        "GET",
        f"{PROJECT}/why/indicator%3Aab",
        {**answer, "next": 1},
        {**answer, "next": None},
    )

    assert [entry] == run(services, capsys, "analysis", "why", "GB/A/1", "spent", "--json").json
    assert (
        "sum of the entries is 5.00"
        in run(services, capsys, "analysis", "why", "GB/A/1", "spent").err
    )
    paged = run(services, capsys, "analysis", "why", "GB/A/1", "indicator:ab", "--json")
    assert [entry, entry] == paged.json


@pytest.mark.parametrize(
    ("answer", "exit_code", "words"),
    [
        (problem(404, "unknown_project", "there is none", pointer="/x", hint="look"), 3, "look"),
        (problem(503, "starting"), 4, "starting"),
        (httpx.ConnectError("refused"), 4, "cannot be reached"),
        (httpx.ReadTimeout("slow"), 5, "did not answer in time"),
        (httpx.Response(418, text="teapot"), 3, "answered 418"),
    ],
)
def test_every_kind_of_failure_has_its_exit_code(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    answer: httpx.Response | Exception,
    exit_code: int,
    words: str,
) -> None:
    """The message goes to standard error; standard output stays empty."""
    services.on("analysis", "GET", PROJECT, answer)
    outcome = run(services, capsys, "analysis", "show", "GB/A/1", "--json")

    assert (exit_code, "") == (outcome.exit_code, outcome.out)
    assert words in outcome.err


def test_a_service_that_comes_back_is_asked_again(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reads are patient for some seconds."""
    services.on("analysis", "GET", PROJECT, httpx.ConnectError("no"), problem(502, "bad"), ROW)

    assert 0 == run(services, capsys, "analysis", "show", "GB/A/1", "--json").exit_code


@pytest.mark.parametrize(
    "arguments",
    [
        ("analysis", "list", "--as-of", "yesterday"),
        ("analysis", "list", "--as-of", "2021-02-30"),
        ("analysis", "list", "--fiscal-year", "20210"),
        ("alerts", "list", "--state", "half"),
        ("day", "open", "GB", "20220331"),
        ("report", "form", "GB/A/1", "--format", "xlsx"),
        ("nonsense",),
    ],
)
def test_wrong_usage_is_exit_code_2_and_asks_nothing(
    services: FakeServices, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """Before any request."""
    assert 2 == run(services, capsys, *arguments).exit_code
    assert [] == services.requests


def test_alerts_are_the_open_ones_unless_asked_otherwise(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Filters are passed on; one alert is one object."""
    alert = {"alert_id": "x", "severity": "red", "rule_id": "r", "title_zh": "超预算"}
    raised = {"version": 1, "kind": "raised"}
    services.on("alerts", "GET", "/v1/alerts", {"items": [alert], "next": None})
    services.on("alerts", "GET", "/v1/alerts/x", alert)
    services.on("alerts", "GET", "/v1/alerts/x/history", {"items": [raised], "next": None})

    assert [alert] == run(services, capsys, "alerts", "list", "--json").json
    assert "超预算" in run(services, capsys, "alerts", "list", "--state", "all").out
    assert ["open", "all"] == [r.url.params["state"] for r in services.requests]
    shown = run(services, capsys, "alerts", "show", "x", "--json").json
    assert {**alert, "history": [raised]} == shown


def test_the_ledger_shows_a_stream_and_verifies_all(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault is exit code 1, and still printed."""
    entry = {"sequence": 1, "position": 2, "hash": "ab", "event": {"type": "t", "data": {}}}
    services.on("intake", "GET", "/v1/ledger/GB%2FA", {"items": [entry], "next": None})
    fault = {"kind": "changed", "stream": "x", "sequence": 7, "detail": "not its hash"}
    counted = {"entries": 1, "streams": 1, "checkpoint": None}
    sound, broken = ({**counted, "faults_total": len(f), "faults": f} for f in ([], [fault]))
    services.on("intake", "GET", "/v1/ledger/verification", sound, broken)

    assert [entry] == run(services, capsys, "ledger", "show", "GB/A", "--json").json
    assert "ab" in run(services, capsys, "ledger", "show", "GB/A").out
    outcome = run(services, capsys, "ledger", "verify")
    assert (0, True) == (outcome.exit_code, "no checkpoint was at hand" in outcome.err)
    outcome = run(services, capsys, "ledger", "verify", "--json")
    assert (1, broken) == (outcome.exit_code, outcome.json)
    assert "changed: x at 7: not its hash" in outcome.err


def test_the_quarantine_says_why_and_where(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table shows the problem's pointer and detail."""
    entry = {"id": "q", "reason": "invalid", "problem": {"pointer": "/data/date", "detail": "no"}}
    services.on("intake", "GET", "/v1/quarantine", {"items": [entry], "next": None})
    services.on("intake", "GET", "/v1/quarantine/q", entry)

    assert [entry] == run(services, capsys, "quarantine", "list", "--json").json
    assert "/data/date" in run(services, capsys, "quarantine", "list").out
    assert entry == run(services, capsys, "quarantine", "show", "q", "--json").json


def test_a_day_is_open_when_all_services_have_passed_it(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """What intake opened, and the position that has been passed."""
    services.passed("7-0-0-0")
    services.opens("2022-03-31")
    outcome = run(services, capsys, "day", "open", "GB", "2022-03-31", "--jump", "--json")

    assert {
        "jurisdiction": "GB",
        "date": "2022-03-31",
        "opened": ["2022-03-31"],
        "position": "7-0-0-0",
    } == outcome.json
    [asked] = services.asked("/v1/days")
    assert b'{"jurisdiction":"GB","date":"2022-03-31","jump":true}' == asked.content
    assert {"analysis.test", "alerts.test", "reporting.test"} < {
        request.url.host for request in services.asked("/v1/position")
    }


def test_days_that_are_pending_are_asked_after_and_refused_ones_end_the_command(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Opening is idempotent: what was opened meanwhile comes back as a duplicate."""
    services.passed()
    first, then = (
        {"opened": opened, "results": [{"verdict": "accepted"}], "counts": {"pending": pending}}
        for opened, pending in ((["2022-03-30"], 1), (["2022-03-31"], 0))
    )
    refusal = {"title": "A day was left out", "status": 422, "pointer": "/data/date"}
    refused = {"opened": [], "results": [{"problem": refusal}], "counts": {"pending": 0}}
    services.on("intake", "POST", "/v1/days", first, then, refused)
    day = ("day", "open", "GB", "2022-03-31", "--json")

    assert ["2022-03-30", "2022-03-31"] == run(services, capsys, *day).json["opened"]
    outcome = run(services, capsys, *day)
    assert 3 == outcome.exit_code
    assert "A day was left out" in outcome.err


def test_forms_are_printed_or_written(
    services: FakeServices, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """JSON to standard output, or any format into a file byte for byte."""
    services.on(
        "reporting",
        "GET",
        "/v1/forms/GB%2FA",
        lambda request: (
            httpx.Response(200, content=b"PK\x00")
            if request.url.params["format"] == "xlsx"
            else httpx.Response(200, json={"project_id": "GB/A"})
        ),
    )
    file = tmp_path / "form.xlsx"
    form = ("report", "form", "GB/A", "--as-of", "2022-03-31")

    assert {"project_id": "GB/A"} == run(services, capsys, *form, "--json").json
    outcome = run(services, capsys, *form, "--format", "xlsx", "-o", str(file), "--json")
    assert (b"PK\x00", str(file)) == (file.read_bytes(), outcome.json["file"])
    by_name = run(services, capsys, *form, "-o", str(tmp_path / "named.XLSX"), "--json")
    assert "xlsx" == by_name.json["format"]
    assert b"PK\x00" == (tmp_path / "named.XLSX").read_bytes()
    unsaid = run(services, capsys, *form, "-o", str(tmp_path / "form.txt"), "--json")
    assert "json" == unsaid.json["format"]
    nowhere = run(services, capsys, *form, "-o", str(tmp_path / "no" / "form"))
    assert 2 == nowhere.exit_code


def test_a_summary_is_asked_for_by_department(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """The jurisdiction is found if only one has the department; the date is its last day."""
    known = [{"jurisdiction": code, "today": "2022-03-31"} for code in ("GB", "CN")]
    services.on("intake", "GET", "/v1/jurisdictions", {"items": known})
    services.on(
        "reporting",
        "GET",
        "/v1/summaries/D",
        lambda request: (
            {"jurisdiction": "GB"}
            if request.url.params["jurisdiction"] == "GB"
            else problem(404, "no_projects")
        ),
    )
    outcome = run(services, capsys, "report", "summary", "D", "--json")

    assert {"jurisdiction": "GB"} == outcome.json
    assert ["2022-03-31"] * 2 == [
        request.url.params["as_of"] for request in services.asked("/v1/summaries/D")
    ]
    assert 3 == run(services, capsys, "report", "summary", "D", "--jurisdiction", "CN").exit_code
    assert 3 == run(services, capsys, "report", "summary", "D", "--jurisdiction", "X").exit_code


def test_a_department_of_two_jurisdictions_needs_to_be_told_apart(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """And without an opened day, the date must be said."""
    known = [{"jurisdiction": code, "today": None} for code in ("GB", "CN")]
    services.on("intake", "GET", "/v1/jurisdictions", {"items": known})
    services.on("reporting", "GET", "/v1/summaries/D", {"jurisdiction": "GB"})

    assert 2 == run(services, capsys, "report", "summary", "D").exit_code
    told = run(services, capsys, "report", "summary", "D", "--as-of", "2022-03-31")
    assert (2, True) == (told.exit_code, "--jurisdiction" in told.err)


def test_why_of_a_sum_lists_what_projects_add(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Filters go along; with --entries the entries themselves."""
    item = {"project_id": "GB/A/1", "project_name": "Schools", "amount": "5.00"}
    entry = {"project_id": "GB/A/1", "sequence": 3, "amount": "5.00"}
    head = {"figure": "spent", "value": "5.00", "sum": "5.00", "projects": 1, "next": None}
    services.on("analysis", "GET", "/v1/why/spent", {**head, "items": [item], "entries": [entry]})
    asked = ("analysis", "why", "--jurisdiction", "GB", "--unit", "U1", "spent")

    assert [item] == run(services, capsys, *asked, "--json").json
    assert [entry] == run(services, capsys, *asked, "--entries", "--json").json
    assert "over 1 projects" in run(services, capsys, *asked).err
    params = services.requests[1].url.params
    assert ("GB", "U1", "true") == tuple(params[n] for n in ("jurisdiction", "unit", "entries"))
    for wrong in (("spent",), ("--jurisdiction", "GB", "GB/A/1", "spent"), ("a", "b", "spent")):
        assert 2 == run(services, capsys, "analysis", "why", *wrong).exit_code


def test_derived_figures_show_their_parts(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the entries that they rest on."""
    part = {"kind": "plan", "date": "2021-03-31", "amount": "5.00", "sequences": [2]}
    answer = {"value": "5.00", "sum": "5.00", "entries": [], "parts": [part], "next": None}
    services.on("analysis", "GET", f"{PROJECT}/why/expected_spent", answer)
    shown = run(services, capsys, "analysis", "why", "GB/A/1", "expected_spent")

    assert "2021-03-31" in shown.out
    assert "sum of the entries and parts is 5.00" in shown.err


def test_many_together_are_arrays(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Groups, points, ranks and what differs; an overview is one object."""
    group = {"key": "U1", "projects": 2, "spent": "5.00"}
    services.on(
        "analysis", "GET", "/v1/overview", {"projects": 2, "spent": "5.00", "groups": [group]}
    )
    point = {"date": "2021-03-31", "spent": "5.00"}
    services.on("analysis", "GET", "/v1/history", {"items": [point]})
    rank = {"rank": 1, "key": "U1", "value": 5000, "ties": 0, "projects": 2}
    services.on("analysis", "GET", "/v1/ranking", {"items": [rank], "next": None})
    sides = {"from": "1.00", "to": "5.00", "change": "4.00"}
    changed = {"project_id": "GB/A/1", "figures": {"spent": sides}}
    compared = {"items": [changed], "changed": 1, "unchanged": 2, "next": None}
    services.on("analysis", "GET", "/v1/compare", compared)
    of = ("--jurisdiction", "GB")

    def asked(*words: str) -> Any:
        return run(services, capsys, "analysis", *words, "--json").json

    assert [group] == asked("overview", *of, "--by", "unit")
    assert "5.00" == asked("overview", *of)["spent"]
    assert [point] == asked("history", *of)
    assert [rank] == asked("ranking", *of, "--level", "unit")
    assert [changed] == asked("compare", "2021-03-01", "2021-03-31", *of)
    told = run(services, capsys, "analysis", "compare", "2021-03-01", "2021-03-31", *of)
    assert "4.00" in told.out
    assert "1 projects differ, 2 do not" in told.err
    assert 2 == run(services, capsys, "analysis", "history").exit_code
