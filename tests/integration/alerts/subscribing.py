"""What tests of subscriptions share: entries of feeds, principals, a service that may call us."""

import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from bson.binary import Binary

from contracts.codec import encode
from contracts.vocabulary import PrincipalKind, Role
from deploy.local.stack import Stack
from services.alerts.domain.telling import Because, Told, event_of
from services.alerts.settings import SmtpSettings, WebhookSettings
from services.alerts.store.subscriptions import CHANGES
from services.chassis.fencing import Fence
from services.chassis.identity import Key, Principal
from services.chassis.mongo import Mongo, Session
from services.chassis.settings import MongoSettings
from tests.integration.alerts.running import KEY, STANDING, Alerts, running
from tests.support.eventually import eventually_async
from tests.unit.alerts.builders import NOTED
from tests.unit.alerts.test_alert import RED, live

HERE = WebhookSettings(allow="127.0.0.1", http=True, ports="1024-65535")
"""Webhooks to receivers on this machine."""
LEASE_SECONDS = 3.0


@pytest.fixture
async def nothing_left(shared_stack: Stack) -> AsyncIterator[None]:
    """Remove a test's subscriptions: nobody has more than so many. Nobody delivers beside it."""
    await STANDING.end()
    yield
    mongo = Mongo(MongoSettings(url=shared_stack.endpoints().mongo), "dualwatch_alerts")
    with contextlib.closing(mongo):
        # A process that the test has killed may have something locked, and nobody is left to see.
        await Fence(mongo, silent_seconds=0).open()
        await mongo.db["subscriptions"].delete_many({})
        await mongo.db["counters"].update_one({"_id": CHANGES}, {"$inc": {"n": 1}}, upsert=True)


def client_of(alerts: Alerts) -> httpx.AsyncClient:
    """Make another client of a service, with the deployment's key."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=alerts.service.app),
        base_url="http://alerts",
        headers={"authorization": f"Bearer {KEY}"},
        timeout=60,
    )


def smtp_of(port: int) -> SmtpSettings:
    """Send mails to a server on this machine."""
    return SmtpSettings(
        host="127.0.0.1",
        port=port,
        security="none",
        sender="alerts@finance.example.cn",
        one_click="https://alerts.example.cn",
    )


@contextlib.asynccontextmanager
async def delivering(stack: Stack, **changes: Any) -> AsyncIterator[Alerts]:
    """Run a service that delivers to this machine."""
    settings = {"webhooks": HERE, "delivery_lease_seconds": LEASE_SECONDS, **changes}
    async with running(stack, **settings) as alerts:
        yield alerts


async def tell(
    mongo: Mongo, jurisdiction: str, count: int = 1, start: int = 1, **where: Any
) -> list[int]:
    """Write entries into a feed as whoever tells alerts does; give their cursors."""
    change = live(RED)[1][0]

    async def work(session: Session) -> list[int]:
        counters, name = mongo.db["counters"], {"_id": f"feed:{jurisdiction}"}
        await counters.update_one(name, {"$inc": {"n": count}}, upsert=True, session=session)
        found = await counters.find_one(name, session=session)
        last = found["n"] if found else 0
        cursors = list(range(last - count + 1, last + 1))
        entries = []
        for number, cursor in enumerate(cursors, start):
            project = where.get("project", f"{jurisdiction}/P-{number}")
            event = json.loads(encode(event_of(Told(change, Because("e", None, 0, 1)), cursor)))
            event |= {"id": f"{jurisdiction}.{cursor}", "subject": project}
            event["data"] |= where.get("data", {})
            entries.append(
                {
                    "jurisdiction": jurisdiction,
                    "cursor": cursor,
                    "project": project,
                    "lead_unit": where.get("lead_unit", "U-1"),
                    "department": where.get("department", "D-1"),
                    "alert": event["data"]["alert"],
                    "version": 1,
                    "kind": where.get("kind", "raised"),
                    "severity": where.get("severity", "red"),
                    "aspect": where.get("aspect", "compliance"),
                    "rule": where.get("rule", "over_budget"),
                    "muted": where.get("muted"),
                    "date": "2026-06-30",
                    "event": Binary(json.dumps(event, ensure_ascii=False).encode()),
                }
            )
        await mongo.db["feeds"].insert_many(entries, session=session)
        return cursors

    return await mongo.transaction(work)


async def known(mongo: Mongo, jurisdiction: str) -> None:
    """Let there be a jurisdiction with an empty feed."""
    await mongo.db["jurisdictions"].update_one(
        {"_id": jurisdiction}, {"$set": {"name": "某市"}}, upsert=True
    )


async def subscribe(alerts: Alerts, jurisdiction: str, address: str, **more: Any) -> dict[str, Any]:
    """Subscribe; give the answer."""
    form = {
        "name": "Desk",
        "jurisdiction": jurisdiction,
        "channel": "webhook",
        "address": address,
        **more,
    }
    answer = await alerts.client.post("/v1/subscriptions", json=form)
    assert 201 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def shown(alerts: Alerts, subscription: dict[str, Any]) -> dict[str, Any]:
    """Read a subscription."""
    found: dict[str, Any] = await alerts.get(f"/v1/subscriptions/{subscription['subscription_id']}")
    return found


async def logged(alerts: Alerts, subscription: dict[str, Any], **params: Any) -> list[Any]:
    """Read its delivery log, the last first."""
    path = f"/v1/subscriptions/{subscription['subscription_id']}/deliveries"
    found: list[Any] = (await alerts.get(path, **params))["items"]
    return found


async def log_says(alerts: Alerts, subscription: dict[str, Any], *statuses: str) -> list[Any]:
    """Wait until the log has exactly these statuses, the last first."""

    async def said() -> list[Any]:
        found = await logged(alerts, subscription)
        assert list(statuses) == [one["status"] for one in found]
        return found

    found: list[Any] = await eventually_async(said)
    return found


def enlist(alerts: Alerts, name: str, jurisdiction: str, *organisations: str) -> dict[str, str]:
    """Let a principal in; give the header that says so."""
    secret = f"dw_{hashlib.sha256(name.encode()).hexdigest()[:16]}_secret"
    digest = hashlib.sha256(secret.encode()).hexdigest()
    alerts.service.directory.put(
        Principal(
            name,
            PrincipalKind.STAFF,
            frozenset({Role.UNIT_FILLER}),
            frozenset({jurisdiction}),
            organisations,
            frozenset(organisations),
            (Key(secret.split("_")[1], digest, NOTED),),
        )
    )
    return {"authorization": f"Bearer {secret}"}
