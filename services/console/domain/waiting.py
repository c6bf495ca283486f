"""What waits for somebody, from all services, in one order: deadlines first."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.console.domain.lists import SEVERITIES

PARTS: Final = ("alerts", "papers", "quarantine")
"""Where things wait, by the name of the filter."""

MEASURES: Final = frozenset({"measures_late", "to_carry_out"})
"""Tasks of alerts that are about measures, which have a day of their own."""

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits."""

    part: str
    """One of PARTS."""
    task: str
    """What is to be done: a word of `waiting_task`."""
    item: Item
    """As the service has it."""
    due: dt.date | None = None
    """Last day, if there is one."""
    days_left: int | None = None
    """Calendar days to it from the opened day; negative: over."""
    working_left: int | None = None
    """Working days to explain that were left when one was reminded last; negative: over."""
    since: str = ""
    """Day it began to wait, YYYY-MM-DD."""
    severity: str = ""

    @property
    def overdue(self) -> bool:
        """Whether its deadline has passed."""
        left = self.working_left if self.days_left is None else self.days_left
        return left is not None and left < 0


def in_order(items: Iterable[Waiting]) -> list[Waiting]:
    """Order it: overdue, with a deadline, the rest; then the grave and old before others."""
    return sorted(items, key=_key)


def _key(one: Waiting) -> tuple[bool, bool, int, int, str]:
    left = one.working_left if one.days_left is None else one.days_left
    weight = SEVERITIES.index(one.severity) if one.severity in SEVERITIES else len(SEVERITIES)
    return not one.overdue, left is None, left or 0, weight, one.since


def of_alerts(tasks: Sequence[Item], today: dt.date | None) -> list[Waiting]:
    """Read alerts' tasks; each alert once, for the first thing it waits for."""
    seen: set[str] = set()
    found: list[Waiting] = []
    for one in tasks:
        alert, task = one["alert"], str(one["task"])
        if alert["alert_id"] in seen:
            continue
        seen.add(alert["alert_id"])
        due = _measure_due(alert) if task in MEASURES else None
        found.append(
            Waiting(
                "alerts",
                task,
                alert,
                due=due,
                days_left=_left(due, today),
                working_left=None if task in MEASURES else alert["work"].get("reminded_at"),
                since=str(alert["raised_as_of"]),
                severity=str(alert["severity"]),
            )
        )
    return found


def of_papers(papers: Sequence[Item], today: dt.date | None) -> list[Waiting]:
    """Read papers that wait for somebody."""
    found = []
    for one in papers:
        due = dt.date.fromisoformat(one["due"]) if one.get("due") else None
        left = _left(due, today)
        if left is not None and left < 0 and not one.get("overdue") and one.get("submitted_on"):
            # It was handed in; who has it now is not late by its unit's day.
            due, left = None, None
        found.append(
            Waiting(
                "papers",
                "paper",
                one,
                due=due,
                days_left=left,
                since=str(one.get("changed_on") or ""),
            )
        )
    return found


def of_quarantine(entries: Sequence[Item]) -> list[Waiting]:
    """Put refused events together by reason: they are decided many at once."""
    numbers = Counter(str(one["reason"]) for one in entries)
    oldest: dict[str, str] = {}
    publishers: dict[str, set[str]] = {}
    for one in entries:
        reason = str(one["reason"])
        seen = str(one["first_seen"])[:10]
        oldest[reason] = min(oldest.get(reason, seen), seen)
        publishers.setdefault(reason, set()).add(str(one["publisher"]))
    return [
        Waiting(
            "quarantine",
            "quarantine",
            {"reason": reason, "number": number, "publishers": sorted(publishers[reason])},
            since=oldest[reason],
        )
        for reason, number in numbers.items()
    ]


def _measure_due(alert: Item) -> dt.date | None:
    days = [
        dt.date.fromisoformat(one["plan"]["due"])
        for one in alert["work"]["measures"]
        if one["taken"] is None and one["plan"].get("due")
    ]
    return min(days, default=None)


def _left(due: dt.date | None, today: dt.date | None) -> int | None:
    return None if due is None or today is None else (due - today).days
