"""Webhooks on the real stack: signed, in order, once per entry and id, whatever happens."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from standardwebhooks.webhooks import Webhook

from contracts.codec import new_event
from contracts.events.intake import OrganisationRegistered
from contracts.vocabulary import OrganisationKind
from deploy.local.stack import Stack
from services.alerts.domain import delivery
from tests.integration.alerts.running import Alerts, Analysis
from tests.integration.alerts.subscribing import (
    client_of,
    delivering,
    enlist,
    known,
    log_says,
    logged,
    nothing_left,
    shown,
    subscribe,
    tell,
)
from tests.support.eventually import eventually_async
from tests.support.receiving import Received, receiving
from tests.unit.alerts.builders import JUNE_30, NOTED

__all__ = ["nothing_left"]
pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("analysis", "nothing_left")]


@pytest.fixture(scope="module")
async def served(shared_stack: Stack, analysis: Analysis) -> AsyncIterator[Alerts]:
    """One service for all of these tests."""
    del analysis
    async with delivering(shared_stack) as alerts:
        yield alerts


@pytest.fixture
async def alerts(served: Alerts) -> AsyncIterator[Alerts]:
    """A client of its own for each test: some are somebody else."""
    async with client_of(served) as client:
        yield Alerts(served.service, client)


@pytest.mark.moves("dualwatch_alerts_delivery_backlog_entries")
async def test_entries_arrive_signed_in_order_and_once(alerts: Alerts) -> None:
    """The body is the feed's CloudEvent with its cursor; a receiver's own library verifies it."""
    async with receiving() as receiver:
        mongo = alerts.service.mongo
        await known(mongo, "wh-order")
        made = await subscribe(alerts, "wh-order", receiver.url)
        cursors = await tell(mongo, "wh-order", 30)
        await eventually_async(lambda: len(receiver.received) == 30)
        feed = (await alerts.get("/v1/feeds/wh-order"))["items"]
        stands = await eventually_async(lambda: shown(alerts, made))

    verifier = Webhook(made["secret"])
    bodies = [verifier.verify(one.body, one.headers) for one in receiver.received]
    assert cursors == [body["cursor"] for body in bodies]
    assert [f"{made['subscription_id']}_{cursor}" for cursor in cursors] == receiver.ids
    assert all(body.items() <= item.items() for body, item in zip(bodies, feed, strict=True))
    assert "/hooks?from=dualwatch" == receiver.received[0].path
    assert f"127.0.0.1:{receiver.port}" == receiver.received[0].headers["host"]
    assert "secret" not in stands


async def test_a_subscriber_gets_what_he_wants_and_may_see_now(alerts: Alerts) -> None:
    """Muted entries, other severities, other units' projects are passed over."""
    async with receiving() as receiver:
        mongo = alerts.service.mongo
        await known(mongo, "wh-scope")
        alerts.client.headers.update(enlist(alerts, "filler", "wh-scope", "U-1"))
        await subscribe(alerts, "wh-scope", receiver.url, filter={"severity_at_least": "yellow"})
        await tell(mongo, "wh-scope", muted="suppressed")
        await tell(mongo, "wh-scope", severity="info")
        await tell(mongo, "wh-scope", lead_unit="U-2")
        (mine,) = await tell(mongo, "wh-scope", severity="yellow")
        await eventually_async(lambda: receiver.received)
        enlist(alerts, "filler", "wh-scope", "U-2")
        await tell(mongo, "wh-scope")
        (theirs,) = await tell(mongo, "wh-scope", lead_unit="U-2")
        await eventually_async(lambda: len(receiver.received) == 2)

    assert [mine, theirs] == [json.loads(one.body)["cursor"] for one in receiver.received]


async def test_a_department_stands_for_its_units(alerts: Alerts, analysis: Analysis) -> None:
    """By the tree that the jurisdiction's own facts make."""
    registered = [
        OrganisationRegistered(date=JUNE_30, organisation=code, name=code, kind=kind, parent=parent)
        for code, kind, parent in (
            ("D-9", OrganisationKind.DEPARTMENT, None),
            ("U-9", OrganisationKind.UNIT, "D-9"),
        )
    ]
    facts = [
        new_event(one, event_id=one.organisation, source="s", subject="wh-tree", time=NOTED)
        for one in registered
    ]
    async with receiving() as receiver:
        mongo = alerts.service.mongo
        await known(mongo, "wh-tree")
        await analysis.say(*facts)
        tree = mongo.db["organisations"]
        await eventually_async(lambda: tree.find_one({"_id": "wh-tree/U-9"}))
        await subscribe(alerts, "wh-tree", receiver.url, filter={"organisations": ["D-9"]})
        await tell(mongo, "wh-tree", lead_unit="U-8", department="D-8")
        (mine,) = await tell(mongo, "wh-tree", lead_unit="U-9", department=None)
        await eventually_async(lambda: receiver.received)

    assert [mine] == [json.loads(one.body)["cursor"] for one in receiver.received]


async def test_a_revoked_owner_is_sent_nothing_more(alerts: Alerts) -> None:
    """The subscription pauses and says why; nothing goes out meanwhile."""
    async with receiving() as receiver:
        mongo = alerts.service.mongo
        await known(mongo, "wh-revoked")
        header = enlist(alerts, "leaver", "wh-revoked")
        alerts.client.headers.update(header)
        made = await subscribe(alerts, "wh-revoked", receiver.url)
        await tell(mongo, "wh-revoked")
        await eventually_async(lambda: receiver.received)
        alerts.service.directory.forget("leaver")
        await tell(mongo, "wh-revoked")

        async def paused() -> bool:
            found = await mongo.db["subscriptions"].find_one({"_id": made["subscription_id"]})
            return bool(found and found["reason"] == "owner_may_not")

        await eventually_async(paused)
        enlist(alerts, "leaver", "wh-revoked")
        found = await shown(alerts, made)

    assert ("paused", "owner_may_not", 1) == (
        found["state"],
        found["reason"],
        len(receiver.received),
    )


async def test_what_fails_is_tried_again_in_order_until_it_is_given_up(
    alerts: Alerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry that fails holds up its own line; its owner resumes where it stopped."""
    monkeypatch.setattr(delivery, "RETRY_SECONDS", (0, 0))
    statuses = [503, 302, 500]

    async def answer(_: Received) -> int:
        return statuses.pop(0) if statuses else 204

    async with receiving(answer) as receiver:
        await known(alerts.service.mongo, "wh-retry")
        made = await subscribe(alerts, "wh-retry", receiver.url)
        await tell(alerts.service.mongo, "wh-retry", 2)
        found = await log_says(alerts, made, "failed", "failed")
        stopped = await shown(alerts, made)
        path = f"/v1/subscriptions/{made['subscription_id']}"
        answered = await alerts.client.patch(path, json={"state": "active"})
        await log_says(alerts, made, "delivered", "delivered", "failed")

    attempts = next(one["attempts"] for one in found if one["kind"] == "event")
    first, second = (f"{made['subscription_id']}_{cursor}" for cursor in (1, 2))
    assert [first] * 4 + [second] == receiver.ids
    assert [503, 302, 500] == [attempt["status"] for attempt in attempts]
    assert ("disabled", "retries_exhausted") == (stopped["state"], stopped["reason"])
    assert ("active", 200) == (answered.json()["state"], answered.status_code)


async def test_410_ends_a_subscription_at_once(alerts: Alerts) -> None:
    """The receiver wants nothing any more."""

    async def gone(_: Received) -> int:
        return 410

    async with receiving(gone) as receiver:
        await known(alerts.service.mongo, "wh-gone")
        made = await subscribe(alerts, "wh-gone", receiver.url)
        await tell(alerts.service.mongo, "wh-gone", 3)
        await log_says(alerts, made, "failed", "failed")
        found = await shown(alerts, made)

    assert ("disabled", "receiver_gone", 1) == (
        found["state"],
        found["reason"],
        len(receiver.received),
    )


async def test_both_secrets_sign_after_a_rotation(alerts: Alerts) -> None:
    """For a day a receiver may know the former one or the new one."""
    async with receiving() as receiver:
        await known(alerts.service.mongo, "wh-rotate")
        made = await subscribe(alerts, "wh-rotate", receiver.url)
        path = f"/v1/subscriptions/{made['subscription_id']}"
        rotated = (await alerts.client.post(f"{path}/rotate")).json()
        await tell(alerts.service.mongo, "wh-rotate")
        await eventually_async(lambda: receiver.received)
        kept = await alerts.service.mongo.db["subscriptions"].find_one(
            {"_id": made["subscription_id"]}
        )

    (one,) = receiver.received
    assert made["secret"] != rotated["secret"]
    for secret in (made["secret"], rotated["secret"]):
        Webhook(secret).verify(one.body, one.headers)
    assert "whsec_" not in repr(kept)


async def test_tests_and_repetitions_do_not_wait_in_the_line(alerts: Alerts) -> None:
    """Both are sent once, though the line waits for its receiver; a repetition has the same id."""
    well = asyncio.Event()

    async def answer(found: Received) -> int:
        return 200 if well.is_set() or json.loads(found.body)["cursor"] in {1, None} else 500

    async with receiving(answer) as receiver:
        await known(alerts.service.mongo, "wh-test")
        made = await subscribe(alerts, "wh-test", receiver.url)
        path = f"/v1/subscriptions/{made['subscription_id']}"
        await tell(alerts.service.mongo, "wh-test", 2)
        await log_says(alerts, made, "waiting", "delivered")
        asked = await alerts.client.post(f"{path}/test")
        await log_says(alerts, made, "delivered", "waiting", "delivered")
        first = receiver.ids[0]
        again = await alerts.client.post(f"{path}/deliveries/{first}/replay")
        await eventually_async(lambda: receiver.ids.count(first) == 2)
        found = await eventually_async(lambda: logged(alerts, made, status="delivered"))
        refused = await alerts.client.post(
            f"{path}/deliveries/{asked.json()['delivery_id']}/replay"
        )

    test = next(one for one in receiver.received if one.id == asked.json()["delivery_id"])
    assert (202, 202, 409) == (asked.status_code, again.status_code, refused.status_code)
    assert "dualwatch.subscription.tested.v1" == json.loads(test.body)["type"]
    bodies = [one.body for one in receiver.received if one.id == first]
    assert bodies[0] == bodies[1]
    assert {"event", "test"} == {one["kind"] for one in found}


async def test_a_slow_receiver_delays_nobody_else(alerts: Alerts) -> None:
    """One that never answers holds only its own line."""
    never = asyncio.Event()

    async def hang(_: Received) -> int:
        await never.wait()
        return 200

    async with (
        receiving(hang) as slow,
        receiving() as quick,
    ):
        await known(alerts.service.mongo, "wh-slow")
        await subscribe(alerts, "wh-slow", slow.url)
        await subscribe(alerts, "wh-slow", quick.url)
        await tell(alerts.service.mongo, "wh-slow", 20)
        await eventually_async(lambda: len(quick.received) == 20)

        assert 1 == len(slow.received)
