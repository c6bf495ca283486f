"""Papers on the whole stack: filled in, handed in through the ledger, passed on (Art. 6, 12)."""

import secrets
from collections.abc import Iterator
from typing import Final

import pytest

from deploy.local.stack import Stack
from tests.integration.reporting.cities import OWN, Desk, address, one_department

pytestmark = pytest.mark.integration

CITY: Final = "C613"
PROJECT: Final = f"{CITY}/P1"
FORM: Final = f"{CITY}/mid/form/P1"
OTHER: Final = f"{CITY}/mid/form/P2"
REPORT: Final = f"{CITY}/mid/report/D1"


@pytest.fixture(scope="module")
def city(whole_stack: Stack) -> Iterator[Desk]:
    """Its campaign is open; nobody has filled anything in yet."""
    with one_department(whole_stack, CITY) as made:
        yield made


def test_a_form_shows_what_the_ledger_knows_and_what_it_lacks(city: Desk) -> None:
    """Filled from the ledger; the unit adds what people know (Art. 12(1), domain-rules 20)."""
    found = city.paper("filler")

    assert (found["state"], found["edition"], found["frozen"]) == ("filling", 0, False)
    assert found["yours"] == ["draft", "delegate", "dispute", "submit"]
    assert found["form"]["provenance"]["paper"] == FORM
    assert [row["key"] for row in found["form"]["funding"]] == [
        "total",
        "general_public",
        "other_funds",
        OWN,
    ]
    codes = {gap["code"] for gap in found["gaps"]}
    assert {"cause_missing", "footer_missing", "possibility_missing"} <= codes
    refused = city.step("filler", "submit")
    assert (refused.status_code, refused.json()["code"]) == (422, "incomplete")
    assert refused.json()["gaps"] == found["gaps"]
    assert city.ask("other-unit", address(FORM)).status_code == 404


def test_fields_are_saved_all_or_none(city: Desk) -> None:
    """Each with its version: who was faster is told, and nothing is lost (domain-rules 20)."""
    first = city.save("filler", {"/remarks": "一", "/contact/phone": "029"})
    assert first.json()["draft"]["/remarks"]["version"] == 1
    stale = [
        {"field": "/remarks", "value": "二", "version": 0},
        {"field": "/contact/head", "value": "王", "version": 0},
    ]
    answer = city.ask("approver", f"{address(FORM)}/draft", "PATCH", json={"fields": stale})
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_fields")
    assert answer.json()["fields"][0]["value"] == "一"
    assert "/contact/head" not in city.paper("filler")["draft"]
    treasury = city.save("filler", {"/funding/general_public/own_spent": "1.00"})
    assert (treasury.status_code, treasury.json()["code"]) == (422, "unknown_field")
    unreadable = city.save("filler", {"/carryover": "1.5"})
    assert (unreadable.status_code, unreadable.json()["code"]) == (422, "unreadable_field")


def test_what_is_typed_comes_back_through_the_ledger(city: Desk) -> None:
    """Results and own funds become facts, then the edition is frozen (domain-rules 20)."""
    before = len(city.ledger())
    typed = {
        "/indicators/K1/result": {"value_text": "48", "value": "48"},
        f"/funding/{OWN}/own_spent": "15.00",
        "/funding/total/expected_spent": "120.00",
    }
    assert city.save("filler", typed).status_code == 200
    city.fill("filler")
    key = {"headers": {"idempotency-key": "submit-1"}}
    handed = city.done("filler", "submit", FORM, note="请审核", **key)
    again = city.done("filler", "submit", FORM, note="请审核", **key)

    assert (handed["state"], handed["edition"], handed["frozen"]) == ("unit_approval", 1, True)
    assert again == handed
    stated = sorted(entry["type"] for entry in city.ledger()[before:])
    assert stated == [
        "dualwatch.expenditure.recorded.v1",
        "dualwatch.target_progress.reported.v2",
    ]
    rows = {row["key"]: row for row in handed["form"]["funding"]}
    assert rows[OWN]["spent"] == rows["other_funds"]["spent"] == "15.00"
    assert rows["total"]["spent"] == "25.00"
    (k1,) = [row for row in handed["form"]["indicators"] if row["indicator"] == "K1"]
    assert (k1["actual"], k1["declared_result"]) == ("48", "48")
    assert handed["form"]["provenance"]["results_cut"]


def test_a_form_goes_from_hand_to_hand(city: Desk) -> None:
    """Returned, handed in again without stating anything twice, looked at in order."""
    before = len(city.ledger())
    reasons = [{"field": "/remarks", "reason": "不清楚"}]
    returned = city.done("approver", "return", reasons=reasons)
    assert (returned["state"], returned["returned"]) == ("filling", reasons)
    assert city.save("filler", {"/remarks": "更清楚"}).status_code == 200
    city.done("filler", "submit")
    assert len(city.ledger()) == before
    assert city.step("filler", "approve").status_code == 403
    states = [
        city.done(who, "approve")["state"]
        for who in ("approver", "department", "counterpart", "bureau")
    ]
    assert states == ["department_review", "counterpart_review", "performance_review", "accepted"]
    changed = city.ask("bureau", f"{address(FORM)}/changes", params={"from": 1, "to": 2}).json()
    assert {"field": "/remarks", "from": "一", "to": "更清楚"} in changed["items"]
    steps = city.ask("filler", f"{address(FORM)}/history").json()["items"]
    kinds = ["submitted", "returned", "submitted", *["passed"] * 4]
    assert [step["kind"] for step in steps] == kinds
    editions = city.ask("filler", f"{address(FORM)}/editions").json()["items"]
    assert [(each["edition"], each["late"]) for each in editions] == [(1, False), (2, False)]
    one = city.ask("filler", f"{address(FORM)}/editions/1").json()
    assert one["content"]["remarks"] == "一"


def test_figures_are_disputed_and_settled(city: Desk) -> None:
    """A reasoned ticket to the data desk; printed with the form (domain-rules 20)."""
    figure = "/funding/total/spent"
    found = city.done("filler", "dispute", OTHER, field=figure, reason="少计一笔")
    assert found["form"]["disputes"] == [{"field": figure, "reason": "少计一笔", "answer": None}]
    waiting = city.ask("desk", "/v1/papers", params={"waiting": "me", "jurisdiction": CITY}).json()
    assert [item["id"] for item in waiting["items"]] == [OTHER]
    settled = city.done("desk", "settle", OTHER, field=figure, answer="已更正", corrected=True)
    assert settled["disputes"][0]["answered_by"] == city.id_of("desk")
    nowhere = city.step("desk", "settle", OTHER, field=figure, answer="再答", corrected=False)
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "unknown_dispute")
    unknown = city.step("filler", "dispute", OTHER, field="/funding/none/spent", reason="?")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_field")


def test_what_came_on_paper_is_entered_with_its_scan(city: Desk) -> None:
    """线下报送 entered by the bureau: the scan is bound to the edition's hash (rule 23)."""
    to = city.done("filler", "delegate", OTHER, to=city.id_of("approver"))
    assert to["assignee"] == city.id_of("approver")
    city.fill("bureau", OTHER)
    bare = city.step("bureau", "enter", OTHER)
    assert (bare.status_code, bare.json()["code"]) == (422, "scan_required")
    unknown = {"sha256": "0" * 64, "name": "x.pdf", "media_type": "application/pdf", "bytes": 9}
    nowhere = city.step("bureau", "enter", OTHER, scan=unknown)
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "unknown_evidence")
    scan = city.attach("filler", f"{CITY}/P2")
    early = city.step("bureau", "enter", OTHER, scan=scan, received_on="2020-01-01")
    assert (early.status_code, early.json()["code"]) == (422, "received_outside")
    today = city.paper("bureau", OTHER)["changed_on"]
    entered = city.done("bureau", "enter", OTHER, scan=scan, received_on=today)
    assert (entered["state"], entered["entered"]) == ("counterpart_review", True)
    assert (entered["submitted_on"], entered["late"]) == (today, False)
    bound = {"edition": 1, "sha256": entered["sha256"], "scan": scan["sha256"]}
    assert bound.items() <= entered["seals"][0].items()
    (edition,) = city.ask("filler", f"{address(OTHER)}/editions").json()["items"]
    step = city.ask("filler", f"{address(OTHER)}/history").json()["items"][-1]
    feed = city.ask("bureau", f"/v1/reports/feed/{CITY}", params={"limit": 1000}).json()["items"]
    told = [item["data"] for item in feed if item["type"].endswith("paper.entered.v2")]
    assert {one["scan"] for one in (edition, step, *told)} == {scan["sha256"]}


def test_what_was_entered_is_reviewed_sealed_and_reopened(city: Desk) -> None:
    """Both desks look at it, another than entered it accepts; a sealed scan takes its place."""
    assert "approve" in city.paper("counterpart", OTHER)["yours"]
    assert city.step("bureau-2", "approve", OTHER).status_code == 403
    scan = city.attach("filler", f"{CITY}/P2")
    sealed = city.done("filler", "seal", OTHER, edition=1, scan=scan)
    assert [each["sha256"] for each in sealed["seals"]] == [sealed["sha256"]]
    city.done("counterpart", "approve", OTHER)
    assert city.step("bureau", "approve", OTHER).json()["code"] == "own_submission"
    wrong = {"step": "approve", "papers": [OTHER, f"{CITY}/mid/form/PX"]}
    bulk = city.ask("bureau-2", "/v1/papers/bulk", "POST", json=wrong).json()["items"]
    assert [item["status"] for item in bulk] == [200, 404]
    reopened = city.done("filler", "reopen", OTHER, note="更正金额")
    assert (reopened["state"], reopened["accepted"]) == ("filling", 1)
    withdrawn = city.step("filler", "withdraw", OTHER)
    assert withdrawn.status_code == 403


def test_a_report_is_handed_in_with_its_missing_forms_explained(city: Desk) -> None:
    """Art. 12(4): what no figure can write is written by people."""
    lacking = city.paper("department", REPORT)
    assert [gap["code"] for gap in lacking["gaps"]] == ["section_missing"] * 3 + ["forms_missing"]
    assert lacking["report"] is not None
    city.fill("department", REPORT)
    handed = city.done("department", "submit", REPORT)
    assert (handed["state"], handed["frozen"]) == ("counterpart_review", True)
    states = [city.done(who, "approve", REPORT)["state"] for who in ("counterpart", "bureau")]
    assert states == ["performance_review", "accepted"]


def test_everything_is_told_in_order(city: Desk) -> None:
    """The feed is gapless for whoever sees all; others get what is theirs."""
    path = f"/v1/reports/feed/{CITY}"
    whole = city.ask("bureau", path, params={"limit": 1000}).json()
    cursors = [item["data"]["cursor"] for item in whole["items"]]
    assert cursors == list(range(1, len(cursors) + 1))
    theirs = city.ask("other-unit", path, params={"limit": 1000}).json()["items"]
    assert not [item for item in theirs if item["data"].get("project") == PROJECT]


def test_lists_are_filtered_and_paged(city: Desk) -> None:
    """By campaign, kind, unit, light, words; page by page; only what one may see."""
    asked = {"campaign": f"{CITY}/mid", "limit": 2}
    first = city.ask("bureau", "/v1/papers", params=asked).json()
    second = city.ask("bureau", "/v1/papers", params={**asked, "after": first["next"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == [
        FORM,
        OTHER,
        f"{CITY}/mid/form/P3",
        REPORT,
    ]
    mine = city.ask("other-unit", "/v1/papers").json()["items"]
    assert [item["project"] for item in mine] == [f"{CITY}/P3"]
    overdue = {"jurisdiction": CITY, "overdue": True}
    assert city.ask("bureau", "/v1/papers", params=overdue).json()["items"] == []
    nowhere = city.ask("bureau", "/v1/papers", params={"overdue": True})
    assert nowhere.json()["code"] == "jurisdiction_required"


def test_a_repeated_key_for_another_command_is_refused(city: Desk) -> None:
    """One key stands for one request."""
    key = {"headers": {"idempotency-key": secrets.token_hex(8)}}
    paper = f"{CITY}/mid/form/P3"
    city.done("other-unit", "delegate", paper, to="me", **key)
    other = city.step("other-unit", "delegate", paper, to=None, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_with_analysis_away_what_is_frozen_stays_readable(city: Desk) -> None:
    """Handing in says what is away, freezes nothing, and goes on when it is back."""
    paper = f"{CITY}/mid/form/P3"
    typed = {"/indicators/K1/result": {"value_text": "70", "value": "70"}}
    assert city.save("other-unit", typed, paper).status_code == 200
    city.fill("other-unit", paper)
    key = {"headers": {"idempotency-key": secrets.token_hex(8)}}
    city.stack.halt("analysis")
    away = city.step("other-unit", "submit", paper, **key)
    frozen, draft = city.paper("filler"), city.paper("other-unit", paper)
    city.stack.restart("analysis")
    handed = city.done("other-unit", "submit", paper, **key)

    assert (away.status_code, away.json()["code"]) == (503, "analysis_unreachable")
    assert (frozen["frozen"], frozen["edition"]) == (True, 2)
    assert (draft["state"], draft["edition"]) == ("filling", 0)
    assert (handed["state"], handed["edition"]) == ("unit_approval", 1)
    kinds = [entry["type"] for entry in city.ledger(f"{CITY}/P3")]
    assert kinds.count("dualwatch.target_progress.reported.v2") == 1


def test_a_result_that_was_cleared_is_taken_back_through_the_ledger(city: Desk) -> None:
    """Told on the form before it is handed in; what was frozen before stays (domain-rules 20)."""
    paper = f"{CITY}/mid/form/P3"
    city.done("other-unit", "withdraw", paper)
    cleared = city.save("other-unit", {"/indicators/K1/result": None}, paper).json()
    before = len(city.ledger(f"{CITY}/P3"))
    refreshed = city.done("other-unit", "refresh", paper)
    city.fill("other-unit", paper)
    handed = city.done("other-unit", "submit", paper)
    first = city.ask("other-unit", f"{address(paper)}/editions/1").json()["content"]

    assert [one["pointer"] for one in cleared["withdrawals"]] == ["/indicators/K1/result"]
    assert [row["actual"] for row in cleared["form"]["indicators"]] == ["70"]
    (stated,) = city.ledger(f"{CITY}/P3")[before:]
    assert stated["type"] == "dualwatch.target_progress.withdrawn.v1"
    assert refreshed["withdrawals"] == handed["withdrawals"] == []
    assert [row["actual"] for row in handed["form"]["indicators"]] == ["尚未到期"]
    assert [row["actual"] for row in first["indicators"]] == ["70"]
