"""What changed between two opened days, in the order in which people want to know it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.console.domain.lists import LIGHTS

FIGURES: Final = (
    "light",
    "state",
    "adjusted_budget",
    "disbursed",
    "spent",
    "attainment_rate_bp",
    "findings",
    "problems_open",
    "milestones_overdue",
    "execution_light",
    "attainment_light",
    "indicators",
    "judged",
    "project_name",
    "department",
    "lead_unit",
)
"""Figures that count as a change: what merely moves with the calendar does not."""
SAID: Final = tuple(name for name in FIGURES if name not in {"light", "execution_light"})
"""Those that a line names; the light has a column of its own, its parts say the same again."""
TOTALS: Final = (
    "adjusted_budget",
    "disbursed",
    "spent",
    "execution_rate_bp",
    "attainment_rate_bp",
    "findings",
)
BACK: Final = {"yesterday": 1, "week": 7, "month": 30}
"""Days that are offered to compare with."""

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """A project that changed."""

    item: Item
    figures: Mapping[str, Any]
    """What is said of it, by figure, in the order of SAID."""
    light: Item | None
    """Its light before and after, where it changed."""
    findings: int
    """Findings that it has more than before."""

    @property
    def worse(self) -> bool:
        """Whether its light became worse."""
        if self.light is None:
            return False
        return rank(self.light["to"]) < rank(self.light["from"])


def rank(light: str | None) -> int:
    """Place a light among all, the worst first; nothing to judge is last."""
    return LIGHTS.index(light) if light in LIGHTS else len(LIGHTS)


def turn(item: Item) -> Turn:
    """Read what a comparison says of a project."""
    figures = item["figures"]
    more = figures.get("findings") or {}
    return Turn(
        item,
        {name: figures[name] for name in SAID if name in figures},
        figures.get("light"),
        max(0, int(more.get("to") or 0) - int(more.get("from") or 0)),
    )


def in_order(turns: Iterable[Turn]) -> list[Turn]:
    """Order them: the light got worse, there are new findings, the light changed, the rest."""
    return sorted(
        turns,
        key=lambda one: (
            not one.worse,
            rank(one.light["to"]) if one.light else 0,
            -one.findings,
            one.light is None,
            str(one.item["project_id"]),
        ),
    )


def since_of(asked: str | None, today: dt.date) -> dt.date:
    """Read the day to compare with: before today; the day before it if none is asked for."""
    yesterday = today - dt.timedelta(days=1)
    if asked is None:
        return yesterday
    return min(dt.date.fromisoformat(asked), yesterday)


def between(items: Iterable[Item], name: str, since: dt.date, today: dt.date) -> list[Item]:
    """Choose what is dated after one day and not after the other."""
    first, last = since.isoformat(), today.isoformat()
    return [one for one in items if first < str(one[name]) <= last]
