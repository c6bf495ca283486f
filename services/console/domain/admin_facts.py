"""What pages of administration state as facts: organisations and calendars, as events."""

import re
from typing import Any, Final

from contracts.events.intake import (
    CalendarPublished,
    OrganisationClosed,
    OrganisationMoved,
    OrganisationRegistered,
)
from services.console.domain.steps import Form, one

SOURCE: Final = "dualwatch:console"
ORGANISATIONS: Final = {
    "register": OrganisationRegistered.event_type(),
    "move": OrganisationMoved.event_type(),
    "close": OrganisationClosed.event_type(),
}
"""What is done with an organisation → the type of the fact that states it."""
_FIELDS: Final = {
    "register": ("name", "kind", "parent", "counterpart_division", "valid_from"),
    "move": ("parent", "counterpart_division", "valid_from", "reason"),
    "close": ("last_day", "reason"),
}
YEAR_DIGITS_MAX: Final = 4
_SEPARATORS: Final = re.compile("[\\s,;、\uff0c\uff1b]+")

Event = dict[str, Any]


def organisation(form: Form, act: str, jurisdiction: str, day: str) -> Event:
    """State what a form says of an organisation; `day` is the jurisdiction's today."""
    data: dict[str, Any] = {"date": day, "organisation": one(form, "organisation")}
    data |= {name: one(form, name) for name in _FIELDS[act] if one(form, name)}
    if act == "close":
        data["successors"] = words(one(form, "successors"))
    if act != "register":
        data |= _decision(form)
    return _event(ORGANISATIONS[act], jurisdiction, data, form)


def calendar(form: Form, jurisdiction: str, day: str) -> Event:
    """State the days of a calendar year that differ from Monday to Friday."""
    year = one(form, "year")
    data: dict[str, Any] = {
        "date": day,
        "year": int(year) if len(year) <= YEAR_DIGITS_MAX and year.isdecimal() else year,
        "days_off": words(one(form, "days_off")),
        "working_days": words(one(form, "working_days")),
    }
    return _event(CalendarPublished.event_type(), jurisdiction, data | _decision(form), form)


def words(text: str) -> list[str]:
    """Read a list that people typed: by spaces, lines, commas of either width."""
    return [word for word in _SEPARATORS.split(text) if word]


def _decision(form: Form) -> dict[str, Any]:
    body, number = one(form, "decision_body"), one(form, "decision_number")
    return {"decision": {"body": body, "number": number}} if body or number else {}


def _event(event_type: str, jurisdiction: str, data: dict[str, Any], form: Form) -> Event:
    """Make the event: the same form sent again is the same bytes, so a duplicate."""
    return {
        "specversion": "1.0",
        "id": one(form, "request"),
        "source": SOURCE,
        "type": event_type,
        "subject": jurisdiction,
        # A day that is none is for intake to refuse, by name.
        "time": f"{data['date']}T00:00:00Z",
        "datacontenttype": "application/json",
        "data": data,
    }
