"""What a unit of work costs with few projects and with many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.proof.reading import Line

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
    def alike(self) -> bool:
        """Whether every project has as many entries at both sizes."""
        low, high = self.low.size, self.high.size
        return low.entries * high.projects == high.entries * low.projects


def costs(lines: Sequence[Line]) -> list[Cost]:
    """Give the newest figure of each subject at each size, in the order they first came."""
    found: dict[tuple[str, str, Size], Cost] = {}
    for line in lines:
        for figure in line.get("figures", ()):
            if figure.get("value") is None:
                continue
            cost = _cost(figure, str(line.get("commit", "")))
            found[cost.subject, cost.what, cost.size] = cost
    return list(found.values())


def failures(lines: Sequence[Line]) -> list[Mapping[str, Any]]:
    """Give what the newest line that has any figures could not measure."""
    last = next((line for line in reversed(lines) if line.get("figures")), {})
    return [figure for figure in last.get("figures", ()) if figure.get("failed")]


def _cost(figure: Mapping[str, Any], commit: str) -> Cost:
    size = Size(
        int(figure["projects"]), int(figure.get("entries") or 0), int(figure.get("instances") or 1)
    )
    return Cost(
        str(figure["subject"]),
        str(figure.get("what") or ""),
        size,
        float(figure["value"]),
        str(figure.get("unit", "")),
        int(figure.get("n") or 1),
        commit,
        sloped=bool(figure.get("sloped", True)),
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
