"""The frame around every page, and the pages across all areas."""

from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from services.console.domain.help import ARTICLES, TOPICS
from services.console.domain.texts import Language
from services.console.pages.frame.rendering import texts_of
from services.console.pages.frame.switching import switched
from tests.support.html import Page
from tests.unit.console.fake_services import (
    ALERT,
    HOSTILE,
    JURISDICTION,
    ME,
    PROJECT,
    FakeServices,
    console,
)

PROJECT_PAGE: Final = "/projects/%E5%9F%8E%2FP%2F1"
COMPARED: Final[dict[str, Any]] = {
    "jurisdiction": "城",
    "fiscal_year": 2026,
    "totals": {
        "spent": {"from": "1000000.00", "to": "1500000.00", "change": "500000.00"},
        "execution_rate_bp": {"from": 4000, "to": 3900, "change": -100},
        "attainment_rate_bp": {"from": None, "to": 5000},
        "findings": {"from": 1, "to": 2, "change": 1},
    },
    "items": [
        {
            "project_id": "城/P/2",
            "project_name": None,
            "appears": True,
            "disappears": False,
            "figures": {"spent": {"from": None, "to": "1.00"}},
        },
        {
            "project_id": PROJECT,
            "project_name": HOSTILE,
            "appears": False,
            "disappears": False,
            "figures": {
                "light": {"from": "green", "to": "red"},
                "findings": {"from": 1, "to": 2, "change": 1},
                "state": {"from": "active", "to": "suspended"},
            },
        },
    ],
    "changed": 2,
    "unchanged": 58,
    "next": "城/P/2",
}
PAPER: Final[dict[str, Any]] = {
    "id": "城/2026-07/form/P/1",
    "kind": "form",
    "campaign_name": HOSTILE,
    "project": "城/P/1",
    "project_name": HOSTILE,
    "unit": "U1",
    "unit_name": HOSTILE,
    "department": "D1",
    "department_name": None,
    "state": "filling",
    "due": "2026-06-25",
    "overdue": True,
    "submitted_on": None,
    "changed_on": "2026-06-30",
    "returned": [],
}
VOUCHER: Final[dict[str, Any]] = {
    "project": PROJECT,
    "sequence": 7,
    "type": "dualwatch.expenditure.recorded.v1",
    "document": {"number": HOSTILE, "kind": "payment_certificate", "line": "1"},
    "date": "2026-06-01",
    "amount": "400000.00",
    "recorded": "2026-06-01T00:00:00Z",
    "event": {},
}
REFUSED: Final[dict[str, Any]] = {
    "id": "0" * 32,
    "reason": "conflict",
    "publisher": HOSTILE,
    "first_seen": "2026-06-02T03:00:00Z",
}
EVERYTHING: Final = {**ME, "permissions": ["read", "ledger", "release", "work", "quarantine"]}


@pytest.fixture
def fake() -> FakeServices:
    """Services that answer well, with something in every place."""
    made = FakeServices()
    made.answers |= {
        "analysis/v1/compare": COMPARED,
        "alerts/v1/tasks": {
            "counts": {"to_explain": 1},
            "items": [{"task": "to_explain", "alert": ALERT}, {"task": "assigned", "alert": ALERT}],
            "next": None,
        },
        "reporting/v1/papers": {"items": [PAPER], "next": None, "today": "2026-06-30"},
        "intake/v1/documents": {"items": [VOUCHER], "more": False, "behind": 3},
        "intake/v1/quarantine": {"items": [REFUSED, REFUSED], "next": None},
        "intake/v1/me": EVERYTHING,
    }
    return made


def asked(fake: FakeServices, path: str) -> httpx.QueryParams:
    """Return what a service was asked first at a path."""
    return next(one for one in fake.requests if one.url.path == path).url.params


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["/waiting", "/changes", "/search?q=<b>", "/help", "/help/alerts", "/help/keyboard"]
)
async def test_pages_across_all_areas_keep_hostile_words_text(
    fake: FakeServices, path: str, language: str
) -> None:
    """In both languages; each stands in the frame with its trail or its place."""
    async with console(fake) as browser:
        joined = "&" if "?" in path else "?"
        answer = await browser.get(f"{path}{joined}language={language}")
    found = Page(answer.text)

    assert 200 == answer.status_code
    assert "<script>alert" not in answer.text
    assert [] == found.select("//script[not(@src) and @type != 'application/json']")
    assert [] == found.select("//*[@style]")
    assert found.select("//form[@role='search'] | //form[contains(@class, 'switch')]")


async def test_what_waits_comes_by_its_deadline(fake: FakeServices) -> None:
    """The overdue first, each thing once, refused events together by reason."""
    async with console(fake) as browser:
        everything = Page((await browser.get("/waiting")).text)
        papers = Page((await browser.get("/waiting?kind=papers")).text)

    rows = everything.words("//table[contains(@class, 'wait')]/tbody/tr").split(" | ")
    assert 3 == len(rows)
    assert rows[0].startswith("已逾期 5 天")
    assert "2 条事件被隔离" in rows[-1]
    assert 1 == len(papers.select("//table[contains(@class, 'wait')]/tbody/tr"))
    assert ("open", "me") == (
        asked(fake, "/v1/quarantine")["state"],
        asked(fake, "/v1/papers")["waiting"],
    )


@pytest.mark.parametrize("service", ["alerts", "reporting"])
async def test_what_waits_is_shown_as_far_as_services_answer(
    fake: FakeServices, service: str
) -> None:
    """The page says who is away and keeps the rest."""
    fake.away(service)
    async with console(fake) as browser:
        answer = await browser.get("/waiting")

    assert 200 == answer.status_code
    assert texts_of(Language.CHINESE)(f"service.{service}") in Page(answer.text).words("//main")
    assert Page(answer.text).select("//table[contains(@class, 'wait')]/tbody/tr")


async def test_nobody_is_shown_the_quarantine_who_may_not_release(fake: FakeServices) -> None:
    """It is not even asked for."""
    fake.answers["intake/v1/me"] = {**ME, "permissions": ["read"]}
    async with console(fake) as browser:
        await browser.get("/waiting")

    assert "/v1/quarantine" not in {one.url.path for one in fake.requests}


async def test_changes_begin_with_what_got_worse(fake: FakeServices) -> None:
    """Since yesterday if no day is named; what only moves with the calendar is not asked for."""
    async with console(fake) as browser:
        answer = await browser.get("/changes")
        earlier = await browser.get("/changes?since=2026-06-01")
        wrong = await browser.get("/changes?since=yesterday")
    found = Page(answer.text)

    projects = found.words("//table[contains(@class, 'turned')]/tbody/tr").split(" | ")
    assert HOSTILE in projects[0]
    assert "绿灯 → 红灯" in projects[0]
    assert "新增项目" in projects[1]
    question = asked(fake, "/v1/compare")
    assert ("2026-06-29", "2026-06-30") == (question["from"], question["to"])
    assert "expected_spent" not in question.get_list("only")
    assert "超预算开支" in found.words("//section[@aria-labelledby='raised-title']")
    assert (200, 422) == (earlier.status_code, wrong.status_code)


@pytest.mark.parametrize("service", ["analysis", "alerts", "reporting"])
async def test_changes_are_shown_as_far_as_services_answer(
    fake: FakeServices, service: str
) -> None:
    """One service away takes its part alone."""
    fake.away(service)
    fake.answers["analysis/v1/jurisdictions"] = {"items": [JURISDICTION]}
    async with console(fake) as browser:
        answer = await browser.get("/changes")

    assert 200 == answer.status_code
    assert "无应答" in Page(answer.text).words("//main")


async def test_search_looks_everywhere(fake: FakeServices) -> None:
    """Each place in its own words; what is one's own comes first."""
    async with console(fake) as browser:
        answer = await browser.get("/search?q=超预算")
        short = await browser.get("/search?q=x")
    found = Page(answer.text)

    sections = [str(one) for one in found.select("//section/@aria-labelledby")]
    wanted = ["mine", "projects", "vouchers", "alerts", "papers"]
    assert [f"hits-{name}" for name in wanted] == sections
    entry = found.select("//section[@aria-labelledby='hits-vouchers']//a/@href")
    assert entry == [f"{PROJECT_PAGE}?before=8#entries"]
    assert "补建" in found.words("//section[@aria-labelledby='hits-vouchers']")
    assert "超预算" == asked(fake, "/v1/projects")["search"]
    assert "至少输入两个字符" in Page(short.text).words("//main")


@pytest.mark.parametrize(
    ("service", "part"),
    [("intake", "vouchers"), ("alerts", "alerts"), ("reporting", "papers"), ("analysis", "x")],
)
async def test_search_keeps_what_the_others_find(
    fake: FakeServices, service: str, part: str
) -> None:
    """One service away costs its own hits."""
    fake.away(service)
    fake.answers["analysis/v1/jurisdictions"] = {"items": [JURISDICTION]}
    fake.answers["intake/v1/me"] = EVERYTHING
    async with console(fake) as browser:
        found = Page((await browser.get("/search?q=超预算")).text)

    away = found.words(f"//section[@aria-labelledby='hits-{part}']")
    assert "无应答" in away or part == "x"
    assert 3 <= len(found.select("//section"))


async def test_help_cites_the_articles(fake: FakeServices) -> None:
    """Every topic, with the original words of what it rests on; nothing has to answer for it."""
    for service in ("intake", "analysis", "alerts", "reporting"):
        fake.away(service)
    chinese = texts_of(Language.CHINESE)
    async with console(fake) as browser:
        for topic in TOPICS:
            answer = await browser.get(f"/help/{topic.name}?language=en")
            assert 200 == answer.status_code
            for number in topic.articles:
                words = Page(answer.text).words(f"//*[@id='article-{number}']")
                assert "".join(chinese(f"article.{number}").split())[:40] in "".join(words.split())
        assert 404 == (await browser.get("/help/none")).status_code


def test_the_articles_are_those_of_the_regulation() -> None:
    """Word for word."""
    source = Path("docs/regulation.zh.txt").read_text("utf-8")
    original = "".join(source.split())
    chinese = texts_of(Language.CHINESE)

    for number in ARTICLES:
        for line in chinese(f"article.{number}").splitlines():
            assert "".join(line.split()) in original, number
    assert len(ARTICLES) == sum(
        line.strip().startswith("第") and "条" in line[:8] for line in source.splitlines()
    )


async def test_single_keys_are_turned_off_for_good(fake: FakeServices) -> None:
    """As the address says, and afterwards by a cookie."""
    async with console(fake) as browser:
        on = await browser.get("/waiting")
        off = await browser.get("/help/keyboard?keys=off")
        later = await browser.get("/waiting")

    assert ["on"] == Page(on.text).select("//body/@data-keys")
    assert Page(on.text).select("//dialog[@id='keys']")
    assert ["off"] == Page(off.text).select("//body/@data-keys")
    assert ["off"] == Page(later.text).select("//body/@data-keys")
    assert [] == Page(later.text).select("//dialog")


TWO: Final = {"items": [JURISDICTION, {**JURISDICTION, "jurisdiction": "县", "name": "县"}]}


async def test_every_page_switches_jurisdiction_and_year(fake: FakeServices) -> None:
    """The switch says where one is, and keeps the year that is looked at."""
    fake.answers["analysis/v1/jurisdictions"] = TWO
    async with console(fake) as browser:
        found = Page((await browser.get("/alerts?jurisdiction=城&fiscal_year=2025")).text)
        led = await browser.get(
            "/switch",
            params={"page": "/alerts?severity=red", "was": "城", "jurisdiction": "县"},
        )

    form = "//form[contains(@class, 'switch')]"
    assert {"2025"} == {
        str(one.text)
        for one in found.select(f"{form}//select[@name='fiscal_year']/option[@selected]")
    }
    assert {"城"} == set(
        found.select(f"{form}//select[@name='jurisdiction']/option[@selected]/@value")
    )
    assert led.headers["location"] == "/alerts?jurisdiction=%E5%8E%BF"


@pytest.mark.parametrize(
    ("page", "jurisdiction", "year", "moved", "target"),
    [
        (
            "/papers?state=filling&after=x",
            "城",
            "2025",
            False,
            "/papers?state=filling&fiscal_year=2025",
        ),
        (
            f"{PROJECT_PAGE}?as_of=2026-03-01",
            "城",
            "2025",
            False,
            f"{PROJECT_PAGE}?fiscal_year=2025",
        ),
        (PROJECT_PAGE, "b", "2026", True, "/?jurisdiction=b&fiscal_year=2026"),
        ("/alerts/abc", "b", "", True, "/alerts?jurisdiction=b"),
        ("/papers?department=D1", "b", "", True, "/papers?jurisdiction=b"),
        ("//foreign.example/x", "b", "", True, "/?jurisdiction=b"),
        ("https://foreign.example/", "b", "2026", False, "/?fiscal_year=2026"),
        ("/\\foreign.example", "b", "", False, "/"),
        (" ////foreign.example/x", "b", "2026", False, "/?fiscal_year=2026"),
        ("//[", "b", "", False, "/"),
        ("javascript:alert(1)", "b", "", False, "/"),
    ],
)
def test_the_switch_leads_to_pages_of_ours(
    page: str, jurisdiction: str, year: str, target: str, *, moved: bool
) -> None:
    """The same page of another year; of another jurisdiction, what it has too."""
    plain = {"/papers", "/alerts", "/"}

    assert target == switched(page, jurisdiction, year, moved=moved, plain=plain)


async def test_no_address_makes_our_links_lead_elsewhere(fake: FakeServices) -> None:
    """Two slashes at its beginning would be another site's in every link of the page."""
    async with console(fake) as browser:
        found = await browser.get("http://127.0.0.1:8100//foreign.example/x")

    assert 404 == found.status_code
    assert "foreign.example" not in found.text


async def test_the_trail_leads_back(fake: FakeServices) -> None:
    """From the area down to the page itself, which is no link."""
    async with console(fake) as browser:
        found = Page((await browser.get("/help/alerts?fiscal_year=2025")).text)

    steps = found.select("//nav[contains(@class, 'crumbs')]//li")
    assert ["帮助", "预警从哪里来"] == [step.text_content().strip() for step in steps]
    assert ["/help?fiscal_year=2025"] == found.select("//nav[contains(@class, 'crumbs')]//a/@href")
