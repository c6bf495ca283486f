"""What runs under faults have shown: seeds, faults, events, differences, recovery."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.proof.reading import Line
from tests.proof.statistic import percentile

RELEASE_FROM: Final = "2026-11-30"
"""Runs of an earlier day are of earlier releases: they are shown and not counted."""
DOUBLED: Final = ("gapless positions", "gapless sequences")
LOST: Final = ("exactly once", "readers at the end", "copies")


@dataclass(frozen=True)
class Net:
    """All runs of a release together."""

    runs: int
    seeds: tuple[int, ...]
    events: int
    faults: int
    """Those with an effect."""
    without_effect: int
    kinds: tuple[tuple[str, int], ...]
    lost: int
    doubled: int
    wrong: int
    missing: int
    """Alerts that the oracle has and we have not."""
    extra: int
    boundaries: int | None
    """Days at whose ends the sets of alerts were compared; None: runs do not say."""
    compared: int
    recoveries: tuple[float, ...]
    moves_again: tuple[float, ...]
    """After each fault, while others go on beside it: seconds until every partition moves."""
    by_changed_pack: int
    """Answers that a pack published under load gave otherwise on its first day."""
    seconds: int
    swizzles: int

    @property
    def p95(self) -> float | None:
        """Give the recovery that 95 per cent do not exceed, in seconds."""
        return percentile(self.recoveries, 95)


@dataclass(frozen=True)
class Flat:
    """How one process' memory went during a soak."""

    service: str
    first_mb: float
    last_mb: float
    slope_mb_per_hour: float | None
    bounded: bool = True
    """Whether it is ours to keep flat; a store fills its cache."""

    @property
    def grown(self) -> float:
        """Say how many times as large it is at the end."""
        return self.last_mb / self.first_mb if self.first_mb else 1.0


@dataclass(frozen=True)
class Soak:
    """One long run at a steady rate."""

    seed: int
    commit: str
    seconds: float
    rate: float
    """Events a second that were entered, whatever was asked for."""
    faults: int
    differences: int
    memory: tuple[Flat, ...]
    slope_bound: float | None
    """Most megabytes an hour that a process may grow, as the soak bounds it."""
    lag_max: float | None
    lag_bound: float | None


def ours(runs: Iterable[Line]) -> list[Line]:
    """Keep the runs of this release in which every guard was whole."""
    return [run for run in runs if run["date"] >= RELEASE_FROM and not run.get("broken")]


def broken(runs: Iterable[Line]) -> list[Line]:
    """Keep the runs in which one service ran without a guard: the net must notice."""
    return [run for run in runs if run.get("broken")]


def net_of(runs: Sequence[Line]) -> Net:
    """Add runs up."""
    kinds: Counter[str] = Counter()
    for run in runs:
        kinds.update(run.get("kinds", {}))
    alerts = [run["alerts"] for run in runs if isinstance(run.get("alerts"), dict)]
    boundaries = sum(int(found.get("boundaries", 0)) for found in alerts) if alerts else None
    return Net(
        runs=len(runs),
        seeds=tuple(sorted({run["seed"] for run in runs})),
        events=sum(entered(run) for run in runs),
        faults=sum(run.get("effective_faults", 0) for run in runs),
        without_effect=sum(run.get("without_effect", 0) for run in runs),
        kinds=tuple(sorted(kinds.items(), key=lambda found: (-found[1], found[0]))),
        lost=sum(lost(run) for run in runs),
        doubled=sum(doubled(run) for run in runs),
        wrong=sum(wrong(run) for run in runs),
        missing=sum(int(found.get("missing", 0)) for found in alerts),
        extra=sum(int(found.get("extra", 0)) for found in alerts),
        boundaries=boundaries,
        compared=sum(run.get("compared", 0) for run in runs),
        recoveries=tuple(seconds for run in runs for seconds in recoveries(run)),
        moves_again=tuple(
            float(one) for run in runs for one in run.get("moves_again") or () if one is not None
        ),
        by_changed_pack=sum(int(found.get("by_changed_pack", 0)) for found in alerts),
        seconds=sum(run.get("seconds", 0) for run in runs),
        swizzles=sum(_count(run.get("swizzles")) for run in runs),
    )


def entered(run: Line) -> int:
    """Count the different events that a run has entered."""
    found: int = run.get("counts", {}).get("events", run.get("events", 0))
    return found


def recoveries(run: Line) -> list[float]:
    """Give the seconds that it took to come to rest: after each fault, where a run says so."""
    each = run.get("recoveries")
    if each:
        return [float(seconds) for seconds in each if seconds is not None]
    last = run.get("recovery_seconds")
    return [] if last is None else [float(last)]


def lost(run: Line) -> int:
    """Count what was acknowledged and is not there, or not where it must be."""
    return int(run["lost"]) if "lost" in run else _faults(run, LOST)


def doubled(run: Line) -> int:
    """Count what is there twice."""
    return int(run["doubled"]) if "doubled" in run else _faults(run, DOUBLED)


def wrong(run: Line) -> int:
    """Count all other differences: figures, copies, sums, alerts, what did not come to rest."""
    if "wrong" in run:
        return int(run["wrong"])
    return max(0, int(run.get("differences", 0)) - lost(run) - doubled(run))


def soaks(runs: Iterable[Line]) -> list[Soak]:
    """Read the runs that were a soak."""
    return [_soak(run) for run in runs if isinstance(run.get("soak"), dict)]


def _soak(run: Line) -> Soak:
    told = run["soak"]
    memory = tuple(
        Flat(
            str(one.get("service", "")),
            float(one.get("first_mb") or 0),
            float(one.get("last_mb") or 0),
            one.get("slope_mb_per_hour"),
            bounded=bool(one.get("bounded", True)),
        )
        for one in told.get("memory", ())
    )
    return Soak(
        seed=run["seed"],
        commit=run["commit"],
        seconds=float(told.get("seconds", run.get("seconds", 0))),
        rate=float(told.get("achieved", 0)),
        faults=run.get("effective_faults", 0),
        differences=run.get("differences", 0),
        memory=memory,
        slope_bound=told.get("slope_bound_mb_per_hour"),
        lag_max=told.get("lag_max"),
        lag_bound=told.get("lag_bound"),
    )


def _faults(run: Line, names: Sequence[str]) -> int:
    counts = run.get("counts", {})
    return sum(int(counts.get(f"faults: {name}", 0)) for name in names)


def _count(told: Any) -> int:
    return len(told) if isinstance(told, list) else int(told or 0)
