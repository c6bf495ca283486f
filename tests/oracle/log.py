"""The input log, line by line: what a driver sent, and what it was told."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

Key = tuple[str, str]
"""`(source, id)`: identifies an event for ever."""


class Outcome(StrEnum):
    """What became of a line, as far as the driver knows."""

    ACKED = "acked"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    """An event that was meant to be taken."""

    key: Key
    event: Mapping[str, Any]
    outcome: Outcome
    verdict: str | None
    """What the door answered; None where the log does not say."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A day that was meant to be opened; all lines above were decided before."""

    jurisdiction: str
    date: dt.date
    outcome: Outcome


def read(path: Path) -> Iterator[Sent | Opened]:
    """Read a log; bare events and days, as `dualwatch simulate -o` writes them, count as acked."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield _line(json.loads(line))


def _line(line: Mapping[str, Any]) -> Sent | Opened:
    outcome = Outcome(line.get("outcome", "acked"))
    if "open_day" in line:
        day = line["open_day"]
        return Opened(day["jurisdiction"], dt.date.fromisoformat(day["date"]), outcome)
    event = line.get("event", line)
    verdict = line.get("verdict") if "event" in line else None
    return Sent((event["source"], event["id"]), event, outcome, verdict)
