"""Days as facts: which are to be opened, and the event that opens one (architecture 3)."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from typing import Final

from contracts.codec import encode, new_event
from contracts.events.intake import DayOpened
from services.intake.domain.jurisdictions import DAY, Calendar, Jurisdiction

SOURCE: Final = "dualwatch:intake"
DAYS_MAX: Final = 1_100
"""Most days opened at once: three years missed."""
_SATURDAY: Final = 5


def days_to_open(today: dt.date | None, date: dt.date, *, jump: bool) -> list[dt.date]:
    """List the days that opening `date` opens, in order; `date` itself even if it is open.

    Missed days come before it, unless it is a jump or no day has ever been opened.
    """
    if jump or today is None or date <= today:
        return [date]
    return [today + DAY * number for number in range(1, (date - today).days + 1)]


def working_day(date: dt.date, calendars: Iterable[Calendar] = ()) -> bool:
    """Whether a date is a working day by the published calendars; without one: Monday to Friday."""
    for calendar in calendars:
        if calendar.year == date.year:
            if date in calendar.days_off:
                return False
            if date in calendar.working_days:
                return True
    return date.weekday() < _SATURDAY


def day_id(jurisdiction: str, date: dt.date) -> str:
    """Derive the id of the event that opens a day."""
    return f"day:{jurisdiction}:{date.isoformat()}"


def day_opened(
    jurisdiction: str, date: dt.date, calendars: Iterable[Calendar] = (), *, jump: bool
) -> bytes:
    """Write the event that opens a day: by the same calendars it is always the same bytes."""
    event = new_event(
        DayOpened(date=date, working_day=working_day(date, calendars), jump=jump),
        event_id=day_id(jurisdiction, date),
        source=SOURCE,
        subject=jurisdiction,
        time=dt.datetime.combine(date, dt.time(), dt.UTC),
    )
    return encode(event)


def due(jurisdiction: Jurisdiction, now: dt.datetime) -> list[dt.date]:
    """List the days a live clock has to open at the instant `now`, oldest first, bounded."""
    local = now.astimezone(zoneinfo.ZoneInfo(jurisdiction.time_zone)).date()
    if jurisdiction.today is not None and local <= jurisdiction.today:
        return []
    return days_to_open(jurisdiction.today, local, jump=False)[:DAYS_MAX]


def behind(jurisdiction: Jurisdiction, now: dt.datetime) -> float:
    """Return how many seconds ago the day after the last opened one began; 0: it is to come."""
    if jurisdiction.today is None:
        return 0.0
    zone = zoneinfo.ZoneInfo(jurisdiction.time_zone)
    following = dt.datetime.combine(jurisdiction.today + DAY, dt.time(), zone)
    return max(0.0, (now - following).total_seconds())
