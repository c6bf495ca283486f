"""Assessments in, alerts out: once each, in order, over restarts and crashes."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from contracts.codec import new_event
from contracts.events.intake import JurisdictionRegistered
from contracts.topics import partition_of
from deploy.local.stack import Stack
from services.alerts.store.writing import AlertStore
from services.chassis.mongo import Progress
from services.chassis.publisher import PublishError
from tests.integration.alerts.running import KEY, PARTITIONS, Alerts, Analysis, running, standing
from tests.support.eventually import eventually_async
from tests.unit.alerts.builders import JUNE_30, NOTED, assessment, finding, indicator

pytestmark = pytest.mark.integration

BAD = (finding(),)


def over(project: str, position: int = 1, **changes: Any) -> Any:
    """Make an assessment with one line over budget."""
    return assessment(project=project, findings=BAD, ledger_position=position, **changes)


def fine(project: str, position: int) -> Any:
    """Make an assessment without fault."""
    return assessment(project=project, ledger_position=position)


def short(items: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """Return cursor, kind and project of feed entries."""
    return [(item["cursor"], item["type"].split(".")[2], item["subject"]) for item in items]


async def told_eventually(alerts: Alerts, jurisdiction: str, count: int) -> list[dict[str, Any]]:
    """Read a jurisdiction's events on the topic, once so many are there (publishing follows)."""

    async def all_told() -> list[dict[str, Any]]:
        told = await alerts.told(jurisdiction)
        assert len(told) == count
        return told

    return await eventually_async(all_told)


async def test_raises_updates_clears_and_raises_anew(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """One alert's life in feed, topic and list."""
    project = "life/P-1"
    cut = await analysis.say(
        assessment(project=project, indicators=(indicator(ratio_bp=7_000),), ledger_position=1),
        assessment(project=project, indicators=(indicator(ratio_bp=5_000),), ledger_position=2),
        fine(project, 3),
        assessment(project=project, indicators=(indicator(ratio_bp=5_000),), ledger_position=4),
    )
    async with standing(shared_stack) as alerts:
        await alerts.passed(cut)
        feed = await alerts.feed("life")
        listed = await alerts.get("/v1/alerts", jurisdiction="life", state="all")
        shown = await alerts.get(f"/v1/alerts/{feed[0]['data']['alert']}")
        told = await told_eventually(alerts, "life", 5)

    kinds = ["raised", "updated", "cleared", "raised", "regressed"]
    assert [(n, kind, project) for n, kind in enumerate(kinds, 1)] == short(feed)
    assert [item["data"] for item in feed] == [event["data"] for event in told]
    assert ["open", "cleared"] == sorted((i["state"] for i in listed["items"]), reverse=True)
    assert ("cleared", "red", 3) == (shown["state"], shown["severity"], shown["version"])
    assert {"project_id": project, "project_name": "道路修复"}.items() <= shown.items()
    assert {"name": "indicator.ratio_bp", "value": "7000 bp"} in feed[0]["data"]["facts"]


async def test_says_of_an_alert_whether_it_stands_still(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """As long as its project's publisher is silent (domain-rules 17f); nothing is told of it."""
    project = "standstill/P-1"
    behind: dict[str, Any] = {"project": project, "spent": 0, "findings": BAD}
    shown: list[dict[str, bool]] = []
    async with standing(shared_stack) as alerts:
        for position, frozen in enumerate((False, True, False), 1):
            made = assessment(standing={"frozen": frozen}, ledger_position=position, **behind)
            await alerts.passed(await analysis.say(made))
            listed = await alerts.get("/v1/alerts", jurisdiction="standstill")
            shown.append({item["rule_id"]: item["frozen"] for item in listed["items"]})
            for item in listed["items"]:
                one = await alerts.get(f"/v1/alerts/{item['alert_id']}")
                assert one["frozen"] is item["frozen"]
        feed = await alerts.feed("standstill")

    assert {"raised", "muted"} == {kind for kind, _ in short_kinds(feed)}
    assert [False, True, False] == [one["execution_behind_standard"] for one in shown]
    assert [False, False, False] == [one["over_budget"] for one in shown]


async def test_a_restart_tells_nothing_twice(shared_stack: Stack, analysis: Analysis) -> None:
    """The second process goes on where the first one stopped."""
    cut = await analysis.say(over("again/P-1"))
    async with running(shared_stack) as alerts:
        await alerts.passed(cut)
    cut = await analysis.say(over("again/P-1", 2), over("again/P-2", 3))
    async with running(shared_stack) as alerts:
        await alerts.passed(cut)
        feed = await alerts.feed("again")

    assert [(1, "raised", "again/P-1"), (2, "raised", "again/P-2")] == short(feed)


async def test_what_was_committed_before_a_crash_is_published_after_it(
    shared_stack: Stack, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between commit and publication leaves it to the next one."""

    async def away(*_: Any) -> None:
        msg = "crash"
        raise PublishError(msg)

    async with running(shared_stack) as alerts:
        monkeypatch.setattr(alerts.service.publisher, "publish", away)
        cut = await analysis.say(over("crash/P-1"))
        await alerts.passed(cut)
        assert [] == await alerts.told("crash")
    async with running(shared_stack) as alerts:
        await told_eventually(alerts, "crash", 1)
        feed = await alerts.feed("crash")

    assert [(1, "raised", "crash/P-1")] == short(feed)


async def test_feeds_have_no_gap_though_all_partitions_write_them(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Two processes, four partitions, one jurisdiction: cursors and positions are gapless."""
    projects = [f"many/P-{number}" for number in range(60)]
    assert set(range(PARTITIONS)) == {partition_of(p, PARTITIONS) for p in projects}
    async with (
        running(shared_stack, batch_records=3) as one,
        running(shared_stack, batch_records=3) as two,
    ):
        cut = await analysis.say(*(over(project, 1) for project in projects))
        cut = await analysis.say(*(fine(project, 2) for project in projects))
        position = (await asyncio.gather(one.passed(cut), two.passed(cut)))[0]
        feed = await one.feed("many", limit=7)
        told = await told_eventually(two, "many", 2 * len(projects))

    assert list(range(1, 2 * len(projects) + 1)) == [item["cursor"] for item in feed]
    assert [item["data"] for item in feed] == [event["data"] for event in told]
    assert len({item["id"] for item in feed}) == len(feed)
    assert sum(map(int, position["alerts"].split("-"))) >= len(told)


async def test_redelivered_and_older_assessments_change_nothing(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """The same position again is skipped; an older assessment at a new position is ignored."""
    project = "old/P-1"
    partition = partition_of(project, PARTITIONS)
    record = analysis.number(partition, over(project, 9))
    await analysis.put(partition, record, record)
    cut = await analysis.say(fine(project, 8))
    async with standing(shared_stack) as alerts:
        await alerts.passed(cut)
        feed = await alerts.feed("old")
        listed = await alerts.get("/v1/alerts", jurisdiction="old")

    assert [(1, "raised", project)] == short(feed)
    assert ["open"] == [item["state"] for item in listed["items"]]


async def test_waits_for_a_position_that_is_missing(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """What follows a gap is judged only when the gap is closed, in order."""
    project = "gap/P-1"
    partition = partition_of(project, PARTITIONS)
    first = analysis.number(partition, over(project, 1))
    second = analysis.number(partition, fine(project, 2))
    async with standing(shared_stack) as alerts:
        before = await alerts.get("/v1/position")
        await analysis.put(partition, second)
        other = next(p for p in (f"gap/Q-{n}" for n in range(99)) if _elsewhere(p, partition))
        positions = before["assessments"].split("-")
        cut = (await analysis.say(over(other))).split("-")
        cut[partition] = positions[partition]
        await alerts.passed("-".join(cut))
        assert [(1, "raised", other)] == short(await alerts.feed("gap"))

        await analysis.put(partition, first, second)
        await alerts.passed(_cut(analysis))
        feed = await alerts.feed("gap")

    assert [(1, "raised", other), (2, "raised", project), (3, "cleared", project)] == short(feed)


def _elsewhere(project: str, partition: int) -> bool:
    return partition_of(project, PARTITIONS) != partition


def _cut(analysis: Analysis) -> str:
    return "-".join(map(str, analysis.positions))


async def test_records_that_analysis_did_not_write_stop_nothing(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Without a mark, or with one that is none, a record is passed over and counted."""
    project = "foreign/P-1"
    partition = partition_of(project, PARTITIONS)
    await analysis.put(
        partition, (b"x", b"{", []), (b"x", b"{", [("entry", b"no mark")]), (b"x", None, [])
    )
    cut = await analysis.say(over(project))
    async with standing(shared_stack) as alerts:
        await alerts.passed(cut)
        feed = await alerts.feed("foreign")

    assert [(1, "raised", project)] == short(feed)


async def test_an_alert_that_someone_else_changed_is_judged_again(
    shared_stack: Stack, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versions are compared when a batch is written: a change since it was read is seen."""
    project = "both/P-1"
    async with standing(shared_stack) as alerts:
        await alerts.passed(await analysis.say(over(project)))
        collection = alerts.service.mongo.db["alerts"]
        read = AlertStore.cases
        reads: list[int] = []

        async def read_and_be_overtaken(store: AlertStore, wanted: Any) -> Any:
            cases = await read(store, wanted)
            reads.append(len(cases))
            if len(reads) == 1:
                await collection.update_one({"project": project}, {"$inc": {"version": 1}})
            return cases

        monkeypatch.setattr(AlertStore, "cases", read_and_be_overtaken)
        await alerts.passed(await analysis.say(fine(project, 2)))
        feed = await alerts.feed("both")
        listed = await alerts.get("/v1/alerts", project=project, state="all")

    assert [1, 1] == reads
    assert [(1, "raised", project), (2, "cleared", project)] == short(feed)
    assert [3] == [item["version"] for item in listed["items"]]


class Overtaking:
    """Has all partitions read before any writes, and somebody change an alert of one meanwhile."""

    def __init__(self, alerts: Alerts, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.moved: list[int] = []
        """How many partitions each transaction moved."""
        self._alerts = alerts.service.mongo.db["alerts"]
        self._project = project
        self._all = asyncio.Event()
        self._move, self._read = Progress.move, AlertStore.cases

        async def move(progress: Progress, moves: Any, session: Any) -> None:
            await self.move(progress, moves, session)

        async def cases(store: AlertStore, wanted: Any) -> Any:
            return await self.read(store, wanted)

        monkeypatch.setattr(Progress, "move", move)
        monkeypatch.setattr(AlertStore, "cases", cases)

    async def move(self, progress: Progress, moves: Any, session: Any) -> None:
        """Count."""
        await self._move(progress, moves, session)
        self.moved.append(len(moves))

    async def read(self, store: AlertStore, wanted: Any) -> Any:
        """Read when all do."""
        projects = [project for project, _ in wanted]
        self.asked += projects
        if len(self.asked) == PARTITIONS:
            self._all.set()
        await asyncio.wait_for(self._all.wait(), 30)
        cases = await self._read(store, wanted)
        if self._project in projects and len(self.asked) == PARTITIONS:
            await self._alerts.update_one({"project": self._project}, {"$inc": {"version": 1}})
        return cases


async def test_partitions_commit_together_and_who_was_overtaken_hinders_no_other(
    shared_stack: Stack, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction for all of a round; where one of them conflicts, that one is judged again."""
    numbered = (f"round/P-{number}" for number in range(999))
    projects = {partition_of(project, PARTITIONS): project for project in numbered}

    async def say(*events: Any) -> None:
        await asyncio.gather(*(analysis.say(event) for event in events))
        await alerts.passed(_cut(analysis))

    async with running(shared_stack) as alerts:
        await say(*(over(project, 1) for project in projects.values()))
        seen = Overtaking(alerts, projects[0], monkeypatch)
        await say(*(fine(project, 2) for project in projects.values()))
        feed = await alerts.feed("round")
        told = await told_eventually(alerts, "round", 2 * PARTITIONS)

    # Together first, which does not count; then each by itself, one of them at its second try.
    assert seen.moved == [PARTITIONS, *[1] * PARTITIONS]
    assert Counter(seen.asked) == Counter([*projects.values(), projects[0]])
    assert list(range(1, 2 * PARTITIONS + 1)) == [item["cursor"] for item in feed]
    assert Counter(short_kinds(feed)) == Counter(
        (kind, project) for project in projects.values() for kind in ("raised", "cleared")
    )
    assert [item["data"] for item in feed] == [event["data"] for event in told]


def short_kinds(items: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return kind and project of feed entries."""
    return [(kind, project) for _, kind, project in short(items)]


async def test_lists_page_by_page_and_by_filter(shared_stack: Stack, analysis: Analysis) -> None:
    """Every alert once, last raised first; filters narrow."""
    made = [
        over(f"pages/P-{number}", 1, date=JUNE_30.replace(day=number + 1)) for number in range(5)
    ]
    cut = await analysis.say(*made, fine("pages/P-0", 2))
    async with standing(shared_stack) as alerts:
        await alerts.passed(cut)
        pages, after = [], None
        for _ in range(9):
            page = await alerts.get(
                "/v1/alerts",
                **{"jurisdiction": "pages", "state": "all", "limit": 2}
                | ({"after": after} if after else {}),
            )
            pages.append([item["raised_as_of"] for item in page["items"]])
            after = page["next"]
            if after is None:
                break
        opened = await alerts.get("/v1/alerts", jurisdiction="pages")
        cleared = await alerts.get("/v1/alerts", jurisdiction="pages", state="cleared")
        by_project = await alerts.get("/v1/alerts", project="pages/P-3", fiscal_year=2026)
        by_rule = await alerts.get("/v1/alerts", jurisdiction="pages", rule="no_such_rule")

    days = [f"2026-06-0{day}" for day in (5, 4, 3, 2, 1)]
    assert [days[:2], days[2:4], days[4:]] == pages
    assert [4, 1, 1, 0] == [len(found["items"]) for found in (opened, cleared, by_project, by_rule)]


async def test_a_feed_is_named_after_its_jurisdiction(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """A registered jurisdiction has a feed before it has an alert; JSON Feed readers read it."""
    name = "名"
    fact = JurisdictionRegistered(date=JUNE_30, name="某市")
    event = new_event(fact, event_id="j", source="test", subject=name, time=NOTED)
    home = partition_of(name, PARTITIONS)
    for partition in range(PARTITIONS):
        await analysis.put(partition, analysis.number(partition, event))
    async with standing(shared_stack) as alerts:
        await alerts.passed(_cut(analysis))
        answer = await alerts.client.get(f"/v1/feeds/{name}")
        feed = answer.json()

    assert home in range(PARTITIONS)
    assert "application/feed+json" == answer.headers["content-type"].split(";")[0]
    assert ("https://jsonfeed.org/version/1.1", "预警 Alerts: 某市", [], 0) == (
        feed["version"],
        feed["title"],
        feed["items"],
        feed["next_cursor"],
    )


async def test_errors_are_problems(shared_stack: Stack, analysis: Analysis) -> None:
    """Everything that is wrong is told as a problem with a code."""
    wrong = {
        "/v1/alerts/none": (404, "unknown_alert"),
        "/v1/feeds/nowhere": (404, "unknown_jurisdiction"),
        "/v1/feeds/nowhere?cursor=-1": (404, "unknown_jurisdiction"),
        "/v1/alerts?after=x": (422, "invalid_parameter"),
        "/v1/alerts?state=half": (422, "invalid_parameter"),
        "/v1/alerts?limit=0": (422, "invalid_parameter"),
        "/v1/alerts?colour=red": (422, "invalid_parameter"),
        "/v1/alerts/none/history": (404, "unknown_alert"),
        "/v1/position?at_least=x": (422, "invalid_cut"),
        "/v1/position?at_least=1-2": (422, "invalid_cut"),
        "/v1/position?at_least=9999-9999-9999-9999": (409, "not_reached"),
        "/v1/nothing": (404, "not_found"),
    }
    await analysis.say(fine("errors/P-1", 1))
    async with standing(shared_stack) as alerts:
        found = {}
        for path in wrong:
            answer = await alerts.client.get(path)
            assert "application/problem+json" == answer.headers["content-type"]
            found[path] = (answer.status_code, answer.json()["code"])
        keyless = await alerts.client.get("/v1/alerts", headers={"authorization": "Bearer x"})
        method = await alerts.client.delete("/v1/alerts")

    assert wrong == found
    assert (401, 405) == (keyless.status_code, method.status_code)
    assert KEY not in keyless.text


async def test_tells_its_rules(shared_stack: Stack, analysis: Analysis) -> None:
    """What raises, from which article, by which thresholds."""
    await analysis.say(fine("rules/P-1", 1))
    async with standing(shared_stack) as alerts:
        rules = (await alerts.get("/v1/rules"))["items"]

    behind = next(rule for rule in rules if rule["rule_id"] == "execution_behind_standard")
    assert {"city": 37, "quarantine": 3, "reporting": 2} == Counter(rule["pack"] for rule in rules)
    assert 8_000 == behind["parameters"][0]["value"]
    assert ("10, 14", "timeliness", "city") == (
        behind["article"],
        behind["aspect"],
        behind["pack"],
    )
