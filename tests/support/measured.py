"""Whether a metric moves: in this process, or by what a service answers when it is scraped."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest import mock

from prometheus_client import Counter, Gauge, Histogram

OPENMETRICS: Final = "application/openmetrics-text;version=1.0.0"
OBSERVED: Final = "_count"
"""End of the name of the sample that says how often a histogram was observed."""
MOVES: Final = ((Counter, "inc", "_total"), (Gauge, "set", ""), (Histogram, "observe", ""))
"""How a metric of each kind is moved, and how its name ends in the catalogue."""


@contextlib.contextmanager
def moves(*names: str) -> Iterator[None]:
    """Fail unless each of these metrics is moved within: counted, observed, set to more than 0.

    Whoever scrapes then may see it; what it is afterwards is no matter.
    """
    seen: set[str] = set()
    with contextlib.ExitStack() as stack:
        for kind, way, end in MOVES:
            watched = _watched(getattr(kind, way), end, seen)
            stack.enter_context(mock.patch.object(kind, way, watched))
        yield
    still = [name for name in names if name not in seen]
    assert not still, f"these do not move: {still}"


def _watched(move: Callable[..., None], end: str, seen: set[str]) -> Callable[..., None]:
    def watched(metric: Any, amount: float = 1, *more: Any, **named: Any) -> None:
        if amount or isinstance(metric, Histogram):
            seen.add(f"{metric._name}{end}")
        move(metric, amount, *more, **named)

    return watched


def moved(text: str) -> set[str]:
    """Name the metrics of which a service's answer has any but zero, as the catalogue does."""
    found = set()
    for line in text.splitlines():
        if not line.startswith("#"):
            name = line.partition("{")[0].partition(" ")[0]
            value = line.partition(" # ")[0].rpartition(" ")[2]
            if value not in {"0", "0.0"}:
                found |= {name, name.removesuffix(OBSERVED)}
    return found
