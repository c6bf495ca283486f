"""Dispositions, priority lists and referrals on the real store and topic (Art. 7, 14, 16)."""

import hashlib
import json
from typing import Any

import httpx
import pytest

from contracts.codec import decode, new_event
from contracts.envelope import AnyEvent
from contracts.events.intake import ListedProject, PriorityListPublished
from contracts.record import format_cut
from contracts.topics import PUBLISH_ALERTS
from contracts.vocabulary import PrincipalKind, PriorityListKind, Role
from deploy.local.stack import Stack
from services.chassis import clock
from services.chassis.identity import Key, Principal
from tests.integration.alerts.running import Alerts, Analysis, records_of, standing
from tests.integration.alerts.test_commands import FILE
from tests.support.builders import day_opened, jurisdiction, organisation
from tests.support.eventually import eventually_async
from tests.unit.alerts.builders import JUNE_30, NOTED, assessment, finding, indicator

pytestmark = pytest.mark.integration

DISPOSITION: dict[str, Any] = {
    "fiscal_year": 2026,
    "measure": "disbursement_stopped",
    "objective_grounds": False,
    "ground": "预计造成重大损失",
    "decision": {"body": "市财政局", "number": "市财发〔2026〕12号"},
    "decided_on": "2026-06-30",
}


def key_of(alerts: Alerts, name: str, role: Role, city: str, within: tuple[str, ...] = ()) -> str:
    """Let somebody in; return the key."""
    secret = f"dw_{name.replace('-', '')}_{'s' * 43}"
    key = Key(name.replace("-", ""), hashlib.sha256(secret.encode()).hexdigest(), clock.now())
    alerts.service.directory.put(
        Principal(
            name,
            PrincipalKind.STAFF,
            frozenset({role}),
            frozenset({city}),
            within,
            frozenset(within),
            (key,),
        )
    )
    return secret


async def ask(
    alerts: Alerts, method: str, path: str, who: str | None = None, key: str = "", **more: Any
) -> httpx.Response:
    """Ask as somebody; None: as the deployment."""
    headers = {"idempotency-key": key} if key else {}
    if who is not None:
        headers["authorization"] = f"Bearer {who}"
    return await alerts.client.request(method, path, headers=headers, **more)


async def stated(alerts: Alerts, jurisdiction: str, count: int) -> list[Any]:
    """Return what was stated to intake of a jurisdiction, once so much is there."""

    async def all_stated() -> list[Any]:
        found = [
            json.loads(record.value)
            for records in (await records_of(alerts.kafka, PUBLISH_ALERTS.name)).values()
            for record in records
        ]
        mine = [event for event in found if event["subject"].split("/")[0] == jurisdiction]
        assert count == len({event["id"] for event in mine})
        return mine

    return await eventually_async(all_stated)


async def _city(alerts: Alerts, analysis: Analysis, city: str) -> None:
    bad = (finding(),)
    await analysis.say_everywhere(jurisdiction(city), day_opened(JUNE_30, city))
    cut = await analysis.say(
        assessment(project=f"{city}/P1", findings=bad, ledger_position=1, lead_unit="U1"),
        assessment(project=f"{city}/P2", findings=bad, ledger_position=1, lead_unit="U2"),
    )
    await alerts.passed(cut)


async def test_a_disposition_is_stated_once(shared_stack: Stack, analysis: Analysis) -> None:
    """The same request again gets its first answer; other words under its key are refused."""
    body = {**DISPOSITION, "jurisdiction": "D901", "project": "P1"}
    async with standing(shared_stack) as alerts:
        await _city(alerts, analysis, "D901")
        first = await ask(alerts, "POST", "/v1/dispositions", key="one", json=body)
        again = await ask(alerts, "POST", "/v1/dispositions", key="one", json=body)
        other = {**body, "ground": "别的理由"}
        reused = await ask(alerts, "POST", "/v1/dispositions", key="one", json=other)
        bare = await ask(alerts, "POST", "/v1/dispositions", json=body)
        facts = await stated(alerts, "D901", 1)
        listed = await alerts.get("/v1/dispositions", project="D901/P1")

    assert [201, 200, 422, 400] == [r.status_code for r in (first, again, reused, bare)]
    assert first.json() == again.json() == listed["items"][0]
    assert "idempotency_key_reused" == reused.json()["code"]
    assert {first.json()["disposition_id"]} == {event["id"] for event in facts}
    event = decode(json.dumps(facts[0]).encode(), facts[0]["type"])
    assert ("D901/P1", "disbursement_stopped") == (event.subject, event.data.measure)


async def test_a_decision_is_of_ones_scope_and_of_a_day_that_was_opened(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Another unit's project is none; what is not opened cannot have been decided."""
    body = {**DISPOSITION, "jurisdiction": "D902", "project": "P2"}
    async with standing(shared_stack) as alerts:
        await _city(alerts, analysis, "D902")
        reviewer = key_of(alerts, "d902-dept", Role.DEPARTMENT_REVIEWER, "D902", ("U1",))
        filler = key_of(alerts, "d902-unit", Role.UNIT_FILLER, "D902", ("U2",))
        mine = {**body, "project": "P1"}
        answers = [
            await ask(alerts, "POST", "/v1/dispositions", who, key=f"k{n}", json=sent)
            for n, (who, sent) in enumerate(
                [
                    (reviewer, body),
                    (reviewer, {**body, "project": "nowhere"}),
                    (filler, body),
                    (reviewer, {**mine, "decided_on": "2026-07-01"}),
                    (reviewer, {**mine, "alert": "0" * 32}),
                    (reviewer, mine),
                ]
            )
        ]
        seen = await ask(alerts, "GET", "/v1/dispositions", reviewer)
        hidden = await ask(alerts, "GET", "/v1/dispositions", filler)

    assert [404, 404, 403, 422, 422, 201] == [answer.status_code for answer in answers]
    assert answers[0].json() == answers[1].json()
    assert ["/decided_on", "/alert"] == [answer.json()["pointer"] for answer in answers[3:5]]
    assert ([answers[5].json()], []) == (seen.json()["items"], hidden.json()["items"])


async def test_rules_nominate_and_owners_decide(shared_stack: Stack, analysis: Analysis) -> None:
    """A list holds once the ledger has it; the bureau's list is not a department's to decide."""
    body: dict[str, Any] = {
        "jurisdiction": "D903",
        "kind": "bureau",
        "fiscal_year": 2026,
        "decided_on": "2026-06-30",
        "projects": [
            {"project": "P1", "reason": "问题较多"},
            {"project": "P2", "reason": "执行缓慢"},
        ],
    }
    async with standing(shared_stack) as alerts:
        await _city(alerts, analysis, "D903")
        department = key_of(alerts, "d903-dept", Role.DEPARTMENT_REVIEWER, "D903", ("D1", "U1"))
        refused = await ask(alerts, "POST", "/v1/priority-lists", department, "a", json=body)
        bureau = key_of(alerts, "d903-perf", Role.PERFORMANCE_DIVISION, "D903")
        decided = await ask(alerts, "POST", "/v1/priority-lists", bureau, "b", json=body)
        facts = await stated(alerts, "D903", 1)
        before = await alerts.get("/v1/priority-lists", jurisdiction="D903")
        event = decode(json.dumps(facts[0]).encode(), facts[0]["type"])
        await alerts.passed(await analysis.say_everywhere(event))
        after = await alerts.get("/v1/priority-lists", jurisdiction="D903")
        filler = key_of(alerts, "d903-unit", Role.UNIT_FILLER, "D903", ("U2",))
        partly = (await ask(alerts, "GET", "/v1/priority-lists", filler)).json()

    assert (404, 201) == (refused.status_code, decided.status_code)
    assert [] == before["items"]
    told = [{**listed, "foreign": False} for listed in body["projects"]]
    assert [told] == [found["projects"] for found in after["items"]]
    assert [("P1", ""), ("P2", "执行缓慢")] == [
        (entry["project"], entry["reason"]) for entry in partly["items"][0]["projects"]
    ]


async def test_a_department_decides_its_own_list(shared_stack: Stack, analysis: Analysis) -> None:
    """Of its own projects; neither a unit nor a division of the bureau does, nor of another's."""
    body: dict[str, Any] = {
        "jurisdiction": "D905",
        "kind": "department",
        "organisation": "D1",
        "fiscal_year": 2026,
        "decided_on": "2026-06-30",
        "projects": [{"project": "P1", "reason": "执行缓慢"}],
    }
    foreign = {**body, "projects": [*body["projects"], {"project": "P2", "reason": ""}]}
    unknown = {**body, "projects": [{"project": "nowhere", "reason": ""}]}
    of_unit = {**body, "organisation": "U1"}
    async with standing(shared_stack) as alerts:
        await analysis.say_everywhere(
            jurisdiction("D905"),
            organisation("D1", "D905"),
            organisation("U1", "D905", kind="unit", parent="D1"),
            day_opened(JUNE_30, "D905"),
        )
        cut = await analysis.say(
            assessment(project="D905/P1", lead_unit="U1", department="D1"),
            assessment(project="D905/P2", lead_unit="U2", department="D2"),
        )
        await alerts.passed(cut)
        mine = key_of(alerts, "d905-dept", Role.DEPARTMENT_REVIEWER, "D905", ("D1", "U1"))
        perf = key_of(alerts, "d905-perf", Role.PERFORMANCE_DIVISION, "D905")
        desk = key_of(alerts, "d905-desk", Role.COUNTERPART_DIVISION, "D905", ("D1", "U1"))
        answers = [
            await ask(alerts, "POST", "/v1/priority-lists", who, key=f"k{n}", json=sent)
            for n, (who, sent) in enumerate(
                [
                    (perf, body),
                    (desk, body),
                    (mine, foreign),
                    (mine, unknown),
                    (mine, of_unit),
                    (mine, {**body, "organisation": "D2"}),
                    (mine, body),
                ]
            )
        ]
        whole = await ask(alerts, "POST", "/v1/priority-lists", key="whole", json=unknown)

    assert [404, 404, 422, 422, 422, 404, 201] == [answer.status_code for answer in answers]
    assert [
        ("not_its_project", "/projects/1/project"),
        ("not_its_project", "/projects/0/project"),
        ("not_a_department", "/organisation"),
    ] == [(answer.json()["code"], answer.json()["pointer"]) for answer in answers[2:5]]
    assert 201 == whole.status_code


async def test_what_is_anothers_on_a_departments_list_is_told(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Other publishers may state any list: it does not hold for what is not the department's."""
    data = PriorityListPublished(
        date=JUNE_30,
        fiscal_year=2026,
        priority_list="of-others",
        kind=PriorityListKind.DEPARTMENT,
        organisation="D1",
        projects=tuple([ListedProject(project=name) for name in ("P1", "P2", "new")]),
    )
    event = new_event(data, event_id="of-others", source="urn:test", subject="D909", time=NOTED)
    async with standing(shared_stack) as alerts:
        await analysis.say_everywhere(jurisdiction("D909"), day_opened(JUNE_30, "D909"))
        late = (indicator(ratio_bp=5_000),)
        await analysis.say(
            assessment(project="D909/P1", lead_unit="U1", department="D1", indicators=late),
            assessment(project="D909/P2", lead_unit="U2", department="D2", indicators=late),
        )
        await alerts.passed(await analysis.say_everywhere(event))
        mine = key_of(alerts, "d909-dept", Role.DEPARTMENT_REVIEWER, "D909", ("D1", "U1"))
        whole = await alerts.get("/v1/priority-lists", jurisdiction="D909")
        part = (await ask(alerts, "GET", "/v1/priority-lists", mine)).json()
        asked = {"jurisdiction": "D909", "kind": "department"}
        nominated = await alerts.get("/v1/priority-lists/nominations", **asked)

    def foreign(found: Any) -> list[bool]:
        return [entry["foreign"] for entry in found["items"][0]["projects"]]

    assert [False, True, False] == foreign(whole)
    assert [False, True, True] == foreign(part)
    assert {"D909/P1": True, "D909/P2": False} == {
        item["project_id"]: item["listed"] for item in nominated["items"]
    }


async def test_a_project_that_moved_is_nominated_as_its_present_departments(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Its alerts are of the time before it moved; the list of who has it now is what counts."""
    code, late = "D910", (indicator(ratio_bp=5_000),)

    def listed(organisation: str, *projects: str) -> AnyEvent:
        data = PriorityListPublished(
            date=JUNE_30,
            fiscal_year=2026,
            priority_list=organisation,
            kind=PriorityListKind.DEPARTMENT,
            organisation=organisation,
            projects=tuple([ListedProject(project=name) for name in projects]),
        )
        return new_event(data, event_id=organisation, source="urn:test", subject=code, time=NOTED)

    async with standing(shared_stack) as alerts:
        await analysis.say_everywhere(
            jurisdiction(code), day_opened(JUNE_30, code), listed("D1", "P1"), listed("D2", "P2")
        )
        for position, (unit, department) in enumerate((("U1", "D1"), ("U2", "D2")), 1):
            await analysis.say(
                *(
                    assessment(
                        project=f"{code}/{name}",
                        lead_unit=unit,
                        department=department,
                        indicators=late,
                        ledger_position=position,
                    )
                    for name in ("P1", "P2")
                )
            )
        await alerts.passed(format_cut(analysis.positions))
        asked = {"jurisdiction": code, "kind": "department"}
        found = await alerts.get("/v1/priority-lists/nominations", **asked)
        (old, *_) = (await alerts.get("/v1/alerts", jurisdiction=code))["items"]

    assert "D1" == old["department"]
    assert {(f"{code}/P1", "D2", "U2", False), (f"{code}/P2", "D2", "U2", True)} == {
        (item["project_id"], item["department"], item["lead_unit"], item["listed"])
        for item in found["items"]
    }


async def test_a_list_may_be_empty_and_is_checked_once(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """It ends the one before; a repeated request gets its answer though its project has moved."""
    body: dict[str, Any] = {
        "jurisdiction": "D908",
        "kind": "department",
        "organisation": "D1",
        "fiscal_year": 2026,
        "decided_on": "2026-06-30",
        "projects": [{"project": "P1", "reason": "执行缓慢"}],
    }
    own = assessment(project="D908/P1", lead_unit="U1", department="D1", ledger_position=1)
    moved = assessment(project="D908/P1", lead_unit="U2", department="D2", ledger_position=9)
    async with standing(shared_stack) as alerts:
        await analysis.say_everywhere(jurisdiction("D908"), day_opened(JUNE_30, "D908"))
        await alerts.passed(await analysis.say(own))
        mine = key_of(alerts, "d908-dept", Role.DEPARTMENT_REVIEWER, "D908", ("D1", "U1"))

        async def decide(key: str, **changes: Any) -> httpx.Response:
            sent = {**body, **changes}
            return await ask(alerts, "POST", "/v1/priority-lists", mine, key, json=sent)

        first = await decide("a")
        await alerts.passed(await analysis.say(moved))
        again, other, empty = [
            await decide("a"),
            await decide("b"),
            await decide("c", projects=[]),
        ]
        renamed = await decide("a", projects=[])

    assert [201, 200, 422, 201, 422] == [
        answer.status_code for answer in (first, again, other, empty, renamed)
    ]
    assert (first.json(), []) == (again.json(), empty.json()["projects"])
    assert ["not_its_project", "idempotency_key_reused"] == [
        answer.json()["code"] for answer in (other, renamed)
    ]


async def test_the_list_that_holds_is_the_later_dated(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """As analysis measures: what is stated afterwards of an earlier day changes the past alone."""

    def of_day(number: int, *projects: str) -> Any:
        data = PriorityListPublished(
            date=JUNE_30.replace(day=number),
            fiscal_year=2026,
            priority_list=f"of-{number}-{len(projects)}",
            kind=PriorityListKind.DEPARTMENT,
            organisation="D1",
            projects=tuple([ListedProject(project=name) for name in projects]),
        )
        return new_event(
            data, event_id=data.priority_list, source="urn:test", subject="D906", time=NOTED
        )

    async def held(alerts: Alerts, *events: Any) -> list[list[str]]:
        await alerts.passed(await analysis.say_everywhere(*events))
        found = await alerts.get("/v1/priority-lists", jurisdiction="D906")
        return [[entry["project"] for entry in item["projects"]] for item in found["items"]]

    async with standing(shared_stack) as alerts:
        await _city(alerts, analysis, "D906")
        assert [["P1"]] == await held(alerts, of_day(20, "P1"))
        assert [["P1"]] == await held(alerts, of_day(10, "P2"))
        assert [["P1", "P2"]] == await held(alerts, of_day(20, "P1", "P2"))
        assert [[]] == await held(alerts, of_day(21))


async def test_what_proves_a_decision_is_asked_for(shared_stack: Stack, analysis: Analysis) -> None:
    """Of intake, which does not run here: so nothing is decided on a file that may not be there."""
    about = {"jurisdiction": "D907", "project": "P1", "evidence": [FILE]}
    words = {"receiver": "市纪委监委", "statement": "线索", "kind": "discipline_lead"}
    referral = {**words, "fiscal_year": 2026, **about}
    async with standing(shared_stack) as alerts:
        await _city(alerts, analysis, "D907")
        bureau = key_of(alerts, "d907-perf", Role.PERFORMANCE_DIVISION, "D907")
        answers = [
            await ask(alerts, "POST", path, bureau, "one", json=body)
            for path, body in (
                ("/v1/dispositions", {**DISPOSITION, **about}),
                ("/v1/referrals", referral),
            )
        ]
        listed = await alerts.get("/v1/dispositions", project="D907/P1")

    found = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert [(503, "intake_unreachable")] * 2 == found
    assert [] == listed["items"]


async def test_a_referral_is_seen_by_those_it_names_and_leaves_no_trace(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Not by the deployment's own key, not in feed, alerts or facts (domain-rules 25)."""
    body = {
        "jurisdiction": "D904",
        "project": "P1",
        "fiscal_year": 2026,
        "kind": "discipline_lead",
        "receiver": "市纪委监委",
        "statement": "疑似挪用专项资金 <script>alert(1)</script>",
        "readers": ["d904-lead"],
    }
    async with standing(shared_stack) as alerts:
        await _city(alerts, analysis, "D904")
        bureau = key_of(alerts, "d904-perf", Role.PERFORMANCE_DIVISION, "D904")
        leader = key_of(alerts, "d904-lead", Role.BUREAU_LEADER, "D904")
        before = await alerts.feed("D904"), await alerts.get("/v1/alerts", jurisdiction="D904")
        made = await ask(alerts, "POST", "/v1/referrals", bureau, "one", json=body)
        again = await ask(alerts, "POST", "/v1/referrals", bureau, "one", json=body)
        place = f"/v1/referrals/{made.json()['referral_id']}"
        seen = [await ask(alerts, "GET", place, who) for who in (bureau, leader, None)]
        nothing = await ask(alerts, "GET", f"/v1/referrals/{'0' * 32}")
        early = await ask(
            alerts,
            "POST",
            f"{place}/steps",
            leader,
            "s0",
            json={"kind": "received", "on": "2026-07-02"},
        )
        over = {"kind": "handed_over", "on": "2026-07-01", "number": "移字1号"}
        stepped = [
            await ask(alerts, "POST", f"{place}/steps", bureau, "s1", json=over) for _ in range(2)
        ]
        named = {"kind": "named", "readers": []}
        reused = [
            await ask(alerts, "POST", f"{place}/steps", bureau, key, json=step)
            for key, step in (("one", over), ("s1", named), ("s1", {**over, "note": "x"}))
        ]
        await ask(alerts, "POST", f"{place}/steps", bureau, "s2", json=named)
        gone = await ask(alerts, "GET", place, leader)
        after = await alerts.feed("D904"), await alerts.get("/v1/alerts", jurisdiction="D904")

    assert (201, 200) == (made.status_code, again.status_code)
    assert [200, 200, 404, 404] == [answer.status_code for answer in (*seen, gone)]
    assert seen[2].text.replace(place[-32:], "0" * 32) == nothing.text
    assert "not_handed_over" == early.json()["code"]
    assert stepped[0].json() == stepped[1].json()
    assert [(422, "idempotency_key_reused")] * 3 == [
        (r.status_code, r.json()["code"]) for r in reused
    ]
    assert ["made", "handed_over"] == [step["kind"] for step in stepped[0].json()["steps"]]
    assert before == after
