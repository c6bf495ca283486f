"""`python -m tests.bench.metrics`: what metrics cost, and how long a scrape takes.

The ledger and the projection take their backlog in turns with and without metrics (`unmeasured`);
each service is scraped as Prometheus does it, and with a registry as full as a province makes it.
Fails where a 99th percentile is above 50 ms, or metrics take more than 3 % of throughput.
"""

import argparse
import asyncio
import importlib
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import httpx

from deploy.local.stack import Stack
from services.chassis import metrics
from tests.bench.contender import Contender, Run, Track
from tests.bench.events import load
from tests.bench.lab import Lab
from tests.bench.stages import PRODUCT, LedgerStage, ProjectionStage, Stage
from tests.support.measured import OPENMETRICS
from tests.support.recorded import record
from tests.support.stack import free_ports_from

SCRAPE_MS_MAX: Final = 50.0
SHARE_MAX: Final = 0.03
SCRAPES: Final = 200
SERVICES: Final = ("intake", "analysis", "alerts", "reporting", "console")
EVENTS: Final = {"ledger": 60_000, "projection": 200_000}
ROUNDS: Final = 4
PROJECTS: Final = 2_000
FULL: Final = (
    (frozenset({"partition"}), 64),
    (frozenset({"topic", "group", "projection"}), 12),
    (frozenset({"method", "route", "status"}), 250),
    (frozenset({"loop"}), 800),
    (frozenset({"rule"}), 60),
)
"""Labels that go together, and how many combinations of values they take in a large deployment."""
WORDS: Final = 8
"""How many values any other label takes: words in our code."""

Figure = dict[str, Any]


def fill(catalogue: Iterable[metrics.Declared]) -> None:
    """Give every metric all the children that it may have in a large deployment."""
    known = metrics.REGISTRY._names_to_collectors
    for declared in catalogue:
        metric: Any = known.get(declared.name)
        if not isinstance(metric, metrics._Bounded) or not declared.labels:
            continue
        groups = [(labels & {*declared.labels}, count) for labels, count in FULL]
        groups = [(labels, count) for labels, count in groups if labels]
        rest = {*declared.labels}.difference(*(labels for labels, _ in groups))
        groups += [(frozenset({label}), WORDS) for label in sorted(rest)]
        for numbers in product(*(range(count) for _, count in groups)):
            of = {
                label: f"{label}-{number}"
                for (labels, _), number in zip(groups, numbers, strict=True)
                for label in labels
            }
            _move(metric.labels(*(of[label] for label in declared.labels)), declared.kind)


def _move(child: Any, kind: str) -> None:
    if kind == "histogram":
        child.observe(0.02, metrics.exemplar("0" * 32))
    elif kind == "gauge":
        child.set(1_234.5)
    else:
        child.inc()


def full(service: str) -> None:
    """Fill a service's registry and print the milliseconds of each scrape of it, as JSON."""
    importlib.import_module(f"services.{service}.app")
    fill(metrics.CATALOGUE)
    taken, text = [], b""
    for _ in range(SCRAPES):
        began = time.perf_counter()
        text, _ = metrics.exposition(OPENMETRICS)
        taken.append(1_000 * (time.perf_counter() - began))
    print(json.dumps({"ms": taken, "series": text.count(b"\n")}))


def scrapes(stack: Stack) -> list[tuple[str, list[float], int]]:
    """Scrape the running services: name, milliseconds, lines."""
    found = []
    with httpx.Client(headers={"accept": OPENMETRICS}, timeout=30) as http:
        for service in SERVICES:
            url = f"{getattr(stack.endpoints(), service)}/metrics"
            taken, lines = [], 0
            for _ in range(SCRAPES):
                began = time.perf_counter()
                lines = http.get(url).text.count("\n")
                taken.append(1_000 * (time.perf_counter() - began))
            found.append((service, taken, lines))
    return found


def filled() -> list[tuple[str, list[float], int]]:
    """Measure full registries, each in a process of its own."""
    found = []
    for service in SERVICES:
        argv = [sys.executable, "-m", "tests.bench.metrics", "--full", service]
        run = subprocess.run(argv, check=True, capture_output=True, text=True)  # noqa: S603 - ours
        told = json.loads(run.stdout)
        found.append((f"{service}, full", told["ms"], told["series"]))
    return found


def silenced(contender: Contender) -> Contender:
    """Give the same service without metrics."""
    service = contender.argv[-1].removeprefix("services.")
    return replace(contender, argv=(sys.executable, "-m", "tests.bench.unmeasured", service))


async def shares(rounds: int) -> dict[str, list[tuple[Run, Run]]]:
    """Let both stages run with and without metrics, in turns."""
    found: dict[str, list[tuple[Run, Run]]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-bench-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        async with Lab.on(stack) as lab, Track.on(lab, Path(folder)) as track:
            for stage in (LedgerStage(lab, track), ProjectionStage(lab, track)):
                found[stage.name] = await _rounds(stage, rounds)
    return found


async def _rounds(stage: Stage, rounds: int) -> list[tuple[Run, Run]]:
    await stage.prepare(list(load(EVENTS[stage.name], PROJECTS)))
    (ours,) = [one for one in stage.contenders if one.name == PRODUCT]
    found = []
    for turn in range(rounds):
        # Who goes first alternates: neither always finds the warmer machine.
        both = [ours, silenced(ours)][:: -1 if turn % 2 else 1]
        runs = [await stage.run(one) for one in both][:: -1 if turn % 2 else 1]
        print(f"{stage.name} {turn + 1}/{rounds}:", *(f"{run.rate:,.0f}/s" for run in runs))
        found.append((runs[0], runs[1]))
    return found


def p99(taken: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(taken, n=100)[-1]


def main() -> None:
    """Measure what the command line asks for, and fail beyond the bars."""
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--full", choices=SERVICES, help="only fill one service's registry")
    asking.add_argument("--rounds", type=int, default=ROUNDS)
    asking.add_argument("--scrapes-only", action="store_true")
    asking.add_argument("--record", type=Path, help="append a line to this file")
    options = asking.parse_args()
    if options.full:
        full(options.full)
        return
    logging.disable(logging.ERROR)
    figures = _scraped()
    if not options.scrapes_only:
        figures += _shared(asyncio.run(shares(options.rounds)))
    if options.record:
        record(options.record, figures, bench="metrics")
    sys.exit(int(any(map(missed, figures))))


def missed(figure: Figure) -> bool:
    """Tell whether a figure is above its bound."""
    return figure.get("p99_ms", 0.0) > SCRAPE_MS_MAX or figure.get("share", 0.0) > SHARE_MAX


def _scraped() -> list[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-bench-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from()) as stack,
    ):
        found = scrapes(stack)
    found += filled()
    print("| service | lines | p50 ms | p99 ms |\n|---|---|---|---|")
    for name, taken, lines in found:
        print(f"| {name} | {lines:,} | {median(taken):.1f} | {p99(taken):.1f} |")
    return [
        {
            "service": name,
            "lines": lines,
            "n": len(taken),
            "p50_ms": round(median(taken), 1),
            "p99_ms": round(p99(taken), 1),
        }
        for name, taken, lines in found
    ]


def _shared(found: dict[str, list[tuple[Run, Run]]]) -> list[Figure]:
    print("| stage | events/s | without metrics | share |\n|---|---|---|---|")
    figures = []
    for stage, rounds in found.items():
        on, off = (median(run.rate for run in runs) for runs in zip(*rounds, strict=True))
        cpu = median(1 - off.cpu_seconds / on.cpu_seconds for on, off in rounds)
        print(f"| {stage} | {on:,.0f} | {off:,.0f} | {1 - on / off:.1%} (its CPU {cpu:.1%}) |")
        figures.append(
            {
                "stage": stage,
                "rounds": len(rounds),
                "events_per_second": round(on),
                "silenced_per_second": round(off),
                "share": round(1 - on / off, 4),
                "cpu_share": round(cpu, 4),
            }
        )
    return figures


if __name__ == "__main__":
    main()
