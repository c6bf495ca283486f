"""The page on the real stack: its figures are the services', whoever looks and however."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest

from services.console.domain.figures import MoneyUnit, money, percent
from tests.integration.console.running import ANSWER_SECONDS, CITY, Seen
from tests.support.eventually import eventually
from tests.support.html import Page

pytestmark = pytest.mark.integration

PAGES_MAX = 80
"""Pages that the crawler looks at."""
SCOPE = {"jurisdiction": CITY.jurisdiction, "fiscal_year": 2026}


def rows_of(page: Page) -> list[list[str]]:
    """Give the cells of the project table as they are read."""
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.select("//section[@id='projects']//tbody/tr")
    ]


def project_pages(seen: Seen) -> Iterator[str]:
    """Give the addresses of the projects on the first page of the table."""
    yield from seen.page().select("//section[@id='projects']//tbody//a/@href")


def test_the_totals_are_those_of_analysis(seen: Seen) -> None:
    """In each unit; the lights are counted; the city's day is the default."""
    totals = seen.ask("analysis", "/v1/overview", **SCOPE)
    for unit in MoneyUnit:
        words = seen.page(f"/?unit={unit}").words("//dl[contains(@class, 'totals')]")
        for name in ("adjusted_budget", "disbursed", "spent", "expected_spent"):
            assert money(totals[name], unit) in words
        for name in ("execution_rate_bp", "expected_rate_bp", "attainment_rate_bp"):
            assert percent(totals[name]) in words
    page = seen.page("/?unit=wan")

    assert f"截至 {CITY.until}" in page.words("//h1")
    counts = [int(count) for count in page.words("//ul[@class='lamps']//b").split(" | ")]
    assert [totals["projects"], *totals["lights"].values()] == counts
    assert totals["projects"] == seen.city["projects"] == sum(totals["lights"].values())


@pytest.mark.parametrize("order", ["sort=light", "sort=adjusted_budget&order=desc", "light=none"])
def test_the_table_shows_every_row_as_analysis_gives_it(seen: Seen, order: str) -> None:
    """Page after page by the link to the next, in order, each figure the same."""
    pages, path = [], f"/?{order}"
    for _ in range(PAGES_MAX):
        page = seen.page(path)
        pages.append(page)
        following = page.select("//section[@id='projects']//a[@rel='next']/@href")
        if not following:
            break
        path = following[0].partition("#")[0]
    shown = [row for page in pages for row in rows_of(page)]
    given = dict(part.split("=") for part in order.split("&"))
    asked = {"sort": "light", **given, **SCOPE, "limit": 500}
    rows = seen.ask("analysis", "/v1/projects", **asked)["items"]
    names = seen.ask("reporting", "/v1/organisations", jurisdiction=CITY.jurisdiction)["names"]

    assert len(rows) == len(shown)
    for row, cells in zip(rows, shown, strict=True):
        assert row["project_name"] in cells[1]
        assert row["project_id"] in cells[1]
        assert names[row["department"]] == cells[2]
        assert money(row["adjusted_budget"], MoneyUnit.WAN) == cells[3]
        assert money(row["spent"], MoneyUnit.WAN) == cells[4]
        if row["execution_rate_bp"] is not None:
            assert cells[5].startswith(percent(row["execution_rate_bp"]))


def test_every_open_alert_is_on_the_page(seen: Seen) -> None:
    """The severest first in the overview; all of them in the list, with links that lead on."""
    alerts = seen.ask("alerts", "/v1/alerts", **SCOPE, state="open", limit=1000)["items"]
    overview, listed = seen.page(), seen.page(f"/alerts?jurisdiction={CITY.jurisdiction}")
    total = overview.words("//section[@aria-labelledby='alerts-title']//span[@class='muted'][1]")

    assert sum(seen.city["alerts_by_rule"].values()) == len(alerts) > 0
    assert f"共 {len(alerts)} 条" in total
    gravest = seen.ask("alerts", "/v1/alerts", **SCOPE, sort="severity", limit=50)["items"]
    assert [f"/alerts/{alert['alert_id']}" for alert in gravest] == [
        link.partition("?")[0]
        for link in listed.select("//ul[@class='alerts work']//a[@class='open']/@href")
    ]
    opened = seen.page(f"/alerts/{gravest[0]['alert_id']}")
    assert gravest[0]["title_zh"] in opened.words("//h1")
    for link in overview.select("//ul[@class='alerts']//a/@href")[:3]:
        assert seen.page(link).words("//h1")


def test_a_project_shows_what_the_services_say_of_it(seen: Seen) -> None:
    """Months, indicators, alerts, entries and the form are those of their owners."""
    for path in list(project_pages(seen))[:5]:
        page = seen.page(path)
        name = page.words("(//dl[@class='facts'])[1]/div[1]/dd")
        address = quote(name, safe="")
        row = seen.ask("analysis", f"/v1/projects/{address}", fiscal_year=2026)
        months = seen.ask("analysis", f"/v1/projects/{address}/months", fiscal_year=2026)["items"]
        table = page.select("//section[@aria-labelledby='months-title']//tbody/tr")
        assert [
            [money(m[n], MoneyUnit.WAN) for n in ("adjusted_budget", "expected_spent", "spent")]
            for m in months
        ] == [[month[n].text_content() for n in (1, 2, 4)] for month in table]
        indicators = page.select("//section[@aria-labelledby='indicators-title']//tbody/tr")
        assert row["indicators"] == len(indicators)
        entries = seen.ask("intake", f"/v1/ledger/{address}", limit=1000)["items"]
        links = page.select("//section[@id='entries']//tbody//tr/td[last()]/a/@href")
        assert 2 * min(25, len(entries)) == len(links)
        newest = seen.browser.get(links[1])
        assert entries[-1]["event"] == newest.json()
        assert entries[-1]["hash"] in seen.page(links[0]).words("//ol[@class='steps']")
        form = seen.browser.get(page.select("//a[@download]/@href")[0])
        assert (200, b"PK") == (form.status_code, form.content[:2])


def test_an_entry_is_proved_once_a_checkpoint_covers_it(seen: Seen) -> None:
    """Before it says that it is not sealed yet; then every step agrees."""
    project = next(project_pages(seen)).partition("?")[0]
    headers = {"content-type": "application/json"}
    url = f"{seen.stack.endpoints().intake}/v1/checkpoints"
    assert seen.api.post(url, headers=headers).status_code == 200

    page = seen.page(f"{project}/entries/1/proof")

    assert "已证明" in page.words("//div[@role='status']")
    assert "✗" not in page.words("//main")


def test_levels_add_up_and_lead_down(seen: Seen) -> None:
    """The city's row of a department is the department's page, and its units are below it."""
    links = seen.page().select("//section[@id='groups']//tbody//th/a/@href")[:3]
    for link in links:
        code = link.partition("?")[0].rsplit("/", 1)[-1]
        totals = seen.ask("analysis", "/v1/overview", **SCOPE, department=code)
        page = seen.page(link)
        assert money(totals["spent"], MoneyUnit.WAN) in page.words("//dl[@class='totals six']")
        [unit] = page.select("//section[@id='groups']//tbody//th/a/@href")[:1]
        assert unit.startswith("/units/")
        trail = seen.page(unit).select("//nav[@class='crumbs']//a/@href")
        assert any(step.startswith(f"/departments/{code}") for step in trail)


def test_sums_and_ranks_are_those_of_analysis(seen: Seen) -> None:
    """Every project that adds to a figure is listed, and the amounts make it."""
    why = seen.ask("analysis", "/v1/why/spent", **SCOPE, limit=100)
    words = seen.page("/why/spent").words("//table")
    assert all(one["project_id"] in words for one in why["items"])
    assert money(why["value"], MoneyUnit.WAN) in words
    ranks = seen.ask("analysis", "/v1/ranking", **SCOPE, order="asc", limit=50)["items"]
    cells = seen.page("/ranking").select("//table/tbody/tr/td[2]//b/text()")
    assert [percent(one["value"]) for one in ranks] == cells


def test_a_day_in_the_past_is_shown_as_it_was(seen: Seen) -> None:
    """And says so."""
    totals = seen.ask("analysis", "/v1/overview", **SCOPE, as_of="2026-03-25")
    page = seen.page("/?as_of=2026-03-25")

    assert money(totals["spent"], MoneyUnit.WAN) in page.words("//dl[contains(@class, 'totals')]")
    assert str(CITY.until) in page.words("//p[@class='notice']")


def test_nothing_foreign_is_asked_for_and_every_link_leads_somewhere(seen: Seen) -> None:
    """A crawl in both languages: no address of another server in any page or style."""
    left, known, foreign = ["/", "/?language=en", "/alerts"], set[str](), set[str]()
    while left and len(known) < PAGES_MAX:
        path = left.pop(0)
        answer = seen.browser.get(path)
        assert answer.status_code == 200, path
        if "html" in answer.headers["content-type"]:
            page = Page(answer.text)
            urls = page.select("//@href | //@src | //@action | //@hx-get | //@srcset | //@poster")
            for url in urls:
                target = urlsplit(urljoin(path, url))
                if target.netloc:
                    foreign.add(url)
                found = target.path + (f"?{target.query}" if target.query else "")
                if found not in known:
                    known.add(found)
                    left.append(found)
        elif "css" in answer.headers["content-type"]:
            foreign |= set(re.findall(r"url\([^)]*\)|@import.*", answer.text))

    assert set() == foreign
    assert len(known) >= PAGES_MAX


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_can_be_used_without_seeing_them(seen: Seen, language: str) -> None:
    """Language, landmarks, one heading, labels, table heads with scope, names of pictures."""
    paths = ["/", next(project_pages(seen)), "/alerts", "/nowhere"]
    for path in paths:
        sign = "&" if "?" in path else "?"
        page = Page(seen.browser.get(f"{path}{sign}language={language}").text)
        assert page.root.get("lang", "").startswith(language)
        for landmark in ("header", "main", "footer", "h1", "head/title"):
            assert len(page.select(f"//{landmark}")) == 1
        # Several ways to go on are told apart by their names.
        named = page.select("//nav/@aria-label")
        assert len(set(named)) == len(page.select("//nav")) >= 1
        assert page.select("//a[@href='#main']")
        fields = "//input[not(@type='hidden')] | //select"
        named_fields = "ancestor::label | self::*[@aria-label]"
        assert all(field.xpath(named_fields) for field in page.select(fields))
        assert len(page.select("//table")) == len(page.select("//table/caption"))
        assert [] == page.select("//th[not(@scope)]")
        assert [] == page.select("//*[@role='img' and not(@aria-label)]")
        assert [] == page.select("//svg[not(@role) and not(@aria-hidden)]")
        assert [] == page.select("//*[contains(@class, 'lamp') and not(normalize-space())]")
        ids = page.select("//@id")
        assert len(ids) == len(set(ids))
        named = page.select("//@aria-labelledby")
        assert set(named) <= set(ids)


@pytest.mark.parametrize(
    "path",
    [
        "/?fiscal_year=abc",
        "/?fiscal_year=99999999999999999999",
        "/?as_of=2026-13-45",
        "/?as_of=0001-01-01",
        "/?as_of=2299-12-31",
        "/?after=nonsense",
        "/?after=WyJsaWdodCIsMCwiYSJd&sort=adjusted_budget",
        "/?sort=password&order=up",
        "/?light=%00",
        f"/?jurisdiction={'x' * 5000}",
        f"/?search={'%F0%9F%92%A3' * 300}",
        "/?department=" + "d" * 500,
        "/alerts?after=x",
        "/alerts?fiscal_year=-1",
        "/projects/%2F",
        "/projects/%00%FF",
        "/projects/" + "p" * 900,
        "/projects/x/form.xlsx",
        "/projects/x/entries/1",
        "/projects/x/entries/999999999999999999999",
    ],
)
def test_hostile_values_get_a_page_with_the_reason(seen: Seen, path: str) -> None:
    """4xx, never 5xx."""
    answer = seen.browser.get(path)

    assert 400 <= answer.status_code < 500
    assert Page(answer.text).words("//main//h1")


def test_a_campaign_is_planned_opened_filled_in_and_urged_on_its_pages(seen: Seen) -> None:
    """What people do in July, by the forms and addresses of the pages alone (Art. 12)."""
    plan = hidden(seen.page("/campaigns"), "/campaigns")
    plan |= {"id": "spring", "name": "一季度监控", "fiscal_year": "2026", "cut_off": "2026-03-31"}
    board = seen.browser.post("/campaigns", data=plan).headers["location"]
    moved = seen.browser.post(f"{board}/open", data=hidden(seen.page(board), f"{board}/open"))
    assert 303 == moved.status_code
    eventually(
        lambda: seen.page(board).select("//table[contains(@class, 'board')]/tbody/tr[@class]"),
        ANSWER_SECONDS,
        "the campaign's board",
    )

    listed = seen.page("/papers?waiting=all&kind=form").select("//tbody//th/a/@href")
    paper = listed[0].partition("?")[0]
    (field,) = seen.page(paper).select("//*[@data-field='/carryover']")
    saving = {"field": "/carryover", "value": "12.30", "version": 0}
    kept = seen.browser.post(f"{paper}/draft", json={"request": "p1", "fields": [saving]})
    late = {**saving, "value": "9.00"}
    stale = seen.browser.post(f"{paper}/draft", json={"request": "p2", "fields": [late]})
    submit = hidden(seen.page(paper), f"{paper}/submit")
    refused = seen.browser.post(f"{paper}/submit", data=submit)

    assert ("0", "amount") == (field.get("data-version"), field.get("data-kind"))
    assert [{"field": "/carryover", "version": 1}] == kept.json()["saved"]
    assert (409, "12.30") == (stale.status_code, stale.json()["stale"][0]["value"])
    assert 422 == refused.status_code
    assert Page(refused.text).select("//ul[@id='gaps']/li")
    assert ["0.00123"] == seen.page(paper).select("//*[@data-field='/carryover']//input/@value")
    assert seen.browser.get(f"{paper}/file?format=xlsx").content.startswith(b"PK")
    assert seen.page(f"{paper}/review").select("//table[contains(@class, 'compared')]")
    urge = hidden(seen.page(board), f"{board}/urge") | {"kind": "form", "note": "请尽快报送"}
    assert "已催办" in Page(seen.browser.post(f"{board}/urge", data=urge).text).words("//main")


def hidden(page: Page, action: str) -> dict[str, str]:
    """Read what a form of a page sends without anybody writing anything."""
    fields = page.select(f"//form[starts-with(@action, '{action}')]//input[@type='hidden']")
    return {field.get("name"): field.get("value") for field in fields}


@pytest.mark.long
def test_a_service_that_is_away_is_named_and_comes_back(seen: Seen) -> None:
    """The rest of the page stays; nobody restarts the console."""
    seen.stack.halt("alerts")
    page = seen.page()
    assert [] == page.select("//ul[@class='alerts']")
    assert "预警服务无应答" in page.words("//p[@class='notice']")
    assert page.words("//dl[contains(@class, 'totals')]")
    seen.stack.restart("alerts")
    assert seen.page().select("//ul[@class='alerts']/li")

    seen.stack.halt("analysis")
    answer = seen.browser.get("/")
    assert 503 == answer.status_code
    assert "分析服务（analysis）无应答" in Page(answer.text).words("//h1")
    readiness = httpx.get(f"{seen.stack.endpoints().console}/readyz")
    assert (503, "ok") == (readiness.status_code, readiness.json()["intake"])
    seen.stack.restart("analysis")
    assert seen.page().words("//h1")
