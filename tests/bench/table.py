"""Runs as a table: medians, spread, ratio, what an event costs."""

import statistics
from collections.abc import Callable, Sequence

from tests.bench.contender import Run
from tests.bench.stages import LIMIT, PRODUCT

HEADINGS = (
    *("stage", "who", "events/s (median)", "spread", "ratio", "runs"),
    *("CPU s/100k", "mongod CPU s/100k", "Kafka CPU s/100k", "MB"),
)


def markdown(runs: Sequence[Run]) -> str:
    """Lay the runs out as a Markdown table."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    for stage in dict.fromkeys(run.stage for run in runs):
        for contender in (LIMIT, PRODUCT):
            mine = [run for run in runs if (run.stage, run.contender) == (stage, contender)]
            if mine:
                lines.append(f"| {' | '.join(_row(mine, ratio(runs, stage)))} |")
    return "\n".join(["", *lines])


def ratio(runs: Sequence[Run], stage: str) -> float | None:
    """Compare the product's median with the limit's; None if one of them did not run."""
    rates = [
        [run.rate for run in runs if (run.stage, run.contender) == (stage, contender)]
        for contender in (PRODUCT, LIMIT)
    ]
    return statistics.median(rates[0]) / statistics.median(rates[1]) if all(rates) else None


def _row(mine: Sequence[Run], found: float | None) -> list[str]:
    rates = [run.rate for run in mine]
    product = mine[0].contender == PRODUCT
    return [
        mine[0].stage,
        mine[0].contender,
        f"{statistics.median(rates):,.0f}",
        f"{min(rates):,.0f}–{max(rates):,.0f}",
        f"{found:.2f}" if product and found is not None else "",
        str(len(mine)),
        _cost(mine, lambda run: run.cpu_seconds),
        _cost(mine, lambda run: run.mongod_cpu_seconds),
        _cost(mine, lambda run: run.kafka_cpu_seconds),
        str(max(run.rss_mb for run in mine)),
    ]


def _cost(mine: Sequence[Run], seconds: Callable[[Run], float]) -> str:
    return f"{statistics.median(100_000 * seconds(run) / run.events for run in mine):.2f}"
