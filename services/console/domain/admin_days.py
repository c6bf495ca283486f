"""Days and calendars: months as people look at them, and what has not followed the day yet."""

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MONTHS: Final = 12
SATURDAY: Final = 5
LISTED_MAX: Final = 31
"""Days that would be opened and are named one by one; of more the number is told."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a calendar."""

    date: str
    number: int
    kind: str
    """work, weekend, off (休: a weekday off) or worked (班: a weekend day worked)."""
    today: bool = False
    past: bool = False
    """Whether it lies before the last opened day."""


Week = list[Day | None]


def months(
    year: int, calendars: Sequence[Mapping[str, Any]], today: dt.date | None
) -> list[list[Week]]:
    """Give the weeks of each month of a year; None: the day is another month's."""
    known = next((one for one in calendars if one["year"] == year), None)
    off = frozenset(known["days_off"]) if known else frozenset()
    worked = frozenset(known["working_days"]) if known else frozenset()
    weeks = calendar.Calendar(calendar.MONDAY)
    return [
        [
            [
                _day(date, off, worked, today) if date.month == month else None
                for date in (dt.date.fromordinal(day.toordinal()) for day in week)
            ]
            for week in weeks.monthdatescalendar(year, month)
        ]
        for month in range(1, MONTHS + 1)
    ]


def _day(date: dt.date, off: frozenset[str], worked: frozenset[str], today: dt.date | None) -> Day:
    text = date.isoformat()
    kind = "weekend" if date.weekday() >= SATURDAY else "work"
    if text in off:
        kind = "off"
    elif text in worked:
        kind = "worked"
    past = today is not None and date < today
    return Day(text, date.day, kind, today=date == today, past=past)


def opening(told: Mapping[str, Any]) -> dict[str, Any]:
    """Sum up what opening a day would open."""
    days = told["opens"]
    return {
        "total": told["opens_total"],
        "working": sum(one["working_day"] for one in days),
        "days": days if len(days) <= LISTED_MAX else [],
        "first": days[0]["date"] if days else None,
        "last": days[-1]["date"] if days else None,
    }


def years(today: dt.date | None, calendars: Sequence[Mapping[str, Any]], shown: int) -> list[int]:
    """List the years to choose from: those with a calendar, this one and the next."""
    found = {shown, *(int(one["year"]) for one in calendars)}
    if today is not None:
        found |= {today.year, today.year + 1}
    return sorted(found)


def passed(cut: str | None) -> int | None:
    """Add up a cut: how many messages of all partitions lie before it."""
    if cut is None:
        return None
    return sum(int(part) for part in cut.split("-"))


def following(
    opened: str | None, seen: Mapping[str, Any], positions: Mapping[str, Mapping[str, Any] | None]
) -> list[dict[str, Any]]:
    """Tell for each service whether it has followed the last opened day, and what waits there.

    `waits` null: it does not say, because it is away.
    """
    analysis, alerts, reporting = (positions.get(n) for n in ("analysis", "alerts", "reporting"))
    made = passed(analysis["assessments"]) if analysis else None
    told = passed(alerts["alerts"]) if alerts else None

    def behind(whole: int | None, part: int | None) -> int | None:
        return None if whole is None or part is None else max(0, whole - part)

    judged = passed(alerts["assessments"]) if alerts else None
    kept = passed(reporting["assessments"]) if reporting else None
    noted = passed(reporting["alerts"]) if reporting else None
    return [
        {
            "service": "analysis",
            "what": "projects",
            "day": seen.get("today"),
            "late": seen.get("today") != opened,
            "waits": analysis["due"] if analysis else None,
        },
        {"service": "alerts", "what": "assessments", "waits": behind(made, judged)},
        {"service": "reporting", "what": "assessments", "waits": behind(made, kept)},
        {"service": "reporting", "what": "alerts", "waits": behind(told, noted)},
    ]
