"""Does an event cost more when there are many already? The first and the last of a long backlog.

Time and memory: what the process holds must not follow the length of the backlog.
"""

import statistics
from collections.abc import Sequence
from typing import Final

from tests.bench.contender import Run
from tests.bench.stages import LIMIT, PRODUCT

EVENTS: Final = 1_000_000
SPAN: Final = 50_000
"""How many events at either end are compared."""

HEADINGS: Final = (
    "stage",
    "who",
    "first 50,000",
    "last 50,000",
    "growth",
    "over the limit's",
    "MB, first 50,000",
    "MB, last 50,000",
    "MB, most",
)


def seconds_between(run: Run, first: int, last: int) -> float:
    """Give the time from one count of events to another, between looks by the straight line."""
    return _moment(run, last) - _moment(run, first)


def _moment(run: Run, count: int) -> float:
    before = (0.0, 0)
    for at, reached, _ in run.seen:
        if reached >= count:
            share = (count - before[1]) / max(reached - before[1], 1)
            return before[0] + share * (at - before[0])
        before = (at, reached)
    return run.seconds


def megabytes_between(run: Run, first: int, last: int) -> int:
    """Give the most memory that was seen between two counts of events."""
    rss = [look.rss for look in run.seen if first <= look.reached <= last]
    return max(rss, default=0) // 2**20


def growth(run: Run) -> float:
    """Say how many times as long the last span took as the first."""
    return _last(run) / _first(run)


def _first(run: Run) -> float:
    return seconds_between(run, 0, SPAN)


def _last(run: Run) -> float:
    return seconds_between(run, run.events - SPAN, run.events)


def markdown(runs: Sequence[Run]) -> str:
    """Lay the runs out as a Markdown table, medians of each contender."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    found: dict[str, float] = {}
    for name in (LIMIT, PRODUCT):
        mine = [run for run in runs if run.contender == name]
        if not mine:
            continue
        found[name] = statistics.median(map(growth, mine))
        over = found[PRODUCT] / found[LIMIT] if name == PRODUCT and LIMIT in found else None
        cells = [
            mine[0].stage,
            name,
            f"{statistics.median(map(_first, mine)):.2f} s",
            f"{statistics.median(map(_last, mine)):.2f} s",
            f"{found[name]:.2f}",
            "" if over is None else f"{over:.2f}",
            str(max(megabytes_between(run, 0, SPAN) for run in mine)),
            str(max(megabytes_between(run, run.events - SPAN, run.events) for run in mine)),
            str(max(run.rss_mb for run in mine)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(["", *lines])
