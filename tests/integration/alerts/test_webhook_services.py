"""Webhooks with several services, one after the other or side by side, and with other settings."""

import contextlib

import pytest

from deploy.local.stack import Stack
from services.alerts.settings import WebhookSettings
from tests.integration.alerts.subscribing import (
    delivering,
    known,
    log_says,
    nothing_left,
    subscribe,
    tell,
)
from tests.support.eventually import eventually_async
from tests.support.receiving import receiving

__all__ = ["nothing_left"]
pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("analysis", "nothing_left")]


@pytest.mark.long
async def test_two_services_deliver_everything_once(shared_stack: Stack) -> None:
    """One holds the lease; when it stops the other goes on behind it, with no id twice."""
    # Long enough that a busy machine does not lose it on the way.
    term = {"delivery_lease_seconds": 15.0}
    async with receiving() as receiver, contextlib.AsyncExitStack() as first:
        one = await first.enter_async_context(delivering(shared_stack, **term))
        await known(one.service.mongo, "wh-two")
        made = await subscribe(one, "wh-two", receiver.url)
        async with delivering(shared_stack, **term) as two:
            await tell(two.service.mongo, "wh-two", 10)
            await eventually_async(lambda: len(receiver.received) == 10)
            await first.aclose()
            await tell(two.service.mongo, "wh-two", 10)
            await eventually_async(lambda: len(receiver.received) == 20, deadline_seconds=60)

    assert [f"{made['subscription_id']}_{number}" for number in range(1, 21)] == receiver.ids


FORBIDDEN = (
    "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://10.1.2.3/",
    "https://169.254.169.254/latest/meta-data", "https://2130706433/", "https://0x7f.1/",
    "https://localhost/", "http://93.184.215.14/", "https://user@93.184.215.14/",
    "https://93.184.215.14:22/", "ftp://93.184.215.14/", "https://93.184.215.14/\r\nx",
)  # fmt: skip


async def test_forbidden_addresses_are_refused_clearly(shared_stack: Stack) -> None:
    """Inside, over plain http, on other ports, in strange forms: 422 with the place."""
    async with delivering(shared_stack, webhooks=WebhookSettings()) as alerts:
        await known(alerts.service.mongo, "wh-ssrf")
        form = {"name": "x", "jurisdiction": "wh-ssrf", "channel": "webhook"}
        answers = [
            await alerts.client.post("/v1/subscriptions", json={**form, "address": url})
            for url in FORBIDDEN
        ]
        found = await alerts.get("/v1/subscriptions")

    problems = [answer.json() for answer in answers]
    assert {(422, "forbidden_webhook_address", "/address")} == {
        (one["status"], one["code"], one["pointer"]) for one in problems
    }
    assert all({"title_zh", "detail_zh", "hint", "hint_zh"} <= one.keys() for one in problems)
    assert not [one for one in found["items"] if one["jurisdiction"] == "wh-ssrf"]


async def test_an_address_is_asked_for_again_when_something_goes_out(shared_stack: Stack) -> None:
    """What was allowed once is not called once it is forbidden."""
    async with receiving() as receiver:
        async with delivering(shared_stack) as alerts:
            await known(alerts.service.mongo, "wh-later")
            made = await subscribe(alerts, "wh-later", receiver.url)
        async with delivering(shared_stack, webhooks=WebhookSettings()) as alerts:
            await tell(alerts.service.mongo, "wh-later")
            (line,) = await log_says(alerts, made, "waiting")

    assert ["forbidden_address"] == [attempt["error"] for attempt in line["attempts"]]
    assert [] == receiver.received
