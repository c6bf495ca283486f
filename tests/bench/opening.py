"""`python -m tests.bench.opening`: how long a day's opening takes, all rules over all projects.

The whole product over 10,000 projects with targets, results and payments. Timed from the request
that opens a day until analysis has swept it, and until alerts has judged every project by the whole
shipped pack. Beside the clock stands what each process used of the processors, for the machine is
shared, and what one evaluation of a rule costs. Exit code 1 where a day takes longer than 60 s.
"""

import argparse
import asyncio
import logging
import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from deploy.local.datadir import Endpoints
from deploy.local.stack import Stack
from services.cli.client import Client
from services.cli.passing import wait_until_passed
from services.cli.places import places_of
from tests.bench.lab import Lab
from tests.bench.pages import ANSWER_SECONDS, CITY, City, begin, open_day
from tests.support import recorded
from tests.support.stack import free_ports_from

SECONDS_MAX: Final = 60.0
DAYS: Final = ("2026-07-01", "2026-07-31")
"""A day on which hardly anything comes up, and the end of a month, on which much does."""
WAIT_SECONDS: Final = 400.0
HELD_SECONDS: Final = 30
EVALUATIONS: Final = re.compile(
    r"^dualwatch_alerts_rule_evaluations_total\{[^}]*\} ([0-9.e+]+)$", re.MULTILINE
)

Figure = dict[str, Any]


async def measured(projects: int) -> list[Figure]:
    """Fill the whole product, then open the days one after the other."""
    city = City(projects)
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-opening-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from()) as stack,
        Client(places_of(stack.endpoints())) as client,
    ):
        ends = stack.endpoints()
        key = {"Authorization": f"Bearer {ends.key}"}
        async with (
            Lab.on(stack) as lab,
            httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, headers=key) as http,
        ):
            await begin(http, f"{ends.intake}/v1", key, city)
            await lab.fill("submissions", city.facts())
            cut = await open_day(http, f"{ends.intake}/v1", key, projects)
            await asyncio.to_thread(wait_until_passed, client, cut, WAIT_SECONDS)
            return [await _opened(http, ends, day, projects) for day in DAYS]


async def _opened(http: httpx.AsyncClient, ends: Endpoints, day: str, projects: int) -> Figure:
    used, asked = _processors(), await _evaluations(http, ends)
    began = time.monotonic()
    body = {"jurisdiction": CITY, "date": day, "jump": True}
    answer = await http.post(f"{ends.intake}/v1/days", json=body)
    assert answer.is_success, answer.text
    swept = await _reached(http, ends.analysis, {"at_least": answer.json()["position"]})
    sweep_seconds = time.monotonic() - began
    await _reached(http, ends.alerts, {"at_least": swept["assessments"]})
    seconds = time.monotonic() - began
    after = _processors()
    evaluations = await _evaluations(http, ends) - asked
    cpu = {name: round(after[name] - used.get(name, 0.0), 2) for name in sorted(after)}
    each = 1e6 * cpu.get("alerts", 0.0) / evaluations if evaluations else None
    return {
        "day": day,
        "projects": projects,
        "seconds": round(seconds, 2),
        "sweep_seconds": round(sweep_seconds, 2),
        "evaluations": evaluations,
        "alerts_cpu_us_per_evaluation": None if each is None else round(each, 1),
        "cpu_seconds": cpu,
    }


async def _reached(http: httpx.AsyncClient, service: str, asked: Mapping[str, str]) -> Figure:
    """Wait until a service has passed a cut and nothing is due there; give its position."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        params = {**asked, "wait": str(HELD_SECONDS)}
        answer = await http.get(f"{service}/v1/position", params=params)
        if answer.is_success:
            found: Figure = answer.json()
            if not found.get("due"):
                return found
        await asyncio.sleep(0.05)
    message = f"{service} did not pass {asked}"
    raise TimeoutError(message)


async def _evaluations(http: httpx.AsyncClient, ends: Endpoints) -> int:
    """Count how often alerts has asked a rule so far."""
    text = (await http.get(f"{ends.alerts}/metrics")).text
    return round(sum(map(float, EVALUATIONS.findall(text))))


def _processors() -> dict[str, float]:
    """Read what each process of the stack has used of the processors, in seconds."""
    found: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True):
        words = process.cmdline()
        ours = next((word for word in words if word.startswith("services.")), "")
        name = ours.removeprefix("services.") or process.name()
        if ours or name in {"mongod", "java"}:
            times = process.cpu_times()
            found[name] = found.get(name, 0.0) + times.user + times.system
    return found


def markdown(figures: list[Figure]) -> str:
    """Write the table."""
    lines = [
        "| day | projects | s | of them the sweep | evaluations | µs of alerts' CPU each | CPU s |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for one in figures:
        cpu = ", ".join(f"{name} {used:.1f}" for name, used in one["cpu_seconds"].items())
        lines.append(
            f"| {one['day']} | {one['projects']:,} | {one['seconds']} | {one['sweep_seconds']} "
            f"| {one['evaluations']:,} | {one['alerts_cpu_us_per_evaluation']} | {cpu} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure and print; 1 where a day takes too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.opening", description=__doc__)
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--record", type=Path, help="append a line to this file")
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    figures = asyncio.run(measured(options.projects))
    print(markdown(figures))
    if options.record:
        recorded.record(options.record, figures, bench="opening", projects=options.projects)
    return int(any(one["seconds"] > SECONDS_MAX for one in figures))


if __name__ == "__main__":
    raise SystemExit(main())
