"""Campaigns, boards, lists of papers and archives: what the pages show and send."""

import httpx
import pytest

from services.console.domain.campaigns import defaults
from tests.support.html import Page
from tests.unit.console.fake_reporting import (
    BOARD,
    CAMPAIGN,
    CAMPAIGN_KEY,
    CAMPAIGN_PAGE,
    FORM_PAGE,
    reporting,
)
from tests.unit.console.fake_services import console
from tests.unit.console.test_alert_pages import PROBLEM, sent


@pytest.mark.parametrize(
    ("start", "today", "name", "first", "cut_off", "called"),
    [
        ("01-01", "2026-07-01", "2026年1-6月", "2026-01-01", "2026-06-30", "2026-07"),
        ("01-01", "2026-03-31", "2025年1-6月", "2025-01-01", "2025-06-30", "2025-07"),
        ("04-01", "2026-10-01", "2026年4-9月", "2026-04-01", "2026-09-30", "2026-10"),
        ("04-01", "2026-06-30", "2025年4-9月", "2025-04-01", "2025-09-30", "2025-10"),
        ("10-01", "2026-02-01", "2025年10月-2026年3月", "2025-10-01", "2026-03-31", "2026-04"),
    ],
)
def test_the_first_half_of_the_fiscal_year_is_proposed(
    start: str, today: str, name: str, first: str, cut_off: str, called: str
) -> None:
    """Whatever month it begins with, from its third month's end on."""
    found = defaults({"fiscal_year_start": start, "today": today})

    assert (found["id"], found["name"]) == (called, f"{name}绩效运行监控")
    assert (found["fiscal_year"], found["period_from"]) == (first[:4], first)
    assert found["cut_off"] == cut_off


async def test_a_campaign_is_planned_as_it_was_filled_in() -> None:
    """Only what its scope is about; due dates only if they were given."""
    fake = reporting()
    fake.answers["reporting/v1/campaigns"] = lambda request: httpx.Response(
        200, json=CAMPAIGN if request.method == "POST" else {"items": []}
    )
    form = {
        "request": "r",
        "id": "2026-07",
        "name": "上半年",
        "fiscal_year": "2026",
        "cut_off": "2026-06-30",
        "scope": "organisations",
        "codes": "D1，U2\nU3",
        "accounts": "general_public",
        "due_unit": "2026-07-15",
        "evidence_required": "yes",
        "template": "annex1-own+1f0a93c2",
    }
    async with console(fake) as browser:
        answer = await browser.post("/campaigns", data=form)
        fake.answers["reporting/v1/campaigns"] = {"items": [CAMPAIGN]}
        listed = Page((await browser.get("/campaigns")).text)

    assert [CAMPAIGN_PAGE] == listed.select("//tbody//a/@href")
    offered = listed.select("//select[@name='template']/option/@value")
    assert ["", "annex1-city-2", "annex1-own+1f0a93c2"] == offered
    ((_, told, headers),) = sent(fake)
    assert (303, CAMPAIGN_PAGE) == (answer.status_code, answer.headers["location"])
    assert "r" == headers["idempotency-key"]
    assert {
        "jurisdiction": "城",
        "id": "2026-07",
        "name": "上半年",
        "fiscal_year": 2026,
        "cut_off": "2026-06-30",
        "scope": {"kind": "organisations", "organisations": ["D1", "U2", "U3"]},
        "layout": "city",
        "evidence_required": True,
        "priority_only": False,
        "template": "annex1-own+1f0a93c2",
        "dues": {"unit": "2026-07-15"},
    } == told


async def test_the_board_counts_and_urges_those_who_were_chosen() -> None:
    """By department and unit; with nobody chosen all who have something missing."""
    fake = reporting()
    fake.answers[f"reporting/v1/campaigns/{CAMPAIGN_KEY}/urge"] = {
        "urged": [{"organisation": "D1"}],
        "not_urged": [
            {
                "organisation": "U2",
                "organisation_name": "乙单位",
                "reason": "urged_today",
                "urged_for": {"campaign": "城/2026-09", "kind": "report"},
            },
            {"organisation": "U3", "reason": "nothing_missing", "urged_for": None},
        ],
    }
    async with console(fake) as browser:
        page = Page((await browser.get(CAMPAIGN_PAGE)).text)
        one = await browser.post(
            f"{CAMPAIGN_PAGE}/urge", data={"organisation": ["D1"], "note": "速报", "request": "r"}
        )
        await browser.post(f"{CAMPAIGN_PAGE}/urge", data={"kind": "report"})

    chosen, everybody = (body for _, body, _ in sent(fake))
    assert 2 == len(page.select("//table[contains(@class,'board')]/tbody/tr"))
    assert "50.00%" in page.words("//table[contains(@class,'board')]/tbody/tr[1]")
    assert "业务处室审核" in page.words("//table[contains(@class,'board')]/tbody/tr[1]/th")
    assert {"kind": "form", "note": "速报", "organisations": ["D1"]} == chosen
    assert {"kind": "report", "note": ""} == everybody
    assert "已催办 1 个单位" in one.text
    assert "未再次发送的 1 个" in one.text
    assert "乙单位 (城/2026-09 部门监控报告)" in one.text
    assert "没有未报材料的 1 个：U3" in one.text


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({}, {}),
        ({"template": "-"}, {"template": None}),
        ({"template": "annex1-city-2"}, {"template": "annex1-city-2"}),
    ],
)
async def test_a_running_campaign_whose_template_is_gone_takes_another(
    chosen: dict[str, str], told: dict[str, str | None]
) -> None:
    """What it has is said to be gone; the usual one is a choice too, and no choice changes none."""
    fake = reporting()
    name = f"reporting/v1/campaigns/{CAMPAIGN_KEY}"
    fake.answers[name] = {**CAMPAIGN, "template": "annex1-own+00000000"}
    async with console(fake) as browser:
        page = Page((await browser.get(CAMPAIGN_PAGE)).text)
        form = {"name": "上半年", "request": "r", "version": "3", **chosen}
        await browser.post(f"{CAMPAIGN_PAGE}/change", data=form)

    offered = page.select("//select[@name='template']/option/@value")
    assert ["-", "annex1-own+00000000", "annex1-city-2", "annex1-own+1f0a93c2"] == offered
    (said,) = page.select("//select[@name='template']/option[@selected]/text()")
    assert "annex1-own+00000000：系统中已没有" == said
    ((_, body, _),) = sent(fake, "PATCH")
    assert {"name": "上半年", **told} == body


async def test_what_is_handed_in_is_not_what_is_covered() -> None:
    """Late forms are handed in and cover nothing (domain-rules 24); what is overdue leads to it."""
    fake = reporting()
    row = {**BOARD["totals"], "asked": 4, "missing": 1, "late": 3, "overdue": 1, "coverage_bp": 0}
    department = {**row, "department": "D1", "units": []}
    fake.answers[f"reporting/v1/campaigns/{CAMPAIGN_KEY}/board"] = {
        "totals": row,
        "departments": [department],
    }
    async with console(fake) as browser:
        page = Page((await browser.get(CAMPAIGN_PAGE)).text)

    assert "已报送3 已报送 75.00%" in page.words("//dl[@class='totals six']")
    assert "覆盖率0.00%" in page.words("//dl[@class='totals six']")
    heads = page.select("//table[contains(@class,'board')]/thead//th/text()")
    cells = page.select("//table[contains(@class,'board')]/tbody/tr[1]/td")
    assert ["已报送", "覆盖率"] == heads[-2:]
    assert ["75.00%", "0.00%"] == [cell.text_content().split()[0] for cell in cells[-2:]]
    (link,) = page.select("//dl[@class='totals six']//a/@href")
    assert {"kind=form", "overdue=true", "waiting=all"} <= set(link.partition("?")[2].split("&"))


async def test_what_was_named_in_vain_is_told() -> None:
    """Of many the number, and the first of them."""
    fake = reporting()
    name = f"reporting/v1/campaigns/{CAMPAIGN_KEY}"
    named = [f"P{number:02}" for number in range(25)]
    opening = {"forms": 2, "waits_for": None, "unknown": named}
    fake.answers[name] = {**CAMPAIGN, "opening": opening}
    async with console(fake) as browser:
        page = Page((await browser.get(CAMPAIGN_PAGE)).text)

    notices = page.select("//main//p[@class='notice']/text()")
    (said,) = (text for text in notices if "25 项" in text)
    assert ("P00" in said, "P19" in said, "P20" in said) == (True, True, False)


async def test_a_campaign_is_opened_and_its_progress_followed() -> None:
    """While its forms are made the page asks again; then it loads the board."""
    fake = reporting()
    name = f"reporting/v1/campaigns/{CAMPAIGN_KEY}"
    opening = {"forms": 40, "waits_for": "analysis", "unknown": []}
    fake.answers[f"{name}/open"] = CAMPAIGN
    fake.answers[name] = {**CAMPAIGN, "state": "opening", "opening": opening}
    headers = {"HX-Request": "true", "HX-Target": "opening"}
    async with console(fake) as browser:
        opened = await browser.post(f"{CAMPAIGN_PAGE}/open", data={"version": "1", "request": "r"})
        whole = Page((await browser.get(CAMPAIGN_PAGE)).text)
        part = await browser.get(CAMPAIGN_PAGE, headers=headers)
        fake.answers[name] = CAMPAIGN
        done = await browser.get(CAMPAIGN_PAGE, headers=headers)

    assert 303 == opened.status_code
    assert "every 2s" == whole.select("//section[@id='opening']/@hx-trigger")[0]
    assert "40" in part.text
    assert "<html" not in part.text
    assert ("hx-refresh" in part.headers, done.headers["hx-refresh"]) == (False, "true")


async def test_papers_are_those_that_wait_for_me_unless_asked_otherwise() -> None:
    """Filters are in the address; `unit=yuan` chooses money's unit and no organisation."""
    fake = reporting()
    async with console(fake) as browser:
        mine = await browser.get("/papers?unit=yuan")
        await browser.get(f"/papers?waiting=all&campaign={CAMPAIGN_KEY}&overdue=true&unit=U1")
    first, second = (dict(r.url.params) for r in fake.requests if r.url.path == "/v1/papers")

    assert {"jurisdiction": "城", "waiting": "me", "limit": "50"} == first
    assert {"campaign": CAMPAIGN_KEY, "overdue": "true", "unit": "U1", "limit": "50"} == second
    assert f"{FORM_PAGE}" in Page(mine.text).select("//tbody//a/@href")


async def test_many_papers_are_returned_at_once_with_one_reason() -> None:
    """How many were done, and why the others were not."""
    fake = reporting()
    done = {"paper": "a", "status": 200}
    refused = {"paper": "b", "status": 409, "problem": PROBLEM}
    fake.answers["reporting/v1/papers/bulk"] = {"items": [done, refused]}
    form = {"paper": ["a", "b"], "step": "return", "note": "缺章", "request": "r"}
    async with console(fake) as browser:
        answer = await browser.post("/papers", data=form)
        none = await browser.post("/papers", data={"step": "approve"})

    ((_, told, headers),) = sent(fake)
    reasons = [{"field": "/", "reason": "缺章"}]
    assert {"step": "return", "papers": ["a", "b"], "note": "缺章", "reasons": reasons} == told
    assert "r" == headers["idempotency-key"]
    assert "已处理 1 份。 版本已变化" in Page(answer.text).words()
    assert "请先选择材料。" in Page(none.text).words()


async def test_a_download_shows_how_far_it_is_until_it_is_ready() -> None:
    """The part asks again by itself; the file has an address of its own."""
    fake = reporting()
    fake.answers[f"reporting/v1/campaigns/{CAMPAIGN_KEY}/downloads"] = {"download_id": "d"}
    async with console(fake) as browser:
        made = await browser.post(
            f"{CAMPAIGN_PAGE}/downloads", data={"kind": "form", "format": "pdf", "unit": "U1"}
        )
        making = Page((await browser.get("/downloads/d")).text)
        fake.answers["reporting/v1/downloads/d"] = {"state": "ready", "done": 10, "total": 10}
        ready = await browser.get("/downloads/d", headers={"HX-Target": "download"})

    assert made.headers["location"].startswith("/downloads/d?")
    assert {"format": "pdf", "kind": "form", "filter": {"unit": "U1"}} == sent(fake)[0][1]
    assert ["3"] == making.select("//progress/@value")
    assert ["/downloads/d/file"] == Page(ready.text).select("//a/@href")
    assert "<html" not in ready.text
