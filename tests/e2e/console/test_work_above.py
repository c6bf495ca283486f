"""Work above the units in a real browser: divisions, the leader, the desk's tables, keys."""

import functools
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from services.console.pages.frame.looking import COOKIE
from tests.e2e.console import town
from tests.e2e.console.test_work import SHOWN_MS, signed_in
from tests.e2e.console.world import World
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration

GYM_FORM: Final = f"{town.KEY}/form/P2"
GYM: Final = f"/papers/{quote(GYM_FORM, safe='')}"
DYKE: Final = f"/papers/{quote(town.OTHER_FORM, safe='')}"
STATE: Final = ".way [aria-current=step]"
ANSWERS: Final = {
    "expected_spent": "100.00",
    "carryover": "0.00",
    "surplus": "0.00",
    "areas": ["funding"],
    "possibility": "possible",
    "filled_on": "2026-07-01",
}
TABLE: Final = """预算年度,项目编码,指标编码,统计日期,完成情况
2026,P3,K1,2026-05-31,7.5
2026,P3,K1,2026-13-31,8
"""
"""A result of the dyke, and one whose day is none."""


def step(world: World, who: str, paper: str, name: str, **body: Any) -> Any:
    """Do a step of a paper over HTTP, as somebody."""
    path = f"/v1/papers/{quote(paper, safe='')}/{name}"
    return world.told(who, "reporting", path, "POST", json=body)


def hand_in(world: World, who: str, paper: str) -> None:
    """Fill in what is missing and hand it in."""
    path = f"/v1/papers/{quote(paper, safe='')}"
    gaps = world.told(who, "reporting", path)["gaps"]
    named = {gap["pointer"]: gap["pointer"].rpartition("/")[2] for gap in gaps}
    fields = [
        {"field": where, "value": ANSWERS.get(name, "说明"), "version": 0}
        for where, name in named.items()
    ]
    world.told(who, "reporting", f"{path}/draft", "PATCH", json={"fields": fields})
    step(world, who, paper, "submit")


def test_both_divisions_pass_a_form_on_until_it_is_accepted(
    world: World, chromium: Browser
) -> None:
    """Content first, then completeness: each finds it among what waits (domain-rules 21)."""
    for who, role in (("filler-b", "unit_filler"), ("approver-b", "unit_approver")):
        world.hire(who, role, ("B",), town.CITY)
    hand_in(world, "filler-b", GYM_FORM)
    for who in ("approver-b", "reviewer"):
        step(world, who, GYM_FORM, "approve")
    for who, after in (("division", "绩效处审核"), ("performance", "已接收")):
        with signed_in(chromium, world, who) as look:
            page = look.open("/papers")
            page.locator(f"a[href^='{GYM}']").first.click()
            page.locator(f"button[formaction='{GYM}/approve']").click()
            expect(page.locator(STATE)).to_have_text(after, timeout=SHOWN_MS)

    path = f"/v1/papers/{quote(GYM_FORM, safe='')}"
    assert world.told("leader", "reporting", path)["state"] == "accepted"


def test_the_leader_looks_from_the_city_to_an_alert_and_urges(
    world: World, chromium: Browser
) -> None:
    """Overview, department, project, alert; what is sent is in its history (Art. 15)."""
    with signed_in(chromium, world, "leader") as look:
        page = look.open("/")
        page.locator("main a:has-text('市教育局')").first.click()
        expect(page.locator("main")).to_contain_text("校舍加固改造")
        page.locator("main a:has-text('校舍加固改造')").first.click()
        expect(page.locator("h1")).to_contain_text("校舍加固改造")
        page.locator("main a:has-text('绩效指标完成情况落后于目标')").first.click()
        page.locator("button:text-is('催办')").first.click()
        expect(page.locator("main")).to_contain_text(f"{town.CITY.lower()}-leader")


def test_the_desk_sees_what_a_table_becomes_before_it_is_started(
    world: World, chromium: Browser, tmp_path: Path
) -> None:
    """Columns, facts and what is rejected with its reason; only then the ledger has it."""
    table = tmp_path / "指标完成情况.csv"
    table.write_text(TABLE, encoding="utf-8")
    with signed_in(chromium, world, "desk") as look:
        page = look.open("/data/files")
        page.locator("select[name=preset]").select_option("indicator-progress")
        page.locator("input[name=file]").set_input_files(table)
        page.locator("form.upload button").click()
        expect(page.locator("section:has(#preview-title)")).to_contain_text(
            f"{town.CITY}/P3", timeout=SHOWN_MS
        )
        expect(page.locator("section:has(#columns-title)")).to_contain_text("完成情况")
        expect(page.locator("section:has(#rejects-title)")).to_contain_text("2026-13-31")
        page.locator("form[action*='/start'] button").click()
        expect(page.locator("#progress")).to_contain_text("完成", timeout=SHOWN_MS)

    entries = world.told("auditor", "intake", f"/v1/ledger/{quote(town.DYKE, safe='')}")["items"]
    assert "7.5" in {entry["event"]["data"].get("value") for entry in entries}


def test_a_cleared_result_says_that_it_is_taken_back(world: World, chromium: Browser) -> None:
    """On the open page as it is cleared; read anew the result before it stands (rule 20)."""
    world.hire("filler-c", "unit_filler", ("C",), town.CITY)
    with signed_in(chromium, world, "filler-c") as look:
        page = look.open(DYKE)
        box = page.locator("[data-kind=result] input").first
        box.fill("11")
        page.locator("#saving").click()
        expect(page.locator("#saving")).to_have_attribute("data-state", "saved", timeout=SHOWN_MS)
        step(world, "filler-c", town.OTHER_FORM, "refresh")
        page = look.open(DYKE)
        expect(page.locator("section.indicator dl").first).to_contain_text("11")
        page.locator("[data-kind=result] input").first.fill("")
        page.locator("#saving").click()
        expect(page.locator("#withdrawals-list")).to_contain_text("撤回", timeout=SHOWN_MS)
        step(world, "filler-c", town.OTHER_FORM, "refresh")
        page = look.open(DYKE)
        expect(page.locator("#withdrawals")).to_be_hidden()
        expect(page.locator("section.indicator dl").first).to_contain_text("9")


def test_a_departments_administrator_gives_a_key_of_its_own(
    world: World, chromium: Browser
) -> None:
    """The form offers its department; another's publisher is not there (domain-rules 9)."""
    world.hire("admin-d1", "operator", ("D1",), town.CITY)
    world.hire("source-d2", "publisher", ("D2",), town.CITY)
    own = f"{town.CITY.lower()}-school"
    with signed_in(chromium, world, "admin-d1") as look:
        page = look.open("/data/publishers")
        assert page.locator("input[name=subtrees]").get_attribute("value") == "D1"
        expect(page.locator("main")).not_to_contain_text("source-d2")
        page.locator("form.new input[name=id]").fill(own)
        page.locator("form.new button").click()
        expect(page.locator("#secret")).to_be_visible()

    made = world.told("deployment", "intake", f"/v1/principals/{own}")
    assert (made["jurisdictions"], made["organisations"]) == ([town.CITY], ["D1"])
    cookie = {"cookie": f"{COOKIE}={world.cookies['admin-d1']}"}
    there = f"{town.CITY.lower()}-source-d2"
    assert world.page(None, f"/data/publishers/{there}", headers=cookie).status_code == 404


def test_an_archive_is_gone_on_with_where_it_broke_off(world: World) -> None:
    """The rest through the console joins what was there; beyond the end is 416 with the length."""
    path = f"/v1/campaigns/{quote(town.KEY, safe='')}/downloads"
    begun = world.told("performance", "reporting", path, "POST", json={"format": "xlsx"})
    name = begun["download_id"]

    def ready() -> bool:
        found = world.told("performance", "reporting", f"/v1/downloads/{name}")
        return bool(found["state"] == "ready")

    eventually(ready, SHOWN_MS / 1000)
    ask = functools.partial(world.page, "performance", f"/downloads/{name}/file")
    whole = ask()
    said = {"range": "bytes=100-", "if-range": whole.headers["etag"]}
    rest, beyond = ask(headers=said), ask(headers={"range": "bytes=99999999-"})

    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    assert (beyond.status_code, beyond.headers["content-range"]) == (
        416,
        f"bytes */{len(whole.content)}",
    )
