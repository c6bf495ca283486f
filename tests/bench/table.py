"""Runs as a table: medians, spread, ratio, what an event costs."""

import statistics
from collections.abc import Callable, Sequence
from typing import Final

from tests.bench.contender import Run
from tests.bench.stages import LIMIT, PRODUCT

CPU_TICK_SECONDS: Final = 0.01
"""The smallest processor time that the system tells apart."""

HEADINGS = (
    *("stage", "who", "events/s (median)", "spread", "ratio", "by CPU", "runs"),
    *("CPU s/100k", "mongod CPU s/100k", "Kafka CPU s/100k", "MB"),
)


def markdown(runs: Sequence[Run]) -> str:
    """Lay the runs out as a Markdown table."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    for stage in dict.fromkeys(run.stage for run in runs):
        # By name, so that the limit comes before the product.
        for contender in sorted({run.contender for run in runs if run.stage == stage}):
            mine = [run for run in runs if (run.stage, run.contender) == (stage, contender)]
            lines.append(f"| {' | '.join(_row(mine, runs))} |")
    return "\n".join(["", *lines])


def ratio(runs: Sequence[Run], stage: str, measure: Callable[[Run], float]) -> float | None:
    """Compare the product's median with the limit's; None if one of them did not run."""
    found = [
        [measure(run) for run in runs if (run.stage, run.contender) == (stage, contender)]
        for contender in (PRODUCT, LIMIT)
    ]
    return statistics.median(found[0]) / statistics.median(found[1]) if all(found) else None


def _thrift(run: Run) -> float:
    # Events per second of processor time, the process's and mongod's: other load on the machine
    # moves it little. Kafka's is shown but left out: its JIT and its cleaning come when they like.
    # That favours the product, which costs Kafka more.
    return run.events / max(run.cpu_seconds + run.mongod_cpu_seconds, CPU_TICK_SECONDS)


def _row(mine: Sequence[Run], runs: Sequence[Run]) -> list[str]:
    rates = [run.rate for run in mine]
    ratios: list[float | None] = [None, None]
    if mine[0].contender == PRODUCT:
        ratios = [ratio(runs, mine[0].stage, measure) for measure in (lambda r: r.rate, _thrift)]
    return [
        mine[0].stage,
        mine[0].contender,
        f"{statistics.median(rates):,.0f}",
        f"{min(rates):,.0f}–{max(rates):,.0f}",
        *("" if found is None else f"{found:.2f}" for found in ratios),
        str(len(mine)),
        _cost(mine, lambda run: run.cpu_seconds),
        _cost(mine, lambda run: run.mongod_cpu_seconds),
        _cost(mine, lambda run: run.kafka_cpu_seconds),
        str(max(run.rss_mb for run in mine)),
    ]


def _cost(mine: Sequence[Run], seconds: Callable[[Run], float]) -> str:
    return f"{statistics.median(100_000 * seconds(run) / run.events for run in mine):.2f}"
