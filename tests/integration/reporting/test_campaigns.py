"""Campaigns on the whole stack: planned, opened, changed, urged, closed (Art. 12)."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from deploy.local.stack import Stack
from tests.integration.reporting.cities import DEADLINE_SECONDS, City, two_departments
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration

CITY: Final = "C612"


@pytest.fixture(scope="module")
def city(whole_stack: Stack) -> Iterator[City]:
    """P1 and P2 of unit A, P3 of B, both below D1; P4 of C below D2."""
    with two_departments(whole_stack, CITY) as made:
        yield made


def test_a_campaign_asks_every_project_once(city: City) -> None:
    """Planned with the usual dues, opened with a form each and a report per department."""
    planned = city.plan("all").json()
    assert planned["state"] == "planned"
    assert planned["dues"] == {
        "unit": "2026-07-20",
        "department": "2026-07-31",
        "bureau": "2026-08-31",
    }
    key = {"idempotency-key": "open-all"}
    began = city.ask("bureau", f"{city.path_of('all')}/open", "POST", headers=key)
    again = city.ask("bureau", f"{city.path_of('all')}/open", "POST", headers=key)
    assert (began.status_code, began.content) == (200, again.content)

    def is_open() -> bool:
        return bool(city.campaign("all")["state"] == "open")

    eventually(is_open, DEADLINE_SECONDS)
    found = city.campaign("all")
    assert (found["forms"], found["reports"]) == (4, 2)
    assert found["cut"]
    assert found["opened_on"] == "2026-06-30"
    listed = city.ask("unit-c", "/v1/campaigns", params={"jurisdiction": CITY}).json()
    assert listed["today"] == "2026-06-30"
    assert "all" in [one["id"] for one in listed["items"]]
    second = city.ask("bureau", f"{city.path_of('all')}/open", "POST")
    assert (second.status_code, second.json()["code"]) == (409, "not_planned")


@pytest.mark.parametrize(
    ("name", "scope", "forms", "reports"),
    [
        ("subtree", {"kind": "organisations", "organisations": ["D1"]}, 3, 1),
        ("nested", {"kind": "organisations", "organisations": ["A", "D1"]}, 3, 1),
        ("accounts", {"kind": "accounts", "accounts": ["government_funds"]}, 1, 1),
        ("projects", {"kind": "projects", "projects": ["P1", f"{CITY}/P4"]}, 2, 2),
        ("priority", {"kind": "priority"}, 0, 0),
    ],
)
def test_a_campaign_asks_what_its_scope_names(
    city: City, name: str, scope: dict[str, Any], forms: int, reports: int
) -> None:
    """Subtrees, budgets, projects, the priority list: several campaigns at once."""
    found = city.open(name, scope=scope)
    assert (found["forms"], found["reports"]) == (forms, reports)


def test_a_department_asks_within_its_own_subtree(city: City) -> None:
    """Whoever is bound to organisations plans for those; the others do not know of it."""
    found = city.open("of-d1", "department-1")
    assert (found["forms"], found["reports"]) == (3, 1)
    beyond = city.plan(
        "beyond", "department-1", scope={"kind": "organisations", "organisations": ["C"]}
    )
    assert (beyond.status_code, beyond.json()["code"]) == (422, "unknown_organisation")
    assert city.ask("unit-b", city.path_of("of-d1")).status_code == 200
    assert city.ask("unit-c", city.path_of("of-d1")).status_code == 404
    theirs = city.open("of-bureau")
    refused = city.ask("department-1", f"{city.path_of(theirs['id'])}/close", "POST")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_campaign")


def test_what_is_overdue_is_counted_listed_and_urged_once_a_day(city: City) -> None:
    """The board, the list in three formats, the urging; each sees what is its own."""
    city.open("due")
    city.open_day("2026-07-21")
    board = city.ask("bureau", f"{city.path_of('due')}/board").json()
    totals = board["totals"]
    assert (totals["asked"], totals["missing"], totals["overdue"]) == (4, 4, 4)
    assert totals["reports"]["overdue"] == 0
    assert totals["coverage_bp"] == 0
    assert [(row["department"], row["asked"]) for row in board["departments"]] == [
        ("D1", 3),
        ("D2", 1),
    ]
    own = city.ask("unit-b", f"{city.path_of('due')}/board").json()
    assert own["totals"]["asked"] == 1

    listed = city.ask("bureau", f"{city.path_of('due')}/overdue").json()["items"]
    assert {one["organisation"]: (one["missing"], one["days"]) for one in listed} == {
        "A": (2, 1),
        "B": (1, 1),
        "C": (1, 1),
    }
    table = city.ask("bureau", f"{city.path_of('due')}/overdue", params={"format": "csv"})
    *lines, rests_on = table.text.strip().splitlines()
    assert (len(lines), f"监控活动 {CITY}/due · 数据位置 " in rests_on) == (5, True)
    sheet = city.ask("bureau", f"{city.path_of('due')}/overdue", params={"format": "xlsx"})
    again = city.ask("bureau", f"{city.path_of('due')}/overdue", params={"format": "xlsx"})
    assert sheet.content[:2] == b"PK"
    assert sheet.content == again.content

    order = {"kind": "form", "organisations": ["A", "D2"], "note": "请尽快报送"}
    urged = city.ask("department-1", f"{city.path_of('due')}/urge", "POST", json=order).json()
    assert [one["organisation"] for one in urged["urged"]] == ["A"]
    (left,) = urged["not_urged"]
    assert (left["organisation"], left["reason"]) == ("D2", "nothing_missing")
    second = city.ask("bureau", f"{city.path_of('due')}/urge", "POST", json={"kind": "form"}).json()
    assert [one["organisation"] for one in second["urged"]] == ["B", "C"]
    (left,) = second["not_urged"]
    assert (left["organisation"], left["reason"]) == ("A", "urged_today")


def test_who_owes_in_two_campaigns_is_urged_once_a_day(city: City) -> None:
    """One recipient, one urging a day; the next opened day it is urged again (domain-rules 23)."""
    city.open("one")
    city.open("two")
    city.open_day("2026-07-22")
    orders = {name: {"kind": "form", "note": name} for name in ("one", "two")}
    first, second = (
        city.ask("bureau", f"{city.path_of(name)}/urge", "POST", json=order).json()
        for name, order in orders.items()
    )
    report = city.ask("bureau", f"{city.path_of('two')}/urge", "POST", json={"kind": "report"})

    assert [one["organisation"] for one in first["urged"]] == ["A", "B", "C"]
    assert second["urged"] == []
    assert [(one["organisation"], one["reason"]) for one in second["not_urged"]] == [
        (code, "urged_today") for code in ("A", "B", "C")
    ]
    earlier = {"campaign": f"{CITY}/one", "kind": "form"}
    assert all(one["urged_for"] == earlier for one in second["not_urged"])
    # Departments are recipients of their own.
    assert [one["organisation"] for one in report.json()["urged"]] == ["D1", "D2"]
    city.open_day("2026-07-23")
    again = city.ask("bureau", f"{city.path_of('two')}/urge", "POST", json=orders["two"]).json()
    assert [one["organisation"] for one in again["urged"]] == ["A", "B", "C"]


def test_alerts_reminds_urges_and_lets_go(city: City) -> None:
    """Yellow three days before, urged, red when overdue, cleared when the campaign is closed."""
    dues = {"unit": "2026-07-27", "department": "2026-08-30", "bureau": "2026-08-31"}
    city.open_day("2026-07-23")
    city.open("alarm", dues=dues)
    city.open_day("2026-07-24")

    def standing(state: str) -> dict[str, str]:
        asked = {"jurisdiction": CITY, "rule": "forms_due", "state": state, "limit": 100}
        found = city.ask("bureau", "/v1/alerts", service="alerts", params=asked).json()["items"]
        return {
            one["project_id"]: one["severity"]
            for one in found
            if one["scope_subject"] == "alarm:form"
        }

    owing = [f"{CITY}/{unit}" for unit in "ABC"]
    eventually(lambda: standing("open") == dict.fromkeys(owing, "yellow"), DEADLINE_SECONDS)
    own = city.ask("unit-b", "/v1/alerts", service="alerts", params={"rule": "forms_due"}).json()
    assert {one["project_id"] for one in own["items"]} == {f"{CITY}/B"}

    urged = city.ask("bureau", f"{city.path_of('alarm')}/urge", "POST", json={"kind": "form"})
    assert len(urged.json()["urged"]) == 3

    def passed_on() -> bool:
        feed = city.ask("bureau", f"/v1/feeds/{CITY}", service="alerts", params={"limit": 500})
        told = [one["subject"] for one in feed.json()["items"] if ".urged." in one["type"]]
        return set(owing) <= set(told)

    eventually(passed_on, DEADLINE_SECONDS)
    city.open_day("2026-07-28")
    eventually(lambda: standing("open") == dict.fromkeys(owing, "red"), DEADLINE_SECONDS)
    city.ask("bureau", f"{city.path_of('alarm')}/close", "POST")
    eventually(lambda: standing("cleared").keys() == set(owing), DEADLINE_SECONDS)


def test_due_dates_are_changed_for_all_its_papers_and_closing_ends_it(city: City) -> None:
    """Moved, they are overdue no more; closed, nothing is urged any more."""
    found = city.open("moved")
    dues = {"unit": "2026-12-20", "department": "2026-12-21", "bureau": "2026-12-22"}
    stale = city.ask(
        "bureau",
        city.path_of("moved"),
        "PATCH",
        json={"dues": dues},
        headers={"if-match": f'"{found["version"] + 7}"'},
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    wrong = {**dues, "unit": "2026-12-24"}
    refused = city.ask("bureau", city.path_of("moved"), "PATCH", json={"dues": wrong})
    assert (refused.status_code, refused.json()["code"]) == (422, "dues_out_of_order")
    city.open_day("2026-08-03")
    changed = city.ask(
        "bureau", city.path_of("moved"), "PATCH", json={"dues": dues, "name": "延期"}
    )
    assert (changed.status_code, changed.json()["name"]) == (200, "延期")

    def in_time() -> bool:
        totals = city.ask("bureau", f"{city.path_of('moved')}/board").json()["totals"]
        return totals["overdue"] == totals["reports"]["overdue"] == 0

    eventually(in_time, DEADLINE_SECONDS)
    closed = city.ask("bureau", f"{city.path_of('moved')}/close", "POST").json()
    assert (closed["state"], closed["closed_on"]) == ("closed", "2026-08-03")
    urged = city.ask("bureau", f"{city.path_of('moved')}/urge", "POST", json={"kind": "form"})
    assert (urged.status_code, urged.json()["code"]) == (409, "not_open")


def test_a_second_monitoring_asks_for_what_lagged(city: City) -> None:
    """On 1-9月, of those that were red in the campaign before (domain-rules 23)."""
    city.open("first")
    city.open_day("2026-10-09")
    found = city.open(
        "second", scope={"kind": "lagging", "campaign": "first"}, cut_off="2026-09-30"
    )
    listed = city.ask("bureau", f"{city.path_of('second')}/board").json()["departments"]
    assert found["forms"] == 1
    assert [unit["unit"] for row in listed for unit in row["units"]] == ["A"]
    none = city.plan("third", scope={"kind": "lagging", "campaign": "nothing"})
    assert (none.status_code, none.json()["code"]) == (422, "unknown_earlier_campaign")
