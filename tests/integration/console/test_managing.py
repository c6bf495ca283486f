"""Administration on the real stack: facts are stated, days opened, rules published, keys given."""

import datetime as dt
from typing import Any, Final

import httpx
import pytest

from contracts.codec import encode
from tests.integration.console.running import Seen
from tests.support import builders
from tests.support.eventually import eventually
from tests.support.html import Page

pytestmark = pytest.mark.integration

TOWN: Final = "J970"
"""A jurisdiction of these tests' own beside the city that others count."""
TREE: Final = f"/administration/organisations?jurisdiction={TOWN}"


@pytest.fixture(scope="package")
def town(seen: Seen) -> str:
    """Register two departments and a unit, and open a day."""
    facts = (
        builders.jurisdiction(TOWN),
        builders.organisation("D1", TOWN, name="教育局", kind="department"),
        builders.organisation("D2", TOWN, name="水务局", kind="department"),
        builders.organisation("U1", TOWN, name="第一小学", kind="unit", parent="D1"),
    )
    url = seen.stack.endpoints().intake
    headers = {"content-type": "application/cloudevents-batch+json", "prefer": "wait=30"}
    body = b"[" + b",".join(map(encode, facts)) + b"]"
    sent = seen.api.post(f"{url}/v1/events", content=body, headers=headers).json()
    assert len(facts) == sent["counts"]["accepted"], sent
    wanted = {"jurisdiction": TOWN, "date": "2025-06-29", "jump": True}
    opened = seen.api.post(f"{url}/v1/days", json=wanted, headers={"prefer": "wait=30"})
    assert 200 == opened.status_code, opened.text
    analysis = seen.stack.endpoints().analysis

    def known() -> bool:
        items = seen.api.get(f"{analysis}/v1/jurisdictions").json()["items"]
        return ("J970", "2025-06-29") in {(one["jurisdiction"], one["today"]) for one in items}

    eventually(known, 60)
    return TOWN


@pytest.fixture
def browser(seen: Seen, town: str) -> httpx.Client:
    """Sign in as whoever may everything."""
    assert town
    given = seen.browser.post("/sign-in", data={"key": seen.stack.endpoints().key})
    assert 303 == given.status_code
    return seen.browser


def page(browser: httpx.Client, path: str) -> Page:
    """Look at a page."""
    answer = browser.get(path)
    assert 200 == answer.status_code, answer.text[-2_000:]
    return Page(answer.text)


def sent(browser: httpx.Client, path: str, status: int = 200, **form: Any) -> Page:
    """Send a form."""
    answer = browser.post(path, data=form)
    assert status == answer.status_code, answer.text[-2_000:]
    return Page(answer.text or "<p></p>")


def test_a_unit_moves_from_a_day_on_and_stood_elsewhere_before(browser: httpx.Client) -> None:
    """The ledger takes the fact in, and the tree of each day is that day's."""
    moved = sent(
        browser,
        f"/administration/organisations/move?jurisdiction={TOWN}&organisation=U1",
        request="move-u1",
        organisation="U1",
        parent="D2",
        valid_from="2025-06-15",
        decision_body="编委",
        decision_number="1号",
    )

    assert "已受理" in moved.words("//p[@role='status']")
    above = "//dl[@class='facts']/div[3]/dd"
    eventually(lambda: "水务局" in page(browser, f"{TREE}&organisation=U1").words(above), 60)
    before = page(browser, f"{TREE}&organisation=U1&as_of=2025-06-14")
    assert "教育局" in before.words(above)
    history = before.words("//section[@aria-labelledby='history-title']//tbody/tr")
    assert "2025-06-15" in history
    assert "划转" in history


def test_what_the_ledger_refuses_is_said(browser: httpx.Client) -> None:
    """A kind that there is none of; what was typed is there still."""
    refused = sent(
        browser,
        f"/administration/organisations/register?jurisdiction={TOWN}",
        422,
        request="register-x",
        organisation="X1",
        name="某局",
        kind="ministry",
        valid_from="2025-06-15",
    )

    assert refused.words("//p[@role='alert']")
    assert ["某局"] == refused.select("//input[@name='name']/@value")


def test_days_open_by_the_published_calendar(browser: httpx.Client) -> None:
    """A day off is previewed as one, opened as one, and everybody follows."""
    path = f"/data/days?jurisdiction={TOWN}"
    told = sent(
        browser,
        f"/data/days/calendar?jurisdiction={TOWN}",
        request="calendar",
        year="2025",
        days_off="2025-07-01",
        working_days="2025-07-05",
    )
    preview = page(browser, f"{path}&until=2025-07-05").words("//div[@class='preview']")
    sent(browser, path, 303, date="2025-07-01")

    assert "已受理" in told.words("//p[@role='status']")
    assert "将开账 6 天，其中工作日 5 天" in preview
    after = page(browser, path)
    facts = after.words("//section[@aria-labelledby='today-title']//dl")
    assert "2025-07-01" in facts
    assert "非工作日" in facts
    done = "//section[@aria-labelledby='following-title']//tbody/tr/td[2]"
    everybody = " | ".join(["已完成"] * 4)
    eventually(lambda: everybody == page(browser, path).words(done), 60)


def test_a_layer_of_ones_own_is_in_force_the_day_after(browser: httpx.Client) -> None:
    """Drafted from a parameter, checked, published; shown with the way it went."""
    path = f"/administration/packs/draft?jurisdiction={TOWN}"
    form: dict[str, Any] = {
        "request": "pack",
        "pack": "own",
        "number": "1",
        "effective_from": "2025-01-01",
        "title_zh": "本级",
        "title_en": "Own",
        "extends": "city",
        "value:execution_behind_standard.yellow_below_bp": "8500",
    }
    drafted = sent(browser, path, **form, act="draft")
    content = drafted.select("//textarea")[0].text
    faulty = sent(browser, path, 422, content=f"{content}rules: 5\n", act="check")
    published = sent(browser, path, content=content, request="pack", act="publish")

    assert faulty.words("//div[@role='alert']//tbody/tr")
    assert "已报送发布" in published.words("//p[@role='status']")
    shown = f"/administration/packs?jurisdiction={TOWN}"
    changed = "//section[@aria-labelledby='parameters-title']//tbody/tr[td/strong]"
    eventually(lambda: "85.00%" in page(browser, shown).words(changed), 60)
    assert "更严" in page(browser, shown).words(changed)


def test_whoever_is_registered_is_let_in_until_revoked(seen: Seen, browser: httpx.Client) -> None:
    """With the key that the page showed once; the log tells of both."""
    form: dict[str, Any] = {"id": "wang-wu", "name": "王五", "roles": "auditor", "bounds": "all"}
    given = sent(browser, "/administration/people", **form)
    key = given.words("//code[@class='key']")
    url = seen.stack.endpoints().intake + "/v1/me"
    asked = {"Authorization": f"Bearer {key}"}
    assert "wang-wu" == httpx.get(url, headers=asked).json()["id"]
    sent(browser, "/administration/people/wang-wu/revoke", 303, confirm="wang-wu")

    eventually(lambda: 401 == httpx.get(url, headers=asked).status_code, 30)
    since = dt.date(2020, 1, 1).isoformat()
    log = page(browser, f"/administration/audit?principal=wang-wu&since={since}")
    assert "永久收回" in log.words("//tbody/tr[1]")
    assert key not in log.words("//main")


def test_the_ledger_is_what_was_written(browser: httpx.Client) -> None:
    """A checkpoint is made, everything compared with it, and both are taken along."""
    sent(browser, "/data/checkpoints", 303)
    found = sent(browser, "/data/checkpoints/verify")
    [number, *_] = found.words("//section[@aria-labelledby='list-title']//tbody/tr/th").split(" | ")

    assert "账本与写入时一致" in found.words("//p[contains(@class,'outcome')]")
    assert int(number) == browser.get(f"/data/checkpoints/{number}").json()["number"]
    assert "PUBLIC KEY" in browser.get("/data/checkpoints/key.pem").text


def test_templates_and_catalogues_are_those_of_the_services(
    seen: Seen, browser: httpx.Client
) -> None:
    """Each template whole and to be taken along; codes with the words that tables use."""
    templates = page(browser, "/administration/templates")
    files = [one["file"] for one in seen.ask("reporting", "/v1/templates")["items"]]
    links = templates.select("//dl//a/@href")
    catalogues = page(browser, f"/administration/catalogues?jurisdiction={TOWN}")

    assert "全部通过校验" in templates.words("//p[contains(@class,'outcome')]")
    assert len(files) == len(links)
    assert all(200 == browser.get(link).status_code for link in links)
    assert "数量指标" in catalogues.words("//section[@aria-labelledby='library']")
