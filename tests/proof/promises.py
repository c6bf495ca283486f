"""What the parts of the product were to hold, each by the number of its issue."""

import math
from collections.abc import Iterator
from typing import Final

from tests.proof import services
from tests.proof.alerting import slowest
from tests.proof.benches import PRODUCT, PROJECTION, last, staged
from tests.proof.markdown import number
from tests.proof.reading import Line, Lines
from tests.proof.verdict import Holds, Target, below, least, most, none

CITY: Final = 10_000
"""Projects of the city that figures are promised for."""
OF_PROJECTION_LIMIT: Final = 0.6
REBUILD_TIMES: Final = 3.0
SWEEP_SECONDS: Final = 60.0
PROJECT_MS: Final = 20.0
OVERVIEW_MS: Final = 200.0
COVERED: Final = (75.0, 90.0)
"""Per cent of year ends."""
FEED_RATE: Final = 500
FEED_MS: Final = 1_000.0
OF_CHAIN: Final = 3.0
READERS: Final = 1_000
TARGETS: Final = 100
"""Receivers of webhooks."""
UNDELAYED: Final = 1.5
"""By so much two runs of the same differ by noise; whoever waits for the dead waits longer."""
FORMS: Final = 1_000
OF_XLSXWRITER: Final = 3.0
PAGE_MS: Final = 300.0
COLD_KB: Final = 1_500.0
WARM_KB: Final = 100.0
KILO: Final = 1_000
SEEN_SECONDS: Final = 1.0
SCRAPE_MS: Final = 50.0
METRICS_PERCENT: Final = 3.0
FAILOVER_SECONDS: Final = 30.0


def promises(lines: Lines) -> list[Target]:
    """Hold what was recorded of the parts against what was asked of them."""
    return [
        *_of_analysis(lines),
        *_of_alerts(lines),
        *_of_reports(lines),
        *_of_pages(lines),
        *_of_operations(lines),
    ]


def _of_analysis(lines: Lines) -> Iterator[Target]:
    stage = next((one for one in staged(last(lines.stages)) if one.stage == PROJECTION), None)
    what = "projection stage of its limit"
    yield least("6-projection", what, OF_PROJECTION_LIMIT, stage.by_clock if stage else None)
    anew = services.rebuilt(lines.rebuild)
    what = "rebuild of the rate from door to projection, times"
    yield least("6-rebuild", what, REBUILD_TIMES, anew.times if anew else None)
    what = "a day's sweep of 10,000 projects"
    swept = slowest(lines.opening, CITY, "sweep_seconds")
    yield below("6-sweep", what, SWEEP_SECONDS, swept, " s")
    read = services.at_least(lines.reading, "projects", CITY)
    for name, what, asked in (
        ("project", "a project's figures", PROJECT_MS),
        ("overview", "the overview of 10,000 projects", OVERVIEW_MS),
    ):
        said = f"{what}, 99th percentile"
        yield below(f"6-reading-{name}", said, asked, services.p99(read, name), " ms")
    yield _coverage(lines.coverage)


def _coverage(seen: float | None) -> Target:
    low, high = COVERED
    inside = seen is not None and low <= seen <= high
    holds = Holds.UNKNOWN if seen is None else Holds.YES if inside else Holds.NO
    what = "year ends within forecasts' intervals, years not used for fitting"
    shown = number(seen) if seen is None else f"{number(seen)} %"
    return Target("6-coverage", what, f"{number(low)} to {number(high)} %", shown, holds)


def _of_alerts(lines: Lines) -> Iterator[Target]:
    yield _feed(services.fed(lines.latency, FEED_RATE))
    what = "the stream's median of the minimal chain's, 500 events a second, times"
    yield most("7-feed-chain", what, OF_CHAIN, services.chained(lines.latency, FEED_RATE))
    line = last([one for one in lines.feeds if _readers(one) >= READERS])
    what = "1,000 readers of a stream beside ten dead or slow, p99 of that without them"
    yield most("7-feeds", what, UNDELAYED, services.crowded(line))
    times = services.delivered(services.at_least(lines.webhooks, "targets", TARGETS))
    what = "webhooks beside ten dead or slow of 100, p50 and p99 of those without them"
    if times == math.inf:
        asked = f"≤ {number(UNDELAYED)}"
        yield Target("7-webhooks", what, asked, "lost or out of order", Holds.NO)
    else:
        yield most("7-webhooks", what, UNDELAYED, times)


def _readers(line: Line) -> int:
    return max((int(one["readers"]) for one in line.get("figures", ())), default=0)


def _feed(line: Line | None) -> Target:
    """Hold the stream's 99th percentile, if all of it came."""
    figures = [] if line is None else line["figures"]
    key, what = "7-feed", "from a payment to the stream, 500 events a second, 99th percentile"
    failed = next((str(one["failed"]) for one in figures if one.get("failed")), None)
    if failed:
        return Target(key, what, f"< {number(FEED_MS)} ms", failed, Holds.NO)
    mine = [one for one in figures if one.get("stage") == "feed" and one["kind"] == PRODUCT]
    return below(key, what, FEED_MS, float(mine[0]["p99_ms"]) if mine else None, " ms")


def _of_reports(lines: Lines) -> Iterator[Target]:
    line = services.at_least(lines.forms, "forms", FORMS)
    what = "1,000 forms as .xlsx of XlsxWriter's own time for the same cells, times"
    yield most("8-forms", what, OF_XLSXWRITER, services.written(line))


def _of_pages(lines: Lines) -> Iterator[Target]:
    line = services.at_least(lines.pages, "projects", CITY)
    what = "the slowest page over 10,000 projects, 99th percentile"
    yield below("9-pages-time", what, PAGE_MS, services.slowest_page(line), " ms")
    for name, asked in (("cold", COLD_KB), ("warm", WARM_KB)):
        size = services.largest_page(line, f"{name}_bytes")
        what = f"the largest page, {name}"
        yield below(f"9-pages-{name}", what, asked, None if size is None else size / KILO, " kB")
    what = "until a new event is on the open page"
    yield below("9-open-page", what, SEEN_SECONDS, services.seen(last(lines.seen)), " s")


def _of_operations(lines: Lines) -> Iterator[Target]:
    drills = services.drilled(lines.drills)
    lost = [one for name, one in drills.items() if name.startswith(services.FAILOVER)]
    what = "until all goes on after a broker or the primary is lost, 300 events a second"
    longest = max((float(one["seconds"]) for one in lost), default=None)
    yield below("10-failover", what, FAILOVER_SECONDS, longest, " s")
    what = "lost or doubled by it"
    amiss = sum(int(one.get("lost", 0)) + int(one.get("doubled", 0)) for one in lost)
    yield none("10-failover-amiss", what, amiss if lost else None)
    line = last(lines.metrics)
    what = "the slowest scrape, 99th percentile"
    yield below("10-scrape", what, SCRAPE_MS, services.slowest_scrape(line), " ms")
    what = "throughput that metrics take"
    yield below("10-metrics", what, METRICS_PERCENT, services.metrics_share(line), " %")
