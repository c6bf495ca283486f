"""What is watched while the net soaks: the memory of each process, and the lag of each reader.

Memory is flat when no service's process grows faster than a bound in the last two thirds of the
time; lag is bounded when, away from faults, no reader is further behind than a few seconds of the
load.
"""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median
from typing import Any, Final

import httpx
import psutil

from deploy.local.stack import Stack
from deploy.local.topology import KAFKA, MONGO, Part
from tests.fault.net.kinds import Kind

LOOK_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 3.0
SLOPE_MB_PER_HOUR_MAX: Final = 60.0
"""Bound on a service's growth: 20 MiB in the last two thirds of half an hour."""
LAG_SECONDS_MAX: Final = 10.0
"""Bound on a reader's lag away from faults, in seconds of the load."""
AFTERMATH_SECONDS: Final = 20.0
"""So long after a fault a reader may still be catching up."""
POINTS_MAX: Final = 200
"""Points that a slope is taken from: each pair of them is a slope."""
POINTS_KEPT_MAX: Final = 60
"""Points of a process that a record keeps: a step is told from a slope by half minutes."""
SECONDS_PER_HOUR: Final = 3_600
MIB: Final = 2**20
LAG: Final = re.compile(
    r"^dualwatch_consumer_lag_records\{(?P<labels>[^}]*)\} (?P<value>\S+)$", re.MULTILINE
)
LABEL: Final = re.compile(r'(\w+)="([^"]*)"')

ENDING_SERVICES: Final = frozenset(
    {
        Kind.KILL_SERVICE,
        Kind.ROLL_SERVICE,
        Kind.REPEAT_SERVICE,
        Kind.SWIZZLE_SERVICES,
    }
)
"""Left out of a soak: what a process has come to hold is to be seen over the whole time."""
SOAKED: Final = tuple(kind for kind in Kind if kind not in ENDING_SERVICES)

Point = tuple[float, float]
"""Seconds since the start, and a value."""
Reader = tuple[str, str]
"""Topic and group."""


@dataclass
class Soaking:
    """Samples of one run; `start` and `stop`."""

    stack: Stack
    rate: float
    """Events a second that were asked for; `achieved` of the figures says what came of it."""
    began: float = field(default_factory=time.monotonic)
    memory: dict[tuple[str, int], list[Point]] = field(default_factory=lambda: defaultdict(list))
    """MiB of each part's process, by name and process id."""
    lags: dict[Reader, list[Point]] = field(default_factory=lambda: defaultdict(list))
    """Records of each reader's topic that it has not handled."""
    stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Look every few seconds from now on."""
        self.began = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """Look no longer."""
        self.stopped.set()

    def figures(self, faults: Iterable[tuple[float, float]], sent: int) -> dict[str, Any]:
        """Sum up: from when to when each fault lasted, on the monotonic clock; events entered."""
        windows = [(start - self.began, end - self.began) for start, end in faults]
        memory = list(self._memory())
        lags: list[dict[str, Any]] = [
            {"topic": topic, "group": group, "max": most, "max_away_from_faults": calm}
            for (topic, group), points in sorted(self.lags.items())
            for most, calm in [_most(points, windows)]
        ]
        seconds = time.monotonic() - self.began
        return {
            "seconds": round(seconds),
            "rate": self.rate,
            "achieved": round(sent / seconds, 1),
            "memory": memory,
            "slope_bound_mb_per_hour": SLOPE_MB_PER_HOUR_MAX,
            "lag": lags,
            "lag_max": max((lag["max_away_from_faults"] for lag in lags), default=0),
            "lag_bound": round(self.rate * LAG_SECONDS_MAX),
        }

    def _memory(self) -> Iterator[dict[str, Any]]:
        """Give what the longest-lived process of each part came to hold."""
        by_name: dict[str, list[list[Point]]] = defaultdict(list)
        for (name, _), points in self.memory.items():
            by_name[name].append(points)
        kinds = {part.name: part.kind for part in self.stack.parts()}
        for name, series in sorted(by_name.items()):
            points = max(series, key=len)
            last = points[len(points) // 3 :]
            yield {
                "service": name,
                "first_mb": round(points[0][1], 1),
                "last_mb": round(points[-1][1], 1),
                "slope_mb_per_hour": round(slope(last) * SECONDS_PER_HOUR, 1),
                "seconds": round(points[-1][0] - points[0][0]),
                "processes": len(series),
                "bounded": kinds.get(name) not in {KAFKA, MONGO},
                "points": kept(points),
            }

    def _watch(self) -> None:
        while not self.stopped.wait(LOOK_SECONDS):
            now = time.monotonic() - self.began
            lags: dict[Reader, float] = defaultdict(float)
            for part in self.stack.parts():
                self._look_at_memory(part, now)
                if part.kind not in {KAFKA, MONGO}:
                    for reader, value in _lags(part):
                        lags[reader] += value
            for reader, value in lags.items():
                self.lags[reader].append((now, value))

    def _look_at_memory(self, part: Part, now: float) -> None:
        pid = self.stack.pid(part.name)
        if pid is not None:
            try:
                held = psutil.Process(pid).memory_info().rss / MIB
            except psutil.Error:
                # It has just ended.
                return
            self.memory[part.name, pid].append((now, held))


def faults_of(figures: dict[str, Any]) -> list[str]:
    """Say which bound does not hold."""
    found = [
        f"{one['service']} grows by {one['slope_mb_per_hour']} MiB an hour,"
        f" from {one['first_mb']} to {one['last_mb']} MiB"
        for one in figures["memory"]
        if one["bounded"] and one["slope_mb_per_hour"] > figures["slope_bound_mb_per_hour"]
    ]
    return found + [
        f"{one['group']} is {one['max_away_from_faults']} records behind on {one['topic']}"
        for one in figures["lag"]
        if one["max_away_from_faults"] > figures["lag_bound"]
    ]


def slope(points: Sequence[Point]) -> float:
    """Give the median of the slopes between all points (Theil and Sen), per second."""
    step = max(1, len(points) // POINTS_MAX)
    pairs = combinations(points[::step], 2)
    return median([(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs if b[0] > a[0]] or [0.0])


def kept(points: Sequence[Point]) -> list[list[float]]:
    """Thin points for a record: whole seconds, tenths of a MiB, the last one always among them."""
    step = max(1, -(-len(points) // POINTS_KEPT_MAX))
    return [[round(when), round(held, 1)] for when, held in reversed(points[::-1][::step])]


def _most(points: Sequence[Point], windows: Sequence[tuple[float, float]]) -> tuple[int, int]:
    """Give the most of all, and the most away from faults."""
    calm = [
        value
        for when, value in points
        if not any(start <= when <= end + AFTERMATH_SECONDS for start, end in windows)
    ]
    return round(max(value for _, value in points)), round(max(calm, default=0))


def _lags(part: Part) -> Iterator[tuple[Reader, float]]:
    """Ask one process how far its readers are behind; nothing from one that cannot say."""
    try:
        text = httpx.get(
            f"http://{part.own_address}/metrics", timeout=ANSWER_SECONDS, trust_env=False
        ).text
    except httpx.HTTPError:
        return
    for found in LAG.finditer(text):
        labels = dict(LABEL.findall(found["labels"]))
        yield (labels["topic"], labels["group"]), float(found["value"])
