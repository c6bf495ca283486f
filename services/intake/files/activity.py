"""One IATI activity on its way to events: who it is, whose money it is, how its events are made."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from contracts.codec import encode_json
from services.intake.files.ids import Content, Occurrences, digest
from services.intake.files.values import Amount, FiscalCalendar, read_amount, read_date
from services.intake.files.xml import Element, attribute

UNDATED: Final = dt.date(1990, 1, 1)
"""Date of what a file states without one (the jurisdiction, its organisation): since ever.

A constant, so that two releases of a file, or two files, state it in the same bytes.
"""

SOURCE_PREFIX: Final = "iati:"
EXTENSION_LENGTH_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class Day:
    """A date attribute as it stands and, if it can be read, as a date."""

    raw: str
    """As written; empty if it is missing."""
    date: dt.date | None
    """The day; None if the attribute is no date."""

    @property
    def wire(self) -> str:
        """ISO date, or the raw text for intake to refuse."""
        return self.raw if self.date is None else self.date.isoformat()


def read_day(element: Element | None, name: str = "iso-date") -> Day:
    """Read a date attribute of an element that may be missing."""
    raw = attribute(element, name) or ""
    return Day(raw, read_date(raw))


@dataclass(frozen=True, slots=True)
class Span:
    """A period as an element states it."""

    start: Day
    end: Day

    @property
    def content(self) -> Content:
        """What identifies it."""
        return [self.start.wire, self.end.wire]

    @property
    def wire(self) -> dict[str, str]:
        """As contracts write a period."""
        return {"start": self.start.wire, "end": self.end.wire}


def read_span(element: Element) -> Span:
    """Read period-start and period-end."""
    return Span(read_day(element.find("period-start")), read_day(element.find("period-end")))


@dataclass(frozen=True, slots=True)
class Money:
    """A value element: amount and currency."""

    amount: Amount
    currency: str | None
    """Its own currency, else the activity's default; None if the file names none."""


class EventWriter:
    """Makes one jurisdiction's events: content in, structured CloudEvent bytes out."""

    def __init__(self, jurisdiction: str) -> None:
        """Write for one jurisdiction; occurrences are counted within it."""
        self.jurisdiction = jurisdiction
        self._source = SOURCE_PREFIX + quote(jurisdiction)
        self._occurrences = Occurrences()

    def occurrence(self, content: Content) -> int:
        """Count a row; once per element, also where it becomes several events."""
        return self._occurrences.number(content)

    def write(
        self,
        event_type: str,
        subject: str,
        content: Content,
        data: Mapping[str, Any],
        extensions: Mapping[str, str | None] | None = None,
    ) -> bytes:
        """Write an event; keys whose value is None are left out.

        `time` is the business date at 00:00 UTC: a row that stays the same from one release of
        the file to the next stays the same event, to the byte.
        """
        day = read_date(str(data.get("date", ""))) or UNDATED
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": digest(content),
            "source": self._source,
            "type": event_type,
            "subject": subject,
            "time": f"{day.isoformat()}T00:00:00Z",
            "datacontenttype": "application/json",
        }
        for name, value in (extensions or {}).items():
            if value:
                event[name] = value[:EXTENSION_LENGTH_MAX]
        event["data"] = {key: value for key, value in data.items() if value is not None}
        return encode_json(event)


@dataclass(frozen=True, slots=True)
class Activity:
    """An iati-activity and what all of its events share."""

    element: Element
    code: str
    """Its identifier: the project's code, and its one funding line."""
    unit: str
    """The reporting organisation: unit and department."""
    writer: EventWriter
    calendar: FiscalCalendar
    currency: str
    """The jurisdiction's currency."""

    @property
    def subject(self) -> str:
        """The project's stream."""
        return f"{self.writer.jurisdiction}/{self.code}"

    def money(self, element: Element) -> Money:
        """Read the value of a budget, planned disbursement or transaction."""
        value = element.find("value")
        currency = attribute(value, "currency") or attribute(self.element, "default-currency")
        text = "" if value is None else (value.text or "").strip()
        return Money(read_amount(text), currency or None)

    def fiscal_year(self, *days: Day) -> int | None:
        """Return the fiscal year of the first day that can be read; None if none can."""
        return next((self.calendar.year_of(day.date) for day in days if day.date), None)

    def row(self, element: str, content: Content) -> Content:
        """Name a row of this activity for ever: element, content, number among equal rows."""
        named = [self.code, element, *content]
        return [*named, self.writer.occurrence(named)]

    def write(
        self,
        event_type: str,
        content: Content,
        data: Mapping[str, Any],
        extensions: Mapping[str, str | None] | None = None,
    ) -> bytes:
        """Write an event of this project."""
        return self.writer.write(event_type, self.subject, content, data, extensions)
