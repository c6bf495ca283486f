"""Commands on real parts: once each, from any instance, beside the consumer, over kills."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from typing import Any

import httpx
import pytest

from contracts.vocabulary import FindingKind, PrincipalKind, Role
from deploy.local.stack import Stack
from services.alerts.store.filters import FILTERS_MAX
from services.chassis.identity import Key, Principal
from services.chassis.identity_keys import draw
from services.chassis.relaying import Relaying
from tests.integration.alerts.running import Alerts, Analysis, running, standing
from tests.integration.alerts.test_alerts import fine, over, told_eventually
from tests.support.eventually import eventually_async
from tests.support.stack import free_ports_from
from tests.unit.alerts.builders import NOTED, assessment, finding, indicator

pytestmark = pytest.mark.integration

WHY = {"reason": "policy_change", "objective": True, "text": "政策调整", "areas": ["funding"]}
PLAN = {"measure": "1", "text": "补充预算", "owner": "U-1", "due": "2026-07-15"}
FILE = {"sha256": "a" * 64, "name": "a.pdf", "media_type": "application/pdf", "bytes": 9}


async def raised(alerts: Alerts, analysis: Analysis, project: str) -> str:
    """Raise an alert by data; give its id."""
    await alerts.passed(await analysis.say(over(project)))
    listed = await alerts.get("/v1/alerts", project=project)
    return str(listed["items"][0]["alert_id"])


async def command(
    alerts: Alerts, alert: str, step: str, body: Any = None, key: str = "", **headers: str
) -> httpx.Response:
    """Send a command."""
    given = {"idempotency-key": f"{alert}-{key or step}", **headers}
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    path = f"/v1/alerts/{alert}/{step}"
    return await alerts.client.post(path, content=content, headers=given)


async def history(alerts: Alerts, alert: str) -> list[dict[str, Any]]:
    """Read all that happened to an alert."""
    return list((await alerts.get(f"/v1/alerts/{alert}/history"))["items"])


def known(alerts: Alerts, name: str, role: Role, *units: str, jurisdiction: str) -> dict[str, str]:
    """Let somebody be known to a service; give the header that lets him in."""
    drawn = draw()
    alerts.service.directory.put(
        Principal(
            name,
            PrincipalKind.STAFF,
            frozenset({role}),
            frozenset({jurisdiction}),
            units,
            frozenset(units),
            (Key(drawn.key_id, drawn.sha256, NOTED),),
        )
    )
    return {"authorization": f"Bearer {drawn.secret}"}


@pytest.mark.long
async def test_two_instances_and_the_consumer_change_one_alert_at_once(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Everything happens once: versions and cursors have no gap, the topic says the same."""
    project = "race/P-1"
    async with running(shared_stack) as one, running(shared_stack) as two:
        alert = await raised(one, analysis, project)

        async def talk(alerts: Alerts, who: str) -> list[httpx.Response]:
            said = [{"note": f"{who} {number}"} for number in range(15)]
            return await asyncio.gather(
                *(
                    command(alerts, alert, "comment", body, body["note"].replace(" ", "-"))
                    for body in said
                )
            )

        async def flicker() -> None:
            for position in range(2, 12):
                behind = (indicator(ratio_bp=5_000 if position % 2 else 7_000),)
                await analysis.say(
                    over(project, position),
                    assessment(
                        project=f"{project}-{position}", indicators=behind, ledger_position=1
                    ),
                )

        answers = await asyncio.gather(talk(one, "one"), talk(two, "two"), flicker())
        await one.passed("-".join(map(str, analysis.positions)))
        told = await history(two, alert)
        feed = await one.feed("race")
        topic = await told_eventually(two, "race", len(feed))

    assert {200} == {answer.status_code for part in answers[:2] for answer in part or ()}
    assert list(range(1, 32)) == [entry["version"] for entry in told]
    assert {"raised": 1, "commented": 30} == Counter(entry["kind"] for entry in told)
    assert 30 == len({entry["detail"]["note"] for entry in told[1:]})
    assert list(range(1, len(feed) + 1)) == [item["cursor"] for item in feed]
    assert [item["id"] for item in feed] == [event["id"] for event in topic]


@pytest.mark.long
async def test_the_consumer_changes_the_alert_while_people_work_on_it(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Severity goes up and down, words are added: each change once, none undone."""
    project = "both-write/P-1"

    def behind(position: int) -> Any:
        rated = (indicator(ratio_bp=5_000 if position % 2 else 7_000),)
        return assessment(project=project, indicators=rated, ledger_position=position)

    async with running(shared_stack) as one, running(shared_stack) as two:
        await one.passed(await analysis.say(behind(1)))
        alert = (await one.get("/v1/alerts", project=project))["items"][0]["alert_id"]

        async def words() -> list[httpx.Response]:
            return [
                await command(each, alert, "comment", {"note": f"{n}"}, f"w{n}")
                for n in range(10)
                for each in ((one, two)[n % 2],)
            ]

        async def data() -> None:
            for position in range(2, 10):
                await analysis.say(behind(position))

        answers, _ = await asyncio.gather(words(), data())
        await two.passed("-".join(map(str, analysis.positions)))
        told = await history(one, alert)
        shown = await one.get(f"/v1/alerts/{alert}")

    kinds = Counter(entry["kind"] for entry in told)
    assert {200} == {answer.status_code for answer in answers}
    assert list(range(1, len(told) + 1)) == [entry["version"] for entry in told]
    assert (1, 10) == (kinds["raised"], kinds["commented"])
    assert (len(told), 10, "red") == (
        shown["version"],
        shown["work"]["comments"],
        shown["severity"],
    )


async def test_a_repeated_command_gets_its_first_answer(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Before the version check, at either instance, also when both get it at once."""
    async with running(shared_stack) as one, running(shared_stack) as two:
        alert = await raised(one, analysis, "twice/P-1")
        first = await command(one, alert, "comment", {"note": "a"}, "k", **{"if-match": '"1"'})
        other = await command(two, alert, "comment", {"note": "b"}, "l")
        again = await command(two, alert, "comment", {"note": "a"}, "k", **{"if-match": '"1"'})
        reused = await command(one, alert, "comment", {"note": "c"}, "k")
        elsewhere = await command(one, alert, "acknowledge", {"note": "a"}, "k")
        stale = await command(one, alert, "comment", {"note": "d"}, "m", **{"if-match": '"2"'})
        both = await asyncio.gather(
            *(command(each, alert, "comment", {"note": "e"}, "n") for each in (one, two) * 5)
        )
        told = await history(one, alert)

    assert (200, 200, '"2"') == (first.status_code, other.status_code, first.headers["etag"])
    assert (200, first.content) == (again.status_code, again.content)
    for answer in (reused, elsewhere):
        assert (422, "idempotency_key_reused") == (answer.status_code, answer.json()["code"])
    assert (409, "stale_version", 3) == (
        stale.status_code,
        stale.json()["code"],
        stale.json()["version"],
    )
    assert 1 == len({answer.content for answer in both})
    assert ["a", "b", "e"] == [entry["detail"]["note"] for entry in told[1:]]


async def last_words(stack: Stack, alerts: Alerts, alert: str) -> int:
    """Let a process of alerts die right after it has committed a comment; give how it ended."""
    port = free_ports_from()
    environ = {**os.environ, **stack.environment(), "DUALWATCH_ALERTS__PORT": str(port)}
    environ["DUALWATCH_KEY"] = alerts.service.settings.key
    words = (sys.executable, "-m", "tests.integration.alerts.dying")
    process = subprocess.Popen(words, env=environ)  # noqa: ASYNC220, S603 - ours, to be killed
    try:
        headers = dict(alerts.client.headers)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, trust_env=False
        ) as client:

            async def ready() -> bool:
                try:
                    return (await client.get("/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually_async(ready, 60)
            dying = Alerts(alerts.service, client)
            with pytest.raises(httpx.TransportError):
                await command(dying, alert, "comment", {"note": "last words"})
        return await asyncio.to_thread(process.wait, 20)
    finally:
        process.kill()


@pytest.mark.long
async def test_what_was_committed_before_a_kill_is_there_once(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Killed right after the commit: the answer is kept, and another publishes it."""
    async with running(shared_stack) as alerts:
        alert = await raised(alerts, analysis, "command-killed/P-1")
        code = await last_words(shared_stack, alerts, alert)
        told = await history(alerts, alert)
        repeated = await command(alerts, alert, "comment", {"note": "last words"})
        again = await history(alerts, alert)
        topic = await told_eventually(alerts, "command-killed", 2)

    assert -signal.SIGKILL == code
    assert [(1, "raised"), (2, "commented")] == [(e["version"], e["kind"]) for e in told]
    assert (200, 2, told) == (repeated.status_code, repeated.json()["version"], again)
    assert [entry["id"] for entry in told] == [event["id"] for event in topic]


async def test_what_was_left_in_the_outbox_is_published_by_anybody(
    shared_stack: Stack, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told of it, no partition changes its owner: it is looked for."""
    monkeypatch.setattr(Relaying, "wake", lambda *_: None)
    async with running(shared_stack) as alerts:
        alert = await raised(alerts, analysis, "left/P-1")
        await command(alerts, alert, "acknowledge")
        told = await told_eventually(alerts, "left", 2)

    assert "dualwatch.alert.acknowledged.v1" == told[-1]["type"]


async def test_steps_are_told_refused_and_ended(shared_stack: Stack, analysis: Analysis) -> None:
    """What the domain refuses is a problem with its code, in both languages."""
    nobody = {"DUALWATCH_INTAKE__URL": "http://127.0.0.1:9"}
    async with running(shared_stack, **nobody) as alerts:
        alert = await raised(alerts, analysis, "steps/P-1")
        wrong = [
            ("close", {"ground": "corrected", "note": "x"}, 409, "not_explained", None),
            ("review", {"outcome": "accepted"}, 409, "nothing_to_review", None),
            (
                "take",
                {"measure": "9", "taken_on": "2026-06-30"},
                422,
                "unknown_measure",
                "/measure",
            ),
            ("plan", {**PLAN, "due": "2026-06-29"}, 422, "due_in_past", "/due"),
            ("explain", {**WHY, "areas": ["funding"] * 2}, 422, "repeated_area", "/areas"),
            ("assign", {"assignee": "nobody-known"}, 422, "unknown_assignee", "/assignee"),
            ("explain", {**WHY, "evidence": [FILE]}, 503, "intake_unreachable", None),
        ]
        found = []
        for number, (step, body, *_) in enumerate(wrong):
            problem = (await command(alerts, alert, step, body, f"w{number}")).json()
            assert {"title_zh", "detail_zh", "hint_zh", "hint", "detail"} <= problem.keys()
            found.append((step, body, problem["status"], problem["code"], problem.get("pointer")))
        right = [
            await command(alerts, alert, step, body)
            for step, body in (
                ("acknowledge", {}),
                ("assign", {"assignee": "me"}),
                ("explain", WHY),
                ("plan", PLAN),
                ("take", {"measure": "1", "taken_on": "2026-06-30"}),
                ("urge", {"note": "请尽快"}),
                ("review", {"outcome": "accepted"}),
                ("close", {"ground": "corrected", "note": "已整改"}),
            )
        ]
        urged = await command(alerts, alert, "acknowledge", {}, "after")
        late = await command(alerts, alert, "comment", {"note": "later"})
        unchanged = await history(alerts, alert)

    assert wrong == found
    assert [200] * 8 == [answer.status_code for answer in right]
    assert list(range(2, 10)) == [answer.json()["version"] for answer in right]
    assert ("closed", "corrected") == (
        right[-1].json()["state"],
        right[-1].json()["work"]["closing"]["ground"],
    )
    assert (409, "alert_ended") == (urged.status_code, urged.json()["code"])
    assert (200, 10) == (late.status_code, len(unchanged))


HOSTILE = [
    ("comment", b"{", "body_is_no_json", ""),
    ("comment", b'{"note": ""}', "empty", "/note"),
    ("comment", b'{"note": " \\n "}', "blank", "/note"),
    ("comment", b'{"note": 7}', "number", "/note"),
    ("comment", b'{"note": "a\\u0000b"}', "control", "/note"),
    ("comment", b'{"note": "' + b"x" * 4_001 + b'"}', "long", "/note"),
    ("comment", b'{"note": "x", "state": "closed"}', "unknown_field", "/state"),
    ("explain", json.dumps({**WHY, "objective": "yes"}).encode(), "no_bool", "/objective"),
    ("explain", json.dumps({**WHY, "reason": "weather"}).encode(), "no_reason", "/reason"),
    ("plan", json.dumps({**PLAN, "due": "2026-02-30"}).encode(), "no_day", "/due"),
    ("plan", json.dumps({**PLAN, "due": 20260715}).encode(), "no_date", "/due"),
]


async def test_hostile_input_is_refused_or_stays_data(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """With the place of the fault; markup is text like any other."""
    markup = "<script>alert(1)</script> {{7*7}} \u202e $where"
    async with standing(shared_stack) as alerts:
        alert = await raised(alerts, analysis, "hostile/P-1")
        for step, body, name, pointer in HOSTILE:
            answer = await command(alerts, alert, step, body, name)
            assert (422, pointer) == (answer.status_code, answer.json()["pointer"]), name
            assert answer.json()["title_zh"]
        large = await command(alerts, alert, "comment", b" " * 300_000)
        path = f"/v1/alerts/{alert}/acknowledge"
        keys = [b"", b"a b", b"k" * 201, "钥".encode()]
        bare = await alerts.client.post(path)
        unfit = [await alerts.client.post(path, headers=[(b"idempotency-key", k)]) for k in keys]
        match = await command(alerts, alert, "acknowledge", **{"if-match": "yesterday"})
        kept = await command(alerts, alert, "comment", {"note": markup})
        told = await history(alerts, alert)

    assert (413, "body_too_large") == (large.status_code, large.json()["code"])
    assert (400, "idempotency_key_required") == (bare.status_code, bare.json()["code"])
    assert {(400, "invalid_idempotency_key")} == {(a.status_code, a.json()["code"]) for a in unfit}
    assert (400, "invalid_if_match") == (match.status_code, match.json()["code"])
    assert (200, 2, markup) == (kept.status_code, len(told), told[1]["detail"]["note"])


async def test_many_are_done_at_once_and_each_has_its_answer(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """One that is refused stops no other; sent again nothing is done twice."""
    async with standing(shared_stack) as alerts:
        ids = [await raised(alerts, analysis, f"many-of/P-{number}") for number in range(3)]
        await command(alerts, ids[1], "close", {"ground": "unfounded", "note": "x"})
        body = {"step": "assign", "alerts": [*ids, "0" * 32], "assignee": "me"}

        async def bulk(wanted: dict[str, Any], key: str = "bulk") -> httpx.Response:
            headers = {"idempotency-key": key}
            return await alerts.client.post("/v1/alerts/bulk", json=wanted, headers=headers)

        first, again = await bulk(body), await bulk(body)
        reused = await bulk({**body, "assignee": None})
        unknown = await bulk({**body, "step": "close"}, "other")
        too_many = await bulk({**body, "alerts": ["x"] * 201}, "more")
        mine = await alerts.get("/v1/alerts", jurisdiction="many-of", assignee="me")
        nobodys = await alerts.get("/v1/alerts", jurisdiction="many-of", assignee="none")
        told = await history(alerts, ids[0])

    items = first.json()["items"]
    assert [200, 409, 200, 404] == [item["status"] for item in items]
    assert "alert_ended" == items[1]["problem"]["code"]
    assert first.json() == again.json()
    assert (422, "idempotency_key_reused") == (reused.status_code, reused.json()["code"])
    assert ["/step", "/alerts"] == [unknown.json()["pointer"], too_many.json()["pointer"]]
    assert (2, 0, 2) == (len(mine["items"]), len(nobodys["items"]), len(told))


async def test_who_may_do_what_of_whom(shared_stack: Stack, analysis: Analysis) -> None:
    """Another unit's alert is not there, whatever is sent; steps ask for their permission."""
    async with standing(shared_stack) as alerts:
        alert = await raised(alerts, analysis, "scope/P-1")
        there = {"jurisdiction": "scope"}
        unit = known(alerts, "unit", Role.UNIT_FILLER, "U-1", **there)
        other = known(alerts, "other", Role.UNIT_FILLER, "U-2", **there)
        leader = known(alerts, "leader", Role.BUREAU_LEADER, **there)
        auditor = known(alerts, "auditor", Role.AUDITOR, **there)

        async def does(who: dict[str, str], step: str, body: Any, name: str = alert) -> Any:
            answer = await command(alerts, name, step, body, **who)
            return answer.status_code, answer.json().get("code")

        nobody = "0" * 32
        refused = [
            await does(other, "comment", {"note": "x"}),
            await does(other, "comment", b"{"),
            await does(other, "comment", {"note": "x"}, nobody),
            await does(unit, "close", {"ground": "unfounded", "note": "x"}),
            await does(leader, "comment", {"note": "x"}),
            await does(auditor, "acknowledge", {}),
            await does(unit, "assign", {"assignee": "other"}),
            await does(unit, "assign", {"assignee": "auditor"}),
        ]
        done = [
            await does(unit, "assign", {"assignee": "unit"}),
            await does(unit, "explain", WHY),
            await does(leader, "urge", {}),
            await does(leader, "review", {"outcome": "returned", "note": "依据不足"}),
        ]
        path = "/v1/alerts/bulk"
        many = {"step": "acknowledge", "alerts": [alert]}
        bulk = await alerts.client.post(path, json=many, headers={**other, "idempotency-key": "b"})
        urge = await alerts.client.post(
            path, json={**many, "step": "urge"}, headers={**unit, "idempotency-key": "u"}
        )
        unseen = await alerts.client.get(f"/v1/alerts/{alert}/history", headers=other)

    gone = (404, "unknown_alert")
    no = (403, "forbidden")
    strange = (422, "unknown_assignee")
    assert [gone, gone, gone, no, no, no, strange, strange] == refused
    assert [(200, None)] * 4 == done
    assert [404] == [item["status"] for item in bulk.json()["items"]]
    assert (403, 404) == (urge.status_code, unseen.status_code)


async def test_what_only_informs_waits_for_nobody(shared_stack: Stack, analysis: Analysis) -> None:
    """Lawful spending on a budget that is awaited is shown, and is no task (domain-rules 17a)."""
    lawful = (finding(FindingKind.AWAITING_BUDGET),)
    grave = (finding(FindingKind.SPENDING_WITHOUT_BUDGET),)
    async with standing(shared_stack) as alerts:
        there = {"jurisdiction": "informs"}
        unit = known(alerts, "informs-unit", Role.UNIT_FILLER, "U-1", **there)
        counts = []
        for position, findings in enumerate((lawful, grave, lawful), 1):
            made = assessment(project="informs/P-1", findings=findings, ledger_position=position)
            await alerts.passed(await analysis.say(made))
            answer = await alerts.client.get("/v1/tasks", headers=unit)
            counts.append(answer.json()["counts"]["to_explain"])
        listed = await alerts.get("/v1/alerts", project="informs/P-1")

    assert [0, 1, 0] == counts
    assert ["info"] == [item["severity"] for item in listed["items"]]


async def test_tasks_tell_what_waits_for_whom(shared_stack: Stack, analysis: Analysis) -> None:
    """To explain where nothing is said, to review where something is, to carry out what is due."""
    async with standing(shared_stack) as alerts:
        ids = [await raised(alerts, analysis, f"tasks/P-{number}") for number in range(3)]
        there = {"jurisdiction": "tasks"}
        unit = known(alerts, "tasks-unit", Role.UNIT_FILLER, "U-1", **there)
        department = known(
            alerts, "tasks-department", Role.DEPARTMENT_REVIEWER, "D-1", "U-1", **there
        )
        stranger = known(alerts, "tasks-stranger", Role.UNIT_FILLER, "U-2", **there)
        await command(alerts, ids[0], "assign", {"assignee": "me"}, **unit)
        await command(alerts, ids[1], "explain", WHY, **unit)
        await command(alerts, ids[1], "plan", PLAN, **unit)

        async def tasks(who: dict[str, str], **asked: Any) -> Any:
            answer = await alerts.client.get("/v1/tasks", headers=who, params=asked)
            assert answer.status_code == 200, answer.text
            return answer.json()

        first = await tasks(unit)
        reviews = await tasks(department)
        page = await tasks(unit, limit=2)
        rest = await tasks(unit, limit=2, after=page["next"])
        only = await tasks(unit, kind="to_explain")
        none = await tasks(stranger)
        await command(alerts, ids[1], "review", {"outcome": "returned", "note": "x"}, **department)
        after = await tasks(unit)
        bad = await alerts.client.get("/v1/tasks?after=7.2026-01-01." + "0" * 32)

    assert {
        "assigned": 1,
        "to_explain": 1,
        "measures_late": 0,
        "to_review": 0,
        "to_carry_out": 1,
    } == first["counts"]
    listed = [(item["task"], item["alert"]["alert_id"]) for item in first["items"]]
    assert [("assigned", ids[0]), ("to_explain", ids[2]), ("to_carry_out", ids[1])] == listed
    assert listed == [
        (item["task"], item["alert"]["alert_id"]) for item in (*page["items"], *rest["items"])
    ]
    assert [ids[2]] == [item["alert"]["alert_id"] for item in only["items"]]
    assert (1, 0) == (reviews["counts"]["to_review"], sum(none["counts"].values()))
    assert 2 == after["counts"]["to_explain"]
    assert (422, "/after") == (bad.status_code, bad.json()["pointer"])


async def test_lists_are_filtered_ordered_and_counted(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Every filter narrows, the gravest come first if wanted, counts are of all severities."""
    place = "facets"
    made = [
        over(f"{place}/P-1"),
        assessment(project=f"{place}/P-2", indicators=(indicator(ratio_bp=7_000),)),
        over(f"{place}/P.*3", lead_unit="U-9", department="D-9", project_name="[图书馆]"),
    ]
    async with standing(shared_stack) as alerts:
        await alerts.passed(await analysis.say(*made))

        async def found(**asked: Any) -> list[str]:
            page = await alerts.get("/v1/alerts", jurisdiction=place, **asked)
            return [item["project_id"].partition("/")[2] for item in page["items"]]

        everything = await alerts.get("/v1/alerts", jurisdiction=place, counts="true")
        red = await alerts.get("/v1/alerts", jurisdiction=place, counts="true", severity="red")
        narrowed = [
            await found(severity="yellow"),
            await found(unit="U-9"),
            await found(department="D-9"),
            await found(q=".*"),
            await found(q="图书馆]"),
            await found(q="over BUDGET", unit="U-1"),
            await found(muted="only"),
            await found(level="department"),
            await found(state="closed"),
        ]
        page = await alerts.get("/v1/alerts", jurisdiction=place, sort="severity", limit=2)
        rest = await alerts.get(
            "/v1/alerts", jurisdiction=place, sort="severity", limit=2, after=page["next"]
        )
        changed = await found(sort="changed")

    assert {"red": 2, "yellow": 1, "info": 0} == everything["counts"] == red["counts"]
    assert [["P-2"], ["P.*3"], ["P.*3"], ["P.*3"], ["P.*3"], ["P-1"], [], [], []] == narrowed
    severities = [item["severity"] for item in (*page["items"], *rest["items"])]
    assert (["red", "red", "yellow"], None) == (severities, rest["next"])
    assert 3 == len(changed) == len(everything["items"])


async def test_filters_are_saved_for_each_person(shared_stack: Stack, analysis: Analysis) -> None:
    """Under names, up to a bound; nobody sees another's."""
    await analysis.say(fine("saved/P-1", 1))
    async with standing(shared_stack) as alerts:
        other = known(alerts, "saver", Role.AUDITOR, jurisdiction="saved")
        query = {"severity": "red", "assignee": "me", "sort": "severity"}
        path = "/v1/filters/%E6%88%91%2F%E7%9A%84"
        put = [await alerts.client.put(path, json={"query": query}) for _ in range(2)]
        shown = await alerts.get(path)
        unseen = await alerts.client.get(path, headers=other)
        wrong = await alerts.client.put(path, json={"query": {"colour": "red"}})
        racing = await asyncio.gather(
            *(
                alerts.client.put(f"/v1/filters/f{number}", json={"query": {}}, headers=other)
                for number in range(FILTERS_MAX + 10)
            )
        )
        kept = (await alerts.client.get("/v1/filters", headers=other)).json()["items"]
        removed = [(await alerts.client.delete(path)).status_code for _ in range(2)]

    assert [201, 200] == [answer.status_code for answer in put]
    assert {"name": "我/的", "query": query} == shown == put[0].json()
    assert (404, "unknown_filter") == (unseen.status_code, unseen.json()["code"])
    assert (422, "/query/colour") == (wrong.status_code, wrong.json()["pointer"])
    assert {201: FILTERS_MAX, 409: 10} == Counter(answer.status_code for answer in racing)
    assert FILTERS_MAX == len(kept)
    assert [204, 404] == removed
