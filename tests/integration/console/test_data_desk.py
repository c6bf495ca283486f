"""The data desk's work by its pages on the real stack: mend, release, upload, give a key."""

import httpx
import pytest

from tests.integration.console.running import ANSWER_SECONDS, Seen
from tests.support.eventually import eventually
from tests.support.hostile import event, registered, wire
from tests.support.html import Page

pytestmark = pytest.mark.integration

CODE = "J991"
"""A jurisdiction of these tests' own: the city's figures and alerts stay as they are."""
SUBJECT = f"{CODE}/P1"
PAYMENT = {"date": "2026-03-02", "fiscal_year": 2026, "amount": "12", "line": "L1"}
EVENT = {"content-type": "application/cloudevents+json", "prefer": "wait=30"}
ROWS = """支付凭证号,状态,预算年度,项目编码,指标ID,单位编码,实际支付金额,支付日期,收款人名称
ZF1,已支付,2026,P1,L1,U1,10.00,2026-03-05,示例科技有限公司
ZF2,等待签字,2026,P1,L1,U1,10.00,2026-03-05,示例科技有限公司
"""


@pytest.fixture(scope="module", autouse=True)
def jurisdiction(seen: Seen) -> None:
    """Register it, and wait until analysis knows it."""
    send(seen, registered(CODE))
    eventually(
        lambda: (
            CODE
            in {one["jurisdiction"] for one in seen.ask("analysis", "/v1/jurisdictions")["items"]}
        )
    )


@pytest.fixture(autouse=True)
def signed_in(seen: Seen, forgotten: None) -> None:
    """Sign in as whoever may everything: the guest works on no data."""
    assert forgotten is None
    given = seen.browser.post("/sign-in", data={"key": seen.stack.endpoints().key})
    assert 303 == given.status_code


def send(seen: Seen, document: object) -> httpx.Response:
    """Send one event as a publisher does."""
    address = f"{seen.stack.endpoints().intake}/v1/events"
    return seen.api.post(address, content=wire(document), headers=EVENT)


def test_what_is_refused_is_mended_and_released(seen: Seen) -> None:
    """Counted, shown at its place, refused with nothing lost, then in the ledger."""
    entry = send(seen, event("desk-1", SUBJECT, data=PAYMENT)).json()["quarantine"]
    address = f"/data/quarantine/{entry}"
    page = seen.page(f"{address}?reason=invalid")
    typed = page.select("//textarea[@id='typed']")[0].text
    wrong = seen.browser.post(f"{address}/fix", data={"event": typed, "note": "核对"})
    right = typed.replace('"amount": "12"', '"amount": "12.00"')
    fixed = seen.browser.post(f"{address}/fix", data={"event": right, "note": "两位小数"})
    released = seen.browser.post(f"{address}/release", data={"request": "desk-1"})

    listed = seen.page(f"/data/quarantine?reason=invalid&subject={SUBJECT}&state=released")
    assert [address] == [
        link.partition("?")[0]
        for link in listed.select("//table[contains(@class,'list')]//th/a/@href")
    ]
    assert '"amount": "12"' in page.words("//ol[@id='event']/li[@class='marked']")
    assert 422 == wrong.status_code
    assert "/data/amount" in Page(wrong.text).words("//div[@id='fix-refusal']")
    assert (303, 303) == (fixed.status_code, released.status_code)
    after = seen.page(address)
    assert "已放行" in after.words("//h1")
    assert "两位小数" in after.words("//ol[@class='history']")
    [stored] = seen.ask("intake", f"/v1/ledger/{CODE}%2FP1")["items"]
    assert "12.00" == stored["event"]["data"]["amount"]


def test_a_file_is_looked_at_then_taken_in(seen: Seen) -> None:
    """Nothing is entered before it is started; what was rejected comes back as CSV."""
    form = {"jurisdiction": CODE, "preset": "payment-vouchers"}
    file = {"file": ("支付凭证.csv", ROWS.encode())}
    address = seen.browser.post("/data/files", data=form, files=file).headers["location"]
    preview = seen.page(address)
    before = seen.ask("intake", f"/v1/ledger/{CODE}%2FP1")["items"]
    assert 303 == seen.browser.post(f"{address}/start").status_code
    eventually(lambda: not seen.page(address).select("//main//progress"))
    rejects = seen.browser.get(f"{address}/rejects")

    assert "10.00" in preview.words("//section[@aria-labelledby='preview-title']//tbody")
    assert not {"ZF1"} & {one["event"]["data"].get("document", {}).get("number") for one in before}
    assert "等待签字" in rejects.content.decode("utf-8-sig")
    after = seen.ask("intake", f"/v1/ledger/{CODE}%2FP1")["items"]
    assert len(before) + 1 == len(after)
    assert 303 == seen.browser.post(f"{address}/delete").status_code


def test_a_publisher_is_given_a_key_that_opens(seen: Seen) -> None:
    """Shown once; another after it; revoked they open nothing."""
    me = f"{seen.stack.endpoints().intake}/v1/me"

    def opens(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.get(me, headers=headers, timeout=ANSWER_SECONDS).status_code

    def secret(answer: httpx.Response) -> str:
        assert (200, "no-store") == (answer.status_code, answer.headers["cache-control"])
        [found] = Page(answer.text).select("//input[@id='secret']/@value")
        return str(found)

    made = seen.browser.post("/data/publishers", data={"id": "desk-pub", "jurisdictions": CODE})
    address = "/data/publishers/desk-pub"
    [newest] = seen.page(address).select("//input[@name='newest']/@value")
    wanted = {"newest": newest, "overlap": "7"}
    rotated = seen.browser.post(f"{address}/rotate", data=wanted)
    again = seen.browser.post(f"{address}/rotate", data=wanted)
    keys = [secret(made), secret(rotated)]

    assert [200, 200] == [opens(key) for key in keys]
    assert 422 == again.status_code
    assert not any(key in seen.page(address).root.text_content() for key in keys)
    assert 2 == len(seen.page(address).select("//table//form"))
    assert 303 == seen.browser.post(f"{address}/revoke", data={"confirm": "desk-pub"}).status_code
    eventually(lambda: [opens(key) for key in keys] == [401, 401])
