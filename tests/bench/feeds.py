"""A thousand streams of one feed: `python -m tests.bench.feeds`.

One instance of alerts, as its own process, has a backlog of alerts; new ones come at a steady
rate. Timed is from the assessment that raises an alert to each reader that has it. Three crowds
follow in turns: a few readers, a thousand, and a thousand beside ten that are dead or slow: those
begin at the beginning, so that more waits for them than all buffers hold.
Exit code 1 where the dead and the slow delay the others: their 99th percentile beside that of the
same crowd without them.
"""

import argparse
import asyncio
import contextlib
import logging
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from contracts.topics import TOPICS, partition_of
from deploy.local.probes import is_ready
from deploy.local.stack import Stack
from services.chassis.publisher import ensure_topics
from services.chassis.settings import KafkaSettings
from tests.bench.contender import Track
from tests.bench.lab import PARTITIONS, Lab
from tests.bench.latency import percentile, percentiles
from tests.bench.stages import product
from tests.integration.alerts.running import Analysis
from tests.support.eventually import eventually_async
from tests.support.recorded import record
from tests.support.stack import free_ports_from
from tests.unit.alerts.builders import assessment, finding

FEW: Final = 10
MANY: Final = 1_000
BAD: Final = 10
"""Half of them dead, half slow."""
BACKLOG: Final = 6_000
"""Alerts before: their events are more bytes than a connection's buffers hold."""
ENTRIES: Final = 40
EVERY_SECONDS: Final = 0.25
SLOW_BYTES: Final = 512
SLOW_SECONDS: Final = 0.5
RCVBUF_BYTES: Final = 4_096
READY_SECONDS: Final = 120.0
RATIO_TARGET: Final = 1.5
"""How much the bad ones may add to the others' 99th percentile: noise, not a wait."""
JURISDICTION: Final = "610100"
FEED: Final = f"/v1/feeds/{JURISDICTION}"


@dataclass
class Crowd:
    """Who follows, and what they had when."""

    name: str
    readers: int
    bad: int = 0
    sent: dict[int, float] = field(default_factory=dict)
    """When the assessment was sent that raised the alert of a cursor."""
    got: list[tuple[int, float]] = field(default_factory=list)
    """Cursor and moment, for every reader."""

    @property
    def took(self) -> list[float]:
        """Milliseconds from the assessment to each reader."""
        return [1_000 * (at - self.sent[cursor]) for cursor, at in self.got]


def main() -> int:
    """Measure and print; 1 when the bad ones delay the others."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.feeds")
    parser.add_argument("--readers", type=int, default=MANY)
    parser.add_argument("--backlog", type=int, default=BACKLOG)
    parser.add_argument("--record", type=Path, help="append a line to this file")
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    crowds = asyncio.run(_bench(options))
    print(markdown(crowds))
    if options.record:
        record(options.record, figures(crowds), bench="feeds", backlog=options.backlog)
    return int(_ratio(crowds) > RATIO_TARGET)


async def _bench(options: argparse.Namespace) -> list[Crowd]:
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-feeds-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        settings = KafkaSettings(bootstrap_servers=stack.endpoints().kafka)
        await ensure_topics(settings, {topic.name: {} for topic in TOPICS}, PARTITIONS)
        alerts = product(stack, "alerts", "alerts.v1", "assessments")
        async with (
            Lab.on(stack) as lab,
            Track.on(lab, Path(folder)) as track,
            track.running(alerts),
        ):
            await eventually_async(lambda: is_ready(stack.ports.alerts), READY_SECONDS, "alerts")
            feed = Feed(stack, Analysis(settings))
            await feed.fill(options.backlog)
            # The crowd without the bad ones comes before and after: a busy machine shows.
            crowds = [
                Crowd(f"{FEW} readers", FEW),
                Crowd(f"{options.readers:,} readers", options.readers),
                Crowd(f"{options.readers:,} beside {BAD} dead or slow", options.readers, BAD),
                Crowd(f"{options.readers:,} readers again", options.readers),
            ]
            for crowd in crowds:
                await feed.follow(crowd)
            await feed.analysis.close()
            return crowds


class Feed:
    """One feed: what is written to it, and who reads it."""

    def __init__(self, stack: Stack, analysis: Analysis) -> None:
        ends = stack.endpoints()
        self.analysis = analysis
        self._address = ends.alerts
        self._headers = {"Authorization": f"Bearer {ends.key}"}
        self._number = 0
        self._head = 0

    async def fill(self, count: int) -> None:
        """Raise so many alerts, and wait for them."""
        projects = self._projects(count)
        partition = partition_of(projects[0], PARTITIONS)
        records = [self.analysis.number(partition, _over(project)) for project in projects]
        await self.analysis.put(partition, *records)
        async with httpx.AsyncClient(headers=self._headers, trust_env=False) as http:

            async def reached() -> bool:
                answer = await http.get(f"{self._address}{FEED}", params={"cursor": "now"})
                return answer.is_success and answer.json()["last_cursor"] >= self._head + count

            await eventually_async(reached, READY_SECONDS, "the backlog")
        self._head += count

    async def follow(self, crowd: Crowd) -> None:
        """Let a crowd follow while alerts are raised, one after the other."""
        async with contextlib.AsyncExitStack() as held:
            for number in range(crowd.bad):
                await held.enter_async_context(self._bad(slow=number % 2 == 1))
            last = self._head + ENTRIES
            tasks = []
            for _ in range(crowd.readers):
                reader, writer = await self._open("now")
                held.callback(writer.close)
                tasks.append(asyncio.create_task(_read(reader, crowd, last)))
            for project in self._projects(ENTRIES):
                self._head += 1
                crowd.sent[self._head] = time.perf_counter()
                await self.analysis.say(_over(project))
                await asyncio.sleep(EVERY_SECONDS)
            async with asyncio.timeout(READY_SECONDS):
                await asyncio.gather(*tasks)

    def _projects(self, count: int) -> list[str]:
        """Name projects that all lie on one partition, so that alerts come in their order."""
        found: list[str] = []
        home = partition_of(f"{JURISDICTION}/P0", PARTITIONS)
        while len(found) < count:
            project = f"{JURISDICTION}/P{self._number}"
            self._number += 1
            if partition_of(project, PARTITIONS) == home:
                found.append(project)
        return found

    async def _open(self, cursor: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        place = urlsplit(self._address)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(self._question(cursor))
        await reader.readuntil(b"retry: ")
        return reader, writer

    def _question(self, cursor: str) -> bytes:
        lines = [
            f"GET {FEED}?cursor={cursor} HTTP/1.1",
            "Host: alerts",
            "Accept: text/event-stream",
        ]
        lines += [f"{name}: {value}" for name, value in self._headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()

    @contextlib.asynccontextmanager
    async def _bad(self, *, slow: bool) -> AsyncIterator[None]:
        """Follow from the beginning and read nothing, or next to nothing."""
        place = urlsplit(self._address)
        with socket.socket() as held:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RCVBUF_BYTES)
            held.settimeout(0.0)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(held, (place.hostname, place.port))
            await loop.sock_sendall(held, self._question("0"))

            async def trickle() -> None:
                while True:
                    if not await loop.sock_recv(held, SLOW_BYTES):
                        return
                    await asyncio.sleep(SLOW_SECONDS)

            task = asyncio.create_task(trickle()) if slow else None
            try:
                yield
            finally:
                if task is not None:
                    task.cancel()
                    await asyncio.wait([task])


async def _read(reader: asyncio.StreamReader, crowd: Crowd, last: int) -> None:
    """Note when each entry comes, up to the last one."""
    while True:
        line = await reader.readline()
        if line.startswith(b"id: "):
            cursor = int(line.removeprefix(b"id: "))
            if cursor in crowd.sent:
                crowd.got.append((cursor, time.perf_counter()))
            if cursor >= last:
                return
        elif not line:
            msg = "the stream has ended"
            raise ConnectionError(msg)


def _over(project: str) -> Any:
    return assessment(project=project, findings=(finding(),), ledger_position=1)


def _ratio(crowds: Sequence[Crowd]) -> float:
    """Compare the crowd beside the bad ones with the slower of the same without them."""
    _, before, beside, after = (percentile(crowd.took, 99) for crowd in crowds)
    return beside / max(before, after)


def figures(crowds: Sequence[Crowd]) -> list[dict[str, Any]]:
    """Give a figure for each crowd, in the order in which they followed."""
    return [
        {
            "crowd": crowd.name,
            "readers": crowd.readers,
            "bad": crowd.bad,
            "n": len(crowd.took),
            **percentiles(crowd.took),
        }
        for crowd in crowds
    ]


def markdown(crowds: Sequence[Crowd]) -> str:
    """Write the figures as a table."""
    lines = [
        "| crowd | deliveries | p50 ms | p90 ms | p99 ms | max ms |",
        "|---|---|---|---|---|---|",
    ]
    for crowd in crowds:
        cells = [f"{percentile(crowd.took, percent):.1f}" for percent in (50, 90, 99, 100)]
        lines.append(f"| {crowd.name} | {len(crowd.took):,} | {' | '.join(cells)} |")
    lines += ["", f"p99 beside the bad ones ÷ without them: {_ratio(crowds):.2f}"]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
