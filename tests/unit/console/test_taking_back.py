"""Cleared results on the page: what the ledger gives back is told before the form goes on."""

from tests.support.html import Page
from tests.unit.console.fake_reporting import AT, FORM_ID, FORM_PAGE, PAPER, reporting
from tests.unit.console.fake_services import console

FORM_ANSWER = f"reporting/v1/papers/{FORM_ID}"


async def test_what_is_taken_back_is_told_before_the_form_is_handed_in() -> None:
    """Beside what is missing, leading to the cleared cell; without any the heading is hidden."""
    fake = reporting()
    async with console(fake) as browser:
        page = Page((await browser.get(FORM_PAGE)).text)
    fake.answers[FORM_ANSWER] = {**PAPER, "withdrawals": []}
    async with console(fake) as browser:
        none = Page((await browser.get(FORM_PAGE)).text)
    (where,) = page.select("//ul[@id='withdrawals-list']//a/@href")

    assert "已清空,提交时撤回" in page.words("//*[@id='withdrawals-list']")
    assert 1 == len(page.select(f"//*[@id='{where[1:]}'][@data-field='{AT}/result']"))
    assert [] == page.select("//*[@id='withdrawals'][@hidden]")
    assert 1 == len(none.select("//*[@id='withdrawals'][@hidden]"))
