"""第十二条: July. Units hand in their forms, departments their reports, the bureau adds up."""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest

from deploy.local.stack import Stack
from tests.spec.article_12_mid_year.july import (
    CAMPAIGN,
    CITY,
    CUT_OFF,
    KEY,
    SECONDS,
    July,
    money,
    organisations,
    run,
    simulate,
)
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration

PATH: Final = f"/v1/campaigns/{quote(KEY, safe='')}"
COLUMNS: Final = {
    "original": "original_budget",
    "adjusted": "adjusted_budget",
    "disbursed": "disbursed",
    "spent": "spent",
}
"""Columns of reports and summaries, and what analysis calls them."""
NO_BUDGET: Final = ""
"""Account of what was spent without a budget line (domain-rules 17a)."""
TOGETHER: Final = 100
"""Papers that are let pass by one command."""
LATE: Final = 1
"""Units that hand in after their due date."""


def _projects(request: pytest.FixtureRequest) -> int:
    return int(getattr(request, "param", 60))


@pytest.fixture(
    scope="module", params=[60, pytest.param(300, marks=pytest.mark.long)], ids=["60", "300"]
)
def july(request: pytest.FixtureRequest) -> Iterator[July]:
    """A city on 1 July, its people, and its campaign opened by the performance division."""
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-july-") as folder,
        httpx.Client(timeout=60) as http,
    ):
        place = Path(folder)
        log = simulate(place, _projects(request))
        with Stack(place / "data", ports_from=free_ports_from()) as stack:
            run(place / "data", "publish", str(log))
            made = July(stack, http, {"deployment": stack.endpoints().key})
            made.open_day("2026-07-01")
            _people(made)
            _opened(made)
            yield made


def _people(july: July) -> None:
    """Two desks, the data desk, and for each department a filler, an approver and a reviewer."""
    july.person("performance", "performance_division")
    july.person("counterpart", "counterpart_division")
    july.person("desk", "data_desk")
    for code, data in organisations(july).items():
        if data["kind"] == "department":
            july.person(f"filler-{code}", "unit_filler", code)
            july.person(f"approver-{code}", "unit_approver", code)
            july.person(f"reviewer-{code}", "department_reviewer", code)
    for who in july.keys:
        july.known(who)


def _opened(july: July) -> None:
    july.done(
        "performance",
        "/v1/campaigns",
        {
            "jurisdiction": CITY,
            "id": CAMPAIGN,
            "name": "2026年1-6月绩效运行监控",
            "fiscal_year": 2026,
            "cut_off": CUT_OFF,
        },
    )
    july.done("performance", f"{PATH}/open")
    eventually(
        lambda: july.told("performance", PATH)["state"] == "open", SECONDS, "the campaign is open"
    )


@pytest.fixture(scope="module")
def forms(july: July) -> list[dict[str, Any]]:
    """All forms, as the performance division sees them right after opening."""
    return july.papers("performance", campaign=KEY, kind="form")


def test_the_campaign_has_the_regulations_dates(july: July) -> None:
    """第十二条: 1-6月, in July, reports before 31 July."""
    found = july.told("performance", PATH)

    assert found["period_from"] == "2026-01-01"
    assert found["dues"]["department"] == "2026-07-31"
    assert found["cut"]


def test_every_project_has_one_form_and_every_department_one_report(
    july: July, forms: list[dict[str, Any]]
) -> None:
    """第四条: full coverage. Art. 12(3), 12(4)."""
    measured = _measured(july)
    reports = july.papers("performance", campaign=KEY, kind="report")

    assert sorted(form["project"] for form in forms) == sorted(measured)
    assert sorted(report["department"] for report in reports) == sorted(
        {form["department"] for form in forms if form["department"]}
    )


def test_a_unit_sees_its_own_forms_alone(july: July, forms: list[dict[str, Any]]) -> None:
    """第六条: who spends is responsible, and powers match duties (Art. 4)."""
    mine, theirs = _two_departments(forms)
    who = f"filler-{mine}"

    assert {form["department"] for form in july.papers(who, campaign=KEY)} == {mine}
    (other, *_) = [form for form in forms if form["department"] == theirs]
    answer = july.ask(who, "reporting", f"/v1/papers/{quote(other['id'], safe='')}")
    assert answer.status_code == 404


def test_treasury_money_on_a_form_is_the_ledgers(july: July, forms: list[dict[str, Any]]) -> None:
    """domain-rules 20: treasury money is read-only, and equals what analysis says at the cut."""
    measured = _measured(july)
    for listed in forms:
        form = july.paper("performance", listed["id"])["form"]
        (row,) = [row for row in form["funding"] if row["key"] == "total"]
        whole = measured[listed["project"]]["execution"]["money"]
        assert money(row["spent"]) == money(whole["spent"]), listed["id"]
        assert money(row["adjusted_budget"]) == money(whole["adjusted_budget"]), listed["id"]
        assert row["execution_rate_bp"] == whole["execution_rate_bp"], listed["id"]


def test_a_form_without_its_causes_is_not_taken_in(july: July, forms: list[dict[str, Any]]) -> None:
    """第十二条(二): whoever is behind says why."""
    behind = next(
        form
        for form in forms
        if any(
            gap["pointer"].endswith("/areas")
            for gap in july.paper("performance", form["id"])["gaps"]
        )
    )
    path = f"/v1/papers/{quote(behind['id'], safe='')}/submit"

    assert july.refused(f"filler-{behind['department']}", path) == (422, "incomplete")


@pytest.fixture(scope="module")
def handed_in(july: July, forms: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """July goes by: everything is filled in, looked at, returned once, corrected, accepted."""
    ordered = sorted(forms, key=lambda form: (form["department"], form["id"]))
    last = ordered[-LATE:]
    _dispute(july, ordered[1])
    july.seen["typed"] = _type_a_result(july, ordered[:-LATE])
    for form in ordered[:-LATE]:
        _hand_in(july, form)
    _return_once(july, ordered[0])
    july.open_day("2026-07-21")
    july.seen["overdue"] = july.told("performance", f"{PATH}/overdue")["items"]
    july.seen["urged"] = [
        july.done("performance", f"{PATH}/urge", {"kind": "form", "note": "请尽快报送"})
        for _ in range(2)
    ]
    july.seen["reminded"] = eventually(lambda: _reminders(july), SECONDS, "subscribers are told")
    for form in last:
        _hand_in(july, form)
    for department, theirs in groupby(ordered, key=lambda form: form["department"]):
        _approve(july, f"reviewer-{department}", [form["id"] for form in theirs])
    _reports(july, ordered)
    for desk in ("counterpart", "performance"):
        waiting = july.papers(desk, campaign=KEY, waiting="me")
        _approve(july, desk, [paper["id"] for paper in waiting])
    return {paper["id"]: paper for paper in july.papers("performance", campaign=KEY)}


def _approve(july: July, who: str, papers: list[str]) -> None:
    """Let papers pass together (domain-rules 23); each is answered by itself."""
    for first in range(0, len(papers), TOGETHER):
        some = papers[first : first + TOGETHER]
        wanted = {"step": "approve", "papers": some, "note": "属实"}
        items = july.done(who, "/v1/papers/bulk", wanted)["items"]
        assert [item["status"] for item in items] == [200] * len(some), items


def _reminders(july: July) -> list[dict[str, Any]]:
    """Alerts that remind of overdue forms: what feeds, webhooks and mail carry."""
    asked = {"jurisdiction": CITY, "rule": "forms_due", "severity": "red", "state": "open"}
    found: list[dict[str, Any]] = july.ask(
        "performance", "alerts", "/v1/alerts", params=asked
    ).json()["items"]
    return found


def _type_a_result(july: July, forms: list[dict[str, Any]]) -> dict[str, Any]:
    """Type the half-year's result of a quantity on a form, as its unit knows it."""
    for form in forms:
        filler = f"filler-{form['department']}"
        for row in july.paper(filler, form["id"])["form"]["indicators"]:
            if row["behaviour"] == "progress" and row["unit"] != "%":
                result = {"value_text": "777", "value": "777", "on": CUT_OFF}
                pointer = f"/indicators/{row['indicator']}/result"
                july.fill(filler, form["id"], {pointer: result})
                # What falls behind by it needs its cause before the form is handed in.
                july.step(filler, form["id"], "refresh")
                return {"form": form, "indicator": row["indicator"]}
    raise AssertionError(forms)


def _hand_in(july: July, form: dict[str, Any]) -> None:
    filler, approver = (f"{who}-{form['department']}" for who in ("filler", "approver"))
    july.complete(filler, form["id"])
    july.step(filler, form["id"], "submit", note="请审核")
    july.step(approver, form["id"], "approve", note="同意报送")


def _dispute(july: July, form: dict[str, Any]) -> None:
    filler = f"filler-{form['department']}"
    july.step(filler, form["id"], "dispute", field="/funding/total/spent", reason="6月退票未冲减")


def _return_once(july: July, form: dict[str, Any]) -> None:
    reason = {"field": "/contact/phone", "reason": "请填写座机"}
    july.step(f"reviewer-{form['department']}", form["id"], "return", reasons=[reason])
    found = july.fill(f"filler-{form['department']}", form["id"], {"/contact/phone": "029-1"})
    assert [item["field"] for item in found["returned"]] == ["/contact/phone"]
    _hand_in(july, form)


def _reports(july: July, forms: list[dict[str, Any]]) -> None:
    for department, _ in groupby(forms, key=lambda form: form["department"]):
        (report,) = july.papers("performance", campaign=KEY, kind="report", department=department)
        july.complete(f"reviewer-{department}", report["id"])
        july.step(f"reviewer-{department}", report["id"], "submit", note="报送")


def test_everything_is_accepted_in_the_end(handed_in: dict[str, dict[str, Any]]) -> None:
    """第十二条(四): at the counterpart division and the performance division."""
    assert {paper["state"] for paper in handed_in.values()} == {"accepted"}


def test_what_a_unit_types_on_its_form_is_a_fact_before_it_is_handed_in(
    july: July, handed_in: dict[str, dict[str, Any]]
) -> None:
    """第十二条(一)(三), domain-rules 20: it comes back through the ledger, source unit form."""
    assert handed_in
    form, indicator = july.seen["typed"]["form"], july.seen["typed"]["indicator"]
    content = july.paper("performance", form["id"])["form"]
    (row,) = [row for row in content["indicators"] if row["indicator"] == indicator]
    facts = [
        event["data"]
        for event in july.entries(form["project"])
        if event["type"] == "dualwatch.target_progress.reported.v2"
        and event["data"]["indicator"] == indicator
        and event["data"].get("source_kind") == "unit_form"
    ]

    assert [(fact["value"], fact["date"]) for fact in facts] == [("777", CUT_OFF)]
    assert row["actual"].startswith("777")


def test_who_is_overdue_is_named_urged_once_a_day_and_reminded(
    july: July, handed_in: dict[str, dict[str, Any]]
) -> None:
    """第十五条, domain-rules 23: 催办, at most one per day and recipient; alerts tells them."""
    late = [paper for paper in handed_in.values() if paper["kind"] == "form" and paper["late"]]
    (owing,) = july.seen["overdue"]
    first, second = july.seen["urged"]

    assert owing["organisation"] in {late[0]["unit"], late[0]["department"]}
    assert [urged["organisation"] for urged in first["urged"]] == [owing["organisation"]]
    assert [left["reason"] for left in second["not_urged"]] == ["urged_today"]
    assert len(july.seen["reminded"]) == 1


def test_who_was_late_is_late_for_ever(
    handed_in: dict[str, dict[str, Any]], forms: list[dict[str, Any]]
) -> None:
    """第十三条: the work itself is assessed, so lateness is kept."""
    late = [paper for paper in handed_in.values() if paper["kind"] == "form" and paper["late"]]

    assert len(late) == LATE
    assert len(forms) > LATE


def test_a_returned_form_has_two_editions(
    july: July, handed_in: dict[str, dict[str, Any]], forms: list[dict[str, Any]]
) -> None:
    """Both stay as they were; what changed is told field by field."""
    ordered = sorted(forms, key=lambda form: (form["department"], form["id"]))
    first = handed_in[ordered[0]["id"]]
    path = f"/v1/papers/{quote(first['id'], safe='')}"
    changes = july.told("performance", f"{path}/changes", **{"from": 1, "to": 2})

    assert first["edition"] == 2
    assert [change["field"] for change in changes["items"]] == ["/contact/phone"]


def test_a_dispute_is_printed_and_answered(
    july: July, handed_in: dict[str, dict[str, Any]], forms: list[dict[str, Any]]
) -> None:
    """domain-rules 20: the form may be handed in with the dispute printed."""
    ordered = sorted(forms, key=lambda form: (form["department"], form["id"]))
    disputed = handed_in[ordered[1]["id"]]
    form = july.paper("performance", disputed["id"])["form"]
    assert [found["field"] for found in form["disputes"]] == ["/funding/total/spent"]

    answered = july.step(
        "desk", disputed["id"], "settle", field="/funding/total/spent", answer="已核对,无误",
        corrected=False,
    )  # fmt: skip
    assert answered["disputes"][0]["answer"] == "已核对,无误"


def test_sums_agree_to_the_fen_for_every_account(
    july: July, handed_in: dict[str, dict[str, Any]]
) -> None:
    """Forms, department reports, city summary and analysis say the same (Must hold)."""
    measured = _by_account(_measured(july).values())
    summary = july.told("performance", f"{PATH}/summary")
    of_city = {row["key"]: row for row in summary["whole"]["accounts"]}
    of_forms: dict[str, int] = {}
    of_reports: dict[str, int] = {}
    for paper in handed_in.values():
        found = july.paper("performance", paper["id"])
        if paper["kind"] == "form":
            for row in found["form"]["funding"]:
                if row["level"] == 1 and row["key"] in measured:
                    of_forms[row["key"]] = of_forms.get(row["key"], 0) + money(row["spent"])
        else:
            for row in found["report"]["accounts"]:
                of_reports[row["key"]] = of_reports.get(row["key"], 0) + money(row["spent"])

    assert of_forms == {account: sums["spent"] for account, sums in measured.items()}
    assert of_reports == of_forms
    for account, sums in measured.items():
        assert {COLUMNS[name]: money(of_city[account][name]) for name in COLUMNS} == sums


def test_the_board_counts_what_was_handed_in(
    july: July, handed_in: dict[str, dict[str, Any]]
) -> None:
    """第十三条: coverage and timeliness of every department."""
    board = july.told("performance", f"{PATH}/board")
    rows = [row for found in board["departments"] for row in (found, found["report"])]

    assert sum(row["asked"] for row in rows) == len(handed_in)
    assert sum(row["accepted"] for row in rows) == len(handed_in)
    assert july.told("performance", f"{PATH}/overdue")["items"] == []


def test_a_second_monitoring_asks_for_what_lags(
    july: July, handed_in: dict[str, dict[str, Any]]
) -> None:
    """domain-rules 23: red, or more than 30 % quantity deviation, in the first; 1-9月."""
    assert handed_in
    july.open_day("2026-10-01")
    second = f"{CITY}/2026-Q3"
    path = f"/v1/campaigns/{quote(second, safe='')}"
    july.done(
        "performance",
        "/v1/campaigns",
        {
            "jurisdiction": CITY,
            "id": "2026-Q3",
            "name": "2026年1-9月绩效运行监控",
            "fiscal_year": 2026,
            "cut_off": "2026-09-30",
            "scope": {"kind": "lagging", "campaign": CAMPAIGN},
        },
    )
    july.done("performance", f"{path}/open")
    eventually(lambda: july.told("performance", path)["state"] == "open", SECONDS, "it is open")
    again = {paper["project"] for paper in july.papers("performance", campaign=second, kind="form")}
    measured = {project for project, found in _measured(july).items() if _lags(found)}

    # What a unit typed on its form counts as its form shows it: far from what was due.
    assert again == measured | {july.seen["typed"]["form"]["project"]}
    assert measured


def _lags(assessment: dict[str, Any]) -> bool:
    return assessment["light"] == "red" or any(
        found["level_2"] == "数量指标"
        and found["ratio_bp"] is not None
        and abs(found["ratio_bp"] - 10_000) > 3_000
        for found in assessment["attainment"]["indicators"]
    )


def _two_departments(forms: list[dict[str, Any]]) -> tuple[str, str]:
    mine, theirs, *_ = sorted({form["department"] for form in forms})
    return mine, theirs


def _measured(july: July) -> dict[str, dict[str, Any]]:
    """Ask analysis for every project as of the cut-off, at the campaign's cut."""
    cut = july.told("performance", PATH)["cut"]
    found: dict[str, dict[str, Any]] = {}
    after: str | None = None
    while True:
        wanted = {"scope": CITY, "fiscal_year": 2026, "as_of": CUT_OFF, "at": cut, "limit": 200}
        page = july.ask(
            "performance",
            "analysis",
            "/v1/assessments",
            params={**wanted, **({"after": after} if after else {})},
        ).json()
        found.update({item["project_id"]: item["assessment"] for item in page["items"]})
        after = page["next"]
        if after is None:
            return found


def _by_account(assessments: Iterable[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Add up what analysis says, by budget; what no budget line covers stands apart."""
    found: dict[str, dict[str, int]] = {}
    for assessment in assessments:
        rest = _sums(assessment["execution"]["money"])
        for line in assessment["execution"]["lines"]:
            sums = _sums(line["money"])
            rest = {name: rest[name] - sums[name] for name in rest}
            _add(found, line["account"], sums)
        if any(rest.values()):
            _add(found, NO_BUDGET, rest)
    return found


def _sums(figures: dict[str, Any]) -> dict[str, int]:
    flat = {**figures, "original_budget": figures["components"]["original"]}
    return {name: money(flat[name]) for name in COLUMNS.values()}


def _add(found: dict[str, dict[str, int]], account: str, sums: dict[str, int]) -> None:
    before = found.get(account, dict.fromkeys(sums, 0))
    found[account] = {name: before[name] + sums[name] for name in sums}
