"""Pages of reporting: what they show, what they send, what they say when it is refused."""

import json
from typing import Any

import httpx
import pytest

from services.console.domain import papers
from services.console.domain.texts import Language
from services.console.pages.frame.rendering import texts_of
from tests.support.html import Page
from tests.unit.console.fake_reporting import (
    AT,
    CAMPAIGN_KEY,
    CAMPAIGN_PAGE,
    FORM_ID,
    FORM_PAGE,
    PAPER,
    REPORT_PAGE,
    REVIEWED,
    SCAN,
    reporting,
)
from tests.unit.console.fake_services import HOSTILE, console
from tests.unit.console.test_alert_pages import PROBLEM, sent

FORM_ANSWER = f"reporting/v1/papers/{FORM_ID}"


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns",
        CAMPAIGN_PAGE,
        "/papers",
        FORM_PAGE,
        f"{FORM_PAGE}/review",
        f"{FORM_PAGE}/history",
        REPORT_PAGE,
        f"{REPORT_PAGE}/review",
        f"{FORM_PAGE}?language=en&unit=yuan",
        f"{REPORT_PAGE}?language=en",
        f"{CAMPAIGN_PAGE}?language=en",
    ],
)
async def test_hostile_words_stay_text(path: str) -> None:
    """What people write on a form never becomes markup, script or template."""
    async with console(reporting()) as browser:
        answer = await browser.get(path)
    page = Page(answer.text)

    assert 200 == answer.status_code
    assert "<script>alert" not in answer.text
    assert HOSTILE in page.words()
    assert [] == page.select("//script[not(@src) and @type != 'application/json']")
    assert [] == page.select("//@style | //@onclick | //style")


@pytest.mark.parametrize(
    "path", [FORM_PAGE, f"{FORM_PAGE}/review", REPORT_PAGE, CAMPAIGN_PAGE, "/campaigns", "/papers"]
)
async def test_everything_that_is_filled_in_has_a_name(path: str) -> None:
    """A label, a legend's group or a name of its own; no id is there twice."""
    async with console(reporting()) as browser:
        page = Page((await browser.get(path)).text)
    controls = page.select("//main//*[self::input or self::select or self::textarea]")
    nameless = [
        one.get("name")
        for one in controls
        if one.get("type") != "hidden"
        and not one.get("aria-label")
        and not one.xpath("ancestor::label")
    ]
    ids = page.select("//@id")

    assert [] == nameless
    assert sorted(set(ids)) == sorted(ids)


async def test_a_form_is_filled_in_by_fields_with_their_versions() -> None:
    """Each knows its pointer, kind and version; treasury money is not among them."""
    async with console(reporting()) as browser:
        page = Page((await browser.get(FORM_PAGE)).text)
    fields = {
        one.get("data-field"): (one.get("data-kind"), one.get("data-version"))
        for one in page.select("//*[@data-field]")
    }

    assert {
        "/carryover": ("amount", "2"),
        "/funding/total/expected_spent": ("amount", "0"),
        "/funding/L9/own_spent": ("amount", "0"),
        f"{AT}/result": ("result", "4"),
        f"{AT}/areas": ("several", "1"),
        f"{AT}/possibility": ("radio", "1"),
        f"{AT}/evidence": ("files", "1"),
        "/contact/filled_on": ("choice", "0"),
    }.items() <= fields.items()
    assert "/funding/total/own_spent" not in fields
    assert ["0.0001"] == page.select("//*[@data-field='/carryover']//input/@value")
    assert ["possible"] == page.select("//input[@type='radio'][@checked]/@value")
    # What a result is read by: a number with its unit is that number.
    assert ["个"] == page.select("//*[@data-kind='result']/@data-measure")


async def test_in_english_a_form_names_its_rows_and_alerts_in_english() -> None:
    """The paper itself is in Chinese, as it is printed; a page goes by what its rows are."""
    fake = reporting()
    async with console(fake) as browser:
        english = Page((await browser.get(f"{FORM_PAGE}?language=en")).text)
        fake.answers["alerts/v1/rules"] = httpx.Response(403, json={"code": "forbidden"})
        without = Page((await browser.get(FORM_PAGE)).text)
        chinese = Page((await browser.get(f"{FORM_PAGE}?language=zh")).text)
    alert = "//section[@aria-labelledby='related-title']//a"
    rows = "//table[contains(@class, 'money')]//tbody//th"

    assert ["Money of the year", "of which own funds L9"] == [
        one.text for one in english.select(rows)
    ]
    assert ["Spending over budget"] == [one.text for one in english.select(alert)]
    assert ["zh"] == without.select(f"{alert}/@lang")
    assert "年度资金总额" == chinese.select(rows)[0].text
    assert [] == chinese.select(f"{alert}/@lang")


async def test_in_english_a_report_names_accounts_and_kinds_in_english() -> None:
    """By their words in the vocabulary."""
    async with console(reporting()) as browser:
        english = Page((await browser.get(f"{REPORT_PAGE}?language=en")).text)
        chinese = Page((await browser.get(f"{REPORT_PAGE}?language=zh")).text)
    rows = "//section[@aria-labelledby='figures-title']//tbody//th"

    assert {"General public budget", "quantity"} == {one.text for one in english.select(rows)}
    assert "数量指标" in {one.text for one in chinese.select(rows)}


CHINESE = ("产出指标", "数量指标", "一、")
"""What headings of papers said on English pages too."""


@pytest.mark.parametrize("way", ["", "/review"])
async def test_in_english_a_papers_headings_are_english(way: str) -> None:
    """Filled in and reviewed alike: levels of indicators, sections of a report."""
    async with console(reporting()) as browser:
        form = Page((await browser.get(f"{FORM_PAGE}{way}?language=en")).text)
        report = Page((await browser.get(f"{REPORT_PAGE}{way}?language=en")).text)
        form_zh = Page((await browser.get(f"{FORM_PAGE}{way}?language=zh")).text)
        report_zh = Page((await browser.get(f"{REPORT_PAGE}{way}?language=zh")).text)

    assert "Output · Quantity" in form.words("//main")
    assert "How monitoring was organised" in report.words("//main")
    for page in (form, report):
        assert [] == [one for one in CHINESE if one in page.words("//h2") + page.words("//caption")]
    assert "产出指标 · 数量指标" in form_zh.words("//main")
    assert "一、工作开展情况" in report_zh.words("//main")


def test_a_heading_of_ones_own_stays_as_it_is() -> None:
    """A section of a bureau's outline, a level of its catalogue: there is no English for them."""
    english = texts_of(Language.ENGLISH)
    own = {"key": "water", "title": "八、节水情况"}

    assert "八、节水情况" == papers.section_name(own, english)
    assert "节水指标" == papers.level_name("节水指标", english)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"key": "total", "label": "合计"}, "Money of the year"),
        ({"key": "state_capital", "label": "国有资本经营预算"}, "State capital operations"),
        ({"key": "", "label": "无预算支出", "level": 1}, "Spent without budget"),
        ({"key": "", "label": "无预算支出"}, "Spent without budget"),
        ({"key": "", "label": "其中: 上年结转", "level": 2}, "of which carried over"),
        ({"key": "of another release", "label": "新预算"}, "新预算"),
    ],
)
def test_a_row_of_money_is_named_by_what_it_is(row: dict[str, Any], name: str) -> None:
    """A row that this release does not know keeps the name that it came with."""
    assert name == papers.row_name(row, texts_of(Language.ENGLISH))
    assert row["label"] == papers.row_name(row, texts_of(Language.CHINESE))


async def test_what_is_marked_stands_at_its_field_and_gaps_lead_there() -> None:
    """Returned because, far from the model, disputed; a gap without a place leads to the page."""
    async with console(reporting()) as browser:
        page = Page((await browser.get(FORM_PAGE)).text)
    first, other = page.select("//ul[@id='gaps']//a/@href")

    assert "不充分" in page.words(f"//*[@data-field='{AT}/reason']")
    assert "相差两级" in page.words(f"//*[@data-field='{AT}/possibility']")
    assert 1 == len(page.select(f"//*[@id='{first[1:]}'][@data-field='{AT}/measure']"))
    assert "#main" == other
    assert "待数据管理岗答复" in page.words("//tr[1]")


async def test_a_form_in_other_hands_is_shown_side_by_side() -> None:
    """With what changed since its previous edition, and a place to say why each is returned."""
    fake = reporting()
    fake.answers[FORM_ANSWER] = REVIEWED
    async with console(fake) as browser:
        page = Page((await browser.get(FORM_PAGE)).text)
    changed = page.select("//tr[@class='changed']/th/text()")

    assert [] == page.select("//*[@data-field]")
    assert ["年度资金总额 · 执行数", "预计结转"] == [
        text.strip() for text in changed if text.strip()
    ]
    assert page.words("//tr[@class='changed'][1]/td[position()<3]").startswith("39.00 | 40.00")
    assert "reason:/carryover" in page.select("//textarea/@name")
    assert {f"{FORM_PAGE}/approve"} == set(page.select("//button/@formaction"))


@pytest.mark.parametrize(
    ("step", "form", "body"),
    [
        ("submit", {"note": "请审"}, {"note": "请审"}),
        ("approve", {}, {"note": ""}),
        (
            "return",
            {f"reason:{AT}/reason": "不充分", "reason:/remarks": "", "note": "补"},
            {"reasons": [{"field": f"{AT}/reason", "reason": "不充分"}], "note": "补"},
        ),
        (
            "return",
            {"note": "重报"},
            {"reasons": [{"field": "/", "reason": "重报"}], "note": "重报"},
        ),
        ("withdraw", {}, {"note": ""}),
        ("reopen", {"note": "更正"}, {"note": "更正"}),
        ("delegate", {"to": "li"}, {"to": "li"}),
        (
            "dispute",
            {"field": "/funding/total/spent", "reason": "多记"},
            {"field": "/funding/total/spent", "reason": "多记"},
        ),
        (
            "settle",
            {"field": "/funding/total/spent", "answer": "已改", "corrected": "yes"},
            {"field": "/funding/total/spent", "answer": "已改", "corrected": True},
        ),
        ("seal", {"edition": "1", "scan": json.dumps(SCAN)}, {"edition": 1, "scan": SCAN}),
        (
            "enter",
            {"scan": json.dumps(SCAN), "received_on": "2026-07-18"},
            {"scan": SCAN, "received_on": "2026-07-18", "note": ""},
        ),
        ("enter", {"scan": "{"}, {"scan": None, "received_on": None, "note": ""}),
        ("refresh", {}, {}),
    ],
)
async def test_a_step_is_sent_once_under_its_key_and_version(
    step: str, form: dict[str, Any], body: dict[str, Any]
) -> None:
    """As reporting takes it; then the paper is shown again."""
    fake = reporting()
    fake.answers[f"{FORM_ANSWER}/{step}"] = PAPER
    async with console(fake) as browser:
        answer = await browser.post(
            f"{FORM_PAGE}/{step}", data={**form, "request": "r1", "version": "5"}
        )

    ((path, told, headers),) = sent(fake)
    assert (303, FORM_PAGE) == (answer.status_code, answer.headers["location"])
    assert (f"/v1/papers/{FORM_ID}/{step}", body) == (path, told)
    assert ("r1", '"5"') == (headers["idempotency-key"], headers["if-match"])


async def test_a_refused_return_loses_nothing_that_was_written() -> None:
    """Said in the page's language, with every reason still there."""
    fake = reporting()
    fake.answers[FORM_ANSWER] = REVIEWED
    fake.answers[f"{FORM_ANSWER}/return"] = httpx.Response(409, json=PROBLEM)
    form = {f"reason:{AT}/reason": "写了很久", "note": "意见", "request": "r"}
    async with console(fake) as browser:
        answer = await browser.post(f"{FORM_PAGE}/return", data=form)
    page = Page(answer.text)

    assert 422 == answer.status_code
    assert "版本已变化" in page.words()
    assert ["写了很久"] == [
        one.text for one in page.select(f"//textarea[@name='reason:{AT}/reason']")
    ]
    assert ["意见"] == [one.text for one in page.select("//textarea[@name='note']") if one.text]


async def test_results_on_their_way_are_no_absent_service() -> None:
    """A 503 that says what to do is told, with the page as it was."""
    fake = reporting()
    problem = {**PROBLEM, "code": "results_on_their_way", "title_zh": "结果尚在入账"}
    fake.answers[f"{FORM_ANSWER}/submit"] = httpx.Response(503, json=problem)
    async with console(fake) as browser:
        answer = await browser.post(f"{FORM_PAGE}/submit", data={"request": "r"})

    assert (422, True) == (answer.status_code, "结果尚在入账" in answer.text)


async def test_fields_are_saved_with_their_versions_and_answered_for_a_script() -> None:
    """New versions, what is still missing, and the paper's version for the next step."""
    fake = reporting()
    draft = {"/carryover": {"value": "3.00", "version": 3, "by": "me", "at": ""}}
    fake.answers[f"{FORM_ANSWER}/draft"] = {**PAPER, "version": 6, "draft": draft}
    field = {"field": "/carryover", "value": "3.00", "version": 2}
    async with console(fake) as browser:
        answer = await browser.post(f"{FORM_PAGE}/draft", json={"request": "r", "fields": [field]})

    ((path, told, headers),) = sent(fake, "PATCH")
    assert (f"/v1/papers/{FORM_ID}/draft", {"fields": [field]}) == (path, told)
    assert "r" == headers["idempotency-key"]
    assert [{"field": "/carryover", "version": 3}] == answer.json()["saved"]
    assert (6, "请填备注") == (answer.json()["version"], answer.json()["gaps"][0]["text"])
    assert "已清空" in answer.json()["withdrawals"][0]["text"]


async def test_a_stale_field_comes_back_with_what_stands_there_now() -> None:
    """So that both values can be shown."""
    fake = reporting()
    now = [{"field": "/carryover", "value": "9.00", "version": 4, "by": "li", "at": ""}]
    problem = {**PROBLEM, "code": "stale_fields", "fields": now}
    fake.answers[f"{FORM_ANSWER}/draft"] = httpx.Response(409, json=problem)
    field = {"field": "/carryover", "value": "3.00", "version": 2}
    async with console(fake) as browser:
        answer = await browser.post(f"{FORM_PAGE}/draft", json={"request": "r", "fields": [field]})

    assert (409, now) == (answer.status_code, answer.json()["stale"])
    assert answer.json()["problem"].startswith("版本已变化")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 422),
        (b"[]", 422),
        (b'{"fields": "x"}', 422),
        (b'{"fields": [{"field": "/x"}]}', 422),
        (b'{"fields": [' + b"0," * 600 + b"0]}", 422),
        (b"x" * 4_000_001, 413),
    ],
)
async def test_what_is_no_draft_is_refused_before_anybody_is_asked(
    content: bytes, status: int
) -> None:
    """Bounded in size and in number."""
    fake = reporting()
    async with console(fake) as browser:
        answer = await browser.post(f"{FORM_PAGE}/draft", content=content)

    assert status == answer.status_code
    assert [] == sent(fake, "PATCH")


async def test_a_service_that_is_away_keeps_the_script_trying() -> None:
    """503 with a sentence: what was typed stays in the browser."""
    fake = reporting()
    fake.answers[f"{FORM_ANSWER}/draft"] = httpx.ConnectError("refused")
    field = {"field": "/remarks", "value": "x", "version": 0}
    async with console(fake) as browser:
        answer = await browser.post(f"{FORM_PAGE}/draft", json={"request": "r", "fields": [field]})

    assert (503, True) == (answer.status_code, bool(answer.json()["problem"]))


async def test_a_file_goes_to_intake_in_the_name_of_whoever_attaches_it() -> None:
    """As it came, for its project."""
    fake = reporting()
    fake.answers["intake/v1/evidence"] = httpx.Response(201, json=SCAN)
    async with console(fake) as browser:
        answer = await browser.post(
            f"{FORM_PAGE}/evidence?subject=城/P/1&name=盖章.pdf",
            content=b"%PDF-1.7",
            headers={"content-type": "application/pdf"},
        )
    (asked,) = [one for one in fake.requests if one.url.path == "/v1/evidence"]

    assert SCAN == answer.json()
    assert {"subject": "城/P/1", "name": "盖章.pdf"} == dict(asked.url.params)
    assert ("application/pdf", "Bearer k") == (
        asked.headers["content-type"],
        asked.headers["authorization"],
    )


@pytest.mark.parametrize(
    ("page", "path"),
    [
        (f"{FORM_PAGE}/file?format=xlsx&layout=national", f"{FORM_ANSWER}/file"),
        (
            f"{CAMPAIGN_PAGE}/file/summary?format=docx",
            f"reporting/v1/campaigns/{CAMPAIGN_KEY}/summary",
        ),
        (
            f"{CAMPAIGN_PAGE}/file/exchange/PAY_PERF_MONITOR_INFO?format=csv",
            f"reporting/v1/campaigns/{CAMPAIGN_KEY}/exchange/PAY_PERF_MONITOR_INFO",
        ),
        (f"{CAMPAIGN_PAGE}/workbook?unit=U1", f"reporting/v1/campaigns/{CAMPAIGN_KEY}/workbook"),
        ("/downloads/d/file", "reporting/v1/downloads/d/file"),
        (f"{FORM_PAGE}/evidence/{'a' * 64}", f"intake/v1/evidence/{'a' * 64}"),
    ],
)
async def test_files_are_passed_on_as_they_are(page: str, path: str) -> None:
    """Bytes, type and name are the service's."""
    fake = reporting()
    headers = {"content-type": "application/x", "content-disposition": "attachment; filename=f"}
    fake.answers[path] = httpx.Response(200, content=b"PK", headers=headers)
    async with console(fake) as browser:
        answer = await browser.get(page)

    assert (200, b"PK") == (answer.status_code, answer.content)
    assert headers.items() <= dict(answer.headers).items()


@pytest.mark.parametrize(
    "path",
    [
        f"{FORM_PAGE}/file?format=exe",
        f"{CAMPAIGN_PAGE}/file/board?format=xlsx",
        f"{CAMPAIGN_PAGE}/file/summary?format=json",
    ],
)
async def test_only_files_that_are_offered_are_asked_for(path: str) -> None:
    """Nothing else of a service can be had this way."""
    fake = reporting()
    async with console(fake) as browser:
        answer = await browser.get(path)

    assert 404 == answer.status_code
    assert not any(
        "/v1/papers" in one.url.path or "/v1/campaigns" in one.url.path for one in fake.requests
    )


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns",
        f"{CAMPAIGN_PAGE}/urge",
        "/papers",
        f"{FORM_PAGE}/submit",
        f"{FORM_PAGE}/draft",
        f"{FORM_PAGE}/evidence",
    ],
)
async def test_another_sites_page_does_nothing(path: str) -> None:
    """A form elsewhere that leads here is refused before anybody is asked (CSRF)."""
    fake = reporting()
    async with console(fake) as browser:
        answer = await browser.post(path, data={}, headers={"origin": "https://elsewhere.example"})

    assert 403 == answer.status_code
    assert [] == sent(fake)


@pytest.mark.parametrize("path", ["/campaigns", "/papers", FORM_PAGE, CAMPAIGN_PAGE])
async def test_without_reporting_the_page_says_so(path: str) -> None:
    """By the service's name, with what to do."""
    fake = reporting()
    fake.away("reporting")
    async with console(fake) as browser:
        answer = await browser.get(path)

    assert (503, True) == (answer.status_code, "dualwatch doctor" in answer.text)


async def test_each_reason_of_a_return_is_told_above_the_form() -> None:
    """Also one about a row that has no field to fill in: its unit would not see it otherwise."""
    fake = reporting()
    paper = fake.answers[f"reporting/v1/papers/{FORM_ID}"]
    assert isinstance(paper, dict)
    rows = [{"field": "/funding/original", "reason": "年初预算须核对"}, *paper["returned"]]
    fake.answers[f"reporting/v1/papers/{FORM_ID}"] = {**paper, "returned": rows}
    async with console(fake) as browser:
        page = Page((await browser.get(FORM_PAGE)).text)

    told = page.words("//main/section[contains(@class, 'notice')]//li")
    assert "年初预算须核对" in told
    assert "不充分" in told
