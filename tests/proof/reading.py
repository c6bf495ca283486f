"""All lines that were recorded, as one value; what was never measured is empty."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.recorded import PROOF, recorded

Line = Mapping[str, Any]

FILES: Final = (
    *("runs", "drills", "peers", "stages", "latency", "growth", "profiles"),
    *("recall", "opening", "rebuild", "reading", "feeds", "webhooks", "forms", "pages", "seen"),
    "metrics",
)
CONTROL: Final = "| **"
"""How a control's line begins on its page."""
COVERED: Final = re.compile(r"they hold \*\*([0-9.]+) %\*\*")
"""Where the page of the backtest says which share of year ends its intervals have held."""


@dataclass(frozen=True)
class Lines:
    """What docs/proof holds, oldest first."""

    runs: Sequence[Line] = ()
    drills: Sequence[Line] = ()
    peers: Sequence[Line] = ()
    stages: Sequence[Line] = ()
    latency: Sequence[Line] = ()
    growth: Sequence[Line] = ()
    profiles: Sequence[Line] = ()
    recall: Sequence[Line] = ()
    opening: Sequence[Line] = ()
    rebuild: Sequence[Line] = ()
    reading: Sequence[Line] = ()
    feeds: Sequence[Line] = ()
    webhooks: Sequence[Line] = ()
    forms: Sequence[Line] = ()
    pages: Sequence[Line] = ()
    seen: Sequence[Line] = ()
    metrics: Sequence[Line] = ()
    coverage: float | None = None
    """Per cent of year ends that intervals of forecasts held, of years not used for fitting."""
    controls: Sequence["Control"] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Control:
    """One guard that was broken, and what noticed it."""

    guard: str
    scene: str
    noticed: str


def read() -> Lines:
    """Read everything that is there."""
    lines: Any = {name: tuple(recorded(name)) for name in FILES}
    return Lines(
        **lines,
        coverage=covered(_text("backtest")),
        controls=controls(_text("controls")),
        reasons=reasons_of(_text("reasons")),
    )


def _text(name: str) -> str:
    page = PROOF / f"{name}.md"
    return page.read_text("utf-8") if page.exists() else ""


def covered(page: str) -> float | None:
    """Read the coverage of forecasts' intervals from the page of the backtest, per cent."""
    found = COVERED.search(page)
    return float(found[1]) if found else None


def controls(page: str) -> tuple[Control, ...]:
    """Read the table of controls: guard, how it is broken, scene, what noticed it."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith(CONTROL)
    ]
    return tuple(Control(row[0].split("**")[1], row[2], row[3]) for row in rows)


def reasons_of(page: str) -> dict[str, str]:
    """Read why targets do not hold: each under a heading of its own, `## <key of the target>`."""
    found: dict[str, str] = {}
    for part in page.split("\n## ")[1:]:
        key, _, text = part.partition("\n")
        found[key.strip()] = " ".join(text.split())
    return found
