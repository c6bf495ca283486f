"""How long readers wait while events keep coming: `python -m tests.bench.reading`.

Analysis runs as its own process over 10,000 projects, with a day opened, and payments keep coming
at a steady rate. One reader asks for the overview of all projects, one project, and an ordered
list, in turns. Beside each stands a bare MongoDB read of the same documents in the same run: the
machine's own speed, whatever else it is doing. Exit code 1 where a 99th percentile is above its
target.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.record import MARK_HEADER, Mark, format_cut
from contracts.topics import TOPICS, partition_of
from deploy.local.probes import is_ready
from deploy.local.stack import Stack
from services.chassis.publisher import ensure_topics
from services.chassis.settings import KafkaSettings
from tests.bench.contender import Track
from tests.bench.events import FIRST_MS, JURISDICTION, YEAR, load
from tests.bench.lab import PARTITIONS, Lab, OutRecord
from tests.bench.latency import percentile, percentiles
from tests.bench.stages import product
from tests.support import builders
from tests.support.eventually import eventually_async
from tests.support.recorded import record
from tests.support.stack import free_ports_from

TARGET_MS: Final = {"overview": 200.0, "project": 20.0}
BARE: Final = {
    "overview": "bare rows",
    "overview by unit": "bare rows",
    "list": "bare rows",
    "project": "bare project",
}
"""The bare read of the same documents, for each question."""
PAYMENTS: Final = 8
"""Facts of each project beside its targets and result: registration, budget, payments."""
TODAY: Final = "2026-06-30"
WAIT_SECONDS: Final = 60
READY_SECONDS: Final = 900.0
TICK_SECONDS: Final = 0.05
STRIDE: Final = 7919
DATABASE: Final = "dualwatch_analysis"

Took = dict[str, list[float]]


class Ledger:
    """Numbers facts as intake does."""

    def __init__(self) -> None:
        self.positions = [0] * PARTITIONS
        self._sequences: Counter[tuple[int, str]] = Counter()

    def record(self, subject: str, kind: str, value: bytes, partition: int) -> OutRecord:
        """Give a fact the next position of a partition."""
        self.positions[partition] += 1
        self._sequences[partition, subject] += 1
        position, sequence = self.positions[partition], self._sequences[partition, subject]
        mark = Mark(position, sequence, FIRST_MS + position, position, kind)
        return partition, subject.encode(), value, [(MARK_HEADER, mark.to_bytes())]

    def everywhere(self, event: AnyEvent) -> Iterator[OutRecord]:
        """Give a fact of the jurisdiction to every partition."""
        for partition in range(PARTITIONS):
            yield self.record(event.subject, event.type, encode(event), partition)

    def of_project(self, event: AnyEvent) -> OutRecord:
        """Give a fact of a project to its partition."""
        partition = partition_of(event.subject, PARTITIONS)
        return self.record(event.subject, event.type, encode(event), partition)


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reading", description=__doc__)
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=200, help="questions of each kind")
    parser.add_argument("--rate", type=int, default=50, help="payments per second meanwhile")
    parser.add_argument("--record", type=Path, help="append a line to this file")
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    took = asyncio.run(_bench(options))
    print(markdown(took, options))
    if options.record:
        about = {"bench": "reading", "projects": options.projects, "rate": options.rate}
        record(options.record, figures(took), **about)
    return int(any(percentile(took[name], 99) > most for name, most in TARGET_MS.items()))


async def _bench(options: argparse.Namespace) -> Took:
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-reading-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        ends = stack.endpoints()
        settings = KafkaSettings(bootstrap_servers=ends.kafka)
        await ensure_topics(settings, {topic.name: {} for topic in TOPICS}, PARTITIONS)
        analysis = product(stack, "analysis", "analysis.v1", "ledger")
        headers = {"Authorization": f"Bearer {ends.key}"}
        async with (
            Lab.on(stack) as lab,
            Track.on(lab, Path(folder)) as track,
            track.running(analysis),
            httpx.AsyncClient(
                base_url=ends.analysis, headers=headers, timeout=READY_SECONDS, trust_env=False
            ) as http,
        ):
            await eventually_async(
                lambda: is_ready(stack.ports.analysis), READY_SECONDS, "analysis ready"
            )
            ledger = Ledger()
            names = await _fill(lab, ledger, options.projects)
            await _reached(http, ledger)
            coming = asyncio.create_task(_keep_coming(lab, ledger, names, options.rate))
            try:
                return await _ask(http, lab, names, options.rounds)
            finally:
                coming.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await coming


async def _fill(lab: Lab, ledger: Ledger, projects: int) -> list[str]:
    """Write what the year holds so far, then open today."""
    facts = load(PAYMENTS * projects, projects)
    names: dict[str, None] = {}

    def records() -> Iterable[OutRecord]:
        yield from ledger.everywhere(builders.jurisdiction(JURISDICTION))
        for fact in facts:
            names[fact.subject] = None
            kind = json.loads(fact.value)["type"]
            yield ledger.record(fact.subject, kind, fact.value, fact.partition(PARTITIONS))
        for place, name in enumerate(names):
            yield ledger.of_project(builders.targets(subject=name))
            yield ledger.of_project(builders.progress(str(place % 100), subject=name))
        yield from ledger.everywhere(builders.day_opened(TODAY, JURISDICTION))

    await lab.fill("ledger", records())
    return list(names)


async def _reached(http: httpx.AsyncClient, ledger: Ledger) -> None:
    cut = format_cut(ledger.positions)

    async def reached() -> bool:
        answer = await http.get("/v1/position", params={"at_least": cut, "wait": WAIT_SECONDS})
        return answer.status_code == httpx.codes.OK

    await eventually_async(reached, READY_SECONDS, "everything assessed")


async def _keep_coming(lab: Lab, ledger: Ledger, names: Sequence[str], rate: int) -> None:
    """Send payments at a steady rate until it is cancelled."""
    began, sent = time.monotonic(), 0
    while True:
        wanted = int((time.monotonic() - began) * rate)
        events = []
        for number in range(sent, wanted):
            name = names[number * STRIDE % len(names)]
            event = builders.expenditure(name, "1.00", event_id=f"reading-{number}")
            events.append(ledger.of_project(event))
        sent = wanted
        if events:
            await lab.fill("ledger", events)
        await asyncio.sleep(TICK_SECONDS)


async def _ask(http: httpx.AsyncClient, lab: Lab, names: Sequence[str], rounds: int) -> Took:
    db = lab.mongo[DATABASE]
    asked: dict[str, Any] = {"jurisdiction": JURISDICTION, "fiscal_year": YEAR}
    took: Took = {}

    async def get(path: str, **params: Any) -> None:
        answer = await http.get(path, params=params)
        assert answer.status_code == httpx.codes.OK, answer.text

    async def bare_rows() -> None:
        await db["rows"].find({"j": JURISDICTION, "_id.y": YEAR}).to_list(None)

    async def bare_project(name: str) -> None:
        await db["heads"].find_one({"_id": name})
        await db["years"].find({"_id.p": name}).to_list(None)

    await get("/v1/overview", **asked)
    for number in range(rounds):
        name = names[number * STRIDE % len(names)]
        path = f"/v1/projects/{name.replace('/', '%2F')}"
        questions: dict[str, Callable[[], Awaitable[None]]] = {
            "overview": lambda: get("/v1/overview", **asked),
            "bare rows": bare_rows,
            "project": lambda path=path: get(path),  # type: ignore[misc]
            "bare project": lambda name=name: bare_project(name),  # type: ignore[misc]
            "list": lambda: get("/v1/projects", **asked, sort="spi_bp", order="desc"),
            "overview by unit": lambda: get("/v1/overview", **asked, group_by="unit"),
        }
        for kind, question in questions.items():
            began = time.perf_counter()
            await question()
            took.setdefault(kind, []).append(1_000 * (time.perf_counter() - began))
    return took


def markdown(took: Took, options: argparse.Namespace) -> str:
    """Write the figures as a table; each beside the bare read of the same documents."""
    lines = [
        f"{options.projects:,} projects, {options.rate} payments a second meanwhile:",
        "",
        "| question | p50 ms | p90 ms | p99 ms | max ms | target p99 ms | p50 ÷ bare p50 |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind, times in took.items():
        cells = [f"{percentile(times, percent):.1f}" for percent in (50, 90, 99, 100)]
        target = f"{TARGET_MS[kind]:.0f}" if kind in TARGET_MS else ""
        ratio = _of_bare(took, kind)
        told = "" if ratio is None else f"{ratio:.2f}"
        lines.append(f"| {kind} | {' | '.join(cells)} | {target} | {told} |")
    return "\n".join(lines)


def figures(took: Took) -> list[dict[str, Any]]:
    """Give a figure for each question."""
    return [
        {
            "question": kind,
            "n": len(times),
            **percentiles(times),
            "of_bare": None if (ratio := _of_bare(took, kind)) is None else round(ratio, 2),
        }
        for kind, times in took.items()
    ]


def _of_bare(took: Took, kind: str) -> float | None:
    """Compare the median with that of the bare read of the same documents."""
    if kind not in BARE:
        return None
    return percentile(took[kind], 50) / percentile(took[BARE[kind]], 50)


if __name__ == "__main__":
    raise SystemExit(main())
