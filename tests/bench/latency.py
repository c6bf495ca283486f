"""How long one event takes that waits for its verdict, on an idle stack: `make bench-latency`.

The whole embedded stack runs, as `dualwatch up` starts it, so that what its services do when idle
counts. One publisher sends one event after the other with `Prefer: wait`, structured and binary in
turns, to projects on all partitions. Exit code 1 where the 99th percentile is above the target.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from deploy.local.stack import Stack
from tests.support.hostile import SINGLE, event, registered, wire
from tests.support.stack import free_ports_from

P99_MS_TARGET: Final = 150.0
EVENTS: Final = 1_000
WARM_UP_EVENTS: Final = 50
PROJECTS: Final = 40
WAIT_SECONDS: Final = 10
JURISDICTION: Final = "J7201"
PERCENTS: Final = {"p50_ms": 50, "p90_ms": 90, "p99_ms": 99, "max_ms": 100}
"""Names under which benches record percentiles of milliseconds."""


def main() -> int:
    """Measure and print; 1 when the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latency", description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS, help="events that are measured")
    events = parser.parse_args().events
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-latency-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from()) as stack,
    ):
        took = measure(stack, events)
    print(markdown(took))
    return int(percentile(took, 99) > P99_MS_TARGET)


def measure(stack: Stack, events: int) -> list[float]:
    """Send events one after the other; give the milliseconds each took."""
    ends = stack.endpoints()
    headers = {"Authorization": f"Bearer {ends.key}", "Prefer": f"wait={WAIT_SECONDS}"}
    took: list[float] = []
    with httpx.Client(base_url=ends.intake, headers=headers, trust_env=False, timeout=30) as http:
        _send(http, registered(JURISDICTION), binary=False)
        for number in range(WARM_UP_EVENTS + events):
            fact = event(f"latency-{number}", f"{JURISDICTION}/P{number % PROJECTS}")
            took.append(_send(http, fact, binary=number % 2 == 1))
    return took[WARM_UP_EVENTS:]


def percentile(took: Sequence[float], percent: float) -> float:
    """Give the least value that so many per cent do not exceed."""
    return sorted(took)[max(0, math.ceil(len(took) * percent / 100) - 1)]


def percentiles(took: Sequence[float]) -> dict[str, float]:
    """Give the percentiles of milliseconds as benches record them."""
    return {name: round(percentile(took, percent), 1) for name, percent in PERCENTS.items()}


def markdown(took: Sequence[float]) -> str:
    """Write the figures as a table."""
    cells = [f"{percentile(took, percent):.1f}" for percent in (50, 90, 99, 100)]
    return (
        "| events | p50 ms | p90 ms | p99 ms | max ms | target p99 ms |\n"
        "|---|---|---|---|---|---|\n"
        f"| {len(took)} | {' | '.join(cells)} | {P99_MS_TARGET:.0f} |"
    )


def _send(http: httpx.Client, fact: dict[str, Any], *, binary: bool) -> float:
    headers = {"Content-Type": SINGLE}
    body = wire(fact)
    if binary:
        told = dict(fact)
        body = wire(told.pop("data"))
        headers = {"Content-Type": "application/json"}
        headers |= {f"ce-{name}": value for name, value in told.items()}
    began = time.perf_counter()
    answer = http.post("/v1/events", content=body, headers=headers)
    took = 1_000 * (time.perf_counter() - began)
    found = answer.json()
    if found.get("verdict") not in {"accepted", "duplicate"}:
        raise AssertionError(json.dumps(found, ensure_ascii=False))
    return took


if __name__ == "__main__":
    sys.exit(main())
