"""A campaign added up on the whole stack: what analysis says, to the fen (Art. 13, 15)."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import httpx
import openpyxl
import pytest

from contracts.vocabulary import wire_to_fen
from deploy.local.stack import Stack
from services.reporting.domain.exchange import COLUMNS, ExchangeTable
from tests.integration.reporting.cities import City, Desk, two_departments

pytestmark = [pytest.mark.integration, pytest.mark.long]

CITY: Final = "C615"
NAME: Final = "sums"
FIGURES: Final = ("original", "adjusted", "disbursed", "spent")


@pytest.fixture(scope="module")
def city(whole_stack: Stack) -> Iterator[Desk]:
    """P1 and P2 of unit A, P3 of B, both below D1; P4 of C below D2."""
    with two_departments(whole_stack, CITY) as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
def campaign(city: City) -> dict[str, Any]:
    """Open a campaign that asks every project."""
    return city.open(NAME)


def told(city: City, what: str, who: str = "bureau", **params: Any) -> dict[str, Any]:
    """Ask for something of the campaign as JSON."""
    answer = city.ask(who, f"{city.path_of(NAME)}/{what}", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def report_path(department: str) -> str:
    """Give the address of a department's report."""
    return f"/v1/papers/{quote(f'{CITY}/{NAME}/report/{department}', safe='')}"


def test_the_summary_says_what_analysis_says(city: City) -> None:
    """For every account, and for departments that add up to the whole."""
    summary = told(city, "summary")
    asked = {
        "jurisdiction": CITY,
        "fiscal_year": 2026,
        "as_of": "2026-06-30",
        "group_by": "account",
        "points": False,
    }
    overview = city.ask("bureau", "/v1/overview", service="analysis", params=asked).json()
    names = dict(zip(FIGURES, ("original", "adjusted_budget", "disbursed", "spent"), strict=True))

    def of_analysis(group: dict[str, Any], name: str) -> str:
        if name == "original":
            return str(group["components"]["original"])
        return str(group[names[name]])

    assert {
        row["key"]: [row[name] for name in FIGURES] for row in summary["whole"]["accounts"]
    } == {
        group["key"]: [of_analysis(group, name) for name in FIGURES] for group in overview["groups"]
    }
    for name in FIGURES:
        parts = [wire_to_fen(row["money"][name]) for row in summary["departments"]]
        assert wire_to_fen(summary["whole"]["total"][name]) == sum(parts)
    assert ["D1", "D2"] == [row["department"] for row in summary["departments"]]
    assert 4 == summary["whole"]["completeness"]["live"]


def test_everybody_adds_up_what_they_may_see(city: City) -> None:
    """A unit's sums are of its own projects; the others' are not there."""
    mine = told(city, "summary", "unit-b")

    assert ["D1"] == [row["department"] for row in mine["departments"]]
    assert "500.00" == mine["whole"]["total"]["spent"]
    assert {f"{CITY}/P3"} == {one["project"] for one in told(city, "results", "unit-b")["items"]}


def test_a_department_report_is_shown_and_filed(city: City) -> None:
    """JSON on the paper, files in three formats; out of scope there is none."""
    report = city.ask("department-1", report_path("D1")).json()["report"]

    assert ("1410.00", 3) == (report["total"]["spent"], report["filing"]["forms"])
    for format_, head in (("docx", b"PK"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer = city.ask("department-1", f"{report_path('D1')}/file", params={"format": format_})
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(head)
    assert 404 == city.ask("unit-c", report_path("D1")).status_code


def test_exports_have_their_formats(city: Desk) -> None:
    """Exchange tables as CSV with exactly their columns; lists and summaries as files."""
    assert [] == told(city, "exchange/PAY_PERF_MONITOR_INFO")["items"]
    form = f"{CITY}/{NAME}/form/P3"
    city.fill("unit-b", form)
    city.done("unit-b", "submit", form)
    path = f"{city.path_of(NAME)}/exchange/PAY_PERF_MONITOR_INFO"
    answer = city.ask("bureau", path, params={"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.text)))
    pages = told(city, "exchange/PAY_PERF_MONITOR_INFO", limit=3)

    assert list(COLUMNS[ExchangeTable.INFO]) == rows[0] == pages["columns"]
    assert [["P3", "2"]] == [[row["pro_code"], row["is_last_inst"]] for row in pages["items"]]
    assert (2, None) == (len(rows), pages["next"])
    for what, format_ in (
        ("results", "xlsx"),
        ("results", "csv"),
        ("monitoring-work", "xlsx"),
        ("summary", "xlsx"),
        ("summary", "pdf"),
        ("summary", "docx"),
    ):
        found = city.ask("bureau", f"{city.path_of(NAME)}/{what}", params={"format": format_})
        assert found.status_code == 200, found.text
    work = told(city, "monitoring-work")["items"]
    assert {"D1", "D2"} == {row["department"] for row in work}


def _file(city: City, who: str, what: str, format_: str) -> httpx.Response:
    answer = city.ask(who, f"{city.path_of(NAME)}/{what}", params={"format": format_})
    assert answer.status_code == 200, answer.text
    return answer


def _checked(city: City, who: str, content: bytes) -> dict[str, Any]:
    answer = city.ask(who, "/v1/verify", "POST", content=content)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_summary_is_known_again_by_whoever_sees_as_much(city: City) -> None:
    """Its code stands in every format and in JSON; what was handed out is kept and compared."""
    told_code = told(city, "summary")["whole"]["provenance"]["code"]
    for format_ in ("xlsx", "docx", "pdf"):
        made = _file(city, "bureau", "summary", format_)
        found = _checked(city, "bureau", made.content)
        assert ("genuine", told_code) == (found["verdict"], found["mark"]["code"]), found
        assert made.headers["x-verification-code"] == told_code
        assert _checked(city, "department-1", made.content)["verdict"] == "unknown"
    own = _file(city, "department-1", "summary", "xlsx").content
    assert [
        _checked(city, who, own)["verdict"] for who in ("department-1", "bureau", "unit-b")
    ] == [
        "genuine",
        "genuine",
        "unknown",
    ]


def test_lists_name_what_they_rest_on(city: City) -> None:
    """Campaign, cut, packs, release and template: above a workbook's rows, below CSV's."""
    cut = city.campaign(NAME)["cut"]
    for what in ("results", "monitoring-work"):
        *_, last = csv.reader(io.StringIO(_file(city, "bureau", what, "csv").text))
        sheet = openpyxl.load_workbook(io.BytesIO(_file(city, "bureau", what, "xlsx").content))
        above = sheet.worksheets[0]["A2"].value
        assert above == last[0]
        for words in (f"{CITY}/{NAME}", cut, "规则包", "程序版本", "模板"):
            assert words in above, what


def test_what_is_not_open_is_not_added_up(city: City) -> None:
    """A planned campaign has no forms yet, and it says so in both languages."""
    city.plan("planned")
    refused = city.ask("bureau", f"{city.path_of('planned')}/summary")

    assert (409, "campaign_not_opened") == (refused.status_code, refused.json()["code"])
    assert refused.json()["title_zh"]
