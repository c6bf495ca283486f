"""Killed while it delivers: nothing is lost, and what comes again has the id it had."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.stack import Stack
from services.chassis.mongo import Mongo
from services.chassis.settings import MongoSettings
from tests.integration.alerts.running import KEY
from tests.integration.alerts.subscribing import known, nothing_left, tell
from tests.support.eventually import eventually_async
from tests.support.mailboxes import post_office
from tests.support.receiving import Received, receiving
from tests.support.stack import free_ports_from

__all__ = ["nothing_left"]
pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("analysis", "nothing_left")]
READY_SECONDS = 60
ENTRIES = 40


@contextlib.contextmanager
def process(stack: Stack, port: int, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run alerts as a process of its own; whatever happens it is gone afterwards."""
    places = stack.endpoints()
    environment = {
        "PATH": os.environ["PATH"],
        "DUALWATCH_KEY": KEY,
        "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS": places.kafka,
        "DUALWATCH_MONGO__URL": places.mongo,
        "DUALWATCH_ALERTS__PORT": str(port),
        "DUALWATCH_ALERTS__WEBHOOKS__ALLOW": "127.0.0.0/8",
        "DUALWATCH_ALERTS__WEBHOOKS__HTTP": "true",
        "DUALWATCH_ALERTS__WEBHOOKS__PORTS": "1024-65535",
        "DUALWATCH_ALERTS__DELIVERY_LEASE_SECONDS": "2",
        **more,
    }
    with log.open("ab") as out:
        command = [sys.executable, "-m", "services.alerts"]
        running = subprocess.Popen(command, env=environment, stdout=out, stderr=out)  # noqa: S603 - our own
    try:
        yield running
    finally:
        running.kill()
        running.wait()


async def ready(client: httpx.AsyncClient) -> None:
    """Wait until the process answers."""

    async def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return (await client.get("/readyz")).status_code == 200
        return False

    await eventually_async(answers, deadline_seconds=READY_SECONDS)


def client_of(port: int) -> httpx.AsyncClient:
    """Make a client of a process."""
    headers = {"authorization": f"Bearer {KEY}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30)


def webhook(url: str) -> dict[str, str]:
    """Make the form of a subscription."""
    return {"name": "Desk", "jurisdiction": "kill-1", "channel": "webhook", "address": url}


async def kill_when(held: asyncio.Event, running: subprocess.Popen[bytes]) -> None:
    """Kill a process once it is in the middle of a delivery."""
    await eventually_async(held.is_set, deadline_seconds=READY_SECONDS)
    held.clear()
    running.send_signal(signal.SIGKILL)
    running.wait()


@pytest.mark.long
async def test_nothing_is_lost_when_a_process_is_killed_while_it_delivers(
    shared_stack: Stack, tmp_path: Path
) -> None:
    """Killed with a request on its way, twice; every entry arrives, in order, under one id."""
    mongo = Mongo(MongoSettings(url=shared_stack.endpoints().mongo), "dualwatch_alerts")
    hold_at, held = {10, 25}, asyncio.Event()
    port, log = free_ports_from(), tmp_path / "log"

    async def answer(found: Received) -> int:
        cursor = json.loads(found.body)["cursor"]
        if cursor in hold_at:
            hold_at.discard(cursor)
            held.set()
            await asyncio.Event().wait()
        return 200

    async with receiving(answer) as receiver, client_of(port) as client:
        await known(mongo, "kill-1")
        with process(shared_stack, port, log) as running:
            await ready(client)
            made = (await client.post("/v1/subscriptions", json=webhook(receiver.url))).json()
            await tell(mongo, "kill-1", ENTRIES)
            await kill_when(held, running)
        with process(shared_stack, port, log) as running:
            await kill_when(held, running)
        ids = [f"{made['subscription_id']}_{number}" for number in range(1, ENTRIES + 1)]
        with process(shared_stack, port, log):
            await eventually_async(lambda: ids[-1] in receiver.ids, deadline_seconds=READY_SECONDS)
    mongo.close()

    assert ids == list(dict.fromkeys(receiver.ids))
    assert {ids[9], ids[24]} == {one for one in ids if receiver.ids.count(one) > 1}
    again = [one.body for one in receiver.received if one.id == ids[9]]
    assert 1 == len(set(again))


@pytest.mark.long
async def test_a_mail_that_was_on_its_way_comes_again_under_its_id(
    shared_stack: Stack, tmp_path: Path
) -> None:
    """Killed before it knew that the server has the mail: the same one again, nothing lost."""
    mongo = Mongo(MongoSettings(url=shared_stack.endpoints().mongo), "dualwatch_alerts")
    port, smtp_port = free_ports_from(), free_ports_from()
    smtp = {
        "DUALWATCH_ALERTS__SMTP__HOST": "127.0.0.1",
        "DUALWATCH_ALERTS__SMTP__PORT": str(smtp_port),
        "DUALWATCH_ALERTS__SMTP__SECURITY": "none",
        "DUALWATCH_ALERTS__SMTP__SENDER": "alerts@finance.example.cn",
    }
    form = {
        "name": "Desk",
        "jurisdiction": "kill-2",
        "channel": "email",
        "address": "li@finance.example.cn",
        "window_seconds": 1,
    }
    await known(mongo, "kill-2")
    with post_office(smtp_port) as office:
        async with client_of(port) as client:
            with process(shared_stack, port, tmp_path / "log", **smtp) as running:
                await ready(client)
                await client.post("/v1/subscriptions", json=form)
                office.lock.acquire()
                await tell(mongo, "kill-2", 3)
                # Put together, and waiting for the server's answer.
                await eventually_async(lambda: _batch(mongo), deadline_seconds=READY_SECONDS)
                running.send_signal(signal.SIGKILL)
                running.wait()
                office.lock.release()
                await tell(mongo, "kill-2", 1, start=4)
            with process(shared_stack, port, tmp_path / "log", **smtp):
                await ready(client)
                await eventually_async(
                    lambda: len({str(mail["Message-ID"]) for mail in office.mails}) == 2,
                    deadline_seconds=READY_SECONDS,
                )
    mongo.close()

    subjects: dict[str, set[str]] = {}
    for mail in office.mails:
        subjects.setdefault(str(mail["Message-ID"]), set()).add(str(mail["Subject"]))
    assert [["3"], ["1"]] == [
        [subject.split(" ")[1] for subject in found] for found in subjects.values()
    ]


async def _batch(mongo: Mongo) -> bool:
    found = await mongo.db["mailboxes"].find_one({"spans": {"$ne": []}})
    return found is not None
