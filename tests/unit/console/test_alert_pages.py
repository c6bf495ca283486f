"""Pages on which alerts are worked: what they send, what they say when it is refused."""

import json
from typing import Any

import httpx
import pytest

from services.console.domain import steps
from tests.support.html import Page
from tests.unit.console.fake_services import (
    ALERT,
    HOSTILE,
    SUPPRESSION,
    FakeServices,
    console,
)

FORM = {"content-type": "application/x-www-form-urlencoded"}
PROBLEM = {
    "code": "stale_version",
    "title": "Somebody was faster",
    "detail": "It is at version 8.",
    "hint": "Look again.",
    "title_zh": "版本已变化",
    "detail_zh": "现为第 8 版。",
    "hint_zh": "请刷新后再试。",
}


def sent(fake: FakeServices, method: str = "POST") -> list[tuple[str, Any, httpx.Headers]]:
    """Return what the services were asked to change: path, body, headers."""
    return [
        (one.url.path, json.loads(one.content) if one.content else None, one.headers)
        for one in fake.requests
        if one.method == method
    ]


@pytest.mark.parametrize(
    ("step", "form", "body"),
    [
        ("acknowledge", {}, {"note": ""}),
        ("assign", {"assignee": "li"}, {"assignee": "li", "note": ""}),
        ("assign", {}, {"assignee": "me", "note": ""}),
        ("comment", {"note": "已核实"}, {"note": "已核实"}),
        (
            "explain",
            {"areas": ["funding", "other"], "reason": "other", "objective": "yes", "text": "因"},
            {"areas": ["funding", "other"], "reason": "other", "objective": True, "text": "因"},
        ),
        (
            "plan",
            {"measure": "1", "text": "招标", "owner": "U1", "due": "2026-08-31"},
            {"measure": "1", "text": "招标", "owner": "U1", "due": "2026-08-31"},
        ),
        (
            "take",
            {"measure": "1", "taken_on": "2026-08-20"},
            {"measure": "1", "taken_on": "2026-08-20", "note": ""},
        ),
        ("urge", {}, {"note": ""}),
        ("review", {"outcome": "returned", "note": "补"}, {"outcome": "returned", "note": "补"}),
        ("close", {"ground": "corrected", "note": "已改"}, {"ground": "corrected", "note": "已改"}),
    ],
)
async def test_a_step_is_sent_once_under_its_key_and_version(
    step: str, form: dict[str, Any], body: dict[str, Any]
) -> None:
    """As the service takes it; then the alert is shown again."""
    fake = FakeServices()
    fake.answers[f"alerts/v1/alerts/a/{step}"] = ALERT
    async with console(fake) as browser:
        answer = await browser.post(
            f"/alerts/a/{step}", data={**form, "request": "r1", "version": "7"}
        )

    ((path, told, headers),) = sent(fake)
    assert (303, "/alerts/a") == (answer.status_code, answer.headers["location"])
    assert (f"/v1/alerts/a/{step}", body) == (path, told)
    assert ("r1", '"7"') == (headers["idempotency-key"], headers["if-match"])


async def test_what_was_refused_is_said_and_nothing_that_was_written_is_lost() -> None:
    """In the language of the page, with the form as it was."""
    fake = FakeServices()
    fake.answers["alerts/v1/alerts/a/explain"] = httpx.Response(409, json=PROBLEM)
    form = {"request": "r1", "version": "7", "reason": "other", "text": "写了很久的说明"}
    async with console(fake) as browser:
        shown = await browser.post("/alerts/a/explain", data=form)
        english = await browser.post("/alerts/a/explain?language=en", data=form)

    assert (422, 422) == (shown.status_code, english.status_code)
    assert "版本已变化 现为第 8 版。 请刷新后再试。" in Page(shown.text).words()
    assert "Somebody was faster" in Page(english.text).words()
    assert "写了很久的说明" in Page(shown.text).select("//textarea[@name='text']")[0].text_content()


async def test_the_drawer_is_the_alert_alone() -> None:
    """What htmx puts beside the list is no whole page."""
    async with console(FakeServices()) as browser:
        part = await browser.get("/alerts/a", headers={"HX-Request": "true", "HX-Target": "drawer"})

    assert 200 == part.status_code
    assert "<html" not in part.text
    assert "<article" in part.text


@pytest.mark.parametrize(
    ("alert", "told"), [({"frozen": True}, True), ({"frozen": False}, False), ({}, False)]
)
async def test_an_alert_that_stands_still_says_so(alert: dict[str, Any], *, told: bool) -> None:
    """As long as its publisher is silent (domain-rules 17f); a service of before does not know."""
    fake = FakeServices()
    listed: Any = fake.answers["alerts/v1/alerts"]
    fake.answers["alerts/v1/alerts"] = {**listed, "items": [{**ALERT, **alert}]}
    fake.answers["alerts/v1/alerts/a"] = {**ALERT, **alert}
    async with console(fake) as browser:
        shown = await browser.get("/alerts/a")
        inbox = await browser.get("/alerts")

    assert (200, 200) == (shown.status_code, inbox.status_code)
    assert told is ("在恢复报送前本预警暂停判断" in shown.text)
    assert told is ("<i>发布方久无数据</i>" in inbox.text)


@pytest.mark.parametrize("path", ["/alerts", "/alerts/a/urge", "/suppressions", "/subscriptions"])
async def test_another_sites_page_does_nothing(path: str) -> None:
    """A form elsewhere that leads here is refused before anybody is asked (CSRF)."""
    fake = FakeServices()
    async with console(fake) as browser:
        answers = [
            await browser.post(path, data={"step": "urge"}, headers=headers)
            for headers in (
                {"origin": "https://elsewhere.example"},
                {"sec-fetch-site": "cross-site"},
            )
        ]

    assert [403, 403] == [answer.status_code for answer in answers]
    assert [] == sent(fake)


async def test_many_are_done_at_once_and_each_refusal_is_said() -> None:
    """How many were done, and why the others were not."""
    fake = FakeServices()
    refused = {"alert_id": "b", "status": 409, "problem": PROBLEM}
    done = {"alert_id": "a", "status": 200}
    fake.answers["alerts/v1/alerts/bulk"] = {"items": [done, refused]}
    form = {"alert": ["a", "b"], "step": "acknowledge", "request": "r2"}
    async with console(fake) as browser:
        answer = await browser.post("/alerts?severity=red", data=form)
        none = await browser.post("/alerts", data={"step": "acknowledge"})

    ((path, told, headers),) = sent(fake)
    assert ("/v1/alerts/bulk", ["a", "b"], "r2") == (
        path,
        told["alerts"],
        headers["idempotency-key"],
    )
    assert "已处理 1 条。 版本已变化" in Page(answer.text).words()
    assert "请先选择预警。" in Page(none.text).words()


async def test_a_suppression_is_made_after_its_preview() -> None:
    """What it would hit is seen first; only what was filled in matches."""
    fake = FakeServices()
    fake.answers["alerts/v1/suppressions/preview"] = {
        "total": 2,
        "by_severity": {"yellow": 2},
        "items": [ALERT],
    }
    form = {"rule": "over_budget", "aspect": "", "until": "2026-07-31", "reason": "系统切换"}
    async with console(fake) as browser:
        preview = await browser.post("/suppressions", data={**form, "act": "preview"})
        before = Page(preview.text).select("//button[@value='make']")
        made = await browser.post("/suppressions", data={**form, "act": "make", "request": "r3"})

    first, second = sent(fake)
    assert "当前将静默 2 条预警" in Page(preview.text).words()
    assert 1 == len(before)
    assert ({"rule": "over_budget"}, {"rule": "over_budget"}) == (
        first[1]["matcher"],
        second[1]["matcher"],
    )
    assert ("r3", 303) == (second[2]["idempotency-key"], made.status_code)


async def test_the_secret_of_a_subscription_is_shown_once() -> None:
    """Right after it is made; the page afterwards does not know it."""
    fake = FakeServices()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, json={"secret": "whsec_abc"})
        return httpx.Response(200, json={"items": [], "next": None})

    fake.answers["alerts/v1/subscriptions"] = answer
    form = {"name": "n", "channel": "webhook", "address": "https://x.example/h", "rules": "a, b"}
    async with console(fake) as browser:
        made = await browser.post("/subscriptions", data=form)
        later = await browser.get("/subscriptions")

    assert "whsec_abc" in made.text
    assert "whsec_abc" not in later.text
    assert ["a", "b"] == sent(fake)[0][1]["filter"]["rules"]


async def test_filters_are_in_the_address_and_saved_by_name() -> None:
    """What the address says is what is asked, and what is kept."""
    fake = FakeServices()
    fake.answers["alerts/v1/filters/mine"] = {}
    async with console(fake) as browser:
        await browser.get("/alerts?severity=red&muted=hide&q=道路&department=D1")
        await browser.post("/alerts/filters?severity=red&q=道路", data={"name": "mine"})

    asked = next(one for one in fake.requests if one.url.path == "/v1/alerts").url.params
    assert ("red", "hide", "道路", "D1") == tuple(
        asked[name] for name in ("severity", "muted", "q", "department")
    )
    assert {"query": {"severity": "red", "q": "道路"}} == sent(fake, "PUT")[0][1]


def test_only_what_may_be_done_is_offered() -> None:
    """By what one may, and by how the alert stands."""
    ended = {**ALERT, "state": "cleared"}
    fresh = {**ALERT, "work": {**ALERT["work"], "explanation": None, "measures": []}}
    everything = frozenset({"work", "review"})

    assert frozenset() == steps.offered(ALERT, frozenset({"read"}))
    assert {"comment", "explain", "take", "review"} == steps.offered(ended, everything)
    assert steps.STEPS.keys() - {"take", "review"} == steps.offered(fresh, everything)
    assert steps.STEPS.keys() == steps.offered(ALERT, everything)


def test_a_disposition_answers_its_alert() -> None:
    """Under the alert's project and year; an amount that was left out is none."""
    form = {"measure": ["budget_cut"], "objective": ["yes"], "ground": [HOSTILE], "amount": [""]}
    body = steps.disposition(form, {**ALERT, "project_id": "610100/P1"})

    assert ("610100", "P1", "a", 2026) == tuple(
        body[name] for name in ("jurisdiction", "project", "alert", "fiscal_year")
    )
    assert (True, None, HOSTILE) == (body["objective_grounds"], body["amount"], body["ground"])


async def test_only_the_refused_form_is_open_with_what_was_written() -> None:
    """Neither closed over what was refused, nor spilt into another step's form."""
    fake = FakeServices()
    fake.answers["alerts/v1/alerts/a/close"] = httpx.Response(409, json=PROBLEM)
    form = {"request": "r1", "version": "7", "ground": "unfounded", "note": "查无此事"}
    async with console(fake) as browser:
        shown = Page((await browser.post("/alerts/a/close", data=form)).text)

    ((opened,), written) = (
        shown.select("//details[@open]//form/@action"),
        [field.text_content() for field in shown.select("//textarea")],
    )
    assert opened.startswith("/alerts/a/close")
    assert ["查无此事"] == [text for text in written if text]
    assert ["unfounded"] == shown.select("//select[@name='ground']/option[@selected]/@value")
    assert not [link for link in shown.select("//a/@href") if link.startswith("/alerts/a/close")]


async def test_a_refused_subscription_keeps_the_aspects_that_were_chosen() -> None:
    """All of them, not the first alone."""
    fake = FakeServices()
    refused = httpx.Response(409, json=PROBLEM)
    fake.answers["alerts/v1/subscriptions"] = lambda request: (
        refused if request.method == "POST" else httpx.Response(200, json={"items": []})
    )
    form = {"name": "n", "address": "a", "aspects": ["compliance", "timeliness"]}
    async with console(fake) as browser:
        shown = Page((await browser.post("/subscriptions", data=form)).text)

    chosen = shown.select("//input[@name='aspects'][@checked]/@value")
    assert {"compliance", "timeliness"} == set(chosen)


async def test_figures_of_alerts_and_rules_are_readable() -> None:
    """Rates per cent, fen as money, layers as the rules name them."""
    fake = FakeServices()
    facts = [
        {"name": "ratio_bp", "value": "7000 bp"},
        {"name": "finding.amount", "value": "123450000 fen"},
        {"name": "department", "value": "D1"},
    ]
    fake.answers["alerts/v1/alerts/a"] = {**ALERT, "facts": facts}
    async with console(fake) as browser:
        alert = Page((await browser.get("/alerts/a")).text).words()
        rules = Page((await browser.get("/rules")).text)

    assert "70.00%" in alert
    assert "123.45 万元" in alert
    assert "bp" not in alert
    assert HOSTILE in [mark.text_content() for mark in rules.select("//i[@class='mark']")]
    assert "0.05%" in rules.words()


async def test_what_a_suppression_matches_is_said_in_words() -> None:
    """Severity and aspect are no codes there."""
    fake = FakeServices()
    matcher = {"rule": "over_budget", "aspect": "compliance", "severity_at_most": "yellow"}
    item = {**SUPPRESSION, "matcher": matcher}
    fake.answers["alerts/v1/suppressions"] = {"items": [item], "next": None}
    async with console(fake) as browser:
        words = Page((await browser.get("/suppressions")).text).words()

    assert "规则 over_budget · 类别 合规性 · 级别不高于 黄色" in words


@pytest.mark.parametrize("scope", ["unit", "department"])
async def test_an_alert_about_an_organisation_leads_to_no_project(scope: str) -> None:
    """Its id is no project's; the organisation is named instead."""
    fake = FakeServices()
    about = {"scope": scope, "scope_subject": "D1", "project_id": "城/D1", "project_name": None}
    fake.answers["alerts/v1/alerts/a"] = {**ALERT, **about}
    async with console(fake) as browser:
        shown = Page((await browser.get("/alerts/a")).text)

    assert not [link for link in shown.select("//a/@href") if link.startswith("/projects/")]
    assert HOSTILE in shown.words()


@pytest.mark.parametrize(("language", "words"), [("zh", "内容有误"), ("en", "Invalid")])
@pytest.mark.parametrize("path", ["/alerts", "/alerts/a"])
async def test_why_facts_were_refused_is_said_in_words(
    path: str, language: str, words: str
) -> None:
    """The reason is what such an alert is about: no code of ours."""
    fake = FakeServices()
    refused = {**ALERT, "scope": "quarantine", "scope_subject": "invalid"}
    fake.answers["alerts/v1/alerts/a"] = refused
    listed = fake.answers["alerts/v1/alerts"]
    assert isinstance(listed, dict)
    fake.answers["alerts/v1/alerts"] = {**listed, "items": [refused]}
    async with console(fake) as browser:
        shown = Page((await browser.get(path, params={"language": language})).text).words()

    assert words in shown
    assert "invalid" not in shown


@pytest.mark.parametrize(("language", "words"), [("zh", "须重新说明原因"), ("en", "it anew")])
async def test_what_outgrew_its_explanation_says_so(language: str, words: str) -> None:
    """What was explained when it was less grave waits for another explanation."""
    fake = FakeServices()
    async with console(fake) as client:
        before = await client.get("/alerts/a", params={"language": language})
        outgrown = {**ALERT, "work": {**ALERT["work"], "outgrown": True}}
        fake.answers["alerts/v1/alerts/a"] = outgrown
        after = await client.get("/alerts/a", params={"language": language})

    assert (False, True) == (words in before.text, words in after.text)


@pytest.mark.parametrize(("language", "word"), [("zh", "已逾期"), ("en", "late")])
async def test_a_measure_that_is_late_says_so(language: str, word: str) -> None:
    """Beside its last day, until it is carried out."""
    (measure,) = ALERT["work"]["measures"]
    fake = FakeServices()
    shown = []
    for late in (measure, {**measure, "reminded_at": 0}, {**measure, "reminded_at": -1}):
        work = {**ALERT["work"], "measures": [late]}
        fake.answers["alerts/v1/alerts/a"] = {**ALERT, "work": work}
        async with console(fake) as client:
            page = await client.get("/alerts/a", params={"language": language})
        marks = Page(page.text).select("//table//b[@class='mark']")
        shown.append([mark.text_content() for mark in marks])

    assert [[], [], [word]] == shown
