"""Small cities to look at: drawn once, read by many tests."""

import datetime as dt
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from services.cli.city.chance import Chance
from services.cli.city.city import Day, Plan, simulate
from services.cli.city.wire import OpenDay, Truth

SEED = 20_26
PROJECTS = 260


def plan(
    seed: int = SEED, projects: int = 6, start: str = "2025-01-01", until: str = "2025-12-31"
) -> Plan:
    """Return what city to draw."""
    return Plan(seed, projects, dt.date.fromisoformat(start), dt.date.fromisoformat(until))


def days(what: Plan) -> Iterator[Day]:
    """Draw a city day by day."""
    return simulate(what, Chance(what.seed))


def lines(what: Plan) -> Iterator[bytes]:
    """Draw a city as the lines of a file."""
    for day in days(what):
        for line in day.lines:
            yield line if isinstance(line, bytes) else line.to_bytes()


@cache
def city() -> tuple[Day, ...]:
    """Return two years of one city, large enough to hold everything there is."""
    return tuple(days(plan(projects=PROJECTS, until="2026-12-31")))


@cache
def facts() -> tuple[bytes, ...]:
    """Return the city's events as bytes, in order."""
    return tuple(line for day in city() for line in day.lines if isinstance(line, bytes))


@cache
def events() -> tuple[dict[str, Any], ...]:
    """Return the city's events, in order."""
    return tuple(json.loads(raw) for raw in facts())


def of(kind: str) -> list[dict[str, Any]]:
    """Return the data of all events of a kind, with their subject."""
    wanted = f"dualwatch.{kind}.v1"
    return [
        {**event["data"], "subject": event["subject"]}
        for event in events()
        if event["type"] == wanted
    ]


def truths() -> list[Truth]:
    """Return what was planted."""
    return [truth for day in city() for truth in day.truths]


def opened(many: tuple[Day, ...]) -> list[str]:
    """Return the days that are opened, in order."""
    return [line.date for day in many for line in day.lines if isinstance(line, OpenDay)]


def fen(amount: str) -> int:
    """Read an amount."""
    return int(amount.replace(".", ""))
