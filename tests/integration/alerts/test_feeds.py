"""Feeds as readers see them: waited for, filtered, streamed over a kill of one of two instances."""

import asyncio
import contextlib
import datetime as dt
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
import pytest

from contracts.vocabulary import PrincipalKind, Role
from deploy.local.probes import is_ready
from deploy.local.process import Command, Warden
from deploy.local.stack import Stack
from services.alerts.api import streaming
from services.alerts.store.following import FOLLOWERS
from services.chassis import identity_leave
from services.chassis.identity import Key, Principal
from services.chassis.identity_keys import draw
from tests.integration.alerts.running import STANDING, Alerts, Analysis, running, standing
from tests.integration.alerts.test_alerts import fine, over
from tests.support.eventually import eventually_async
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration

READY_SECONDS = 60.0
FEED_SECONDS = 90.0
SSE = {"accept": "text/event-stream"}
ENDED = "event: end"


def told(text: str) -> list[tuple[int, dict[str, Any]]]:
    """Read the events of a stream: id and data of each alert."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if lines.get("event") == "alert":
            found.append((int(lines["id"]), json.loads(lines["data"])))
    return found


class Instances:
    """Services of alerts as processes of their own."""

    def __init__(self, stack: Stack, folder: Path, warden: Warden) -> None:
        self._stack = stack
        self._folder = folder
        self._warden = warden
        self._first_port = free_ports_from()
        self.processes: list[Popen[bytes]] = []

    def address(self, number: int) -> str:
        """Where one listens."""
        return f"http://127.0.0.1:{self._first_port + number}"

    async def start(self) -> int:
        """Start one more and wait until it is ready."""
        number = len(self.processes)
        port = self._first_port + number
        command = Command(
            f"alerts-{number}",
            (sys.executable, "-m", "services.alerts"),
            self._folder / f"alerts-{number}.log",
            {**os.environ, **self._stack.environment(), "DUALWATCH_ALERTS__PORT": str(port)},
        )
        self.processes.append(self._warden.spawn(command))
        await eventually_async(lambda: is_ready(port), READY_SECONDS, f"alerts-{number} ready")
        return number

    async def read(self, number: int, path: str, seen: list[int], upto: int) -> None:
        """Stream from one behind the last of `seen` until `upto` was read, or it is gone."""
        headers = {**SSE, "authorization": f"Bearer {self._stack.endpoints().key}"}
        headers["last-event-id"] = str(seen[-1] if seen else 0)
        async with httpx.AsyncClient(timeout=FEED_SECONDS, trust_env=False) as client:
            with contextlib.suppress(httpx.TransportError):
                address = f"{self.address(number)}{path}"
                async with client.stream("GET", address, headers=headers) as stream:
                    assert stream.status_code == 200
                    async for line in stream.aiter_lines():
                        if line.startswith("id: "):
                            seen.append(int(line.removeprefix("id: ")))
                        if seen and seen[-1] >= upto:
                            return


@pytest.fixture
async def instances(shared_stack: Stack, tmp_path: Path) -> AsyncIterator[Instances]:
    """Two instances; none outlives the test."""
    await STANDING.end()
    warden = Warden()
    warden.open()
    with contextlib.closing(warden):
        found = Instances(shared_stack, tmp_path, warden)
        await found.start()
        await found.start()
        yield found
        for process in found.processes:
            process.kill()
            await asyncio.to_thread(process.wait)


@pytest.mark.long
async def test_every_cursor_comes_once_over_a_kill_and_on_either_instance(
    instances: Instances, analysis: Analysis
) -> None:
    """One reader is thrown from the first instance to the second, another reads there all along."""
    count, path = 120, "/v1/feeds/feed-killed"
    thrown: list[int] = []
    steady: list[int] = []
    await analysis.say(over("feed-killed/P-0"))
    async with asyncio.timeout(FEED_SECONDS):
        await eventually_async(lambda: _is_known(instances, path))
        beside = asyncio.create_task(instances.read(1, path, steady, count))
        first = asyncio.create_task(instances.read(0, path, thrown, count))
        for number in range(1, count // 2):
            await analysis.say(over(f"feed-killed/P-{number}"))
        await eventually_async(lambda: len(thrown) >= 10, FEED_SECONDS, "ten entries read")
        instances.processes[0].kill()
        for number in range(count // 2, count):
            await analysis.say(over(f"feed-killed/P-{number}"))
        await first
        await instances.read(1, path, thrown, count)
        await beside

    assert list(range(1, count + 1)) == thrown
    assert list(range(1, count + 1)) == steady


async def _is_known(instances: Instances, path: str) -> bool:
    headers = {"authorization": f"Bearer {instances._stack.endpoints().key}"}
    async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
        found = [(await client.get(f"{instances.address(n)}{path}")).status_code for n in (0, 1)]
    return found == [200, 200]


async def test_a_question_waits_for_news_and_a_filtered_page_moves_on(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """`next_cursor` is where has been looked, whatever was wanted."""
    path = "/v1/feeds/waited"
    async with standing(shared_stack) as alerts:
        for said in (over("waited/P-1", 1), over("waited/P-2", 2), fine("waited/P-1", 3)):
            await alerts.passed(await analysis.say(said))
        cleared = await alerts.get(path, kind="cleared", project="waited/P-1")
        nothing = await alerts.get(path, severity="yellow")
        some = await alerts.get(path, severity=["red", "yellow"], limit=1)
        waiting = asyncio.create_task(alerts.get(path, cursor="now", wait=60, kind="cleared"))
        cut = await analysis.say(over("waited/P-3", 4))
        await alerts.passed(cut)
        await analysis.say(fine("waited/P-2", 5))
        waited = await waiting
        elsewhere = await alerts.get(path, unit="no-such-unit")
        tree = alerts.service.mongo.db["organisations"]
        for code, parent, division in (
            ("D-0", None, "DIV"),
            ("M-0", "D-0", None),
            ("U-1", "M-0", None),
        ):
            place = {"jurisdiction": "waited", "code": code, "parent": parent}
            await tree.insert_one({"_id": f"waited/{code}", "division": division, **place})
        below = await alerts.get(path, unit="D-0", kind="cleared")
        counterpart = await alerts.get(path, unit="DIV", kind="cleared")

    assert [3] == [item["cursor"] for item in cleared["items"]]
    assert ([], 3, 3) == (nothing["items"], nothing["next_cursor"], nothing["last_cursor"])
    assert ([1], 1) == ([item["cursor"] for item in some["items"]], some["next_cursor"])
    assert {"severity=red", "severity=yellow", "limit=1", "cursor=1"} == set(
        some["next_url"].split("?")[1].split("&")
    )
    assert [(5, "waited/P-2")] == [(i["cursor"], i["subject"]) for i in waited["items"]]
    assert 5 == waited["next_cursor"]
    assert [3, 5] == [item["cursor"] for item in below["items"]]
    assert below["items"] == counterpart["items"]
    assert ([], 5) == (elsewhere["items"], elsewhere["next_cursor"])


async def test_what_is_no_cursor_of_this_feed_is_refused(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Pulled and streamed alike; of the future, with the last one there is."""
    cut = await analysis.say(over("bad/P-1"))
    async with standing(shared_stack) as alerts:
        await alerts.passed(cut)
        refused = {
            (cursor, accept): await alerts.client.get(
                "/v1/feeds/bad", headers={"accept": accept, "last-event-id": cursor}
            )
            for cursor in ("-1", "1.5", "later", "x" * 500, "9" * 19)
            for accept in ("application/json", "text/event-stream")
        }
        ahead = await alerts.client.get("/v1/feeds/bad", params={"cursor": 2})
        unknown = await alerts.client.get("/v1/feeds/nowhere", headers=SSE)
        wrong = await alerts.client.get("/v1/feeds/bad", params={"kind": "exploded"})

    codes = {answer.json()["code"] for (cursor, _), answer in refused.items() if cursor[0] != "9"}
    assert {"invalid_cursor"} == codes
    assert {409, 422} == {answer.status_code for answer in refused.values()}
    assert (409, "cursor_ahead", 1) == (
        ahead.status_code,
        ahead.json()["code"],
        ahead.json()["last_cursor"],
    )
    assert (404, "unknown_jurisdiction") == (unknown.status_code, unknown.json()["code"])
    assert (422, "/kind") == (wrong.status_code, wrong.json()["pointer"])


async def test_a_stream_is_scoped_and_ends_with_the_key_and_with_the_service(
    shared_stack: Stack, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of one unit gets what it leads, and nothing once the key is gone."""
    monkeypatch.setattr(streaming, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(identity_leave, "TRUST_SECONDS", 0.0)
    async with running(shared_stack) as alerts:
        for number in (1, 2):
            said = over(f"scoped/P-{number}", number, lead_unit=f"U-{number}")
            await alerts.passed(await analysis.say(said))
        async with _reader(alerts, "scoped", "U-2") as reader:
            pulled = (await reader.get("/v1/feeds/scoped")).json()
            hidden = await reader.get("/v1/feeds/bad")
            stream = asyncio.create_task(reader.get("/v1/feeds/scoped", headers=SSE))
            waiting = asyncio.create_task(
                reader.get("/v1/feeds/scoped", params={"cursor": "now", "wait": 60})
            )
            await eventually_async(lambda: _followers() == 2)
        revoked, unanswered = await stream, await waiting
        stream = asyncio.create_task(alerts.client.get("/v1/feeds/scoped", headers=SSE))
        await eventually_async(lambda: _followers() == 1)
        alerts.service.stopping.set()
        stopped = await stream

    assert ([2], 2) == ([item["cursor"] for item in pulled["items"]], pulled["next_cursor"])
    assert 404 == hidden.status_code
    assert [2] == [cursor for cursor, _ in told(revoked.text)]
    assert revoked.text.endswith('event: end\ndata: {"reason":"not_let_in"}\n\n')
    assert 401 == unanswered.status_code
    assert [1, 2] == [cursor for cursor, _ in told(stopped.text)]
    assert stopped.text.endswith('event: end\ndata: {"reason":"stopping"}\n\n')
    assert stopped.headers["content-type"].startswith("text/event-stream")


def _followers() -> float:
    return sum(sample.value for metric in FOLLOWERS.collect() for sample in metric.samples)


@contextlib.asynccontextmanager
async def _reader(
    alerts: Alerts, jurisdiction: str, *units: str
) -> AsyncIterator[httpx.AsyncClient]:
    """Ask as somebody who sees only what these units lead; at the end the key is revoked."""
    key = draw()
    held = Key(key.key_id, key.sha256, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    principal = Principal(
        f"reader-{key.key_id}",
        PrincipalKind.STAFF,
        frozenset({Role.UNIT_FILLER}),
        jurisdictions=frozenset({jurisdiction}),
        organisations=units,
        within=frozenset(units),
        keys=(held,),
    )
    alerts.service.directory.put(principal)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=alerts.service.app),
        base_url="http://alerts",
        headers={"authorization": f"Bearer {key.secret}"},
        timeout=60,
    )
    yield client
    alerts.service.directory.forget(principal.id)


async def test_the_same_as_atom(shared_stack: Stack, analysis: Analysis) -> None:
    """For readers that know no JSON."""
    cut = await analysis.say(over("atom/P-1"))
    async with standing(shared_stack) as alerts:
        await alerts.passed(cut)
        answer = await alerts.client.get(
            "/v1/feeds/atom", headers={"accept": "application/atom+xml"}
        )

    assert "application/atom+xml" == answer.headers["content-type"]
    assert b"<entry>" in answer.content
