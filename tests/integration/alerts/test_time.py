"""Terms over opened working days on the real stack: once each, over kills and two instances."""

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.record import Mark
from contracts.topics import partition_of
from contracts.vocabulary import MuteGround, PrincipalKind, Role
from deploy.local.stack import Stack
from services.alerts.domain.facts import Scope
from services.alerts.domain.rollups import Group
from services.alerts.store.documents import LOOK
from services.alerts.store.due import UNHEEDED, DueStore
from services.alerts.store.reading import task_queries
from services.alerts.store.rollups import RollupStore, group_of
from services.chassis.identity import Principal
from services.chassis.mongo import Mongo
from services.chassis.settings import MongoSettings
from tests.integration.alerts.running import (
    PARTITIONS,
    STANDING,
    Alerts,
    Analysis,
    running,
    standing,
)
from tests.integration.alerts.test_commands import WHY, command, known
from tests.integration.alerts.test_delivery_kills import client_of, process, ready
from tests.integration.alerts.test_rules import published
from tests.integration.alerts.timing import (
    assessed,
    days_from,
    everywhere,
    opened,
    steps,
    swept,
    told_once,
)
from tests.support.eventually import eventually_async
from tests.support.stack import free_ports_from
from tests.unit.alerts.builders import BUDGET, assessment, indicator, line

pytestmark = pytest.mark.integration

MONDAY = dt.date(2026, 6, 1)
LATE = (indicator(ratio_bp=7_000),)
PROJECTS = 40
SHORTER = """\
id: own
version: "1"
effective_from: "2026-06-03"
title_zh: 自有
title_en: Own
extends: city
overrides:
  - rule: indicator_behind_standard
    term: {explain_within: 2, remind_before: [0], escalate_after: [5]}
"""
STRICTER = """\
id: own
version: "1"
effective_from: "2026-01-01"
title_zh: 自有
title_en: Own
extends: city
overrides:
  - rule: unit_execution_behind
    parameters: {yellow_below_bp: 9500}
"""
LIFE = 7
"""Raised, reminded three times, up three levels: in the 22 working days of June."""


def late(project: str, day: dt.date, position: int = 1, **changes: Any) -> Any:
    """Assess a project of which one indicator is behind: ten working days to explain it."""
    return assessment(
        project=project, date=day, ledger_position=position, indicators=LATE, **changes
    )


async def test_working_days_alone_count(shared_stack: Stack, analysis: Analysis) -> None:
    """Weekends and a week of holidays pass without a step; a day opened alone is one day."""
    holidays = days_from(dt.date(2026, 6, 8), 5)
    async with standing(shared_stack) as alerts:
        for number, day in enumerate(days_from(MONDAY, 25), 1):
            working = day.weekday() < 5 and day not in holidays
            made = late("terms/P-1", day, number)
            await assessed(analysis, "terms", day, made, working=working)
        # Time jumps by months, and one working day passes.
        cut = await assessed(analysis, "terms", dt.date(2026, 9, 30))
        await alerts.passed(cut)
        feed = await told_once(alerts, "terms")

    expected = [
        ("raised", "2026-06-01"),
        ("reminded", "2026-06-17"),
        ("reminded", "2026-06-22"),
        ("reminded", "2026-06-23"),
        ("escalated", "2026-06-23"),
    ]
    assert expected == steps(feed)
    left = [item["data"]["detail"] for item in feed if item["type"].split(".")[2] == "reminded"]
    assert [3, 0, -1] == [detail["working_days_left"] for detail in left]


async def test_measures_that_are_late_are_told_once_also_of_what_has_ended(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Explained in time and planned for Wednesday: late from Thursday on, if not carried out."""
    days = [day for day in days_from(MONDAY, 20) if day.weekday() < 5]
    names = [f"measures/P-{number}" for number in range(3)]
    async with standing(shared_stack) as alerts:
        there = {"jurisdiction": "measures"}
        department = known(alerts, "measures-d", Role.DEPARTMENT_REVIEWER, "D-1", "U-1", **there)
        made = [late(name, days[0]) for name in names]
        await alerts.passed(await assessed(analysis, "measures", days[0], *made))
        planned = [await plan_for(alerts, name, days[2]) for name in names]
        # One is carried out in time, another's alert is cleared by data before the day.
        taken = {"measure": "1", "taken_on": str(days[0])}
        await command(alerts, planned[2], "take", taken)
        fine = assessment(project=names[1], date=days[1], ledger_position=2)
        await assessed(analysis, "measures", days[1], fine)
        for day in days[2:5]:
            await alerts.passed(await assessed(analysis, "measures", day))
        feed = await told_once(alerts, "measures")
        tasks = (await alerts.client.get("/v1/tasks", headers=department)).json()

    wednesday, thursday = str(days[2]), str(days[3])
    chain = [("measure_due", wednesday), ("measure_due", thursday), ("escalated", thursday)]
    told = {name: steps([item for item in feed if item["subject"] == name]) for name in names}
    assert [chain, chain, []] == [
        [item for item in told[name] if item[0] in {"measure_due", "escalated"}] for name in names
    ]
    waiting = [item for item in tasks["items"] if item["task"] == "measures_late"]
    assert 2 == tasks["counts"]["measures_late"]
    assert {("open", "1"), ("cleared", "1")} == {
        (item["alert"]["state"], *item["late"]) for item in waiting
    }


async def test_what_was_planned_before_the_upgrade_is_looked_at(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Also of alerts that had ended by then; what was closed as unfounded is left in peace.

    And what is muted, whose measures rest as long: were it woken, it would be at each start.
    """
    names = [f"upgraded/P-{number}" for number in range(4)]
    async with standing(shared_stack) as alerts:
        made = [late(name, MONDAY) for name in names]
        await alerts.passed(await assessed(analysis, "upgraded", MONDAY, *made))
        planned = [await plan_for(alerts, name, MONDAY) for name in names]
        unfounded = {"ground": "unfounded", "note": "数据有误"}
        assert 200 == (await command(alerts, planned[2], "close", unfounded)).status_code
        fine = assessment(project=names[1], date=MONDAY, ledger_position=2)
        await alerts.passed(await analysis.say(fine))
        kept = alerts.service.mongo.db["alerts"]
        # As the former release left them.
        await kept.update_many(
            {"_id": {"$in": planned}},
            {"$set": {"wake": None}, "$unset": {"work.measures.$[].reminded_at": ""}},
        )
        muted = {"$set": {"muted": MuteGround.INHIBITED.value}}
        await kept.update_many({"_id": {"$in": [planned[1], planned[3]]}}, muted)
        await DueStore(alerts.service.mongo).open(PARTITIONS)
        found = {item["_id"]: item["wake"] async for item in kept.find({"_id": {"$in": planned}})}
        tuesday = MONDAY + dt.timedelta(days=1)
        await alerts.passed(await assessed(analysis, "upgraded", tuesday))
        feed = await told_once(alerts, "upgraded")

    assert [LOOK, LOOK, None, None] == [found[name] for name in planned]
    told = [item["subject"] for item in feed if item["type"].split(".")[2] == "measure_due"]
    assert names[:2] == sorted(told)


async def test_measures_are_found_by_their_indexes(shared_stack: Stack, analysis: Analysis) -> None:
    """Of all alerts of all years those alone are read of which a measure is late, or planned."""
    who = Principal(
        "li", PrincipalKind.STAFF, frozenset({Role.UNIT_FILLER}), frozenset({"by-index"})
    )
    async with standing(shared_stack) as alerts:
        made = [late(f"by-index/P-{number}", MONDAY) for number in range(PROJECTS)]
        await alerts.passed(await assessed(analysis, "by-index", MONDAY, *made))
        kept = alerts.service.mongo.db["alerts"]
        queries = task_queries(who, None)
        plans = {
            name: json.dumps((await kept.find(query).explain())["queryPlanner"]["winningPlan"])
            for name, query in {
                "late": queries["measures_late"],
                "planned": queries["to_carry_out"],
                "unheeded": UNHEEDED,
            }.items()
        }

    assert '"indexName": "late"' in plans["late"]
    assert '"indexName": "planned"' in plans["planned"]
    assert '"indexName": "planned"' in plans["unheeded"]
    assert not any("COLLSCAN" in plan for plan in plans.values())


async def plan_for(alerts: Alerts, project: str, day: dt.date) -> str:
    """Explain a project's alert, and plan a measure for a day; give the alert's id."""
    (found,) = (await alerts.get("/v1/alerts", project=project))["items"]
    name = str(found["alert_id"])
    plan = {"measure": "1", "text": "二次招标", "owner": "U-1", "due": str(day)}
    for step, body in (("explain", WHY), ("plan", plan)):
        done = await command(alerts, name, step, body)
        assert done.status_code == 200, done.text
    return name


@pytest.mark.moves("dualwatch_alerts_reminders_total")
@pytest.mark.long
async def test_two_instances_and_a_restart_remind_once(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Days pass while instances come and go: every reminder and every level once per alert."""
    names = [f"days-both/P-{number}" for number in range(PROJECTS)]
    days = [day for day in days_from(MONDAY, 30) if day.weekday() < 5]
    made = [late(name, days[0]) for name in names]
    async with running(shared_stack) as one:
        async with running(shared_stack) as two:
            cut = await assessed(analysis, "days-both", days[0], *made)
            for day in days[1:11]:
                cut = await assessed(analysis, "days-both", day)
            await asyncio.gather(one.passed(cut), two.passed(cut))
        for day in days[11:]:
            cut = await assessed(analysis, "days-both", day)
        await one.passed(cut)
        feed = await told_once(one, "days-both")

    for name in names:
        mine = [item for item in feed if item["subject"] == name]
        kinds = [kind for kind, _ in steps(mine)]
        assert ["raised", *["reminded"] * 3, *["escalated"] * 3] == kinds


@pytest.mark.long
async def test_killed_while_the_steps_of_days_are_written(
    shared_stack: Stack, analysis: Analysis, tmp_path: Path
) -> None:
    """SIGKILL as soon as some of a day's steps are there: the rest follows, nothing twice."""
    names = [f"days-killed/P-{number}" for number in range(PROJECTS)]
    days = [day for day in days_from(MONDAY, 30) if day.weekday() < 5]
    cut = await assessed(analysis, "days-killed", days[0], *(late(name, days[0]) for name in names))
    for day in days[1:]:
        cut = await assessed(analysis, "days-killed", day)
    mongo = Mongo(MongoSettings(url=shared_stack.endpoints().mongo), "dualwatch_alerts")
    feeds = mongo.db["feeds"]
    port = free_ports_from()
    await STANDING.end()
    for least in (1, PROJECTS, 3 * PROJECTS):

        async def some_are_told(least: int = least) -> bool:
            return await feeds.count_documents({"jurisdiction": "days-killed"}) >= least

        with process(shared_stack, port, tmp_path / "log") as victim:
            await eventually_async(some_are_told, deadline_seconds=60)
            victim.kill()
    with process(shared_stack, port, tmp_path / "log"):
        async with client_of(port) as client:
            await ready(client)
            alerts = Alerts.__new__(Alerts)
            alerts.client = client
            client.timeout = httpx.Timeout(60)
            await alerts.passed(cut)
            feed = await told_once(alerts, "days-killed")
    mongo.close()

    told = [(item["subject"], str(item["data"].get("detail"))) for item in feed]
    assert len(set(told)) == len(told)
    assert {LIFE} == {sum(name == subject for subject, _ in told) for name in names}


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Days of the test's jurisdiction that somebody judges."""
    found: list[str] = []
    claim = RollupStore.claim

    async def claim_and_tell(store: RollupStore, *args: Any) -> Any:
        day = await claim(store, *args)
        if day is not None and day.jurisdiction in {"units", "own-units"}:
            found.append(str(day.date))
        return day

    monkeypatch.setattr(RollupStore, "claim", claim_and_tell)
    return found


async def test_units_are_judged_once_all_partitions_have_reported(
    shared_stack: Stack, analysis: Analysis, judged: list[str]
) -> None:
    """Two instances, one alert; it clears when the unit's projects have caught up."""
    names = [f"units/P-{number}" for number in range(8)]
    assert set(range(PARTITIONS)) == {partition_of(name, PARTITIONS) for name in names}
    days = days_from(dt.date(2026, 6, 29), 3)
    slow = [assessment(project=name, date=days[0], spent=BUDGET // 4) for name in names]
    good = [assessment(project=name, date=days[2], ledger_position=9) for name in names]
    async with running(shared_stack) as one, running(shared_stack) as two:
        await assessed(analysis, "units", days[0], *slow)
        again = [assessment(project=n, date=days[1], spent=BUDGET // 4) for n in names]
        await assessed(analysis, "units", days[1], *again)
        cut = await assessed(analysis, "units", days[2], *good)
        await asyncio.gather(one.passed(cut), two.passed(cut))

        async def all_judged() -> bool:
            return len(judged) >= len(days)

        await eventually_async(all_judged, deadline_seconds=30)

        async def cleared() -> list[dict[str, Any]]:
            feed = await told_once(two, "units")
            mine = [item for item in feed if item["data"]["rule"] == "unit_execution_behind"]
            assert len(mine) == 2
            return mine

        mine = await eventually_async(cleared, deadline_seconds=30)
        listed = await one.get("/v1/alerts", project="units/U-1", state="all")

    assert [("raised", str(days[0])), ("cleared", str(days[2]))] == steps(mine)
    assert {"units/U-1"} == {item["subject"] for item in mine}
    assert ("U-1", "unit") == (mine[0]["data"]["scope_subject"], mine[0]["data"]["scope"])
    figures = {fact["name"]: fact["value"] for fact in mine[0]["data"]["facts"]}
    assert ("5000 bp", f"{8 * BUDGET // 4} fen") == (
        figures["unit.ratio_bp"],
        figures["unit.spent"],
    )
    assert "cleared" in {item["state"] for item in listed["items"]}
    assert [str(day) for day in days] == judged


async def test_a_department_has_rules_for_its_units(
    shared_stack: Stack, analysis: Analysis, judged: list[str]
) -> None:
    """Its own threshold judges its unit, and nobody else's; what comes and goes is muted."""
    days = days_from(MONDAY, 9)
    pack = published(STRICTER, "own-units", date=days[0], organisation="D-1")

    def at(day: int, ratio: int) -> list[Any]:
        spent = BUDGET // 2 * ratio // 100
        return [
            assessment(
                project=f"own-units/P-{number}",
                date=days[day],
                ledger_position=day + 1,
                spent=spent,
                lead_unit=f"U-{number // 2}",
                department=f"D-{number // 2 + 1}",
            )
            for number in range(4)
        ]

    async with running(shared_stack) as alerts:
        await everywhere(analysis, pack)
        cuts = [
            await assessed(analysis, "own-units", day, *at(number, 90 if number % 2 else 100))
            for number, day in enumerate(days)
        ]
        await alerts.passed(cuts[-1])

        async def all_judged() -> bool:
            return len(judged) >= len(days)

        await eventually_async(all_judged, deadline_seconds=30)
        feed = await told_once(alerts, "own-units")

    mine = [item for item in feed if item["data"]["rule"] == "unit_execution_behind"]
    assert {("own-units/U-0", "own", "D-1")} == {
        (item["subject"], item["data"]["pack"], item["data"]["department"]) for item in mine
    }
    raised = {
        item["data"]["date"]: item["muted"]
        for item in mine
        if item["type"].split(".")[2] == "raised"
    }
    grounds = (None, None, None, "flapping")
    assert dict(zip([str(day) for day in days[1::2]], grounds, strict=True)) == raised


async def test_units_are_added_up_by_line(shared_stack: Stack, analysis: Analysis) -> None:
    """U-1 leads a project of which it has one line of two; rows of before are the leader's."""
    day, half = MONDAY, BUDGET // 2
    lines = tuple([line(half).model_copy(update={"unit": unit}) for unit in ("U-1", "U-2")])
    made = [
        assessment(project="by-line/P-1", date=day, of_execution={"lines": lines}),
        assessment(project="by-line/P-2", date=day, lead_unit="U-2", department="D-2"),
    ]
    async with standing(shared_stack) as alerts:
        await alerts.passed(await assessed(analysis, "by-line", day, *made))
        mongo = alerts.service.mongo
        store = RollupStore(mongo)

        async def units() -> dict[str, tuple[Any, ...]]:
            added: dict[str, Group] = {}
            for partition in range(PARTITIONS):
                event = swept("by-line", day, partition)
                part = await store.part(partition, event, Mark(1, 1, 1, 1, event.type))
                for item in part.groups:
                    organisation, found = group_of(item)
                    if organisation.scope is Scope.UNIT:
                        known = added.get(organisation.code)
                        added[organisation.code] = found if known is None else known + found
            return {
                code: (found.owner, found.sums.projects, found.sums.adjusted_budget)
                for code, found in added.items()
            }

        by_line = await units()
        await mongo.db["cases"].update_many(
            {"jurisdiction": "by-line"}, {"$unset": {"row.units": ""}}
        )
        before = await units()

    assert {"U-1": ("D-1", 1, half), "U-2": ("D-2", 2, half + BUDGET)} == by_line
    assert {"U-1": ("D-1", 1, BUDGET), "U-2": ("D-2", 1, BUDGET)} == before


async def test_a_pack_that_shortens_a_term_is_heeded_by_what_sleeps(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Ten working days become two: the open alert is reminded by the new term the next day."""
    days = days_from(MONDAY, 3)
    pack = published(SHORTER, "shorter", date=days[0], effective_from=days[2])
    made = [late(f"shorter/P-{number}", days[0]) for number in range(4)]
    async with standing(shared_stack) as alerts:
        await assessed(analysis, "shorter", days[0], *made)
        await everywhere(analysis, pack)
        await assessed(analysis, "shorter", days[1])
        await alerts.passed(await assessed(analysis, "shorter", days[2]))
        feed = await told_once(alerts, "shorter")

    expected = [("raised", str(days[0])), ("reminded", str(days[2]))]
    assert sorted(expected * len(made)) == sorted(steps(feed))


async def test_a_jurisdiction_knows_its_day(shared_stack: Stack, analysis: Analysis) -> None:
    """The last opened day, once, whatever comes again."""
    days = days_from(MONDAY, 3)
    await everywhere(analysis, *(opened("today", day) for day in (*days, days[0])))
    cut = await analysis.say(late("today/P-1", days[-1]))
    async with standing(shared_stack) as alerts:
        await alerts.passed(cut)
        found = await alerts.service.mongo.db["jurisdictions"].find_one({"_id": "today"})
        kept = (
            await alerts.service.mongo.db["opened_days"].find({"jurisdiction": "today"}).to_list(99)
        )

    assert found is not None
    assert ("2026-06-03", True, 3) == (found["day"], found["working_day"], found["opened"])
    assert PARTITIONS * 3 == len(kept)
