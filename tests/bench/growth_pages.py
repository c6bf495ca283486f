"""The whole product at one size: the console's pages, one form, and the memory of every process."""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import httpx
import psutil

from deploy.local.datadir import Endpoints
from deploy.local.stack import Stack
from services.cli.client import Client
from services.cli.passing import wait_until_passed
from services.cli.places import places_of
from tests.bench.growth_figures import MILLISECONDS, Figures, Size, jurisdiction, shares
from tests.bench.lab import Lab
from tests.bench.latency import percentile
from tests.bench.pages import (
    FILL_SECONDS,
    STRIDE,
    TODAY,
    YEAR,
    City,
    begin,
    open_day,
    questions,
    services_of_ours,
)
from tests.support.stack import free_ports_from

PARTS: Final = ("pages", "forms")
PAGES: Final = ("overview", "project", "ranking of projects", "livez")
CITY_NUMBERS: Final = 1_000_000
"""By so much the numbers of one city's events are apart from another's."""
FACTS: Final = 6
"""Facts of each project, as `City` makes them."""
ROUNDS: Final = 20
ANSWER_SECONDS: Final = 60.0


async def measure(projects: int, parts: Sequence[str]) -> Figures:
    """Let the whole product take so many projects through its door's topic; then ask it."""
    figures = Figures(Size(projects, FACTS * projects))
    cities = [
        City(count, jurisdiction(number), CITY_NUMBERS * number)
        for number, count in enumerate(shares(projects))
    ]
    city = cities[0]
    with (
        figures.part("pages"),
        tempfile.TemporaryDirectory(prefix="dualwatch-growth-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from()) as stack,
        Client(places_of(stack.endpoints())) as client,
    ):
        ends = stack.endpoints()
        key = {"Authorization": f"Bearer {ends.key}"}
        async with (
            Lab.on(stack) as lab,
            httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http,
        ):
            began = time.monotonic()
            for each in cities:
                await begin(http, f"{ends.intake}/v1", key, each)
            facts = chain.from_iterable(each.facts() for each in cities)
            await lab.fill("submissions", facts)
            cut = ""
            for each in cities:
                cut = await open_day(http, f"{ends.intake}/v1", key, projects, each.code)
            await asyncio.to_thread(wait_until_passed, client, cut, FILL_SECONDS)
            took = MILLISECONDS * (time.monotonic() - began) / projects
            figures.add("whole", "all services, a day opened", took, "ms a project", projects)
            if "pages" in parts:
                with figures.part("pages"):
                    await _pages(http, ends.console, city, figures)
            if "forms" in parts:
                with figures.part("forms"):
                    await _forms(http, ends, city, figures)
        for name, megabytes in _memory():
            figures.add("memory", name, megabytes, "MB")
    return figures


async def _pages(http: httpx.AsyncClient, console: str, city: City, figures: Figures) -> None:
    took: dict[str, list[float]] = {}
    for number in range(ROUNDS + 1):
        asked = questions(city, number)
        for kind in PAGES:
            path, headers = asked[kind]
            began = time.perf_counter()
            answer = await http.get(console + path, headers=headers)
            seconds = time.perf_counter() - began
            assert answer.status_code == httpx.codes.OK, f"{path}: {answer.status_code}"
            # What is kept in memory is made for the first.
            if number:
                took.setdefault(kind, []).append(MILLISECONDS * seconds)
    for kind, found in took.items():
        sloped = kind != "livez"
        figures.add("pages", f"{kind}, p50", percentile(found, 50), "ms", len(found), sloped=sloped)


async def _forms(http: httpx.AsyncClient, ends: Endpoints, city: City, figures: Figures) -> None:
    key = {"Authorization": f"Bearer {ends.key}"}
    took: dict[str, list[float]] = {}
    for number in range(ROUNDS + 1):
        name = city.name(number * STRIDE % city.projects).replace("/", "%2F")
        for kind in ("json", "xlsx"):
            params = {"fiscal_year": str(YEAR), "as_of": TODAY, "format": kind}
            began = time.perf_counter()
            address = f"{ends.reporting}/v1/forms/{name}"
            answer = await http.get(address, params=params, headers=key)
            seconds = time.perf_counter() - began
            assert answer.is_success, answer.text[:200]
            if number:
                took.setdefault(kind, []).append(MILLISECONDS * seconds)
    for kind, found in took.items():
        figures.add("forms", f"{kind}, p50", percentile(found, 50), "ms a form", len(found))


def _memory() -> Iterator[tuple[str, float]]:
    for process in services_of_ours():
        words = process.cmdline()
        name = next((word for word in words if word.startswith("services.")), "")
        if name:
            yield name.removeprefix("services."), process.memory_info().rss / 2**20
    for process in psutil.Process().children(recursive=True):
        if process.name() in {"mongod", "java"}:
            yield process.name(), process.memory_info().rss / 2**20
