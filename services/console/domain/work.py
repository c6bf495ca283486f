"""What extended monitoring lists, as lines of one table and as marks of a chart (Art. 8(3))."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Item = Mapping[str, Any]

LINES_MAX: Final = 60
"""Lines of the table, the newest first."""
MARKS_MAX: Final = 6
"""Events that a month of the chart names."""
HARMFUL: Final = ("failed", "not_met", "disbursement_stopped", "project_suspended")


@dataclass(frozen=True)
class Happening:
    """One thing that happened to the work."""

    date: str
    kind: str
    """milestone, check, problem, asset, plan_change or disposition."""
    what: str
    """In its own words."""
    state: str
    """How it stands: a word of the contracts."""
    amount: str | None
    due: str | None
    bad: bool
    """Whether it asks for attention: overdue, failed, stopped."""
    sequence: int
    """Its ledger entry."""


def happenings(extended: Item) -> list[Happening]:
    """List everything, the newest first."""
    found = [
        Happening(
            date=one["date"],
            kind=kind,
            what=str(what),
            state=str(state),
            amount=one.get("amount"),
            due=one.get("due") or one.get("planned_on") or one.get("planned_end"),
            bad=bool(one.get("overdue")) or state in HARMFUL,
            sequence=one["sequence"],
        )
        for kind, one, what, state in _all(extended)
    ]
    return sorted(found, key=lambda one: (one.date, one.sequence), reverse=True)


def _all(extended: Item) -> Iterator[tuple[str, Item, object, object]]:
    for one in extended["milestones"]:
        yield "milestone", one, one["name"], one["state"]
    for one in extended["checks"]:
        yield "check", one, one["checked_by"], one["result"]
    for one in extended["problems"]:
        yield "problem", one, one["title"], "open" if one["open"] else one["outcome"]
    for one in extended["assets"]:
        yield "asset", one, f"{one['name']} × {one['quantity']}", "acquired"
    for one in extended["plan_changes"]:
        yield "plan_change", one, one["summary"], one["aspect"]
    for one in extended["dispositions"]:
        yield "disposition", one, one["disposition"], one["measure"]


def marks(listed: Sequence[Happening], changed: str | None) -> dict[str, list[Happening | None]]:
    """Name what happened by month, YYYY-MM, as far as the chart marks it.

    `changed`: day of the project's last change of state, marked as None.
    """
    found: dict[str, list[Happening | None]] = {}
    for one in listed:
        if one.state != "scheduled" and one.kind not in {"check", "asset"}:
            found.setdefault(one.date[:7], []).append(one)
    if changed is not None:
        found.setdefault(changed[:7], []).insert(0, None)
    return {month: of_it[:MARKS_MAX] for month, of_it in found.items()}
