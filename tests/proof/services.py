"""What single benches saw of the running services: answers, pages, forms, feeds, metrics."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.proof.benches import last
from tests.proof.reading import Line
from tests.proof.statistic import ratio

DOOR: Final = "door to projection"
REBUILD: Final = "rebuild"
FAILOVER: Final = "failover"
"""How the name of a drill begins in which a broker or the primary is lost."""

Figure = Mapping[str, Any]


@dataclass(frozen=True)
class Rebuilt:
    """A rebuild beside the way from the door: medians of the rounds of one line."""

    line: Line
    door: float
    """Entries a second."""
    rebuild: float
    door_thrift: float
    """Entries a second of processor time, the processes' and mongod's."""
    rebuild_thrift: float
    whole_seconds: float
    """Until the projections were compared by hash, too."""
    rounds: int

    @property
    def times(self) -> float:
        """Compare by the clock."""
        return self.rebuild / self.door

    @property
    def times_by_cpu(self) -> float | None:
        """Compare by processor time."""
        return ratio(self.rebuild_thrift, self.door_thrift)


def rebuilt(lines: Sequence[Line]) -> Rebuilt | None:
    """Reckon the newest line's rounds."""
    line = last(lines)
    figures = [] if line is None else line["figures"]
    door, anew = ([one for one in figures if one["what"] == name] for name in (DOOR, REBUILD))
    if line is None or not door or not anew:
        return None
    return Rebuilt(
        line,
        door=statistics.median(map(_rate, door)),
        rebuild=statistics.median(map(_rate, anew)),
        door_thrift=statistics.median(map(_thrift, door)),
        rebuild_thrift=statistics.median(map(_thrift, anew)),
        whole_seconds=statistics.median(float(one["whole_seconds"]) for one in anew),
        rounds=len(anew),
    )


def _rate(figure: Figure) -> float:
    return float(figure["entries"]) / float(figure["seconds"])


def _thrift(figure: Figure) -> float:
    spent = float(figure["cpu_seconds"]) + float(figure["mongod_cpu_seconds"])
    return ratio(float(figure["entries"]), spent) or 0.0


def at_least(lines: Sequence[Line], what: str, count: int) -> Line | None:
    """Give the newest line that was measured with so many: fewer answer no target."""
    return last([line for line in lines if line.get(what, 0) >= count])


def p99(line: Line | None, question: str) -> float | None:
    """Give the 99th percentile of a question, in milliseconds."""
    figures = [] if line is None else line["figures"]
    return next((float(one["p99_ms"]) for one in figures if one["question"] == question), None)


def slowest_page(line: Line | None) -> float | None:
    """Give the greatest 99th percentile of pages whose time is promised, in milliseconds."""
    figures = [] if line is None else line["figures"]
    return max((float(one["p99_ms"]) for one in figures if one["promised"]), default=None)


def largest_page(line: Line | None, what: str) -> float | None:
    """Give the bytes of the largest page; `what`: `cold_bytes` or `warm_bytes`."""
    figures = [] if line is None else line["figures"]
    return max((float(one[what]) for one in figures), default=None)


def written(line: Line | None) -> float | None:
    """Give the time of forms by that of XlsxWriter for the same cells."""
    figures = [] if line is None else line["figures"]
    return next((float(one["of_limit"]) for one in figures if "of_limit" in one), None)


def crowded(line: Line | None) -> float | None:
    """Give the readers' 99th percentile beside dead and slow ones by that without them.

    Without them is the slower of the runs before and after: a busy moment is no delay.
    """
    figures = [] if line is None else line["figures"]
    beside = next((one for one in figures if one["bad"]), None)
    if beside is None:
        return None
    alone = [
        float(one["p99_ms"])
        for one in figures
        if not one["bad"] and one["readers"] == beside["readers"]
    ]
    return ratio(float(beside["p99_ms"]), max(alone, default=None))


def delivered(line: Line | None) -> float | None:
    """Give well receivers' time beside dead and slow ones by that alone: p50 or p99, the greater.

    None where nothing was measured; where an entry was lost or came out of order no time counts.
    """
    figures = [] if line is None else line["figures"]
    alone = next((one for one in figures if not one["dead"]), None)
    beside = next((one for one in figures if one["dead"]), None)
    if alone is None or beside is None:
        return None
    if not (alone["whole"] and beside["whole"]):
        return float("inf")
    return max(float(beside[name]) / float(alone[name]) for name in ("p50_ms", "p99_ms"))


def seen(line: Line | None) -> float | None:
    """Give the seconds until an event was on an open page, the longest of one run."""
    figures = [] if line is None else line["figures"]
    return max((float(one["seconds"]) for one in figures), default=None)


def slowest_scrape(line: Line | None) -> float | None:
    """Give the greatest 99th percentile of a scrape, in milliseconds."""
    figures = [] if line is None else line["figures"]
    return max((float(one["p99_ms"]) for one in figures if "service" in one), default=None)


def metrics_share(line: Line | None) -> float | None:
    """Give the per cent of throughput that metrics take, of the stage that they cost most."""
    figures = [] if line is None else line["figures"]
    return max((100 * float(one["share"]) for one in figures if "stage" in one), default=None)


def fed(lines: Sequence[Line], rate: int) -> Line | None:
    """Give the newest line of latency at a rate."""
    return last([line for line in lines if line.get("rate") == rate])


def chained(lines: Sequence[Line], rate: int) -> float | None:
    """Give the feed's median by the minimal chain's, of the newest line at a rate that has both."""
    found = [
        float(one["of_chain"])
        for line in lines
        if line.get("rate") == rate
        for one in line.get("figures", ())
        if one.get("of_chain")
    ]
    return found[-1] if found else None


def drilled(lines: Sequence[Line]) -> dict[str, Figure]:
    """Give each drill's newest figure."""
    return {
        str(one.get("drill") or one.get("name") or ""): one
        for line in lines
        for one in line.get("figures", ())
    }
