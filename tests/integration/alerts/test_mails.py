"""E-mail on the real stack: one mail for a recipient and window, or a clear refusal."""

from urllib.parse import urlsplit

import httpx
import pytest

from deploy.local.stack import Stack
from services.alerts.domain import delivery
from tests.integration.alerts.running import Alerts
from tests.integration.alerts.subscribing import (
    delivering,
    known,
    log_says,
    nothing_left,
    shown,
    smtp_of,
    subscribe,
    tell,
)
from tests.support.eventually import eventually_async
from tests.support.mailboxes import TAKEN, post_office
from tests.support.stack import free_ports_from

__all__ = ["nothing_left"]
pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("analysis", "nothing_left")]
LI = "li@finance.example.cn"
MAIL = {"channel": "email", "window_seconds": 1}


async def one_click(alerts: Alerts, header: str) -> int:
    """Send what a mail program sends to a mail's own link: without a key."""
    link = urlsplit(header.partition(">")[0].removeprefix("<"))
    transport = httpx.ASGITransport(app=alerts.service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://alerts") as client:
        said = {"List-Unsubscribe": "One-Click"}
        answer = await client.post(f"{link.path}?{link.query}", data=said)
    return answer.status_code


async def test_one_mail_for_a_recipient_and_window(shared_stack: Stack) -> None:
    """What two subscriptions want is told once, grouped by project; the next window begins anew."""
    with post_office(free_ports_from()) as office:
        async with delivering(shared_stack, smtp=smtp_of(office.port)) as alerts:
            mongo = alerts.service.mongo
            await known(mongo, "mail-one")
            first = await subscribe(alerts, "mail-one", LI, **MAIL)
            await subscribe(alerts, "mail-one", LI, **MAIL, filter={"rules": ["over_budget"]})
            await tell(mongo, "mail-one", 3)
            await eventually_async(lambda: office.mails)
            await log_says(alerts, first, "delivered")
            await tell(mongo, "mail-one", 2, start=4, muted="suppressed")
            await tell(mongo, "mail-one", 1, start=6)
            await eventually_async(lambda: len(office.mails) == 2)
            found = await log_says(alerts, first, "delivered", "delivered")
            ended = await one_click(alerts, str(office.mails[0]["List-Unsubscribe"]))
            paused = await shown(alerts, first)

    assert (200, "paused", "recipient_unsubscribed") == (ended, paused["state"], paused["reason"])
    subjects = [str(mail["Subject"]) for mail in office.mails]
    assert ["[双监控] 3 条预警动态", "[双监控] 1 条预警动态"] == [s.split(",")[0] for s in subjects]
    assert [1, 3] == [len(one["entries"]) for one in found]
    assert 2 == len({mail["Message-ID"] for mail in office.mails})
    text = office.mails[0].get_body(("plain",))
    assert text is not None
    assert [1, 1, 1] == [text.get_content().count(f"mail-one/P-{n}") for n in (1, 2, 3)]


async def test_a_server_that_refuses_is_tried_again_with_the_same_mail(
    shared_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came meanwhile is in the next one."""
    monkeypatch.setattr(delivery, "RETRY_SECONDS", (1, 1, 1, 1, 1, 1))
    with post_office(free_ports_from()) as office:
        office.answer = "451 later"
        async with delivering(shared_stack, smtp=smtp_of(office.port)) as alerts:
            await known(alerts.service.mongo, "mail-again")
            made = await subscribe(alerts, "mail-again", LI, **MAIL)
            await tell(alerts.service.mongo, "mail-again", 2)
            await eventually_async(lambda: office.tries >= 1)
            await tell(alerts.service.mongo, "mail-again", 1, start=3)
            office.answer = TAKEN
            await eventually_async(lambda: len(office.mails) == 2)
            found = await log_says(alerts, made, "delivered", "delivered")
            test = f"/v1/subscriptions/{made['subscription_id']}/test"
            await alerts.client.post(test)
            await eventually_async(lambda: len(office.mails) == 3)
            again = f"/v1/subscriptions/{made['subscription_id']}/deliveries"
            await alerts.client.post(f"{again}/{found[0]['delivery_id']}/replay")
            await eventually_async(lambda: len(office.mails) == 4)

    assert [1, 2] == [len(one["entries"]) for one in found]
    assert 451 == found[1]["attempts"][0]["status"]
    assert "[双监控] 测试邮件" == office.mails[2]["Subject"]
    assert office.mails[1]["Message-ID"] == office.mails[3]["Message-ID"]


async def test_without_a_mail_server_nobody_subscribes_by_mail(shared_stack: Stack) -> None:
    """A clear refusal, and one for other people's domains."""
    form = {"name": "x", "jurisdiction": "mail-none", "channel": "email", "address": LI}
    async with delivering(shared_stack) as alerts:
        await known(alerts.service.mongo, "mail-none")
        none = await alerts.client.post("/v1/subscriptions", json=form)
    async with delivering(shared_stack, smtp=smtp_of(2_525)) as alerts:
        form["address"] = "li@elsewhere.example"
        other = await alerts.client.post("/v1/subscriptions", json=form)

    assert [(422, "no_mail_server"), (422, "forbidden_mail_address")] == [
        (answer.status_code, answer.json()["code"]) for answer in (none, other)
    ]


async def test_owners_change_their_own_by_version(shared_stack: Stack) -> None:
    """Stale versions, other people's, too many, repeated requests, cursors of the future."""
    async with delivering(shared_stack, smtp=smtp_of(2_525)) as alerts:
        await known(alerts.service.mongo, "mail-own")
        made = await subscribe(alerts, "mail-own", LI, channel="email", window_seconds=86_400)
        path = f"/v1/subscriptions/{made['subscription_id']}"
        client, stale = alerts.client, {"if-match": '"1"'}
        changed = await client.patch(path, json={"state": "paused"}, headers=stale)
        again = await client.patch(path, json={"name": "Other"}, headers=stale)
        future = await client.patch(path, json={"after": 99})
        form = {"name": "x", "jurisdiction": "mail-own", "channel": "email", "address": LI}
        key = {"idempotency-key": "k-1"}
        twice = [await client.post("/v1/subscriptions", json=form, headers=key) for _ in range(2)]
        reused = await client.post("/v1/subscriptions", json={**form, "name": "y"}, headers=key)
        unknown = await client.post("/v1/subscriptions", json={**form, "jurisdiction": "no"})
        found = await shown(alerts, made)
        removed = [await client.delete(path) for _ in range(2)]

    assert (200, '"2"', "paused") == (
        changed.status_code,
        changed.headers["etag"],
        changed.json()["state"],
    )
    assert ("stale_version", 2) == (again.json()["code"], again.json()["version"])
    assert ("Desk", 2, "paused_by_owner") == (found["name"], found["version"], found["reason"])
    assert (422, 422, 404) == (future.status_code, reused.status_code, unknown.status_code)
    assert twice[0].json() == twice[1].json()
    assert [204, 404] == [answer.status_code for answer in removed]
