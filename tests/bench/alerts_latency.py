"""From an accepted payment to the feed, stage by stage: `python -m tests.bench.alerts_latency`.

For each of `--rates` the whole embedded stack starts anew, as `dualwatch up` starts it, and takes
payments at that rate for `--seconds` (`door_to_feed.py`). With `--chain` the minimal chain runs
before and after it on the same Kafka and MongoDB, at the same rate: three processes, each Kafka →
one majority transaction per batch → Kafka (`chain.py`).
A rate is held when everything is through, the last of it soon after it was sent, and the last
quarter of what was timed was not seen at the feed later than the first by more than a factor:
whoever falls behind gets later and later, and has much to do when nothing comes any more. A rate
that fails is told with the reason, and the others go on.
Exit code 1 where, at a rate with the chain beside it, the feed's 99th percentile is above its
target, or its median above so many times the chain's.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.local.stack import Stack
from tests.bench.contender import Track
from tests.bench.door_to_feed import FEED, LINKS, STAGES, Load, Times, chain, product
from tests.bench.lab import Lab
from tests.bench.latency import PERCENTS, percentile, percentiles
from tests.support.recorded import record
from tests.support.stack import free_ports_from

P99_MS_TARGET: Final = 1_000.0
RATIO_TARGET: Final = 3.0
RATES: Final = (100, 500, 2_000)
SECONDS: Final = 20
RATE_SECONDS_MAX: Final = 240.0
"""Longest that one rate may take in all, its stack's start and the projects' facts included."""
HELD_TIMES: Final = 2.0
"""A rate is held when its last quarter is at most so many times as late as its first."""
DRAIN_SHARE: Final = 0.1
"""And when all of it is at the feed within such a share of the sending time after the last."""
QUARTERS: Final = 4
NAMES: Final = {"assessments": "projection", "alerts": "alert"}
"""What stages are called where they are recorded."""


@dataclass
class Taken:
    """What one rate has shown."""

    load: Load
    product: Times = field(default_factory=Times)
    chains: list[Times] = field(default_factory=list)
    failed: str = ""
    """Why it could not be measured, or not to its end."""

    @property
    def later_times(self) -> float | None:
        """Say how many times as late at the feed the last quarter was as the first (medians)."""
        took = self.product.in_order(FEED)
        quarter = len(took) // QUARTERS
        if not quarter:
            return None
        return percentile(took[-quarter:], 50) / percentile(took[:quarter], 50)

    @property
    def drain_seconds(self) -> float | None:
        """Say how long after the last was sent the last was seen at the feed."""
        seen = self.product.at.get(FEED)
        return max(seen.values()) - max(self.product.sent.values()) if seen else None

    @property
    def held(self) -> bool:
        """Whether the machine holds this rate."""
        later, drain = self.later_times, self.drain_seconds
        if self.failed or later is None or drain is None or not self.product.through(FEED):
            return False
        return later <= HELD_TIMES and drain <= DRAIN_SHARE * self.load.seconds

    @property
    def ratio(self) -> float | None:
        """Compare the feed's median with the minimal chain's."""
        least = [ms for one in self.chains for ms in one.took(LINKS[-1])]
        took = self.product.took(FEED)
        return percentile(took, 50) / percentile(least, 50) if took and least else None


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.alerts_latency")
    parser.add_argument("--rates", type=int, nargs="+", default=RATES, help="payments a second")
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--alerting", type=int, default=10, help="each so many-th raises an alert")
    parser.add_argument("--projects", type=int, default=500, help="projects of the other payments")
    parser.add_argument("--chain", action="store_true", help="the minimal chain as well")
    parser.add_argument("--record", type=Path, help="append a line for each rate to this file")
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    found = []
    for rate in options.rates:
        load = Load(rate, options.seconds, options.alerting, options.projects)
        taken = asyncio.run(_rate(load, chained=options.chain))
        found.append(taken)
        print(f"\n{rate:,} payments a second:\n\n{markdown(taken)}", flush=True)
        if options.record:
            record(options.record, list(figures(taken)), **_about(load))
    held = [taken.load.rate for taken in found if taken.held]
    print(f"\nhighest rate held: {max(held, default=0):,} a second")
    return int(any(_missed(taken) for taken in found if options.chain))


async def _rate(load: Load, *, chained: bool) -> Taken:
    """Measure one rate; whatever fails is told, for the other rates go on."""
    taken = Taken(load)
    try:
        async with asyncio.timeout(RATE_SECONDS_MAX):
            await _on_a_stack(taken, chained=chained)
    except Exception as error:  # noqa: BLE001 - what failed is a figure as well
        taken.failed = f"{type(error).__name__}: {error}".splitlines()[0]
    if not taken.failed and not taken.product.through(FEED):
        seen, sent = len(taken.product.took(FEED)), len(taken.product.sent)
        taken.failed = f"{seen} of {sent} alerts were at the feed in time"
    return taken


async def _on_a_stack(taken: Taken, *, chained: bool) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-alerts-latency-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from()) as stack,
    ):
        async with Lab.on(stack) as lab, Track.on(lab, Path(folder)) as track:
            if chained:
                taken.chains.append(await chain(lab, track, taken.load))
            await product(stack, taken.load, taken.product)
            if chained:
                taken.chains.append(await chain(lab, track, taken.load))


def _missed(taken: Taken) -> bool:
    took, ratio = taken.product.took(FEED), taken.ratio
    if ratio is None or taken.failed:
        return True
    return percentile(took, 99) > P99_MS_TARGET or ratio > RATIO_TARGET


def _about(load: Load) -> Mapping[str, Any]:
    about = {"bench": "latency", "rate": load.rate, "seconds": load.seconds}
    return {**about, "alerting": load.alerting, "projects": load.projects}


def figures(taken: Taken) -> Iterator[dict[str, Any]]:
    """Write one figure for each stage, and one of the rate itself."""
    for kind, stage, took in _timed(taken):
        if took:
            told = {"stage": NAMES.get(stage, stage), "n": len(took)}
            yield {**told, **percentiles(took), "kind": kind}
    later, sending = taken.later_times, taken.product.sending_seconds
    drain = taken.drain_seconds
    yield {
        "stage": "rate",
        "held": taken.held,
        "later_times": later and round(later, 2),
        "drain_seconds": drain and round(drain, 2),
        "sent_per_second": round(taken.load.events / sending) if sending else None,
        "alerts": len(taken.product.sent),
        "of_chain": taken.ratio and round(taken.ratio, 2),
        "failed": taken.failed or None,
    }


def _timed(taken: Taken) -> Iterator[tuple[str, str, Sequence[float]]]:
    for stage in STAGES:
        yield "product", stage, taken.product.took(stage)
    for stage in LINKS[1:]:
        yield "chain", stage, [ms for one in taken.chains for ms in one.took(stage)]


def markdown(taken: Taken) -> str:
    """Write the figures as a table, each stage from sending on."""
    lines = [
        "| what | stage | n | p50 ms | p90 ms | p99 ms | max ms |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(kind, stage, took) for kind, stage, took in _timed(taken) if took]
    held = "held" if taken.held else "not held"
    later, sent = taken.later_times, len(taken.product.sent)
    lines += ["", f"{held}; {sent:,} payments were to raise an alert"]
    if later is not None:
        drain = taken.drain_seconds or 0.0
        lines.append(f"the last quarter was {later:.2f} times as late as the first")
        lines.append(f"all of it was at the feed {drain:.1f} s after the last was sent")
    if taken.ratio is not None:
        lines.append(f"feed ÷ minimal chain, p50: {taken.ratio:.2f}")
    if taken.failed:
        lines.append(taken.failed)
    return "\n".join(lines)


def _row(what: str, stage: str, took: Sequence[float]) -> str:
    cells = [f"{percentile(took, percent):.1f}" for percent in PERCENTS.values()]
    return f"| {what} | {stage} | {len(took)} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
