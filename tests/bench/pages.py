"""How long pages take and how large they are: `python -m tests.bench.pages`.

The whole product runs over 10,000 projects of 200 units in 40 departments, with a day opened, and
payments keep coming at a steady rate. A browser without JavaScript asks for pages in turns, each
time of another department, unit or project. Beside them stands `/livez` of the console in the same
run: what the machine takes for an answer without any content; and what the services used of the
processors meanwhile, on average, whatever else the machine was doing. A page's size is what is sent
(compressed): cold with all files it refers to, warm without them. Exit code 1 where a 99th
percentile or a size is above its target.
"""

import argparse
import asyncio
import contextlib
import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import lxml.html
import psutil

from contracts.codec import encode
from contracts.envelope import AnyEvent
from deploy.local.stack import Stack
from services.cli.client import Client
from services.cli.passing import wait_until_passed
from services.cli.places import places_of
from tests.bench.events import Fact
from tests.bench.lab import PARTITIONS, Lab, OutRecord
from tests.bench.latency import percentile, percentiles
from tests.support import builders
from tests.support.recorded import record
from tests.support.stack import free_ports_from

TARGET_MS: Final = 300.0
COLD_BYTES_MAX: Final = 1_500_000
WARM_BYTES_MAX: Final = 100_000
CITY: Final = "610100"
YEAR: Final = 2026
TODAY: Final = "2026-06-30"
DEPARTMENTS: Final = 40
UNITS: Final = 200
STRIDE: Final = 7919
TICK_SECONDS: Final = 0.1
FILL_SECONDS: Final = 420.0
ANSWER_SECONDS: Final = 60.0
PART: Final = {"HX-Request": "true", "HX-Target": "projects"}
"""How htmx asks for the table alone."""


@dataclass
class Seen:
    """What was measured of one kind of page."""

    took: list[float] = field(default_factory=list)
    """Milliseconds."""
    cpu: float = 0.0
    """Processor seconds of all services together while it was made."""
    sent: int = 0
    """Most bytes of one answer."""
    plain: int = 0
    """The same before it was compressed."""
    files: dict[str, int] = field(default_factory=dict)
    """Files that it refers to, and their bytes as sent."""


class City:
    """The facts of many projects, numbered as intake's admission numbers them."""

    def __init__(self, projects: int, code: str = CITY, first: int = 0) -> None:
        """Nothing is made yet; `first` numbers its events, which other cities' must not bear."""
        self.projects = projects
        self.code = code
        self._first = first
        self._numbers = count(first)

    def name(self, number: int) -> str:
        """Give a project's id."""
        return f"{self.code}/{self.code}26T{number:09d}X003"

    def unit(self, number: int) -> str:
        """Give the unit that leads a project."""
        return f"U{number % UNITS:03d}"

    def department(self, number: int) -> str:
        """Give the department of a project."""
        return f"D{number % UNITS % DEPARTMENTS:02d}"

    def whole(self) -> list[AnyEvent]:
        """Make the facts of the jurisdiction."""
        departments = [
            builders.organisation(f"D{n:02d}", self.code, name=f"第 {n} 局")
            for n in range(DEPARTMENTS)
        ]
        units = [
            builders.organisation(
                f"U{n:03d}",
                self.code,
                kind="unit",
                name=f"第 {n} 中心",
                parent=f"D{n % DEPARTMENTS:02d}",
            )
            for n in range(UNITS)
        ]
        return [builders.jurisdiction(self.code), *departments, *units]

    def facts(self) -> Iterator[OutRecord]:
        """Make the facts of all projects."""
        for number in range(self.projects):
            for event in self._of(number):
                yield self.record(event)

    def _of(self, number: int) -> Iterator[AnyEvent]:
        name, unit = self.name(number), self.unit(number)
        number += self._first
        yield builders.project(
            name,
            name=f"堤防维修工程 {number}",
            lead_unit=unit,
            department=self.department(number),
            project_class="construction",
            event_id=f"r{number}",
        )
        yield builders.budget(name, "1000000.00", unit=unit, event_id=f"b{number}")
        yield builders.targets(subject=name, event_id=f"t{number}")
        yield builders.progress(str(number * 31 % 100), subject=name, event_id=f"p{number}")
        for turn in range(2):
            amount = f"{1 + number * STRIDE % 350_000}.{turn}0"
            day = f"2026-0{2 + 2 * turn}-1{number % 10}"
            event_id = f"e{number}-{turn}"
            yield builders.expenditure(name, amount, day, event_id=event_id, unit=unit)

    def payment(self, number: int) -> OutRecord:
        """Make a small payment that comes later."""
        name = self.name(number * STRIDE % self.projects)
        return self.record(builders.expenditure(name, "1.00", TODAY, event_id=f"later-{number}"))

    def record(self, event: AnyEvent) -> OutRecord:
        """Give an event its place among the submissions."""
        fact = Fact(event.subject, encode(event), next(self._numbers))
        place = fact.partition(PARTITIONS)
        return place, fact.subject.encode(), fact.value, fact.headers()


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=__doc__)
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=100, help="questions of each kind")
    parser.add_argument("--seconds", type=float, default=180.0, help="longest to ask")
    parser.add_argument("--rate", type=int, default=10, help="payments per second meanwhile")
    parser.add_argument("--record", type=Path, help="append a line to this file")
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    found = asyncio.run(_bench(options))
    print(markdown(found, options))
    if options.record:
        about = {"bench": "pages", "projects": options.projects, "rate": options.rate}
        record(options.record, figures(found), **about)
    return int(any(missed(kind, seen) for kind, seen in found.items()))


async def _bench(options: argparse.Namespace) -> dict[str, Seen]:
    city = City(options.projects)
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-pages-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from()) as stack,
        Client(places_of(stack.endpoints())) as client,
    ):
        ends = stack.endpoints()
        async with (
            Lab.on(stack) as lab,
            httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http,
        ):
            began = time.monotonic()
            key = {"Authorization": f"Bearer {ends.key}"}
            await begin(http, f"{ends.intake}/v1", key, city)
            await lab.fill("submissions", city.facts())
            cut = await open_day(http, f"{ends.intake}/v1", key, options.projects)
            await asyncio.to_thread(wait_until_passed, client, cut, FILL_SECONDS)
            took = time.monotonic() - began
            print(f"{options.projects:,} projects are there after {took:.0f} s", flush=True)
            coming = asyncio.create_task(_keep_coming(lab, city, options.rate))
            try:
                return await _ask(http, ends.console, city, options.rounds, options.seconds)
            finally:
                coming.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await coming


async def begin(http: httpx.AsyncClient, intake: str, key: dict[str, str], city: City) -> None:
    """Tell intake of the jurisdiction and its organisations."""
    body = b"[" + b",".join(map(encode, city.whole())) + b"]"
    headers = {**key, "content-type": "application/cloudevents-batch+json", "prefer": "wait=60"}
    answer = await http.post(f"{intake}/events", content=body, headers=headers)
    assert answer.is_success, answer.text


async def open_day(
    http: httpx.AsyncClient, intake: str, key: dict[str, str], projects: int, code: str = CITY
) -> str:
    """Open the day once the last project is in the ledger; return the cut behind it."""
    deadline = time.monotonic() + FILL_SECONDS
    wanted = 6 * projects
    while True:
        cut = (await http.get(f"{intake}/position", headers=key)).json()["position"]
        if sum(map(int, cut.split("-"))) >= wanted:
            break
        assert time.monotonic() < deadline, cut
        await asyncio.sleep(0.5)
    body = {"jurisdiction": code, "date": TODAY, "jump": True}
    answer = await http.post(f"{intake}/days", json=body, headers=key)
    assert answer.is_success, answer.text
    return str(answer.json()["position"])


async def _keep_coming(lab: Lab, city: City, rate: int) -> None:
    """Send payments at a steady rate until it is cancelled."""
    began, sent = time.monotonic(), 0
    while True:
        wanted = int((time.monotonic() - began) * rate)
        if wanted > sent:
            await lab.fill("submissions", [city.payment(number) for number in range(sent, wanted)])
            sent = wanted
        await asyncio.sleep(TICK_SECONDS)


def questions(city: City, number: int) -> dict[str, tuple[str, dict[str, str]]]:
    """Give the pages of a round: kind → address and headers."""
    at = number * STRIDE % city.projects
    project = f"/projects/{quote(city.name(at), safe='')}"
    return {
        "overview": ("/", {}),
        "department": (f"/departments/{city.department(at)}", {}),
        "unit": (f"/units/{city.unit(at)}", {}),
        "project": (project, {}),
        "ranking": ("/ranking", {}),
        "ranking of projects": ("/ranking?level=project&by=spent&order=desc", {}),
        "table, searched": (f"/?search={quote(f'工程 {at}')}", {}),
        "table alone, filtered": ("/?light=red&sort=spent&order=desc", PART),
        "completeness": ("/completeness", {}),
        "why of a sum": (f"/why/spent?department={city.department(at)}", {}),
        "proof of an entry": (f"{project}/entries/2/proof", {}),
        "livez": ("/livez", {}),
    }


async def _ask(
    http: httpx.AsyncClient, console: str, city: City, rounds: int, seconds: float
) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    # The first of each: what is kept in memory is made.
    for path, headers in questions(city, 0).values():
        await http.get(console + path, headers=headers)
    services = services_of_ours()
    ends = time.monotonic() + seconds
    for number in range(1, rounds + 1):
        if number > 1 and time.monotonic() > ends:
            break
        for kind, (path, headers) in questions(city, number).items():
            seen = found.setdefault(kind, Seen())
            began, busy = time.perf_counter(), processor_seconds(services)
            answer = await http.get(console + path, headers=headers)
            seen.took.append(1_000 * (time.perf_counter() - began))
            seen.cpu += processor_seconds(services) - busy
            assert answer.status_code == httpx.codes.OK, f"{path}: {answer.status_code}"
            seen.sent = max(seen.sent, answer.num_bytes_downloaded)
            seen.plain = max(seen.plain, len(answer.content))
            if number == 1 and answer.headers["content-type"].startswith("text/html"):
                seen.files = await _files(http, console, answer.text)
    return found


def services_of_ours() -> list[psutil.Process]:
    """Find the services' processes: looked for once, for that alone takes its time."""
    below = psutil.Process().children(recursive=True)
    return [process for process in below if process.name().startswith("python")]


def processor_seconds(services: Sequence[psutil.Process]) -> float:
    """Add up what the services have used of the processors so far."""
    times = [process.cpu_times() for process in services]
    return sum(each.user + each.system for each in times)


async def _files(http: httpx.AsyncClient, console: str, html: str) -> dict[str, int]:
    """Ask for all files that a page refers to; return their bytes as sent."""
    root: Any = lxml.html.fromstring(html)
    found = {}
    for address in {*root.xpath("//script/@src"), *root.xpath("//link/@href")}:
        answer = await http.get(console + address)
        assert answer.is_success, address
        found[str(address)] = answer.num_bytes_downloaded
    return found


def missed(kind: str, seen: Seen) -> bool:
    """Tell whether a kind of page is above one of its targets."""
    slow = kind in TARGETS and percentile(seen.took, 99) > TARGET_MS
    return slow or seen.sent > WARM_BYTES_MAX or cold(seen) > COLD_BYTES_MAX


TARGETS: Final = frozenset(
    {
        "overview",
        "department",
        "unit",
        "project",
        "ranking",
        "ranking of projects",
        "table, searched",
        "table alone, filtered",
    }
)
"""Pages whose time is promised."""


def cold(seen: Seen) -> int:
    """Count the bytes of a page with all its files."""
    return seen.sent + sum(seen.files.values())


def figures(found: dict[str, Seen]) -> list[dict[str, Any]]:
    """Give a figure for each kind of page; `promised`: whether its time is."""
    return [
        {
            "page": kind,
            "promised": kind in TARGETS,
            "n": len(seen.took),
            **percentiles(seen.took),
            "cpu_ms": round(1_000 * seen.cpu / len(seen.took), 1),
            "warm_bytes": seen.sent,
            "plain_bytes": seen.plain,
            "cold_bytes": cold(seen),
        }
        for kind, seen in found.items()
    ]


def markdown(found: dict[str, Seen], options: argparse.Namespace) -> str:
    """Write the figures as a table; times beside those of an empty answer."""
    bare = percentile(found["livez"].took, 50)
    lines = [
        (
            f"{options.projects:,} projects, {options.rate} payments a second meanwhile, each page "
            f"{len(found['livez'].took)} times:"
        ),
        "",
        (
            "| page | p50 ms | p90 ms | p99 ms | max ms | target p99 | p50 ÷ /livez | CPU ms "
            "| warm kB | as HTML kB | cold kB |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for kind, seen in found.items():
        times = [f"{percentile(seen.took, percent):.0f}" for percent in (50, 90, 99, 100)]
        target = f"{TARGET_MS:.0f}" if kind in TARGETS else ""
        ratio = f"{percentile(seen.took, 50) / bare:.0f}"
        sizes = [f"{size / 1_000:.1f}" for size in (seen.sent, seen.plain, cold(seen))]
        cpu = f"{1_000 * seen.cpu / len(seen.took):.0f}"
        cells: Sequence[str] = (kind, *times, target, ratio, cpu, *sizes)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
