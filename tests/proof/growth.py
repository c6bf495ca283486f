"""What a unit of work costs with few projects and with many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.proof.benches import LIMIT, PRODUCT
from tests.proof.reading import Line
from tests.proof.statistic import ratio

FROM: Final = 10_000
TO: Final = 100_000
"""Projects between which a slope is taken."""
MEMORY: Final = "memory"


@dataclass(frozen=True)
class Size:
    """How much there was when something was measured."""

    projects: int
    entries: int
    instances: int


@dataclass(frozen=True)
class Cost:
    """One figure: what a unit of a subject cost at a size."""

    subject: str
    what: str
    """Of it: which page, which process; empty where there is nothing to say."""
    size: Size
    value: float
    unit: str
    n: int
    commit: str
    sloped: bool = True
    """Whether a unit must not cost more where there is more of everything."""
    limit: float | None = None
    """What the hand-written limit took for the same in the same run, where it ran beside it."""

    @property
    def label(self) -> str:
        """Name it."""
        return f"{self.subject}, {self.what}" if self.what else self.subject


@dataclass(frozen=True)
class Slope:
    """How many times as much a unit costs with ten times the projects."""

    label: str
    subject: str
    low: Cost
    high: Cost

    @property
    def times(self) -> float:
        """Divide."""
        return self.high.value / self.low.value if self.low.value else 1.0

    @property
    def limit_times(self) -> float | None:
        """Divide what the limit took at both sizes; None where it did not run beside both."""
        return ratio(self.high.limit, self.low.limit)

    @property
    def divided(self) -> float | None:
        """Divide by the limit's slope: what the product's own way of doing it adds."""
        return ratio(self.times, self.limit_times)

    @property
    def held(self) -> float:
        """Give what is held against the bound: divided by the limit's, or else as it is."""
        return self.times if self.divided is None else self.divided

    @property
    def alike(self) -> bool:
        """Whether every project has as many entries at both sizes."""
        low, high = self.low.size, self.high.size
        return low.entries * high.projects == high.entries * low.projects


def costs(lines: Sequence[Line]) -> list[Cost]:
    """Give the newest figure of each subject at each size, in the order they first came.

    The limit's own figures stand beside ours of the same line.
    """
    found: dict[tuple[str, str, Size], Cost] = {}
    for line in lines:
        figures = [one for one in line.get("figures", ()) if one.get("value") is not None]
        limits = {_key(one): float(one["value"]) for one in figures if _whose(one) == LIMIT}
        for figure in figures:
            if _whose(figure) == PRODUCT:
                cost = _cost(figure, str(line.get("commit", "")), limits.get(_key(figure)))
                found[_key(figure)] = cost
    return list(found.values())


def failures(lines: Sequence[Line]) -> list[Mapping[str, Any]]:
    """Give what the newest line that has any figures could not measure."""
    last = next((line for line in reversed(lines) if line.get("figures")), {})
    return [figure for figure in last.get("figures", ()) if figure.get("failed")]


def _whose(figure: Mapping[str, Any]) -> str:
    return str(figure.get("contender") or PRODUCT)


def _key(figure: Mapping[str, Any]) -> tuple[str, str, Size]:
    size = Size(
        int(figure["projects"]), int(figure.get("entries") or 0), int(figure.get("instances") or 1)
    )
    return str(figure["subject"]), str(figure.get("what") or ""), size


def _cost(figure: Mapping[str, Any], commit: str, limit: float | None) -> Cost:
    return Cost(
        *_key(figure),
        float(figure["value"]),
        str(figure.get("unit", "")),
        int(figure.get("n") or 1),
        commit,
        sloped=bool(figure.get("sloped", True)),
        limit=limit,
    )


def slopes(found: Sequence[Cost]) -> list[Slope]:
    """Compare 10,000 with 100,000 projects, like with like, for each subject and instances.

    Where sizes of the same entries for each project were measured, those; else those of the same
    entries in all. What belongs to one size alone has no slope.
    """
    result: list[Slope] = []
    keys = dict.fromkeys((c.subject, c.what, c.size.instances) for c in found if c.sloped)
    for key in keys:
        mine = [c for c in found if (c.subject, c.what, c.size.instances) == key]
        pairs = [
            Slope(_label(low), low.subject, low, high)
            for low in mine
            for high in mine
            if (low.size.projects, high.size.projects) == (FROM, TO)
        ]
        alike = [pair for pair in pairs if pair.alike]
        same = [pair for pair in pairs if pair.low.size.entries == pair.high.size.entries]
        result += alike or same
    return result


def along(found: Sequence[Cost], slope: Slope) -> dict[int, float]:
    """Give the costs of one slope's shape, by projects: what lies before, between and beyond."""
    low = slope.low
    key = (low.subject, low.what, low.size.instances)
    result = {low.size.projects: low.value, slope.high.size.projects: slope.high.value}
    for cost in found:
        one = (cost.subject, cost.what, cost.size.instances)
        if one == key and cost.size.entries * low.size.projects == (
            low.size.entries * cost.size.projects
        ):
            result[cost.size.projects] = cost.value
    return result


def _label(cost: Cost) -> str:
    many = cost.size.instances
    return cost.label if many == 1 else f"{cost.label}, {many} instances"
