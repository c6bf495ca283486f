"""Throughput and latency: peers, our stages beside the limit, stage by stage to the stream."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.proof.reading import Line
from tests.proof.statistic import median, ratio

LIMIT: Final = "limit"
ORDERED: Final = "limit, ordered"
"""The limit that takes our ledger's ordered entries, as our stage does."""
PRODUCT: Final = "product"
LEDGER: Final = "ledger"
PROJECTION: Final = "projection"
BOTH: Final = "both"
EXACT: Final = "exact"

Figure = Mapping[str, Any]


@dataclass(frozen=True)
class Peer:
    """One contender of the common job: medians of its runs, and what a kill left of its state."""

    name: str
    variant: str
    rounds: int
    rate: float
    least: float
    most: float
    of_limit: float | None
    of_ordered: float | None
    cpu_seconds: float | None
    """Its own, for 100,000 events."""
    mongod_cpu_seconds: float | None
    rss_mb: float | None
    guarantee: str | None
    claim: str
    """What it promises; one lucky kill does not make more of it."""
    recovery_seconds: float | None

    @property
    def exact(self) -> bool:
        """Whether its state was right after a kill; what was not killed is not known to be."""
        return self.guarantee == EXACT and self.claim.startswith(EXACT)

    @property
    def label(self) -> str:
        """Name it."""
        return f"{self.name}, {self.variant}" if self.variant else self.name


@dataclass(frozen=True)
class Staged:
    """One stage beside its limit: medians of the rounds of one line."""

    stage: str
    product: float
    """Events a second."""
    limit: float
    product_thrift: float
    """Events a second of processor time, its own and mongod's."""
    limit_thrift: float
    rounds: int

    @property
    def by_clock(self) -> float:
        """Compare by the clock."""
        return self.product / self.limit

    @property
    def by_cpu(self) -> float | None:
        """Compare by processor time."""
        return ratio(self.product_thrift, self.limit_thrift)


@dataclass(frozen=True)
class Timed:
    """How long it took from the sending of an event until it was seen at a stage."""

    rate: int
    kind: str
    """`product` or `chain`."""
    stage: str
    n: int
    p50: float
    p90: float
    p99: float
    most: float


def last(lines: Sequence[Line]) -> Line | None:
    """Give the newest line that has figures."""
    return next((line for line in reversed(lines) if line.get("figures")), None)


def peers_of(line: Line | None) -> list[Peer]:
    """Lay the runs of one comparison out by contender, the fastest first."""
    figures = [] if line is None else line["figures"]
    runs = [found for found in figures if "events_per_second" in found]
    names = dict.fromkeys(_named(run) for run in runs)
    limits = [
        median([_rate(run) for run in runs if _named(run) == (name, "")])
        for name in (LIMIT, ORDERED)
    ]
    found = [_peer(name, runs, figures, limits) for name in names]
    return sorted(found, key=lambda peer: -peer.rate)


def absent(line: Line | None) -> list[tuple[str, str]]:
    """Give the contenders that do not run, with the reason."""
    figures = [] if line is None else line["figures"]
    return [
        (", ".join(word for word in _named(found) if word), str(found["reason"]))
        for found in figures
        if found.get("reason")
    ]


def _peer(
    name: tuple[str, str],
    runs: Sequence[Figure],
    figures: Iterable[Figure],
    limits: Sequence[float | None],
) -> Peer:
    mine = [run for run in runs if _named(run) == name]
    kill = next((f for f in figures if f.get("killed") and _named(f) == name), {})
    rates = [_rate(run) for run in mine]
    middle = median(rates) or 0.0
    return Peer(
        *name,
        rounds=len(mine),
        rate=middle,
        least=min(rates),
        most=max(rates),
        of_limit=ratio(middle, limits[0]),
        of_ordered=ratio(middle, limits[1]),
        cpu_seconds=_each(mine, "cpu_seconds"),
        mongod_cpu_seconds=_each(mine, "mongod_cpu_seconds"),
        rss_mb=max((float(run["rss_mb"]) for run in mine if run.get("rss_mb")), default=None),
        guarantee=kill.get("guarantee"),
        claim=str(kill.get("claim", EXACT)),
        recovery_seconds=kill.get("recovery_seconds"),
    )


def _each(runs: Sequence[Figure], what: str) -> float | None:
    """Give the median for 100,000 events."""
    return median(
        [100_000 * run[what] / (_rate(run) * run["seconds"]) for run in runs if run.get(what)]
    )


def _named(figure: Figure) -> tuple[str, str]:
    return str(figure["contender"]), str(figure.get("variant") or "")


def _rate(figure: Figure) -> float:
    return float(figure["events_per_second"])


def staged(line: Line | None) -> list[Staged]:
    """Lay each stage's rounds out beside its limit's; and both stages one after the other."""
    figures = [] if line is None else line["figures"]
    stages = dict.fromkeys(str(found["stage"]) for found in figures if "stage" in found)
    found = [one for stage in stages if (one := _stage(stage, figures))]
    there = {one.stage: one for one in found}
    if LEDGER in there and PROJECTION in there and BOTH not in there:
        found.append(_both(there[LEDGER], there[PROJECTION]))
    return found


def _stage(stage: str, figures: Sequence[Figure]) -> Staged | None:
    mine = {
        name: [f for f in figures if f.get("stage") == stage and f.get("contender") == name]
        for name in (PRODUCT, LIMIT)
    }
    product, limit = (median([_rate(f) for f in mine[name]]) for name in (PRODUCT, LIMIT))
    if not product or not limit:
        return None
    ours, theirs = (median([_thrift(f) for f in mine[name]]) or 0.0 for name in (PRODUCT, LIMIT))
    return Staged(stage, product, limit, ours, theirs, len(mine[PRODUCT]))


def _thrift(run: Figure) -> float:
    """Events a second of processor time, its own and mongod's."""
    spent = float(run.get("cpu_seconds", 0)) + float(run.get("mongod_cpu_seconds", 0))
    return float(run["events"]) / spent if spent else 0.0


def _both(ledger: Staged, projection: Staged) -> Staged:
    """Reckon one stage after the other: every event passes both."""
    return Staged(
        BOTH,
        _after(ledger.product, projection.product),
        _after(ledger.limit, projection.limit),
        _after(ledger.product_thrift, projection.product_thrift),
        _after(ledger.limit_thrift, projection.limit_thrift),
        min(ledger.rounds, projection.rounds),
    )


def _after(one: float, two: float) -> float:
    return 1 / (1 / one + 1 / two) if one and two else 0.0


def timed(lines: Sequence[Line]) -> list[Timed]:
    """Give the newest figures of each rate, in the order of the rates."""
    newest: dict[int, Line] = {}
    for line in lines:
        if any("p50_ms" in figure for figure in line.get("figures", ())):
            newest[int(line["rate"])] = line
    return [
        _timed(rate, figure)
        for rate, line in sorted(newest.items())
        for figure in line["figures"]
        if "p50_ms" in figure
    ]


def _timed(rate: int, figure: Figure) -> Timed:
    names = ("p50_ms", "p90_ms", "p99_ms", "max_ms")
    kind, stage = str(figure.get("kind", PRODUCT)), str(figure["stage"])
    return Timed(rate, kind, stage, int(figure["n"]), *(float(figure[name]) for name in names))
