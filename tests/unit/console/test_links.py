"""Links of pages keep what the address chose, and lead to pages that there are."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.support.html import Page
from tests.unit.console.fake_services import PROJECT, WHY, FakeServices, console
from tests.unit.console.test_admin_pages import CHANGE, administered


async def test_the_unit_of_money_is_chosen_beside_an_organisation() -> None:
    """Both are called `unit` in addresses that people write: links tell them apart."""
    async with console(FakeServices()) as browser:
        before = Page((await browser.get("/ranking?unit=U1")).text)
        (led,) = before.select("//div[@class='settings']//a[text()='元']/@href")
        after = await browser.get(str(led))

    assert ["U1"] == parse_qs(urlsplit(str(led)).query)["unit"]
    assert "dualwatch_unit=yuan" in after.headers["set-cookie"]


async def test_money_that_names_no_line_is_told_apart_from_the_whole() -> None:
    """An empty line is a line of its own, also on the pages that follow."""
    fake = FakeServices()
    fake.answers[f"analysis/v1/projects/{PROJECT}/why/spent"] = {**WHY, "next": 200}
    async with console(fake) as browser:
        page = Page(
            (await browser.get(f"/projects/{quote(PROJECT, safe='')}/why/spent?line=")).text
        )

    asked = [one for one in fake.requests if one.url.path.endswith("/why/spent")]
    (led,) = page.select("//a[@rel='next']/@href")
    assert [""] == [one.url.params["line"] for one in asked]
    assert [""] == parse_qs(urlsplit(str(led)).query, keep_blank_values=True)["line"]


async def test_the_history_of_an_organisation_goes_on_with_itself() -> None:
    """Not with that of the whole tree."""
    fake = administered()
    fake.answers["analysis/v1/organisations/changes"] = {
        "items": [CHANGE],
        "total": 30,
        "next": "7",
    }
    async with console(fake) as browser:
        page = Page((await browser.get("/administration/organisations?organisation=D1")).text)

    (led,) = page.select("//a[@rel='next']/@href")
    asked = parse_qs(urlsplit(str(led)).query)
    assert (["D1"], ["7"]) == (asked["organisation"], asked["after"])


@pytest.mark.parametrize(
    ("act", "page"),
    [
        ("/data/checkpoints/verify", "/data/checkpoints"),
        ("/data/days/calendar", "/data/days"),
        ("/administration/organisations/move", "/administration/organisations"),
        ("/administration/people/li-hua/revoke", "/administration/people/li-hua"),
    ],
)
async def test_what_is_shown_at_an_acts_address_leads_back_to_its_page(act: str, page: str) -> None:
    """An act's address answers to nothing but the act."""
    fake = administered()
    fake.answers["intake/v1/ledger/verification"] = {
        "entries": 5,
        "streams": 2,
        "faults": [],
        "faults_total": 0,
        "checkpoint": None,
        "checkpoint_made": None,
    }
    async with console(fake) as browser:
        answer = await browser.post(act, data={"organisation": "U1"})

    (led,) = Page(answer.text).select("//div[@class='settings']//a[text()='元']/@href")
    assert page == urlsplit(str(led)).path


@pytest.mark.parametrize(
    "address", ["/waiting?fiscal_year={}", "/help?fiscal_year={}", "/data/days?year={}"]
)
async def test_too_long_a_year_breaks_no_page(address: str) -> None:
    """Python reads no number of thousands of digits."""
    async with console(administered()) as browser:
        answer = await browser.get(address.format("9" * 5_000))

    assert answer.status_code < 500
