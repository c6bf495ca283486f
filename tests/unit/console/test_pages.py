"""Pages from services that answer, fail, or say hostile things."""

from typing import Any

import httpx
import pytest

from tests.support.html import Page
from tests.unit.console.fake_services import (
    FINDING,
    HOSTILE,
    OVERVIEW,
    PROJECT_ROW,
    RULE,
    FakeServices,
    console,
)

PAGE = "/projects/%E5%9F%8E%2FP%2F1"
HEADINGS = {
    "intake": "受理服务（intake）",
    "analysis": "分析服务（analysis）",
    "alerts": "预警服务（alerts）",
    "reporting": "报告服务（reporting）",
}


@pytest.fixture
def fake() -> FakeServices:
    """Services that answer well."""
    return FakeServices()


def words(answer: httpx.Response) -> str:
    """Give the text of a page as it is read."""
    return Page(answer.text).words()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?by=unit",
        PAGE,
        f"{PAGE}/why/spent",
        "/alerts",
        "/alerts/a",
        "/rules",
        "/rules/over_budget",
        "/suppressions",
        "/subscriptions",
        "/subscriptions/w",
        "/alerts/a?language=en",
        "/?language=en",
        f"{PAGE}?language=en",
        f"{PAGE}/why/spent?language=en",
    ],
)
async def test_hostile_names_stay_text(fake: FakeServices, path: str) -> None:
    """What a ledger says never becomes markup, script or template."""
    async with console(fake) as browser:
        answer = await browser.get(path)
    page = Page(answer.text)

    assert 200 == answer.status_code
    assert "<script>alert" not in answer.text
    assert HOSTILE in page.words()
    assert [] == page.select("//script[not(@src) and @type != 'application/json']")
    assert [] == page.select("//@style | //@onclick | //style")


async def test_an_id_typed_with_its_slash_is_led_on(fake: FakeServices) -> None:
    """People type what they read; the page's own address keeps the slash encoded."""
    async with console(fake) as browser:
        typed = await browser.get("/projects/城/P/1?language=en")
        address = typed.headers["location"]
        answer = await browser.get(address)

    assert 307 == typed.status_code
    assert f"{PAGE}?language=en" == address
    assert 200 == answer.status_code


@pytest.mark.parametrize("service", HEADINGS)
@pytest.mark.parametrize("path", ["/", PAGE])
async def test_a_page_says_which_service_does_not_answer(
    fake: FakeServices, service: str, path: str
) -> None:
    """Without analysis there is no page; what others would have said is missing, by name."""
    fake.away(service)
    async with console(fake) as browser:
        answer = await browser.get(path)

    if service == "analysis":
        assert 503 == answer.status_code
        assert "5" == answer.headers["retry-after"]
        assert f"{HEADINGS[service]}无应答" in words(answer)
        assert "dualwatch doctor" in words(answer)
        return
    assert 200 == answer.status_code
    asked = any(request.url.host == service for request in fake.requests)
    if asked and not (service == "reporting" and path == PAGE):
        assert f"{HEADINGS[service]}无应答" in words(answer)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (httpx.Response(502), "it answered 502"),
        (httpx.Response(200, content=b"<html>"), "not JSON"),
        (httpx.ReadTimeout("slow"), "ReadTimeout"),
    ],
)
async def test_an_answer_without_sense_is_an_absent_service(
    fake: FakeServices, broken: Any, reason: str
) -> None:
    """The page says what was seen."""
    fake.answers["analysis/v1/overview"] = broken
    async with console(fake) as browser:
        answer = await browser.get("/")

    assert (503, True) == (answer.status_code, reason in answer.text)


@pytest.mark.parametrize(("path", "target"), [("/?sort=light", "projects"), (PAGE, "entries")])
async def test_a_failed_exchange_loads_the_page_that_tells_it(
    fake: FakeServices, path: str, target: str
) -> None:
    """The script alone would leave the old table standing without a word."""
    fake.away("analysis")
    async with console(fake) as browser:
        answer = await browser.get(path, headers={"HX-Request": "true", "HX-Target": target})

    assert (503, path) == (answer.status_code, answer.headers["hx-redirect"])


async def test_a_refusal_is_shown_with_its_reason(fake: FakeServices) -> None:
    """The status of the service, its words, and no stack trace."""
    problem = {"code": "invalid_parameter", "detail": "query parameter light: no such light"}
    fake.answers["analysis/v1/projects"] = lambda _: httpx.Response(422, json=problem)
    async with console(fake) as browser:
        answer = await browser.get("/?light=purple")

        problem["detail_zh"] = "查询参数 light:没有这种灯色"
        told = await browser.get("/?light=purple")
        english = await browser.get("/?light=purple&language=en")

    assert 422 == answer.status_code
    assert "no such light" in words(answer)
    assert "没有这种灯色" in words(told)
    assert "no such light" in words(english)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/projects/none", 404),
        ("/projects/%00%FF%2F..%2F..%2Fetc", 404),
        ("/nowhere", 404),
        ("/static/../settings.py", 404),
        ("/static/vendor/manifest.toml", 404),
        (f"{PAGE}/entries/0", 422),
        (f"{PAGE}/entries/{'9' * 30}", 422),
        (f"{PAGE}/entries/x", 422),
        (f"{PAGE}/entries/3", 404),
        (f"{PAGE}?before=1", 422),
        (f"{PAGE}?before={'9' * 5000}", 422),
        (f"{PAGE}?before=%E4%B8%89", 422),
        ("/?jurisdiction=nowhere", 404),
        (f"/?search={'x' * 9000}", 422),
        ("/projects/" + "x" * 3000, 422),
    ],
)
async def test_hostile_addresses_get_a_page_with_the_reason(
    fake: FakeServices, path: str, status: int
) -> None:
    """Never a 500, never a bare line."""
    async with console(fake) as browser:
        answer = await browser.get(path)

    assert status == answer.status_code
    assert Page(answer.text).words("//main//h1")


async def test_a_fault_of_our_own_is_a_page_too(fake: FakeServices) -> None:
    """Without internals."""
    fake.answers["analysis/v1/overview"] = {"unexpected": True}
    async with console(fake) as browser:
        answer = await browser.get("/")

    assert 500 == answer.status_code
    assert "页面出错" in words(answer)
    assert "KeyError" not in answer.text


@pytest.mark.parametrize("path", ["/rules/over_budget", "/alerts/a"])
async def test_a_rule_says_its_basis_in_the_page_s_language(fake: FakeServices, path: str) -> None:
    """Chinese on Chinese pages where the pack says it so; else, and in English, the one text."""
    async with console(fake) as browser:
        chinese = Page((await browser.get(path)).text)
        english = Page((await browser.get(f"{path}?language=en")).text)

    said = "//*[self::p or self::dd][@lang='{}']"
    assert [RULE["basis_zh"]] == [one.text for one in chinese.select(said.format("zh"))]
    assert [] == chinese.select(said.format("en"))
    assert [RULE["basis"]] == [one.text for one in english.select(said.format("en"))]


async def test_language_and_unit_are_kept_in_cookies(fake: FakeServices) -> None:
    """Chosen by the address, remembered after it; nonsense chooses nothing."""
    async with console(fake) as browser:
        first = await browser.get("/")
        chosen = await browser.get("/?language=en&unit=yuan")
        later = await browser.get("/?language=xx&unit=")

    assert ["zh-CN", "en", "en"] == [
        Page(answer.text).root.get("lang") for answer in (first, chosen, later)
    ]
    assert ["100.00" in words(first), "1,000,000.00" in words(later)] == [True, True]
    assert all(
        "HttpOnly" in cookie and "SameSite=lax" in cookie
        for cookie in chosen.headers.get_list("set-cookie")
    )


async def test_the_table_is_paged_sorted_and_filtered_by_plain_links(fake: FakeServices) -> None:
    """All state is in the address; the token goes back as it came; htmx gets the table alone."""
    async with console(fake) as browser:
        page = Page((await browser.get("/?department=D1")).text)
        [following] = page.select("//a[@rel='next']/@href")
        fake.requests.clear()
        await browser.get(following.partition("#")[0])
        asked = next(r for r in fake.requests if r.url.path == "/v1/projects").url.params
        part = await browser.get("/", headers={"HX-Request": "true", "HX-Target": "projects"})

    assert ("more+/=", "D1", "light") == (asked["after"], asked["department"], asked["sort"])
    assert part.text.lstrip().startswith('<section id="projects"')
    assert "Cookie" in part.headers["vary"]


async def test_every_answer_carries_the_strict_headers(fake: FakeServices) -> None:
    """Pages, files, events, refusals; scripts and styles are our files alone."""
    paths = ("/", PAGE, f"{PAGE}/entries/2", f"{PAGE}/form.xlsx", "/nowhere", "/livez")
    async with console(fake) as browser:
        answers = [await browser.get(path) for path in paths]
        page = Page(answers[0].text)
        files = [await browser.get(url) for url in page.select("//script/@src | //link/@href")]

    for answer in (*answers, *files):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "nosniff" == answer.headers["x-content-type-options"]
    assert {200} == {file.status_code for file in files}
    assert all("immutable" in file.headers["cache-control"] for file in files)
    assert {"no-store"} == {answer.headers["cache-control"] for answer in answers}


async def test_the_form_and_raw_events_are_passed_on_as_they_are(fake: FakeServices) -> None:
    """The browser never needs the key; it never sees it either."""
    async with console(fake) as browser:
        form = await browser.get(f"{PAGE}/form.xlsx")
        event = await browser.get(f"{PAGE}/entries/2")

    assert (b"PK", "attachment") == (form.content, form.headers["content-disposition"])
    assert "application/json" == event.headers["content-type"]
    assert b'{"data":{"date":"2026-06-30","amount":"5.00","line":"<b>"}}' == event.content
    assert all("Bearer k" == r.headers["authorization"] for r in fake.requests)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
async def test_a_foreign_name_is_not_answered_on_loopback(fake: FakeServices, host: str) -> None:
    """A name that is made to lead here (DNS rebinding) would read everything."""
    async with console(fake, host) as browser:
        answer = await browser.get("/")

    assert 421 == answer.status_code
    assert [] == fake.requests


@pytest.mark.parametrize("host", ["localhost", "[::1]"])
async def test_loopbacks_names_are_answered(fake: FakeServices, host: str) -> None:
    """With or without a port."""
    async with console(fake, host) as browser:
        assert 200 == (await browser.get("/")).status_code


async def test_an_empty_ledger_says_how_to_begin(fake: FakeServices) -> None:
    """A fresh deployment has no jurisdiction."""
    fake.answers["analysis/v1/jurisdictions"] = {"items": []}
    async with console(fake) as browser:
        answers = [await browser.get(path) for path in ("/", "/alerts")]

    assert all("make demo" in answer.text for answer in answers)


async def test_every_figure_of_a_project_opens_what_makes_it(fake: FakeServices) -> None:
    """By a link with the same year and day; a line's figures name their line."""
    async with console(fake) as browser:
        page = Page((await browser.get(f"{PAGE}?as_of=2026-06-30")).text)
    links = page.select("//a[@class='why']/@href")

    assert f"{PAGE}/why/adjusted_budget?as_of=2026-06-30" in links
    assert f"{PAGE}/why/uncommitted_balance?as_of=2026-06-30" in links
    assert any("/why/spent?" in link and "line=" in link for link in links)


async def test_a_finding_about_no_line_shows_its_entry_once_and_no_key_of_ours(
    fake: FakeServices,
) -> None:
    """What analysis calls `entry:2` is the entry that the link beside it names."""
    found = {**FINDING, "subject": "entry:2"}
    assessment = {**PROJECT_ROW["assessment"], "findings": [found]}
    fake.answers["analysis/v1/projects/城/P/1"] = {**PROJECT_ROW, "assessment": assessment}
    async with console(fake) as browser:
        page = Page((await browser.get(PAGE)).text)

    assert "entry:2" not in page.words()
    assert f"{PAGE}/entries/2/proof" in page.select("//td/a/@href")


async def test_why_lists_the_entries_and_their_sum(fake: FakeServices) -> None:
    """Each entry leads to the event as it came; what came late is marked."""
    async with console(fake) as browser:
        answer = await browser.get(f"{PAGE}/why/spent")
    page = Page(answer.text)

    assert [f"{PAGE}/entries/2/proof"] == page.select("//tbody//a/@href")
    assert "晚到" in page.words()
    assert "合计与数字不符" not in page.words()


async def test_the_table_is_passed_on_as_a_file_with_its_filters(fake: FakeServices) -> None:
    """All pages of it, as analysis wrote them."""
    sent = {"content-type": "text/csv", "content-disposition": "attachment"}
    fake.answers["analysis/v1/projects"] = httpx.Response(200, content=b"a,b", headers=sent)
    async with console(fake) as browser:
        answer = await browser.get("/projects.csv?light=red&class=construction&sort=spent")
    (asked,) = [one for one in fake.requests if one.url.path == "/v1/projects"]

    assert (b"a,b", "text/csv") == (answer.content, answer.headers["content-type"])
    assert {"light": "red", "class": "construction", "format": "csv"}.items() <= dict(
        asked.url.params
    ).items()


async def test_groups_lead_to_their_projects(fake: FakeServices) -> None:
    """What stands under no name is shown and leads nowhere."""
    async with console(fake) as browser:
        page = Page((await browser.get("/?by=class")).text)
    rows = page.select("//section[@id='groups']//tbody/tr")
    links = page.select("//section[@id='groups']//tbody//th/a/@href")

    assert 2 == len(rows)
    assert 1 == len(links)
    assert "class=" in links[0]


@pytest.mark.parametrize(
    ("path", "status", "english", "chinese"),
    [
        ("/ranking?after=x", 422, "not the place of an entry", "after 不是条目的位置"),
        ("/changes?since=x", 422, "is not a date", "since 不是日期"),
        ("/?jurisdiction=nowhere", 404, "is not registered", "nowhere 未登记"),
        ("/units/U404", 404, "There is no unit", "没有代码为 U404 的单位或部门"),
        ("/projects/P/entries/x", 422, "valid integer", "的值无效"),
    ],
)
async def test_what_we_refuse_ourselves_is_said_in_the_language_of_the_page(
    fake: FakeServices, path: str, status: int, english: str, chinese: str
) -> None:
    """Not only what services refuse, who say it in both."""
    fake.answers["analysis/v1/overview"] = {**OVERVIEW, "projects": 0, "way": []}
    async with console(fake) as browser:
        first = await browser.get(path)
        second = await browser.get(f"{path}{'&' if '?' in path else '?'}language=en")

    assert [status] * 2 == [first.status_code, second.status_code]
    assert chinese in words(first)
    assert english not in words(first)
    assert english in words(second)
