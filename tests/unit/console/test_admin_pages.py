"""Administration, days and checkpoints: what the pages show, offer and send."""

import json
from typing import Any, Final

import httpx
import pytest

from services.chassis.identity import Permission
from tests.support.html import Page
from tests.unit.console.fake_services import HOSTILE, ME, RULE, FakeServices, console

PLACE: Final[dict[str, Any]] = {
    "organisation": "D1",
    "name": HOSTILE,
    "kind": "department",
    "parent": None,
    "counterpart_division": None,
    "first_day": "2024-01-01",
    "last_day": None,
    "changes": 2,
}
CHANGE: Final[dict[str, Any]] = {
    "organisation": "U1",
    "change": "moved",
    "from": "2025-07-01",
    "name": None,
    "kind": None,
    "parent": "D1",
    "counterpart_division": None,
    "last_day": None,
    "sequence": 7,
}
KEY: Final[dict[str, Any]] = {
    "key_id": "0123456789abcdef",
    "use": "key",
    "created": "2026-01-01T00:00:00Z",
    "expires": None,
    "revoked": None,
    "last_used": None,
}
CREDENTIAL: Final[dict[str, Any]] = {**KEY, "key_id": "fedcba9876543210", "use": "password"}
SOMEBODY: Final[dict[str, Any]] = {
    "id": "li-hua",
    "kind": "staff",
    "name": HOSTILE,
    "roles": ["unit_filler"],
    "jurisdictions": ["城"],
    "organisations": ["D1"],
    "within_total": 3,
    "topic": None,
    "created": "2026-01-01T00:00:00Z",
    "revoked": None,
    "claimed": False,
    "password": {"set_on": "2026-01-02T00:00:00Z", "credential": CREDENTIAL["key_id"]},
    "keys": [KEY, CREDENTIAL],
}
LOGGED: Final[dict[str, Any]] = {
    "id": "1",
    "at": "2026-01-01T00:00:00Z",
    "actor": HOSTILE,
    "action": "created",
    "principal": "li-hua",
    "key_id": None,
    "detail": {"roles": ["unit_filler"], "organisations": [], "note": HOSTILE},
}
CALENDAR: Final[dict[str, Any]] = {
    "jurisdiction": "城",
    "clock": "manual",
    "time_zone": "Asia/Shanghai",
    "today": "2026-06-30",
    "working_day": True,
    "calendars": [{"year": 2026, "days_off": ["2026-10-01"], "working_days": ["2026-10-10"]}],
    "opens_total": 1,
    "opens": [{"date": "2026-07-01", "working_day": True}],
}
CHECKPOINT: Final[dict[str, Any]] = {
    "number": 2,
    "previous": "0" * 64,
    "made": "2026-06-30T16:00:00Z",
    "positions": "2-0",
    "leaves": 3,
    "root": "a" * 64,
    "key": "b" * 16,
    "signature": "c",
}
PACK: Final[dict[str, Any]] = {
    "pack": "own",
    "version": "1",
    "jurisdiction": "城",
    "organisation": None,
    "extends": "city",
    "effective_from": "2026-01-01",
    "effective_to": None,
    "title_zh": HOSTILE,
    "title_en": HOSTILE,
    "rules": 0,
    "overrides": 1,
    "in_effect": True,
    "published_on": "2026-01-01",
    "sha256": "d",
    "content": f"id: own\n# {HOSTILE}\n",
}
MEASURES: Final = {"overdue_working_days": 10, "split_limit": "400000.00", "rush_share_bp": 3000}
MEASURING: Final[dict[str, Any]] = {
    "jurisdiction": "城",
    "as_of": "2026-06-30",
    "parameters": {
        "since": "2026-01-01",
        "sequence": 4,
        "values": {**MEASURES, "overdue_working_days": 5},
        "defaults": MEASURES,
    },
    "standards": [
        {
            "fiscal_year": 2026,
            "project_class": "construction",
            "standard": HOSTILE,
            "since": "2026-01-01",
            "months_bp": [0] * 12,
            "sequence": 5,
        }
    ],
    "models": [],
}
TEMPLATE: Final[dict[str, Any]] = {
    "file": "annex1 own.yaml",
    "kind": "form",
    "id": None,
    "title": HOSTILE,
    "headings": [HOSTILE],
    "shipped": False,
    "bytes": 3,
    "sha256": "e",
    "faults": [HOSTILE],
}
CHANGED_RULE: Final[dict[str, Any]] = {
    **RULE,
    "layers": ["city@4", "own@1"],
    "parameters": [{**RULE["parameters"][0], "value": 4}],
}
PAGES: Final = (
    "/administration",
    "/administration/organisations",
    "/administration/organisations?organisation=D1",
    "/administration/people",
    "/administration/people/li-hua",
    "/administration/audit",
    "/administration/packs",
    "/administration/packs/draft",
    "/administration/catalogues",
    "/administration/templates",
    "/data/days?until=2026-07-01",
    "/data/checkpoints",
)


def administered(*permissions: str) -> FakeServices:
    """Answer whatever administration asks, for somebody who may that; nothing named: all."""
    fake = FakeServices()
    may = sorted(permissions or [one.value for one in Permission])
    fake.answers |= {
        "intake/v1/me": {**ME, "permissions": may, "jurisdictions": None},
        "intake/v1/principals": {"items": [SOMEBODY], "next": None},
        "intake/v1/principals/li-hua": SOMEBODY,
        "intake/v1/jurisdictions": {"items": [{"jurisdiction": "城", "name": HOSTILE}]},
        "intake/v1/audit": {"items": [LOGGED], "next": None},
        "intake/v1/days": CALENDAR,
        "intake/v1/checkpoints": {"items": [CHECKPOINT], "next": 2},
        "intake/v1/checkpoints/key": {"key": "b" * 16, "public_key": "PEM"},
        "intake/v1/catalogues": {
            "items": [{"catalogue": "indicator_behaviour", "words": {"progress": ["数量指标"]}}]
        },
        "analysis/v1/organisations": {
            "as_of": "2026-06-30",
            "items": [
                PLACE,
                {**PLACE, "organisation": "U1", "kind": "unit", "parent": "D1", "name": "第一小学"},
            ],
            "total": 2,
            "next": None,
        },
        "analysis/v1/organisations/changes": {"items": [CHANGE], "total": 1, "next": None},
        "analysis/v1/measuring": MEASURING,
        "analysis/v1/position": {"ledger": "2-0", "assessments": "5-2", "due": 3},
        "alerts/v1/position": {"assessments": "5-1", "alerts": "4"},
        "reporting/v1/position": {"assessments": "5-2", "alerts": "4"},
        "reporting/v1/templates": {"items": [TEMPLATE], "faults": 1, "next": None},
        "alerts/v1/rules/packs": {"items": [PACK], "above": ["城"], "next": None},
        "alerts/v1/rules": lambda request: httpx.Response(
            200,
            json={
                "items": [CHANGED_RULE if request.url.query else RULE],
                "ignored": [],
                "next": None,
            },
        ),
        "alerts/v1/rules/over_budget": {
            **CHANGED_RULE,
            "history": [{"layer": "own@1", "change": "overridden", "parameters": {"limit": 4}}],
        },
    }
    return fake


def changes(fake: FakeServices) -> list[tuple[str, str, Any]]:
    """Give what was sent: method, path and body of every request that changes something."""
    return [
        (one.method, one.url.path, json.loads(one.content) if one.content else None)
        for one in fake.requests
        if one.method != "GET"
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_pages_show_hostile_names_as_text(language: str) -> None:
    """In both languages; nothing of a name becomes markup."""
    async with console(administered()) as browser:
        for path in PAGES:
            separator = "&" if "?" in path else "?"
            answer = await browser.get(f"{path}{separator}language={language}")

            assert 200 == answer.status_code, path
            assert "<script>alert" not in answer.text, path
            assert Page(answer.text).words("//h1"), path


async def test_only_what_one_may_is_offered() -> None:
    """An operator looks after people; a leader reads, and is offered no change."""
    async with console(administered("position", "keys", "audit", "days")) as browser:
        operator = Page((await browser.get("/administration")).text)
    async with console(administered("position", "read")) as browser:
        tree = Page((await browser.get("/administration/organisations")).text)
        days = Page((await browser.get("/data/days")).text)
        draft = Page((await browser.get("/administration/packs/draft")).text)

    rooms = operator.select("//ul[@class='rooms']//a/@href")
    assert ["/administration/people", "/administration/audit", "/data/days"] == rooms
    assert [] == tree.select("//main//form[@method='post']")
    assert [] == days.select("//main//form[@method='post']")
    assert [] == draft.select("//button[@value='publish']")


async def test_the_tree_shows_who_stands_below_whom_and_what_changed() -> None:
    """With the entry of the ledger that says so."""
    async with console(administered()) as browser:
        whole = Page((await browser.get("/administration/organisations")).text)
        missing = await browser.get("/administration/organisations?organisation=X9")

    rows = whole.select("//table[contains(@class,'tree')]/tbody/tr")
    assert ["depth-0", "depth-1"] == [row.xpath("th/@class")[0] for row in rows]
    history = whole.words("//section[@aria-labelledby='history-title']//tbody/tr")
    assert "划转" in history
    assert "7" in history
    assert "X9" in Page(missing.text).words("//p[@class='notice']")


async def test_an_organisation_is_moved_by_a_fact_whose_verdict_is_shown() -> None:
    """Sent in the looker's name, the same form the same fact; refused, nothing typed is lost."""
    fake = administered()
    fake.answers["intake/v1/events"] = httpx.Response(
        202, json={"verdict": "accepted", "sequence": 9}
    )
    form = {
        "request": "r1",
        "organisation": "U1",
        "parent": "D2",
        "valid_from": "2026-07-01",
        "decision_body": "编委",
        "decision_number": "〔2026〕1号",
    }
    async with console(fake) as browser:
        stated = await browser.post("/administration/organisations/move", data=form)
        fake.answers["intake/v1/events"] = httpx.Response(
            422, json={"code": "invalid", "title": "no", "title_zh": "上级不存在"}
        )
        refused = await browser.post("/administration/organisations/move", data=form)

    (_, path, event), _again = changes(fake)
    assert ("/v1/events", "r1", "城") == (path, event["id"], event["subject"])
    assert "dualwatch.organisation.moved.v1" == event["type"]
    assert {
        "date": "2026-07-01",
        "organisation": "U1",
        "parent": "D2",
        "valid_from": "2026-07-01",
        "decision": {"body": "编委", "number": "〔2026〕1号"},
    } == event["data"]
    assert "第 9 号条目" in Page(stated.text).words("//p[@role='status']")
    assert 422 == refused.status_code
    assert "上级不存在" in Page(refused.text).words("//p[@role='alert']")
    assert ["D2"] == Page(refused.text).select("//details[@open]//input[@name='parent']/@value")


async def test_a_new_key_is_shown_once_and_kept_by_nobody() -> None:
    """On the answer alone, which is not stored; what was refused keeps the form."""
    fake = administered()
    fake.answers["intake/v1/principals"] = lambda request: (
        httpx.Response(200, json={"items": [SOMEBODY], "next": None})
        if request.method == "GET"
        else httpx.Response(
            201, json={"principal": SOMEBODY, "key_id": "k", "key": "dw_secret", "spread": True}
        )
    )
    form = {
        "id": "li-hua",
        "name": "李华",
        "kind": "staff",
        "roles": ["unit_filler", "unit_approver"],
        "bounds": "some",
        "jurisdictions": "城",
        "organisations": "D1，D2",
        "expires": "date",
        "expires_on": "2027-01-01",
    }
    async with console(fake) as browser:
        given = await browser.post("/administration/people", data=form)
        later = await browser.get("/administration/people")

    ((_, _, body),) = changes(fake)
    assert {
        "id": "li-hua",
        "name": "李华",
        "roles": ["unit_filler", "unit_approver"],
        "kind": "staff",
        "jurisdictions": ["城"],
        "organisations": ["D1", "D2"],
        "expires": "2027-01-01T23:59:59+00:00",
    } == body
    assert "dw_secret" in given.text
    assert "no-store" == given.headers["cache-control"]
    assert "dw_secret" not in later.text


async def test_the_latest_of_a_log_is_shown_first() -> None:
    """Whoever signs in every day has a long log: the end of it is asked for, not all."""
    fake = administered()
    asked: list[httpx.QueryParams] = []

    def logged(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params)
        return httpx.Response(200, json={"items": [LOGGED] * 3, "next": "mark"})

    fake.answers["intake/v1/audit"] = logged
    async with console(fake) as browser:
        page = Page((await browser.get("/administration/people/li-hua")).text)
        log = Page((await browser.get("/administration/audit?since=2026-06-01")).text)
        following = str(log.select("//a[@rel='next']/@href")[0])
        await browser.get(following)

    assert 3 == len(page.select("//table[caption='操作日志']/tbody/tr"))
    assert ["desc"] * 3 == [one["order"] for one in asked]
    assert [None, "2026-06-01", "2026-06-01"] == [one.get("since") for one in asked]
    assert [None, None, "mark"] == [one.get("after") for one in asked]


async def test_keys_and_passwords_are_given_and_taken() -> None:
    """The password's own key is no key to take; revoking for ever asks for the name."""
    fake = administered()
    path = "intake/v1/principals/li-hua"
    fake.answers |= {
        f"{path}/keys/{KEY['key_id']}": {},
        f"{path}/password": {},
        f"{path}/keys": httpx.Response(
            201, json={"principal": SOMEBODY, "key_id": "k", "key": "dw_next", "spread": False}
        ),
    }
    address = "/administration/people/li-hua"
    async with console(fake) as browser:
        page = Page((await browser.get(address)).text)
        key = await browser.post(f"{address}/key", data={"key": KEY["key_id"]})
        other = await browser.post(f"{address}/password", data={"password": "a", "again": "b"})
        same = await browser.post(f"{address}/password", data={"password": "ab ", "again": "ab "})
        await browser.post(f"{address}/no-password")
        rotated = await browser.post(f"{address}/rotate", data={"overlap": "none"})
        wrong = await browser.post(f"{address}/revoke", data={"confirm": "li"})
        revoked = await browser.post(f"{address}/revoke", data={"confirm": "li-hua"})

    assert [KEY["key_id"]] == page.select("//input[@name='key']/@value")
    assert [303, 303, 303] == [each.status_code for each in (key, same, revoked)]
    assert (422, 422) == (other.status_code, wrong.status_code)
    assert "dw_next" in rotated.text
    assert [
        ("DELETE", f"/v1/principals/li-hua/keys/{KEY['key_id']}", None),
        ("PUT", "/v1/principals/li-hua/password", {"password": "ab "}),
        ("DELETE", "/v1/principals/li-hua/password", None),
        ("POST", "/v1/principals/li-hua/keys", {"overlap_seconds": 0}),
        ("DELETE", "/v1/principals/li-hua", None),
    ] == changes(fake)


async def test_roles_and_bounds_are_changed_where_they_are_shown() -> None:
    """What is refused keeps what was chosen; whom a provider speaks for is changed there alone."""
    fake = administered()
    address, path = "/administration/people/li-hua", "intake/v1/principals/li-hua"
    wanted = {"name": "李华", "roles": "unit_approver", "bounds": "some", "jurisdictions": "城"}
    fake.answers[f"{path}/bounds"] = {}
    async with console(fake) as browser:
        saved = await browser.post(f"{address}/bounds", data={**wanted, "organisations": "D1 D2"})
        fake.answers[f"{path}/bounds"] = httpx.Response(409, json={"code": "changed_meanwhile"})
        refused = Page((await browser.post(f"{address}/bounds", data=wanted)).text)
        fake.answers[path] = {**SOMEBODY, "claimed": True}
        claimed = Page((await browser.get(address)).text)

    body = {"name": "李华", "roles": ["unit_approver"], "jurisdictions": ["城"]}
    form = f"//form[contains(@action, '{address}/bounds')]"
    assert 303 == saved.status_code
    assert [
        ("PUT", "/v1/principals/li-hua/bounds", {**body, "organisations": organisations})
        for organisations in (["D1", "D2"], [])
    ] == changes(fake)
    assert ["unit_approver"] == refused.select(f"{form}//input[@name='roles'][@checked]/@value")
    assert ["李华"] == refused.select(f"{form}//input[@name='name']/@value")
    assert [] == claimed.select(form)


async def test_a_day_is_opened_after_it_was_seen_what_happens() -> None:
    """The preview opens nothing; what has not followed is told; refused, it is said."""
    fake = administered()
    async with console(fake) as browser:
        plain = Page((await browser.get("/data/days")).text)
        asked = Page((await browser.get("/data/days?until=2026-07-01")).text)
        nothing = changes(fake)
        fake.answers["intake/v1/days"] = lambda request: httpx.Response(
            200, json=CALENDAR if request.method == "GET" else {"opened": ["2026-07-01"]}
        )
        opened = await browser.post("/data/days", data={"date": "2026-07-01"})

    assert [] == plain.select("//form[@action='/data/days?jurisdiction=%E5%9F%8E']//button")
    assert "将开账 1 天" in asked.words("//div[@class='preview']")
    assert [] == nothing
    assert (303, [("POST", "/v1/days", {"jurisdiction": "城", "date": "2026-07-01"})]) == (
        opened.status_code,
        changes(fake),
    )
    following = plain.words("//section[@aria-labelledby='following-title']//tbody/tr/td[2]")
    assert "还有 3 项 | 还有 1 项 | 已完成 | 已完成" == following
    assert "1休" in plain.words("//td[@class='off']")
    assert "10班" in plain.words("//td[@class='worked']")


async def test_a_calendar_is_published_as_a_fact() -> None:
    """With what is in force filled in; its days parted however people part them."""
    fake = administered()
    fake.answers["intake/v1/events"] = httpx.Response(202, json={"verdict": "accepted"})
    form = {"request": "c", "year": "2027", "days_off": "2027-01-01，2027-02-08\n2027-02-09"}
    async with console(fake) as browser:
        page = Page((await browser.get("/data/days")).text)
        answer = await browser.post("/data/days/calendar", data=form)

    ((_, _, event),) = changes(fake)
    assert "2026-10-01" == page.words("//textarea[@name='days_off']")
    assert {
        "date": "2026-06-30",
        "year": 2027,
        "days_off": ["2027-01-01", "2027-02-08", "2027-02-09"],
        "working_days": [],
    } == event["data"]
    assert "已受理" in Page(answer.text).words("//p[@role='status']")


async def test_the_ledger_is_verified_and_checkpoints_are_taken_along() -> None:
    """Faults are told one by one; a deployment without a key for it says so."""
    fake = administered()
    fault = {"kind": "changed", "stream": HOSTILE, "sequence": 3, "detail": "d"}
    fake.answers["intake/v1/ledger/verification"] = {
        "entries": 5,
        "streams": 2,
        "faults": [fault],
        "faults_total": 1,
        "checkpoint": 2,
        "checkpoint_made": "2026-06-30T16:00:00Z",
    }
    async with console(fake) as browser:
        found = Page((await browser.post("/data/checkpoints/verify")).text)
        file = await browser.get("/data/checkpoints/2")
        other = await browser.get("/data/checkpoints/3")
        pem = await browser.get("/data/checkpoints/key.pem")
        fake.answers["intake/v1/checkpoints"] = httpx.Response(
            404, json={"code": "no_checkpoints", "title_zh": "本部署未启用检查点"}
        )
        none = await browser.get("/data/checkpoints")

    async with console(administered("position", "read", "ledger")) as browser:
        reader = Page((await browser.get("/data/checkpoints")).text)

    assert [] == reader.select("//main//form | //main//section[@aria-labelledby='list-title']")
    assert "PEM" in reader.words("//pre")
    assert "发现 1 处不一致" in found.words("//p[contains(@class,'outcome')]")
    assert "条目被改动" in found.words("//section[@aria-labelledby='verify-title']//tbody")
    assert (CHECKPOINT, 404, "PEM") == (file.json(), other.status_code, pem.text)
    assert "本部署未启用检查点" in none.text


async def test_parameters_show_each_layers_value_and_which_way_it_went() -> None:
    """At first five, the own layer says four, and lower is stricter."""
    async with console(administered()) as browser:
        page = Page((await browser.get("/administration/packs")).text)

    row = page.words("//section[@aria-labelledby='parameters-title']//tbody/tr/td")
    assert "0.05%" in row
    assert "0.04%" in row
    assert "更严" in row


async def test_a_layer_is_drafted_checked_and_published() -> None:
    """Faults with line and column; only what was found whole can be published."""
    fake = administered()
    faults = [{"line": 2, "column": 5, "fault": HOSTILE}]
    told = {"pack": "own", "version": "2", "faults": faults}
    fake.answers["alerts/v1/rules/check"] = lambda _: httpx.Response(200, json=told)
    fake.answers["alerts/v1/rules/packs"] = lambda request: httpx.Response(
        200,
        json={"items": [PACK], "above": [], "next": None}
        if request.method == "GET"
        else {"pack": "own", "version": 2, "effective_from": "2026-07-01"},
    )
    form = {
        "request": "r",
        "act": "draft",
        "pack": "own",
        "number": "2",
        "effective_from": "2026-07-01",
        "title_zh": '"本级"',
        "title_en": "Own",
        "extends": "city",
        "reason": "a\nb",
        "value:over_budget.limit": "3",
    }
    path = "/administration/packs/draft"
    async with console(fake) as browser:
        faulty = await browser.post(path, data=form)
        content = Page(faulty.text).select("//textarea[@name='content']")[0].text
        await browser.post(path, data={**form, "act": "publish", "content": content})
        told["faults"] = []
        whole = await browser.post(path, data={**form, "act": "check", "content": content})
        done = await browser.post(path, data={**form, "act": "publish", "content": content})

    assert 422 == faulty.status_code
    assert [] == Page(faulty.text).select("//button[@value='publish']")
    assert "2 | 5" in Page(faulty.text).words("//div[@role='alert']//tbody/tr/td")
    assert (
        'id: own\nversion: "2"\neffective_from: "2026-07-01"\ntitle_zh: "\\"本级\\""\n'
        'title_en: "Own"\nextends: city\noverrides:\n  - rule: over_budget\n'
        '    parameters: {limit: 3}\n    reason: "a b"\n'
    ) == content.replace("\r\n", "\n").lstrip("\n")
    assert Page(whole.text).select("//button[@value='publish']")
    published = [body for _, address, body in changes(fake) if address == "/v1/rules/packs"]
    assert [("城", None)] == [(one["jurisdiction"], one["department"]) for one in published]
    assert "已报送发布" in done.text


async def test_without_a_service_its_part_alone_is_missing() -> None:
    """Catalogues without analysis' measures, people without the log."""
    fake = administered()
    fake.answers["analysis/v1/measuring"] = httpx.ConnectError("refused")
    fake.answers["intake/v1/audit"] = httpx.ConnectError("refused")
    fake.answers["alerts/v1/position"] = httpx.ConnectError("refused")
    async with console(fake) as browser:
        catalogues = await browser.get("/administration/catalogues")
        person = await browser.get("/administration/people/li-hua")
        days = Page((await browser.get("/data/days")).text)

    assert (200, 200) == (catalogues.status_code, person.status_code)
    assert "代码表" in catalogues.text
    assert "无应答" in days.words("//section[@aria-labelledby='following-title']//tbody")
