"""Suppressions over HTTP on the real stack: previewed, told on alerts, ended by the day."""

import datetime as dt
from typing import Any

import pytest

from deploy.local.stack import Stack
from tests.integration.alerts.running import Alerts, Analysis, standing
from tests.integration.alerts.test_rules import published
from tests.integration.alerts.timing import assessed, days_from, everywhere, told_once
from tests.support.builders import heard
from tests.unit.alerts.builders import BUDGET, assessment, finding

pytestmark = pytest.mark.integration

DAYS = days_from(dt.date(2026, 6, 1), 12)
OVER = {"rule": "over_budget"}
LOUD = """\
id: own
version: "1"
effective_from: "2026-01-01"
title_zh: 自有
title_en: Own
extends: city
rules:
  - id: loud
    title_zh: 规则
    title_en: Rule
    article: "10"
    aspect: timeliness
    scope: project
    basis: a test
    when: spent >= 0
    severity: red
    inhibits: [execution_behind_standard]
    shows: [spent]
    tests:
      - {name: raises, given: {spent: 0}, expect: red}
      - {name: is silent, given: {spent: -1}, expect: silent}
"""
"""A department's rule that says what another one says."""


def over(project: str, day: dt.date, position: int) -> Any:
    """Assess a project with a line over budget."""
    return assessment(project=project, date=day, ledger_position=position, findings=(finding(),))


async def post(alerts: Alerts, path: str, body: Any, key: str = "k-1") -> Any:
    """Ask for something; give status and answer."""
    answer = await alerts.client.post(path, json=body, headers={"idempotency-key": key})
    return answer.status_code, answer.json()


def mutes(feed: list[dict[str, Any]]) -> list[tuple[str, str, Any]]:
    """Return what was muted when, by what ground."""
    return [
        (item["subject"], item["data"]["date"], item["data"].get("muted"))
        for item in feed
        if item["type"].split(".")[2] == "muted"
    ]


@pytest.mark.moves("dualwatch_alerts_suppressions_active", "dualwatch_alerts_muted_total")
async def test_a_suppression_from_preview_to_its_last_day(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """It hits what stands and what is raised later; on the day after its last it is told again."""
    first, second = "mute/P-1", "mute/P-2"
    body = {
        "jurisdiction": "mute",
        "matcher": OVER,
        "reason": "审计正在核实",
        "until": str(DAYS[3]),
    }
    async with standing(shared_stack) as alerts:
        await alerts.passed(await assessed(analysis, "mute", DAYS[0], over(first, DAYS[0], 1)))
        asked = {"jurisdiction": "mute", "matcher": OVER}
        preview = await post(alerts, "/v1/suppressions/preview", asked)
        made = await post(alerts, "/v1/suppressions", body)
        again = await post(alerts, "/v1/suppressions", body)
        other = await post(alerts, "/v1/suppressions", body | {"reason": "x"})
        await alerts.passed(await assessed(analysis, "mute", DAYS[1], over(second, DAYS[1], 1)))
        for day in DAYS[2:4]:
            await assessed(analysis, "mute", day)
        await alerts.passed(await assessed(analysis, "mute", DAYS[4]))
        feed = await told_once(alerts, "mute")
        listed = await alerts.get("/v1/suppressions", jurisdiction="mute", state="all")
        active = await alerts.get("/v1/suppressions", jurisdiction="mute")
        shown = await alerts.get("/v1/alerts", jurisdiction="mute")
        entries = await alerts.service.mongo.db["feeds"].find({"jurisdiction": "mute"}).to_list(99)

    name = made[1]["suppression_id"]
    assert (200, 1, 1) == (preview[0], preview[1]["total"], preview[1]["by_severity"]["red"])
    assert (200, 1, "active") == (made[0], made[1]["alerts_changed"], made[1]["state"])
    assert (200, name, 0) == (again[0], again[1]["suppression_id"], again[1]["alerts_changed"])
    assert (422, "idempotency_key_reused") == (other[0], other[1]["code"])
    over_budget = [item for item in feed if item["data"]["rule"] == "over_budget"]
    assert [
        (first, str(DAYS[0]), "suppressed"),
        (second, str(DAYS[1]), "suppressed"),
        (first, str(DAYS[4]), None),
        (second, str(DAYS[4]), None),
    ] == sorted(mutes(over_budget), key=lambda item: (item[1], item[0]))
    raised = {
        e["project"]: e["muted"]
        for e in entries
        if (e["kind"], e["rule"]) == ("raised", "over_budget")
    }
    assert {first: None, second: "suppressed"} == raised
    assert [("expired", name)] == [(i["state"], i["suppression_id"]) for i in listed["items"]]
    assert [] == active["items"]
    assert {first, second} <= {item["project_id"] for item in shown["items"]}


async def test_ending_it_tells_the_alerts_at_once(shared_stack: Stack, analysis: Analysis) -> None:
    """Ended twice it stays as it was; what is wrong is told as a problem."""
    project = "ends/P-1"
    body: dict[str, Any] = {"jurisdiction": "ends", "matcher": {"project": "P-1"}, "reason": "x"}
    async with standing(shared_stack) as alerts:
        early = await post(alerts, "/v1/suppressions", body | {"until": "2026-06-02"})
        await alerts.passed(await assessed(analysis, "ends", DAYS[0], over(project, DAYS[0], 1)))
        made = await post(alerts, "/v1/suppressions", body | {"until": str(DAYS[5])})
        name = made[1]["suppression_id"]
        ended = await alerts.client.delete(f"/v1/suppressions/{name}")
        twice = await alerts.client.delete(f"/v1/suppressions/{name}")
        gone = await alerts.client.delete("/v1/suppressions/none")
        feed = await told_once(alerts, "ends")
        wrong = [
            await post(alerts, "/v1/suppressions", body | {"until": until}, f"w-{until}")
            for until in ("2026-05-31", "2026-12-31")
        ]
        wide = await post(
            alerts, "/v1/suppressions/preview", {"jurisdiction": "ends", "matcher": {}}
        )
        keyless = await alerts.client.post("/v1/suppressions", json=body)

    assert (409, "no_day_opened") == (early[0], early[1]["code"])
    assert ("ended", 0) == (twice.json()["state"], twice.json()["alerts_changed"])
    assert ended.json()["ended_on"] == twice.json()["ended_on"] == str(DAYS[0])
    assert (404, "unknown_suppression") == (gone.status_code, gone.json()["code"])
    assert {"suppressed", None} == {ground for _, _, ground in mutes(feed)}
    assert [(422, "until_out_of_range")] * 2 == [(s, answer["code"]) for s, answer in wrong]
    assert (422, 400) == (wide[0], keyless.status_code)


async def test_a_suppression_asks_the_rules_of_the_department(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """What the department's own rule mutes stays so when another alert of it is suppressed."""
    project = "layer/P-1"
    body = {"jurisdiction": "layer", "matcher": OVER, "reason": "x", "until": str(DAYS[3])}
    slow: dict[str, Any] = {"spent": BUDGET // 8, "findings": (finding(),)}
    behind = assessment(project=project, date=DAYS[0], ledger_position=1, **slow)
    async with standing(shared_stack) as alerts:
        pack = published(LOUD, "layer", date=DAYS[0], organisation="D-1")
        await everywhere(analysis, pack)
        await alerts.passed(await assessed(analysis, "layer", DAYS[0], behind))
        made = await post(alerts, "/v1/suppressions", body)
        await alerts.client.delete(f"/v1/suppressions/{made[1]['suppression_id']}")
        feed = await told_once(alerts, "layer")

    found = {
        rule: [item["muted"] for item in feed if item["data"]["rule"] == rule]
        for rule in ("loud", "execution_behind_standard", "over_budget")
    }
    assert [None] == found["loud"]
    assert {"inhibited"} == set(found["execution_behind_standard"])
    assert [None, "suppressed", None] == found["over_budget"]


async def test_a_deviation_that_comes_and_goes_is_muted(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Three returns; told again once it was steady for five opened days."""
    project = "flaps/P-1"
    position = 0
    async with standing(shared_stack) as alerts:
        for day in DAYS[:4]:
            made = []
            for findings in ((), (finding(),)):
                position += 1
                made.append(
                    assessment(
                        project=project, date=day, ledger_position=position, findings=findings
                    )
                )
            await assessed(analysis, "flaps", day, *made)
        for day in DAYS[4:-1]:
            await assessed(analysis, "flaps", day)
        await alerts.passed(await assessed(analysis, "flaps", DAYS[-1]))
        feed = await told_once(alerts, "flaps")

    found = [item for item in feed if item["data"]["rule"] == "over_budget"]
    assert [(project, str(DAYS[3]), "flapping"), (project, str(DAYS[8]), None)] == mutes(found)


async def test_a_silent_publisher_raises_nothing_and_clears_nothing(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Frozen (domain-rules 17f): what stands stands, what would be raised is not."""
    stood, new = "still/P-1", "still/P-2"
    behind = assessment(project=stood, spent=1, date=DAYS[0])
    frozen = behind.data.standing.model_copy(update={"frozen": True})
    async with standing(shared_stack) as alerts:
        await assessed(analysis, "still", DAYS[0], behind)
        good = assessment(project=stood, date=DAYS[1], ledger_position=101, standing=frozen)
        bad = assessment(project=new, spent=1, date=DAYS[1], standing=frozen)
        await alerts.passed(await assessed(analysis, "still", DAYS[1], good, bad))
        feed = await told_once(alerts, "still")

    rules = {"execution_behind_standard", "zero_execution"}
    found = [item for item in feed if item["data"]["rule"] in rules and "P-" in item["subject"]]
    assert {("raised", stood)} == {(i["type"].split(".")[2], i["subject"]) for i in found}


async def test_what_was_frozen_is_judged_once_its_publisher_is_heard(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """On the same day, after a fact that every reader of assessments is told (17f)."""
    stood, new = "woken/P-1", "woken/P-2"
    behind = assessment(project=stood, spent=1, date=DAYS[0])
    frozen = behind.data.standing.model_copy(update={"frozen": True})
    async with standing(shared_stack) as alerts:
        await assessed(analysis, "woken", DAYS[0], behind)
        good = assessment(project=stood, date=DAYS[1], ledger_position=101, standing=frozen)
        bad = assessment(project=new, spent=1, date=DAYS[1], standing=frozen)
        await assessed(analysis, "woken", DAYS[1], good, bad)
        await analysis.say_everywhere(heard("finance", DAYS[1], "woken"))
        woken = [
            assessment(project=stood, date=DAYS[1], ledger_position=102),
            assessment(project=new, spent=1, date=DAYS[1], ledger_position=102),
        ]
        await alerts.passed(await analysis.say(*woken))
        feed = await told_once(alerts, "woken")

    found = [i for i in feed if i["data"]["rule"] == "execution_behind_standard"]
    told = [(i["type"].split(".")[2], i["subject"]) for i in found]
    assert [("raised", stood), ("cleared", stood), ("raised", new)] == sorted(
        told, key=lambda one: (one[1], one[0] == "cleared")
    )
